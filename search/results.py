"""Search results: the values that a search returns, and their JSON, which command line and API share.

Attribute names are the keys of the JSON; `as_dict()` is the contract of DESIGN.md.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from search.entry import Attribution, Entry
from search.errors import QueryProblem
from search.highlight import Highlighted
from search.jsonable import JsonObject
from search.times.ranges import TimeRange

__all__ = [
    "MAX_EXPLAINED_TERMS",
    "NO_LINKS",
    "Bucket",
    "CorrectionKind",
    "CorrectionLinks",
    "DuplicateOf",
    "EntryRef",
    "Explanation",
    "Facet",
    "Histogram",
    "Hit",
    "Interval",
    "MatchedPhrase",
    "PartCount",
    "Results",
    "Sort",
    "TermShare",
]

Sort = Literal["relevance", "newest", "oldest"]
Interval = Literal["minute", "hour", "day", "month", "year"]

#: Maximum number of terms in the JSON of one explanation; those of the largest weight are kept.
MAX_EXPLAINED_TERMS: Final = 200
#: A `correction` comes from an agency of the corrected report, a `denial` from another source.
CorrectionKind = Literal["correction", "denial"]


@dataclass(frozen=True, slots=True)
class EntryRef:
    """Reference to an entry that corrects another one, or is corrected by it."""

    id: str
    time: datetime
    kind: CorrectionKind


@dataclass(frozen=True, slots=True)
class CorrectionLinks(JsonObject):
    """The entries that correct an entry, by time, and the entry that it corrects."""

    corrections: tuple[EntryRef, ...] = ()
    corrects: EntryRef | None = None


#: The links of an entry that neither corrects another nor is corrected.
NO_LINKS: Final = CorrectionLinks()


@dataclass(frozen=True, slots=True)
class DuplicateOf:
    """A near-duplicate of the entry of a hit, `delay_seconds` later; None if either has no time."""

    JSON_KEYS: ClassVar = ("id", "time", "delay_seconds", "agencies")

    id: str
    time: datetime | None
    delay_seconds: float | None
    agencies: tuple[str, ...]
    #: Correction links; not in the JSON.
    ties: CorrectionLinks = NO_LINKS


@dataclass(frozen=True, slots=True)
class TermShare:
    """The contribution of one term to the score of one entry.

    `field` is `words`, `unigrams` or `bigrams`; `qtf` and `tf` are the term's frequencies in the query and in
    the entry (an occurrence in the headline counts twice), `df` the number of entries that contain it.
    """

    field: str
    term: str
    qtf: int
    df: int
    tf: int
    weight: float


@dataclass(frozen=True, slots=True)
class MatchedPhrase:
    """A phrase of the query, `_` for punctuation in it, and the fields of the entry that contain it."""

    row: str
    where: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of the score of one entry: `terms` by falling weight, `stages` in the order of scoring."""

    JSON_KEYS: ClassVar = ("score", "stages", "terms", "matched")

    score: float
    terms: tuple[TermShare, ...] = ()
    stages: dict[str, float] = dataclasses.field(default_factory=dict)
    matched: tuple[MatchedPhrase, ...] = ()

    def abridged(self, matched: tuple[MatchedPhrase, ...]) -> Explanation:
        """Return the explanation with the matched phrases, and no more than MAX_EXPLAINED_TERMS terms."""
        return replace(self, terms=self.terms[:MAX_EXPLAINED_TERMS], matched=matched)


@dataclass(frozen=True, slots=True)
class Hit(JsonObject):
    """One entry of a result page, with the spans that matched.

    `highlights` has the headline, and as `body` a slice of the body, or of captions, agencies or credit if
    only these matched. `copies` are near-duplicates, None unless requested (`fold`); `explanation` likewise
    (`explain`). `missing` are the parts of the query, as typed, that a partial match lacks. `corrections`
    are the entries that correct this one, `corrects` is the one that it corrects.
    """

    JSON_KEYS: ClassVar = (
        *("entry.id", "entry.time", "entry.headline", "entry.body", "entry.captions", "entry.agencies"),
        *("attributions", "entry.credit", "entry.stream", "entry.url", "score", "partial", "highlights"),
        *("missing", "ties.corrections", "ties.corrects", "copies", "explanation"),
    )
    JSON_OPTIONAL: ClassVar = frozenset({"copies", "explanation"})

    entry: Entry
    score: float
    partial: bool
    title: Highlighted
    snippet: Highlighted
    copies: tuple[DuplicateOf, ...] | None = None
    explanation: Explanation | None = None
    missing: tuple[str, ...] = ()
    ties: CorrectionLinks = NO_LINKS

    @property
    def id(self) -> str:
        """Id of the entry."""
        return self.entry.id

    @property
    def time(self) -> datetime | None:
        """Time of the entry."""
        return self.entry.time

    @property
    def headline(self) -> str:
        """Headline of the entry."""
        return self.entry.headline

    @property
    def body(self) -> str:
        """Body of the entry."""
        return self.entry.body

    @property
    def captions(self) -> tuple[str, ...]:
        """Captions of the entry."""
        return self.entry.captions

    @property
    def agencies(self) -> tuple[str, ...]:
        """Agencies of the entry."""
        return self.entry.agencies

    @property
    def attributions(self) -> tuple[Attribution, ...]:
        """Each agency of the entry with its role."""
        return self.entry.credited

    @property
    def credit(self) -> str:
        """Reporter's credit of the entry."""
        return self.entry.credit

    @property
    def stream(self) -> str:
        """Stream of the entry."""
        return self.entry.stream

    @property
    def url(self) -> str:
        """URL of the entry."""
        return self.entry.url

    @property
    def highlights(self) -> dict[str, str]:
        """Headline (`headline`) and snippet (`body`) as escaped HTML with `<mark>`."""
        return {"headline": self.title.__html__(), "body": self.snippet.__html__()}


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a facet, the number of full matches with it, and whether the request filters by it."""

    value: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Bucket:
    """Number of full matches with `start` <= time < `end`."""

    start: datetime
    end: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Full matches over time, in contiguous buckets; may be empty."""

    interval: Interval
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class PartCount:
    """A conjunct of the query as typed, and the number of entries that match it alone."""

    text: str
    total: int


@dataclass(frozen=True, slots=True)
class Results(JsonObject):
    """One page of results.

    `total` counts full matches, `partial_total` the partial ones that follow them; pages cover both. `parts`
    is filled only when there are no full matches. `folded` is the number of entries that are listed as
    near-duplicates of hits, None without `fold`.
    """

    JSON_KEYS: ClassVar = (
        *("query", "total", "partial_total", "page", "limit", "sort", "took_ms", "asof", "hits", "facets"),
        *("histogram", "did_you_mean", "also_searched", "problems", "parts", "folded"),
    )
    JSON_OPTIONAL: ClassVar = frozenset({"folded"})

    query: str
    total: int
    partial_total: int
    page: int
    limit: int
    sort: Sort
    took_ms: float
    asof: datetime | None
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[Facet, ...]]
    histogram: Histogram
    did_you_mean: tuple[str, ...] = ()
    also_searched: tuple[str, ...] = ()
    problems: tuple[QueryProblem, ...] = ()
    parts: tuple[PartCount, ...] = ()
    folded: int | None = None
    #: The range that `from_` and `to` resolve to; not in the JSON.
    period: TimeRange = dataclasses.field(default_factory=TimeRange)

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        listed = self.total + self.partial_total - (self.folded or 0)
        return max(1, -(-listed // self.limit))
