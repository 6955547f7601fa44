"""Translation of errors at the methods of a snapshot: the same for all engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator
from functools import wraps
from itertools import islice
from typing import Concatenate, ParamSpec, Protocol, TypeVar

__all__ = ["Guarded", "guarded", "guarded_items"]

P = ParamSpec("P")
T = TypeVar("T")


class Guarded(Protocol):
    """An object with a reusable context that translates errors."""

    @property
    def guard(self) -> ContextDecorator:
        """The context, used as a decorator."""


S = TypeVar("S", bound=Guarded)


def guarded(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Run a method inside the guard of its object."""

    @wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.guard(method)(self, *args, **kwargs)

    return run


def guarded_items(guard: ContextDecorator, items: Iterator[T]) -> Iterator[T]:
    """Yield items, each of which is read inside a guard."""

    @guard
    def take() -> list[T]:
        return list(islice(items, 1))

    while taken := take():
        yield from taken
