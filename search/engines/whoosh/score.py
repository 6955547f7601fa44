"""Scoring: a bag of terms to the scores of entries, by array operations.

The formula is in `ranking.py`. Statistics (N, df, avgL) are taken over the entries that may be seen now, so
removed entries and those after an as-of moment do not count, and scores do not depend on how the index came
to be: a hundred small updates and one rebuild give the same.

What a term adds to the score of an entry (its share) depends on the query only by qtf, so it is worked out
once for each generation. A term in more than an eighth of the entries is also kept as a row of all entries,
which adds up and is looked into faster than a list.

Whether all entries are scored or a few, a score adds up the same shares in the same order, most frequent
term first. So it comes out the same to the last bit, and ties are ties on every way to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.postings_cache import Postings, PostingsCache, Room
from search.ranking import BIGRAM_WEIGHT, K1, LEAD_WEIGHT, UNIGRAM_WEIGHT, B, Bag, idf

__all__ = ["Scored", "Scorer", "Share", "Term", "scores_at"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_WEIGHTS: Final = {"words": 1.0, "unigrams": UNIGRAM_WEIGHT, "bigrams": BIGRAM_WEIGHT}
_DENSE: Final = 8
_NONE: Final[Floats] = np.empty(0, dtype=np.float32)
#: The lead's share of a score rides on the impact of a unit, so it is divided by what that is multiplied by.
_LEAD_IMPACT: Final = np.float32(LEAD_WEIGHT / (UNIGRAM_WEIGHT * (K1 + 1)))


@dataclass(frozen=True, slots=True)
class Share:
    """What a term adds to the score of each entry of a leaf that has it, if the query has it once.

    `ids` (n,) ascending and `listed` (n,) parallel; or, where the term is frequent, `row` (N,) for every
    entry of the leaf. `best` is the largest share, 0 where there is none.
    """

    ids: Ints
    best: float
    listed: Floats
    row: Floats | None = None

    @property
    def values(self) -> Floats:
        """The shares of `ids`, parallel."""
        return self.listed if self.row is None else self.row.take(self.ids)

    def at(self, numbers: Ints) -> Floats:
        """Return the share of each of these entries, 0 where it has not the term."""
        if self.row is not None:
            return self.row.take(numbers)
        if not len(self.ids):
            return np.zeros(len(numbers), dtype=np.float32)
        places = self.ids.searchsorted(numbers)
        values = self.listed.take(places, mode="clip")
        values *= self.ids.take(places, mode="clip") == numbers
        return values

    def add_to(self, score: Floats, qtf: int) -> None:
        """Add to the score (N,) of every entry what the term gives it when the query has it so often."""
        if self.row is not None:
            score += self.row if qtf == 1 else self.row * np.float32(qtf)
        elif len(self.ids):
            self.scatter(score, qtf)

    def scatter(self, score: Floats, qtf: int) -> None:
        """Do the same, entry by entry."""
        np.add.at(score, self.ids, self.values if qtf == 1 else self.values * np.float32(qtf))


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a stream: how many entries have it that may be seen, and its share in each leaf."""

    stream: str
    text: str
    df: int
    shares: tuple[Share, ...]

    @property
    def size(self) -> int:
        """Bytes in memory; the ids belong to the postings as well, so they count half here and half there."""
        arrays = [share.listed if share.row is None else share.row for share in self.shares]
        return 4 * self.df + sum(array.nbytes + 300 for array in arrays) + 300


#: A term and how often the query has it.
Scored = tuple[Term, int]


class Scorer:
    """Scores bags against leaves under one visibility.

    `visible` has one mask (N,) for each leaf; None stands for everything that is live, and only then
    shares are kept from one query to the next.
    """

    def __init__(
        self,
        leaves: Sequence[Leaf],
        caches: Sequence[PostingsCache],
        room: Room,
        visible: Sequence[Mask] | None = None,
    ) -> None:
        self._leaves = leaves
        self._caches = caches
        self._room = room if visible is None else Room()
        self._visible = visible
        self._masks = [leaf.live for leaf in leaves] if visible is None else list(visible)
        self.count = sum(int(np.count_nonzero(mask)) for mask in self._masks)
        self._norms: dict[str, list[Floats]] = {}

    def terms(self, bag: Bag) -> list[Scored]:
        """Return the terms of a bag that any entry has, most frequent first, each with its qtf."""
        found = [(self.term("words", text), qtf) for text, qtf in bag.words]
        found += [(self.term("unigrams", text), qtf) for text, qtf in bag.unigrams]
        found += [(self.term("bigrams", text), qtf) for text, qtf in bag.bigrams]
        return sorted([one for one in found if one[0].df], key=_rarity)

    def term(self, stream: str, text: str) -> Term:
        """Return a term of `words`, `unigrams` or `bigrams`."""
        found: Term | None = self._room.get((stream, text))
        if found is None:
            found = self._read(stream, text)
            self._room.keep((stream, text), found)
        return found

    def scores(self, terms: Sequence[Scored]) -> list[Floats]:
        """Return the score of every entry, one array (N,) for each leaf."""
        scores = [np.zeros(leaf.count, dtype=np.float32) for leaf in self._leaves]
        for term, qtf in terms:
            for score, share in zip(scores, term.shares, strict=True):
                share.add_to(score, qtf)
        return scores

    def _read(self, stream: str, text: str) -> Term:
        postings = [cache.of(stream, text) for cache in self._caches]
        if self._visible is None:
            df = sum(len(found.ids) for found in postings)
        else:
            pairs = zip(self._visible, postings, strict=True)
            df = sum(int(np.count_nonzero(mask[found.ids])) for mask, found in pairs)
        if not df:
            return Term(stream, text, 0, ())
        factor = np.float32(_WEIGHTS[stream] * idf(self.count, df) * (K1 + 1))
        rows = zip(self._leaves, postings, self._stream_norms(stream), strict=True)
        shares = tuple(_share(leaf.count, found, norms, factor) for leaf, found, norms in rows)
        return Term(stream, text, df, shares)

    def _stream_norms(self, stream: str) -> list[Floats]:
        """Return k1·(1 − b + b·L/avgL) of every entry, an array (N,) for each leaf."""
        norms = self._norms.get(stream)
        if norms is None:
            lengths = [leaf.docs.lengths(stream) for leaf in self._leaves]
            pairs = zip(lengths, self._masks, strict=True)
            total = sum(float(own[mask].sum(dtype=np.float64)) for own, mask in pairs)
            average = total / self.count if self.count and total else 1.0
            norms = [(K1 * (1 - B + B * own / average)).astype(np.float32) for own in lengths]
            self._norms[stream] = norms
        return norms


def scores_at(terms: Sequence[Scored], leaf: int, numbers: Ints) -> Floats:
    """Return the scores of some entries of a leaf, as many as `numbers`; best for few of them."""
    scores = np.zeros(len(numbers), dtype=np.float32)
    for term, qtf in terms:
        values = term.shares[leaf].at(numbers)
        scores += values if qtf == 1 else values * np.float32(qtf)
    return scores


def _rarity(one: Scored) -> int:
    return -one[0].df


def _share(count: int, found: Postings, norms: Floats, factor: np.float32) -> Share:
    """Return what a term adds to the scores of a leaf of `count` entries, given its postings there."""
    tf = found.tf.astype(np.float32)
    impacts = tf / (tf + norms[found.ids])
    if found.lead is not None:
        impacts += found.lead * _LEAD_IMPACT
    values = impacts * factor
    best = float(values.max(initial=0))
    if len(found.ids) * _DENSE <= count:
        return Share(found.ids, best, values)
    row = np.zeros(count, dtype=np.float32)
    row[found.ids] = values
    return Share(found.ids, best, _NONE, row)
