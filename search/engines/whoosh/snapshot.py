"""A snapshot: one published generation, open for reading, and every question that can be put to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.engines.base import Answer, Found, Request, State
from search.engines.whoosh.answer import Order, count_facets, count_histogram
from search.engines.whoosh.documents import NO_TIME, microseconds, moment
from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.match import Matcher, time_mask
from search.engines.whoosh.score import Scorer
from search.entry import Entry
from search.errors import EntryNotFound
from search.query.logical import Filters, LogicalQuery, Node
from search.results import Facet, Histogram

__all__ = ["PARTIAL_BELOW", "Snapshot"]

Mask = npt.NDArray[np.bool_]

#: Partial matches follow when there are fewer full ones than this.
PARTIAL_BELOW = 100
_MANY = 1 << 62


@dataclass(frozen=True)
class _Masks:
    """What the filters leave of each leaf: for `agency` and `stream`, all filters but that one."""

    all: list[Mask]
    but_agency: list[Mask]
    but_stream: list[Mask]


class Snapshot:
    """One generation. Its leaves never change, so it may be shared by threads."""

    def __init__(
        self, generation: int, leaves: Sequence[Leaf], analyzer: Analyzer, zone: ZoneInfo, folder: Path
    ) -> None:
        self._folder = folder
        self.generation = generation
        self.leaves = tuple(leaves)
        self._analyzer = analyzer
        self._zone = zone
        self._matchers = [Matcher(leaf, analyzer) for leaf in leaves]
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
        return Scorer(self.leaves)

    @cached_property
    def state(self) -> State:
        """What this generation holds."""
        times = [leaf.docs.time[leaf.live & (leaf.docs.time != NO_TIME)] for leaf in self.leaves]
        fingerprint = self._analyzer.fingerprint
        return State(
            generation=self.generation,
            entries=sum(int(leaf.live.sum()) for leaf in self.leaves),
            stale=sum(int(x.live.sum()) for x in self.leaves if x.docs.fingerprint != fingerprint),
            bytes=sum(path.stat().st_size for path in self._folder.iterdir() if path.is_file()),
            newest=self._moment(max((int(t.max()) for t in times if len(t)), default=None)),
            oldest=self._moment(min((int(t.min()) for t in times if len(t)), default=None)),
        )

    def _moment(self, time: int | None) -> datetime | None:
        return None if time is None else moment(time).astimezone(self._zone)

    def search(self, request: Request) -> Answer:
        """Answer one request."""
        query, filters = request.query, request.filters
        visible = self._visible(filters)
        masks = self._masks(filters, visible)
        matched = [matcher.mask(query.match) for matcher in self._matchers]
        full = np.concatenate([m & f for m, f in zip(matched, masks.all, strict=True)] or [_NONE])
        total = int(np.count_nonzero(full))
        partial = self._partial(query, masks, full) if total < PARTIAL_BELOW else None
        scores = self._scores(request, visible)
        found = self._page(request, full, partial, scores, total)
        return Answer(
            found,
            total,
            int(np.count_nonzero(partial)) if partial is not None else 0,
            self._facets(matched, masks, filters) if request.facets else {},
            self._histogram(full) if request.facets else Histogram("day"),
        )

    def _visible(self, filters: Filters) -> list[Mask] | None:
        """Return what may be seen at all of each leaf, or None for everything that is live."""
        if filters.asof is None:
            return None
        last = microseconds(filters.asof)
        return [leaf.live & (leaf.docs.time <= last) & (leaf.docs.time != NO_TIME) for leaf in self.leaves]

    def _masks(self, filters: Filters, visible: list[Mask] | None) -> _Masks:
        basis = [mask.copy() for mask in (visible or [leaf.live for leaf in self.leaves])]
        if filters.start is not None or filters.end is not None:
            for mask, leaf in zip(basis, self.leaves, strict=True):
                mask &= time_mask(leaf.docs.time, filters.start, filters.end)
        agency = self._chosen(filters.agencies, "agency")
        stream = self._chosen(filters.streams, "stream")
        return _Masks(_and(_and(basis, agency), stream), _and(basis, stream), _and(basis, agency))

    def _chosen(self, values: tuple[str, ...], facet: str) -> list[Mask] | None:
        if not values:
            return None
        folded = [self._analyzer.fold(value) for value in values]
        return [
            np.logical_or.reduce([getattr(matcher, facet)(value, whole=True) for value in folded])
            for matcher in self._matchers
        ]

    def _partial(self, query: LogicalQuery, masks: _Masks, full: Mask) -> Mask | None:
        if query.relaxed is None:
            return None
        related = [
            matcher.mask(query.relaxed) & mask
            for matcher, mask in zip(self._matchers, masks.all, strict=True)
        ]
        return np.concatenate(related or [_NONE]) & ~full

    def _scores(self, request: Request, visible: list[Mask] | None) -> npt.NDArray[np.float32] | None:
        bag = request.query.bag
        if not (bag.words or bag.unigrams or bag.bigrams):
            return None
        scorer = self._scorer if visible is None else Scorer(self.leaves, visible)
        return np.concatenate(scorer.scores(bag) or [np.zeros(0, dtype=np.float32)])

    def _page(
        self,
        request: Request,
        full: Mask,
        partial: Mask | None,
        scores: npt.NDArray[np.float32] | None,
        total: int,
    ) -> tuple[Found, ...]:
        """Return one page over full matches first, partial ones after them."""
        sort, offset, limit = request.sort, request.offset, request.limit
        numbers = [(n, False) for n in self._order.page(full, scores, sort, offset, limit).tolist()]
        if partial is not None and len(numbers) < limit:
            rest = self._order.page(partial, scores, sort, max(0, offset - total), limit - len(numbers))
            numbers += [(n, True) for n in rest.tolist()]
        return tuple(
            Found(self._entry(n), float(scores[n]) if scores is not None else 0.0, is_partial)
            for n, is_partial in numbers
        )

    def _entry(self, number: int) -> Entry:
        leaf, inside = self._order.locate(number)
        return leaf.docs.entry(inside)

    def _facets(self, matched: list[Mask], masks: _Masks, filters: Filters) -> dict[str, tuple[Facet, ...]]:
        per_facet = {
            "agency": _and(matched, masks.but_agency),
            "stream": _and(matched, masks.but_stream),
        }
        selected = {"agency": filters.agencies, "stream": filters.streams}
        return count_facets(self.leaves, per_facet, selected, self._analyzer)

    def _histogram(self, full: Mask) -> Histogram:
        return count_histogram(self._order.times(np.flatnonzero(full)), self._zone)

    def count(self, nodes: Sequence[Node], filters: Filters) -> list[int]:
        """Return how many entries each node finds under the filters."""
        masks = self._masks(filters, self._visible(filters)).all
        return [
            sum(
                int(np.count_nonzero(matcher.mask(node) & mask))
                for matcher, mask in zip(self._matchers, masks, strict=True)
            )
            for node in nodes
        ]

    def find(self, entry_id: str) -> tuple[Leaf, int]:
        """Return where an entry is; raises EntryNotFound."""
        for leaf in self.leaves:
            number = leaf.docs.find(entry_id)
            if number >= 0 and leaf.live[number]:
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
        stream = leaf.docs.streams[int(leaf.docs.stream_codes[number])]
        line = self._order.page(self._near(stream, time, n), None, "oldest", 0, _MANY).tolist()
        place = [self._order.key(other) for other in line].index(entry_id)
        entries = [self._entry(other) for other in line[max(0, place - n) : place + n + 1]]
        place = min(place, n)
        return tuple(entries[:place]), tuple(entries[place + 1 :])

    def _near(self, stream: str, time: int, n: int) -> Mask:
        """Return the dated entries of a stream near to a time, at least n before it and n after."""
        mask = np.concatenate(self._stream_masks(stream))
        numbers = np.flatnonzero(mask)
        times = self._order.times(numbers)
        earlier, later = times[(times < time) & (times != NO_TIME)], times[times > time]
        low = np.partition(earlier, -n)[-n] if 0 < n < len(earlier) else NO_TIME + 1
        high = np.partition(later, n - 1)[n - 1] if 0 < n < len(later) else np.iinfo(np.int64).max
        mask[numbers] = (low <= times) & (times <= high)
        return mask

    def _stream_masks(self, stream: str) -> list[Mask]:
        return [
            (leaf.docs.stream_codes == leaf.docs.streams.index(stream)) & leaf.live
            if stream in leaf.docs.streams
            else np.zeros(leaf.count, dtype=np.bool_)
            for leaf in self.leaves
        ]


_NONE: Mask = np.zeros(0, dtype=np.bool_)


def _and(masks: list[Mask], others: list[Mask] | None) -> list[Mask]:
    if others is None:
        return masks
    return [mask & other for mask, other in zip(masks, others, strict=True)]
