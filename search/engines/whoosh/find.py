"""Finding: a logical node to the entries of all leaves that it means, as ascending numbers.

Postings that scoring keeps anyway serve here too. Of several conditions the rarest is looked at first, and
the others only for what is left; rows longer than two units are looked for in leaves alone where some entry
has all their pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.analysis import bigram
from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.match import Matcher, time_mask
from search.engines.whoosh.postings_cache import Postings, distinct, member
from search.engines.whoosh.score import Scorer
from search.engines.whoosh.whole import Numbers, Whole
from search.query.logical import (
    AgencyIs,
    AllOf,
    AnyOf,
    Everything,
    Except,
    Node,
    Nothing,
    Row,
    SharesAny,
    StreamIs,
    TimeIn,
)

__all__ = ["Finder"]

Mask = npt.NDArray[np.bool_]

#: Lists that are longer together than one in so many entries are united in a mask.
_SHORT = 16


class Finder:
    """Evaluates nodes on all leaves; what it returns may be shared and must not be written to."""

    def __init__(self, whole: Whole, matchers: Sequence[Matcher], scorer: Scorer) -> None:
        self._whole = whole
        self._matchers = matchers
        self._scorer = scorer

    def numbers(self, node: Node) -> Numbers:
        """Return the entries a node means, ascending, each once; removed ones may not be taken out yet."""
        match node:
            case Row():
                return self._row(node)
            case AllOf(children):
                return self._all_of(children)
            case AnyOf(children):
                return self._united([self.numbers(child) for child in children])
            case Except(child):
                return self._whole.which(~self._mask(self.numbers(child)))
            case SharesAny(words, bigrams):
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
            case AgencyIs(value):
                rows = [matcher.agency(value, whole=False) for matcher in self._matchers]
            case StreamIs(value):
                rows = [matcher.stream(value, whole=False) for matcher in self._matchers]
            case TimeIn(start, end):
                rows = [time_mask(leaf.docs.time, start, end) for leaf in self._whole.leaves]
            case _:
                raise TypeError(f"no such node: {node!r}")
        return self._whole.row(rows)

    def _postings(self, stream: str, text: str) -> Postings:
        return self._scorer.term(stream, text).postings

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
        first, *others = sorted(children, key=self._size)
        numbers = self.numbers(first)
        for child in others:
            if not len(numbers):
                break
            numbers = self._within(numbers, child)
        return numbers

    def _size(self, node: Node) -> float:
        """Return what to sort conditions by: how many entries they leave, or how long they take."""
        if isinstance(node, Row) and len(node.units) > 1 and not node.prefix:
            return min(
                (self._postings("bigrams", pair).df for pair in _pairs(node)), default=self._whole.count
            )
        if isinstance(node, Row) and node.where == "text" and not node.prefix:
            return float(self._whole.count + self._postings("unigrams", node.units[0]).df)
        if isinstance(node, SharesAny | AllOf | AnyOf | Row | Nothing):
            return self._whole.count * 2
        return self._whole.count * (4 if isinstance(node, Except) else 3)

    def _within(self, numbers: Numbers, node: Node) -> Numbers:
        """Return those of some entries that a node means."""
        count = self._whole.count
        match node:
            case Row(units=(unit,), where="text", prefix=False):
                return numbers[self._postings("unigrams", unit).at(numbers) > 0]
            case Row(prefix=False) if len(node.units) > 1:
                return self._long(node, numbers)
            case Except(child):
                return numbers[~member(numbers, self.numbers(child), count)]
            case AgencyIs() | StreamIs() | TimeIn():
                return numbers[self._column(node).take(numbers)]
        return numbers[member(numbers, self.numbers(node), count)]

    def _row(self, row: Row) -> Numbers:
        if len(row.units) > 1 and not row.prefix:
            return self._long(row, None)
        if len(row.units) == 1 and row.where == "text" and not row.prefix:
            return self._postings("unigrams", row.units[0]).numbers
        return self._whole.joined([np.unique(matcher.row(row)) for matcher in self._matchers])

    def _long(self, row: Row, numbers: Numbers | None) -> Numbers:
        """Return the entries (of some, or of all) that hold a row of two units or more."""
        pairs = sorted((self._postings("bigrams", pair) for pair in _pairs(row)), key=lambda own: own.df)
        for own in pairs:
            numbers = own.numbers if numbers is None else self._both(numbers, own.numbers)
            if not len(numbers):
                return numbers
        if numbers is not None and len(row.units) == 2 and pairs and row.where == "text":
            return numbers
        if numbers is None:
            return self._whole.joined([np.unique(matcher.row(row)) for matcher in self._matchers])
        leaves = zip(self._matchers, self._whole.leaves, self._whole.split(numbers), strict=True)
        return self._whole.joined([_holding(*one, row) for one in leaves])

    def _both(self, numbers: Numbers, others: Numbers) -> Numbers:
        if len(others) < len(numbers):
            numbers, others = others, numbers
        return numbers[member(numbers, others, self._whole.count)]


def _holding(matcher: Matcher, leaf: Leaf, numbers: npt.NDArray[np.int64], row: Row) -> npt.NDArray[np.int64]:
    """Return those of some entries of a leaf that hold a row."""
    if not len(numbers):
        return numbers
    return numbers[member(numbers, matcher.row(row), leaf.count)]


def _pairs(row: Row) -> set[str]:
    """Return the bigrams that whoever holds a row has."""
    places = range(len(row.units) - 1)
    return {
        bigram(row.units[i], row.units[i + 1]) for i in places if row.offsets[i + 1] == row.offsets[i] + 1
    }
