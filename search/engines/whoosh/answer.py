"""From masks and scores to a page of entries: order, facets, histogram.

The order is total and does not depend on how the index came to be: score (or time), then time, then id. Only
as many entries are sorted as the page needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.engines.histogram import edges
from search.engines.whoosh.documents import NO_TIME, microseconds, moment
from search.engines.whoosh.leaf import Leaf
from search.results import Bucket, Facet, Histogram, Sort

__all__ = ["Order", "count_facets", "count_histogram"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
#: What entries are sorted by first: scores, or times.
Keys = npt.NDArray[Any]

#: More values of a facet than anybody reads; those chosen are always among them.
_MAX_VALUES = 50
#: Entries with the same score and time are ordered by id up to this many, beyond that by digest.
_MAX_TIES = 5000
#: Entries share columns of this many, and the best of each column bounds the best of all.
_ROWS = 64
_LAST = np.iinfo(np.int64).max


class Order:
    """Puts the entries of all leaves into order."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._leaves = leaves
        self._digests = [leaf.docs.file["digests"].view("<i8")[::2] for leaf in leaves]

    def page(
        self, masks: Sequence[Mask], scores: Sequence[Floats] | None, sort: Sort, offset: int, limit: int
    ) -> list[tuple[int, int]]:
        """Return (leaf, number) of the entries at [offset, offset + limit) of the masked ones, in order.

        `masks` and `scores` hold one array (N,) for each leaf.
        """
        wanted = offset + limit
        if limit <= 0:
            return []
        found: list[tuple[Ints, Keys, Ints, Ints, Ints]] = []
        for which, (leaf, mask) in enumerate(zip(self._leaves, masks, strict=True)):
            score = scores[which] if scores is not None and sort == "relevance" else None
            numbers = _best(mask, score, wanted) if score is not None else np.flatnonzero(mask)
            times = leaf.docs.time[numbers]
            first = -score[numbers].astype(np.float64) if score is not None else _by_time(times, sort)
            if len(numbers) > 4 * wanted:
                best = np.flatnonzero(first <= np.partition(first, wanted - 1)[wanted - 1])
                numbers, times, first = numbers[best], times[best], first[best]
            found.append((np.full(len(numbers), which), first, times, self._digests[which][numbers], numbers))
        if not found:
            return []
        leaf_of, first, times, digests, numbers = map(np.concatenate, zip(*found, strict=True))
        order = np.lexsort((digests, _by_time(times, "newest"), first))
        ranked = list(zip(leaf_of[order].tolist(), numbers[order].tolist(), strict=True))
        return self._settle(ranked, first[order], times[order], offset, wanted)

    def _settle(
        self,
        ranked: list[tuple[int, int]],
        first: Keys,
        times: Ints,
        offset: int,
        wanted: int,
    ) -> list[tuple[int, int]]:
        """Order the ties that touch the page by id, and cut the page out."""
        keys = list(zip(first.tolist(), times.tolist(), strict=True))
        changes = [i for i in range(1, len(keys)) if keys[i] != keys[i - 1]]
        start = 0
        for end in [*changes, len(ranked)]:
            if start >= wanted:
                break
            if 1 < end - start <= _MAX_TIES and end > offset:
                ranked[start:end] = sorted(ranked[start:end], key=self.key)
            start = end
        return ranked[offset:wanted]

    def key(self, place: tuple[int, int]) -> str:
        """Return the id of an entry."""
        return self._leaves[place[0]].docs.key(place[1])


def _by_time(times: Ints, sort: Sort) -> Keys:
    """Return keys that sort by time; entries without one come last either way."""
    return np.where(times == NO_TIME, _LAST, times if sort == "oldest" else -times)


def _best(mask: Mask, scores: Floats, wanted: int) -> Ints:
    """Return the masked entries that may be among the best `wanted`: all of those, ties, and few others.

    Entries are laid out in columns of `_ROWS`; the wanted-th best column maximum bounds the wanted-th best
    score from below, so only entries that reach it need sorting.
    """
    columns = len(scores) // _ROWS
    if columns < 4 * wanted or int(np.count_nonzero(mask)) < columns:
        return np.flatnonzero(mask)
    best = np.flatnonzero(scores >= _bound(scores, columns, wanted))
    if mask[best].all():
        return best
    kept = scores * mask
    bound = _bound(kept, columns, wanted)
    # A bound of nothing says nothing: entries outside the mask stand at nothing too.
    return np.flatnonzero(kept >= bound) if bound > 0 else np.flatnonzero(mask)


def _bound(scores: Floats, columns: int, wanted: int) -> np.float32:
    best = scores[: columns * _ROWS].reshape(_ROWS, columns).max(axis=0)
    best.partition(columns - wanted)
    bound: np.float32 = best[columns - wanted]
    return bound


def count_facets(
    leaves: Sequence[Leaf],
    masks: Mapping[str, Sequence[Mask]],
    selected: Mapping[str, tuple[str, ...]],
    analyzer: Analyzer,
) -> dict[str, tuple[Facet, ...]]:
    """Return the values of each facet with exact counts over its own masks (one for each leaf)."""
    agencies: Counter[str] = Counter()
    streams: Counter[str] = Counter()
    for which, leaf in enumerate(leaves):
        docs = leaf.docs
        _add(agencies, docs.agencies, _agency_codes(leaf, np.flatnonzero(masks["agency"][which])))
        _add(streams, docs.streams, docs.stream_codes[np.flatnonzero(masks["stream"][which])])
    return {
        "agency": _facet(agencies, selected["agency"], analyzer),
        "stream": _facet(streams, selected["stream"], analyzer),
    }


def _agency_codes(leaf: Leaf, numbers: Ints) -> npt.NDArray[np.integer]:
    """Return the agency codes of these entries, one after another."""
    docs = leaf.docs
    if len(numbers) == leaf.count:
        return docs.agency_codes
    starts = docs.agency_ends[numbers].astype(np.int64)
    counts = docs.agency_ends[numbers + 1] - starts
    places = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
    return docs.agency_codes[places]


def _add(counts: Counter[str], names: Sequence[str], codes: npt.NDArray[np.integer]) -> None:
    if len(codes) and int(codes.max()) >= len(names):
        raise IndexError("no such code")  # before bincount makes room for it
    numbers = np.bincount(codes, minlength=len(names))
    for code in np.flatnonzero(numbers).tolist():
        counts[names[code]] += int(numbers[code])


def _facet(counts: Counter[str], selected: tuple[str, ...], analyzer: Analyzer) -> tuple[Facet, ...]:
    """Return values by falling count; a chosen value is listed even where it counts nothing."""
    chosen = {analyzer.fold(value) for value in selected}
    if selected:
        there = {analyzer.fold(name) for name in counts}
        for value in selected:
            if analyzer.fold(value) not in there:
                counts[value] = 0
    ranked = sorted((item for item in counts.items() if item[0]), key=lambda item: (-item[1], item[0]))
    if not selected:
        return tuple(Facet(name, count) for name, count in ranked[:_MAX_VALUES])
    facets = [Facet(name, count, analyzer.fold(name) in chosen) for name, count in ranked]
    return tuple(facet for place, facet in enumerate(facets) if place < _MAX_VALUES or facet.selected)


def count_histogram(times: Ints, zone: ZoneInfo) -> Histogram:
    """Return counts over time; `times` in microseconds, NO_TIME among them counts nowhere."""
    times = times[times != NO_TIME]
    if not len(times):
        return Histogram("day")
    first, last = (moment(int(time)) for time in (times.min(), times.max()))
    interval, borders = edges(first, last, zone)
    stamps = np.array([microseconds(border) for border in borders], dtype=np.int64)
    counts = np.bincount(np.searchsorted(stamps, times, side="right") - 1, minlength=len(borders) - 1)
    return Histogram(
        interval,
        tuple(
            Bucket(start, end, count)
            for start, end, count in zip(borders, borders[1:], counts.tolist(), strict=False)
        ),
    )
