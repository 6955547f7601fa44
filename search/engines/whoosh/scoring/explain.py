"""Explaining: the first stage of a score for single entries, term by term.

The arithmetic of `score.py` once more, in plain numbers and without its shortcuts, so that each can be held
to the other. It is never on the way of a search that did not ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocSpace, Numbers
from search.engines.whoosh.matching.postings_cache import Postings
from search.engines.whoosh.scoring.scorer import Scorer
from search.ranking import K1, FIELD_WEIGHTS, ScoringTerms, idf, impact
from search.results import Explanation, TermShare

__all__ = ["explain"]

Mask = npt.NDArray[np.bool_]
#: An entry: which leaf, and its number there.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of the bag, with its postings."""

    stream: str
    text: str
    qtf: int
    df: int
    weight: float
    postings: Postings


def explain(
    whole: DocSpace, scorer: Scorer, visible: Mask | None, bag: ScoringTerms, places: Sequence[Place]
) -> list[Explanation]:
    """Return the shares of each entry's terms; `visible` (N,) says what counts, None is all that is live.

    `scorer` is the one of everything live, and serves for its postings only.
    """
    mask = whole.live if visible is None else visible
    count = int(mask.sum())
    numbers = np.array([whole.doc_bases[leaf] + number for leaf, number in places], dtype=whole.dtype)
    shares: list[list[TermShare]] = [[] for _ in places]
    for name, weight in FIELD_WEIGHTS.items():
        average = _average(whole, mask, name, count)
        lengths = [float(whole.leaves[leaf].docs.lengths(name)[number]) for leaf, number in places]
        for text, qtf in getattr(bag, name):
            check()
            term = _term(scorer.term(name, text).postings, visible, count, name, weight, text, qtf)
            for place, share in _shares(term, numbers, lengths, average):
                shares[place].append(share)
    return [_explanation(own) for own in shares]


def _explanation(shares: list[TermShare]) -> Explanation:
    shares.sort(key=lambda share: -share.weight)
    first = sum(share.weight for share in shares)
    return Explanation(first, tuple(shares), {"first": first})


def _average(whole: DocSpace, mask: Mask, stream: str, count: int) -> float:
    """Return the average length of a visible entry in a stream; 1 where there is none."""
    lengths = zip(whole.leaves, whole.slices(mask), strict=True)
    total = sum(float(leaf.docs.lengths(stream)[own].sum(dtype=np.float64)) for leaf, own in lengths)
    return total / count if count and total else 1.0


def _term(
    postings: Postings, visible: Mask | None, count: int, stream: str, weight: float, text: str, qtf: int
) -> _Term:
    df = postings.df if visible is None else int(np.count_nonzero(visible.take(postings.numbers)))
    return _Term(stream, text, qtf, df, qtf * weight * idf(count, df) * (K1 + 1), postings)


def _shares(
    term: _Term, numbers: Numbers, lengths: Sequence[float], average: float
) -> Iterator[tuple[int, TermShare]]:
    """Yield which of the entries have a term, each with what the term gives to it; one look-up for all."""
    codes = term.postings.at(numbers)
    for which in codes.nonzero()[0].tolist() if term.df else ():
        code = int(codes[which])
        share = term.weight * impact(term.stream, code >> 1, lengths[which], average, lead=bool(code & 1))
        yield which, TermShare(term.stream, term.text, term.qtf, term.df, code >> 1, share)
