"""A snapshot: one published generation, open for reading, and every question that can be put to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.deadline import check
from search.engines.base import History, IndexStats, Request, Scan, ScoredEntry, SearchResponse
from search.engines.more_like_this import DUPLICATE_RATIO, MIN_SCORE_RATIO, TWINS, interesting_terms
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace, both, kept
from search.engines.whoosh.matching.evaluator import QueryEvaluator
from search.engines.whoosh.matching.postings_cache import PostingsCache, member
from search.engines.whoosh.matching.segment_matcher import SegmentMatcher, time_mask
from search.engines.whoosh.matching.stale import stale_entries
from search.engines.whoosh.reading.history import histories, named
from search.engines.whoosh.reading.neighbours import around
from search.engines.whoosh.reading.scan import in_order
from search.engines.whoosh.reading.similar import Counts
from search.engines.whoosh.scoring.explain import explain
from search.engines.whoosh.scoring.ranker import Ranker, listed_terms
from search.engines.whoosh.scoring.scorer import Scorer
from search.engines.whoosh.scoring.sorting import DocSorter, RankedDoc, count_facets, count_histogram
from search.engines.whoosh.scoring.top_k import TopK
from search.engines.whoosh.storage.document_store import NO_TIME, microseconds, moment
from search.engines.whoosh.storage.segment_reader import SegmentReader
from search.entry import Entry
from search.errors import EntryNotFound
from search.near_duplicates import Fingerprint, are_duplicates
from search.query.logical import Filters, LogicalQuery, Node
from search.results import Facet, Histogram, Sort

__all__ = ["PARTIAL_BELOW", "Ranked", "Snapshot"]

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Masks = list[Mask]

#: Partial matches follow when there are fewer full ones than this.
PARTIAL_BELOW = 100
#: Filters that leave everything.
_OPEN = Filters()


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What the filters leave (N,), None for everything; two of them leave one filter out."""

    all: Mask | None
    but_agency: Mask | None
    but_stream: Mask | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """One page before its entries are read: (leaf, number, score, partial) in order, and the counts."""

    places: list[tuple[int, int, float, bool]]
    total: int
    partial_total: int


class Snapshot:
    """One generation. Its leaves never change, so it may be shared by threads."""

    def __init__(
        self,
        generation: int,
        leaves: Sequence[SegmentReader],
        analyzer: Analyzer,
        zone: ZoneInfo,
        folder: Path,
    ) -> None:
        self._folder = folder
        self.generation = generation
        self.leaves = tuple(leaves)
        self.analyzer = analyzer
        self._zone = zone
        self._whole = DocSpace(leaves)
        self._room = PostingsCache()
        self._matchers = [SegmentMatcher(leaf, analyzer) for leaf in leaves]
        self._order = DocSorter(self.leaves)
        self._union = TopK(self._whole)
        self._last_named: tuple[frozenset[str], Mask] | None = None
        #: The first damage that was found in the files, and whether a fault has made us look for it.
        self.damage: str | None = None
        self.examined = False

    @cached_property
    def problems(self) -> list[str]:
        """What is wrong with the files and the entries in them, one sentence each; reads everything."""
        return [p for leaf in self.leaves for p in leaf.verify()] or [*self._entry_problems()]

    def _entry_problems(self) -> Iterator[str]:
        seen: set[str] = set()
        for leaf in self.leaves:
            for number in leaf.live.nonzero()[0].tolist():
                entry = leaf.docs.entry(number)
                if entry.id in seen:
                    yield f"编号 {entry.id} 出现两次"
                if entry.id != leaf.docs.key(number) or entry.digest() != leaf.docs.digest(number):
                    yield f"条目 {entry.id} 与其摘要不符"
                seen.add(entry.id)

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self._whole, self._room)

    @cached_property
    def _finder(self) -> QueryEvaluator:
        return QueryEvaluator(self._whole, self._matchers, self._scorer.postings, self._room)

    @cached_property
    def state(self) -> IndexStats:
        """What this generation holds."""
        oldest, newest = self.span
        return IndexStats(
            generation=self.generation,
            entries=sum(int(leaf.live.sum()) for leaf in self.leaves),
            stale=_count(self.stale),
            bytes=sum(path.stat().st_size for path in self._folder.iterdir() if path.is_file()),
            newest=newest,
            oldest=oldest,
        )

    @cached_property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """The times of the oldest and of the newest entry."""
        times = [leaf.docs.time[leaf.live & (leaf.docs.time != NO_TIME)] for leaf in self.leaves]
        oldest = min((int(t.min()) for t in times if len(t)), default=None)
        newest = max((int(t.max()) for t in times if len(t)), default=None)
        return self._moment(oldest), self._moment(newest)

    @cached_property
    def stale(self) -> Masks:
        """Which entries of each leaf would have other terms now."""
        return [
            stale_entries(matcher, leaf, self.analyzer, self._folder)
            for matcher, leaf in zip(self._matchers, self.leaves, strict=True)
        ]

    def _moment(self, time: int | None) -> datetime | None:
        return None if time is None else moment(time).astimezone(self._zone)

    def search(self, request: Request) -> SearchResponse:
        """Answer one request."""
        visible = self._visible(request.filters)
        allowed = self._allowed(request.filters, visible)
        matched = self._finder.evaluate(request.query.match)
        full = kept(matched, allowed.all)
        ranked = self._ranked(request, full, allowed, visible)
        found = tuple(
            ScoredEntry(self.leaves[leaf].docs.entry(number), score, partial)
            for leaf, number, score, partial in ranked.places
        )
        if request.explain:
            found = self._explained(request, ranked, visible, found)
        facets: dict[str, tuple[Facet, ...]] = {}
        histogram = Histogram("day")
        if request.facets:
            numbers = self._whole.split(full)
            facets = self._facets(matched, numbers, allowed, request.filters)
            histogram = self._histogram(numbers)
        return SearchResponse(found, ranked.total, ranked.partial_total, facets, histogram)

    def _explained(
        self, request: Request, ranked: Ranked, visible: Mask | None, found: tuple[ScoredEntry, ...]
    ) -> tuple[ScoredEntry, ...]:
        """Add to what was found why it stands where it does."""
        places = [(leaf, number) for leaf, number, _, _ in ranked.places]
        translate_os_errors = explain(self._whole, self._scorer, visible, request.query.terms, places)
        return tuple(
            replace(one, explanation=replace(explanation, score=one.score))
            for one, explanation in zip(found, translate_os_errors, strict=True)
        )

    def rank(self, request: Request) -> Ranked:
        """Return which entries a request finds and how many, without reading them."""
        query = request.query
        shared = listed_terms(query, query.match)
        if shared and not query.fallback and request.sort == "relevance" and request.filters == _OPEN:
            rows, total = self._ranker(query, None).sharing(
                shared, self._whole.none, request.offset, request.limit
            )
            return Ranked([(leaf, number, -key, False) for key, leaf, number in rows], total, 0)
        visible = self._visible(request.filters)
        allowed = self._allowed(request.filters, visible)
        full = kept(self._finder.evaluate(query.match), allowed.all)
        return self._ranked(request, full, allowed, visible)

    def listing(self, request: Request) -> Scan:
        """Return everything that a request finds, in the order of its pages."""
        query, visible = request.query, self._visible(request.filters)
        allowed = self._allowed(request.filters, visible)
        full, partial = kept(self._finder.evaluate(query.match), allowed.all), self._whole.none
        if query.fallback is not None and len(full) < PARTIAL_BELOW:
            partial = self._partial(query.fallback, allowed, full)
        scored = any((query.terms.words, query.terms.unigrams, query.terms.bigrams))
        ranker = self._ranker(query, visible) if scored else None
        groups = ((full, False), (partial, True))
        found = in_order(self._whole, self._order, ranker, request.sort, groups)
        return Scan(self.generation, len(full), len(partial), found)

    def _ranker(self, query: LogicalQuery, visible: Mask | None) -> Ranker:
        return Ranker(self._whole, self._order, self._union, self._scorer_of(visible), query)

    def _scorer_of(self, visible: Mask | None) -> Scorer:
        if visible is None:
            return self._scorer
        return Scorer(self._whole, self._room, visible, self._scorer)

    def _ranked(self, request: Request, full: DocIds, allowed: _Allowed, visible: Mask | None) -> Ranked:
        """Rank full matches first, partial ones after them, and cut the page out of both."""
        query, offset, limit, total = request.query, request.offset, request.limit, len(full)
        scored = bool(query.terms.words or query.terms.unigrams or query.terms.bigrams)
        ranker = self._ranker(query, visible) if scored else None
        by_score = ranker if request.sort == "relevance" else None
        rows = self._page(full, by_score, request.sort, offset, limit)
        places = [(*place, False) for place in _scored(rows, ranker, by_score)]
        if query.fallback is None or total >= PARTIAL_BELOW:
            return Ranked(places, total, 0)
        offset, limit = max(0, offset - total), limit - len(places)
        shared = listed_terms(query, query.fallback) if by_score and limit else None
        if by_score and shared and request.filters == _OPEN:
            rows, partial_total = by_score.sharing(shared, full, offset, limit)
        else:
            partial = self._partial(query.fallback, allowed, full)
            partial_total = len(partial)
            rows = self._page(partial, by_score, request.sort, offset, limit)
        places += [(*place, True) for place in _scored(rows, ranker, by_score)]
        return Ranked(places, total, partial_total)

    def _page(
        self, numbers: DocIds, ranker: Ranker | None, sort: Sort, offset: int, limit: int
    ) -> list[RankedDoc]:
        """Return (key, leaf, number) of one page of these entries."""
        if not len(numbers) or limit <= 0:
            return []
        if ranker:
            return ranker.best_of(numbers, offset, limit)
        return self._order.by_time(self._whole.split(numbers), sort, offset, limit)

    def _visible(self, filters: Filters) -> Mask | None:
        """Return what may be seen at all (N,), or None for everything that is live."""
        if filters.asof is None:
            return None
        last = microseconds(filters.asof)
        pairs = [(leaf.live, leaf.docs.time) for leaf in self.leaves]
        return self._whole.concat([live & (time <= last) & (time != NO_TIME) for live, time in pairs])

    def _allowed(self, filters: Filters, visible: Mask | None) -> _Allowed:
        basis = visible
        if basis is None and not self._whole.all_live:
            basis = self._whole.live
        if filters.start is not None or filters.end is not None:
            spans = [time_mask(leaf.docs.time, filters.start, filters.end) for leaf in self.leaves]
            basis = both(basis, self._whole.concat(spans))
        if filters.ids is not None:
            basis = both(basis, self._named(filters.ids))
        by_agency = both(basis, self._chosen(filters.agencies, "agency"))
        by_stream = self._chosen(filters.streams, "stream")
        return _Allowed(both(by_agency, by_stream), both(basis, by_stream), by_agency)

    def _named(self, ids: frozenset[str]) -> Mask:
        last = self._last_named
        if last is None or last[0] != ids:
            self._last_named = last = ids, named(self._whole, ids)
        return last[1]

    def histories(self, node: Node, most: int, reach: timedelta) -> list[History]:
        """Return what is behind each entry that a node finds."""
        return histories(self._whole, self._finder.evaluate(node), most, reach)

    def _chosen(self, values: tuple[str, ...], facet: str) -> Mask | None:
        if not values:
            return None
        folded = [self.analyzer.fold(value) for value in values]
        return self._whole.concat(
            [
                np.logical_or.reduce([getattr(matcher, facet)(value, whole=True) for value in folded])
                for matcher in self._matchers
            ]
        )

    def _partial(self, fallback: Node, allowed: _Allowed, full: DocIds) -> DocIds:
        related = kept(self._finder.evaluate(fallback), allowed.all)
        return related[~member(related, full, self._whole.count)]

    def _facets(
        self, matched: DocIds, numbers: list[Ints], allowed: _Allowed, filters: Filters
    ) -> dict[str, tuple[Facet, ...]]:
        """Count values; `numbers` are the full matches, and serve where a facet has no filter of its own."""
        per_facet = {
            "agency": self._whole.split(kept(matched, allowed.but_agency)) if filters.agencies else numbers,
            "stream": self._whole.split(kept(matched, allowed.but_stream)) if filters.streams else numbers,
        }
        selected = {"agency": filters.agencies, "stream": filters.streams}
        return count_facets(self.leaves, per_facet, selected, self.analyzer)

    def _histogram(self, numbers: list[Ints]) -> Histogram:
        times = [leaf.docs.time[own] for leaf, own in zip(self.leaves, numbers, strict=True)]
        return count_histogram(np.concatenate(times or [np.empty(0, np.int64)]), self._zone)

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return how many entries each node finds under the filters."""
        allowed = self._allowed(filters, self._visible(filters)).all
        return [len(kept(self._finder.evaluate(node), allowed)) for node in nodes]

    def find(self, entry_id: str) -> tuple[SegmentReader, int]:
        """Return where an entry is; raises EntryNotFound."""
        for leaf in self.leaves:
            number = leaf.find(entry_id)
            if number >= 0:
                return leaf, number
        raise EntryNotFound(entry_id)

    def entry(self, entry_id: str) -> Entry:
        """Return an entry by id; raises EntryNotFound."""
        leaf, number = self.find(entry_id)
        return leaf.entry(number, entry_id)

    def newest(self, asof: datetime | None = None) -> datetime | None:
        """Return the time of the newest entry, up to `asof` if given; None where there is none."""
        last = self.span[1]
        if asof is None or last is None or last <= asof:
            return last
        stamp, pairs = microseconds(asof), [(leaf.live, leaf.docs.time) for leaf in self.leaves]
        # What has no time has the least of all numbers.
        known = (int(own.max(initial=NO_TIME, where=live & (own <= stamp))) for live, own in pairs)
        found = max(known, default=NO_TIME)
        return None if found == NO_TIME else self._moment(found)

    def neighbours(
        self, entry_id: str, n: int, asof: datetime | None = None
    ) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time; none without a time."""
        return around(self.leaves, self._order, entry_id, self.find(entry_id), n, asof)

    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
        """Return the n entries most like one, best first; none that shares too little with it."""
        leaf, number = self.find(entry_id)
        place = number + next(self._whole.doc_bases[i] for i, own in enumerate(self.leaves) if own is leaf)
        visible = self._visible(filters)
        allowed, seen = (self._allowed(these, visible).all for these in (filters, Filters()))
        entry = leaf.docs.entry(number)
        scores = self._likeness(entry, seen, visible, 1)
        if scores is not None:
            own = scores[place]
            twins = scores >= DUPLICATE_RATIO * own
            twins = twins if seen is None else twins & seen
            copies = self._count_copies(entry, twins, scores)
            scores = self._likeness(entry, seen, visible, copies) if copies > 1 else scores
        if scores is None:
            return ()
        near = scores > MIN_SCORE_RATIO * scores[place]
        near = near if allowed is None else near & allowed
        near[place] = False
        rows = self._best(near, scores, n)
        return tuple(ScoredEntry(self.leaves[i].docs.entry(k), -key, False) for key, i, k in rows)

    def _likeness(
        self, entry: Entry, seen: Mask | None, visible: Mask | None, copies: int
    ) -> npt.NDArray[np.float32] | None:
        """Return how like an entry all others are (N,); None where nothing tells."""
        counts = Counts(self._whole, self._scorer, seen)
        bag = interesting_terms(entry, self.analyzer, counts.entries, counts, copies)
        if not (bag.words or bag.bigrams):
            return None
        scorer = self._scorer_of(visible)
        return scorer.scores(scorer.terms(bag))

    def _count_copies(self, entry: Entry, twins: Mask, scores: npt.NDArray[np.float32]) -> int:
        """Return how many of the best of these entries are near-copies of one."""
        text = Fingerprint(entry, self.analyzer)
        best = self._entries(_places(self._best(twins, scores, TWINS)))
        check()
        return sum(are_duplicates(text, Fingerprint(other, self.analyzer)) for other in best)

    def _best(self, mask: Mask, scores: npt.NDArray[np.float32], n: int) -> list[RankedDoc]:
        return self._order.by_score(self._whole.slices(mask), self._whole.slices(scores), n)

    def _entries(self, places: list[tuple[int, int]]) -> list[Entry]:
        return [self.leaves[leaf].docs.entry(number) for leaf, number in places]


def _scored(
    rows: list[RankedDoc], ranker: Ranker | None, by_score: Ranker | None
) -> Iterator[tuple[int, int, float]]:
    """Yield (leaf, number, score) of what was sorted by falling score, or else by time."""
    scores = [-key if by_score else 0.0 for key, _, _ in rows]
    if ranker and not by_score:
        scores = ranker.scores_of(rows)
    yield from ((leaf, number, score) for (_, leaf, number), score in zip(rows, scores, strict=True))


def _places(rows: list[RankedDoc]) -> list[tuple[int, int]]:
    return [(leaf, number) for _, leaf, number in rows]


def _count(masks: Masks) -> int:
    return sum(int(np.count_nonzero(mask)) for mask in masks)
