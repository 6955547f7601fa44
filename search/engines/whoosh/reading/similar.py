"""How often a term is known, for choosing the telling terms of an entry (`search.engines.more_like_this`).

Only counts are looked up here; no postings are unpacked as long as every entry may be seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.matching.doc_space import DocSpace
from search.engines.whoosh.scoring.scorer import Scorer

__all__ = ["Counts"]

Mask = npt.NDArray[np.bool_]


class Counts:
    """Counts terms among the entries that may be seen; `visible` (N,), None for all, none of them removed."""

    def __init__(self, whole: DocSpace, scorer: Scorer, visible: Mask | None) -> None:
        self._whole, self._scorer, self._visible = whole, scorer, visible
        self.entries = whole.count if visible is None else int(visible.sum())

    def __call__(self, stream: str, terms: Sequence[str]) -> list[int]:
        return [self._known(stream, term) for term in terms]

    def _known(self, stream: str, term: str) -> int:
        """Return how many entries have a word, or how often a bigram occurs."""
        leaves, visible = self._whole.readers, self._visible
        if visible is None:
            if stream == "words":
                return sum(leaf.words.count(leaf.words.term_ord(term)) for leaf in leaves)
            return sum(leaf.pairs.count(leaf.bigram_ord(term)) for leaf in leaves)
        if stream == "words":
            numbers = self._scorer.term(stream, term).postings.doc_ids
            return int(np.count_nonzero(visible.take(numbers)))
        found = [leaf.docs.docs_at(leaf.pairs.places(leaf.bigram_ord(term))) for leaf in leaves]
        pairs = zip(self._whole.slices(visible), found, strict=True)
        return sum(int(np.count_nonzero(own[ids])) for own, ids in pairs)
