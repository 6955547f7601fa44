"""Two compact tables over many short keys: one to look up by beginning, one by the whole.

Both hold numbers of terms and are built once for each generation; a look-up never reads more than what it
finds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["HashTable", "Ints", "PrefixTable"]

Ints = npt.NDArray[np.int64]


class PrefixTable:
    """Keys in order, in one piece of memory; a beginning finds all numbers whose key goes on from it."""

    #: Longer keys, and longer beginnings, are cut.
    LONGEST = 32

    def __init__(self, keys: Sequence[str], numbers: Sequence[int]) -> None:
        packed = [key[: self.LONGEST].encode("utf-8", "surrogatepass") for key in keys]
        order = sorted(range(len(packed)), key=packed.__getitem__)
        self._blob = b"".join(packed[place] for place in order)
        self._ends = array("I", [0])
        end = 0
        for place in order:
            end += len(packed[place])
            self._ends.append(end)
        self._numbers = np.asarray(numbers, dtype=np.int32)[order]

    def __len__(self) -> int:
        return len(self._numbers)

    def beginning(self, prefix: str) -> tuple[Ints, int]:
        """Return the numbers of all keys that begin with `prefix`, and how many are just that, first."""
        key = prefix[: self.LONGEST].encode("utf-8", "surrogatepass")
        low, high = self._lower_bound(key), self._lower_bound(key + b"\xff")
        return self._numbers[low:high].astype(np.int64), self._lower_bound(key + b"\0") - low

    def _lower_bound(self, key: bytes) -> int:
        low, high = 0, len(self)
        ends, blob = self._ends, self._blob
        while low < high:
            middle = (low + high) // 2
            if blob[ends[middle] : ends[middle + 1]] < key:
                low = middle + 1
            else:
                high = middle
        return low


class HashTable:
    """Hashes of keys in order; a key finds all its numbers, and by rare chance some that are not."""

    def __init__(self, keys: Iterable[str], numbers: Sequence[int]) -> None:
        hashes = np.fromiter(map(hash, keys), dtype=np.int64, count=len(numbers))
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._numbers = np.asarray(numbers, dtype=np.int32)[order]

    def find(self, key: str) -> list[int]:
        """Return the numbers of a key, in the order they were given; what they stand for must be checked."""
        wanted = hash(key)
        low, high = np.searchsorted(self._hashes, (wanted, wanted + 1 if wanted < 2**63 - 1 else wanted))
        found: list[int] = self._numbers[low:high].tolist()
        return found
