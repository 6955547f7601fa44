"""Run a function in a forked child, so that a crash or a hang is a result and not the end of the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["ChildFailed", "in_child", "in_children"]

#: Longest wait for a child; `poll` cannot wait for more than some weeks.
_MAX_SECONDS = 1_000_000.0

_FORK = multiprocessing.get_context("fork")


class ChildFailed(Exception):
    """The child raised, was ended by a signal, or did not finish in time; the message says which."""


def in_child(function: Callable[..., Any], *arguments: Any, seconds: float = 120.0) -> Any:
    """Return what a function returns in a forked child; raises ChildFailed.

    The parent must have no threads that hold locks: it calls nothing of the product but imports.
    """
    return in_children(function, [arguments], seconds)[0]


def in_children(function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], seconds: float) -> list[Any]:
    """Return what a function returns for each of some arguments, in forked children side by side."""
    children = [_start(function, arguments) for arguments in calls]
    try:
        return [_result(receiver, child, seconds) for child, receiver in children]
    finally:
        for child, receiver in children:
            receiver.close()
            if child.is_alive():
                child.kill()
            child.join()


def _start(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, Connection]:
    receiver, sender = _FORK.Pipe(duplex=False)
    child = _FORK.Process(target=_run, args=(sender, function, arguments))
    child.start()
    sender.close()
    return child, receiver


def _run(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        message = True, function(*arguments)
    except BaseException:
        message = False, traceback.format_exc()
    sender.send(message)
    sender.close()
    # Threads of the product may still run; the result is complete, and nothing else is to be flushed.
    os._exit(0)


def _result(receiver: Connection, child: Any, seconds: float) -> Any:
    if not receiver.poll(min(seconds, _MAX_SECONDS)):
        raise ChildFailed(f"no result within {seconds:.0f} s")
    try:
        ok, value = receiver.recv()
    except EOFError:
        child.join()
        code = child.exitcode or 0
        raise ChildFailed(f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit {code}") from None
    if not ok:
        raise ChildFailed(value)
    return value
