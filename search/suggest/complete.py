"""Completion: what may be meant by what is typed so far.

A beginning is looked up as characters, as full pinyin and as initials, in sorted tables, so that a look-up
touches only what it finds. Offered are agencies, streams, words, phrases (neighbouring words of headlines)
and headlines; the more frequent first, headlines last.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import log2
from typing import Final, Literal, get_args

import numpy as np

from search.analysis import Analyzer
from search.engines import NamedCount, Vocabulary
from search.suggest.deadline import NO_DEADLINE, Deadline
from search.suggest.lookup import Ints, PrefixTable
from search.suggest.pinyin import initials, letters, readings

__all__ = ["Completions", "Kind", "Term", "plain"]

Kind = Literal["agency", "stream", "word", "phrase", "headline"]

_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
#: What a kind is worth, in doublings of frequency; a headline comes after all others.
_WORTH: Final[dict[Kind, float]] = {"agency": 3, "stream": -1, "word": 0, "phrase": 0, "headline": -100}
#: Initials say less than what is spelled out.
_INITIALS: Final = -2.0
#: What is typed in full already should not vanish behind what goes on from it.
_WHOLE: Final = 4.0
_PHRASE_FROM: Final = 3
_MIXED: Final = 500
#: Of a long headline so many characters are read aloud.
_SPOKEN: Final = 14
_NEVER: Final = np.iinfo(np.int64).max

_UNREAD = re.compile(r"[\W_]+")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_MIX = re.compile(r"\A(.*[^a-z])([a-z]+)")


@dataclass(frozen=True, slots=True)
class Term:
    """Something that may be offered: how many entries or headlines have it."""

    text: str
    kind: Kind
    count: int
    since: datetime | None = None


def plain(text: str, analyzer: Analyzer) -> str:
    """Return what is compared: folded, without blanks and punctuation.

    >>> from search.analysis import default_analyzer
    >>> plain("阿拉木圖： 機場", default_analyzer())
    '阿拉木图机场'
    """
    return _UNREAD.sub("", analyzer.fold(text))


class Completions:
    """The terms of one generation, ready to be completed."""

    def __init__(self, vocabulary: Vocabulary, analyzer: Analyzer) -> None:
        self.generation = vocabulary.generation
        self._analyzer = analyzer
        terms = list(_terms(vocabulary, analyzer))
        self._texts = [term.text for term in terms]
        # Most texts are their own keys, and stay in memory once.
        keys = [_key(term, analyzer) for term in terms]
        self._keys = [text if text == key else key for text, key in zip(self._texts, keys, strict=True)]
        self._kinds = bytes(_KINDS.index(term.kind) for term in terms)
        self._counts = np.array([term.count for term in terms], dtype=np.int32)
        self._worth = np.array([_worth(term) for term in terms], dtype=np.float32)
        self._since = np.array([_since(term) for term in terms], dtype=np.int64)
        self._by_text = PrefixTable(self._keys, range(len(terms)))
        self._by_pinyin, self._by_initials = _spoken(self._keys)

    def complete(
        self, typed: str, most: int, asof: datetime | None = None, deadline: Deadline = NO_DEADLINE
    ) -> list[Term]:
        """Return up to so many terms that go on from `typed`, best first, each text once.

        With `asof`, agencies, streams and headlines that are younger are left out; words and phrases carry no
        time here. After the deadline nothing further is looked up.
        """
        ranked = self._ranked(typed, most, deadline, _NEVER if asof is None else _seconds(asof))
        once: dict[str, int] = {}
        for number in ranked:
            once.setdefault(self._keys[number], number)
        return [self._term(number) for number in once.values()][:most]

    def _ranked(self, typed: str, most: int, deadline: Deadline, last: int) -> list[int]:
        """Return numbers of terms that appeared by `last`, best first; a text may come twice."""
        scores: dict[int, float] = {}
        for numbers, bonus in self._found(plain(typed, self._analyzer), letters(typed), deadline):
            if last != _NEVER:
                numbers = numbers[self._since[numbers] <= last]
            for number in self._best(numbers, most):
                score = float(self._worth[number]) + bonus
                scores[number] = max(score, scores.get(number, score))
        return sorted(scores, key=lambda number: (-scores[number], self._keys[number]))

    def _term(self, number: int) -> Term:
        return Term(self._texts[number], _KINDS[self._kinds[number]], int(self._counts[number]))

    def _found(self, key: str, spelled: str, deadline: Deadline) -> Iterator[tuple[Ints, float]]:
        """Yield numbers of terms that go on from what is typed, and what that way of finding them adds."""
        if deadline.passed():
            return
        if key:
            yield from _whole_first(*self._by_text.beginning(key), 0.0)
        if spelled:
            yield from _whole_first(*self._by_pinyin.beginning(spelled), 0.0)
            yield from _whole_first(*self._by_initials.beginning(spelled), _INITIALS)
        elif mixed := _MIX.fullmatch(key):
            yield self._mixed(mixed[1], mixed[2], deadline), 0.0

    def _mixed(self, written: str, spelled: str, deadline: Deadline) -> Ints:
        """Return terms that begin as written and go on as spelled: 俄luo."""
        numbers = self._best(self._by_text.beginning(written)[0], _MIXED)
        rests = ((n, self._keys[n][len(written) :]) for n in deadline.limit(numbers))
        return np.array([n for n, rest in rests if _goes_on(rest, spelled)], dtype=np.int64)

    def _best(self, numbers: Ints, most: int) -> list[int]:
        """Return the numbers of greatest worth, in no order."""
        if len(numbers) > most:
            worth = self._worth[numbers]
            numbers = numbers[np.argpartition(worth, len(numbers) - most)[-most:]]
        best: list[int] = numbers.tolist()
        return best


def _terms(vocabulary: Vocabulary, analyzer: Analyzer) -> Iterator[Term]:
    for kind, writings in _named(vocabulary):
        yield from (Term(one.text, kind, one.count, one.since) for one in writings)
    yield from (Term(text, "word", count) for text, count in vocabulary.words.items() if _is_telling(text))
    for text, count in _phrases(vocabulary.headlines, analyzer).items():
        if count >= _PHRASE_FROM and text not in vocabulary.words:
            yield Term(text, "phrase", count)


def _named(vocabulary: Vocabulary) -> tuple[tuple[Kind, Sequence[NamedCount]], ...]:
    return (
        ("agency", vocabulary.agencies),
        ("stream", vocabulary.streams),
        ("headline", vocabulary.headlines),
    )


def _is_telling(word: str) -> bool:
    """Say whether a word is worth offering: no single character, no number, none without a letter."""
    return len(word) > 1 and not word[0].isdigit() and any(map(str.isalpha, word))


def _phrases(headlines: Iterable[NamedCount], analyzer: Analyzer) -> Counter[str]:
    """Count neighbouring words of headlines, neither of them a single character."""
    stretches = [piece for one in headlines for piece in _HAN.findall(analyzer.fold(one.text))]
    counts: Counter[str] = Counter()
    for words in analyzer.segmenter.cut(stretches):
        counts.update(first + second for first, second in pairwise(words) if len(first) > 1 < len(second))
    return counts


def _spoken(keys: Sequence[str]) -> tuple[PrefixTable, PrefixTable]:
    """Return tables by pinyin and by initials; what has no Han characters is found as it is written."""
    owners, spelled, short = array("I"), [], []
    for number, key in enumerate(keys):
        for reading in [] if key.isascii() else readings(key[:_SPOKEN], most=2):
            owners.append(number)
            spelled.append("".join(reading)[: PrefixTable.LONGEST])
            short.append(initials(reading))
    return PrefixTable(spelled, owners), PrefixTable(short, owners)


def _whole_first(numbers: Ints, wholes: int, bonus: float) -> Iterator[tuple[Ints, float]]:
    yield numbers[:wholes], bonus + _WHOLE
    yield numbers[wholes:], bonus


def _goes_on(rest: str, spelled: str) -> bool:
    return any(
        "".join(reading).startswith(spelled) or initials(reading).startswith(spelled)
        for reading in readings(rest)
    )


def _key(term: Term, analyzer: Analyzer) -> str:
    """Return what is compared of a term; words and phrases are folded as they come."""
    folded = term.kind in ("word", "phrase")
    return _UNREAD.sub("", term.text) if folded else plain(term.text, analyzer)


def _worth(term: Term) -> float:
    return _WORTH[term.kind] + log2(1 + term.count)


def _since(term: Term) -> int:
    """Return when a term appeared; what has no time is in no past, words and phrases are in all."""
    if term.kind in ("word", "phrase"):
        return -_NEVER
    return _NEVER if term.since is None else _seconds(term.since)


def _seconds(time: datetime) -> int:
    return int(time.timestamp())
