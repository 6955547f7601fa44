"""A snapshot: one published generation, open for reading, and every question that can be put to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.copies import Text, are_copies
from search.engines.base import Answer, Found, Request, State
from search.engines.whoosh.answer import Order, count_facets, count_histogram
from search.engines.whoosh.dictionaries import stale_entries
from search.engines.whoosh.documents import NO_TIME, microseconds, moment
from search.engines.whoosh.explain import explain
from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.match import Matcher, time_mask
from search.engines.whoosh.postings_cache import PostingsCache, Room
from search.engines.whoosh.score import Scorer
from search.engines.whoosh.similar import ALIKE, TWIN, telling
from search.entry import Entry
from search.errors import EntryNotFound
from search.query.logical import Everything, Filters, LogicalQuery, Node
from search.results import Facet, Histogram

__all__ = ["PARTIAL_BELOW", "Ranked", "Snapshot"]

Mask = npt.NDArray[np.bool_]
Masks = list[Mask]

#: Partial matches follow when there are fewer full ones than this.
PARTIAL_BELOW = 100
_SAME_MOMENT = 50
#: So many of an entry's copies are looked for when what is similar to it is asked.
_TWINS = 20


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What the filters leave of each leaf, None for everything; two of them leave one filter out."""

    all: Masks | None
    but_agency: Masks | None
    but_stream: Masks | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """One page before its entries are read: (leaf, number, score, partial) in order, and the counts."""

    places: list[tuple[int, int, float, bool]]
    total: int
    partial_total: int


class Snapshot:
    """One generation. Its leaves never change, so it may be shared by threads."""

    def __init__(
        self, generation: int, leaves: Sequence[Leaf], analyzer: Analyzer, zone: ZoneInfo, folder: Path
    ) -> None:
        self._folder = folder
        self.generation = generation
        self.leaves = tuple(leaves)
        self.analyzer = analyzer
        self._zone = zone
        room = Room()
        self._caches = [PostingsCache(leaf, room) for leaf in leaves]
        self._matchers = [
            Matcher(leaf, analyzer, cache) for leaf, cache in zip(leaves, self._caches, strict=True)
        ]
        self._order = Order(self.leaves)

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
        return Scorer(self.leaves, self._caches)

    @cached_property
    def state(self) -> State:
        """What this generation holds."""
        oldest, newest = self.span
        return State(
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

    def search(self, request: Request) -> Answer:
        """Answer one request."""
        visible = self._visible(request.filters)
        allowed = self._allowed(request.filters, visible)
        matched = [matcher.mask(request.query.match) for matcher in self._matchers]
        full = _and(matched, allowed.all)
        ranked = self._ranked(request, full, allowed, visible)
        found = tuple(
            Found(self.leaves[leaf].docs.entry(number), score, partial)
            for leaf, number, score, partial in ranked.places
        )
        if request.explain:
            found = self._explained(request, ranked, visible, found)
        facets: dict[str, tuple[Facet, ...]] = {}
        histogram = Histogram("day")
        if request.facets:
            facets = self._facets(matched, allowed, request.filters)
            histogram = self._histogram(full)
        return Answer(found, ranked.total, ranked.partial_total, facets, histogram)

    def _explained(
        self, request: Request, ranked: Ranked, visible: Masks | None, found: tuple[Found, ...]
    ) -> tuple[Found, ...]:
        """Add to what was found why it stands where it does."""
        places = [(leaf, number) for leaf, number, _, _ in ranked.places]
        explained = explain(self.leaves, self._caches, visible, request.query.bag, places)
        return tuple(
            replace(one, explanation=replace(explanation, score=one.score))
            for one, explanation in zip(found, explained, strict=True)
        )

    def rank(self, request: Request) -> Ranked:
        """Return which entries a request finds and how many, without reading them."""
        visible = self._visible(request.filters)
        allowed = self._allowed(request.filters, visible)
        matched = [matcher.mask(request.query.match) for matcher in self._matchers]
        return self._ranked(request, _and(matched, allowed.all), allowed, visible)

    def _ranked(self, request: Request, full: Masks, allowed: _Allowed, visible: Masks | None) -> Ranked:
        """Rank full matches first, partial ones after them, and cut the page out of both."""
        total = _count(full)
        partial = self._partial(request.query, allowed, full) if total < PARTIAL_BELOW else None
        scores = self._scores(request, visible)
        sort, offset, limit = request.sort, request.offset, request.limit
        places = [(*place, False) for place in self._order.page(full, scores, sort, offset, limit)]
        if partial is not None and len(places) < limit:
            rest = self._order.page(partial, scores, sort, max(0, offset - total), limit - len(places))
            places += [(*place, True) for place in rest]
        scored = [
            (leaf, number, float(scores[leaf][number]) if scores is not None else 0.0, is_partial)
            for leaf, number, is_partial in places
        ]
        return Ranked(scored, total, _count(partial) if partial is not None else 0)

    def _visible(self, filters: Filters) -> Masks | None:
        """Return what may be seen at all of each leaf, or None for everything that is live."""
        if filters.asof is None:
            return None
        last = microseconds(filters.asof)
        return [leaf.live & (leaf.docs.time <= last) & (leaf.docs.time != NO_TIME) for leaf in self.leaves]

    def _allowed(self, filters: Filters, visible: Masks | None) -> _Allowed:
        basis = visible
        if basis is None and not all(leaf.all_live for leaf in self.leaves):
            basis = [leaf.live for leaf in self.leaves]
        if filters.start is not None or filters.end is not None:
            spans = [time_mask(leaf.docs.time, filters.start, filters.end) for leaf in self.leaves]
            basis = _both(basis, spans)
        by_agency = _both(basis, self._chosen(filters.agencies, "agency"))
        by_stream = self._chosen(filters.streams, "stream")
        return _Allowed(_both(by_agency, by_stream), _both(basis, by_stream), by_agency)

    def _chosen(self, values: tuple[str, ...], facet: str) -> Masks | None:
        if not values:
            return None
        folded = [self.analyzer.fold(value) for value in values]
        return [
            np.logical_or.reduce([getattr(matcher, facet)(value, whole=True) for value in folded])
            for matcher in self._matchers
        ]

    def _partial(self, query: LogicalQuery, allowed: _Allowed, full: Masks) -> Masks | None:
        if query.relaxed is None:
            return None
        related = _and([matcher.mask(query.relaxed) for matcher in self._matchers], allowed.all)
        return [mask & ~own for mask, own in zip(related, full, strict=True)]

    def _scores(self, request: Request, visible: Masks | None) -> list[npt.NDArray[np.float32]] | None:
        bag = request.query.bag
        if not (bag.words or bag.unigrams or bag.bigrams):
            return None
        scorer = self._scorer if visible is None else Scorer(self.leaves, self._caches, visible)
        return scorer.scores(bag)

    def _facets(self, matched: Masks, allowed: _Allowed, filters: Filters) -> dict[str, tuple[Facet, ...]]:
        per_facet = {
            "agency": _and(matched, allowed.but_agency),
            "stream": _and(matched, allowed.but_stream),
        }
        selected = {"agency": filters.agencies, "stream": filters.streams}
        return count_facets(self.leaves, per_facet, selected, self.analyzer)

    def _histogram(self, full: Masks) -> Histogram:
        times = [leaf.docs.time[np.flatnonzero(mask)] for leaf, mask in zip(self.leaves, full, strict=True)]
        return count_histogram(np.concatenate(times or [np.empty(0, np.int64)]), self._zone)

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return how many entries each node finds under the filters."""
        allowed = self._allowed(filters, self._visible(filters)).all
        return [_count(_and([matcher.mask(node) for matcher in self._matchers], allowed)) for node in nodes]

    def find(self, entry_id: str) -> tuple[Leaf, int]:
        """Return where an entry is; raises EntryNotFound."""
        for leaf in self.leaves:
            number = leaf.find(entry_id)
            if number >= 0:
                return leaf, number
        raise EntryNotFound(entry_id)

    def entry(self, entry_id: str) -> Entry:
        """Return an entry by id; raises EntryNotFound."""
        leaf, number = self.find(entry_id)
        return leaf.docs.entry(number)

    def neighbours(self, entry_id: str, n: int) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """Return the n entries before and after in the same stream, in order of time; none without a time."""
        leaf, number = self.find(entry_id)
        time = int(leaf.docs.time[number])
        if time == NO_TIME:
            return (), ()
        inside = self._stream_masks(leaf.docs.streams[int(leaf.docs.stream_codes[number])])
        times = [leaf.docs.time for leaf in self.leaves]
        earlier = [mask & (own < time) & (own != NO_TIME) for mask, own in zip(inside, times, strict=True)]
        later = [mask & (own > time) for mask, own in zip(inside, times, strict=True)]
        same = [mask & (own == time) for mask, own in zip(inside, times, strict=True)]
        # Entries of one moment stand in order of their ids, on both sides alike; hence some to choose from.
        nearest = self._order.page(earlier, None, "newest", 0, n + _SAME_MOMENT)
        nearest.sort(key=lambda place: (times[place[0]][place[1]], self._order.key(place)))
        before = self._entries(nearest[-n:]) if n else []
        after = self._entries(self._order.page(later, None, "oldest", 0, n))
        here = self._entries(self._order.page(same, None, "oldest", 0, _count(same)))
        place = [entry.id for entry in here].index(entry_id)
        return tuple((before + here[:place])[-n:]) if n else (), tuple((here[place + 1 :] + after)[:n])

    def similar(self, entry_id: str, n: int, filters: Filters) -> tuple[Found, ...]:
        """Return the n entries most like one, best first; none that shares too little with it."""
        leaf, number = self.find(entry_id)
        which = next(place for place, own in enumerate(self.leaves) if own is leaf)
        visible = self._visible(filters)
        allowed, seen = (self._allowed(these, visible).all for these in (filters, Filters()))
        entry = leaf.docs.entry(number)
        scores = self._likeness(entry, seen, visible, 1)
        if scores is not None:
            own = scores[which][number]
            twins = _and([score >= TWIN * own for score in scores], seen)
            copies = self._count_copies(entry, twins, scores)
            scores = self._likeness(entry, seen, visible, copies) if copies > 1 else scores
        if scores is None:
            return ()
        own = scores[which][number]
        near = _and([score > ALIKE * own for score in scores], allowed)
        near[which][number] = False
        places = self._order.page(near, scores, "relevance", 0, n)
        return tuple(Found(self.leaves[i].docs.entry(k), float(scores[i][k]), False) for i, k in places)

    def _likeness(
        self, entry: Entry, seen: Masks | None, visible: Masks | None, copies: int
    ) -> list[npt.NDArray[np.float32]] | None:
        """Return how like an entry all others are, one array (N,) for each leaf; None where nothing tells."""
        bag = telling(entry, self.analyzer, self.leaves, self._caches, seen, copies)
        return self._scores(Request(LogicalQuery(Everything(), bag=bag)), visible)

    def _count_copies(self, entry: Entry, twins: Masks, scores: list[npt.NDArray[np.float32]]) -> int:
        """Return how many of the best of these entries are near-copies of one."""
        text = Text(entry, self.analyzer)
        best = self._entries(self._order.page(twins, scores, "relevance", 0, _TWINS))
        return sum(are_copies(text, Text(other, self.analyzer)) for other in best)

    def _entries(self, places: list[tuple[int, int]]) -> list[Entry]:
        return [self.leaves[leaf].docs.entry(number) for leaf, number in places]

    def _stream_masks(self, stream: str) -> Masks:
        return [
            (leaf.docs.stream_codes == leaf.docs.streams.index(stream)) & leaf.live
            if stream in leaf.docs.streams
            else np.zeros(leaf.count, dtype=np.bool_)
            for leaf in self.leaves
        ]


def _both(masks: Masks | None, others: Masks | None) -> Masks | None:
    return others if masks is None else _and(masks, others)


def _and(masks: Masks, others: Masks | None) -> Masks:
    if others is None:
        return masks
    return [mask & other for mask, other in zip(masks, others, strict=True)]


def _count(masks: Masks) -> int:
    return sum(int(np.count_nonzero(mask)) for mask in masks)
