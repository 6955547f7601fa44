"""Scoring: a bag of terms to the scores of entries, by array operations.

The formula is in `ranking.py`. Statistics (N, df, avgL) are taken over the entries that may be seen now, so
removed entries and those after an as-of moment do not count, and scores do not depend on how the index came
to be: a hundred small updates and one rebuild give the same.

What a term adds to the score of an entry (its share) depends on the query only by qtf. For words and bigrams,
which bring entries in, shares are worked out once for each generation; one in more than an eighth of the
entries is also kept as a row of all entries, which adds up and is looked into faster than a list. Units are
many times as many, and are only looked up for entries at hand; of them a byte an entry is kept, and the share
worked out when it is asked.

Whether all entries are scored or a few, a score adds up the same shares in the same order, most frequent
term first. So it comes out the same to the last bit, and ties are ties on every way to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocSpace, Numbers
from search.engines.whoosh.matching.postings_cache import Codes, Postings, PostingsCache, read_postings
from search.ranking import K1, LEAD_WEIGHT, FIELD_WEIGHTS, UNIGRAM_WEIGHT, B, ScoringTerms, idf

__all__ = ["Scored", "Scorer", "Term", "scores_at"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_DENSE: Final = 8
#: Shares take as much memory as the postings that they follow from; of more entries they are not kept.
_LEAN: Final = 250_000
#: The lead's share of a score rides on the impact of a unit, so it is divided by what that is multiplied by.
_LEAD_IMPACT: Final = np.float32(LEAD_WEIGHT / (UNIGRAM_WEIGHT * (K1 + 1)))
#: A bound of a share takes rounding into account.
_UP: Final = 1 + 1e-6


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a stream: how many entries have it that may be seen, and what it adds to their scores.

    `best` is no less than the largest share. Words and bigrams have `listed` (n,), the shares of the entries
    of the postings, or, where they are frequent, `row` (N,) of all. Units have neither.
    """

    stream: str
    text: str
    df: int
    postings: Postings
    factor: np.float32
    norms: Floats
    best: float
    listed: Floats | None = None
    row: Floats | None = None

    @property
    def ids(self) -> Numbers:
        """The entries, ascending."""
        ids = self.postings.ids
        return self.postings.numbers if ids is None else ids

    @property
    def values(self) -> Floats:
        """The shares of `ids`, parallel."""
        if self.listed is not None:
            return self.listed
        return self.row.take(self.ids) if self.row is not None else self.at(self.ids)

    def at(self, numbers: Numbers) -> Floats:
        """Return the share of each of these entries, 0 where it has not the term."""
        if self.row is not None:
            return self.row.take(numbers)
        if self.listed is None or self.postings.ids is None:
            return _shares(self.postings.at(numbers), self.norms.take(numbers), self.factor, self.stream)
        if numbers is self.postings.ids or not self.postings.df:
            return self.listed.copy() if self.postings.df else np.zeros(len(numbers), dtype=np.float32)
        places = self.postings.ids.searchsorted(numbers)
        values = self.listed.take(places, mode="clip")
        values *= self.postings.ids.take(places, mode="clip") == numbers
        return values

    def add_to(self, score: Floats, qtf: int) -> None:
        """Add to the score (N,) of every entry what the term gives it when the query has it so often."""
        if self.row is not None:
            score += self.row if qtf == 1 else self.row * np.float32(qtf)
        else:
            self.scatter(score, qtf)

    def scatter(self, score: Floats, qtf: int) -> None:
        """Do the same, entry by entry."""
        values = self.values if self.listed is None else self.listed
        np.add.at(score, self.ids, values if qtf == 1 else values * np.float32(qtf))

    @property
    def size(self) -> int:
        """Bytes in memory."""
        arrays = [array for array in (self.listed, self.row) if array is not None]
        return self.postings.size + sum(array.nbytes for array in arrays) + 600


#: A term and how often the query has it.
Scored = tuple[Term, int]


class Scorer:
    """Scores bags against all leaves under one visibility.

    `visible` (N,) says which entries may be seen; None stands for everything that is live, and only then
    terms are kept from one query to the next. `live` is the scorer of everything, whose postings serve too.
    """

    def __init__(
        self, whole: DocSpace, room: PostingsCache, visible: Mask | None = None, live: Scorer | None = None
    ) -> None:
        self._whole = whole
        self._room = room if visible is None else PostingsCache()
        self._visible = visible
        self._live = live
        self._lean = whole.count > _LEAN
        self._mask = whole.live if visible is None else visible
        self.count = int(np.count_nonzero(self._mask))
        self._norms: dict[str, tuple[Floats, float]] = {}

    def terms(self, bag: ScoringTerms) -> list[Scored]:
        """Return the terms of a bag that any entry has, most frequent first, each with its qtf."""
        found = [(self.term("words", text), qtf) for text, qtf in bag.words]
        found += [(self.term("unigrams", text), qtf) for text, qtf in bag.unigrams]
        found += [(self.term("bigrams", text), qtf) for text, qtf in bag.bigrams]
        return sorted([one for one in found if one[0].df], key=_rarity)

    def term(self, stream: str, text: str) -> Term:
        """Return a term of `words`, `unigrams` or `bigrams`."""
        found: Term | None = self._room.get((stream, text))
        if found is None:
            found = self._read(stream, text)
            self._room.keep((stream, text), found)
        return found

    def postings(self, stream: str, text: str) -> Postings:
        """Return the postings of a term of `words`, `unigrams` or `bigrams`."""
        return self.term(stream, text).postings

    def scores(self, terms: Sequence[Scored]) -> Floats:
        """Return the score of every entry (N,)."""
        scores = np.zeros(self._whole.count, dtype=np.float32)
        for term, qtf in terms:
            check()
            term.add_to(scores, qtf)
        return scores

    def _read(self, stream: str, text: str) -> Term:
        check()
        if self._live is not None:
            postings = self._live.term(stream, text).postings
        else:
            postings = read_postings(self._whole, stream, text)
        df = postings.df
        if self._visible is not None:
            df = int(np.count_nonzero(self._visible.take(postings.numbers)))
        norms, least = self._stream_norms(stream)
        factor = np.float32(FIELD_WEIGHTS[stream] * idf(self.count, df) * (K1 + 1)) if df else np.float32(0)
        if not df or self._lean:
            best = _bound(postings.codes, least, factor) if df else 0.0
            return Term(stream, text, df, postings, factor, norms, best)
        if postings.ids is None:
            row = _shares(postings.codes, norms.copy(), factor, stream)
            return Term(stream, text, df, postings, factor, norms, float(row.max()), row=row)
        values = _shares(postings.codes, norms.take(postings.ids), factor, stream)
        best = float(values.max())
        if postings.df * _DENSE <= self._whole.count:
            return Term(stream, text, df, postings, factor, norms, best, listed=values)
        row = np.zeros(self._whole.count, dtype=np.float32)
        row[postings.ids] = values
        return Term(stream, text, df, postings, factor, norms, best, row=row)

    def _stream_norms(self, stream: str) -> tuple[Floats, float]:
        """Return k1·(1 − b + b·L/avgL) of every entry (N,), and the least of it."""
        found = self._norms.get(stream)
        if found is None:
            rows = [leaf.docs.lengths(stream) for leaf in self._whole.leaves]
            masks = self._whole.slices(self._mask)
            total = sum(float(own[mask].sum(dtype=np.float64)) for own, mask in zip(rows, masks, strict=True))
            average = total / self.count if self.count and total else 1.0
            norms = self._whole.row([(K1 * (1 - B + B * own / average)).astype(np.float32) for own in rows])
            self._norms[stream] = found = norms, float(norms.min(initial=np.inf))
        return found


def scores_at(terms: Sequence[Scored], numbers: Numbers) -> Floats:
    """Return the scores of some entries, as many as `numbers`; best for few of them."""
    scores = np.zeros(len(numbers), dtype=np.float32)
    for term, qtf in terms:
        check()
        values = term.at(numbers)
        scores += values if qtf == 1 else values * np.float32(qtf)
    return scores


def _rarity(one: Scored) -> int:
    return -one[0].df


def _shares(codes: Codes, norms: Floats, factor: np.float32, stream: str) -> Floats:
    """Return what a term adds to the scores of entries with these codes; all parallel, `norms` is used up."""
    tf = (codes >> 1).astype(np.float32)
    norms += tf
    tf /= norms
    if stream == "unigrams":
        tf += (codes & 1) * _LEAD_IMPACT
    tf *= factor
    return tf


def _bound(codes: Codes, least: float, factor: np.float32) -> float:
    """Return what no share reaches beyond, given the least norm of any entry."""
    tf = float(codes.max() >> 1)
    return (tf / (tf + least) + float(_LEAD_IMPACT)) * float(factor) * _UP
