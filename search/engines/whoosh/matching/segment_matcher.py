"""Matching in one segment by array operations: phrases, agencies, streams, times.

A phrase of k units is covered by ⌈k/2⌉ pairs of neighbouring units at fixed offsets; it occurs at the places
where all of these pairs begin. So matches do not depend on the segmentation of words. `docs/codec.md` defines
places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.deadline import check
from search.engines.timestamps import microseconds
from search.engines.whoosh.storage.document_store import NO_TIME
from search.engines.whoosh.storage.reader import SegmentReader
from search.entry import Role
from search.query.logical import Phrase

__all__ = ["PairProbe", "SegmentMatcher", "pair_cover", "time_mask"]

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairProbe:
    """Two neighbouring units, `offset` positions after the start of the phrase.

    `broken`: punctuation separates them; `prefix`: the second is only a prefix of a unit.
    """

    first: str
    second: str
    offset: int
    broken: bool = False
    prefix: bool = False


def pair_cover(phrase: Phrase) -> list[PairProbe]:
    """Return pairs that together contain every unit of a phrase of two units or more.

    >>> phrase = Phrase(("阿", "拉", "木", "图", "市"), (0, 1, 2, 3, 4))
    >>> [probe.first + probe.second for probe in pair_cover(phrase)]
    ['阿拉', '木图', '图市']
    """
    return list(_probes(phrase))


def _probes(phrase: Phrase) -> Iterator[PairProbe]:
    units, offsets = phrase.units, phrase.offsets
    last = len(units) - 1
    for even in range(0, last + 1, 2):
        i = min(even, last - 1)
        broken = offsets[i + 1] != offsets[i] + 1
        yield PairProbe(units[i], units[i + 1], offsets[i], broken, phrase.prefix and i + 1 == last)


def time_mask(times: Ints, start: datetime | None, end: datetime | None) -> Mask:
    """Return which times are in [start, end); NO_TIME is in no range."""
    mask: Mask = times != NO_TIME
    if start is not None:
        mask &= times >= microseconds(start)
    if end is not None:
        mask &= times < microseconds(end)
    return mask


class SegmentMatcher:
    """Matches in one segment, deleted documents included; the caller may modify returned masks (N,)."""

    def __init__(self, reader: SegmentReader, analyzer: Analyzer) -> None:
        self._reader = reader
        self._analyzer = analyzer

    def phrase(self, phrase: Phrase) -> Ints:
        """Return the documents that contain a phrase, unordered, possibly with repeats."""
        check()
        if len(phrase.units) == 1:
            return self._unit(phrase)
        places = self._phrase_places(pair_cover(phrase))
        return self._docs(places, phrase) if len(places) else places

    def _docs(self, places: Ints, phrase: Phrase) -> Ints:
        docs = self._reader.docs.docs_at(places)
        if phrase.where == "headline":
            docs = docs[self._reader.in_headline(places, docs, phrase.offsets[-1])]
        return docs

    def _unit(self, phrase: Phrase) -> Ints:
        units, text = self._reader.units, phrase.units[0]
        term_ords = units.prefixed(text) if phrase.prefix else units.term_ords(text)
        if phrase.where == "text":
            return units.docs_of_all(term_ords)
        return self._docs(self._reader.unit_places(term_ords), phrase)

    def _phrase_places(self, probes: list[PairProbe]) -> Ints:
        """Return where the phrase begins: the places with all pairs at their offsets."""
        pair_ords = [self._pair_ords(probe) for probe in probes]
        pairs = self._reader.pairs
        rarest_first = sorted(range(len(probes)), key=lambda i: sum(map(pairs.count, pair_ords[i])))
        starts = self._places(pair_ords[rarest_first[0]]) - probes[rarest_first[0]].offset
        for i in rarest_first[1:]:
            check()
            if not len(starts):
                break
            places = self._places(pair_ords[i])
            if not len(places):
                return places
            expected = starts + probes[i].offset
            index = np.searchsorted(places, expected)
            index[index == len(places)] = 0
            starts = starts[places[index] == expected]
        return starts

    def _pair_ords(self, probe: PairProbe) -> list[int]:
        units, pairs = self._reader.units, self._reader.pairs
        first = units.term_ord(probe.first)
        if probe.prefix:
            return pairs.between(first, units.prefixed(probe.second), probe.broken)
        return [pairs.pair_ord(first, units.term_ord(probe.second), probe.broken)]

    def _places(self, pair_ords: list[int]) -> Ints:
        if len(pair_ords) == 1:
            return self._reader.pairs.places(pair_ords[0])
        lists = list(map(self._reader.pairs.places, pair_ords))
        return np.sort(np.concatenate(lists)) if lists else np.empty(0, dtype=np.int64)

    def agency(self, value: str, role: Role | None = None, *, whole: bool) -> Mask:
        """Return the documents that credit an agency (in a role) whose folded name contains `value`.

        With `whole` the folded name must equal `value`.
        """
        store = self._reader.docs
        mask = np.zeros(self._reader.count, dtype=np.bool_)
        for code, name in enumerate(self._reader.folded_agencies(self._analyzer)):
            if name == value or (not whole and value in name):
                mask[store.agencies_of(code, role)] = True
        return mask

    def stream(self, value: str, *, whole: bool) -> Mask:
        """Return the documents of the streams whose folded name contains, or with `whole` equals, `value`."""
        names = self._reader.folded_streams(self._analyzer)
        codes = [code for code, name in enumerate(names) if name == value or (not whole and value in name)]
        return np.isin(self._reader.docs.stream_codes, codes)
