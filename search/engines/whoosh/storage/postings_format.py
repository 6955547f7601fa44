"""Rows to arrays: what a segment's term files hold, from the occurrences of its terms.

A row is one occurrence, packed into one unsigned 64-bit number whose high bits are the term and whose low
bits say where. Sorting the numbers themselves (numpy's vectorised sort) groups by term and orders by place
at once; nothing else is ever sorted, and no loop runs over rows.

    pair row   first unit · 2^47 + second unit · 2^30 + break · 2^29 + place      (17, 17, 1, 29 bits)
    post row   term · 2^33 + entry · 4 + in lead · 2 + in headline               (31, 31, 1, 1 bits)
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
    "entries_at",
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

#: One occurrence in the headline counts as much as this many in the body.
HEADLINE_WEIGHT: Final = 2
UNIT_BITS: Final = 17
PLACE_BITS: Final = 29
TERM_SHIFT: Final = 33
MAX_UNITS: Final = 1 << UNIT_BITS
MAX_PLACES: Final = 1 << PLACE_BITS
#: One hint for every 64 places says which entry the first of them belongs to.
HINT_BITS: Final = 6
#: Rows worked on at once: enough for array operations to pay, few enough to bound memory.
_GROUP: Final = 300_000
_SECOND: Final = PLACE_BITS + 1
_FIRST: Final = _SECOND + UNIT_BITS
#: Stands in `tf` for frequencies of 255 and more.
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


def post_rows(terms: Ints, entries: Ints, in_headline: Bools, in_lead: Bools | int = 0) -> InvertedBatch:
    """Pack occurrences of terms in entries."""
    rows = (terms << TERM_SHIFT) | (entries << 2) | (np.asarray(in_lead, dtype=np.int64) << 1) | in_headline
    return rows.view(np.uint64)


def rank_texts(texts: Sequence[str]) -> tuple[list[bytes], Ints]:
    """Return the texts as sorted bytes, and the rank of each by its old number."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    order = sorted(range(len(encoded)), key=encoded.__getitem__)
    ranks = np.empty(len(encoded), dtype=np.int64)
    ranks[order] = np.arange(len(encoded))
    return [encoded[number] for number in order], ranks


def blob_arrays(items: Sequence[bytes], name: str = "blob", ends_name: str = "blob_ends") -> Arrays:
    """Return byte strings written together and where each begins, under the names given."""
    ends = np.zeros(len(items) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, items), np.int64, len(items)), out=ends[1:])
    return {name: np.frombuffer(b"".join(items), dtype=np.uint8), ends_name: small(ends)}


def small(ends: Ints) -> npt.NDArray[Any]:
    """Return offsets in four bytes where they fit."""
    return ends.astype(np.uint32) if ends[-1] < 1 << 32 else ends


def renumbered_pairs(rows: InvertedBatch, units: Ints, shift: int = 0) -> InvertedBatch:
    """Return pair rows with other unit numbers and with places moved by `shift`."""
    firsts, seconds, broken, places = split_pairs(rows)
    return pair_rows(units[firsts], units[seconds], broken, places + shift)


def renumbered_posts(rows: InvertedBatch, terms: Ints, shift: int = 0) -> InvertedBatch:
    """Return post rows with other term numbers and with entries moved by `shift`."""
    wide = rows.view(np.int64)
    low = wide & ((1 << TERM_SHIFT) - 1)
    renumbered: InvertedBatch = ((terms[wide >> TERM_SHIFT] << TERM_SHIFT) | (low + 4 * shift)).view(
        np.uint64
    )
    return renumbered


def pair_arrays(rows: InvertedBatch, units: int) -> Arrays:
    """Return the arrays of `PairDictionary` for sorted rows whose units are numbered by rank."""
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
    """Return the entry of every 64th place, given where the places of each entry begin."""
    places = np.arange(0, max(1, int(base[-1])), 1 << HINT_BITS)
    return np.searchsorted(base, places, side="right") - 1


def entries_at(places: Ints, base: npt.NDArray[np.integer], hints: npt.NDArray[np.integer]) -> Ints:
    """Return the entry of each place; shape of `places`."""
    entries: Ints = hints.take(places >> HINT_BITS).astype(np.int64)
    further = (base.take(entries + 1) <= places).nonzero()[0]
    while len(further):
        entries[further] += 1
        further = further[base.take(entries.take(further) + 1) <= places.take(further)]
    return entries


def unit_rows(pairs: InvertedBatch, last: Ints, base: Ints, headline: Ints) -> Iterator[InvertedBatch]:
    """Yield sorted post rows of units, a range of units at a time: every unit begins a pair, but for the last
    of an entry.

    `pairs` are sorted; `last` (N,) is the last unit of each entry or -1, `base` (N + 1,) where its places
    begin, `headline` (N,) how many of them are its headline's.
    """
    hints = place_hints(base)
    order = np.argsort(last, kind="stable")
    order = order[np.searchsorted(last, 0, sorter=order) :]
    ended = last[order]
    firsts = base[:-1].astype(np.int64)

    def posts(units: Ints, entries: Ints, places: Ints) -> InvertedBatch:
        positions = places - firsts[entries]
        return post_rows(units, entries, positions < headline[entries], positions < LEAD)

    done = 0
    for group in [*_groups(pairs, _FIRST), pairs[:0]]:
        units, _, _, places = split_pairs(group)
        # The last units of entries that belong to this range; after the last range, all that are left.
        stop = int(np.searchsorted(ended, units[-1], side="right")) if len(units) else len(ended)
        ends, done = order[done:stop], stop
        rows = np.concatenate(
            (
                posts(units, entries_at(places, base, hints), places),
                posts(last[ends], ends, base[ends + 1] - 2),
            )
        )
        rows.sort()
        if len(rows):
            yield rows


def post_arrays(names: Sequence[bytes], groups: Iterable[InvertedBatch], lead: bool = False) -> Arrays:
    """Return the arrays of `TermDictionary` for sorted rows in groups that share no term; terms are numbers of
    `names`, each used.

    With `lead`, every posting says whether the term stands in the lead of the entry.
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
            # Rows of one posting are sorted, so one in the lead comes last.
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
    """Yield sorted post rows piece by piece, never cutting inside a term."""
    return _groups(rows, TERM_SHIFT)


def _groups(rows: InvertedBatch, bits: int) -> Iterator[InvertedBatch]:
    """Yield sorted rows piece by piece, never cutting between rows that agree in all but the low bits."""
    begin = 0
    while begin < len(rows):
        end = min(begin + _GROUP, len(rows))
        if end < len(rows):
            key = int(rows[end]) >> bits
            end = int(np.searchsorted(rows, np.uint64(key << bits)))
            if end <= begin:
                limit = min((key + 1) << bits, (1 << 64) - 1)
                end = int(np.searchsorted(rows, np.uint64(limit)))
        yield rows[begin:end]
        begin = end


class _ListWriter:
    """Packs lists piece by piece."""

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
