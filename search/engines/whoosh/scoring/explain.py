"""Explanations of the first stage of a score, term by term.

Repeats the arithmetic of `scorer.py` in plain numbers and without its shortcuts, so that tests can compare
the two. Used only by searches that ask for explanations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace
from search.engines.whoosh.matching.postings_cache import Postings
from search.engines.whoosh.scoring.scorer import Scorer
from search.ranking import FIELD_WEIGHTS, K1, ScoringTerms, idf, impact
from search.results import Explanation, TermShare

__all__ = ["explain"]

Mask = npt.NDArray[np.bool_]
#: Index of a segment reader, and a document of its segment.
Location = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of the query, with its postings."""

    field: str
    text: str
    qtf: int
    df: int
    weight: float
    postings: Postings


def explain(
    space: DocSpace, scorer: Scorer, visible: Mask | None, bag: ScoringTerms, locations: Sequence[Location]
) -> list[Explanation]:
    """Explain each document; `visible` (N,) is None if all live documents are visible.

    `scorer` is that of all live documents; only its postings are used.
    """
    mask = space.live if visible is None else visible
    count = int(mask.sum())
    doc_ids = np.array([space.doc_bases[i] + doc for i, doc in locations], dtype=space.dtype)
    shares: list[list[TermShare]] = [[] for _ in locations]
    for field, weight in FIELD_WEIGHTS.items():
        average = _average_length(space, mask, field, count)
        lengths = [float(space.readers[i].docs.lengths(field)[doc]) for i, doc in locations]
        for text, qtf in getattr(bag, field):
            check()
            term = _term(scorer.postings(field, text), visible, count, field, weight, text, qtf)
            for index, share in _shares(term, doc_ids, lengths, average):
                shares[index].append(share)
    return list(map(_explanation, shares))


def _explanation(shares: list[TermShare]) -> Explanation:
    shares.sort(key=lambda share: -share.weight)
    first = sum(share.weight for share in shares)
    return Explanation(first, tuple(shares), {"first": first})


def _average_length(space: DocSpace, mask: Mask, field: str, count: int) -> float:
    """Return the average length of the visible documents in a field; 1 if there are none."""
    pairs = zip(space.readers, space.slices(mask), strict=True)
    total = sum(float(reader.docs.lengths(field)[part].sum(dtype=np.float64)) for reader, part in pairs)
    return total / count if count and total else 1.0


def _term(
    postings: Postings, visible: Mask | None, count: int, field: str, weight: float, text: str, qtf: int
) -> _Term:
    df = postings.df if visible is None else int(np.count_nonzero(visible.take(postings.doc_ids)))
    return _Term(field, text, qtf, df, qtf * weight * idf(count, df) * (K1 + 1), postings)


def _shares(
    term: _Term, doc_ids: DocIds, lengths: Sequence[float], average: float
) -> Iterator[tuple[int, TermShare]]:
    """Yield the index of each document that contains the term, with the term's share of its score."""
    codes = term.postings.codes_at(doc_ids)
    for index in codes.nonzero()[0].tolist() if term.df else ():
        tf, lead = int(codes[index]) >> 1, bool(codes[index] & 1)
        share = term.weight * impact(term.field, tf, lengths[index], average, lead=lead)
        yield index, TermShare(term.field, term.text, term.qtf, term.df, tf, share)
