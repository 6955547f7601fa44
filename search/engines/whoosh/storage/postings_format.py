"""Builds the arrays of a segment's term files from the occurrences of its terms.

A row is one occurrence, packed into one unsigned 64-bit integer with the term in the high bits and the
location in the low bits. Sorting these integers (numpy's vectorised sort) groups by term and orders by
location in one step; no loop runs over rows.

    pair row   first unit · 2^47 + second unit · 2^30 + break · 2^29 + place      (17, 17, 1, 29 bits)
    post row   term · 2^33 + doc · 4 + in lead · 2 + in headline                  (31, 31, 1, 1 bits)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.storage.packed_ints import encode
from search.ranking import LEAD

__all__ = [
    "ESCAPE",
    "HEADLINE_WEIGHT",
    "HINT_BITS",
    "MAX_PLACES",
    "MAX_UNITS",
    "PLACE_BITS",
    "UNIT_BITS",
    "blob_arrays",
    "docs_at",
    "pair_arrays",
    "pair_rows",
    "place_hints",
    "post_arrays",
    "post_rows",
    "rank_texts",
    "renumbered_pairs",
    "renumbered_posts",
    "split_pairs",
    "unit_rows",
    "word_groups",
]

InvertedBatch = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Arrays = dict[str, npt.NDArray[Any]]

#: Occurrences in the body to which one in the headline is equal.
HEADLINE_WEIGHT: Final = 2
UNIT_BITS: Final = 17
PLACE_BITS: Final = 29
TERM_SHIFT: Final = 33
MAX_UNITS: Final = 1 << UNIT_BITS
MAX_PLACES: Final = 1 << PLACE_BITS
#: Hints give the document of every 64th place: 2^6.
HINT_BITS: Final = 6
#: Rows in one round of array operations, which bounds memory.
_GROUP_ROWS: Final = 300_000
_SECOND: Final = PLACE_BITS + 1
_FIRST: Final = _SECOND + UNIT_BITS
#: Value in `tf` for frequencies of 255 and more.
ESCAPE: Final = 255


def pair_rows(firsts: Ints, seconds: Ints, broken: npt.NDArray[np.bool_], places: Ints) -> InvertedBatch:
    """Pack pairs of units; all arrays have one element for each occurrence."""
    rows = (firsts << _FIRST) | (seconds << _SECOND) | (broken.astype(np.int64) << PLACE_BITS) | places
    return rows.view(np.uint64)


def split_pairs(rows: InvertedBatch) -> tuple[Ints, Ints, npt.NDArray[np.bool_], Ints]:
    """Return first units, second units, breaks and places of pair rows."""
    wide = rows.view(np.int64)
    mask = MAX_UNITS - 1
    broken = (wide >> PLACE_BITS & 1).astype(np.bool_)
    # The first unit has the sign bit: mask it after shifting.
    return wide >> _FIRST & mask, wide >> _SECOND & mask, broken, wide & (MAX_PLACES - 1)


def post_rows(terms: Ints, docs: Ints, in_headline: Bools, in_lead: Bools | int = 0) -> InvertedBatch:
    """Pack occurrences of terms in documents."""
    rows = (terms << TERM_SHIFT) | (docs << 2) | (np.asarray(in_lead, dtype=np.int64) << 1) | in_headline
    return rows.view(np.uint64)


def rank_texts(texts: Sequence[str]) -> tuple[list[bytes], Ints]:
    """Return the texts as sorted bytes, and the rank of each text, parallel to `texts`."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    order = sorted(range(len(encoded)), key=encoded.__getitem__)
    ranks = np.empty(len(encoded), dtype=np.int64)
    ranks[order] = np.arange(len(encoded))
    return [encoded[i] for i in order], ranks


def blob_arrays(items: Sequence[bytes], name: str = "blob", ends_name: str = "blob_ends") -> Arrays:
    """Return the concatenated byte strings and the offset of each, under these names."""
    ends = np.zeros(len(items) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, items), np.int64, len(items)), out=ends[1:])
    return {name: np.frombuffer(b"".join(items), dtype=np.uint8), ends_name: small(ends)}


def small(ends: Ints) -> npt.NDArray[Any]:
    """Return offsets in four bytes where they fit."""
    return ends.astype(np.uint32) if ends[-1] < 1 << 32 else ends


def renumbered_pairs(rows: InvertedBatch, units: Ints, shift: int = 0) -> InvertedBatch:
    """Return pair rows with unit u replaced by `units[u]`, and places moved by `shift`."""
    firsts, seconds, broken, places = split_pairs(rows)
    return pair_rows(units[firsts], units[seconds], broken, places + shift)


def renumbered_posts(rows: InvertedBatch, terms: Ints, shift: int = 0) -> InvertedBatch:
    """Return post rows with term t replaced by `terms[t]`, and documents moved by `shift`."""
    wide = rows.view(np.int64)
    low = wide & ((1 << TERM_SHIFT) - 1)
    renumbered: Ints = (terms[wide >> TERM_SHIFT] << TERM_SHIFT) | (low + 4 * shift)
    return renumbered.view(np.uint64)


def pair_arrays(rows: InvertedBatch, units: int) -> Arrays:
    """Return the arrays of `PairDictionary`, given sorted rows whose units are ranks."""
    writer = _ListWriter()
    seconds: list[npt.NDArray[np.uint32]] = []
    counts = np.zeros(units, dtype=np.int64)
    for group in _groups(rows, PLACE_BITS):
        wide = group.view(np.int64)
        keys = wide >> PLACE_BITS
        starts = np.flatnonzero(np.diff(keys, prepend=~keys[0]))
        writer.add(wide & (MAX_PLACES - 1), starts)
        keys = keys[starts]
        seconds.append((keys & (2 * MAX_UNITS - 1)).astype(np.uint32))
        counts += np.bincount(keys >> (UNIT_BITS + 1) & (MAX_UNITS - 1), minlength=units)
    return {
        "first_ends": np.concatenate(([0], np.cumsum(counts))).astype(np.uint32),
        "second": np.concatenate(seconds or [np.empty(0, dtype=np.uint32)]),
        **writer.arrays(),
    }


def place_hints(base: Ints) -> Ints:
    """Return the document of every 64th place, given the first place of each document."""
    places = np.arange(0, max(1, int(base[-1])), 1 << HINT_BITS)
    return np.searchsorted(base, places, side="right") - 1


def docs_at(places: Ints, base: npt.NDArray[np.integer], hints: npt.NDArray[np.integer]) -> Ints:
    """Return the document of each place; shape of `places`."""
    docs: Ints = hints.take(places >> HINT_BITS).astype(np.int64)
    late = (base.take(docs + 1) <= places).nonzero()[0]
    while len(late):
        docs[late] += 1
        late = late[base.take(docs.take(late) + 1) <= places.take(late)]
    return docs


def unit_rows(pairs: InvertedBatch, last: Ints, base: Ints, headline: Ints) -> Iterator[InvertedBatch]:
    """Yield sorted post rows of units, one range of units after the other.

    Every unit of a document begins a pair, except the last. `pairs` are sorted; `last` (N,) is the last unit
    of each document or -1, `base` (N + 1,) its first place, `headline` (N,) the length of its headline.
    """
    hints = place_hints(base)
    order = np.argsort(last, kind="stable")
    order = order[np.searchsorted(last, 0, sorter=order) :]
    ended = last[order]
    firsts = base[:-1].astype(np.int64)

    def posts(units: Ints, docs: Ints, places: Ints) -> InvertedBatch:
        positions = places - firsts[docs]
        return post_rows(units, docs, positions < headline[docs], positions < LEAD)

    done = 0
    for group in [*_groups(pairs, _FIRST), pairs[:0]]:
        units, _, _, places = split_pairs(group)
        # Documents whose last unit is in this range; after the last range, all remaining documents.
        stop = int(np.searchsorted(ended, units[-1], side="right")) if len(units) else len(ended)
        ends, done = order[done:stop], stop
        rows = np.concatenate(
            (
                posts(units, docs_at(places, base, hints), places),
                posts(last[ends], ends, base[ends + 1] - 2),
            )
        )
        rows.sort()
        if len(rows):
            yield rows


def post_arrays(names: Sequence[bytes], groups: Iterable[InvertedBatch], lead: bool = False) -> Arrays:
    """Return the arrays of `TermDictionary`, given sorted rows in groups that share no term.

    Terms are indexes of `names`, and every name occurs. With `lead`, every posting has the lead bit.
    """
    writer = _ListWriter()
    frequencies: list[Ints] = []
    counts = np.zeros(len(names), dtype=np.int64)
    for group in groups:
        wide = group.view(np.int64)
        keys = wide >> 2
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        tf = np.add.reduceat(np.where(wide & 1, HEADLINE_WEIGHT, 1), starts)
        more = tf > 1
        keys = keys[starts]
        terms, values = keys >> (TERM_SHIFT - 2), keys & ((1 << (TERM_SHIFT - 2)) - 1)
        if lead:
            # The rows of one posting are sorted, so one in the lead is the last.
            ends = np.append(starts[1:], len(wide)) - 1
            values = (values << 1) | (wide[ends] >> 1 & 1)
        writer.add((values << 1) | more, np.flatnonzero(np.diff(terms, prepend=-1)))
        counts += np.bincount(terms[more], minlength=len(names))
        frequencies.append(tf[more])
    many = np.concatenate(frequencies or [np.empty(0, dtype=np.int64)])
    big = np.flatnonzero(many >= ESCAPE)
    return {
        **blob_arrays(names),
        **writer.arrays(),
        "tf": np.minimum(many, ESCAPE).astype(np.uint8),
        "tf_ends": small(np.concatenate(([0], np.cumsum(counts)))),
        "big_rows": big.astype(np.uint32),
        "big_tf": np.minimum(many[big], (1 << 32) - 1).astype(np.uint32),
    }


def word_groups(rows: InvertedBatch) -> Iterator[InvertedBatch]:
    """Yield sorted post rows in groups that share no term."""
    return _groups(rows, TERM_SHIFT)


def _groups(rows: InvertedBatch, bits: int) -> Iterator[InvertedBatch]:
    """Yield sorted rows in groups; rows that differ only in the low bits are in one group."""
    begin = 0
    while begin < len(rows):
        end = min(begin + _GROUP_ROWS, len(rows))
        if end < len(rows):
            key = int(rows[end]) >> bits
            end = int(np.searchsorted(rows, np.uint64(key << bits)))
            if end <= begin:
                limit = min((key + 1) << bits, (1 << 64) - 1)
                end = int(np.searchsorted(rows, np.uint64(limit)))
        yield rows[begin:end]
        begin = end


class _ListWriter:
    """Packs lists, group by group."""

    def __init__(self) -> None:
        self._data: list[npt.NDArray[np.uint8]] = []
        self._sizes: list[Ints] = []

    def add(self, values: Ints, starts: Ints) -> None:
        data, ends = encode(values, starts)
        self._data.append(data)
        self._sizes.append(np.diff(ends))

    def arrays(self) -> Arrays:
        sizes = np.concatenate(self._sizes or [np.empty(0, dtype=np.int64)])
        return {
            "data": np.concatenate(self._data or [np.empty(0, dtype=np.uint8)]),
            "ends": small(np.concatenate(([0], np.cumsum(sizes)))),
        }
