"""The entries before and after one in its stream, by time, then id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np

from search.engines.timestamps import microseconds
from search.engines.whoosh.matching.doc_space import Mask
from search.engines.whoosh.scoring.sorting import DocSorter
from search.engines.whoosh.storage.document_store import NO_TIME
from search.engines.whoosh.storage.reader import SegmentReader
from search.entry import Entry
from search.results import Sort

__all__ = ["read_neighbours"]

#: Index of a reader, and number of an entry in it.
Location = tuple[int, int]

#: Entries sorted beyond those requested, because entries of one time are ordered by id.
_SAME_TIME_MARGIN: Final = 50


def read_neighbours(
    readers: Sequence[SegmentReader], sorter: DocSorter, location: Location, n: int, asof: datetime | None
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the n entries before and after in the same stream; none for an entry without a time.

    Entries later than `asof` are left out, whatever the time of the entry itself.
    """
    store, doc = readers[location[0]].docs, location[1]
    time, entry_id = int(store.time[doc]), sorter.key(location)
    if time == NO_TIME or n < 1:
        return (), ()
    times = [reader.docs.time for reader in readers]
    masks = _of_stream(readers, store.streams[int(store.stream_codes[doc])])
    if asof is not None:
        last = microseconds(asof)
        masks = [mask & (column <= last) for mask, column in zip(masks, times, strict=True)]
    pairs = list(zip(masks, times, strict=True))
    before = _sorted(sorter, [mask & (t < time) & (t != NO_TIME) for mask, t in pairs], n, "newest")
    # Entries of one time are in order of their ids, before and after alike.
    before.sort(key=lambda other: (times[other[0]][other[1]], sorter.key(other)))
    after = _sorted(sorter, [mask & (t > time) for mask, t in pairs], n, "oldest")[:n]
    same = {sorter.key(other): other for other in _locations([mask & (t == time) for mask, t in pairs])}
    before = [*before, *(same[key] for key in sorted(same) if key < entry_id)][-n:]
    after = [*(same[key] for key in sorted(same) if key > entry_id), *after][:n]
    return _entries(readers, before), _entries(readers, after)


def _sorted(sorter: DocSorter, masks: list[Mask], n: int, sort: Sort) -> list[Location]:
    ranked = sorter.by_time([np.flatnonzero(mask) for mask in masks], sort, 0, n + _SAME_TIME_MARGIN)
    return [(i, doc) for _, i, doc in ranked]


def _locations(masks: list[Mask]) -> list[Location]:
    return [(i, int(doc)) for i, mask in enumerate(masks) for doc in np.flatnonzero(mask)]


def _entries(readers: Sequence[SegmentReader], locations: Sequence[Location]) -> tuple[Entry, ...]:
    return tuple(readers[i].docs.entry(doc) for i, doc in locations)


def _of_stream(readers: Sequence[SegmentReader], stream: str) -> list[Mask]:
    return [
        (reader.docs.stream_codes == reader.docs.streams.index(stream)) & reader.live
        if stream in reader.docs.streams
        else np.zeros(reader.count, dtype=np.bool_)
        for reader in readers
    ]
