"""From masks and scores to a page of entries.

The order is total and does not depend on how the index came to be: score (or time), then time, then id. Only
as many entries are sorted as the page needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.scoring.top_k import bound
from search.engines.whoosh.storage.document_store import NO_TIME
from search.engines.whoosh.storage.reader import SegmentReader
from search.results import Sort

__all__ = ["DocSorter", "RankedDoc", "best_of"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
#: Primary sort keys: negative scores, or times.
Keys = npt.NDArray[Any]
#: Index of a segment reader, and a document of its segment.
Location = tuple[int, int]
#: A primary sort key, followed by a location.
RankedDoc = tuple[Any, int, int]
#: For each segment, documents and their keys, parallel.
KeyedDocs = Sequence[tuple[Ints, Keys]]

#: Documents with the same key and time are ordered by id up to this many, above it by digest.
_MAX_TIES = 5000
#: Up to this many documents Python sorts tuples faster than numpy sorts arrays.
_SORT_IN_PYTHON_UP_TO = 256
#: Values a column in `bound`.
_COLUMN_VALUES = 64
#: Documents, or groups of ties, that are converted to Python objects at once.
_CHUNK = 4096
_LAST = np.iinfo(np.int64).max


class DocSorter:
    """Sorts the documents of all segments."""

    def __init__(self, readers: Sequence[SegmentReader]) -> None:
        self._readers = readers
        self._digests = [reader.docs.file["digests"].view("<i8")[::2] for reader in readers]

    def by_time(self, docs: Sequence[Ints], sort: Sort, offset: int, limit: int) -> list[RankedDoc]:
        """Return (key, reader index, doc) of the page [offset, offset + limit) by time.

        `docs` has the documents of each segment.
        """
        return self.ordered(self._keyed_by_time(docs, sort), offset, limit)

    def each_by_time(self, docs: Sequence[Ints], sort: Sort) -> Iterator[RankedDoc]:
        """Yield the same for all of them."""
        return self.each(self._keyed_by_time(docs, sort))

    def _keyed_by_time(self, docs: Sequence[Ints], sort: Sort) -> KeyedDocs:
        pairs = zip(self._readers, docs, strict=True)
        return [(part, _time_keys(reader.docs.time[part], sort)) for reader, part in pairs]

    def by_score(self, masks: Sequence[Mask], scores: Sequence[Floats], limit: int) -> list[RankedDoc]:
        """Return (-score, reader index, doc) of the best `limit` masked documents, given all scores."""
        pairs = zip(masks, scores, strict=True)
        best = [(best_of(mask, column, limit), column) for mask, column in pairs]
        return self.ordered([(docs, -column[docs]) for docs, column in best], 0, limit)

    def ordered(self, keyed: KeyedDocs, offset: int, limit: int) -> list[RankedDoc]:
        """Return (key, reader index, doc) of the page [offset, offset + limit) by rising key.

        Documents with the same key are ordered newest first, then by id.
        """
        end = offset + limit
        if limit <= 0:
            return []
        keyed = [_least(docs, keys, end) for docs, keys in keyed]
        if sum([len(docs) for docs, _ in keyed]) > _SORT_IN_PYTHON_UP_TO:
            return self._ordered_by_arrays(keyed, offset, end)
        ranked: list[RankedDoc] = []
        for i, (docs, keys) in enumerate(keyed):
            ranked += zip(keys.tolist(), repeat(i), docs.tolist(), strict=False)
        ranked.sort()
        return self._settle(ranked, [key for key, _, _ in ranked], offset, end, self._by_newest)

    def _by_newest(self, ties: list[RankedDoc]) -> list[RankedDoc]:
        """Sort documents of one key; ids are read only if times are equal."""
        times = [int(self._readers[i].docs.time[doc]) for _, i, doc in ties]
        keys = [_LAST if time == NO_TIME else -time for time in times]
        if len(set(keys)) == len(keys):
            return [ranked for _, ranked in sorted(zip(keys, ties, strict=True))]
        ids = map(self._id, ties)
        return [ranked for *_, ranked in sorted(zip(keys, ids, ties, strict=True))]

    def _by_id(self, ties: list[RankedDoc]) -> list[RankedDoc]:
        return sorted(ties, key=self._id)

    def _id(self, ranked: RankedDoc) -> str:
        return self._readers[ranked[1]].docs.key(ranked[2])

    def _ordered_by_arrays(self, keyed: KeyedDocs, offset: int, end: int) -> list[RankedDoc]:
        keys, times, reader_indexes, docs = self._sorted(keyed)
        key_list = keys.tolist()
        ranked = list(zip(key_list, reader_indexes.tolist(), docs.tolist(), strict=True))
        tie_keys = list(zip(key_list, times.tolist(), strict=True))
        return self._settle(ranked, tie_keys, offset, end, self._by_id)

    def each(self, keyed: KeyedDocs) -> Iterator[RankedDoc]:
        """Yield (key, reader index, doc) of all documents in the order of `ordered`, from sorted arrays."""
        if not sum(len(docs) for docs, _ in keyed):
            return
        keys, times, reader_indexes, docs = self._sorted(keyed)
        starts = np.flatnonzero((keys[1:] != keys[:-1]) | (times[1:] != times[:-1])) + 1
        borders = np.concatenate(([0], starts, [len(keys)]))
        columns = (keys, reader_indexes, docs)
        for i in range(0, len(borders) - 1, _CHUNK):
            edges = borders[i : i + _CHUNK + 1].tolist()
            if edges[-1] - edges[0] == len(edges) - 1:  # no ties
                yield from _rows(columns, edges[0], edges[-1])
                continue
            for start, end in pairwise(edges):
                yield from self._tied(columns, start, end)

    def _tied(self, columns: tuple[Keys, Ints, Ints], start: int, end: int) -> Iterator[RankedDoc]:
        """Yield the documents of one key and time by id; more than _MAX_TIES keep their order."""
        many = end - start > _MAX_TIES
        step = _CHUNK if many else end - start
        for i in range(start, end, step):
            ties = list(_rows(columns, i, min(i + step, end)))
            if len(ties) > 1 and not many:
                ties.sort(key=self._id)
            yield from ties

    def _sorted(self, keyed: KeyedDocs) -> tuple[Keys, Ints, Ints, Ints]:
        """Return keys, times, reader indexes and documents, parallel, by key, newest first, then digest."""
        reader_indexes = np.concatenate([np.full(len(docs), i) for i, (docs, _) in enumerate(keyed)])
        docs, keys = map(np.concatenate, zip(*keyed, strict=True))
        segments = list(zip(self._readers, self._digests, keyed, strict=True))
        times = np.concatenate([reader.docs.time[part] for reader, _, (part, _) in segments])
        digests = np.concatenate([column[part] for _, column, (part, _) in segments])
        order = np.lexsort((digests, _time_keys(times, "newest"), keys))
        return keys[order], times[order], reader_indexes[order], docs[order]

    @staticmethod
    def _settle(
        ranked: list[RankedDoc],
        tie_keys: list[Any],
        offset: int,
        end: int,
        sort_ties: Callable[[list[RankedDoc]], list[RankedDoc]],
    ) -> list[RankedDoc]:
        """Sort the groups of ties that overlap the page [offset, end), and return the page."""
        start, count = 0, len(ranked)
        if len(set(tie_keys)) == count:
            return ranked[offset:end]
        while start < min(end, count):
            stop = start + 1
            while stop < count and tie_keys[stop] == tie_keys[start]:
                stop += 1
            if 1 < stop - start <= _MAX_TIES and stop > offset:
                ranked[start:stop] = sort_ties(ranked[start:stop])
            start = stop
        return ranked[offset:end]

    def key(self, location: Location) -> str:
        """Return the id of an entry."""
        i, doc = location
        return self._readers[i].docs.key(doc)


def _rows(columns: tuple[Keys, Ints, Ints], start: int, end: int) -> Iterator[RankedDoc]:
    """Return the rows [start, end) of some columns."""
    return zip(*(column[start:end].tolist() for column in columns), strict=True)


def _time_keys(times: Ints, sort: Sort) -> Keys:
    """Return keys that sort by time; documents without a time come last in both orders."""
    return np.where(times == NO_TIME, _LAST, times if sort == "oldest" else -times)


def _least(docs: Ints, keys: Keys, k: int) -> tuple[Ints, Keys]:
    """Return the documents with the k smallest keys, and ties; or some more."""
    if len(docs) <= 4 * k:
        return docs, keys
    least = np.flatnonzero(keys <= np.partition(keys, k - 1)[k - 1])
    return docs[least], keys[least]


def best_of(mask: Mask, scores: Floats, k: int) -> Ints:
    """Return a superset of the k best masked documents with their ties, much smaller than the mask."""
    columns = len(scores) // _COLUMN_VALUES
    if columns < 4 * k or int(np.count_nonzero(mask)) < columns:
        return np.flatnonzero(mask)
    # The mask usually contains all of the best documents.
    best = np.flatnonzero(scores >= np.float32(bound(scores, k)))
    if mask[best].all():
        return best
    masked = scores * mask
    least = bound(masked, k)
    # A bound of 0 excludes nothing: documents outside the mask have a score of 0 as well.
    return np.flatnonzero(masked >= np.float32(least)) if least > 0 else np.flatnonzero(mask)
