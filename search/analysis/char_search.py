"""Finding: where characters stand in a row, without splitting a text into units.

Most rows of a query consist of Han characters alone, and most texts that are marked are long. A character
that is a unit by itself can be looked for in the folded text as it is, once blanks and dots in names, which
take no position, are out of the way. Promise: what is found is what the units of the text would say.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Final

from search.analysis.characters import BLANK, CLASSES, DOT, HAN, SINGLE, SYMBOL
from search.analysis.fold import fold
from search.analysis.units import class_pattern

__all__ = ["CharSearch", "is_alone"]

_NOWHERE = re.compile(f"[{class_pattern(BLANK, DOT)}]")
_ALONE = (HAN, SINGLE, SYMBOL)
#: Rows; for more of them, listing the character pairs of a text costs less than searching for each row.
_SEARCH_EACH_UP_TO: Final = 32


def is_alone(unit: str) -> bool:
    """Return whether a unit is one character that is a unit wherever it stands.

    >>> is_alone("机"), is_alone("%"), is_alone("7"), is_alone("f16")
    (True, True, False, False)
    """
    return len(unit) == 1 and CLASSES[ord(unit)] in _ALONE


class CharSearch:
    """A text in which rows of units that stand alone are found."""

    def __init__(self, text: str) -> None:
        self._folded = fold(text)
        self._text = self._folded.text
        self._left_out: list[int] = []
        if _NOWHERE.search(self._text):
            gone = (found.start() for found in _NOWHERE.finditer(self._text))
            # Each place as it is in what remains: what stands there or later has moved by one more.
            self._left_out = [place - count for count, place in enumerate(gone)]
            self._text = _NOWHERE.sub("", self._text)

    def holds(self, characters: Iterable[str]) -> bool:
        """Return whether the folded text has all of these characters, which are neither blanks nor dots."""
        return all(char in self._text for char in characters)

    def __contains__(self, row: str) -> bool:
        return row in self._text

    def among(self, rows: Collection[str]) -> Iterable[str]:
        """Return those rows that may stand in the text, judged by their first two characters."""
        if len(rows) <= _SEARCH_EACH_UP_TO:
            return rows
        return [row for row in rows if row[:2] in self._pieces]

    @cached_property
    def _pieces(self) -> frozenset[str]:
        """Every character of the text, and every two neighbours."""
        return frozenset((*self._text, *map(str.__add__, self._text, self._text[1:])))

    def find(self, row: str) -> Iterator[tuple[int, int]]:
        """Yield every slice of the original in which these characters stand in a row, overlapping or not."""
        start = self._text.find(row)
        while start >= 0:
            yield self._original(start, start + len(row))
            start = self._text.find(row, start + 1)

    def _original(self, start: int, end: int) -> tuple[int, int]:
        if self._left_out:
            start += bisect_right(self._left_out, start)
            end += bisect_right(self._left_out, end - 1)
        return self._folded.original(start, end)
