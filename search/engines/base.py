"""The Engine protocol: the few verbs that everything above an engine is written with.

Analysis happens before the engine and presentation after it. An engine keeps entries, finds those that a
LogicalQuery means, scores, sorts and counts them. Two engines given the same entries and the same request
must return the same entries; only the scores may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from search.analysis import Analyzer
from search.entry import Entry
from search.query.logical import Filters, LogicalQuery, Node
from search.results import Explanation, Facet, Histogram, Sort

__all__ = [
    "Batch",
    "Engine",
    "History",
    "IndexStats",
    "IndexedEntry",
    "NamedCount",
    "Request",
    "Scan",
    "ScoredEntry",
    "SearchResponse",
    "Vocabulary",
]


@dataclass(frozen=True, slots=True)
class Request:
    """One page of one question. `offset` and `limit` count over full and partial matches together."""

    query: LogicalQuery
    filters: Filters = field(default_factory=Filters)
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 10
    facets: bool = True
    explain: bool = False


@dataclass(frozen=True, slots=True)
class ScoredEntry:
    """One entry of an answer. `score` is 0 when nothing was scored; explained only when that was asked."""

    entry: Entry
    score: float
    partial: bool
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """What an engine found: one page of entries, and counts over all full matches."""

    found: tuple[ScoredEntry, ...]
    total: int
    partial_total: int
    facets: Mapping[str, tuple[Facet, ...]]
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class Scan:
    """All that a request finds, of one generation, in the order of its pages.

    `found` reads each entry when it is asked for, once, and stays with its generation whatever is published
    meanwhile.
    """

    generation: int
    total: int
    partial_total: int
    found: Iterator[ScoredEntry]


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What an index holds. `stale` entries would have other terms if they were indexed now."""

    generation: int
    entries: int
    stale: int
    bytes: int
    newest: datetime | None
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """What is known of an entry for finding changes: its id, the digest of its content, its file.

    `source` is whatever was given with it, 0 for nothing: a mark of where in the file it came from.
    """

    id: str
    digest: str
    file: str
    source: int = 0


@dataclass(frozen=True, slots=True)
class NamedCount:
    """Something written in entries: how many hold it, and since when; None where no time is known."""

    text: str
    count: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the entries of one generation are made of, for suggestions.

    `words` are the terms of the words stream, folded, with the number of entries that have them; removed
    entries may still count. `headlines` are the newest, newest first, without repetitions; those whose
    entries have no time come last.
    """

    generation: int
    words: Mapping[str, int]
    agencies: tuple[NamedCount, ...]
    streams: tuple[NamedCount, ...]
    headlines: tuple[NamedCount, ...]


@dataclass(frozen=True, slots=True)
class History:
    """An entry, and what was there of its stream at its moment; texts are read only when asked for.

    The mark is another one when any of these entries is; `behind` returns the others, in order of time and
    id.
    """

    id: str
    digest: str
    marked: Callable[[], str]
    entry: Callable[[], Entry]
    behind: Callable[[], list[Entry]]

    @property
    def mark(self) -> str:
        """What tells whether anything behind has changed; worked out whenever it is asked."""
        return self.marked()


class Batch(Protocol):
    """Changes that become visible together, or not at all."""

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry that came from `file`; an entry of the same id is replaced.

        `source` (64 bits, signed) is kept with it and comes back in `IndexedEntry`.
        """

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries by id; ids that are not there do nothing."""


class Engine(Protocol):
    """Keeps entries and answers; every verb but `rebuild` and `update` reads one published state."""

    def search(self, request: Request) -> SearchResponse:
        """Answer a request; raises NoIndex, DamagedIndex, OtherVersion."""

    def listing(self, request: Request) -> Scan:
        """Answer a request with everything it finds: what its pages show, laid end to end.

        `offset`, `limit`, `facets` and `explain` do not count. Until it is read, an entry costs no more
        memory than some numbers do. Raises NoIndex, DamagedIndex, OtherVersion; reading on, DamagedIndex.
        """

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return how many entries each node finds under the filters."""

    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""

    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time, none after `asof`."""

    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
        """Return the n entries most like one, best first, without itself; raises EntryNotFound.

        Nothing that the filters leave out counts, neither as an answer nor in the weights (`asof`).
        """

    def histories(self, node: Node, most: int, reach: timedelta) -> tuple[int, list[History]]:
        """Return the generation, and for each entry with a time that a node finds what is behind it.

        That are the entries of its stream from `reach` before it up to its own moment; where they are more
        than `most`, the last of them, and no moment in part. Raises NoIndex.
        """

    def generation(self) -> int:
        """Return which generation is published; raises NoIndex."""

    def state_id(self) -> str:
        """Return a text that differs between published states, also of equal number; raises NoIndex."""

    def newest(self, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest entry, up to `asof` if given; raises NoIndex."""

    def state(self) -> IndexStats:
        """Return what the index holds; raises NoIndex."""

    def vocabulary(self, headlines: int) -> Vocabulary:
        """Return words, agencies, streams and up to so many of the newest headlines; raises NoIndex."""

    def stored(self, files: Iterable[str] | None = None) -> list[IndexedEntry]:
        """List what is indexed, of all files or of those given; empty when there is no index."""

    def stale(self) -> list[IndexedEntry]:
        """List the entries whose terms would be others now; empty when there is no index."""

    def use(self, analyzer: Analyzer) -> None:
        """Analyze with another dictionary from now on; what is indexed stays as it is until it is renewed."""

    def owner(self, entry_id: str) -> str | None:
        """Return the data file of an indexed entry, or None where it is not indexed."""

    def check(self) -> list[str]:
        """Read everything and return what is wrong, one sentence each; empty when all is well."""

    def verify_in_background(self) -> None:
        """From now on look for damage in each new generation; found, it is DamagedIndex for every question.

        For processes that answer many questions. An engine whose store verifies itself does nothing.
        """

    def rebuild(self) -> AbstractContextManager[Batch]:
        """Start from nothing: on a clean exit the batch replaces all, on an exception nothing changes."""

    def update(self) -> AbstractContextManager[Batch]:
        """Change what is there: published in one step on a clean exit, discarded on an exception."""
