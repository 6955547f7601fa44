"""Evaluates logical nodes to the ascending ids of the documents that match.

Uses the postings that scoring caches. A conjunction evaluates its most selective child first and the others
only for the remaining documents. Phrases of more than two units are verified by position only in documents
that contain all their bigrams.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis import bigram
from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace
from search.engines.whoosh.matching.postings_cache import (
    Postings,
    PostingsCache,
    distinct,
    intersection,
    member,
)
from search.engines.whoosh.matching.segment_matcher import SegmentMatcher, time_mask
from search.engines.whoosh.storage.reader import SegmentReader
from search.query.logical import (
    AgencyIs,
    AllOf,
    AnyOf,
    AnyTerm,
    Everything,
    Node,
    Not,
    Nothing,
    Phrase,
    StreamIs,
    TimeIn,
)

__all__ = ["QueryEvaluator"]

Mask = npt.NDArray[np.bool_]
#: The postings of a term, by field (`words`, `unigrams`, `bigrams`) and text.
PostingsLookup = Callable[[str, str], Postings]

#: Lists that together have more than 1/16 of the documents are united in a mask, shorter ones by sorting.
_UNITE_IN_MASK_ABOVE_ONE_IN: Final = 16


@dataclass(frozen=True, slots=True)
class _PhraseDocs:
    """The documents that contain a phrase, as they are cached."""

    doc_ids: DocIds

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.doc_ids.nbytes + 600


class QueryEvaluator:
    """Evaluates nodes on all segments; returned arrays may be shared and must not be modified."""

    def __init__(
        self,
        space: DocSpace,
        matchers: Sequence[SegmentMatcher],
        postings: PostingsLookup,
        cache: PostingsCache,
    ) -> None:
        self._space = space
        self._matchers = matchers
        self._postings = postings
        self._cache = cache

    def evaluate(self, node: Node) -> DocIds:
        """Return the documents that match a node, ascending; deleted ones may be among them."""
        check()
        match node:
            case Phrase():
                return self._phrase(node)
            case AllOf(children):
                return self._all_of(children)
            case AnyOf(children):
                return self._unite([self.evaluate(child) for child in children])
            case Not(child):
                return self._space.docs_of(~self._mask(self.evaluate(child)))
            case AnyTerm(words, bigrams, least):
                terms = [("words", text) for text in words] + [("bigrams", text) for text in bigrams]
                lists = [self._postings(*term).doc_ids for term in terms]
                return self._unite(lists) if least < 2 else self._shared(lists, least)
            case Everything():
                return np.arange(self._space.count, dtype=self._space.dtype)
            case Nothing():
                return self._space.none
        return self._space.docs_of(self._column_mask(node))

    def _column_mask(self, node: Node) -> Mask:
        """Return which documents (N,) match a condition on a column."""
        match node:
            case AgencyIs(value, role):
                masks = [matcher.agency(value, role, whole=False) for matcher in self._matchers]
            case StreamIs(value):
                masks = [matcher.stream(value, whole=False) for matcher in self._matchers]
            case TimeIn(start, end):
                masks = [time_mask(reader.docs.time, start, end) for reader in self._space.readers]
            case _:
                raise TypeError(f"no such node: {node!r}")
        return self._space.concat(masks)

    def _mask(self, doc_ids: DocIds) -> Mask:
        mask = np.zeros(self._space.count, dtype=np.bool_)
        mask[doc_ids] = True
        return mask

    def _shared(self, lists: list[DocIds], least: int) -> DocIds:
        """Return the documents in at least this number of lists."""
        counts = np.zeros(self._space.count, dtype=np.uint16)
        for doc_ids in lists:
            counts[doc_ids] += 1
        return self._space.docs_of(counts >= least)

    def _unite(self, lists: list[DocIds]) -> DocIds:
        lists = [doc_ids for doc_ids in lists if len(doc_ids)]
        if len(lists) < 2:
            return lists[0] if lists else self._space.none
        if sum(map(len, lists)) * _UNITE_IN_MASK_ABOVE_ONE_IN < self._space.count:
            return distinct(np.concatenate(lists))
        mask = self._mask(lists[0])
        for doc_ids in lists[1:]:
            mask[doc_ids] = True
        return self._space.docs_of(mask)

    def _all_of(self, children: Sequence[Node]) -> DocIds:
        """Return the intersection: bigrams of phrases first, then the other conditions by rising cost."""
        phrases = [child for child in children if isinstance(child, Phrase) and _bigrams(child)]
        doc_ids = self._with_bigrams({text for phrase in phrases for text in _bigrams(phrase)})
        others = [child for child in children if child not in phrases]
        others += [phrase for phrase in phrases if _needs_positions(phrase)]
        for child in sorted(others, key=self._cost):
            if doc_ids is None:
                doc_ids = self.evaluate(child)
            elif len(doc_ids):
                doc_ids = self._restrict(doc_ids, child)
        return self._space.none if doc_ids is None else doc_ids

    def _cost(self, node: Node) -> tuple[int, int]:
        """Return a sort key that puts the cheapest condition first."""
        if isinstance(node, Phrase) and not node.prefix and not _needs_positions(node):
            return 0, self._postings("unigrams", node.units[0]).df
        return (1 if isinstance(node, Phrase) else 3 if isinstance(node, Not) else 2), 0

    def _with_bigrams(self, bigrams: set[str]) -> DocIds | None:
        """Return the documents that contain all these bigrams, None if there are no bigrams."""
        doc_ids = None
        for postings in sorted((self._postings("bigrams", text) for text in bigrams), key=lambda p: p.df):
            doc_ids = (
                postings.doc_ids
                if doc_ids is None
                else intersection(doc_ids, postings.doc_ids, self._space.count)
            )
            if not len(doc_ids):
                break
        return doc_ids

    def _restrict(self, doc_ids: DocIds, node: Node) -> DocIds:
        """Return those of some documents that match a node."""
        count = self._space.count
        match node:
            case Phrase(units=(unit,), where="text", prefix=False):
                return doc_ids[self._postings("unigrams", unit).codes_at(doc_ids) > 0]
            case Phrase() if _bigrams(node):
                return self._restrict_to_phrase(doc_ids, node)
            case Not(child):
                return doc_ids[~member(doc_ids, self.evaluate(child), count)]
            case AgencyIs() | StreamIs() | TimeIn():
                return doc_ids[self._column_mask(node).take(doc_ids)]
        return doc_ids[member(doc_ids, self.evaluate(node), count)]

    def _phrase(self, phrase: Phrase) -> DocIds:
        if len(phrase.units) == 1 and phrase.where == "text" and not phrase.prefix:
            return self._postings("unigrams", phrase.units[0]).doc_ids
        if not _bigrams(phrase):
            return self._space.join([np.unique(matcher.phrase(phrase)) for matcher in self._matchers])
        if not _needs_positions(phrase):
            return self._candidates(phrase)
        cached: _PhraseDocs | None = self._cache.get(phrase)
        return self._verify_all(phrase) if cached is None else cached.doc_ids

    def _candidates(self, phrase: Phrase) -> DocIds:
        doc_ids = self._with_bigrams(_bigrams(phrase))
        return self._space.none if doc_ids is None else doc_ids

    def _restrict_to_phrase(self, doc_ids: DocIds, phrase: Phrase) -> DocIds:
        cached: _PhraseDocs | None = self._cache.get(phrase)
        if cached is None and not all(map(len, self._space.split(doc_ids))):
            return self._verify(phrase, doc_ids)
        # With documents in every segment all positions are read anyway, so the result is worth caching.
        matches = self._verify_all(phrase) if cached is None else cached.doc_ids
        return doc_ids[member(doc_ids, matches, self._space.count)]

    def _verify_all(self, phrase: Phrase) -> DocIds:
        """Return all documents that contain a phrase, and cache them."""
        doc_ids = self._verify(phrase, self._candidates(phrase))
        self._cache.put(phrase, _PhraseDocs(doc_ids))
        return doc_ids

    def _verify(self, phrase: Phrase, doc_ids: DocIds) -> DocIds:
        """Return those of some documents that contain a phrase, according to positions."""
        segments = zip(self._matchers, self._space.readers, self._space.split(doc_ids), strict=True)
        return self._space.join([_verify(*segment, phrase) for segment in segments])


def _verify(
    matcher: SegmentMatcher, reader: SegmentReader, docs: npt.NDArray[np.int64], phrase: Phrase
) -> npt.NDArray[np.int64]:
    """Return those of some documents of a segment that contain a phrase."""
    if not len(docs):
        return docs
    return docs[member(docs, matcher.phrase(phrase), reader.count)]


def _needs_positions(phrase: Phrase) -> bool:
    """Return whether containing all bigrams is not enough to match a phrase."""
    return len(phrase.units) > 2 or phrase.where != "text"


def _bigrams(phrase: Phrase) -> set[str]:
    """Return the bigrams that every match of a phrase contains; none for a prefix."""
    units, offsets = phrase.units, phrase.offsets
    indexes = range(0 if phrase.prefix else len(units) - 1)
    return {bigram(units[i], units[i + 1]) for i in indexes if offsets[i + 1] == offsets[i] + 1}
