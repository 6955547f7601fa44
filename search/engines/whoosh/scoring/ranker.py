"""Ranking of the matches of one query, scoring only the documents that the page needs.

Every path gives bit-identical scores: a few documents are looked up in the postings of each term, larger sets
go through top-k retrieval.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.matching.doc_space import DocIds, DocSpace
from search.engines.whoosh.scoring.scorer import Scorer, total_scores_at
from search.engines.whoosh.scoring.sorting import DocSorter, RankedDoc
from search.engines.whoosh.scoring.top_k import TopK
from search.query.logical import AnyTerm, LogicalQuery

__all__ = ["Ranker", "listed_terms"]

Floats = npt.NDArray[np.float32]

#: Up to this many documents, all of them are scored.
_SCORE_ALL_UP_TO_DOCS: Final = 100


class Ranker:
    """Ranks documents by their scores for one query.

    `recency` has the score of each document (N,) for being recent; None where age does not count.
    """

    def __init__(
        self,
        space: DocSpace,
        sorter: DocSorter,
        top_k: TopK,
        scorer: Scorer,
        query: LogicalQuery,
        recency: Floats | None = None,
    ) -> None:
        self._space = space
        self._sorter = sorter
        self._top_k = top_k
        self._terms = scorer.terms(query.terms)
        self._recency = recency

    def scores_of(self, page: Sequence[RankedDoc]) -> list[float]:
        """Return the scores of the documents of a page; each term is looked up once for all of them."""
        doc_ids = np.array([self._space.doc_bases[i] + doc for _, i, doc in page], dtype=self._space.dtype)
        scores: list[float] = total_scores_at(self._terms, doc_ids, self._recency).tolist()
        return scores

    def scores(self, doc_ids: DocIds) -> Floats:
        """Return the scores of ascending documents, parallel."""
        return self._top_k.sums(self._terms, doc_ids, self._recency)

    def best_of(self, doc_ids: DocIds, offset: int, limit: int) -> list[RankedDoc]:
        """Return (-score, reader index, doc) of the page [offset, offset + limit) of ascending documents."""
        if len(doc_ids) <= _SCORE_ALL_UP_TO_DOCS:
            return self._page(doc_ids, total_scores_at(self._terms, doc_ids, self._recency), offset, limit)
        top = self._top_k.top_among(self._terms, doc_ids, offset + limit, self._recency)
        return self._page(*top, offset, limit)

    def sharing(
        self, node: AnyTerm, excluded: DocIds, offset: int, limit: int
    ) -> tuple[list[RankedDoc], int]:
        """Return the same page of all live documents that match a node, and the number of matches.

        All terms of the node must score (see `listed_terms`); `excluded` documents do not match.
        """
        texts = {"words": node.words, "bigrams": node.bigrams, "unigrams": ()}
        matching = [term.text in texts[term.field] for term, _ in self._terms]
        top = self._top_k.top(self._terms, matching, excluded, offset + limit)
        return self._page(top.doc_ids, top.scores, offset, limit), top.total

    def _page(self, doc_ids: DocIds, scores: Floats, offset: int, limit: int) -> list[RankedDoc]:
        keys = -scores
        if len(self._space.readers) == 1:
            return self._sorter.ordered([(doc_ids, keys)], offset, limit)
        slices = [keys[start:end] for start, end in pairwise(self._space.cuts(doc_ids))]
        pairs = list(zip(self._space.split(doc_ids), slices, strict=True))
        return self._sorter.ordered(pairs, offset, limit)


def listed_terms(query: LogicalQuery, node: object) -> AnyTerm | None:
    """Return the node if it is an `AnyTerm` whose terms, and nothing else, score; else None."""
    if not isinstance(node, AnyTerm) or node.least > 1 or query.recency:
        return None
    for texts, scored in ((node.words, query.terms.words), (node.bigrams, query.terms.bigrams)):
        if texts and not {text for text, _ in scored}.issuperset(texts):
            return None
    return node
