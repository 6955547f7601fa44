"""BM25 scores of documents by array operations.

`ranking.py` has the formula. Its statistics (N, df, avgL) are taken over the visible documents, so deleted
ones and those after `asof` do not count, and scores do not depend on the history of the index: a hundred
small updates and one rebuild give the same.

The query influences the score of a term in a document only by qtf. Words and bigrams generate candidates:
their scores with qtf = 1 are computed once for each generation and cached, as an array parallel to the
postings (sparse) or, for a term in more than 1/8 of the documents, as an array (N,) of all documents (dense).
Unigrams are many times as numerous and only score candidates: one byte a posting is cached, and scores are
computed when they are needed.

Every path adds up the same float32 values in the same order, most frequent term first, so scores are
bit-identical whether all documents are scored or a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search import compiled
from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace
from search.engines.whoosh.matching.postings_cache import Codes, Postings, PostingsCache, read_postings
from search.ranking import FIELD_WEIGHTS, K1, LEAD_WEIGHT, UNIGRAM_WEIGHT, B, ScoringTerms, idf

__all__ = ["QueryTerm", "Scorer", "Term", "total_scores_at"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

#: Scores are dense for a term that more than 1/8 of the documents contain.
_DENSE_SCORES_ABOVE_ONE_IN: Final = 8
#: Scores are not cached in indexes of more documents than this: they take as much memory as the postings.
_CACHE_SCORES_UP_TO_DOCS: Final = 250_000
#: The lead's part of a score is added to the impact of a unigram, so it is divided by the factors of that.
_LEAD_IMPACT: Final = np.float32(LEAD_WEIGHT / (UNIGRAM_WEIGHT * (K1 + 1)))
#: Factor that covers the rounding errors in an upper bound of scores.
_ROUNDING_MARGIN: Final = 1 + 1e-6


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a field, with its document frequency among the visible documents and its scores.

    No score is above `max_score`. Words and bigrams have `sparse_scores` (n,), parallel to the postings, or
    `dense_scores` (N,) of all documents; unigrams have neither.
    """

    field: str
    text: str
    df: int
    postings: Postings
    weight: np.float32
    norms: Floats
    max_score: float
    sparse_scores: Floats | None = None
    dense_scores: Floats | None = None
    #: The same for the compiled loops; None without them.
    loops: Any = dataclass_field(init=False, default=None)

    def __post_init__(self) -> None:
        if compiled.postings and self.df:
            object.__setattr__(self, "loops", self._loops(compiled.postings.TermScores))

    def _loops(self, make: Any) -> Any:
        lead = _LEAD_IMPACT if self.field == "unigrams" else 0.0
        postings, scores = self.postings, (self.sparse_scores, self.dense_scores)
        ids, codes = postings.sparse_ids, np.ascontiguousarray(postings.codes)
        return make(postings.df, ids, *scores, codes, self.norms, self.weight, lead, self.max_score)

    @property
    def doc_ids(self) -> DocIds:
        """The documents that contain the term, ascending."""
        return self.postings.doc_ids

    @property
    def scores(self) -> Floats:
        """The scores of `doc_ids`, parallel."""
        if self.sparse_scores is not None:
            return self.sparse_scores
        doc_ids = self.doc_ids
        return self.scores_at(doc_ids) if self.dense_scores is None else self.dense_scores.take(doc_ids)

    def scores_at(self, doc_ids: DocIds) -> Floats:
        """Return the score of each of these documents, 0 for those without the term."""
        if self.dense_scores is not None:
            return self.dense_scores.take(doc_ids)
        sparse, sorted_ids = self.sparse_scores, self.postings.sparse_ids
        if sparse is None or sorted_ids is None:
            return _scores(self.postings.codes_at(doc_ids), self.norms.take(doc_ids), self.weight, self.field)
        if doc_ids is sorted_ids or not self.postings.df:
            return sparse.copy() if self.postings.df else np.zeros(len(doc_ids), dtype=np.float32)
        indexes = sorted_ids.searchsorted(doc_ids)
        scores = sparse.take(indexes, mode="clip")
        scores *= sorted_ids.take(indexes, mode="clip") == doc_ids
        return scores

    def add(self, accumulator: Floats, qtf: int) -> None:
        """Add qtf · score of every document to an accumulator (N,)."""
        if self.dense_scores is not None:
            accumulator += self.dense_scores if qtf == 1 else self.dense_scores * np.float32(qtf)
        else:
            self.add_sparse(accumulator, qtf)

    def add_sparse(self, accumulator: Floats, qtf: int) -> None:
        """Do the same, posting by posting."""
        scores = self.scores
        np.add.at(accumulator, self.doc_ids, scores if qtf == 1 else scores * np.float32(qtf))

    @property
    def size(self) -> int:
        """Bytes in memory."""
        arrays = [array for array in (self.sparse_scores, self.dense_scores) if array is not None]
        return self.postings.size + sum(array.nbytes for array in arrays) + 600


#: A term and its frequency in the query (qtf).
QueryTerm = tuple[Term, int]


class Scorer:
    """Scores terms against all segments, with the statistics of the visible documents.

    `visible` (N,) is None if all live documents are visible; only then terms are cached between queries.
    `live` is the scorer of all live documents, whose postings are shared.
    """

    def __init__(
        self, space: DocSpace, cache: PostingsCache, visible: Mask | None = None, live: Scorer | None = None
    ) -> None:
        self._space = space
        self._cache = cache if visible is None else PostingsCache()
        self._visible = visible
        self._live = live
        self._cache_scores = space.count <= _CACHE_SCORES_UP_TO_DOCS
        self._mask = space.live if visible is None else visible
        self.count = int(np.count_nonzero(self._mask))
        self._norms: dict[str, tuple[Floats, float]] = {}

    def terms(self, bag: ScoringTerms) -> list[QueryTerm]:
        """Return the terms that any visible document contains, most frequent first, each with its qtf."""
        terms = [(self.term("words", text), qtf) for text, qtf in bag.words]
        terms += [(self.term("unigrams", text), qtf) for text, qtf in bag.unigrams]
        terms += [(self.term("bigrams", text), qtf) for text, qtf in bag.bigrams]
        return sorted([(term, qtf) for term, qtf in terms if term.df], key=lambda pair: -pair[0].df)

    def term(self, field: str, text: str) -> Term:
        """Return a term of `words`, `unigrams` or `bigrams`."""
        term: Term | None = self._cache.get((field, text))
        if term is None:
            term = self._read(field, text)
            self._cache.put((field, text), term)
        return term

    def postings(self, field: str, text: str) -> Postings:
        """Return the postings of a term of `words`, `unigrams` or `bigrams`."""
        return self.term(field, text).postings

    def scores(self, terms: Sequence[QueryTerm]) -> Floats:
        """Return the score of every document (N,)."""
        accumulator = np.zeros(self._space.count, dtype=np.float32)
        for term, qtf in terms:
            check()
            term.add(accumulator, qtf)
        return accumulator

    def _read(self, field: str, text: str) -> Term:
        check()
        if self._live is not None:
            postings = self._live.postings(field, text)
        else:
            postings = read_postings(self._space, field, text)
        df = postings.df
        if self._visible is not None:
            df = int(np.count_nonzero(self._visible.take(postings.doc_ids)))
        norms, min_norm = self._field_norms(field)
        weight = np.float32(FIELD_WEIGHTS[field] * idf(self.count, df) * (K1 + 1)) if df else np.float32(0)
        if not df or not self._cache_scores:
            max_score = _max_score(postings.codes, min_norm, weight) if df else 0.0
            return Term(field, text, df, postings, weight, norms, max_score)
        if postings.sparse_ids is None:
            dense = _scores(postings.codes, norms.copy(), weight, field)
            return Term(field, text, df, postings, weight, norms, float(dense.max()), dense_scores=dense)
        sparse = _scores(postings.codes, norms.take(postings.sparse_ids), weight, field)
        max_score = float(sparse.max())
        if postings.df * _DENSE_SCORES_ABOVE_ONE_IN <= self._space.count:
            return Term(field, text, df, postings, weight, norms, max_score, sparse_scores=sparse)
        dense = np.zeros(self._space.count, dtype=np.float32)
        dense[postings.sparse_ids] = sparse
        return Term(field, text, df, postings, weight, norms, max_score, dense_scores=dense)

    def _field_norms(self, field: str) -> tuple[Floats, float]:
        """Return k1·(1 − b + b·L/avgL) of every document (N,), and the minimum."""
        norms_and_min = self._norms.get(field)
        if norms_and_min is None:
            lengths = [reader.docs.lengths(field) for reader in self._space.readers]
            pairs = zip(lengths, self._space.slices(self._mask), strict=True)
            total = sum(float(column[mask].sum(dtype=np.float64)) for column, mask in pairs)
            average = total / self.count if self.count and total else 1.0
            norms = self._space.concat(
                [(K1 * (1 - B + B * column / average)).astype(np.float32) for column in lengths]
            )
            self._norms[field] = norms_and_min = norms, float(norms.min(initial=np.inf))
        return norms_and_min


def total_scores_at(terms: Sequence[QueryTerm], doc_ids: DocIds, recency: Floats | None = None) -> Floats:
    """Return the sum over the terms for each of these documents, and their recency; suited to a few."""
    totals: Floats
    if compiled.postings:
        totals = compiled.postings.totals([(term.loops, qtf) for term, qtf in terms], doc_ids, check)
    else:
        totals = _totals(terms, doc_ids)
    return totals if recency is None else totals + recency.take(doc_ids)


def _totals(terms: Sequence[QueryTerm], doc_ids: DocIds) -> Floats:
    totals = np.zeros(len(doc_ids), dtype=np.float32)
    for term, qtf in terms:
        check()
        scores = term.scores_at(doc_ids)
        totals += scores if qtf == 1 else scores * np.float32(qtf)
    return totals


def _scores(codes: Codes, norms: Floats, weight: np.float32, field: str) -> Floats:
    """Return the scores that belong to these codes and norms (parallel); overwrites `norms`."""
    tf = (codes >> 1).astype(np.float32)
    norms += tf
    tf /= norms
    if field == "unigrams":
        tf += (codes & 1) * _LEAD_IMPACT
    tf *= weight
    return tf


def _max_score(codes: Codes, min_norm: float, weight: np.float32) -> float:
    """Return an upper bound of the scores, from the largest frequency and the smallest norm."""
    tf = float(codes.max() >> 1)
    return (tf / (tf + min_norm) + float(_LEAD_IMPACT)) * float(weight) * _ROUNDING_MARGIN
