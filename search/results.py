"""What a search gives back, and the one JSON shape in which CLI and web hand it on.

The names here are the keys of the JSON; `as_dict()` is the contract, and every edge uses it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from search.entry import Attribution
from search.errors import QueryProblem

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

#: Terms of one explanation that the JSON lists, the largest first.
MAX_EXPLAINED_TERMS: Final = 200
#: A `correction` is made by those who reported, a `denial` by others.
CorrectionKind = Literal["correction", "denial"]


@dataclass(frozen=True, slots=True)
class EntryRef:
    """The entry at the other end of a tie, and what kind of tie it is."""

    id: str
    time: datetime
    kind: CorrectionKind

    def as_dict(self) -> dict[str, Any]:
        """Return the other end as plain JSON values."""
        return {"id": self.id, "time": self.time.isoformat(), "kind": self.kind}


@dataclass(frozen=True, slots=True)
class CorrectionLinks:
    """What ties an entry to others: those that correct it, by time, and the one that it corrects."""

    corrections: tuple[EntryRef, ...] = ()
    corrects: EntryRef | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return both as plain JSON values."""
        return {
            "corrections": [one.as_dict() for one in self.corrections],
            "corrects": self.corrects.as_dict() if self.corrects else None,
        }


#: An entry that neither corrects nor is corrected.
NO_LINKS: Final = CorrectionLinks()


@dataclass(frozen=True, slots=True)
class DuplicateOf:
    """A near-copy of the entry shown; `delay_seconds` after it, None where a time is missing.

    `ties` are its corrections, and what it corrects, where somebody looked for them.
    """

    id: str
    time: datetime | None
    delay_seconds: float | None
    agencies: tuple[str, ...]
    ties: CorrectionLinks = NO_LINKS

    def as_dict(self) -> dict[str, Any]:
        """Return the copy as plain JSON values."""
        return {
            "id": self.id,
            "time": self.time.isoformat() if self.time else None,
            "delay_seconds": self.delay_seconds,
            "agencies": list(self.agencies),
        }


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

    def as_dict(self) -> dict[str, Any]:
        """Return the share as plain JSON values."""
        return {
            "field": self.field,
            "term": self.term,
            "qtf": self.qtf,
            "df": self.df,
            "tf": self.tf,
            "weight": round(self.weight, 6),
        }


@dataclass(frozen=True, slots=True)
class MatchedPhrase:
    """A row of the query that the entry holds, `_` for a mark within it, and the fields that hold it."""

    row: str
    where: str
    fields: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {"row": self.row, "where": self.where, "fields": list(self.fields)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The score of one entry, taken apart: `terms` by falling weight, `stages` by name in order."""

    score: float
    terms: tuple[TermShare, ...] = ()
    stages: dict[str, float] = field(default_factory=dict)
    matched: tuple[MatchedPhrase, ...] = ()

    def abridged(self, matched: tuple[MatchedPhrase, ...]) -> Explanation:
        """Return the explanation with its largest shares only, and the rows that the entry holds."""
        return replace(self, terms=self.terms[:MAX_EXPLAINED_TERMS], matched=matched)

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        return {
            "score": round(self.score, 6),
            "stages": {name: round(value, 6) for name, value in self.stages.items()},
            "terms": [share.as_dict() for share in self.terms],
            "matched": [row.as_dict() for row in self.matched],
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry found. `highlights` holds escaped HTML with `<mark>`: `headline` whole, `body` a snippet.

    `copies` are its near-copies where the answer is folded, `explanation` is there when it was asked for; the
    JSON has either only then. `attributions` says of each of the agencies which part it had; `ties` are its
    corrections, and what it corrects.
    """

    id: str
    time: datetime | None
    headline: str
    body: str
    captions: tuple[str, ...]
    agencies: tuple[str, ...]
    credit: str
    stream: str
    url: str
    score: float
    partial: bool
    highlights: dict[str, str]
    copies: tuple[DuplicateOf, ...] | None = None
    explanation: Explanation | None = None
    attributions: tuple[Attribution, ...] = ()
    ties: CorrectionLinks = NO_LINKS

    def as_dict(self) -> dict[str, Any]:
        """Return the hit as plain JSON values."""
        return {
            "id": self.id,
            "time": self.time.isoformat() if self.time else None,
            "headline": self.headline,
            "body": self.body,
            "captions": list(self.captions),
            "agencies": list(self.agencies),
            "attributions": [{"agency": one.agency, "role": one.role} for one in self.attributions],
            "credit": self.credit,
            "stream": self.stream,
            "url": self.url,
            "score": round(self.score, 6),
            "partial": self.partial,
            "highlights": dict(self.highlights),
            **self.ties.as_dict(),
            **({} if self.copies is None else {"copies": [copy.as_dict() for copy in self.copies]}),
            **({} if self.explanation is None else {"explanation": self.explanation.as_dict()}),
        }


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a facet: how many full matches have it, and whether it is chosen now."""

    value: str
    count: int
    selected: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the facet value as plain JSON values."""
        return {"value": self.value, "count": self.count, "selected": self.selected}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Full matches with `start` <= time < `end`."""

    start: datetime
    end: datetime
    count: int

    def as_dict(self) -> dict[str, Any]:
        """Return the bucket as plain JSON values."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat(), "count": self.count}


@dataclass(frozen=True, slots=True)
class Histogram:
    """Full matches over time, without gaps between the first bucket and the last; may be empty."""

    interval: Interval
    buckets: tuple[Bucket, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the histogram as plain JSON values."""
        # Most of an answer's times are here, and nearly all of them twice.
        times = {id(time): time for bucket in self.buckets for time in (bucket.start, bucket.end)}
        written = {key: time.isoformat() for key, time in times.items()}
        buckets = [
            {"start": written[id(bucket.start)], "end": written[id(bucket.end)], "count": bucket.count}
            for bucket in self.buckets
        ]
        return {"interval": self.interval, "buckets": buckets}


@dataclass(frozen=True, slots=True)
class PartCount:
    """A part of the query as typed, and how many entries it finds alone."""

    text: str
    total: int

    def as_dict(self) -> dict[str, Any]:
        """Return the part as plain JSON values."""
        return {"text": self.text, "total": self.total}


@dataclass(frozen=True, slots=True)
class Results:
    """One page of an answer.

    `total` counts full matches, `partial_total` the partial ones that follow them in the ranking; pages run
    over both. `parts` is filled only when nothing matched in full, and says what each part finds alone.
    `folded` is how many of these entries are shown as near-copies of others on the pages; None where no
    near-copies were looked for.
    """

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

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        shown = self.total + self.partial_total - (self.folded or 0)
        return max(1, -(-shown // self.limit))

    def as_dict(self) -> dict[str, Any]:
        """Return the whole answer as plain JSON values."""
        return {
            "query": self.query,
            "total": self.total,
            "partial_total": self.partial_total,
            "page": self.page,
            "limit": self.limit,
            "sort": self.sort,
            "took_ms": round(self.took_ms, 3),
            "asof": self.asof.isoformat() if self.asof else None,
            "hits": [hit.as_dict() for hit in self.hits],
            "facets": {name: [facet.as_dict() for facet in values] for name, values in self.facets.items()},
            "histogram": self.histogram.as_dict(),
            "did_you_mean": list(self.did_you_mean),
            "also_searched": list(self.also_searched),
            "problems": [{"position": p.position, "message": p.message} for p in self.problems],
            "parts": [part.as_dict() for part in self.parts],
            **({} if self.folded is None else {"folded": self.folded}),
        }
