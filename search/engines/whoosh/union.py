"""The entries that share any term with a query: how many they are, and which may be the best of them.

Work grows with the postings of the terms and not with the number of entries. Scores are added up in an
array of all entries that is kept, empty, from one query to the next; the most frequent term comes first, so
that how many entries each further term brings is told by looking at its own postings only. What only the
more frequent terms bring is not even looked at where the rarer ones have better.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.score import Scored, Share, scores_at

__all__ = ["Best", "Union", "bound"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
#: What a term gives in one leaf, and how often the query has it.
Shares = list[tuple[Share, int]]

#: Values share columns of this many, and the best of each column bounds the best of all.
_ROWS: Final = 64
#: So many entries, and so many for each posting, are looked at in one go faster than those of the postings.
_FEW: Final = 30_000
_PART: Final = 4
#: Sums of the same numbers in another order differ by less than this part of them.
_ROUNDING: Final = 1e-5
#: Less than any score, but not nothing.
_LEAST: Final = float(np.finfo(np.float32).tiny)
_NONE: Final[Ints] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Best:
    """How many entries of a leaf there are, and some of them, with their scores, which hold all the best."""

    total: int
    numbers: Ints
    scores: Floats


class _Spare(threading.local):
    """Arrays of 0 that a thread has at hand, by leaf."""

    def __init__(self) -> None:
        self.scores: dict[int, Floats] = {}


class Union:
    """Gathers entries; may be shared by threads."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._leaves = leaves
        self._spare = _Spare()

    def best(
        self, terms: Sequence[Scored], listed: Sequence[bool], leaf: int, without: Ints, wanted: int
    ) -> Best:
        """Return the entries of a leaf that have one of the `listed` terms and are not in `without`.

        `terms` are most frequent first, `listed` says which of them count, all score. The entries at hand
        are the best `wanted`, ties, and some more.
        """
        shares = [(term.shares[leaf], qtf) for term, qtf in terms]
        lists = [own for own, counts in zip(shares, listed, strict=True) if counts and len(own[0].ids)]
        others = (
            [] if all(listed) else [own for own, counts in zip(shares, listed, strict=True) if not counts]
        )
        if len(lists) == 1 and not others and not len(without):
            share, qtf = lists[0]
            numbers, scores = _reaching(share.ids, share.values, bound(share.values, wanted))
            return Best(len(share.ids), numbers, scores if qtf == 1 else scores * np.float32(qtf))
        if not lists:
            return Best(0, _NONE, np.empty(0, dtype=np.float32))
        spread = [own for own in others if own[0].row is None]
        rows = [own for own in others if own[0].row is not None]
        count = self._leaves[leaf].count
        dense = not spread and _FEW + _PART * sum(len(share.ids) for share, _ in lists) > count
        score = np.zeros(count, dtype=np.float32) if dense else self._take(leaf)
        total = _count_all(score, lists) if dense else _count_up(score, lists)
        if len(without):
            total -= _count(score[without])
        for share, qtf in spread:
            share.scatter(score, qtf)
        if len(without):
            score[without] = 0
        if dense:
            numbers, scores = _promising_of_all(score, lists, _most(rows), wanted)
        else:
            numbers, scores = _promising(score, lists, _most(spread), _most(rows), wanted)
            self._give_back(leaf, score, [share.ids for share, _ in (*lists, *spread)])
        if not others:
            return Best(total, numbers, scores)
        numbers = _narrowed(numbers, scores, rows, wanted)
        return Best(total, numbers, scores_at(terms, leaf, numbers))

    def _take(self, leaf: int) -> Floats:
        """Return an array (N,) of nothing; after an exception it is not given back, and let go."""
        spare = self._spare.scores.pop(leaf, None)
        return np.zeros(self._leaves[leaf].count, dtype=np.float32) if spare is None else spare

    def _give_back(self, leaf: int, score: Floats, touched: Sequence[Ints]) -> None:
        for ids in touched:
            score[ids] = 0
        self._spare.scores[leaf] = score


def bound(values: Floats, wanted: int) -> float:
    """Return what the best `wanted` values reach, or a little less; 0 where there are no more than those."""
    count = len(values)
    if count <= wanted:
        return 0.0
    columns = count // _ROWS
    if columns > 4 * wanted:
        # The wanted-th best column maximum bounds the wanted-th best value from below.
        values, count = values[: columns * _ROWS].reshape(_ROWS, columns).max(axis=0), columns
    return float(np.partition(values, count - wanted)[count - wanted])


def _count_all(score: Floats, lists: Shares) -> int:
    """Add lists to scores of 0 and return how many entries have any, by a look at all entries."""
    for share, qtf in lists:
        share.add_to(score, qtf)
    return _count(score) if len(lists) > 1 else len(lists[0][0].ids)


def _count_up(score: Floats, lists: Shares) -> int:
    """Do the same by a look at those of all lists but the first, which is the longest."""
    total = 0
    for place, (share, qtf) in enumerate(lists):
        total += len(share.ids) - (_count(score.take(share.ids)) if place else 0)
        share.scatter(score, qtf)
    return total


def _count(scores: Floats) -> int:
    """Count what is not nothing; as whole numbers, which nothing is as well, they are counted faster."""
    return int(np.count_nonzero(scores.view(np.int32)))


def _promising(score: Floats, lists: Shares, spread: float, rows: float, wanted: int) -> tuple[Ints, Floats]:
    """Return entries that may be among the best, each once, and their scores so far.

    `spread` is the most that the terms give which are in `score` but not in `lists`; `rows` the most that
    those give which are not yet in it.
    """
    for skipped in (len(lists) // 2, 0):
        part = lists[skipped:]
        numbers = np.concatenate([share.ids for share, _ in part]) if len(part) > 1 else part[0][0].ids
        scores = score.take(numbers)
        # An entry stands there once for each of its terms.
        least = bound(scores, wanted * len(part)) * (1 - _ROUNDING) - rows
        if not skipped or least > (_most(lists[:skipped]) + spread) * (1 + _ROUNDING):
            break
    numbers, scores = _reaching(numbers, scores, max(least, _LEAST))
    if len(part) == 1:
        return numbers, scores
    numbers = _distinct(numbers)
    return numbers, score.take(numbers)


def _promising_of_all(score: Floats, lists: Shares, rows: float, wanted: int) -> tuple[Ints, Floats]:
    """Do the same by a look at all entries, of which only those of the lists have scores so far."""
    rarest = lists[-1][0].ids
    # The best entries are most often among those of the rarest term.
    scores = score.take(rarest) if len(rarest) > 2 * wanted else score
    least = bound(scores, wanted) * (1 - _ROUNDING) - rows
    return _reaching(None, score, max(least, _LEAST))


def _narrowed(numbers: Ints, scores: Floats, rows: Shares, wanted: int) -> Ints:
    """Leave out entries that cannot be among the best, now that the rest of each score is looked up."""
    if len(numbers) <= 4 * wanted:
        return numbers
    for share, qtf in rows:
        scores = scores + share.at(numbers) * np.float32(qtf)
    return _reaching(numbers, scores, bound(scores, wanted) * (1 - _ROUNDING))[0]


def _reaching(numbers: Ints | None, scores: Floats, least: float) -> tuple[Ints, Floats]:
    """Return the numbers (or else places) of the scores that are no less than `least`, and these scores."""
    places = (scores >= np.float32(least)).nonzero()[0]
    return places if numbers is None else numbers.take(places), scores.take(places)


def _distinct(numbers: Ints) -> Ints:
    """Return each number once, ascending."""
    numbers.sort()
    fresh = np.ones(len(numbers), dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    return numbers[fresh]


def _most(shares: Shares) -> float:
    return sum(share.best * qtf for share, qtf in shares)
