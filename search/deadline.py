"""A deadline for the work of one request, checked cooperatively by the loops that do it.

A Python thread cannot be stopped from outside, so loops whose length depends on the query or on the
collection call `check()` once per step. Without a deadline, as on the command line, this reads one context
variable (0.05 µs). Threads do not inherit a context variable: background work that a request starts for later
requests has no deadline.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from search.errors import DeadlineExceeded

__all__ = ["Deadline", "check", "current_deadline", "time_limit"]


class Deadline:
    """A moment of a monotonic clock at which the work ends."""

    __slots__ = ("_clock", "_end")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def remaining(self) -> float:
        """Remaining seconds, 0 when the deadline has passed."""
        return max(0.0, self._end - self._clock())

    def check(self) -> None:
        """Raise DeadlineExceeded when the deadline has passed."""
        if self._clock() >= self._end:
            raise DeadlineExceeded


#: The deadline of the current request of this thread.
current_deadline: Final[ContextVar[Deadline | None]] = ContextVar("current_deadline", default=None)


def check() -> None:
    """Raise DeadlineExceeded when the deadline of the current request has passed."""
    deadline = current_deadline.get()
    if deadline is not None:
        deadline.check()


@contextmanager
def time_limit(seconds: float, clock: Callable[[], float] = time.monotonic) -> Iterator[Deadline]:
    """Set a deadline for the block; an earlier outer deadline stays in force."""
    outer = current_deadline.get()
    deadline = Deadline(seconds if outer is None else min(seconds, outer.remaining), clock)
    token = current_deadline.set(deadline)
    try:
        yield deadline
    finally:
        current_deadline.reset(token)
