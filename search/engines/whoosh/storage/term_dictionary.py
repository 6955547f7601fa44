"""The term dictionaries of a segment and their postings, over mapped arrays.

`words` and `units` are sorted terms with postings. `pairs` are two neighbouring units with all places where
they begin. Bigrams are pairs without a break; the places of a single unit follow from the pairs that begin
with it, so every position is stored once. `docs/codec.md` describes the bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.storage.array_file import ArrayFile
from search.engines.whoosh.storage.packed_ints import decode, decode_all, length
from search.engines.whoosh.storage.postings_format import ESCAPE
from search.errors import DamagedIndex

__all__ = ["NOT_FOUND", "PairDictionary", "TermDictionary"]

Ints = npt.NDArray[np.int64]

#: The ordinal of a term that the segment does not contain.
NOT_FOUND: Final = -1
_EMPTY: Final[Ints] = np.empty(0, dtype=np.int64)
#: Ordinals cached for each dictionary.
_CACHED_TERMS: Final = 100_000


class _Terms:
    """The sorted terms of a file as a sequence of bytes."""

    def __init__(self, file: ArrayFile) -> None:
        self._blob, self._ends = file["blob"], file["blob_ends"]

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, term_ord: int) -> bytes:
        start, end = self._ends[term_ord : term_ord + 2].tolist()
        return self._blob[start:end].tobytes()

    def find(self, term: str) -> int:
        """Return the ordinal of a term, or NOT_FOUND."""
        key = term.encode("utf-8", "surrogatepass")
        term_ord = bisect_left(self, key)
        return term_ord if term_ord < len(self) and self[term_ord] == key else NOT_FOUND


class TermDictionary:
    """Words or units of one segment: a term has an ordinal, and that has postings."""

    def __init__(self, file: ArrayFile) -> None:
        self.file = file
        self._terms = _Terms(file)
        self._data, self._ends = file["data"], file["ends"]
        self._tf, self._tf_ends = file["tf"], file["tf_ends"]
        self._lead = file.fact("lead", bool)
        #: Return the ordinal of a term, or NOT_FOUND.
        self.term_ord = lru_cache(maxsize=_CACHED_TERMS)(self._terms.find)
        if not len(file["blob_ends"]) == len(self._ends) == len(self._tf_ends) > 0:
            raise DamagedIndex("{file} 的词表长度不符", file=file.path.name)

    def __len__(self) -> int:
        return len(self._terms)

    def term(self, term_ord: int) -> bytes:
        """Return the bytes of a term."""
        return self._terms[term_ord]

    def texts(self) -> Iterator[str]:
        """Yield all terms in order of their bytes."""
        for term_ord in range(len(self)):
            yield self.term(term_ord).decode("utf-8", "surrogatepass")

    def term_ords(self, term: str) -> range:
        """Return the ordinal of a term as a range, which is empty if the segment does not contain it."""
        term_ord = self.term_ord(term)
        return range(term_ord, term_ord + 1) if term_ord >= 0 else range(0)

    def prefixed(self, prefix: str) -> range:
        """Return the ordinals of the terms with a prefix, which must not be empty."""
        key = prefix.encode("utf-8", "surrogatepass")
        return range(bisect_left(self._terms, key), bisect_left(self._terms, key + b"\xff" * 5))

    def count(self, term_ord: int) -> int:
        """Return the number of documents that contain a term, deleted ones included."""
        if term_ord < 0:
            return 0
        start, end = self._ends[term_ord : term_ord + 2].tolist()
        return length(self._data, start, end)

    def postings(self, term_ord: int) -> tuple[Ints, Ints]:
        """Return the documents that contain a term, ascending, and its weighted frequency in each."""
        values = self.values(term_ord)
        frequencies = np.ones(len(values), dtype=np.int64)
        if term_ord >= 0:
            frequencies[(values & 1).astype(np.bool_)] = self.frequencies_above_one(term_ord)
        return values >> (2 if self._lead else 1), frequencies

    def docs_of_all(self, term_ords: range) -> Ints:
        """Return the documents of consecutive terms, one list after the other."""
        values, _ = decode_all(self._data, self._ends[term_ords.start : term_ords.stop + 1])
        return values >> (2 if self._lead else 1)

    def values(self, term_ord: int) -> Ints:
        """Return the values of a packed list: `doc * 2 + more`, or with lead `doc * 4 + lead * 2 + more`."""
        if term_ord < 0:
            return _EMPTY
        start, end = self._ends[term_ord : term_ord + 2].tolist()
        return decode(self._data, start, end)

    def frequencies_above_one(self, term_ord: int) -> npt.NDArray[Any]:
        """Return the frequencies above one of a term, in their narrowest type."""
        start, end = self._tf_ends[term_ord : term_ord + 2].tolist()
        frequencies: npt.NDArray[Any] = self._tf[start:end]
        if end - start and int(frequencies.max()) == ESCAPE:
            return self._unescaped(start, end)
        return frequencies

    def all_frequencies_above_one(self) -> Ints:
        """Return the frequencies above one of all terms, in order."""
        return self._unescaped(0, len(self._tf))

    def _unescaped(self, start: int, end: int) -> Ints:
        """Return frequencies above one; those of 255 and more are in arrays of their own."""
        frequencies = self._tf[start:end].astype(np.int64)
        escaped = np.flatnonzero(frequencies == ESCAPE)
        if len(escaped):
            rows = np.searchsorted(self.file["big_rows"], escaped + start)
            frequencies[escaped] = self.file["big_tf"][rows]
        return frequencies


class PairDictionary:
    """Pairs of neighbouring units of one segment: a pair has an ordinal, and that has places.

    The pairs that begin with unit u have the ordinals from `first_ends[u]` to `first_ends[u + 1]`, in order
    of `second · 2 + break`.
    """

    def __init__(self, file: ArrayFile) -> None:
        self.file = file
        self.first_ends = file["first_ends"]
        self.second = file["second"]
        self._data = file["data"]
        self._ends = file["ends"]
        if not len(self._ends) == len(self.second) + 1 > 0:
            raise DamagedIndex("{file} 的词表长度不符", file=file.path.name)

    def __len__(self) -> int:
        return len(self.second)

    def of(self, first: int) -> range:
        """Return the ordinals of all pairs that begin with a unit."""
        return self.of_all(range(first, first + 1)) if first >= 0 else range(0)

    def of_all(self, firsts: range) -> range:
        """Return the ordinals of all pairs that begin with one of consecutive units."""
        return range(int(self.first_ends[firsts.start]), int(self.first_ends[firsts.stop]))

    def pair_ord(self, first: int, second: int, broken: bool) -> int:
        """Return the ordinal of a pair of unit ordinals, or NOT_FOUND."""
        if first < 0 or second < 0:
            return NOT_FOUND
        start, end = self.first_ends[first : first + 2].tolist()
        key = second * 2 + broken
        pair_ord = start + int(self.second[start:end].searchsorted(key))
        return pair_ord if pair_ord < end and int(self.second[pair_ord]) == key else NOT_FOUND

    def between(self, first: int, seconds: range, broken: bool) -> list[int]:
        """Return the ordinals of the pairs whose second unit is in a range."""
        pair_ords = self.of(first)
        keys = self.second[pair_ords.start : pair_ords.stop]
        low, high = np.searchsorted(keys, (seconds.start * 2, seconds.stop * 2)).tolist()
        return [pair_ord for pair_ord in pair_ords[low:high] if self.second[pair_ord] % 2 == broken]

    def places(self, pair_ord: int) -> Ints:
        """Return the places in the segment where a pair begins, ascending."""
        if pair_ord < 0:
            return _EMPTY
        start, end = self._ends[pair_ord : pair_ord + 2].tolist()
        return decode(self._data, start, end)

    def places_of_all(self, pair_ords: range) -> Ints:
        """Return the places of consecutive pairs, one list after the other."""
        return decode_all(self._data, self._ends[pair_ords.start : pair_ords.stop + 1])[0]

    def count(self, pair_ord: int) -> int:
        """Return the number of places of a pair."""
        if pair_ord < 0:
            return 0
        start, end = self._ends[pair_ord : pair_ord + 2].tolist()
        return length(self._data, start, end)
