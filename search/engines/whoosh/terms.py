"""A term dictionary and its postings, over mapped arrays.

Terms are UTF-8 bytes in one blob, sorted, so that a term is found by halving and a prefix is a range.
For each stream, with T terms, P postings and O occurrences:

    blob         u1  (…)     all terms, one after another
    blob_ends    i8  (T+1,)  where each begins; the last is the end of the blob
    post_ends    i8  (T+1,)  where each term's postings begin
    ids          i4  (P,)    entries that have the term, ascending within a term
    tf           u2  (P,)    weighted frequency: body + 2 · headline, at most 65,535
    occ_ends     i8  (T+1,)  grams only: where each term's occurrences begin
    places       u4  (O,)    grams only: positions counted through the whole segment, ascending
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.arrays import ArrayFile
from search.errors import DamagedIndex

__all__ = ["Stream"]

Ids = npt.NDArray[np.int32]
Places = npt.NDArray[np.uint32]

_EMPTY_IDS: Ids = np.empty(0, dtype=np.int32)
_EMPTY_PLACES: Places = np.empty(0, dtype=np.uint32)


class Stream:
    """One stream of one segment: terms in, arrays out."""

    def __init__(self, file: ArrayFile, positions: bool) -> None:
        self._file = file
        self._blob = file["blob"]
        self._blob_ends = file["blob_ends"]
        self._post_ends = file["post_ends"]
        self._ids = file["ids"]
        self._tf = file["tf"]
        self._occ_ends = file["occ_ends"] if positions else None
        self._places = file["places"] if positions else None
        self._numbers: dict[str, int] = {}
        if len(self._blob_ends) != len(self._post_ends) or not len(self._blob_ends):
            raise DamagedIndex(f"{file.path.name} 的词表长度不符")

    def __len__(self) -> int:
        return len(self._blob_ends) - 1

    def term(self, number: int) -> bytes:
        """Return the bytes of a term by its number."""
        start, end = self._blob_ends[number : number + 2].tolist()
        return self._blob[start:end].tobytes()

    def number(self, term: str) -> int:
        """Return the number of a term, or -1 where the segment has it not."""
        number = self._numbers.get(term)
        if number is None:
            if len(self._numbers) > 100_000:
                self._numbers.clear()
            key = term.encode("utf-8", "surrogatepass")
            place = self.lower_bound(key)
            number = place if place < len(self) and self.term(place) == key else -1
            self._numbers[term] = number
        return number

    def lower_bound(self, key: bytes) -> int:
        """Return the number of the first term that is not before `key`."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.term(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def prefixed(self, prefix: str) -> range:
        """Return the numbers of the terms that begin with `prefix`, which must not be empty."""
        key = prefix.encode("utf-8", "surrogatepass")
        return range(self.lower_bound(key), self.lower_bound(key + b"\xff" * 5))

    def terms(self, numbers: range | None = None) -> Iterator[str]:
        """Yield terms in order of their bytes."""
        for number in range(len(self)) if numbers is None else numbers:
            yield self.term(number).decode("utf-8", "surrogatepass")

    def postings(self, number: int) -> tuple[Ids, npt.NDArray[Any]]:
        """Return the entries that have a term, and its weighted frequency in each."""
        if number < 0:
            return _EMPTY_IDS, _EMPTY_IDS
        start, end = self._post_ends[number : number + 2].tolist()
        return self._ids[start:end], self._tf[start:end]

    def ids(self, number: int) -> Ids:
        """Return the entries that have a term, ascending."""
        return self.postings(number)[0]

    def count(self, number: int) -> int:
        """Return how many entries have a term, removed ones included."""
        if number < 0:
            return 0
        start, end = self._post_ends[number : number + 2].tolist()
        return int(end - start)

    def places(self, number: int) -> Places:
        """Return every occurrence of a term as a place in the segment, ascending."""
        if number < 0 or self._occ_ends is None or self._places is None:
            return _EMPTY_PLACES
        start, end = self._occ_ends[number : number + 2].tolist()
        return self._places[start:end]

    @property
    def file(self) -> ArrayFile:
        """The arrays behind the stream."""
        return self._file
