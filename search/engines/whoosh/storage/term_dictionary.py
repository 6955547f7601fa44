"""The term dictionaries of a segment and what they lead to, over mapped arrays.

Three streams. `words` and `units` are lists of terms with postings; `pairs` are two units that follow one
another, with every place where they do. Bigrams are pairs without a break between them; the places of a
single unit follow from the pairs that begin with it, so they are stored once. `docs/codec.md` has every
byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.storage.array_file import ArrayFile
from search.engines.whoosh.storage.packed_ints import decode, decode_all, length
from search.engines.whoosh.storage.postings_format import ESCAPE
from search.errors import DamagedIndex

__all__ = ["NOT_FOUND", "PairDictionary", "TermDictionary"]

Ints = npt.NDArray[np.int64]
Frequencies = npt.NDArray[np.int64]

#: The number of a term that a segment has not.
NOT_FOUND = -1
_EMPTY: Ints = np.empty(0, dtype=np.int64)
_REMEMBERED = 100_000


class TermDictionary:
    """Words or units of one segment: terms in, entries and frequencies out."""

    def __init__(self, file: ArrayFile) -> None:
        self.file = file
        self._blob = file["blob"]
        self._blob_ends = file["blob_ends"]
        self._data = file["data"]
        self._ends = file["ends"]
        self._tf = file["tf"]
        self._tf_ends = file["tf_ends"]
        self._lead = file.fact("lead", bool)
        self._numbers: dict[str, int] = {}
        if not len(self._blob_ends) == len(self._ends) == len(self._tf_ends) > 0:
            raise DamagedIndex(f"{file.path.name} 的词表长度不符")

    def __len__(self) -> int:
        return len(self._blob_ends) - 1

    def term(self, number: int) -> bytes:
        """Return the bytes of a term by its number."""
        start, end = self._blob_ends[number : number + 2].tolist()
        return self._blob[start:end].tobytes()

    def texts(self, numbers: range | None = None) -> Iterator[str]:
        """Yield terms in order of their bytes."""
        for number in range(len(self)) if numbers is None else numbers:
            yield self.term(number).decode("utf-8", "surrogatepass")

    def number(self, term: str) -> int:
        """Return the number of a term, or NOT_THERE."""
        number = self._numbers.get(term)
        if number is None:
            if len(self._numbers) > _REMEMBERED:
                self._numbers.clear()
            key = term.encode("utf-8", "surrogatepass")
            place = self.lower_bound(key)
            number = place if place < len(self) and self.term(place) == key else NOT_FOUND
            self._numbers[term] = number
        return number

    def numbers(self, term: str) -> range:
        """Return the number of a term as a range, which is empty where the segment has it not."""
        number = self.number(term)
        return range(number, number + 1) if number >= 0 else range(0)

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

    def count(self, number: int) -> int:
        """Return how many entries have a term, removed ones included."""
        if number < 0:
            return 0
        start, end = self._ends[number : number + 2].tolist()
        return length(self._data, start, end)

    def postings(self, number: int) -> tuple[Ints, Frequencies]:
        """Return the entries that have a term, ascending, and its weighted frequency in each."""
        return self.postings_and_lead(number)[:2]

    def entries(self, numbers: range) -> Ints:
        """Return the entries that have any of some neighbouring terms, a list after the other."""
        values, _ = decode_all(self._data, self._ends[numbers.start : numbers.stop + 1])
        return values >> (2 if self._lead else 1)

    def postings_and_lead(self, number: int) -> tuple[Ints, Frequencies, Ints]:
        """Return postings, and 1 for each entry in whose lead the term stands, else 0."""
        if number < 0:
            return _EMPTY, _EMPTY, _EMPTY
        start, end = self._ends[number : number + 2].tolist()
        values = decode(self._data, start, end)
        frequencies = np.ones(len(values), dtype=np.int64)
        start, end = self._tf_ends[number : number + 2].tolist()
        if start != end:
            frequencies[(values & 1).astype(np.bool_)] = self._more_than_one(start, end)
        values >>= 1
        if not self._lead:
            return values, frequencies, np.zeros(len(values), dtype=np.int64)
        return values >> 1, frequencies, values & 1

    def values(self, number: int) -> Ints:
        """Return the packed list of a term as it is: `entry * 2 + more`, or `entry * 4 + lead * 2 + more`."""
        if number < 0:
            return _EMPTY
        start, end = self._ends[number : number + 2].tolist()
        return decode(self._data, start, end)

    def further(self, number: int) -> npt.NDArray[Any]:
        """Return the frequencies of a term above one, as narrow as they are."""
        start, end = self._tf_ends[number : number + 2].tolist()
        packed: npt.NDArray[Any] = self._tf[start:end]
        if end - start and int(packed.max()) == ESCAPE:
            return self._more_than_one(start, end)
        return packed

    def frequencies(self) -> Frequencies:
        """Return the frequencies above one of all terms, in order."""
        return self._more_than_one(0, len(self._tf))

    def _more_than_one(self, start: int, end: int) -> Frequencies:
        """Return the frequencies above one; those of 255 and more stand in a list of their own."""
        frequencies = self._tf[start:end].astype(np.int64)
        escaped = np.flatnonzero(frequencies == ESCAPE)
        if len(escaped):
            rows = np.searchsorted(self.file["big_rows"], escaped + start)
            frequencies[escaped] = self.file["big_tf"][rows]
        return frequencies


class PairDictionary:
    """Pairs of units of one segment: two units in, places out.

    A pair's number leads to its second unit and whether punctuation stands between; the pairs that begin with
    unit u are the numbers from `first_ends[u]` to `first_ends[u + 1]`, in order of `second · 2 + break`.
    """

    def __init__(self, file: ArrayFile) -> None:
        self.file = file
        self.first_ends = file["first_ends"]
        self.second = file["second"]
        self._data = file["data"]
        self._ends = file["ends"]
        if not len(self._ends) == len(self.second) + 1 > 0:
            raise DamagedIndex(f"{file.path.name} 的词表长度不符")

    def __len__(self) -> int:
        return len(self.second)

    def of(self, first: int) -> range:
        """Return the numbers of all pairs that begin with a unit."""
        return self.of_all(range(first, first + 1)) if first >= 0 else range(0)

    def of_all(self, firsts: range) -> range:
        """Return the numbers of all pairs that begin with one of some neighbouring units."""
        return range(int(self.first_ends[firsts.start]), int(self.first_ends[firsts.stop]))

    def number(self, first: int, second: int, broken: bool) -> int:
        """Return the number of a pair of units (by their own numbers), or NOT_THERE."""
        if first < 0 or second < 0:
            return NOT_FOUND
        start, end = self.first_ends[first : first + 2].tolist()
        key = second * 2 + broken
        place = start + int(self.second[start:end].searchsorted(key))
        return place if place < end and int(self.second[place]) == key else NOT_FOUND

    def between(self, first: int, seconds: range, broken: bool) -> list[int]:
        """Return the numbers of the pairs whose second unit has a number in a range."""
        numbers = self.of(first)
        keys = self.second[numbers.start : numbers.stop]
        low, high = np.searchsorted(keys, (seconds.start * 2, seconds.stop * 2)).tolist()
        found = range(numbers.start + low, numbers.start + high)
        return [number for number in found if self.second[number] % 2 == broken]

    def places(self, number: int) -> Ints:
        """Return where a pair begins, as places in the segment, ascending."""
        if number < 0:
            return _EMPTY
        start, end = self._ends[number : number + 2].tolist()
        return decode(self._data, start, end)

    def places_of_all(self, numbers: range) -> Ints:
        """Return where any of some neighbouring pairs begins, a list after the other."""
        return decode_all(self._data, self._ends[numbers.start : numbers.stop + 1])[0]

    def count(self, number: int) -> int:
        """Return how often a pair occurs."""
        if number < 0:
            return 0
        start, end = self._ends[number : number + 2].tolist()
        return length(self._data, start, end)
