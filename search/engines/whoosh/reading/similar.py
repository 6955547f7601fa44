"""Entries similar to one: its interesting terms (`search.engines.more_like_this`), scored as a query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.deadline import check
from search.engines.base import ScoredEntry
from search.engines.more_like_this import DUPLICATE_RATIO, MAX_DUPLICATES, MIN_SCORE_RATIO, interesting_terms
from search.engines.whoosh.matching.doc_space import DocSpace, Mask, both
from search.engines.whoosh.scoring.scorer import Scorer
from search.engines.whoosh.scoring.sorting import DocSorter, RankedDoc
from search.entry import Entry
from search.near_duplicates import Fingerprint, are_duplicates

__all__ = ["DocFrequencies", "MoreLikeThis"]

Floats = npt.NDArray[np.float32]


class DocFrequencies:
    """Counts terms among the live entries of one time: `visible` (N,), None for all, none of them removed.

    Postings are decoded only with a mask; otherwise the counts of the term dictionaries serve.
    """

    def __init__(self, space: DocSpace, scorer: Scorer, visible: Mask | None) -> None:
        self._space, self._scorer, self.visible = space, scorer, visible
        self.entries = space.count if visible is None else int(visible.sum())

    def __call__(self, field: str, terms: Sequence[str]) -> list[int]:
        return [self._frequency(field, term) for term in terms]

    def _frequency(self, field: str, term: str) -> int:
        """Return the document frequency of a word, or the number of occurrences of a bigram."""
        readers, visible = self._space.readers, self.visible
        if visible is None:
            if field == "words":
                return sum(reader.words.count(reader.words.term_ord(term)) for reader in readers)
            return sum(reader.pairs.count(reader.bigram_ord(term)) for reader in readers)
        if field == "words":
            docs = self._scorer.term(field, term).postings.doc_ids
            return int(np.count_nonzero(visible.take(docs)))
        occurrences = [
            reader.docs.docs_at(reader.pairs.places(reader.bigram_ord(term))) for reader in readers
        ]
        pairs = zip(self._space.slices(visible), occurrences, strict=True)
        return sum(int(np.count_nonzero(mask[docs])) for mask, docs in pairs)


class MoreLikeThis:
    """Searches for similar entries; `scorer` and `frequencies` have the weights of one time."""

    def __init__(
        self,
        space: DocSpace,
        sorter: DocSorter,
        scorer: Scorer,
        frequencies: DocFrequencies,
        analyzer: Analyzer,
    ) -> None:
        self._space, self._sorter, self._analyzer = space, sorter, analyzer
        self._scorer, self._frequencies = scorer, frequencies

    def similar(self, doc: int, entry: Entry, n: int, allowed: Mask | None) -> tuple[ScoredEntry, ...]:
        """Return the n allowed entries most similar to one, best first, without itself.

        Terms that only the entry and its near-duplicates have are not interesting: the entries that score
        almost as high as itself are compared first, and the terms chosen again if some are near-duplicates.
        """
        scores = self._scores(entry, 1)
        if scores is not None:
            candidates = both(scores >= DUPLICATE_RATIO * scores[doc], self._frequencies.visible)
            assert candidates is not None
            duplicates = self._count_duplicates(entry, candidates, scores)
            scores = self._scores(entry, duplicates) if duplicates > 1 else scores
        if scores is None:
            return ()
        matches = both(scores > MIN_SCORE_RATIO * scores[doc], allowed)
        assert matches is not None
        matches[doc] = False
        ranked = self._best(matches, scores, n)
        return tuple(ScoredEntry(self._entry(hit), -hit[0], False) for hit in ranked)

    def _scores(self, entry: Entry, copies: int) -> Floats | None:
        """Return the similarity of every entry (N,); None if no term is interesting."""
        frequencies = self._frequencies
        bag = interesting_terms(entry, self._analyzer, frequencies.entries, frequencies, copies)
        if not (bag.words or bag.bigrams):
            return None
        return self._scorer.scores(self._scorer.terms(bag))

    def _count_duplicates(self, entry: Entry, candidates: Mask, scores: Floats) -> int:
        """Return the number of near-duplicates of an entry among the best candidates."""
        fingerprint = Fingerprint(entry, self._analyzer)
        best = [self._entry(hit) for hit in self._best(candidates, scores, MAX_DUPLICATES)]
        check()
        return sum(are_duplicates(fingerprint, Fingerprint(other, self._analyzer)) for other in best)

    def _best(self, mask: Mask, scores: Floats, n: int) -> list[RankedDoc]:
        return self._sorter.by_score(self._space.slices(mask), self._space.slices(scores), n)

    def _entry(self, hit: RankedDoc) -> Entry:
        return self._space.readers[hit[1]].docs.entry(hit[2])
