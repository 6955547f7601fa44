"""The entries before and after one in its stream, in order of time and, within a moment, of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.answer import Order
from search.engines.whoosh.documents import NO_TIME
from search.engines.whoosh.leaf import Leaf
from search.entry import Entry
from search.results import Sort

__all__ = ["neighbours"]

Masks = list[npt.NDArray[np.bool_]]

#: Entries of one moment stand in order of their ids, on both sides alike; hence some to choose from.
_SAME_MOMENT: Final = 50


def neighbours(
    leaves: Sequence[Leaf], order: Order, place: tuple[Leaf, int], n: int
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the n entries before and after one in its stream; none where it has no time."""
    leaf, number = place
    time = int(leaf.docs.time[number])
    if time == NO_TIME:
        return (), ()
    inside = _stream_masks(leaves, leaf.docs.streams[int(leaf.docs.stream_codes[number])])
    times = [leaf.docs.time for leaf in leaves]

    def sorted_places(masks: Masks, sort: Sort, wanted: int) -> list[tuple[int, int]]:
        return [(i, k) for _, i, k in order.by_time([np.flatnonzero(m) for m in masks], sort, 0, wanted)]

    def entries(places: list[tuple[int, int]]) -> list[Entry]:
        return [leaves[i].docs.entry(k) for i, k in places]

    earlier = [mask & (own < time) & (own != NO_TIME) for mask, own in zip(inside, times, strict=True)]
    later = [mask & (own > time) for mask, own in zip(inside, times, strict=True)]
    same = [mask & (own == time) for mask, own in zip(inside, times, strict=True)]
    nearest = sorted_places(earlier, "newest", n + _SAME_MOMENT)
    nearest.sort(key=lambda place: (times[place[0]][place[1]], order.key(place)))
    before = entries(nearest[-n:]) if n else []
    after = entries(sorted_places(later, "oldest", n))
    here = entries(sorted_places(same, "oldest", sum(int(np.count_nonzero(mask)) for mask in same)))
    own = [entry.id for entry in here].index(leaf.docs.key(number))
    return tuple((before + here[:own])[-n:]) if n else (), tuple((here[own + 1 :] + after)[:n])


def _stream_masks(leaves: Sequence[Leaf], stream: str) -> Masks:
    return [
        (leaf.docs.stream_codes == leaf.docs.streams.index(stream)) & leaf.live
        if stream in leaf.docs.streams
        else np.zeros(leaf.count, dtype=np.bool_)
        for leaf in leaves
    ]
