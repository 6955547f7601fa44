"""What stands around an entry in its stream: the entries before and after it, in order of time, then id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.scoring.sorting import DocSorter
from search.engines.whoosh.storage.document_store import NO_TIME, microseconds
from search.engines.whoosh.storage.segment_reader import SegmentReader
from search.entry import Entry
from search.results import Sort

__all__ = ["around"]

Mask = npt.NDArray[np.bool_]
#: Leaf and number of an entry.
Place = tuple[int, int]

#: So many more are sorted than wanted, as entries of one moment stand in order of their ids.
_SAME_MOMENT = 50


def around(
    leaves: Sequence[SegmentReader],
    order: DocSorter,
    entry_id: str,
    at: tuple[SegmentReader, int],
    n: int,
    asof: datetime | None,
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the n entries before and after in the same stream; none without a time.

    With `asof` there are none that came later, whenever the entry itself came.
    """
    docs, number = at[0].docs, at[1]
    time = int(docs.time[number])
    if time == NO_TIME or n < 1:
        return (), ()
    times = [leaf.docs.time for leaf in leaves]
    inside = _of_stream(leaves, docs.streams[int(docs.stream_codes[number])])
    if asof is not None:
        last = microseconds(asof)
        inside = [mask & (own <= last) for mask, own in zip(inside, times, strict=True)]
    pairs = list(zip(inside, times, strict=True))
    nearest = _ordered(order, [mask & (own < time) & (own != NO_TIME) for mask, own in pairs], n, "newest")
    # Entries of one moment stand in order of their ids on both sides alike.
    nearest.sort(key=lambda one: (times[one[0]][one[1]], order.key(one)))
    after = _ordered(order, [mask & (own > time) for mask, own in pairs], n, "oldest")[:n]
    same = {order.key(one): one for one in _all([mask & (own == time) for mask, own in pairs])}
    before = [*nearest, *(same[key] for key in sorted(same) if key < entry_id)][-n:]
    after = [*(same[key] for key in sorted(same) if key > entry_id), *after][:n]
    return _entries(leaves, before), _entries(leaves, after)


def _ordered(order: DocSorter, masks: list[Mask], n: int, sort: Sort) -> list[Place]:
    rows = order.by_time([np.flatnonzero(mask) for mask in masks], sort, 0, n + _SAME_MOMENT)
    return [(leaf, number) for _, leaf, number in rows]


def _all(masks: list[Mask]) -> list[Place]:
    return [(leaf, int(number)) for leaf, mask in enumerate(masks) for number in np.flatnonzero(mask)]


def _entries(leaves: Sequence[SegmentReader], places: Sequence[Place]) -> tuple[Entry, ...]:
    return tuple(leaves[leaf].docs.entry(number) for leaf, number in places)


def _of_stream(leaves: Sequence[SegmentReader], stream: str) -> list[Mask]:
    return [
        (leaf.docs.stream_codes == leaf.docs.streams.index(stream)) & leaf.live
        if stream in leaf.docs.streams
        else np.zeros(leaf.count, dtype=np.bool_)
        for leaf in leaves
    ]
