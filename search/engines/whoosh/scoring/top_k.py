"""The best of some entries, found without working out the scores of all of them.

Of those that share any term with a query, work grows with the postings of the terms and not with the number
of entries. Scores are added up in an array of all entries that is kept, empty, from one query to the next;
the most frequent term comes first, so that how many entries each further term brings is told by looking at
its own postings only. What only the more frequent terms bring is not even looked at where the rarer ones have
better.

Terms that bring no entries in are looked up, and only for entries that may still be among the best: a few
that stand well are scored to the end, and what cannot reach them, whatever the rest adds, is left out, again
after each term (the idea of MaxScore: Turtle and Flood, "Query Evaluation: Strategies and Optimizations",
1995).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocSpace, Numbers
from search.engines.whoosh.matching.postings_cache import distinct
from search.engines.whoosh.scoring.scorer import Scored, scores_at

__all__ = ["Best", "TopK", "bound"]

Floats = npt.NDArray[np.float32]

#: Values share columns of this many, and the best of each column bounds the best of all.
_ROWS: Final = 64
#: So many entries, and so many for each posting, are looked at in one go faster than those of the postings.
_FEW: Final = 30_000
_PART: Final = 4
#: So many entries, and so many for each one wanted, are scored to the end to see what is to be reached.
_PROBES: Final = 64
#: So many postings are added up in the time that one entry is looked up among them.
_LOOK_UP: Final = 6
#: So many scores are set to nothing in one go in the time that one is by its number.
_FILL: Final = 12
#: Sums of the same numbers in another order differ by less than this part of them.
_ROUNDING: Final = 1e-5
#: Less than any score, but not nothing.
_LEAST: Final = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Best:
    """How many entries there are, and some of them, with their scores, which hold all the best."""

    total: int
    numbers: Numbers
    scores: Floats


class _Spare(threading.local):
    """An array of 0 (N,) that a thread has at hand."""

    scores: Floats | None = None


class TopK:
    """Finds the best; may be shared by threads."""

    def __init__(self, whole: DocSpace) -> None:
        self._whole = whole
        self._spare = _Spare()

    def best(self, terms: Sequence[Scored], listed: Sequence[bool], without: Numbers, wanted: int) -> Best:
        """Return the entries that have one of the `listed` terms and are not in `without`.

        `terms` are most frequent first, `listed` says which of them count, all score. The entries at hand
        are the best `wanted`, ties, and some more.
        """
        lists = [own for own, counts in zip(terms, listed, strict=True) if counts and own[0].postings.df]
        others = [own for own, counts in zip(terms, listed, strict=True) if not counts]
        if not lists:
            return Best(0, self._whole.none, np.empty(0, dtype=np.float32))
        if len(lists) == 1 and not others and not len(without):
            term, qtf = lists[0]
            ids, values = term.ids, term.values
            numbers, scores = _reaching(ids, values, bound(values, wanted))
            return Best(len(ids), numbers, scores if qtf == 1 else scores * np.float32(qtf))
        dense = _FEW + _PART * sum([term.postings.df for term, _ in lists]) > self._whole.count
        score = _added_up(lists, self._whole.count) if dense else self._take()
        total = _count(score) if dense else _count_up(score, lists)
        if len(without):
            total -= _count(score.take(without))
            score[without] = 0
        find = self._promising_of_all if dense else self._promising
        numbers, scores, least = find(score, lists, others, wanted)
        if not dense:
            self._give_back(score, [term.ids for term, _ in lists])
        if not others:
            return Best(total, numbers, scores)
        numbers = _narrowed(numbers, scores, others, least, wanted)
        return Best(total, numbers, scores_at(terms, numbers))

    def among(self, terms: Sequence[Scored], numbers: Numbers, wanted: int) -> tuple[Numbers, Floats]:
        """Return of these entries (ascending) the best `wanted`, ties, and some more, with their scores."""
        if len(numbers) > _PROBES + 4 * wanted:
            lists = [own for own in terms if own[0].stream != "unigrams"]
            others = [own for own in terms if own[0].stream == "unigrams"]
            scores = self.sums(lists, numbers)
            least = _reached(numbers, scores, others, wanted, 1)
            numbers, scores = _reaching(numbers, scores, least - _most(others))
            numbers = _narrowed(numbers, scores, others, least, wanted)
        return numbers, scores_at(terms, numbers)

    def sums(self, lists: Sequence[Scored], numbers: Numbers) -> Floats:
        """Return what terms give some entries, together."""
        postings = sum(term.postings.df for term, _ in lists)
        if postings > _LOOK_UP * len(numbers) * len(lists):
            return scores_at(lists, numbers)
        score = self._take()
        for term, qtf in lists:
            check()
            term.scatter(score, qtf)
        scores = score.take(numbers)
        self._give_back(score, [term.ids for term, _ in lists])
        return scores

    def _take(self) -> Floats:
        """Return an array (N,) of nothing; after an exception it is not given back, and let go."""
        spare, self._spare.scores = self._spare.scores, None
        return np.zeros(self._whole.count, dtype=np.float32) if spare is None else spare

    def _give_back(self, score: Floats, touched: Sequence[Numbers]) -> None:
        if _FILL * sum(map(len, touched)) > len(score):
            score.fill(0)
        else:
            for ids in touched:
                score[ids] = 0
        self._spare.scores = score

    def _promising(
        self, score: Floats, lists: Sequence[Scored], others: Sequence[Scored], wanted: int
    ) -> tuple[Numbers, Floats, float]:
        """Return entries that may be among the best, each once, their scores so far, and what to reach.

        `others` give what is not yet in `score`.
        """
        rest = _most(others)
        for skipped in (len(lists) // 2, 0):
            part = lists[skipped:]
            ids = [term.ids for term, _ in part]
            numbers = np.concatenate(ids) if len(part) > 1 else ids[0]
            scores = score.take(numbers)
            # An entry stands there once for each of its terms.
            least = _reached(numbers, scores, others, wanted, len(part))
            if not skipped or least > (_most(lists[:skipped]) + rest) * (1 + _ROUNDING):
                break
        numbers, scores = _reaching(numbers, scores, max(least - rest, _LEAST))
        if len(part) > 1:
            numbers = distinct(numbers)
            scores = score.take(numbers)
        return numbers, scores, least

    def _promising_of_all(
        self, score: Floats, lists: Sequence[Scored], others: Sequence[Scored], wanted: int
    ) -> tuple[Numbers, Floats, float]:
        """Do the same by a look at all entries, of which only those of the lists have scores so far."""
        rarest = lists[-1][0].ids
        # The best entries are most often among those of the rarest term.
        if len(rarest) > 2 * wanted:
            least = _reached(rarest, score.take(rarest), others, wanted, 1)
        else:
            least = bound(score, wanted) * (1 - _ROUNDING)
        places = (score >= np.float32(max(least - _most(others), _LEAST))).nonzero()[0]
        return places.astype(self._whole.dtype, copy=False), score.take(places), least


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


def _reached(numbers: Numbers, scores: Floats, others: Sequence[Scored], wanted: int, times: int) -> float:
    """Return what the best `wanted` entries reach at least, once what the others give is added.

    `scores` are without that; an entry may stand there so many times.
    """
    if not others:
        return bound(scores, wanted * times) * (1 - _ROUNDING)
    probes = (_PROBES + 2 * wanted) * times
    start = bound(scores, probes)
    # Entries that do not count stand at nothing.
    places = (scores >= np.float32(max(start, _LEAST))).nonzero()[0][: 2 * probes]
    some = numbers.take(places)
    totals = scores.take(places)
    for term, qtf in others:
        check()
        totals += term.at(some) * np.float32(qtf)
    if times > 1:
        # Each entry once.
        totals = totals[np.unique(some, return_index=True)[1]]
    return max(bound(scores, wanted * times), bound(totals, wanted)) * (1 - _ROUNDING)


def _added_up(lists: Sequence[Scored], count: int) -> Floats:
    """Return what terms give each of all entries (N,), together."""
    (first, qtf), *further = lists
    if first.row is not None and qtf == 1:
        score = first.row.copy()
    else:
        score = np.zeros(count, dtype=np.float32)
        first.add_to(score, qtf)
    for term, qtf in further:
        check()
        term.add_to(score, qtf)
    return score


def _count_up(score: Floats, lists: Sequence[Scored]) -> int:
    """Add lists to scores of 0 and return how many entries have any, by a look at those of all but the first.

    That is the longest.
    """
    total = 0
    for place, (term, qtf) in enumerate(lists):
        check()
        ids = term.ids
        total += len(ids) - (_count(score.take(ids)) if place else 0)
        term.scatter(score, qtf)
    return total


def _count(scores: Floats) -> int:
    """Count what is not nothing; as whole numbers, which nothing is as well, they are counted faster."""
    return int(np.count_nonzero(scores.view(np.int32)))


def _narrowed(
    numbers: Numbers, scores: Floats, others: Sequence[Scored], least: float, wanted: int
) -> Numbers:
    """Leave out entries that cannot be among the best, the more of each score is looked up."""
    rest = _most(others)
    for term, qtf in sorted(others, key=lambda one: -one[0].best * one[1]):
        check()
        if len(numbers) <= 4 * wanted:
            break
        scores = scores + term.at(numbers) * np.float32(qtf)
        rest -= term.best * qtf
        least = max(least, bound(scores, wanted) * (1 - _ROUNDING))
        numbers, scores = _reaching(numbers, scores, least - rest - _ROUNDING * least)
    return numbers


def _reaching(numbers: Numbers, scores: Floats, least: float) -> tuple[Numbers, Floats]:
    """Return the numbers of the scores that are no less than `least`, and these scores."""
    places = (scores >= np.float32(least)).nonzero()[0]
    return numbers.take(places), scores.take(places)


def _most(terms: Sequence[Scored]) -> float:
    return sum([term.best * qtf for term, qtf in terms])
