"""Unpacked postings of all leaves together, and room for what is asked often."""

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

from search.engines.whoosh.matching.doc_space import DocSpace, Numbers, number_type
from search.engines.whoosh.storage.segment_reader import weighted

__all__ = ["Postings", "PostingsCache", "distinct", "member", "read_postings"]

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: `tf * 2 + lead`: the weighted frequency of a term in an entry, and whether the term stands in its lead.
Codes = npt.NDArray[np.unsignedinteger[Any]]

#: Bytes of unpacked postings that a process keeps for one generation, unless that is more than this part of
#: what the machine has. What 1,000 different queries to a million entries need is 700 MB.
_ROOM: Final = 640_000_000
_PART: Final = 16
#: What is kept is asked whether it gives way so many times before a new thing is let go.
_TRIES: Final = 8
#: To look for a thing takes as long as to unpack so many bytes of it.
_READ: Final = 80_000
#: Requests after which the request counts of all keys are halved; also bounds the number of keys counted.
_HALVE_AFTER_REQUESTS: Final = 50_000
#: A unit in more than one of so many entries has a code for every entry.
_DENSE: Final = 5
#: So many steps of a binary search take as long as one entry of a mask that is filled and read.
_STEPS: Final = 5
#: The largest frequency that leaves a bit of a byte.
_IN_A_BYTE: Final = 127
#: What everything takes beside its arrays, in bytes.
_OTHER: Final = 300
_NO_IDS: Final[Ints] = np.empty(0, dtype=np.int64)
_NO_CODES: Final[Codes] = np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Postings:
    """Live entries that have a term, and its code in each.

    `ids` (n,) ascending and `codes` (n,) parallel; or, where `ids` is None, `codes` (N,) of all entries, 0
    for those that have not the term. `df` is n.
    """

    df: int
    ids: Numbers | None
    codes: Codes

    @property
    def numbers(self) -> Numbers:
        """The entries, ascending."""
        if self.ids is not None:
            return self.ids
        return self.codes.nonzero()[0].astype(number_type(len(self.codes)), copy=False)

    def at(self, numbers: Numbers) -> Codes:
        """Return the code of each of these entries, 0 where it has not the term."""
        if self.ids is None:
            return self.codes.take(numbers)
        if numbers is self.ids:
            return self.codes
        if not self.df:
            return np.zeros(len(numbers), dtype=np.uint8)
        places = self.ids.searchsorted(numbers)
        codes = self.codes.take(places, mode="clip")
        codes *= self.ids.take(places, mode="clip") == numbers
        return codes

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.codes.nbytes + (0 if self.ids is None else self.ids.nbytes) + _OTHER


class Sized(Protocol):
    """What takes room."""

    @property
    def size(self) -> int:
        """Bytes in memory."""


class PostingsCache:
    """What is kept for all leaves of a snapshot, by key, in so many bytes.

    Where it is full, a thing drives out what was asked less often than it, so that a round of questions too
    large for the room does not drive out everything before it comes up again (the idea of TinyLFU: Einziger,
    Friedman and Manes, 2017). Counts are halved after each _HALVE_AFTER_REQUESTS requests, and those of one
    dropped, so that the counted keys are fewer than twice as many. Safe to share between threads.
    """

    def __init__(self, total: int | None = None) -> None:
        self.left = self._total = _room() if total is None else total
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._asked: dict[Hashable, int] = {}
        self._requests = 0
        self._changing = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Return what is kept under a key, or None."""
        with self._changing:
            self._count(key)
            return self._kept.get(key)

    def _count(self, key: Hashable) -> None:
        self._requests += 1
        if self._requests % _HALVE_AFTER_REQUESTS == 0:
            self._asked = {one: count // 2 for one, count in self._asked.items() if count > 1}
        self._asked[key] = self._asked.get(key, 0) + 1

    def keep(self, key: Hashable, thing: Sized) -> None:
        """Keep a thing, unless it is larger than all of the room, or not asked more often than others."""
        size = thing.size
        if size > self._total:
            return
        with self._changing:
            # Two threads may have read the same.
            before = self._kept.pop(key, None)
            self.left += before.size if before is not None else 0
            if self._make_way(key, size):
                self.left -= size
                self._kept[key] = thing

    def _make_way(self, key: Hashable, size: int) -> bool:
        tries, worth = _TRIES, self._worth(key, size)
        while self.left < size and tries:
            oldest = next(iter(self._kept))
            if self._worth(oldest, self._kept[oldest].size) < worth:
                self.left += self._kept.pop(oldest).size
            else:
                self._kept.move_to_end(oldest)
                tries -= 1
        return self.left >= size

    def _worth(self, key: Hashable, size: int) -> float:
        """Return how much time a byte of a thing saves; reading it takes a while whatever its size."""
        return self._asked.get(key, 0) * (1 + _READ / size)


def _room() -> int:
    """Return how many bytes may be kept on this machine."""
    with suppress(AttributeError, ValueError, OSError):
        return min(_ROOM, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _PART)
    return _ROOM


def read_postings(whole: DocSpace, stream: str, text: str) -> Postings:
    """Return the postings of a term of `words`, `unigrams` or `bigrams`."""
    ids, codes = _pair_of(whole, text) if stream == "bigrams" else _term_of(whole, stream == "unigrams", text)
    if len(ids) and not whole.all_live:
        there = whole.live.take(ids)
        ids, codes = ids[there], codes[there]
    df = len(ids)
    if stream != "unigrams" or df * _DENSE <= whole.count:
        return Postings(df, ids.astype(whole.dtype, copy=False), codes)
    row = np.zeros(whole.count, dtype=codes.dtype)
    row[ids] = codes
    return Postings(df, None, row)


def _term_of(whole: DocSpace, lead: bool, text: str) -> tuple[Ints, Codes]:
    """Return the entries that have a word or a unit, and their codes."""
    lists: list[Ints] = []
    further: list[npt.NDArray[Any]] = []
    shift = 2 if lead else 1
    for leaf, begin in zip(whole.leaves, whole.doc_bases, strict=True):
        terms = leaf.units if lead else leaf.words
        number = terms.number(text)
        if number >= 0:
            values = terms.values(number)
            values += begin << shift
            lists.append(values)
            further.append(terms.further(number))
    if not lists:
        return _NO_IDS, _NO_CODES
    ids, tf = (np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in (lists, further))
    low = ids.astype(np.uint8)
    codes: npt.NDArray[Any] = (low >> 1 & 1 if lead else low & 0) | 2
    if len(tf):
        more = (low & 1).nonzero()[0]
        codes = codes.astype(_kind(tf), copy=False)
        codes[more] = tf.astype(codes.dtype, copy=False) * 2 + (codes.take(more) & 1)
    ids >>= shift
    return ids, codes


def _pair_of(whole: DocSpace, text: str) -> tuple[Ints, Codes]:
    """Return the entries that have a bigram, and their codes."""
    lists, heads = [], []
    for leaf, begin in zip(whole.leaves, whole.doc_bases, strict=True):
        number = leaf.bigram(text)
        if number >= 0:
            entries, inside = leaf.bigram_places(number)
            entries += begin
            lists.append(entries)
            heads.append(inside)
    if not lists:
        return _NO_IDS, _NO_CODES
    ids, tf = weighted(np.concatenate(lists), np.concatenate(heads))
    return ids, (tf * 2).astype(_kind(tf))


def _kind(tf: npt.NDArray[Any]) -> type[np.unsignedinteger[Any]]:
    """Return the type of codes with these frequencies."""
    return np.uint8 if int(tf.max()) <= _IN_A_BYTE else np.uint32


def member(numbers: Numbers, others: Numbers, count: int) -> Mask:
    """Return which of some entries are among others, both ascending; there are `count` in all."""
    if not len(others):
        return np.zeros(len(numbers), dtype=np.bool_)
    if _STEPS * len(numbers) > len(others) + count // 64:
        mask = np.zeros(count, dtype=np.bool_)
        mask[others] = True
        return mask.take(numbers)
    places = others.searchsorted(numbers)
    found: Mask = others.take(places, mode="clip") == numbers
    return found


def distinct(numbers: Numbers) -> Numbers:
    """Return each number once, ascending; sorts where it stands."""
    numbers.sort()
    fresh = np.ones(len(numbers), dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    return numbers[fresh]
