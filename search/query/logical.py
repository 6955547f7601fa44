"""The logical query: an engine-independent tree of analyzed phrases, field values and time ranges.

Nodes are msgspec structures: a query makes, hashes and compares dozens of them, and these do so in C.

Engines translate these nodes and never see the query text. Analysis happens before the engine, so two
engines given one LogicalQuery must find the same entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from msgspec import Struct

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
    "Filters",
    "LogicalQuery",
    "Node",
    "Not",
    "Nothing",
    "Part",
    "Phrase",
    "StreamIs",
    "TimeIn",
    "Where",
    "all_of",
    "anchored",
    "any_of",
    "phrase",
]

#: `text` is headline, body and captions of an entry, `headline` only its headline.
Where = Literal["text", "headline"]


class Phrase(Struct, frozen=True):
    """Entries with these units in order: `units[i]` is `offsets[i]` positions after `units[0]`.

    Offsets step by 1, or by 2 where the text has punctuation between two units. With `prefix` the last unit
    need only begin with `units[-1]`.
    """

    units: tuple[str, ...]
    offsets: tuple[int, ...]
    where: Where = "text"
    prefix: bool = False

    def __str__(self) -> str:
        gaps = [0, *(b - a for a, b in zip(self.offsets, self.offsets[1:], strict=False))]
        text = "".join(("_" * (gap - 1)) + unit for gap, unit in zip(gaps, self.units, strict=True))
        return f"{'headline:' if self.where == 'headline' else ''}[{text}{'*' if self.prefix else ''}]"


class AllOf(Struct, frozen=True):
    """Entries that every child matches; at least one child is not a Not."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' & '.join(map(str, self.children))})"


class AnyOf(Struct, frozen=True):
    """Entries that some child matches."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' | '.join(map(str, self.children))})"


class Not(Struct, frozen=True):
    """Entries that the child does not match."""

    child: Node

    def __str__(self) -> str:
        return f"-{self.child}"


class AgencyIs(Struct, frozen=True):
    """Entries that credit this agency, in this `role` if given; `value` is folded, as the names are."""

    value: str
    role: Role | None = None

    def __str__(self) -> str:
        return f"{self.role or 'agency'}={self.value}"


class StreamIs(Struct, frozen=True):
    """Entries of this stream; `value` is folded, as the names are."""

    value: str

    def __str__(self) -> str:
        return f"stream={self.value}"


class TimeIn(Struct, frozen=True):
    """Entries with `start` <= time < `end`; None leaves a side open. Entries without a time never match."""

    start: datetime | None
    end: datetime | None

    def __str__(self) -> str:
        return f"time={self.start or ''}..{self.end or ''}"


class AnyTerm(Struct, frozen=True):
    """Entries with at least `least` of these terms of the fields `words` and `bigrams`.

    With `least` above 1, only one of the fields has terms.
    """

    words: tuple[str, ...]
    bigrams: tuple[str, ...]
    least: int = 1

    def __str__(self) -> str:
        least = f"{self.least} of: " if self.least > 1 else ""
        return f"shares({least}{' '.join((*self.words, *self.bigrams))})"


class Everything(Struct, frozen=True):
    """All entries."""

    def __str__(self) -> str:
        return "*"


class Nothing(Struct, frozen=True):
    """No entry."""

    def __str__(self) -> str:
        return "∅"


Node = Phrase | AllOf | AnyOf | Not | AgencyIs | StreamIs | TimeIn | AnyTerm | Everything | Nothing


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters in addition to the query text; values of one list are OR-ed, the lists AND-ed.

    `start` <= time < `end`; `asof` keeps entries up to and including that moment, and none without a time.
    `ids` keeps the entries with these ids.
    """

    agencies: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    asof: datetime | None = None
    ids: frozenset[str] | None = None


class Part(Struct, frozen=True):
    """A part of the query as typed, with its node."""

    text: str
    node: Node


@dataclass(frozen=True, slots=True)
class LogicalQuery:
    """A resolved query.

    `match` finds full matches. `fallback` finds full and partial matches, None where nothing may be relaxed.
    `terms` are scored. `highlights` are the phrases highlighted in a full match, `partial_highlights` those
    in a partial one. `parts` are its conjuncts, or the groups of its only run: they are counted alone to
    explain an empty result. `pieces` are the groups of all plain runs, of which a partial match lacks some.
    With `recency`, newer entries score higher. `title` is the whole of a query of plain runs as a headline.
    `doubts` are problems where nothing matches. `also_searched` are the alias names that widened the query.
    `asof` comes from the query text, None where it has no 截至.
    """

    match: Node
    fallback: Node | None = None
    terms: ScoringTerms = field(default_factory=ScoringTerms)
    recency: bool = False
    highlights: tuple[Phrase, ...] = ()
    partial_highlights: tuple[Phrase, ...] = ()
    parts: tuple[Part, ...] = ()
    pieces: tuple[Part, ...] = ()
    title: Phrase | None = None
    doubts: tuple[QueryProblem, ...] = ()
    also_searched: tuple[str, ...] = ()
    asof: datetime | None = None
    problems: tuple[QueryProblem, ...] = ()


def all_of(nodes: Iterable[Node]) -> Node:
    """Return a flat conjunction without duplicates; Everything for no nodes. A single Not stays a Not."""
    flat = (child for node in nodes for child in (node.children if isinstance(node, AllOf) else (node,)))
    children = [child for child in dict.fromkeys(flat) if child != Everything()]
    if len(children) > 1 and all(isinstance(child, Not) for child in children):
        children.insert(0, Everything())
    return AllOf(tuple(children)) if len(children) > 1 else (children or [Everything()])[0]


def any_of(nodes: Iterable[Node]) -> Node:
    """Return a flat disjunction without duplicates; Nothing for no nodes."""
    flat = (child for node in nodes for child in (node.children if isinstance(node, AnyOf) else (node,)))
    children = tuple(dict.fromkeys(anchored(child) for child in flat))
    return AnyOf(children) if len(children) > 1 else (children or (Nothing(),))[0]


def anchored(node: Node) -> Node:
    """Return a Not as a conjunction with Everything, and any other node unchanged."""
    return AllOf((Everything(), node)) if isinstance(node, Not) else node


def phrase(units: Units, start: int, end: int, *, where: Where = "text", prefix: bool = False) -> Phrase:
    """Return units [start, end) of a text as a phrase, punctuation kept as gaps."""
    first = units.positions[start]
    if units.positions[end - 1] - first == end - 1 - start:
        offsets = tuple(range(end - start))
    else:
        offsets = tuple(position - first for position in units.positions[start:end])
    return Phrase(tuple(units.texts[start:end]), offsets, where, prefix)
