"""What a search gives back, and the one JSON shape in which CLI and web hand it on.

The names here are the keys of the JSON; `as_dict()` is the contract, and every edge uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from search.corrections.detect import NO_LINKS, CorrectionLinks
from search.entry import Attribution
from search.errors import QueryProblem
from search.explanation import Explanation
from search.near_duplicates import Copy

__all__ = ["Bucket", "Facet", "Histogram", "Hit", "Interval", "PartCount", "Results", "Sort"]

Sort = Literal["relevance", "newest", "oldest"]
Interval = Literal["minute", "hour", "day", "month", "year"]


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
    copies: tuple[Copy, ...] | None = None
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
