"""The analyzer: the one visible chain from text to terms.

    text ── fold ── units ─┬─ grams   unigrams and bigrams of units: recall, phrases, highlighting
                           └─ words   jieba's search mode over stretches of Han: ranking, suggestions

The same chain serves indexing and querying. Grams contain every unit, however the words are segmented, so
segmentation never makes readable text unfindable.
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

#: Increase whenever the chain produces other terms from the same text.
_CHAIN_VERSION = 3
#: Characters of the longest text that is cached, and the number of cached texts.
_MAX_CACHED_CHARACTERS = 100
_CACHED_TEXTS = 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a text in each field of the index, in order, with repetitions."""

    words: list[str]
    unigrams: list[str]
    bigrams: list[str]


def bigram(first: str, second: str) -> str:
    """Return the term of two neighbouring units, with a blank between them where one is a run.

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


class _Analysis:
    """The units of a text, with tiles, words and terms computed at first use."""

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
        done = 0
        cuts = segmenter.cut([_joined(units, i, j) for i, j in units.stretches])
        for (i, j), words in zip(units.stretches, cuts, strict=True):
            tiles.extend((k, k + 1) for k in range(done, i))
            for word in words:
                tiles.append((i, i + len(word)))
                i += len(word)
            done = j
        tiles.extend((k, k + 1) for k in range(done, len(units)))
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
        done = 0
        for i, j in units.stretches:
            words.extend(units.texts[done:i])
            done = j
        words.extend(units.texts[done:])
        for stretch in self._words.search([_joined(units, i, j) for i, j in units.stretches]):
            words.extend(stretch)
        return words


class Analyzer:
    """Text to units, words and terms; thread-safe. Returned lists are shared and must not be modified.

    Short texts are cached, as resolving a query analyzes the same few texts repeatedly.
    """

    def __init__(self, words: Segmenter | None = None) -> None:
        self._words = words or segmenter()
        self._cached = lru_cache(maxsize=_CACHED_TEXTS)(self._analyze)

    def _analyze(self, text: str) -> _Analysis:
        return _Analysis(text, self._words)

    def _analysis(self, text: str) -> _Analysis:
        return self._cached(text) if len(text) <= _MAX_CACHED_CHARACTERS else self._analyze(text)

    @property
    def segmenter(self) -> Segmenter:
        """The segmenter of stretches of Han characters."""
        return self._words

    @property
    def dictionary(self) -> Dictionary:
        """The user dictionary of the segmenter."""
        return self._words.dictionary

    @property
    def chain(self) -> str:
        """A short hash of everything that determines the terms of a text, except the user dictionary."""
        return blake2b(f"chain {_CHAIN_VERSION}".encode(), digest_size=8).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """The hash of the chain and that of the user dictionary."""
        return "-".join(filter(None, (self.chain, self.dictionary.fingerprint)))

    def fold(self, text: str) -> str:
        """Return the form in which field values such as agency names are compared."""
        return "".join(fold(text).text.split())

    def units(self, text: str) -> Units:
        """Split a text into units with positions and offsets."""
        return self._analysis(text).units

    def tiles(self, text: str) -> list[tuple[int, int]]:
        """Return the words of a text as [i, j) ranges over its units; they cover every unit, in order.

        >>> default_analyzer().tiles("阿拉木图机场F16")
        [(0, 4), (4, 6), (6, 7), (7, 8)]
        """
        return self._analysis(text).tiles

    def plain_tiles(self, text: str) -> list[tuple[int, int]]:
        """Return the tiles without the user dictionary."""
        return self._analysis(text).plain_tiles

    def words(self, text: str) -> list[str]:
        """Return the terms of the field `words` for a text, with repetitions."""
        return self._analysis(text).words

    def terms(self, text: str) -> Terms:
        """Return the terms of a text in all fields of the index.

        >>> default_analyzer().terms("机场F-16").bigrams
        ['机场', '场f', 'f 16']
        """
        return self._analysis(text).terms


def _joined(units: Units, start: int, end: int) -> str:
    """Return units [start, end) as one string."""
    return "".join(units.texts[start:end])


@lru_cache(maxsize=1)
def default_analyzer() -> Analyzer:
    """Return the analyzer of this process."""
    return Analyzer()
