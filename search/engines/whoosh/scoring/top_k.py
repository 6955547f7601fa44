"""Top-k retrieval with MaxScore pruning.

Matching terms generate candidates, so the work grows with their postings and not with the collection. Scores
are added up in an accumulator (N,) that is reused, zeroed, by the next query of the thread. The most frequent
term is added first: the matches that each further term contributes are then counted from its own postings.
Candidates that only the more frequent terms contribute are skipped if the rarer terms have better ones.

Scoring-only terms generate no candidates; they are looked up for candidates that can still reach the top k.
Some promising candidates are scored completely, which gives a threshold, and after each term the candidates
whose upper bound is below it are dropped (MaxScore: Turtle and Flood, "Query Evaluation: Strategies and
Optimizations", 1995).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search import compiled
from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace
from search.engines.whoosh.matching.postings_cache import distinct
from search.engines.whoosh.scoring.scorer import QueryTerm, total_scores_at

__all__ = ["TopDocs", "TopK", "bound"]

Floats = npt.NDArray[np.float32]

#: Values a column in `bound`.
_COLUMN_VALUES: Final = 64
#: The accumulator is dense when the collection is smaller than 30,000 + 4 · postings of the matching terms.
_DENSE_BELOW_DOCS: Final = 30_000
_DENSE_DOCS_PER_POSTING: Final = 4
#: Candidates scored completely to find a threshold: this many, and 2 more for each requested document.
_PROBES: Final = 64
#: Adding this many postings to an accumulator takes as long as looking up one document.
_POSTINGS_PER_LOOKUP: Final = 6
#: Zeroing the whole accumulator takes as long as zeroing 1/12 of its cells one by one.
_ZEROED_CELLS_PER_WRITE: Final = 12
#: Relative error of a sum of float32 values added in another order.
_ROUNDING: Final = 1e-5
#: Smallest positive threshold.
_MIN_POSITIVE: Final = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class TopDocs:
    """The number of matches, and documents with their scores that include the top k."""

    total: int
    doc_ids: DocIds
    scores: Floats


class _Spare(threading.local):
    """The zeroed accumulator (N,) of a thread."""

    accumulator: Floats | None = None


class TopK:
    """Finds the k documents with the highest scores; may be shared by threads."""

    def __init__(self, space: DocSpace) -> None:
        self._space = space
        self._spare = _Spare()

    def top(self, terms: Sequence[QueryTerm], matching: Sequence[bool], excluded: DocIds, k: int) -> TopDocs:
        """Return the top k of the documents that contain a matching term and are not excluded.

        `terms` are sorted by falling frequency and all score; `matching` (parallel) marks those that generate
        matches. The result includes ties and some more documents.
        """
        if compiled.postings:
            return self._compiled_top(terms, matching, excluded, k)
        pairs = list(zip(terms, matching, strict=True))
        generators = [pair for pair, matches in pairs if matches and pair[0].postings.df]
        scoring_only = [pair for pair, matches in pairs if not matches]
        if not generators:
            return TopDocs(0, self._space.none, np.empty(0, dtype=np.float32))
        if len(generators) == 1 and not scoring_only and not len(excluded):
            term, qtf = generators[0]
            doc_ids, scores = _at_least(term.doc_ids, term.scores, bound(term.scores, k))
            return TopDocs(term.postings.df, doc_ids, scores if qtf == 1 else scores * np.float32(qtf))
        postings = sum([term.postings.df for term, _ in generators])
        dense = _DENSE_BELOW_DOCS + _DENSE_DOCS_PER_POSTING * postings > self._space.count
        accumulator = _sum_all(generators, self._space.count) if dense else self._take()
        total = _count(accumulator) if dense else _add_and_count(accumulator, generators)
        if len(excluded):
            total -= _count(accumulator.take(excluded))
            accumulator[excluded] = 0
        candidates = self._dense_candidates if dense else self._sparse_candidates
        doc_ids, scores, threshold = candidates(accumulator, generators, scoring_only, k)
        if not dense:
            self._give_back(accumulator, [term.doc_ids for term, _ in generators])
        if not scoring_only:
            return TopDocs(total, doc_ids, scores)
        doc_ids = _prune(doc_ids, scores, scoring_only, threshold, k)
        return TopDocs(total, doc_ids, total_scores_at(terms, doc_ids))

    def _compiled_top(
        self, terms: Sequence[QueryTerm], matching: Sequence[bool], excluded: DocIds, k: int
    ) -> TopDocs:
        loops, accumulator = [(term.loops, qtf) for term, qtf in terms], self._take()
        result = compiled.postings.top(
            loops, list(matching), excluded, accumulator, k, self._space.dtype, check
        )
        self._spare.accumulator = accumulator
        return TopDocs(*result)

    def top_among(
        self, terms: Sequence[QueryTerm], doc_ids: DocIds, k: int, recency: Floats | None = None
    ) -> tuple[DocIds, Floats]:
        """Return the top k of ascending documents, ties, and some more, with their scores.

        `recency` has a further score of each document (N,).
        """
        if compiled.postings:
            loops = [(term.loops, qtf) for term, qtf in terms]
            doc_ids, scores = compiled.postings.top_among(loops, doc_ids, k, recency, check)
            return doc_ids, scores if recency is None else scores + recency.take(doc_ids)
        if len(doc_ids) > _PROBES + 4 * k:
            added = [pair for pair in terms if pair[0].field != "unigrams"]
            looked_up = [pair for pair in terms if pair[0].field == "unigrams"]
            scores = self.sums(added, doc_ids, recency)
            threshold = _threshold(doc_ids, scores, looked_up, k, 1)
            doc_ids, scores = _at_least(doc_ids, scores, threshold - _max_sum(looked_up))
            doc_ids = _prune(doc_ids, scores, looked_up, threshold, k)
        return doc_ids, total_scores_at(terms, doc_ids, recency)

    def sums(self, terms: Sequence[QueryTerm], doc_ids: DocIds, recency: Floats | None = None) -> Floats:
        """Return the sum over the terms for each of these documents, and their recency."""
        postings = sum(term.postings.df for term, _ in terms)
        if postings > _POSTINGS_PER_LOOKUP * len(doc_ids) * len(terms):
            return total_scores_at(terms, doc_ids, recency)
        accumulator = self._take()
        for term, qtf in terms:
            check()
            term.add_sparse(accumulator, qtf)
        scores = accumulator.take(doc_ids)
        self._give_back(accumulator, [term.doc_ids for term, _ in terms])
        return scores if recency is None else scores + recency.take(doc_ids)

    def _take(self) -> Floats:
        """Return a zeroed accumulator (N,); one that an exception leaves dirty is never given back."""
        spare, self._spare.accumulator = self._spare.accumulator, None
        return np.zeros(self._space.count, dtype=np.float32) if spare is None else spare

    def _give_back(self, accumulator: Floats, touched: Sequence[DocIds]) -> None:
        if _ZEROED_CELLS_PER_WRITE * sum(map(len, touched)) > len(accumulator):
            accumulator.fill(0)
        else:
            for doc_ids in touched:
                accumulator[doc_ids] = 0
        self._spare.accumulator = accumulator

    def _sparse_candidates(
        self,
        accumulator: Floats,
        generators: Sequence[QueryTerm],
        scoring_only: Sequence[QueryTerm],
        k: int,
    ) -> tuple[DocIds, Floats, float]:
        """Return distinct candidates for the top k, their accumulated scores, and the threshold.

        `accumulator` has the sums of the generators; the scoring-only terms are not added yet.
        """
        max_rest = _max_sum(scoring_only)
        for skipped in (len(generators) // 2, 0):
            postings = [term.doc_ids for term, _ in generators[skipped:]]
            doc_ids = np.concatenate(postings) if len(postings) > 1 else postings[0]
            scores = accumulator.take(doc_ids)
            # A document occurs once for each of its terms.
            threshold = _threshold(doc_ids, scores, scoring_only, k, len(postings))
            if not skipped or threshold > (_max_sum(generators[:skipped]) + max_rest) * (1 + _ROUNDING):
                break
        doc_ids, scores = _at_least(doc_ids, scores, max(threshold - max_rest, _MIN_POSITIVE))
        if len(postings) > 1:
            doc_ids = distinct(doc_ids)
            scores = accumulator.take(doc_ids)
        return doc_ids, scores, threshold

    def _dense_candidates(
        self,
        accumulator: Floats,
        generators: Sequence[QueryTerm],
        scoring_only: Sequence[QueryTerm],
        k: int,
    ) -> tuple[DocIds, Floats, float]:
        """Do the same by scanning the whole accumulator."""
        rarest = generators[-1][0].doc_ids
        # The postings of the rarest term usually contain the top documents.
        if len(rarest) > 2 * k:
            threshold = _threshold(rarest, accumulator.take(rarest), scoring_only, k, 1)
        else:
            threshold = bound(accumulator, k) * (1 - _ROUNDING)
        mask = accumulator >= np.float32(max(threshold - _max_sum(scoring_only), _MIN_POSITIVE))
        doc_ids = self._space.docs_of(mask)
        return doc_ids, accumulator.take(doc_ids), threshold


def bound(values: Floats, k: int) -> float:
    """Return a lower bound of the k-th largest value; 0 if there are no more than k values."""
    count = len(values)
    if count <= k:
        return 0.0
    columns = count // _COLUMN_VALUES
    if columns > 4 * k:
        # The k-th largest column maximum is no larger than the k-th largest value.
        values = values[: columns * _COLUMN_VALUES].reshape(_COLUMN_VALUES, columns).max(axis=0)
        count = columns
    return float(np.partition(values, count - k)[count - k])


def _threshold(
    doc_ids: DocIds, scores: Floats, scoring_only: Sequence[QueryTerm], k: int, repeats: int
) -> float:
    """Return a lower bound of the k-th best total score.

    `scores` lack the scoring-only terms; a document occurs up to `repeats` times.
    """
    if not scoring_only:
        return bound(scores, k * repeats) * (1 - _ROUNDING)
    probes = (_PROBES + 2 * k) * repeats
    # Excluded documents have a score of 0.
    start = max(bound(scores, probes), _MIN_POSITIVE)
    indexes = (scores >= np.float32(start)).nonzero()[0][: 2 * probes]
    probed = doc_ids.take(indexes)
    totals = scores.take(indexes)
    for term, qtf in scoring_only:
        check()
        totals += term.scores_at(probed) * np.float32(qtf)
    if repeats > 1:
        totals = totals[np.unique(probed, return_index=True)[1]]
    return max(bound(scores, k * repeats), bound(totals, k)) * (1 - _ROUNDING)


def _sum_all(terms: Sequence[QueryTerm], count: int) -> Floats:
    """Return the sum over the terms for every document (N,)."""
    (first, qtf), *others = terms
    if first.dense_scores is not None and qtf == 1:
        accumulator = first.dense_scores.copy()
    else:
        accumulator = np.zeros(count, dtype=np.float32)
        first.add(accumulator, qtf)
    for term, qtf in others:
        check()
        term.add(accumulator, qtf)
    return accumulator


def _add_and_count(accumulator: Floats, terms: Sequence[QueryTerm]) -> int:
    """Add terms to a zeroed accumulator and return the number of documents with a score above 0.

    Only the postings of all terms but the first are checked, so the most frequent term comes first.
    """
    total = 0
    for i, (term, qtf) in enumerate(terms):
        check()
        doc_ids = term.doc_ids
        total += len(doc_ids) - (_count(accumulator.take(doc_ids)) if i else 0)
        term.add_sparse(accumulator, qtf)
    return total


def _count(scores: Floats) -> int:
    """Return the number of non-zero scores; counting their bits as integers is faster."""
    return int(np.count_nonzero(scores.view(np.int32)))


def _prune(doc_ids: DocIds, scores: Floats, terms: Sequence[QueryTerm], threshold: float, k: int) -> DocIds:
    """Drop documents that cannot reach the top k, adding one term after the other."""
    max_rest = _max_sum(terms)
    for term, qtf in sorted(terms, key=lambda pair: -pair[0].max_score * pair[1]):
        check()
        if len(doc_ids) <= 4 * k:
            break
        scores = scores + term.scores_at(doc_ids) * np.float32(qtf)
        max_rest -= term.max_score * qtf
        threshold = max(threshold, bound(scores, k) * (1 - _ROUNDING))
        doc_ids, scores = _at_least(doc_ids, scores, threshold - max_rest - _ROUNDING * threshold)
    return doc_ids


def _at_least(doc_ids: DocIds, scores: Floats, threshold: float) -> tuple[DocIds, Floats]:
    """Return the documents whose scores reach a threshold, with these scores."""
    indexes = (scores >= np.float32(threshold)).nonzero()[0]
    return doc_ids.take(indexes), scores.take(indexes)


def _max_sum(terms: Sequence[QueryTerm]) -> float:
    return sum([term.max_score * qtf for term, qtf in terms])
