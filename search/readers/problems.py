"""The problems of one file, counted by kind: ten thousand equal ones are one sentence with an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from search.errors import Problem
from search.language.message import Message

__all__ = ["MAX_LISTED", "bounded", "condensed"]

#: Problems of one kind that are listed one by one.
MAX_LISTED = 10

_REPEATED = "{problem}；同样的问题在本文件中共 {count:,} 处，如第 {lines} 行"

T = TypeVar("T")


@dataclass(slots=True)
class _Kind:
    """The first problems of one kind, and the number of all."""

    listed: list[Problem] = field(default_factory=list)
    count: int = 0

    def summary(self) -> list[Problem]:
        """Return the listed problems, or one sentence for more of them."""
        if self.count <= MAX_LISTED:
            return self.listed
        first = self.listed[0]
        lines = tuple(dict.fromkeys(str(problem.line) for problem in self.listed))
        message = Message(_REPEATED, problem=first.message, count=self.count, lines=lines)
        return [replace(first, message=message)]


def bounded(items: Iterable[T | Problem]) -> Iterator[T | Problem]:
    """Yield the items, but of each kind only the first problems; the number of all comes last."""
    kinds: dict[object, _Kind] = {}
    for item in items:
        if not isinstance(item, Problem) or _count(kinds, item):
            yield item
    yield from (problem for kind in kinds.values() if kind.count > MAX_LISTED for problem in kind.summary())


def condensed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems of a file, each kind that is repeated in one sentence."""
    kinds: dict[object, _Kind] = {}
    for problem in problems:
        _count(kinds, problem)
    return tuple(problem for kind in kinds.values() for problem in kind.summary())


def _count(kinds: dict[object, _Kind], problem: Problem) -> bool:
    """Count a problem; return whether it is among the first of its kind."""
    message = problem.message
    repeated = message.template == _REPEATED
    kind = kinds.setdefault(_kind(message.args["problem"] if repeated else message), _Kind())
    if repeated:
        kind.count = max(kind.count, int(str(message.args["count"])))
        return True
    kind.count += 1
    if kind.count <= MAX_LISTED:
        kind.listed.append(problem)
    return kind.count <= MAX_LISTED


def _kind(message: object) -> object:
    """Return what equal messages have in common: their templates."""
    if not isinstance(message, Message):
        return None
    inner = ((name, _kind(value)) for name, value in message.args.items() if isinstance(value, Message))
    return message.template, *inner
