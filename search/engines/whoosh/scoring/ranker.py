"""Ranking: full matches first, partial ones after them, and of both only as much scored as the page needs.

However the scores are found, they are the same to the last bit: few entries are looked up in the postings of
each term, and of many only those that may be among the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.matching.doc_space import DocSpace, Numbers
from search.engines.whoosh.scoring.scorer import Scorer, scores_at
from search.engines.whoosh.scoring.sorting import DocSorter, RankedDoc
from search.engines.whoosh.scoring.top_k import TopK
from search.query.logical import AnyTerm, LogicalQuery

__all__ = ["Ranker", "listed_terms"]

Floats = npt.NDArray[np.float32]

#: So few entries are looked up at once.
_FEW: Final = 100


class Ranker:
    """Ranks entries by the scores of one query, worked out where they are asked for."""

    def __init__(
        self, whole: DocSpace, order: DocSorter, union: TopK, scorer: Scorer, query: LogicalQuery
    ) -> None:
        self._whole = whole
        self._order = order
        self._union = union
        self._terms = scorer.terms(query.terms)

    def scores_of(self, rows: Sequence[RankedDoc]) -> list[float]:
        """Return the scores of a page of entries; each term is looked up once for all of them."""
        places = [self._whole.doc_bases[leaf] + number for _, leaf, number in rows]
        scores: list[float] = scores_at(self._terms, np.array(places, dtype=self._whole.dtype)).tolist()
        return scores

    def scores(self, numbers: Numbers) -> Floats:
        """Return the scores of some entries (ascending), as many."""
        return self._union.sums(self._terms, numbers)

    def best_of(self, numbers: Numbers, offset: int, limit: int) -> list[RankedDoc]:
        """Return (-score, leaf, number) of these entries (ascending) at [offset, offset + limit)."""
        if len(numbers) <= _FEW:
            return self._ordered(numbers, scores_at(self._terms, numbers), offset, limit)
        return self._ordered(*self._union.among(self._terms, numbers, offset + limit), offset, limit)

    def sharing(
        self, node: AnyTerm, without: Numbers, offset: int, limit: int
    ) -> tuple[list[RankedDoc], int]:
        """Return the same of all live entries that share any of these terms, and how many they are.

        Each of the terms must be one that scores (`listed_terms`); those `without` do not count.
        """
        named = {"words": node.words, "bigrams": node.bigrams, "unigrams": ()}
        listed = [term.text in named[term.stream] for term, _ in self._terms]
        best = self._union.best(self._terms, listed, without, offset + limit)
        return self._ordered(best.numbers, best.scores, offset, limit), best.total

    def _ordered(self, numbers: Numbers, scores: Floats, offset: int, limit: int) -> list[RankedDoc]:
        if len(self._whole.leaves) == 1:
            return self._order.ordered([(numbers, -scores)], offset, limit)
        keys, cuts = -scores, self._whole.cuts(numbers)
        slices = [keys[start:end] for start, end in pairwise(cuts)]
        found = list(zip(self._whole.split(numbers), slices, strict=True))
        return self._order.ordered(found, offset, limit)


def listed_terms(query: LogicalQuery, node: object) -> AnyTerm | None:
    """Return a node as SharesAny where it is one all of whose terms score."""
    if not isinstance(node, AnyTerm):
        return None
    for texts, scored in ((node.words, query.terms.words), (node.bigrams, query.terms.bigrams)):
        if texts and not {text for text, _ in scored}.issuperset(texts):
            return None
    return node
