"""Explaining: the first stage of a score for single entries, term by term.

The arithmetic of `score.py` once more, in plain numbers and without its shortcuts, so that each can be held
to the other. It is never on the way of a search that did not ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.postings_cache import Postings
from search.engines.whoosh.score import Scorer
from search.engines.whoosh.whole import Whole
from search.explanation import Explanation, TermShare
from search.ranking import K1, STREAM_WEIGHTS, Bag, idf, impact

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
    whole: Whole, scorer: Scorer, visible: Mask | None, bag: Bag, places: Sequence[Place]
) -> list[Explanation]:
    """Return the shares of each entry's terms; `visible` (N,) says what counts, None is all that is live.

    `scorer` is the one of everything live, and serves for its postings only.
    """
    mask = whole.live if visible is None else visible
    count = int(mask.sum())
    averages = {name: _average(whole, mask, name, count) for name in STREAM_WEIGHTS}
    terms = [
        _term(scorer.term(name, text).postings, mask, count, name, weight, text, qtf)
        for name, weight in STREAM_WEIGHTS.items()
        for text, qtf in getattr(bag, name)
    ]
    found = []
    for place in places:
        shares = [share for term in terms if (share := _share(whole, term, place, averages[term.stream]))]
        shares.sort(key=lambda share: -share.weight)
        first = sum(share.weight for share in shares)
        found.append(Explanation(first, tuple(shares), {"first": first}))
    return found


def _average(whole: Whole, mask: Mask, stream: str, count: int) -> float:
    """Return the average length of a visible entry in a stream; 1 where there is none."""
    lengths = zip(whole.leaves, whole.slices(mask), strict=True)
    total = sum(float(leaf.docs.lengths(stream)[own].sum(dtype=np.float64)) for leaf, own in lengths)
    return total / count if count and total else 1.0


def _term(
    postings: Postings, mask: Mask, count: int, stream: str, weight: float, text: str, qtf: int
) -> _Term:
    df = int(np.count_nonzero(mask[postings.numbers]))
    return _Term(stream, text, qtf, df, qtf * weight * idf(count, df) * (K1 + 1), postings)


def _share(whole: Whole, term: _Term, place: Place, average: float) -> TermShare | None:
    """Return what a term gives to an entry, None where the entry has it not."""
    leaf, number = place
    code = int(term.postings.at(np.array([whole.begins[leaf] + number], dtype=whole.dtype))[0])
    if not term.df or not code:
        return None
    tf = float(code >> 1)
    length = float(whole.leaves[leaf].docs.lengths(term.stream)[number])
    share = term.weight * impact(term.stream, tf, length, average, lead=bool(code & 1))
    return TermShare(term.stream, term.text, term.qtf, term.df, round(tf), share)
