"""Decoded postings of all segments, and the cache that holds them."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from search import compiled
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace, doc_dtype
from search.engines.whoosh.storage.reader import weighted

__all__ = ["Postings", "PostingsCache", "distinct", "intersection", "member", "read_postings"]

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: `tf * 2 + lead`: the weighted frequency of a term in a document, and whether the term is in its lead.
Codes = npt.NDArray[np.unsignedinteger[Any]]

#: Bytes of decoded postings that a process caches for one generation, at most 1/16 of the machine's memory.
#: 1,000 different queries to a million entries need 700 MB.
_MAX_BYTES: Final = 640_000_000
_MEMORY_SHARE: Final = 16
#: Cached values that are compared with a new one before it is rejected.
_EVICTION_TRIES: Final = 8
#: Looking up a term takes as long as decoding this many bytes of its postings.
_LOOKUP_COST_BYTES: Final = 80_000
#: Requests after which the request counts of all keys are halved; also bounds the number of keys counted.
_HALVE_AFTER_REQUESTS: Final = 50_000
#: A unigram in more than 1/5 of the documents has an array of codes for all documents.
_DENSE_CODES_ABOVE_ONE_IN: Final = 5
#: Filling and reading one cell of a mask takes as long as 1/5 of a binary search.
_MASK_CELLS_PER_SEARCH: Final = 5
#: Largest frequency whose code fits in a byte.
_MAX_BYTE_TF: Final = 127
#: Bytes of a value without its arrays.
_OVERHEAD_BYTES: Final = 300
_NO_IDS: Final[Ints] = np.empty(0, dtype=np.int64)
_NO_CODES: Final[Codes] = np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Postings:
    """The `df` live documents that contain a term, with its code in each.

    Sparse: `sparse_ids` (df,) ascending, `codes` parallel. Dense: `sparse_ids` is None, and `codes` (N,) of
    all documents are 0 for those without the term.
    """

    df: int
    sparse_ids: DocIds | None
    codes: Codes

    @property
    def doc_ids(self) -> DocIds:
        """The documents, ascending."""
        if self.sparse_ids is not None:
            return self.sparse_ids
        return self.codes.nonzero()[0].astype(doc_dtype(len(self.codes)), copy=False)

    def codes_at(self, doc_ids: DocIds) -> Codes:
        """Return the code of each of these documents, 0 for those without the term."""
        if self.sparse_ids is None:
            return self.codes.take(doc_ids)
        if doc_ids is self.sparse_ids:
            return self.codes
        if not self.df:
            return np.zeros(len(doc_ids), dtype=np.uint8)
        indexes = self.sparse_ids.searchsorted(doc_ids)
        codes = self.codes.take(indexes, mode="clip")
        codes *= self.sparse_ids.take(indexes, mode="clip") == doc_ids
        return codes

    @property
    def size(self) -> int:
        """Bytes in memory."""
        ids_bytes = 0 if self.sparse_ids is None else self.sparse_ids.nbytes
        return self.codes.nbytes + ids_bytes + _OVERHEAD_BYTES


class Sized(Protocol):
    """A value whose memory is known."""

    @property
    def size(self) -> int:
        """Bytes in memory."""


class PostingsCache:
    """Values by key, up to a number of bytes; safe to share between threads.

    A full cache evicts values that were requested less often than the new one, so that a cycle of queries
    larger than the cache does not evict every value before its next use (the idea of TinyLFU: Einziger,
    Friedman and Manes, 2017). After each _HALVE_AFTER_REQUESTS requests the counts are halved and keys with
    a count of one dropped, so fewer than twice as many keys are counted.
    """

    def __init__(self, max_bytes: int | None = None) -> None:
        self.free = self._max_bytes = _default_bytes() if max_bytes is None else max_bytes
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._counts: dict[Hashable, int] = {}
        self._requests = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Return a cached value, or None."""
        with self._lock:
            self._count(key)
            return self._values.get(key)

    def _count(self, key: Hashable) -> None:
        self._requests += 1
        if self._requests % _HALVE_AFTER_REQUESTS == 0:
            self._counts = {counted: n // 2 for counted, n in self._counts.items() if n > 1}
        self._counts[key] = self._counts.get(key, 0) + 1

    def put(self, key: Hashable, value: Sized) -> None:
        """Cache a value, unless it is larger than the cache or requested no more often than the others."""
        size = value.size
        if size > self._max_bytes:
            return
        with self._lock:
            # Two threads may have read the same term.
            replaced = self._values.pop(key, None)
            self.free += replaced.size if replaced is not None else 0
            if self._evict(key, size):
                self.free -= size
                self._values[key] = value

    def _evict(self, key: Hashable, size: int) -> bool:
        tries, worth = _EVICTION_TRIES, self._worth(key, size)
        while self.free < size and tries:
            oldest = next(iter(self._values))
            if self._worth(oldest, self._values[oldest].size) < worth:
                self.free += self._values.pop(oldest).size
            else:
                self._values.move_to_end(oldest)
                tries -= 1
        return self.free >= size

    def _worth(self, key: Hashable, size: int) -> float:
        """Return the time saved for each byte cached; a lookup costs time whatever the size."""
        return self._counts.get(key, 0) * (1 + _LOOKUP_COST_BYTES / size)


def _default_bytes() -> int:
    """Return the size of a cache on this machine."""
    with suppress(AttributeError, ValueError, OSError):
        return min(_MAX_BYTES, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MEMORY_SHARE)
    return _MAX_BYTES


def read_postings(space: DocSpace, field: str, text: str) -> Postings:
    """Return the postings of a term of `words`, `unigrams` or `bigrams`."""
    unigram = field == "unigrams"
    ids, codes = _read_bigram(space, text) if field == "bigrams" else _read_term(space, unigram, text)
    if len(ids) and not space.all_live:
        live = space.live.take(ids)
        ids, codes = ids[live], codes[live]
    df = len(ids)
    if not unigram or df * _DENSE_CODES_ABOVE_ONE_IN <= space.count:
        return Postings(df, ids.astype(space.dtype, copy=False), codes)
    dense = np.zeros(space.count, dtype=codes.dtype)
    dense[ids] = codes
    return Postings(df, None, dense)


def _read_term(space: DocSpace, unigram: bool, text: str) -> tuple[Ints, Codes]:
    """Return the documents that contain a word or a unigram, and their codes."""
    lists: list[Ints] = []
    frequencies: list[npt.NDArray[Any]] = []
    shift = 2 if unigram else 1
    for reader, base in zip(space.readers, space.doc_bases, strict=True):
        terms = reader.units if unigram else reader.words
        term_ord = terms.term_ord(text)
        if term_ord >= 0:
            values = terms.values(term_ord)
            values += base << shift
            lists.append(values)
            frequencies.append(terms.frequencies_above_one(term_ord))
    if not lists:
        return _NO_IDS, _NO_CODES
    ids, tf = (np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in (lists, frequencies))
    low = ids.astype(np.uint8)
    codes: npt.NDArray[Any] = (low >> 1 & 1 if unigram else low & 0) | 2
    if len(tf):
        above_one = (low & 1).nonzero()[0]
        codes = codes.astype(_code_type(tf), copy=False)
        codes[above_one] = tf.astype(codes.dtype, copy=False) * 2 + (codes.take(above_one) & 1)
    ids >>= shift
    return ids, codes


def _read_bigram(space: DocSpace, text: str) -> tuple[Ints, Codes]:
    """Return the documents that contain a bigram, and their codes."""
    lists, headline_masks = [], []
    for reader, base in zip(space.readers, space.doc_bases, strict=True):
        pair_ord = reader.bigram_ord(text)
        if pair_ord >= 0:
            docs, in_headline = reader.bigram_occurrences(pair_ord)
            docs += base
            lists.append(docs)
            headline_masks.append(in_headline)
    if not lists:
        return _NO_IDS, _NO_CODES
    ids, tf = weighted(np.concatenate(lists), np.concatenate(headline_masks))
    return ids, (tf * 2).astype(_code_type(tf))


def _code_type(tf: npt.NDArray[Any]) -> type[np.unsignedinteger[Any]]:
    """Return the narrowest type of codes with these frequencies."""
    return np.uint8 if int(tf.max()) <= _MAX_BYTE_TF else np.uint32


def member(doc_ids: DocIds, others: DocIds, count: int) -> Mask:
    """Return which of `doc_ids` are among `others`; both ascend, `count` is the size of the collection."""
    if not len(others):
        return np.zeros(len(doc_ids), dtype=np.bool_)
    if _MASK_CELLS_PER_SEARCH * len(doc_ids) > len(others) + count // 64:
        mask = np.zeros(count, dtype=np.bool_)
        mask[others] = True
        return mask.take(doc_ids)
    contained: Mask = others.take(others.searchsorted(doc_ids), mode="clip") == doc_ids
    return contained


def intersection(doc_ids: DocIds, others: DocIds, count: int) -> DocIds:
    """Return the documents that both ascending arrays have; `count` is the size of the collection."""
    if compiled.postings:
        common: DocIds = compiled.postings.intersection(doc_ids, others)
        return common
    if len(others) < len(doc_ids):
        doc_ids, others = others, doc_ids
    return doc_ids[member(doc_ids, others, count)]


def distinct(doc_ids: DocIds) -> DocIds:
    """Return each document once, ascending; sorts `doc_ids` in place."""
    doc_ids.sort()
    first = np.ones(len(doc_ids), dtype=np.bool_)
    np.not_equal(doc_ids[1:], doc_ids[:-1], out=first[1:])
    return doc_ids[first]
