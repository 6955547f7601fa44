"""The analyzer: the one visible chain from text to terms.

    text ── fold ── units ─┬─ grams   unigrams and bigrams of units: recall, phrases, highlighting
                           └─ words   jieba's search mode over stretches of Han: ranking, suggestions

The same chain serves indexing and querying. Promise: whatever words say, grams hold every unit, so
nothing that can be read is hidden by segmentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from search.analysis.characters import CLASSES, DIGIT, LETTER
from search.analysis.fold import fold
from search.analysis.units import Units, read_units
from search.analysis.words import Segmenter, segmenter

__all__ = ["Analyzer", "Terms", "bigram", "default_analyzer", "is_unigram"]

#: Raise whenever the chain makes other terms from the same text.
_CHAIN_VERSION = 1
_KINDS = CLASSES.tobytes()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the index holds for a text: the terms of each stream, in order, with repetitions."""

    words: list[str]
    unigrams: list[str]
    bigrams: list[str]


def bigram(first: str, second: str) -> str:
    """Return the term for two neighbouring units; a blank keeps two runs apart.

    >>> bigram("机", "场"), bigram("al", "jazeera")
    ('机场', 'al jazeera')
    """
    if _may_be_in_run(first[-1]) and _may_be_in_run(second[0]):
        return f"{first} {second}"
    return first + second


def is_unigram(term: str) -> bool:
    """Return whether a term of the grams stream is one unit.

    >>> is_unigram("7.8"), is_unigram("场f16"), is_unigram("al jazeera")
    (True, False, False)
    """
    return len(term) == 1 or (" " not in term and all(map(_may_be_in_run, term)))


def _may_be_in_run(char: str) -> bool:
    """Return whether a character of a unit could go on into the next unit, were there no blank."""
    return char < "\u2e80" or _KINDS[ord(char)] in (LETTER, DIGIT)


class Analyzer:
    """Text to units, words and terms; immutable, shared by all threads."""

    def __init__(self, words: Segmenter | None = None) -> None:
        self._words = words or segmenter()

    @property
    def segmenter(self) -> Segmenter:
        """What cuts stretches of Han characters into words."""
        return self._words

    @property
    def fingerprint(self) -> str:
        """A short hash of all that decides which terms a text has."""
        return blake2b(f"chain {_CHAIN_VERSION}".encode(), digest_size=8).hexdigest()

    def fold(self, text: str) -> str:
        """Return the form in which values such as agency names are compared."""
        return "".join(fold(text).text.split())

    def units(self, text: str) -> Units:
        """Split a text into units with positions and offsets."""
        return read_units(text)

    def tiles(self, text: str) -> list[tuple[int, int]]:
        """Return the words of a text as [i, j) ranges over its units; they cover every unit, in order.

        >>> default_analyzer().tiles("阿拉木图机场F16")
        [(0, 4), (4, 6), (6, 7)]
        """
        units = read_units(text)
        tiles: list[tuple[int, int]] = []
        stretches = _stretches(units)
        cuts = iter(self._words.cut([units_text(units, i, j) for i, j in stretches]))
        place = 0
        for i, j in [*stretches, (len(units), len(units))]:
            tiles.extend((k, k + 1) for k in range(place, i))
            for word in next(cuts) if i < j else ():
                tiles.append((i, i + len(word)))
                i += len(word)
            place = j
        return tiles

    def words(self, units: Units) -> list[str]:
        """Return the terms of the words stream for these units."""
        stretches = _stretches(units)
        words = [word for i, j in _outside(stretches, len(units)) for word in units.texts[i:j]]
        for found in self._words.search([units_text(units, i, j) for i, j in stretches]):
            words.extend(found)
        return words

    def terms(self, text: str) -> Terms:
        """Return every term under which the index would hold this text.

        >>> default_analyzer().terms("机场F-16").bigrams
        ['机场', '场f16']
        """
        units = read_units(text)
        texts, positions = units.texts, units.positions
        bigrams = [
            bigram(texts[i], texts[i + 1])
            for i in range(len(texts) - 1)
            if positions[i + 1] == positions[i] + 1
        ]
        return Terms(self.words(units), list(texts), bigrams)


def units_text(units: Units, start: int, end: int) -> str:
    """Return the units of a stretch written together."""
    return "".join(units.texts[start:end])


def _is_han(unit: str) -> bool:
    return len(unit) == 1 and "\u4e00" <= unit <= "\u9fd5"


def _stretches(units: Units) -> list[tuple[int, int]]:
    """Return the ranges of Han units that jieba reads as one text."""
    ranges: list[tuple[int, int]] = []
    for i, unit in enumerate(units.texts):
        if units.together[i]:
            ranges[-1] = (ranges[-1][0], i + 1)
        elif _is_han(unit):
            ranges.append((i, i + 1))
    return ranges


def _outside(ranges: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return what the ranges leave free of [0, length)."""
    starts = [0, *(end for _, end in ranges)]
    ends = [*(start for start, _ in ranges), length]
    return [(i, j) for i, j in zip(starts, ends, strict=True) if i < j]


@lru_cache(maxsize=1)
def default_analyzer() -> Analyzer:
    """Return the analyzer of this process."""
    return Analyzer()
