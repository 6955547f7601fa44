"""Two compact lookup tables over many short keys: by prefix and by the whole key.

Both map keys to term ordinals and are built once for each generation. The time of a lookup depends on the
number of results and the logarithm of the number of keys.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

__all__ = ["HashTable", "Ints", "PrefixTable"]

Ints = npt.NDArray[np.int64]


class PrefixTable:
    """Sorted keys in one byte string, with the ordinal of each."""

    #: Characters of a key or prefix that are compared.
    MAX_CHARACTERS = 32

    def __init__(self, keys: Sequence[str], ordinals: Sequence[int]) -> None:
        encoded = list(map(self._encode, keys))
        order = sorted(range(len(encoded)), key=encoded.__getitem__)
        self._blob = b"".join(encoded[i] for i in order)
        self._ends = array("I", accumulate((len(encoded[i]) for i in order), initial=0))
        self._ordinals = np.asarray(ordinals, dtype=np.int32)[order]

    def __len__(self) -> int:
        return len(self._ordinals)

    def with_prefix(self, prefix: str) -> tuple[Ints, int]:
        """Return the ordinals of keys with a prefix, and how many keys equal it, which come first."""
        key = self._encode(prefix)
        low, high = self._lower_bound(key), self._lower_bound(key + b"\xff")
        return self._ordinals[low:high].astype(np.int64), self._lower_bound(key + b"\0") - low

    def _encode(self, key: str) -> bytes:
        return key[: self.MAX_CHARACTERS].encode("utf-8", "surrogatepass")

    def _key(self, i: int) -> bytes:
        return self._blob[self._ends[i] : self._ends[i + 1]]

    def _lower_bound(self, key: bytes) -> int:
        return bisect_left(range(len(self)), key, key=self._key)


class HashTable:
    """Sorted hashes of keys, with the ordinals of each key."""

    def __init__(self, keys: Iterable[str], ordinals: Sequence[int]) -> None:
        hashes = np.fromiter(map(hash, keys), dtype=np.int64, count=len(ordinals))
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._ordinals = np.asarray(ordinals, dtype=np.int32)[order]

    def find(self, key: str) -> list[int]:
        """Return the ordinals of a key in original order; rarely also those of a key with the same hash."""
        low, high = (int(self._hashes.searchsorted(hash(key), side)) for side in ("left", "right"))
        ordinals: list[int] = self._ordinals[low:high].tolist()
        return ordinals
