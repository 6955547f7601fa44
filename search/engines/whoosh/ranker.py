"""Ranking: full matches first, partial ones after them, and of both only as much scored as the page needs.

There are three ways to the scores, and all give the same to the last bit: few entries are looked up in the
postings of each term; entries that share any term are gathered from these postings; and otherwise the
scores of all entries are added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.answer import Order, Row, best_of
from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.score import Scorer, Term, scores_at
from search.engines.whoosh.union import Union
from search.query.logical import LogicalQuery, SharesAny

__all__ = ["Ranker", "listed_terms"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

#: Where no more than one in so many entries is to be scored, each is looked up.
_FEW: Final = 64
_NONE: Final[Ints] = np.empty(0, dtype=np.int64)


class Ranker:
    """Ranks the entries of some leaves by the scores of one query, worked out where they are asked for."""

    def __init__(
        self, leaves: Sequence[Leaf], order: Order, union: Union, scorer: Scorer, query: LogicalQuery
    ) -> None:
        self._leaves = leaves
        self._order = order
        self._union = union
        self._scorer = scorer
        self._query = query
        self._terms = scorer.terms(query.bag)

    def score(self, leaf: int, number: int) -> float:
        """Return the score of one entry."""
        return float(scores_at(self._terms, leaf, np.array([number]))[0])

    def masked(self, masks: Sequence[Mask], count: int, offset: int, limit: int) -> list[Row]:
        """Return (-score, leaf, number) of `count` masked entries at [offset, offset + limit)."""
        few = count * _FEW <= sum(map(len, masks))
        best = self._few if few else self._best
        found = [best(leaf, mask, offset + limit) for leaf, mask in enumerate(masks)]
        return self._order.ordered([(numbers, -scores) for numbers, scores in found], offset, limit)

    def _few(self, leaf: int, mask: Mask, wanted: int) -> tuple[Ints, Floats]:
        numbers = np.flatnonzero(mask)
        return numbers, scores_at(self._terms, leaf, numbers)

    def _best(self, leaf: int, mask: Mask, wanted: int) -> tuple[Ints, Floats]:
        numbers = best_of(mask, self._all[leaf], wanted)
        return numbers, self._all[leaf].take(numbers)

    @cached_property
    def _all(self) -> list[Floats]:
        return self._scorer.scores(self._terms)

    def sharing(
        self, node: SharesAny, without: Sequence[Mask] | None, offset: int, limit: int
    ) -> tuple[list[Row], int]:
        """Return the same of all live entries that share any of these terms, and how many they are.

        Each of the terms must be one that scores (`listed_terms`); `without` says which entries do not count.
        """
        words, bigrams = set(node.words), set(node.bigrams)
        listed = [_is_among(term, words, bigrams) for term, _ in self._terms]
        out = [_NONE] * len(self._leaves) if without is None else [np.flatnonzero(mask) for mask in without]
        found = [
            self._union.best(self._terms, listed, leaf, numbers, offset + limit)
            for leaf, numbers in enumerate(out)
        ]
        rows = self._order.ordered([(best.numbers, -best.scores) for best in found], offset, limit)
        return rows, sum(best.total for best in found)


def listed_terms(query: LogicalQuery, node: object) -> SharesAny | None:
    """Return a node as SharesAny where it is one all of whose terms score."""
    if not isinstance(node, SharesAny):
        return None
    words, bigrams = {text for text, _ in query.bag.words}, {text for text, _ in query.bag.bigrams}
    return node if words.issuperset(node.words) and bigrams.issuperset(node.bigrams) else None


def _is_among(term: Term, words: set[str], bigrams: set[str]) -> bool:
    return term.text in words if term.stream == "words" else term.stream == "bigrams" and term.text in bigrams
