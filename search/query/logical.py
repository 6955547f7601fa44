"""What a query means, in terms that every engine understands.

The engines never see what was typed: they get these nodes, whose texts have been through the
analyzer already, and need only know how to find rows of units, values and times. Analysis happens
before the engine, so two engines given one LogicalQuery must find the same entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from search.analysis import Units
from search.entry import Role
from search.errors import QueryProblem
from search.ranking import ScoringTerms

__all__ = [
    "AgencyIs",
    "AllOf",
    "AnyOf",
    "AnyTerm",
    "Everything",
    "Except",
    "Filters",
    "LogicalQuery",
    "Node",
    "Nothing",
    "Part",
    "Phrase",
    "StreamIs",
    "TimeIn",
    "Where",
    "all_of",
    "anchored",
    "any_of",
    "row",
]

#: `text` is all that can be read in an entry, `headline` only its headline.
Where = Literal["text", "headline"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Units in a row: `units[i]` stands `offsets[i]` positions after `units[0]`.

    Offsets are 0, 1, 2 … but for a step of 2 where punctuation stood between two units. With `prefix`
    the last unit need only begin with `units[-1]`.
    """

    units: tuple[str, ...]
    offsets: tuple[int, ...]
    where: Where = "text"
    prefix: bool = False

    def __str__(self) -> str:
        gaps = [0, *(b - a for a, b in zip(self.offsets, self.offsets[1:], strict=False))]
        text = "".join(("_" * (gap - 1)) + unit for gap, unit in zip(gaps, self.units, strict=True))
        return f"{'headline:' if self.where == 'headline' else ''}[{text}{'*' if self.prefix else ''}]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Entries that every child matches; at least one child is not an Except."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' & '.join(map(str, self.children))})"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Entries that some child matches."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' | '.join(map(str, self.children))})"


@dataclass(frozen=True, slots=True)
class Except:
    """Entries that the child does not match."""

    child: Node

    def __str__(self) -> str:
        return f"-{self.child}"


@dataclass(frozen=True, slots=True)
class AgencyIs:
    """Entries that credit this agency; `value` is folded, and compared with folded names.

    With a `role` only those in which the agency had that part: first said it, or passed it on.
    """

    value: str
    role: Role | None = None

    def __str__(self) -> str:
        return f"{self.role or 'agency'}={self.value}"


@dataclass(frozen=True, slots=True)
class StreamIs:
    """Entries of this stream; `value` is folded, and compared with folded names."""

    value: str

    def __str__(self) -> str:
        return f"stream={self.value}"


@dataclass(frozen=True, slots=True)
class TimeIn:
    """Entries with `start` <= time < `end`; None leaves that side open. No entry without a time."""

    start: datetime | None
    end: datetime | None

    def __str__(self) -> str:
        return f"time={self.start or ''}..{self.end or ''}"


@dataclass(frozen=True, slots=True)
class AnyTerm:
    """Entries that hold at least one of these words or bigrams (terms of the two streams)."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...]

    def __str__(self) -> str:
        return f"shares({' '.join((*self.words, *self.bigrams))})"


@dataclass(frozen=True, slots=True)
class Everything:
    """All entries."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No entry: a part that has nothing to look for, such as an impossible date."""

    def __str__(self) -> str:
        return "∅"


Node = Phrase | AllOf | AnyOf | Except | AgencyIs | StreamIs | TimeIn | AnyTerm | Everything | Nothing


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen beside the query; values of one list are OR-ed, the lists AND-ed.

    `start` <= time < `end`; `asof` keeps entries up to and including that moment (and none without a time).
    `ids` keeps the entries of these ids.
    """

    agencies: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    asof: datetime | None = None
    ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A top-level part of the query as it was typed, and what it means alone; for explaining zero hits."""

    text: str
    node: Node


@dataclass(frozen=True, slots=True)
class LogicalQuery:
    """A whole query, resolved.

    `match` finds full matches. `fallback` finds partial and full ones alike, and is None when nothing
    may be relaxed. `marks` are the rows to highlight in a full match, `partial_highlights` those in a partial one.
    `also_searched` are alias names that widened the query. `asof` comes from the query text, if it had one.
    """

    match: Node
    fallback: Node | None = None
    bag: ScoringTerms = field(default_factory=ScoringTerms)
    marks: tuple[Phrase, ...] = ()
    partial_highlights: tuple[Phrase, ...] = ()
    parts: tuple[Part, ...] = ()
    also_searched: tuple[str, ...] = ()
    asof: datetime | None = None
    problems: tuple[QueryProblem, ...] = ()


def all_of(nodes: Iterable[Node]) -> Node:
    """Join nodes that must all match: flat, each once. An Except alone stays one; none is Everything."""
    flat = (child for node in nodes for child in (node.children if isinstance(node, AllOf) else (node,)))
    children = [child for child in dict.fromkeys(flat) if child != Everything()]
    if len(children) > 1 and all(isinstance(child, Except) for child in children):
        children.insert(0, Everything())
    return AllOf(tuple(children)) if len(children) > 1 else (children or [Everything()])[0]


def any_of(nodes: Iterable[Node]) -> Node:
    """Join nodes of which one must match: flat, each once."""
    flat = (child for node in nodes for child in (node.children if isinstance(node, AnyOf) else (node,)))
    children = tuple(dict.fromkeys(anchored(child) for child in flat))
    return AnyOf(children) if len(children) > 1 else children[0]


def anchored(node: Node) -> Node:
    """Give an Except the Everything that it takes away from, wherever it would stand alone."""
    return AllOf((Everything(), node)) if isinstance(node, Except) else node


def row(units: Units, start: int, end: int, *, where: Where = "text", prefix: bool = False) -> Phrase:
    """Return the row of some units of a text, with the gaps between them."""
    first = units.positions[start]
    if units.positions[end - 1] - first == end - 1 - start:
        offsets = tuple(range(end - start))
    else:
        offsets = tuple(position - first for position in units.positions[start:end])
    return Phrase(tuple(units.texts[start:end]), offsets, where, prefix)
