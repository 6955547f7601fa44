"""From masks and scores to a page of entries: order, facets, histogram.

The order is total and does not depend on how the index came to be: score (or time), then time, then id. Only
as many entries are sorted as the page needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, repeat
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.engines.facets import facet
from search.engines.histogram import edges_and_stamps
from search.engines.whoosh.scoring.top_k import bound
from search.engines.whoosh.storage.document_store import NO_TIME, moment
from search.engines.whoosh.storage.segment_reader import SegmentReader
from search.results import Bucket, Facet, Histogram, Sort

__all__ = ["DocSorter", "RankedDoc", "best_of", "count_facets", "count_histogram"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
#: What entries are sorted by first: scores, or times.
Keys = npt.NDArray[Any]
#: An entry: which leaf, and its number there.
Place = tuple[int, int]
#: The same behind what it is sorted by first.
RankedDoc = tuple[Any, int, int]

#: Entries with the same score and time are ordered by id up to this many, beyond that by digest.
_MAX_TIES = 5000
#: So many are sorted faster in Python than by arrays.
_FEW = 256
#: Scores are bounded by columns where they are more than the masked entries times this.
_ROWS = 64
#: So many groups of entries of one key and time are looked at together.
_STRETCH = 4096
_LAST = np.iinfo(np.int64).max


class DocSorter:
    """Puts the entries of all leaves into order."""

    def __init__(self, leaves: Sequence[SegmentReader]) -> None:
        self._leaves = leaves
        self._digests = [leaf.docs.file["digests"].view("<i8")[::2] for leaf in leaves]

    def by_time(self, numbers: Sequence[Ints], sort: Sort, offset: int, limit: int) -> list[RankedDoc]:
        """Return (key, leaf, number) of the entries at [offset, offset + limit) of some, in order of time.

        `numbers` has those of each leaf.
        """
        pairs = zip(self._leaves, numbers, strict=True)
        found = [(own, _by_time(leaf.docs.time[own], sort)) for leaf, own in pairs]
        return self.ordered(found, offset, limit)

    def each_by_time(self, numbers: Sequence[Ints], sort: Sort) -> Iterator[RankedDoc]:
        """Yield the same of all of them."""
        pairs = zip(self._leaves, numbers, strict=True)
        return self.each([(own, _by_time(leaf.docs.time[own], sort)) for leaf, own in pairs])

    def by_score(self, masks: Sequence[Mask], scores: Sequence[Floats], limit: int) -> list[RankedDoc]:
        """Return (-score, leaf, number) of the best `limit` of the masked entries, given all scores."""
        pairs = zip(masks, scores, strict=True)
        found = [(best_of(mask, score, limit), score) for mask, score in pairs]
        return self.ordered([(numbers, -score[numbers]) for numbers, score in found], 0, limit)

    def ordered(self, found: Sequence[tuple[Ints, Keys]], offset: int, limit: int) -> list[RankedDoc]:
        """Return (key, leaf, number) of those at [offset, offset + limit) of some entries, least key first.

        `found` has for each leaf the numbers of entries and their keys, parallel; those of one key stand in
        the order newest first, then by id.
        """
        wanted = offset + limit
        if limit <= 0:
            return []
        found = [_least(numbers, keys, wanted) for numbers, keys in found]
        if sum([len(numbers) for numbers, _ in found]) > _FEW:
            return self._many_ordered(found, offset, wanted)
        rows: list[RankedDoc] = []
        for leaf, (numbers, keys) in enumerate(found):
            rows += zip(keys.tolist(), repeat(leaf), numbers.tolist(), strict=False)
        rows.sort()
        return self._settle(rows, [row[0] for row in rows], offset, wanted, self._by_newest)

    def _by_newest(self, rows: list[RankedDoc]) -> list[RankedDoc]:
        """Return entries of one key in order; ids are read only where times are the same."""
        times = [int(self._leaves[leaf].docs.time[number]) for _, leaf, number in rows]
        stamps = [_LAST if time == NO_TIME else -time for time in times]
        if len(set(stamps)) == len(stamps):
            return [row for _, row in sorted(zip(stamps, rows, strict=True))]
        ids = map(self._id, rows)
        return [row for *_, row in sorted(zip(stamps, ids, rows, strict=True))]

    def _by_id(self, rows: list[RankedDoc]) -> list[RankedDoc]:
        return sorted(rows, key=self._id)

    def _id(self, row: RankedDoc) -> str:
        return self._leaves[row[1]].docs.key(row[2])

    def _many_ordered(self, found: Sequence[tuple[Ints, Keys]], offset: int, wanted: int) -> list[RankedDoc]:
        """Do the same by sorting arrays."""
        keys, times, leaf_of, numbers = self._sorted(found)
        first = keys.tolist()
        rows = list(zip(first, leaf_of.tolist(), numbers.tolist(), strict=True))
        pairs = list(zip(first, times.tolist(), strict=True))
        return self._settle(rows, pairs, offset, wanted, self._by_id)

    def each(self, found: Sequence[tuple[Ints, Keys]]) -> Iterator[RankedDoc]:
        """Yield (key, leaf, number) of all entries in the order of `ordered`; only arrays hold them all."""
        if not sum(len(numbers) for numbers, _ in found):
            return
        keys, times, leaf_of, numbers = self._sorted(found)
        begins = np.flatnonzero((keys[1:] != keys[:-1]) | (times[1:] != times[:-1])) + 1
        begins = np.concatenate(([0], begins, [len(keys)]))
        for place in range(0, len(begins) - 1, _STRETCH):
            for start, end in pairwise(begins[place : place + _STRETCH + 1].tolist()):
                yield from self._tied((keys, leaf_of, numbers), start, end)

    def _tied(self, columns: tuple[Keys, Ints, Ints], start: int, end: int) -> Iterator[RankedDoc]:
        """Yield the entries of one key and time in order; very many of them stay as they are."""
        many = end - start > _MAX_TIES
        step = _STRETCH if many else end - start
        for place in range(start, end, step):
            stretch = slice(place, min(place + step, end))
            rows: list[RankedDoc] = list(zip(*(column[stretch].tolist() for column in columns), strict=True))
            if len(rows) > 1 and not many:
                rows.sort(key=self._id)
            yield from rows

    def _sorted(self, found: Sequence[tuple[Ints, Keys]]) -> tuple[Keys, Ints, Ints, Ints]:
        """Return keys, times, leaves and numbers, parallel, by key, then newest first, then by digest."""
        leaf_of = np.concatenate([np.full(len(numbers), leaf) for leaf, (numbers, _) in enumerate(found)])
        numbers, keys = map(np.concatenate, zip(*found, strict=True))
        by_leaf = list(zip(self._leaves, self._digests, found, strict=True))
        times = np.concatenate([leaf.docs.time[own] for leaf, _, (own, _) in by_leaf])
        digests = np.concatenate([all_digests[own] for _, all_digests, (own, _) in by_leaf])
        order = np.lexsort((digests, _by_time(times, "newest"), keys))
        return keys[order], times[order], leaf_of[order], numbers[order]

    @staticmethod
    def _settle(
        rows: list[RankedDoc],
        keys: list[Any],
        offset: int,
        wanted: int,
        arranged: Callable[[list[RankedDoc]], list[RankedDoc]],
    ) -> list[RankedDoc]:
        """Arrange the entries of one key that touch the page, and cut the page out."""
        start, count = 0, len(rows)
        if len(set(keys)) == count:
            return rows[offset:wanted]
        while start < min(wanted, count):
            end = start + 1
            while end < count and keys[end] == keys[start]:
                end += 1
            if 1 < end - start <= _MAX_TIES and end > offset:
                rows[start:end] = arranged(rows[start:end])
            start = end
        return rows[offset:wanted]

    def key(self, place: Place) -> str:
        """Return the id of an entry."""
        return self._leaves[place[0]].docs.key(place[1])


def _by_time(times: Ints, sort: Sort) -> Keys:
    """Return keys that sort by time; entries without one come last either way."""
    return np.where(times == NO_TIME, _LAST, times if sort == "oldest" else -times)


def _least(numbers: Ints, keys: Keys, wanted: int) -> tuple[Ints, Keys]:
    """Return the entries with the least `wanted` keys, and ties, or a few more."""
    if len(numbers) <= 4 * wanted:
        return numbers, keys
    best = np.flatnonzero(keys <= np.partition(keys, wanted - 1)[wanted - 1])
    return numbers[best], keys[best]


def best_of(mask: Mask, scores: Floats, wanted: int) -> Ints:
    """Return the masked entries that may be among the best `wanted`: all of those, ties, and few others."""
    columns = len(scores) // _ROWS
    if columns < 4 * wanted or int(np.count_nonzero(mask)) < columns:
        return np.flatnonzero(mask)
    # Most often all of the best are in the mask.
    best = np.flatnonzero(scores >= np.float32(bound(scores, wanted)))
    if mask[best].all():
        return best
    kept = scores * mask
    least = bound(kept, wanted)
    # A bound of nothing says nothing: entries outside the mask stand at nothing too.
    return np.flatnonzero(kept >= np.float32(least)) if least > 0 else np.flatnonzero(mask)


def count_facets(
    leaves: Sequence[SegmentReader],
    numbers: Mapping[str, Sequence[Ints]],
    selected: Mapping[str, tuple[str, ...]],
    analyzer: Analyzer,
) -> dict[str, tuple[Facet, ...]]:
    """Return the values of each facet with exact counts over its own entries, an array of numbers a leaf."""
    agencies: Counter[str] = Counter()
    streams: Counter[str] = Counter()
    for which, leaf in enumerate(leaves):
        docs = leaf.docs
        _add(agencies, docs.agencies, _agency_codes(leaf, numbers["agency"][which]))
        _add(streams, docs.streams, docs.stream_codes[numbers["stream"][which]])
    return {
        "agency": facet(agencies, selected["agency"], analyzer),
        "stream": facet(streams, selected["stream"], analyzer),
    }


def _agency_codes(leaf: SegmentReader, numbers: Ints) -> npt.NDArray[np.integer]:
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


def count_histogram(times: Ints, zone: ZoneInfo) -> Histogram:
    """Return counts over time; `times` in microseconds, NO_TIME among them counts nowhere."""
    times = times[times != NO_TIME]
    if not len(times):
        return Histogram("day")
    first, last = (moment(int(time)) for time in (times.min(), times.max()))
    interval, borders, stamps = edges_and_stamps(first, last, zone)
    places = np.array(stamps).searchsorted(times, side="right") - 1
    counts = np.bincount(places, minlength=len(borders) - 1).tolist()
    return Histogram(interval, tuple(map(Bucket, borders, borders[1:], counts)))
