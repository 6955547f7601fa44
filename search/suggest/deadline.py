"""A deadline for work that an answer can do without: offers are made in the time given, or left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import inf
from time import perf_counter
from typing import Final, TypeVar

__all__ = ["NO_DEADLINE", "Clock", "Deadline"]

#: Returns seconds since some moment; never goes back.
Clock = Callable[[], float]
Item = TypeVar("Item")


class Deadline:
    """Ends optional work a number of seconds after it began; belongs to one request."""

    def __init__(self, seconds: float, clock: Clock = perf_counter) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def passed(self) -> bool:
        """Return whether the time is up."""
        return self._clock() >= self._end

    def limit(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield items until the time is up."""
        for item in items:
            if self.passed():
                return
            yield item

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Take what runs inside out of the time: tables are loaded once, for all requests that follow."""
        started = self._clock()
        try:
            yield
        finally:
            self._end += self._clock() - started


#: Never passes.
NO_DEADLINE: Final = Deadline(inf)
