"""From masks and scores to a page of entries: order, counts, facets, histogram.

Entries of all leaves are numbered through: entry i of a leaf is `begins[leaf] + i`. The order is total and
does not depend on how the index came to be: score (or time), then time, then id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
Mask = npt.NDArray[np.bool_]

#: More values of a facet than anybody reads; those chosen are always among them.
_MAX_VALUES = 50
#: Entries with the same score and time are ordered by id up to this many, beyond that by digest.
_MAX_TIES = 5000


class Order:
    """Puts the entries of all leaves into order."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._leaves = leaves
        self._begins = np.concatenate(([0], np.cumsum([leaf.count for leaf in leaves]))).astype(np.int64)

    def locate(self, number: int) -> tuple[Leaf, int]:
        """Return the leaf of a number, and the number in it."""
        which = int(np.searchsorted(self._begins, number, side="right")) - 1
        return self._leaves[which], number - int(self._begins[which])

    def times(self, numbers: Ints) -> Ints:
        """Return the time column for these numbers."""
        return self._column(numbers, [leaf.docs.time for leaf in self._leaves])

    def _column(self, numbers: Ints, columns: Sequence[npt.NDArray[np.int64]]) -> Ints:
        if len(columns) == 1:
            return columns[0][numbers]
        values = np.empty(len(numbers), dtype=np.int64)
        which = np.searchsorted(self._begins, numbers, side="right") - 1
        for leaf, column in enumerate(columns):
            mine = which == leaf
            values[mine] = column[numbers[mine] - self._begins[leaf]]
        return values

    def page(
        self,
        mask: Mask,
        scores: npt.NDArray[np.float32] | None,
        sort: Sort,
        offset: int,
        limit: int,
    ) -> Ints:
        """Return the numbers at [offset, offset + limit) of the masked entries, in order.

        `mask` and `scores` (N,) run over the entries of all leaves.
        """
        numbers = np.flatnonzero(mask)
        wanted = offset + limit
        if offset >= len(numbers) or limit <= 0:
            return numbers[:0]
        times = self.times(numbers)
        if sort == "relevance" and scores is not None:
            first: npt.NDArray[np.float64] | Ints = -scores[numbers].astype(np.float64)
        else:
            first = self._by_time(times, sort)
        if wanted * 4 < len(numbers):
            # Only the best need sorting; all that tie with the last of them stay in.
            best = first <= np.partition(first, wanted - 1)[wanted - 1]
            numbers, first, times = numbers[best], first[best], times[best]
        order = np.lexsort((self._digests(numbers), self._by_time(times, "newest"), first))
        return self._settle(numbers[order], first[order], times[order], offset, limit)

    def _by_time(self, times: Ints, sort: Sort) -> Ints:
        """Return keys that sort by time; entries without one come last either way."""
        last = np.iinfo(np.int64).max
        return np.where(times == NO_TIME, last, times if sort == "oldest" else -times)

    def _digests(self, numbers: Ints) -> Ints:
        return self._column(numbers, [leaf.docs.file["digests"].view("<i8")[::2] for leaf in self._leaves])

    def _settle(
        self, numbers: Ints, first: npt.NDArray[np.float64] | Ints, times: Ints, offset: int, limit: int
    ) -> Ints:
        """Order the ties that touch the page by id, and cut the page out."""
        changes = np.flatnonzero((np.diff(first) != 0) | (np.diff(times) != 0)) + 1
        borders = np.concatenate(([0], changes, [len(numbers)]))
        for start, end in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
            if start >= offset + limit:
                break
            if 1 < end - start <= _MAX_TIES and end > offset:
                tied = numbers[start:end]
                numbers[start:end] = sorted(tied.tolist(), key=self.key)
        return numbers[offset : offset + limit]

    def key(self, number: int) -> str:
        """Return the id of an entry."""
        leaf, inside = self.locate(number)
        return leaf.docs.key(inside)


def count_facets(
    leaves: Sequence[Leaf],
    masks: Mapping[str, Sequence[Mask]],
    selected: dict[str, tuple[str, ...]],
    analyzer: Analyzer,
) -> dict[str, tuple[Facet, ...]]:
    """Return the values of each facet with exact counts over its own masks (one for each leaf)."""
    counted = {
        "agency": _count_agencies(leaves, masks["agency"]),
        "stream": _count_streams(leaves, masks["stream"]),
    }
    return {name: _facet(counts, selected[name], analyzer) for name, counts in counted.items()}


def _count_agencies(leaves: Sequence[Leaf], masks: Sequence[Mask]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for leaf, mask in zip(leaves, masks, strict=True):
        codes = leaf.docs.agency_codes[mask[leaf.agency_owners]]
        _add(counts, leaf.docs.agencies, codes)
    return counts


def _count_streams(leaves: Sequence[Leaf], masks: Sequence[Mask]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for leaf, mask in zip(leaves, masks, strict=True):
        _add(counts, leaf.docs.streams, leaf.docs.stream_codes[mask])
    return counts


def _add(counts: Counter[str], names: Sequence[str], codes: npt.NDArray[np.int32]) -> None:
    if len(codes) and int(codes.max()) >= len(names):
        raise IndexError("no such code")  # before bincount makes room for it
    numbers = np.bincount(codes, minlength=len(names))
    for code in np.flatnonzero(numbers).tolist():
        counts[names[code]] += int(numbers[code])


def _facet(counts: Counter[str], selected: tuple[str, ...], analyzer: Analyzer) -> tuple[Facet, ...]:
    """Return values by falling count; a chosen value is listed even where it counts nothing."""
    chosen = {analyzer.fold(value) for value in selected}
    there = {analyzer.fold(name) for name in counts}
    for value in selected:
        if analyzer.fold(value) not in there:
            counts[value] = 0
    ranked = sorted((item for item in counts.items() if item[0]), key=lambda item: (-item[1], item[0]))
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
