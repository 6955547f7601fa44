"""Waiting for events, with a limit that only a hang reaches."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Final, TypeVar

__all__ = ["HANG_SECONDS", "wait_until"]

T = TypeVar("T")

#: Seconds after which a process, a server or a page counts as hung, also on a slow and busy machine.
HANG_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 0.02


def wait_until(condition: Callable[[], T], event: str) -> T:
    """Return the first true value of `condition`.

    Raises TimeoutError when there is none within `HANG_SECONDS`; `event` is named in its message.
    """
    limit = monotonic() + HANG_SECONDS
    while not (value := condition()):
        if monotonic() > limit:
            raise TimeoutError(f"no {event} within {HANG_SECONDS:g} seconds")
        sleep(_POLL_SECONDS)
    return value
