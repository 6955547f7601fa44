"""Unpacked postings, kept while there is room: what is asked often is unpacked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf

__all__ = ["Postings", "PostingsCache", "Room"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

#: Bytes of unpacked postings that a process keeps for one generation.
_ROOM: Final = 400_000_000


@dataclass(slots=True)
class Postings:
    """Entries that have a term and its weighted frequency in each; parallel, entries ascending.

    `lead` (units only) is 1 where the term stands in the lead. `impacts` is filled by the scorer: the
    term's share of the score but for idf and qtf; in the order of `ids`, or, where the second value says
    that it is dense, for every entry of the leaf.
    """

    ids: Ints
    tf: Floats
    lead: Floats | None = None
    impacts: tuple[Floats, bool] | None = None

    @property
    def size(self) -> int:
        """Bytes, the impacts to come included."""
        return (20 if self.lead is None else 24) * len(self.ids) + 200


class Room:
    """Counts bytes over all leaves of a snapshot."""

    def __init__(self, total: int = _ROOM) -> None:
        self.left = total
        self.total = total


class PostingsCache:
    """The unpacked postings of one leaf, by stream and number."""

    def __init__(self, leaf: Leaf, room: Room | None = None) -> None:
        self._leaf = leaf
        self._room = room or Room()
        self._kept: dict[tuple[str, int], Postings] = {}

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
        found = self._kept.get((stream, number))
        if found is None:
            found = self._unpack(stream, number)
            self._keep((stream, number), found)
        return found

    def _unpack(self, stream: str, number: int) -> Postings:
        if stream == "unigrams":
            ids, tf, lead = self._leaf.units.postings_and_lead(number)
            return Postings(ids, tf.astype(np.float32), lead.astype(np.float32))
        if stream == "words":
            ids, tf = self._leaf.words.postings(number)
        else:
            ids, tf = self._leaf.bigram_postings(number)
        return Postings(ids, tf.astype(np.float32))

    def _keep(self, key: tuple[str, int], postings: Postings) -> None:
        if self._room.left < postings.size:
            # Starting afresh is simpler than remembering who was asked last, and as good on long runs.
            self._room.left += sum(kept.size for kept in self._kept.values())
            self._kept = {}
        if self._room.left >= postings.size:
            self._room.left -= postings.size
            self._kept[key] = postings


_NOTHING: Final = Postings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
