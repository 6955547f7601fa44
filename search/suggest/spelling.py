"""Correction: which words of the index may be meant by a text that is none.

Looked for are words one mistake away: a character written for another of the same or nearly the same sound,
two swapped, one left out, one too many, one wrong; and words whose pinyin was typed. A word's score is

    log2(1 + entries that have it) − what the mistake costs

so that a common word may stand before a rare one that needs a smaller step, but not by much. The table of
costs below is the whole model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2
from typing import Final

from search.analysis import Analyzer
from search.engines import Vocabulary
from search.suggest.deadline import NO_DEADLINE, Deadline
from search.suggest.lookup import HashTable
from search.suggest.pinyin import Reading, blur, letters, readings

__all__ = ["LONGEST", "Candidate", "SpellChecker"]

#: What each mistake costs, in doublings of frequency.
_SAME_SOUND: Final = 0.0
_SWAPPED: Final = 1.0
_NEAR_SOUND: Final = 4.0
_MISSING: Final = 4.0
_DOUBLED: Final = 4.0
#: One too many, or one that has nothing in common with the right one: so much, and more in a short text.
_EXTRA: Final = (6.0, 16.0)
_WRONG: Final = (8.0, 8.0)
#: A second character that only sounds alike, and each one after it.
_FURTHER: Final = 3.0
_PINYIN: Final = 0.0

#: Longer texts are not looked at as one word, and longer words are nobody's mistake.
LONGEST: Final = 8
_LONGEST_LATIN: Final = 24
_LONGEST_PINYIN: Final = 36
_SYLLABLES_FROM: Final = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may have been meant; the higher the score, the more likely."""

    text: str
    score: float


class SpellChecker:
    """The words of one generation, found by what may go wrong in writing them."""

    def __init__(self, vocabulary: Vocabulary, analyzer: Analyzer) -> None:
        self.generation = vocabulary.generation
        counts = {word: count for word, count in vocabulary.words.items() if _is_word(word)}
        for one in (*vocabulary.agencies, *vocabulary.streams):
            if _is_word(name := analyzer.fold(one.text)):
                counts[name] = max(one.count, counts.get(name, 0))
        self._counts = counts
        self._words = list(counts)
        numbers = range(len(self._words))
        short = [(key, n) for n in numbers for key in _shortened(self._words[n])]
        self._shortened = HashTable((key for key, _ in short), [n for _, n in short])
        spoken = [(r, n) for n in numbers if not self._words[n].isascii() for r in readings(self._words[n])]
        owners = [n for _, n in spoken]
        self._spelled = HashTable(("".join(reading) for reading, _ in spoken), owners)
        self._sounding = HashTable((_blurred(reading) for reading, _ in spoken), owners)

    def candidates(self, text: str, deadline: Deadline = NO_DEADLINE) -> list[Candidate]:
        """Return the words that may be meant by a folded text, best first; never the text itself.

        Fewer of them are found where the deadline passes.
        """
        costs: dict[str, float] = {}
        for word, cost in self._near(text, deadline):
            if word != text:
                costs[word] = min(cost, costs.get(word, cost))
        found = [Candidate(word, log2(1 + self._counts[word]) - cost) for word, cost in costs.items()]
        return sorted(found, key=lambda one: (-one.score, one.text))

    def spelled(self, typed: str, deadline: Deadline = NO_DEADLINE) -> list[Candidate]:
        """Return what pinyin without blanks may stand for: words, or else as few words as possible."""
        words = [self._words[number] for number in dict.fromkeys(self._spelled.find(typed))]
        found = [Candidate(w, log2(1 + self._counts[w]) - _PINYIN) for w in words if self._reads(w, typed)]
        if not found and (words := self._joined(typed, deadline)):
            found = [Candidate("".join(words), min(log2(1 + self._counts[word]) for word in words))]
        return sorted(found, key=lambda one: (-one.score, one.text))

    def _near(self, text: str, deadline: Deadline) -> Iterator[tuple[str, float]]:
        if len(text) > (_LONGEST_LATIN if text.isascii() else LONGEST):
            return
        yield from ((word, _MISSING) for word in self._numbered(self._shortened.find(text)))
        for place, key in deadline.limit(enumerate(_shortened(text))):
            if key in self._counts:
                doubled = place > 0 and text[place] == text[place - 1]
                yield key, _DOUBLED if doubled else _shared(_EXTRA, text)
            for word in deadline.limit(self._numbered(self._shortened.find(key))):
                if len(word) == len(text) and (cost := _cost(text, word)) is not None:
                    yield word, cost
        if not text.isascii():
            yield from self._alike(text, deadline)

    def _alike(self, text: str, deadline: Deadline) -> Iterator[tuple[str, float]]:
        """Yield words that sound like a text from beginning to end."""
        for reading in readings(text):
            for word in deadline.limit(self._numbered(self._sounding.find(_blurred(reading)))):
                if len(word) == len(text) and (cost := _sound_cost(text, word)) is not None:
                    yield word, cost

    def _numbered(self, numbers: Iterable[int]) -> list[str]:
        return [self._words[number] for number in dict.fromkeys(numbers)]

    def _reads(self, word: str, typed: str) -> bool:
        return any("".join(reading) == typed for reading in readings(word))

    def _joined(self, typed: str, deadline: Deadline) -> list[str]:
        """Return the fewest words, frequent ones first, whose pinyin makes up all that was typed."""
        best: dict[int, tuple[float, list[str]]] = {0: (0.0, [])}
        for end in deadline.limit(range(1, min(len(typed), _LONGEST_PINYIN) + 1)):
            for start in range(max(0, end - _LONGEST_LATIN), end):
                if start not in best:
                    continue
                piece = typed[start:end]
                words = [w for w in self._numbered(self._spelled.find(piece)) if self._reads(w, piece)]
                if words:
                    word = max(words, key=self._counts.__getitem__)
                    score = best[start][0] - 20 + log2(1 + self._counts[word])
                    if end not in best or score > best[end][0]:
                        best[end] = (score, [*best[start][1], word])
        return best.get(len(typed), (0.0, []))[1]


def _is_word(text: str) -> bool:
    """Say whether a word can be mistaken for another at all: no single character, no number."""
    if text.isascii():
        return 3 <= len(text) <= _LONGEST_LATIN and text.isalpha()
    return 2 <= len(text) <= LONGEST + 1 and not any(map(str.isdigit, text))


def _shortened(text: str) -> list[str]:
    """Return a text with each of its characters left out in turn.

    >>> _shortened("俄罗斯")
    ['罗斯', '俄斯', '俄罗']
    """
    return [text[:place] + text[place + 1 :] for place in range(len(text))]


def _cost(typed: str, word: str) -> float | None:
    """Return what it costs to write `typed` for a word of the same length, None beyond one mistake.

    >>> _cost("俄罗丝", "俄罗斯"), _cost("俄斯罗", "俄罗斯"), _cost("罗斯俄", "俄罗斯")
    (0.0, 1.0, None)
    >>> _cost("莫斯利", "莫斯科")
    10.666666666666666
    """
    wrong = [place for place in range(len(word)) if typed[place] != word[place]]
    if len(wrong) == 2:
        first, second = wrong
        swapped = second == first + 1 and typed[first] == word[second] and typed[second] == word[first]
        return _SWAPPED if swapped else None
    if len(wrong) != 1:
        return None
    sound = None if word.isascii() else _sound_cost(typed, word)
    return _shared(_WRONG, word) if sound is None else sound


def _shared(cost: tuple[float, float], text: str) -> float:
    return cost[0] + cost[1] / len(text)


def _sound_cost(typed: str, word: str) -> float | None:
    """Return what it costs to write characters that sound as those of a word do, None where they do not."""
    wrong = sum(a != b for a, b in zip(typed, word, strict=True))
    heard, meant = readings(typed), readings(word)
    if set(heard) & set(meant):
        return _SAME_SOUND + _FURTHER * (wrong - 1)
    if set(map(_blurred, heard)) & set(map(_blurred, meant)):
        return _NEAR_SOUND + _FURTHER * (wrong - 1)
    return None


def _blurred(reading: Reading) -> str:
    return " ".join(map(blur, reading))


def spelling(text: str) -> str:
    """Return what a text spells when it is pinyin, or Han characters and pinyin mixed; "" for Han alone.

    >>> spelling("e luo si"), spelling("俄luosi"), spelling("俄罗斯")
    ('eluosi', 'eluosi', '')
    """
    if typed := letters(text):
        return typed
    if not any("a" <= char <= "z" for char in text):
        return ""
    return letters("".join(readings(text)[0]))
