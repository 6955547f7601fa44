"""The documents of all segments in one number range, so that a query is one round of array operations.

Document n of a segment has the id `doc_bases[segment] + n` here. A value for each document, such as a score,
is one array (N,), and each segment has a slice of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.storage.reader import SegmentReader

__all__ = ["DocIds", "DocSpace", "Mask", "both", "doc_dtype", "docs_with_ids", "kept"]

#: Document ids; of one dtype in one snapshot, so that numpy need not convert in comparisons.
DocIds = npt.NDArray[np.signedinteger[Any]]
Mask = npt.NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)

#: Up to this many documents ids are int64, which is numpy's fastest; above it int32, which halves the memory.
_INT64_UP_TO_DOCS: Final = 250_000
#: Above this number of ids, all ids of a segment are read instead of looking each one up.
_READ_ALL_IDS_ABOVE: Final = 2_000


def doc_dtype(count: int) -> np.dtype[Any]:
    """Return the dtype of document ids in an index of `count` documents."""
    return np.dtype(np.int32 if _INT64_UP_TO_DOCS < count <= np.iinfo(np.int32).max else np.int64)


class DocSpace:
    """The document ids of a snapshot."""

    def __init__(self, readers: Sequence[SegmentReader]) -> None:
        self.readers = tuple(readers)
        self.ends = list(accumulate((reader.count for reader in readers), initial=0))
        self.doc_bases, self.count = self.ends[:-1], self.ends[-1]
        self.dtype = doc_dtype(self.count)
        self.all_live = all(reader.all_live for reader in readers)
        self.live = self.concat([reader.live for reader in readers])
        self._inner_bases = np.array(self.doc_bases[1:], dtype=self.dtype)
        self.none: DocIds = np.empty(0, dtype=self.dtype)

    def split(self, doc_ids: DocIds) -> list[npt.NDArray[np.int64]]:
        """Return ascending ids as document numbers in each segment."""
        parts = zip(self.doc_bases, pairwise(self.cuts(doc_ids)), strict=True)
        return [doc_ids[start:end].astype(np.int64) - base for base, (start, end) in parts]

    def cuts(self, doc_ids: DocIds) -> list[int]:
        """Return the indexes where the ids of each segment start in ascending ids, and the end."""
        return [0, *doc_ids.searchsorted(self._inner_bases).tolist(), len(doc_ids)] if self.readers else [0]

    def slices(self, column: npt.NDArray[Kind]) -> list[npt.NDArray[Kind]]:
        """Return the slice of a column (N,) that belongs to each segment."""
        return [column[start:end] for start, end in pairwise(self.ends)]

    def concat(self, columns: Sequence[npt.NDArray[Kind]]) -> npt.NDArray[Kind]:
        """Return the columns of all segments as one (N,)."""
        if len(columns) == 1:
            return columns[0]
        return np.concatenate(columns) if columns else np.empty(0, dtype=np.bool_)

    def join(self, per_segment: Sequence[npt.NDArray[np.int64]]) -> DocIds:
        """Return the ids of the documents that are given for each segment; the inverse of `split`."""
        pairs = zip(per_segment, self.doc_bases, strict=True)
        parts = [(docs + base).astype(self.dtype, copy=False) for docs, base in pairs if len(docs)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else self.none

    def docs_of(self, mask: Mask) -> DocIds:
        """Return the ids where a mask (N,) is True."""
        return mask.nonzero()[0].astype(self.dtype, copy=False)


def both(mask: Mask | None, other: Mask | None) -> Mask | None:
    """Return the intersection of two masks; None stands for all documents."""
    return mask if other is None else other if mask is None else mask & other


def kept(doc_ids: DocIds, mask: Mask | None) -> DocIds:
    """Return the ids where a mask is True; None stands for all documents."""
    return doc_ids if mask is None else doc_ids[mask.take(doc_ids)]


def docs_with_ids(space: DocSpace, ids: frozenset[str]) -> Mask:
    """Return which live entries (N,) have one of these ids."""
    mask = np.zeros(space.count, dtype=np.bool_)
    for base, reader in zip(space.doc_bases, space.readers, strict=True):
        if len(ids) > _READ_ALL_IDS_ABOVE:
            docs = [doc for doc, key in enumerate(reader.docs.keys()) if key in ids]
        else:
            docs = [doc for key in ids for doc in reader.docs.with_id(key)]
        mask[base : base + reader.count][docs] = True
    mask &= space.live
    return mask
