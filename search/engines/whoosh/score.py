"""Scoring: a bag of terms to a score for every entry of every leaf, by array operations.

The formula is in `ranking.py`. Statistics (N, df, avgL) are taken over the entries that may be seen now, so
removed entries and those after an as-of moment do not count, and scores do not depend on how the index came
to be: a hundred small updates and one rebuild give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.terms import Stream
from search.ranking import BIGRAM_WEIGHT, K1, UNIGRAM_WEIGHT, B, Bag

__all__ = ["Scorer"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

#: The streams of a score: lengths column, weight, and which terms of a bag.
_STREAMS: Final = (("words", 1.0), ("unigrams", UNIGRAM_WEIGHT), ("bigrams", BIGRAM_WEIGHT))


@dataclass(frozen=True, slots=True)
class _Norms:
    """For one stream: k1·(1 − b + b·L/avgL) of every entry, an array (N,) for each leaf."""

    leaves: tuple[Floats, ...]


class Scorer:
    """Scores bags against leaves under one visibility; `visible` has one mask (N,) for each leaf."""

    def __init__(self, leaves: Sequence[Leaf], visible: Sequence[Mask] | None = None) -> None:
        self._leaves = leaves
        whole = visible is None and all(leaf.all_live for leaf in leaves)
        self._visible = None if whole else list(visible or [leaf.live for leaf in leaves])
        self.count = sum(leaf.count if whole else int(mask.sum()) for leaf, mask in self._pairs())
        self._norms = {name: self._stream_norms(name) for name, _ in _STREAMS}

    def _pairs(self) -> list[tuple[Leaf, Mask]]:
        masks = self._visible or [leaf.live for leaf in self._leaves]
        return list(zip(self._leaves, masks, strict=True))

    def _stream_norms(self, name: str) -> _Norms:
        total = sum(
            float(leaf.docs.lengths(name)[mask].sum(dtype=np.float64)) for leaf, mask in self._pairs()
        )
        average = total / self.count if self.count and total else 1.0
        return _Norms(
            tuple(
                (K1 * (1 - B + B * leaf.docs.lengths(name) / average)).astype(np.float32)
                for leaf in self._leaves
            )
        )

    def scores(self, bag: Bag) -> list[Floats]:
        """Return the first-stage score of every entry, one array (N,) for each leaf."""
        scores = [np.zeros(leaf.count, dtype=np.float32) for leaf in self._leaves]
        for name, weight in _STREAMS:
            for term, qtf in getattr(bag, name):
                self._add(scores, name, term, qtf * weight)
        return scores

    def _add(self, scores: list[Floats], name: str, term: str, weight: float) -> None:
        streams: list[Stream] = [leaf.words if name == "words" else leaf.grams for leaf in self._leaves]
        numbers = [stream.number(term) for stream in streams]
        df = self.document_frequency(streams, numbers)
        if not df:
            return
        factor = np.float32(weight * np.log(1 + (self.count - df + 0.5) / (df + 0.5)) * (K1 + 1))
        for score, stream, number, norms in zip(
            scores, streams, numbers, self._norms[name].leaves, strict=True
        ):
            ids, frequency = stream.postings(number)
            if len(ids):
                tf = frequency.astype(np.float32)
                score[ids] += factor * tf / (tf + norms[ids])

    def document_frequency(self, streams: Sequence[Stream], numbers: Sequence[int]) -> int:
        """Return how many visible entries have a term, given its number in each leaf."""
        if self._visible is None:
            return sum(stream.count(number) for stream, number in zip(streams, numbers, strict=True))
        return sum(
            int(np.count_nonzero(mask[stream.ids(number)]))
            for mask, stream, number in zip(self._visible, streams, numbers, strict=True)
        )
