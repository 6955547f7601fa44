"""Deadlines: for the work of a request, which raises, and for optional work such as suggestions, which ends.

A Python thread cannot be stopped from outside, so loops whose length depends on the query or on the
collection call `check()` once per step. Without a deadline, as on the command line, this reads a context
variable (0.05 µs). Threads do not inherit context variables: background work that a request starts for later
requests is not bound by its deadline.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from typing import Final, TypeVar

from search.errors import DeadlineExceeded

__all__ = ["NO_DEADLINE", "Clock", "Deadline", "check", "current_deadline", "time_limit"]

#: Returns seconds of a monotonic clock.
Clock = Callable[[], float]
Item = TypeVar("Item")


class Deadline:
    """A time of a monotonic clock at which work ends."""

    __slots__ = ("_clock", "_end")

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when the deadline has passed."""
        return max(0.0, self._end - self._clock())

    def passed(self) -> bool:
        """Return whether the deadline has passed."""
        return self._clock() >= self._end

    def check(self) -> None:
        """Raise DeadlineExceeded when the deadline has passed."""
        if self.passed():
            raise DeadlineExceeded

    def limit(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield items until the deadline has passed."""
        for item in items:
            if self.passed():
                return
            yield item

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Extend the deadline by the duration of the block."""
        started = self._clock()
        try:
            yield
        finally:
            self._end += self._clock() - started


#: Never passes.
NO_DEADLINE: Final = Deadline(inf)
#: The deadline of the current request of this thread.
current_deadline: Final[ContextVar[Deadline | None]] = ContextVar("current_deadline", default=None)


def check() -> None:
    """Raise DeadlineExceeded when the deadline of the current request has passed."""
    deadline = current_deadline.get()
    if deadline is not None:
        deadline.check()


@contextmanager
def time_limit(seconds: float, clock: Clock = time.monotonic) -> Iterator[Deadline]:
    """Set a deadline for the block; an earlier deadline of an outer block remains in force."""
    outer = current_deadline.get()
    deadline = Deadline(seconds if outer is None else min(seconds, outer.remaining), clock)
    token = current_deadline.set(deadline)
    try:
        yield deadline
    finally:
        current_deadline.reset(token)
