"""Explaining: the first stage of a score for single entries, term by term.

The arithmetic of `score.py` once more, in plain numbers and without its shortcuts, so that each can be held
to the other. It is never on the way of a search that did not ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.postings_cache import Postings, PostingsCache
from search.explanation import Explanation, TermShare
from search.ranking import BIGRAM_WEIGHT, K1, LEAD_WEIGHT, UNIGRAM_WEIGHT, B, Bag, idf

__all__ = ["explain"]

Mask = npt.NDArray[np.bool_]
#: An entry: which leaf, and its number there.
Place = tuple[int, int]

_STREAMS: Final = (("words", 1.0), ("unigrams", UNIGRAM_WEIGHT), ("bigrams", BIGRAM_WEIGHT))


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of the bag, with its postings in each leaf."""

    stream: str
    text: str
    qtf: int
    df: int
    weight: float
    postings: list[Postings]


def explain(
    leaves: Sequence[Leaf],
    caches: Sequence[PostingsCache],
    visible: Sequence[Mask] | None,
    bag: Bag,
    places: Sequence[Place],
) -> list[Explanation]:
    """Return the shares of each entry's terms; `visible` has a mask (N,) for each leaf, None for all live."""
    masks = [leaf.live for leaf in leaves] if visible is None else list(visible)
    count = sum(int(mask.sum()) for mask in masks)
    averages = {name: _average(leaves, masks, name, count) for name, _ in _STREAMS}
    terms = [
        _term(caches, masks, count, name, weight, text, qtf)
        for name, weight in _STREAMS
        for text, qtf in getattr(bag, name)
    ]
    found = []
    for place in places:
        shares = [share for term in terms if (share := _share(leaves, term, place, averages[term.stream]))]
        shares.sort(key=lambda share: -share.weight)
        first = sum(share.weight for share in shares)
        found.append(Explanation(first, tuple(shares), {"first": first}))
    return found


def _average(leaves: Sequence[Leaf], masks: Sequence[Mask], stream: str, count: int) -> float:
    """Return the average length of a visible entry in a stream; 1 where there is none."""
    lengths = zip(leaves, masks, strict=True)
    total = sum(float(leaf.docs.lengths(stream)[mask].sum(dtype=np.float64)) for leaf, mask in lengths)
    return total / count if count and total else 1.0


def _term(
    caches: Sequence[PostingsCache],
    masks: Sequence[Mask],
    count: int,
    stream: str,
    weight: float,
    text: str,
    qtf: int,
) -> _Term:
    postings = [cache.of(stream, text) for cache in caches]
    df = sum(int(np.count_nonzero(mask[own.ids])) for mask, own in zip(masks, postings, strict=True))
    return _Term(stream, text, qtf, df, qtf * weight * idf(count, df) * (K1 + 1), postings)


def _share(leaves: Sequence[Leaf], term: _Term, place: Place, average: float) -> TermShare | None:
    """Return what a term gives to an entry, None where the entry has it not."""
    leaf, number = place
    own = term.postings[leaf]
    at = int(np.searchsorted(own.ids, number))
    if not term.df or at == len(own.ids) or own.ids[at] != number:
        return None
    tf = float(own.tf[at])
    length = float(leaves[leaf].docs.lengths(term.stream)[number])
    impact = tf / (tf + K1 * (1 - B + B * length / average))
    if own.lead is not None:
        impact += float(own.lead[at]) * LEAD_WEIGHT / (UNIGRAM_WEIGHT * (K1 + 1))
    share = term.weight * impact
    return TermShare(term.stream, term.text, term.qtf, term.df, round(tf), share)
