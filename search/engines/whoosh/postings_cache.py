"""Unpacked postings of all leaves together, and room for what is asked often."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.whole import Numbers, Whole, number_type

__all__ = ["Postings", "Room", "distinct", "member", "read_postings"]

Mask = npt.NDArray[np.bool_]
#: `tf * 2 + lead`: the weighted frequency of a term in an entry, and whether the term stands in its lead.
Codes = npt.NDArray[np.unsignedinteger[Any]]

#: Bytes of unpacked postings that a process keeps for one generation.
_ROOM: Final = 450_000_000
#: What is kept is asked whether it gives way so many times before a new thing is let go.
_TRIES: Final = 8
#: After so many things that were read, the times that each was asked count half.
_FORGET: Final = 10_000
#: A unit in more than one of so many entries has a code for every entry.
_DENSE: Final = 5
#: So many steps of a binary search take as long as one entry of a mask that is filled and read.
_STEPS: Final = 5
_OTHER: Final = 300


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


class Room:
    """What is kept for all leaves of a snapshot, by key, in so many bytes.

    Where it is full, a thing drives out what was asked less often than it, so that a round of questions too
    large for the room does not drive out everything before it comes up again (the idea of TinyLFU: Einziger,
    Friedman and Manes, 2017). How often things were asked is halved from time to time.
    """

    def __init__(self, total: int = _ROOM) -> None:
        self.left = self._total = total
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._asked: dict[Hashable, int] = {}
        self._turn = 0

    def get(self, key: Hashable) -> Any:
        """Return what is kept under a key, or None."""
        self._asked[key] = self._asked.get(key, 0) + 1
        return self._kept.get(key)

    def keep(self, key: Hashable, thing: Sized) -> None:
        """Keep a thing, unless it is larger than all of the room, or not asked more often than others."""
        size = thing.size
        if size > self._total or not self._make_way(key, size):
            return
        # Two threads may have read the same.
        before = self._kept.pop(key, None)
        self.left -= size - (before.size if before is not None else 0)
        self._kept[key] = thing

    def _make_way(self, key: Hashable, size: int) -> bool:
        self._turn += 1
        if self._turn % _FORGET == 0:
            self._asked = {one: count // 2 for one, count in self._asked.copy().items() if count > 1}
        tries, asked = _TRIES, self._asked.get(key, 0)
        # Another thread may be faster at any step.
        with suppress(KeyError, StopIteration, RuntimeError):
            while self.left < size and tries:
                oldest = next(iter(self._kept))
                if self._asked.get(oldest, 0) < asked:
                    self.left += self._kept.pop(oldest).size
                else:
                    self._kept.move_to_end(oldest)
                    tries -= 1
        return self.left >= size


def read_postings(whole: Whole, stream: str, text: str) -> Postings:
    """Return the postings of a term of `words`, `unigrams` or `bigrams`."""
    found = [
        (begin, *_of_leaf(leaf, stream, text)) for begin, leaf in zip(whole.begins, whole.leaves, strict=True)
    ]
    found = [one for one in found if len(one[1])]
    df = sum(len(ids) for _, ids, _ in found)
    if not df:
        return Postings(0, whole.none, np.empty(0, dtype=np.uint8))
    kind = np.result_type(*(codes.dtype for *_, codes in found))
    if stream == "unigrams" and df * _DENSE > whole.count:
        codes = np.zeros(whole.count, dtype=kind)
        for begin, ids, own in found:
            codes[begin:][ids] = own
        return Postings(df, None, codes)
    ids = np.empty(df, dtype=whole.dtype)
    codes, start = np.empty(df, dtype=kind), 0
    for begin, own_ids, own in found:
        end = start + len(own)
        np.add(own_ids, begin, out=ids[start:end], casting="unsafe")
        codes[start:end] = own
        start = end
    return Postings(df, ids, codes)


def _of_leaf(leaf: Leaf, stream: str, text: str) -> tuple[npt.NDArray[np.int64], Codes]:
    if stream == "bigrams":
        ids, codes = leaf.bigram_codes(leaf.bigram(text))
    else:
        terms = leaf.words if stream == "words" else leaf.units
        ids, codes = terms.codes(terms.number(text))
    if len(ids) and not leaf.all_live:
        there = leaf.live.take(ids)
        return ids[there], codes[there]
    return ids, codes


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
    return numbers if fresh.all() else numbers[fresh]
