"""The Engine and Snapshot protocols, and the values that they take and return.

Analysis happens before the engine, presentation after it. An engine stores entries and publishes them in
generations; a snapshot is one published generation, open for reading: it evaluates a LogicalQuery, scores,
sorts and counts. Two engines with the same entries return the same entries for the same request; only the
scores may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from search.analysis import Analyzer
from search.entry import Entry
from search.query.logical import Filters, LogicalQuery, Node
from search.ranking import FIELD_WEIGHTS
from search.results import Explanation, Facet, Histogram, Sort

__all__ = [
    "PARTIAL_BELOW",
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
    "Snapshot",
    "Vocabulary",
]

#: Partial matches are returned when there are fewer full matches than this.
PARTIAL_BELOW: Final = 100
#: Shares, of a term in the score of a hit, that one answer explains.
MAX_SHARES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """One page of a query. `offset` and `limit` count full matches, then partial ones."""

    query: LogicalQuery
    filters: Filters = field(default_factory=Filters)
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 10
    facets: bool = True
    explain: bool = False

    @property
    def explained(self) -> int:
        """The number of hits of the page to explain: their shares, a term in a hit each, are limited."""
        if not self.explain:
            return 0
        terms = sum(len(getattr(self.query.terms, field)) for field in FIELD_WEIGHTS)
        return min(self.limit, max(1, MAX_SHARES // max(1, terms)))


@dataclass(frozen=True, slots=True)
class ScoredEntry:
    """An entry with its score, 0 where nothing was scored, and its explanation if requested."""

    entry: Entry
    score: float
    partial: bool
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """One page of entries, and counts over all full matches."""

    found: tuple[ScoredEntry, ...]
    total: int
    partial_total: int
    facets: Mapping[str, tuple[Facet, ...]]
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class Scan:
    """Every match of a request in one generation, in the order of its pages.

    `found` reads each entry when it is taken, once; later generations do not affect it.
    """

    generation: int
    total: int
    partial_total: int
    found: Iterator[ScoredEntry]


@dataclass(frozen=True, slots=True)
class IndexStats:
    """Size of an index. `stale` entries would have other terms if they were indexed now."""

    generation: int
    entries: int
    stale: int
    bytes: int
    newest: datetime | None
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """Id, content digest and data file of an indexed entry.

    `source` is the value given to `Batch.add`, 0 by default: it identifies the line of the file.
    """

    id: str
    digest: str
    file: str
    source: int = 0


@dataclass(frozen=True, slots=True)
class NamedCount:
    """A name, the number of entries that have it, and the earliest time of one; None if none has a time."""

    text: str
    count: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words and names of one generation, for suggestions.

    `words` maps the folded terms of the words field to document frequencies, which may include removed
    entries. `headlines` are distinct, newest first; those without a time come last.
    """

    generation: int
    words: Mapping[str, int]
    agencies: tuple[NamedCount, ...]
    streams: tuple[NamedCount, ...]
    headlines: tuple[NamedCount, ...]


@dataclass(frozen=True, slots=True)
class History:
    """An entry with the earlier entries of its stream; entries are read only on call.

    `earlier` returns them by time and id; `checksum` changes when any of them, or the entry itself, does.
    """

    id: str
    digest: str
    checksum: Callable[[], str]
    entry: Callable[[], Entry]
    earlier: Callable[[], list[Entry]]


class Batch(Protocol):
    """Changes that are published together, or not at all."""

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry of a data file; it replaces an entry of the same id.

        `source` (64 bits, signed) is stored with it and returned in `IndexedEntry`.
        """

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries by id; unknown ids are ignored."""


class Snapshot(Protocol):
    """One published generation, open for reading; safe to share between threads.

    Every method raises DamagedIndex when files of the index are damaged, and IndexProblem when they cannot
    be read.
    """

    @property
    def generation(self) -> int:
        """Number of the generation."""

    @property
    def state_id(self) -> str:
        """Text that differs between published states, also between those of equal number."""

    def search(self, request: Request) -> SearchResponse:
        """Return one page of matches with totals, facets and histogram."""

    def scan(self, request: Request) -> Scan:
        """Return all matches: the pages of `search`, concatenated.

        `offset`, `limit`, `facets` and `explain` are ignored. Memory grows by a few numbers per match.
        """

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return the number of matches of each node under the filters."""

    def entry(self, entry_id: str) -> Entry:
        """Return an entry; raises EntryNotFound."""

    def file_of(self, entry_id: str) -> str | None:
        """Return the data file of an entry; None if it is not indexed."""

    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time, none after `asof`.

        Both are empty for an entry without a time; raises EntryNotFound.
        """

    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
        """Return the n entries most similar to one, best first, without itself; raises EntryNotFound.

        Weights are computed as of `filters.asof`.
        """

    def histories(self, node: Node, max_entries: int, window: timedelta) -> list[History]:
        """Return the history of each matching entry that has a time.

        A history covers the entry's stream from `window` before its time up to its time, inclusive. If it
        has more than `max_entries`, the latest are used, without any time of which only some would fit.
        """

    def newest_time(self, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest entry, up to `asof` if given; None if there is none."""

    def stats(self) -> IndexStats:
        """Return the size of the index."""

    def vocabulary(self, headlines: int) -> Vocabulary:
        """Return words, agencies, streams and the headlines of the newest `headlines` entries."""

    def indexed_entries(self, files: Iterable[str] | None = None) -> list[IndexedEntry]:
        """List the entries of some data files, of all by default."""

    def stale_entries(self) -> list[IndexedEntry]:
        """List the entries that the current analyzer would give other terms."""


class Engine(Protocol):
    """Publishes generations of an index and opens the newest."""

    def snapshot(self) -> Snapshot:
        """Return the newest published generation; raises NoIndex, DamagedIndex, OtherVersion."""

    def generation(self) -> int:
        """Return the number of the published generation; raises NoIndex."""

    def set_analyzer(self, analyzer: Analyzer) -> None:
        """Use another analyzer from now on; indexed entries keep their terms until they are reanalyzed."""

    def check(self) -> list[str]:
        """Read everything and return one sentence per problem."""

    def verify_in_background(self) -> None:
        """Verify the checksums of each new generation in the background.

        Once damage is found, `snapshot` raises DamagedIndex. For long-running processes; an engine whose
        store verifies itself does nothing.
        """

    def rebuild(self) -> AbstractContextManager[Batch]:
        """Replace the whole index: published on a clean exit, discarded on an exception."""

    def update(self) -> AbstractContextManager[Batch]:
        """Change the index: published in one step on a clean exit, discarded on an exception."""
