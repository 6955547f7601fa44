"""Search for phrases of single characters in a text, without splitting the text into units.

Most phrases of a query consist of Han characters alone, and most highlighted texts are long. Such phrases are
searched in the folded text as strings, after what takes no position is removed: blanks, name dots, and
hyphens and line breaks between characters. The matches are the same as those of the units of the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Final

from search.analysis.characters import HAN, SINGLE, SYMBOL, character_class
from search.analysis.fold import fold, without_silent

__all__ = ["CharSearch", "is_alone"]

_SINGLE_CHARACTERS = (HAN, SINGLE, SYMBOL)
#: Phrases; above this, listing the character pairs of the text is faster than searching for each phrase.
_SEARCH_EACH_UP_TO: Final = 32


def is_alone(unit: str) -> bool:
    """Return whether a unit is a single character that is always a unit.

    >>> is_alone("机"), is_alone("%"), is_alone("7"), is_alone("f16")
    (True, True, False, False)
    """
    return len(unit) == 1 and character_class(ord(unit)) in _SINGLE_CHARACTERS


class CharSearch:
    """A text in which phrases of single-character units, joined to strings, are searched."""

    def __init__(self, text: str) -> None:
        self._folded = fold(text)
        self._text, self._removed = without_silent(self._folded.text)

    def holds(self, characters: Iterable[str]) -> bool:
        """Return whether the folded text contains all of these characters, none of them a blank or a dot."""
        return all(char in self._text for char in characters)

    def __contains__(self, phrase: str) -> bool:
        return phrase in self._text

    def among(self, phrases: Collection[str]) -> Iterable[str]:
        """Return a superset of the phrases in the text, selected by their first two characters."""
        if len(phrases) <= _SEARCH_EACH_UP_TO:
            return phrases
        return [phrase for phrase in phrases if phrase[:2] in self._grams]

    @cached_property
    def _grams(self) -> frozenset[str]:
        """The characters and the character pairs of the text."""
        return frozenset((*self._text, *map(str.__add__, self._text, self._text[1:])))

    def find(self, phrase: str) -> Iterator[tuple[int, int]]:
        """Yield the slice of the original text of each match; matches can overlap."""
        start = self._text.find(phrase)
        while start >= 0:
            yield self._original(start, start + len(phrase))
            start = self._text.find(phrase, start + 1)

    def _original(self, start: int, end: int) -> tuple[int, int]:
        if self._removed:
            start += bisect_right(self._removed, start)
            end += bisect_right(self._removed, end - 1)
        return self._folded.original(start, end)
