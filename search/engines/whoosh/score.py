"""Scoring: a bag of terms to a score for every entry of every leaf, by array operations.

The formula is in `ranking.py`. Statistics (N, df, avgL) are taken over the entries that may be seen now, so
removed entries and those after an as-of moment do not count, and scores do not depend on how the index came
to be: a hundred small updates and one rebuild give the same.

A term's share of the score but for idf and qtf (its impact) does not depend on the query: it is worked out
once for each generation. A term in more than an eighth of the entries is kept as a dense row, which adds up
faster than a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.postings_cache import Postings, PostingsCache
from search.ranking import BIGRAM_WEIGHT, K1, LEAD_WEIGHT, UNIGRAM_WEIGHT, B, Bag, idf

__all__ = ["Scorer"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

#: The streams of a score and their weights.
_STREAMS: Final = (("words", 1.0), ("unigrams", UNIGRAM_WEIGHT), ("bigrams", BIGRAM_WEIGHT))
_DENSE: Final = 8
#: The lead's share of a score rides on the impact of a unit, so it is divided by what that is multiplied by.
_LEAD_IMPACT: Final = np.float32(LEAD_WEIGHT / (UNIGRAM_WEIGHT * (K1 + 1)))


class Scorer:
    """Scores bags against leaves under one visibility.

    `visible` has one mask (N,) for each leaf; None stands for everything that is live, and only then
    impacts are kept from one query to the next.
    """

    def __init__(
        self, leaves: Sequence[Leaf], caches: Sequence[PostingsCache], visible: Sequence[Mask] | None = None
    ) -> None:
        self._leaves = leaves
        self._caches = caches
        self._keep = visible is None
        masks = [leaf.live for leaf in leaves] if visible is None else list(visible)
        whole = visible is None and all(leaf.all_live for leaf in leaves)
        self._visible = None if whole else masks
        self.count = sum(
            leaf.count if whole else int(mask.sum()) for leaf, mask in zip(leaves, masks, strict=True)
        )
        self._norms = {name: self._stream_norms(name, masks) for name, _ in _STREAMS}

    def _stream_norms(self, name: str, masks: Sequence[Mask]) -> list[Floats]:
        """Return k1·(1 − b + b·L/avgL) of every entry, an array (N,) for each leaf."""
        lengths = [leaf.docs.lengths(name) for leaf in self._leaves]
        total = sum(float(own[mask].sum(dtype=np.float64)) for own, mask in zip(lengths, masks, strict=True))
        average = total / self.count if self.count and total else 1.0
        return [(K1 * (1 - B + B * own / average)).astype(np.float32) for own in lengths]

    def scores(self, bag: Bag) -> list[Floats]:
        """Return the first-stage score of every entry, one array (N,) for each leaf."""
        scores = [np.zeros(leaf.count, dtype=np.float32) for leaf in self._leaves]
        for name, weight in _STREAMS:
            for term, qtf in getattr(bag, name):
                self._add(scores, name, term, qtf * weight)
        return scores

    def _add(self, scores: list[Floats], name: str, term: str, weight: float) -> None:
        postings = [cache.of(name, term) for cache in self._caches]
        df = self._document_frequency(postings)
        if not df:
            return
        factor = np.float32(weight * idf(self.count, df) * (K1 + 1))
        for score, found, norms in zip(scores, postings, self._norms[name], strict=True):
            if len(found.ids):
                self._add_impacts(score, found, norms, factor)

    def _add_impacts(self, score: Floats, found: Postings, norms: Floats, factor: np.float32) -> None:
        kept = found.impacts if self._keep else None
        if kept is None:
            impacts = found.tf / (found.tf + norms[found.ids])
            if found.lead is not None:
                impacts += found.lead * _LEAD_IMPACT
            kept = self._kept(found, impacts, len(score)) if self._keep else (impacts, False)
        impacts, dense = kept
        if dense:
            score += impacts * factor
        else:
            np.add.at(score, found.ids, impacts * factor)

    @staticmethod
    def _kept(found: Postings, impacts: Floats, count: int) -> tuple[Floats, bool]:
        """Remember impacts, as a dense row where that adds up faster."""
        kept = (impacts, False)
        if len(found.ids) * _DENSE > count:
            row = np.zeros(count, dtype=np.float32)
            row[found.ids] = impacts
            kept = (row, True)
        # One assignment, for other threads may be reading.
        found.impacts = kept
        return kept

    def _document_frequency(self, postings: Sequence[Postings]) -> int:
        """Return how many visible entries have a term, given its postings in each leaf."""
        if self._visible is None:
            return sum(len(found.ids) for found in postings)
        return sum(
            int(np.count_nonzero(mask[found.ids]))
            for mask, found in zip(self._visible, postings, strict=True)
        )
