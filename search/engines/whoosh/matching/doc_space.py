"""The entries of all leaves in one row, so that a query is one round of array operations and not one a leaf.

Entry n of a leaf has the number `begins[leaf] + n` here. What belongs to every entry, such as a score, is one
array (N,) of which each leaf has a slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.storage.segment_reader import SegmentReader

__all__ = ["DocSpace", "Numbers", "both", "kept", "number_type"]

#: Entries by their numbers; of one type in one snapshot, so that numpy need not convert when it compares.
Numbers = npt.NDArray[np.signedinteger[Any]]
Mask = npt.NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)

#: Up to so many entries, numbers are as wide as numpy's own, which is faster; beyond it, half as wide.
_WIDE: Final = 250_000


def number_type(count: int) -> np.dtype[Any]:
    """Return the type of the numbers of so many entries."""
    return np.dtype(np.int32 if _WIDE < count <= np.iinfo(np.int32).max else np.int64)


class DocSpace:
    """All leaves of a snapshot as one."""

    def __init__(self, leaves: Sequence[SegmentReader]) -> None:
        self.leaves = tuple(leaves)
        self.ends = list(accumulate((leaf.count for leaf in leaves), initial=0))
        self.doc_bases, self.count = self.ends[:-1], self.ends[-1]
        self.dtype = number_type(self.count)
        self.all_live = all(leaf.all_live for leaf in leaves)
        self.live = self.row([leaf.live for leaf in leaves])
        self._inner = np.array(self.doc_bases[1:], dtype=self.dtype)
        self.none: Numbers = np.empty(0, dtype=self.dtype)

    def split(self, numbers: Numbers) -> list[npt.NDArray[np.int64]]:
        """Return ascending numbers as those of each leaf."""
        parts = zip(self.doc_bases, pairwise(self.cuts(numbers)), strict=True)
        return [numbers[start:end].astype(np.int64) - begin for begin, (start, end) in parts]

    def cuts(self, numbers: Numbers) -> list[int]:
        """Return where the numbers of each leaf begin among ascending ones, and where the last end."""
        return [0, *numbers.searchsorted(self._inner).tolist(), len(numbers)] if self.leaves else [0]

    def slices(self, row: npt.NDArray[Kind]) -> list[npt.NDArray[Kind]]:
        """Return a row (N,) as that of each leaf."""
        return [row[start:end] for start, end in pairwise(self.ends)]

    def row(self, rows: Sequence[npt.NDArray[Kind]]) -> npt.NDArray[Kind]:
        """Return rows of each leaf as one (N,)."""
        return rows[0] if len(rows) == 1 else np.concatenate(rows) if rows else np.empty(0, dtype=np.bool_)

    def joined(self, lists: Sequence[npt.NDArray[np.int64]]) -> Numbers:
        """Return the numbers of each leaf as one list."""
        pairs = zip(lists, self.doc_bases, strict=True)
        found = [(own + begin).astype(self.dtype, copy=False) for own, begin in pairs if len(own)]
        return found[0] if len(found) == 1 else np.concatenate(found) if found else self.none

    def which(self, mask: npt.NDArray[np.bool_]) -> Numbers:
        """Return where a mask (N,) is True."""
        return mask.nonzero()[0].astype(self.dtype, copy=False)


def both(mask: Mask | None, other: Mask | None) -> Mask | None:
    """Return what two masks hold; None holds everything."""
    return mask if other is None else other if mask is None else mask & other


def kept(numbers: Numbers, mask: Mask | None) -> Numbers:
    """Return those of some entries that a mask holds."""
    return numbers if mask is None else numbers[mask.take(numbers)]
