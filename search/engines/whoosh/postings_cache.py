"""Unpacked postings, kept while there is room: what is asked often is unpacked once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf

__all__ = ["Postings", "PostingsCache", "Room"]

Ints = npt.NDArray[np.int64]

#: Bytes of unpacked postings that a process keeps for one generation.
_ROOM: Final = 400_000_000


@dataclass(frozen=True, slots=True)
class Postings:
    """Live entries that have a term and its weighted frequency in each; parallel, entries ascending.

    `lead` (units only) says where the term stands in the lead.
    """

    ids: Ints
    tf: npt.NDArray[np.unsignedinteger]
    lead: npt.NDArray[np.bool_] | None = None

    @property
    def size(self) -> int:
        """Bytes in memory; the ids belong to the scorer as well, so they count half here and half there."""
        return (
            self.ids.nbytes // 2 + self.tf.nbytes + (self.lead.nbytes if self.lead is not None else 0) + 300
        )


class Sized(Protocol):
    """What takes room."""

    @property
    def size(self) -> int:
        """Bytes in memory."""


class Room:
    """What is kept for all leaves of a snapshot, by key, in so many bytes; the oldest goes first."""

    def __init__(self, total: int = _ROOM) -> None:
        self.left = self._total = total
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        #: Return what is kept under a key, or None.
        self.get = self._kept.get

    def keep(self, key: Hashable, thing: Sized) -> None:
        """Keep a thing, unless it is larger than all of the room."""
        size = thing.size
        if size > self._total:
            return
        while self.left < size and self._kept:
            # Another thread may have been faster.
            with suppress(KeyError):
                self.left += self._kept.popitem(last=False)[1].size
        self.left -= size
        self._kept[key] = thing


class PostingsCache:
    """The unpacked postings of one leaf, by stream and number."""

    def __init__(self, leaf: Leaf, room: Room | None = None) -> None:
        self._leaf = leaf
        self._room = room or Room()
        self._name = leaf.segment.segment_id()

    def words(self, number: int) -> Postings:
        """Return the postings of a word."""
        return self._get("words", number)

    def units(self, number: int) -> Postings:
        """Return the postings of a unit."""
        return self._get("unigrams", number)

    def pairs(self, number: int) -> Postings:
        """Return the postings of a pair."""
        return self._get("bigrams", number)

    def of(self, stream: str, term: str) -> Postings:
        """Return the postings of a term of `words`, `unigrams` or `bigrams`."""
        if stream == "words":
            return self.words(self._leaf.words.number(term))
        if stream == "unigrams":
            return self.units(self._leaf.units.number(term))
        return self.pairs(self._leaf.bigram(term))

    def _get(self, stream: str, number: int) -> Postings:
        if number < 0:
            return _NOTHING
        key = (self._name, stream, number)
        found: Postings | None = self._room.get(key)
        if found is None:
            found = self._unpack(stream, number)
            self._room.keep(key, found)
        return found

    def _unpack(self, stream: str, number: int) -> Postings:
        lead = None
        if stream == "unigrams":
            ids, tf, lead = self._leaf.units.postings_and_lead(number)
        elif stream == "words":
            ids, tf = self._leaf.words.postings(number)
        else:
            ids, tf = self._leaf.bigram_postings(number)
        if not self._leaf.all_live:
            there = self._leaf.live[ids]
            ids, tf, lead = ids[there], tf[there], lead if lead is None else lead[there]
        small = np.uint8 if int(tf.max(initial=0)) < 256 else np.uint32
        return Postings(ids, tf.astype(small), lead if lead is None else lead.astype(np.bool_))


_NOTHING: Final = Postings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8))
