"""Matching in one leaf, by array operations: rows of units, agencies, streams, times.

Rows of units are found by positions: a row of k units is covered by ⌈k/2⌉ pairs at fixed distances, and an
occurrence of the row is a place where all of them begin, so nothing depends on how anything was segmented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.deadline import check
from search.engines.whoosh.storage.document_store import NO_TIME, microseconds
from search.engines.whoosh.storage.segment_reader import SegmentReader
from search.entry import Role
from search.query.logical import Phrase

__all__ = ["PairProbe", "SegmentMatcher", "pair_cover", "time_mask"]

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairProbe:
    """Two neighbouring units to look for, `offset` positions after the start of the row.

    `broken` when punctuation stands between them, `prefix` when the second need only begin so.
    """

    first: str
    second: str
    offset: int
    broken: bool = False
    prefix: bool = False


def pair_cover(row: Phrase) -> list[PairProbe]:
    """Return pairs that together hold every unit of a row of two units or more.

    >>> [probe.first + probe.second for probe in cover(Row(("阿", "拉", "木", "图", "市"), (0, 1, 2, 3, 4)))]
    ['阿拉', '木图', '图市']
    """
    return list(_probes(row))


def _probes(row: Phrase) -> Iterator[PairProbe]:
    last = len(row.units) - 1
    for begin in range(0, last + 1, 2):
        i = min(begin, last - 1)
        broken = row.offsets[i + 1] != row.offsets[i] + 1
        yield PairProbe(row.units[i], row.units[i + 1], row.offsets[i], broken, row.prefix and i + 1 == last)


def time_mask(times: Ints, start: datetime | None, end: datetime | None) -> Mask:
    """Return which times lie in [start, end); no time lies nowhere."""
    mask: Mask = times != NO_TIME
    if start is not None:
        mask &= times >= microseconds(start)
    if end is not None:
        mask &= times < microseconds(end)
    return mask


class SegmentMatcher:
    """Looks into one leaf, for removed entries too. Masks (N,) it returns belong to the caller."""

    def __init__(self, leaf: SegmentReader, analyzer: Analyzer) -> None:
        self._leaf = leaf
        self._analyzer = analyzer

    def row(self, row: Phrase) -> Ints:
        """Return the entries that hold a row, in any order and perhaps more than once."""
        check()
        if len(row.units) == 1:
            return self._single(row)
        places = self._row_places(pair_cover(row))
        if not len(places):
            return places
        return self._entries(places, row)

    def _entries(self, places: Ints, row: Phrase) -> Ints:
        entries = self._leaf.docs.entry_of(places)
        if row.where == "headline":
            entries = entries[self._leaf.in_headline(places, entries, row.offsets[-1])]
        return entries

    def _single(self, row: Phrase) -> Ints:
        units = self._leaf.units
        numbers = units.prefixed(row.units[0]) if row.prefix else units.numbers(row.units[0])
        if row.where == "text":
            return units.entries(numbers)
        return self._entries(self._leaf.unit_places(numbers), row)

    def _row_places(self, probes: list[PairProbe]) -> Ints:
        """Return where the row begins, wherever all its pairs stand at their distances."""
        numbers = [self._numbers(probe) for probe in probes]
        pairs = self._leaf.pairs
        order = sorted(range(len(probes)), key=lambda i: sum(map(pairs.count, numbers[i])))
        starts = self._places(numbers[order[0]]) - probes[order[0]].offset
        for i in order[1:]:
            check()
            if not len(starts):
                break
            places = self._places(numbers[i])
            wanted = starts + probes[i].offset
            if not len(places):
                return places
            index = np.searchsorted(places, wanted)
            index[index == len(places)] = 0
            starts = starts[places[index] == wanted]
        return starts

    def _numbers(self, probe: PairProbe) -> list[int]:
        units, pairs = self._leaf.units, self._leaf.pairs
        first = units.number(probe.first)
        if probe.prefix:
            return pairs.between(first, units.prefixed(probe.second), probe.broken)
        return [pairs.number(first, units.number(probe.second), probe.broken)]

    def _places(self, numbers: list[int]) -> Ints:
        if len(numbers) == 1:
            return self._leaf.pairs.places(numbers[0])
        lists = [self._leaf.pairs.places(number) for number in numbers]
        return np.sort(np.concatenate(lists)) if lists else np.empty(0, dtype=np.int64)

    def agency(self, value: str, role: Role | None = None, *, whole: bool) -> Mask:
        """Return the entries that credit, in this role if one is given, an agency named so.

        Its folded name is, or holds, `value`.
        """
        docs = self._leaf.docs
        mask = np.zeros(self._leaf.count, dtype=np.bool_)
        for code, name in enumerate(self._leaf.folded_agencies(self._analyzer)):
            if name == value or (not whole and value in name):
                mask[docs.agencies_of(code, role)] = True
        return mask

    def stream(self, value: str, *, whole: bool) -> Mask:
        """Return the entries of a stream whose folded name is, or holds, `value`."""
        names = self._leaf.folded_streams(self._analyzer)
        codes = [code for code, name in enumerate(names) if name == value or (not whole and value in name)]
        return np.isin(self._leaf.docs.stream_codes, codes)
