"""Rows to arrays: what a segment's term files hold, from the occurrences of its terms.

A row is one occurrence, packed into one unsigned 64-bit number whose high bits are the term and whose low
bits say where. Sorting the numbers themselves (numpy's vectorised sort) groups by term and orders by place
at once; nothing else is ever sorted, and no loop runs over rows.

    pair row   first unit · 2^47 + second unit · 2^30 + break · 2^29 + place      (17, 17, 1, 29 bits)
    post row   term · 2^32 + entry · 2 + in headline                             (32, 31, 1 bits)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.packed import encode

__all__ = [
    "ESCAPE",
    "HEADLINE_WEIGHT",
    "MAX_PLACES",
    "MAX_UNITS",
    "PLACE_BITS",
    "UNIT_BITS",
    "blob_arrays",
    "pair_arrays",
    "pair_rows",
    "post_arrays",
    "post_rows",
    "rank_texts",
    "split_pairs",
]

Rows = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]

#: One occurrence in the headline counts as much as this many in the body.
HEADLINE_WEIGHT: Final = 2
UNIT_BITS: Final = 17
PLACE_BITS: Final = 29
MAX_UNITS: Final = 1 << UNIT_BITS
MAX_PLACES: Final = 1 << PLACE_BITS
_SECOND: Final = PLACE_BITS + 1
_FIRST: Final = _SECOND + UNIT_BITS
#: Stands in `tf` for frequencies of 255 and more.
ESCAPE: Final = 255


def pair_rows(firsts: Ints, seconds: Ints, broken: npt.NDArray[np.bool_], places: Ints) -> Rows:
    """Pack pairs of units; all arrays have one element for each occurrence."""
    rows = (firsts << _FIRST) | (seconds << _SECOND) | (broken.astype(np.int64) << PLACE_BITS) | places
    return rows.view(np.uint64)


def split_pairs(rows: Rows) -> tuple[Ints, Ints, npt.NDArray[np.bool_], Ints]:
    """Return first units, second units, breaks and places of pair rows."""
    wide = rows.view(np.int64)
    mask = MAX_UNITS - 1
    broken = (wide >> PLACE_BITS & 1).astype(np.bool_)
    # The first unit has the sign bit: mask it after shifting.
    return wide >> _FIRST & mask, wide >> _SECOND & mask, broken, wide & (MAX_PLACES - 1)


def post_rows(terms: Ints, entries: Ints, in_headline: npt.NDArray[np.bool_]) -> Rows:
    """Pack occurrences of terms in entries."""
    return ((terms << 32) | (entries << 1) | in_headline).view(np.uint64)


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


def pair_arrays(rows: Rows, ranks: Ints, units: int) -> tuple[Arrays, Ints, Ints]:
    """Return the arrays of `Pairs`, and the first unit and place of every pair, in order of the unit.

    `ranks` turns the unit numbers in the rows into final ones. `rows` is used up.
    """
    firsts, seconds, broken, places = split_pairs(rows)
    rows = pair_rows(ranks[firsts], ranks[seconds], broken, places)
    del firsts, seconds, broken, places
    rows.sort()
    keys = (rows >> np.uint64(PLACE_BITS)).view(np.int64)
    places = (rows & np.uint64(MAX_PLACES - 1)).view(np.int64)
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    data, ends = encode(places, starts)
    first_of_pair = keys[starts] >> (UNIT_BITS + 1)
    arrays: Arrays = {
        "first_ends": np.searchsorted(first_of_pair, np.arange(units + 1)).astype(np.uint32),
        "second": (keys[starts] & ((1 << (UNIT_BITS + 1)) - 1)).astype(np.uint32),
        "data": data,
        "ends": small(ends),
    }
    return arrays, keys >> (UNIT_BITS + 1), places


def post_arrays(names: Sequence[bytes], rows: Rows) -> Arrays:
    """Return the arrays of `Terms` for sorted names; terms in the rows are numbers of names, each used."""
    rows.sort()
    wide = rows.view(np.int64)
    keys = wide >> 1
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    weights = np.where(wide & 1, HEADLINE_WEIGHT, 1)
    tf = np.add.reduceat(weights, starts) if len(starts) else weights
    keys = keys[starts]
    terms, entries = keys >> 31, keys & ((1 << 31) - 1)
    more = tf > 1
    term_starts = np.searchsorted(terms, np.arange(len(names)))
    data, ends = encode((entries << 1) | more, term_starts)
    counts = np.bincount(terms[more], minlength=len(names))
    many = tf[more]
    big = np.flatnonzero(many >= ESCAPE)
    return {
        **blob_arrays(names),
        "data": data,
        "ends": small(ends),
        "tf": np.minimum(many, ESCAPE).astype(np.uint8),
        "tf_ends": small(np.concatenate(([0], np.cumsum(counts)))),
        "big_rows": big.astype(np.uint32),
        "big_tf": np.minimum(many[big], (1 << 32) - 1).astype(np.uint32),
    }
