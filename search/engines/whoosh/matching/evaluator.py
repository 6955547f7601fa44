"""Finding: a logical node to the entries of all leaves that it means, as ascending numbers.

Postings that scoring keeps anyway serve here too. Of several conditions the rarest is looked at first, and
the others only for what is left; rows longer than two units are looked for in leaves alone where some entry
has all their pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.analysis import bigram
from search.deadline import check
from search.engines.whoosh.matching.doc_space import DocSpace, Numbers
from search.engines.whoosh.matching.postings_cache import Postings, PostingsCache, distinct, member
from search.engines.whoosh.matching.segment_matcher import SegmentMatcher, time_mask
from search.engines.whoosh.storage.segment_reader import SegmentReader
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

#: Lists that are longer together than one in so many entries are united in a mask.
_SHORT = 16


@dataclass(frozen=True, slots=True)
class _Kept:
    """The entries that hold a row, as they are kept."""

    numbers: Numbers

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.numbers.nbytes + 600


class QueryEvaluator:
    """Evaluates nodes on all leaves; what it returns may be shared and must not be written to."""

    def __init__(
        self,
        whole: DocSpace,
        matchers: Sequence[SegmentMatcher],
        postings: PostingsLookup,
        room: PostingsCache,
    ) -> None:
        self._whole = whole
        self._matchers = matchers
        self._postings = postings
        self._room = room

    def numbers(self, node: Node) -> Numbers:
        """Return the entries a node means, ascending, each once; removed ones may not be taken out yet."""
        check()
        match node:
            case Phrase():
                return self._row(node)
            case AllOf(children):
                return self._all_of(children)
            case AnyOf(children):
                return self._united([self.numbers(child) for child in children])
            case Not(child):
                return self._whole.which(~self._mask(self.numbers(child)))
            case AnyTerm(words, bigrams):
                terms = [("words", text) for text in words] + [("bigrams", text) for text in bigrams]
                return self._united([self._postings(*term).numbers for term in terms])
            case Everything():
                return np.arange(self._whole.count, dtype=self._whole.dtype)
            case Nothing():
                return self._whole.none
        return self._whole.which(self._column(node))

    def _column(self, node: Node) -> Mask:
        """Return which entries (N,) a condition on a column means."""
        match node:
            case AgencyIs(value, role):
                rows = [matcher.agency(value, role, whole=False) for matcher in self._matchers]
            case StreamIs(value):
                rows = [matcher.stream(value, whole=False) for matcher in self._matchers]
            case TimeIn(start, end):
                rows = [time_mask(leaf.docs.time, start, end) for leaf in self._whole.leaves]
            case _:
                raise TypeError(f"no such node: {node!r}")
        return self._whole.row(rows)

    def _mask(self, numbers: Numbers) -> Mask:
        mask = np.zeros(self._whole.count, dtype=np.bool_)
        mask[numbers] = True
        return mask

    def _united(self, lists: list[Numbers]) -> Numbers:
        lists = [own for own in lists if len(own)]
        if len(lists) < 2:
            return lists[0] if lists else self._whole.none
        if sum(map(len, lists)) * _SHORT < self._whole.count:
            return distinct(np.concatenate(lists))
        mask = self._mask(lists[0])
        for own in lists[1:]:
            mask[own] = True
        return self._whole.which(mask)

    def _all_of(self, children: Sequence[Node]) -> Numbers:
        """Return what all conditions leave: of rows their pairs first, and what takes longer for the rest."""
        rows = [child for child in children if isinstance(child, Phrase) and _has_pairs(child)]
        numbers = self._with_pairs({pair for row in rows for pair in _pairs(row)})
        others = [child for child in children if child not in rows] + [row for row in rows if _is_long(row)]
        for child in sorted(others, key=self._effort):
            if numbers is None:
                numbers = self.numbers(child)
            elif len(numbers):
                numbers = self._within(numbers, child)
        return self._whole.none if numbers is None else numbers

    def _effort(self, node: Node) -> tuple[int, int]:
        """Return what to sort conditions by, the quickest first."""
        if isinstance(node, Phrase) and not node.prefix and not _is_long(node):
            return 0, self._postings("unigrams", node.units[0]).df
        return (1 if isinstance(node, Phrase) else 3 if isinstance(node, Not) else 2), 0

    def _with_pairs(self, pairs: set[str]) -> Numbers | None:
        """Return the entries that have all of these bigrams, None where there are none to have."""
        numbers = None
        for own in sorted((self._postings("bigrams", pair) for pair in pairs), key=lambda own: own.df):
            numbers = own.numbers if numbers is None else self._both(numbers, own.numbers)
            if not len(numbers):
                break
        return numbers

    def _within(self, numbers: Numbers, node: Node) -> Numbers:
        """Return those of some entries that a node means."""
        count = self._whole.count
        match node:
            case Phrase(units=(unit,), where="text", prefix=False):
                return numbers[self._postings("unigrams", unit).at(numbers) > 0]
            case Phrase() if _has_pairs(node):
                return self._holding(node, numbers)
            case Not(child):
                return numbers[~member(numbers, self.numbers(child), count)]
            case AgencyIs() | StreamIs() | TimeIn():
                return numbers[self._column(node).take(numbers)]
        return numbers[member(numbers, self.numbers(node), count)]

    def _row(self, row: Phrase) -> Numbers:
        if len(row.units) == 1 and row.where == "text" and not row.prefix:
            return self._postings("unigrams", row.units[0]).numbers
        if not _has_pairs(row):
            return self._whole.joined([np.unique(matcher.row(row)) for matcher in self._matchers])
        if not _is_long(row):
            return self._pairs_of(row)
        kept: _Kept | None = self._room.get(row)
        return kept.numbers if kept is not None else self._read(row, self._pairs_of(row))

    def _pairs_of(self, row: Phrase) -> Numbers:
        numbers = self._with_pairs(_pairs(row))
        return self._whole.none if numbers is None else numbers

    def _holding(self, row: Phrase, numbers: Numbers) -> Numbers:
        """Return those of some entries that hold a row."""
        kept: _Kept | None = self._room.get(row)
        if kept is None and not all(map(len, self._whole.split(numbers))):
            return self._looked_up(row, numbers)
        # What is at hand lies in all leaves, so that a look at it is a look at everything.
        holding = self._read(row, self._pairs_of(row)) if kept is None else kept.numbers
        return numbers[member(numbers, holding, self._whole.count)]

    def _read(self, row: Phrase, numbers: Numbers) -> Numbers:
        """Return the entries that hold a row, which are some of these, and keep them."""
        numbers = self._looked_up(row, numbers)
        self._room.keep(row, _Kept(numbers))
        return numbers

    def _looked_up(self, row: Phrase, numbers: Numbers) -> Numbers:
        """Return those of some entries that hold a row, found by its places in their leaves."""
        leaves = zip(self._matchers, self._whole.leaves, self._whole.split(numbers), strict=True)
        return self._whole.joined([_holding(*one, row) for one in leaves])

    def _both(self, numbers: Numbers, others: Numbers) -> Numbers:
        if len(others) < len(numbers):
            numbers, others = others, numbers
        return numbers[member(numbers, others, self._whole.count)]


def _holding(
    matcher: SegmentMatcher, leaf: SegmentReader, numbers: npt.NDArray[np.int64], row: Phrase
) -> npt.NDArray[np.int64]:
    """Return those of some entries of a leaf that hold a row."""
    if not len(numbers):
        return numbers
    return numbers[member(numbers, matcher.row(row), leaf.count)]


def _has_pairs(row: Phrase) -> bool:
    """Say whether some bigrams are known that whoever holds a row has."""
    return not row.prefix and bool(_pairs(row))


def _is_long(row: Phrase) -> bool:
    """Say whether a row takes more than to have its bigram."""
    return len(row.units) > 2 or row.where != "text"


def _pairs(row: Phrase) -> set[str]:
    """Return the bigrams that whoever holds a row has."""
    places = range(len(row.units) - 1)
    return {
        bigram(row.units[i], row.units[i + 1]) for i in places if row.offsets[i + 1] == row.offsets[i] + 1
    }
