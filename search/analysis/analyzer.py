"""The analyzer: the one visible chain from text to terms.

    text ── fold ── units ─┬─ grams   unigrams and bigrams of units: recall, phrases, highlighting
                           └─ words   jieba's search mode over stretches of Han: ranking, suggestions

The same chain serves indexing and querying. Promise: whatever words say, grams hold every unit, so
nothing that can be read is hidden by segmentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b

from search.analysis.dictionary import Dictionary
from search.analysis.fold import fold
from search.analysis.units import Units, read_units
from search.analysis.words import Segmenter, segmenter

__all__ = ["Analyzer", "Terms", "bigram", "default_analyzer", "split_bigram"]

#: Raise whenever the chain makes other terms from the same text.
_CHAIN_VERSION = 1
_SHORT = 100
_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the index holds for a text: the terms of each stream, in order, with repetitions."""

    words: list[str]
    unigrams: list[str]
    bigrams: list[str]


def bigram(first: str, second: str) -> str:
    """Return the term for two neighbouring units; a blank keeps them apart wherever a run is one of them.

    >>> bigram("机", "场"), bigram("al", "jazeera"), bigram("场", "f16")
    ('机场', 'al jazeera', '场 f16')
    """
    if len(first) == len(second) == 1 and (first >= "\u2e80" or second >= "\u2e80"):
        return first + second
    return f"{first} {second}"


def split_bigram(term: str) -> tuple[str, str]:
    """Return the two units of a bigram's term.

    >>> split_bigram(bigram("机", "场")), split_bigram(bigram("场", "f16"))
    (('机', '场'), ('场', 'f16'))
    """
    first, blank, second = term.partition(" ")
    return (first, second) if blank else (term[:1], term[1:])


class _Reading:
    """A text split once, with everything that follows from it worked out when first asked for."""

    def __init__(self, text: str, words: Segmenter) -> None:
        self.units = read_units(text)
        self._words = words

    @cached_property
    def tiles(self) -> list[tuple[int, int]]:
        return self._tiles(self._words)

    @cached_property
    def plain_tiles(self) -> list[tuple[int, int]]:
        return self.tiles if self._words.plain is self._words else self._tiles(self._words.plain)

    def _tiles(self, segmenter: Segmenter) -> list[tuple[int, int]]:
        units = self.units
        tiles: list[tuple[int, int]] = []
        place = 0
        cuts = segmenter.cut([_written(units, i, j) for i, j in units.stretches])
        for (i, j), words in zip(units.stretches, cuts, strict=True):
            tiles.extend((k, k + 1) for k in range(place, i))
            for word in words:
                tiles.append((i, i + len(word)))
                i += len(word)
            place = j
        tiles.extend((k, k + 1) for k in range(place, len(units)))
        return tiles

    @cached_property
    def terms(self) -> Terms:
        texts, positions = self.units.texts, self.units.positions
        bigrams = [
            bigram(texts[i], texts[i + 1])
            for i in range(len(texts) - 1)
            if positions[i + 1] == positions[i] + 1
        ]
        return Terms(self.words, list(texts), bigrams)

    @cached_property
    def words(self) -> list[str]:
        units = self.units
        words: list[str] = []
        place = 0
        for i, j in units.stretches:
            words.extend(units.texts[place:i])
            place = j
        words.extend(units.texts[place:])
        for found in self._words.search([_written(units, i, j) for i, j in units.stretches]):
            words.extend(found)
        return words


class Analyzer:
    """Text to units, words and terms; shared by all threads. What it returns must not be changed.

    Short texts are remembered: resolving a query asks for the same few again and again.
    """

    def __init__(self, words: Segmenter | None = None) -> None:
        self._words = words or segmenter()
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._read)

    def _read(self, text: str) -> _Reading:
        return _Reading(text, self._words)

    def _reading(self, text: str) -> _Reading:
        return self._remembered(text) if len(text) <= _SHORT else self._read(text)

    @property
    def segmenter(self) -> Segmenter:
        """What cuts stretches of Han characters into words."""
        return self._words

    @property
    def dictionary(self) -> Dictionary:
        """The words of the user's that texts are cut with."""
        return self._words.dictionary

    @property
    def chain(self) -> str:
        """A short hash of all that decides which terms a text has, but for the user's words."""
        return blake2b(f"chain {_CHAIN_VERSION}".encode(), digest_size=8).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of all that decides which terms a text has: the chain's, then the dictionary's."""
        return "-".join(filter(None, (self.chain, self.dictionary.fingerprint)))

    def fold(self, text: str) -> str:
        """Return the form in which values such as agency names are compared."""
        return "".join(fold(text).text.split())

    def units(self, text: str) -> Units:
        """Split a text into units with positions and offsets."""
        return self._reading(text).units

    def tiles(self, text: str) -> list[tuple[int, int]]:
        """Return the words of a text as [i, j) ranges over its units; they cover every unit, in order.

        >>> default_analyzer().tiles("阿拉木图机场F16")
        [(0, 4), (4, 6), (6, 7)]
        """
        return self._reading(text).tiles

    def plain_tiles(self, text: str) -> list[tuple[int, int]]:
        """Return the same without the words of the user's."""
        return self._reading(text).plain_tiles

    def words(self, text: str) -> list[str]:
        """Return the terms of the words stream for a text, with repetitions."""
        return self._reading(text).words

    def terms(self, text: str) -> Terms:
        """Return every term under which the index would hold this text.

        >>> default_analyzer().terms("机场F-16").bigrams
        ['机场', '场 f16']
        """
        return self._reading(text).terms


def _written(units: Units, start: int, end: int) -> str:
    """Return the units of a stretch written together."""
    return "".join(units.texts[start:end])


@lru_cache(maxsize=1)
def default_analyzer() -> Analyzer:
    """Return the analyzer of this process."""
    return Analyzer()
