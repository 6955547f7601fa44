"""Matching: a logical node and a leaf to the set of entries it means, by array operations.

A set is a boolean mask over the leaf's N entries. Rows of units are found by positions: a row of k units
is covered by ⌈k/2⌉ bigrams at fixed distances, and an occurrence of the row is a place where all of them
stand, so nothing depends on how anything was segmented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer, bigram, is_unigram
from search.engines.whoosh.documents import NO_TIME, microseconds
from search.engines.whoosh.leaf import Leaf
from search.query.logical import (
    AgencyIs,
    AllOf,
    AnyOf,
    Everything,
    Except,
    Node,
    Nothing,
    Row,
    SharesAny,
    StreamIs,
    TimeIn,
)

__all__ = ["Matcher", "Probe", "cover", "time_mask"]

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Probe:
    """One gram to look for, `offset` positions after the start of the row."""

    gram: str
    offset: int
    prefix: bool = False


def cover(row: Row) -> list[Probe]:
    """Return grams that together hold every unit of a row, bigrams wherever units are neighbours.

    >>> [probe.gram for probe in cover(Row(("阿", "拉", "木", "图", "市"), (0, 1, 2, 3, 4)))]
    ['阿拉', '木图', '图市']
    """
    return list(_probes(row))


def _probes(row: Row) -> Iterator[Probe]:
    units, offsets = row.units, row.offsets
    last = len(units) - 1
    # The last unit of a prefix row is looked for by itself; no bigram may hold it.
    end = last if row.prefix else last + 1
    i = 0
    while i < end:
        if i + 1 < end and offsets[i + 1] == offsets[i] + 1:
            yield Probe(bigram(units[i], units[i + 1]), offsets[i])
            i += 2
            continue
        if i and offsets[i] == offsets[i - 1] + 1:
            yield Probe(bigram(units[i - 1], units[i]), offsets[i - 1])
        else:
            yield Probe(units[i], offsets[i])
        i += 1
    if row.prefix:
        yield Probe(units[last], offsets[last], prefix=True)


def time_mask(times: npt.NDArray[np.int64], start: datetime | None, end: datetime | None) -> Mask:
    """Return which times lie in [start, end); no time lies nowhere."""
    mask: Mask = times != NO_TIME
    if start is not None:
        mask &= times >= microseconds(start)
    if end is not None:
        mask &= times < microseconds(end)
    return mask


class Matcher:
    """Evaluates nodes on one leaf. Masks it returns belong to the caller."""

    def __init__(self, leaf: Leaf, analyzer: Analyzer) -> None:
        self._leaf = leaf
        self._analyzer = analyzer

    def mask(self, node: Node) -> Mask:
        """Return which entries of the leaf a node means, removed ones not yet taken out."""
        match node:
            case Row():
                return self._from_ids(self.row(node))
            case AllOf(children):
                return self._all_of(children)
            case AnyOf(children):
                return self._any_of(children)
            case Except(child):
                return np.logical_not(self.mask(child))
            case AgencyIs(value):
                return self.agency(value, whole=False)
            case StreamIs(value):
                return self.stream(value, whole=False)
            case TimeIn(start, end):
                return time_mask(self._leaf.docs.time, start, end)
            case SharesAny(words, bigrams):
                return self._shares(words, bigrams)
            case Everything():
                return np.ones(self._leaf.count, dtype=np.bool_)
            case Nothing():
                return np.zeros(self._leaf.count, dtype=np.bool_)
        raise TypeError(f"no such node: {node!r}")

    def _from_ids(self, ids: npt.NDArray[np.integer]) -> Mask:
        mask = np.zeros(self._leaf.count, dtype=np.bool_)
        mask[ids] = True
        return mask

    def _all_of(self, children: tuple[Node, ...]) -> Mask:
        mask = self.mask(children[0])
        for child in children[1:]:
            if isinstance(child, Except):
                mask &= ~self.mask(child.child)
            else:
                mask &= self.mask(child)
        return mask

    def _any_of(self, children: tuple[Node, ...]) -> Mask:
        mask = np.zeros(self._leaf.count, dtype=np.bool_)
        for child in children:
            if isinstance(child, Row):
                mask[self.row(child)] = True
            else:
                mask |= self.mask(child)
        return mask

    def _shares(self, words: tuple[str, ...], bigrams: tuple[str, ...]) -> Mask:
        mask = np.zeros(self._leaf.count, dtype=np.bool_)
        for stream, terms in ((self._leaf.words, words), (self._leaf.grams, bigrams)):
            for term in terms:
                mask[stream.ids(stream.number(term))] = True
        return mask

    def row(self, row: Row) -> npt.NDArray[np.integer]:
        """Return the entries that hold a row, in any order and perhaps more than once."""
        probes = cover(row)
        if len(probes) == 1 and not probes[0].prefix and row.where == "text":
            grams = self._leaf.grams
            return grams.ids(grams.number(probes[0].gram))
        places = self._row_places(probes)
        if not len(places):
            return places
        entries = self._leaf.entry_of(places.astype(np.uint32))
        if row.where == "headline":
            docs = self._leaf.docs
            end = places - docs.base[entries] + row.offsets[-1]
            entries = entries[end < docs.headline[entries]]
        return entries

    def _row_places(self, probes: list[Probe]) -> Places:
        """Return where the row begins, wherever all its grams stand at their distances."""
        found = [(probe.offset, self._probe_places(probe)) for probe in probes]
        found.sort(key=lambda item: len(item[1]))
        offset, rarest = found[0]
        starts = rarest.astype(np.int64) - offset
        for offset, places in found[1:]:
            if not len(starts):
                break
            wanted = starts + offset
            index = np.searchsorted(places, wanted)
            index[index == len(places)] = 0
            starts = starts[places[index] == wanted] if len(places) else starts[:0]
        return starts

    def _probe_places(self, probe: Probe) -> npt.NDArray[np.uint32]:
        grams = self._leaf.grams
        if not probe.prefix:
            return grams.places(grams.number(probe.gram))
        numbers = grams.prefixed(probe.gram)
        lists = [
            grams.places(number)
            for number, term in zip(numbers, grams.terms(numbers), strict=True)
            if is_unigram(term)
        ]
        if not lists:
            return grams.places(-1)
        return np.unique(np.concatenate(lists))

    def agency(self, value: str, *, whole: bool) -> Mask:
        """Return the entries that credit an agency whose folded name is, or holds, `value`."""
        docs = self._leaf.docs
        mask = np.zeros(self._leaf.count, dtype=np.bool_)
        for code, name in enumerate(self._leaf.folded_agencies(self._analyzer)):
            if name == value or (not whole and value in name):
                mask[docs.agencies_of(code)] = True
        return mask

    def stream(self, value: str, *, whole: bool) -> Mask:
        """Return the entries of a stream whose folded name is, or holds, `value`."""
        names = self._leaf.folded_streams(self._analyzer)
        codes = [code for code, name in enumerate(names) if name == value or (not whole and value in name)]
        return np.isin(self._leaf.docs.stream_codes, codes)
