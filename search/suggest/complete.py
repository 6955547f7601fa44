"""Completion of a prefix to terms of the index.

A prefix is looked up as characters, as full pinyin and as initials, in sorted tables. Terms are agencies,
streams, words, phrases (neighbouring words of headlines) and headlines; frequent terms come first, headlines
last.
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
from search.deadline import NO_DEADLINE, Deadline
from search.engines import NamedCount, Vocabulary
from search.suggest.lookup import Ints, PrefixTable
from search.suggest.pinyin import initials, letters, readings

__all__ = ["Completions", "Kind", "Term", "plain"]

Kind = Literal["agency", "stream", "word", "phrase", "headline"]

_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
#: The score of each kind in doublings of frequency; headlines come after all other kinds.
_KIND_SCORES: Final[dict[Kind, float]] = {"agency": 3, "stream": -1, "word": 0, "phrase": 0, "headline": -100}
#: The score of a match by initials, in doublings of frequency; initials are less specific than full pinyin.
_INITIALS_SCORE: Final = -2.0
#: The score of a term that is typed in full, in doublings of frequency, so that longer terms do not hide it.
_EXACT_SCORE: Final = 4.0
#: Headlines in which two neighbouring words must occur to be a phrase.
_MIN_PHRASE_COUNT: Final = 3
#: Terms with a prefix of characters whose readings are compared with the pinyin after it.
_MAX_MIXED_TERMS: Final = 500
#: Characters of a term that can be typed as pinyin.
_MAX_PINYIN_CHARACTERS: Final = 14
_NEVER: Final = np.iinfo(np.int64).max

#: Characters at the end and at the beginning of what is no word, unless a dictionary has it.
_NO_END: Final = frozenset("是的在和与了被将为对向等及就也都不死从把使让令称说要有以于而或个这那其")
_NO_BEGIN: Final = frozenset("的了是和与及或也都就被把在将对从向于而")

_NOT_COMPARED = re.compile(r"[\W_]+")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_CHARACTERS_THEN_PINYIN = re.compile(r"\A(.*[^a-z])([a-z]+)")


@dataclass(frozen=True, slots=True)
class Term:
    """A completion; `count` is the number of entries or headlines that have it, `since` its first time."""

    text: str
    kind: Kind
    count: int
    since: datetime | None = None


def plain(text: str, analyzer: Analyzer) -> str:
    """Return the comparison key of a text: folded, without blanks and punctuation.

    >>> from search.analysis import default_analyzer
    >>> plain("阿拉木圖： 機場", default_analyzer())
    '阿拉木图机场'
    """
    return _NOT_COMPARED.sub("", analyzer.fold(text))


class Completions:
    """Completion tables of one generation."""

    def __init__(self, vocabulary: Vocabulary, analyzer: Analyzer) -> None:
        self.generation = vocabulary.generation
        self._analyzer = analyzer
        terms = list(_terms(vocabulary, analyzer))
        self._texts = [term.text for term in terms]
        # Most texts equal their keys; they share one string.
        keys = [_key(term, analyzer) for term in terms]
        self._keys = [text if text == key else key for text, key in zip(self._texts, keys, strict=True)]
        self._kinds = bytes(_KINDS.index(term.kind) for term in terms)
        self._counts = np.array([term.count for term in terms], dtype=np.int32)
        self._scores = np.array([_score(term) for term in terms], dtype=np.float32)
        self._since = np.array([_since(term) for term in terms], dtype=np.int64)
        self._by_text = PrefixTable(self._keys, range(len(terms)))
        self._by_pinyin, self._by_initials = _pinyin_tables(self._keys)

    def complete(
        self, prefix: str, limit: int, asof: datetime | None = None, deadline: Deadline = NO_DEADLINE
    ) -> list[Term]:
        """Return up to `limit` terms with a prefix, best first, each text once.

        With `asof`, later agencies, streams and headlines are left out; words and phrases have no time here.
        No table is read after the deadline.
        """
        ranked = self._ranked(prefix, limit, deadline, _NEVER if asof is None else _seconds(asof))
        distinct: dict[str, int] = {}
        for term_ord in ranked:
            distinct.setdefault(self._keys[term_ord], term_ord)
        return [self._term(term_ord) for term_ord in distinct.values()][:limit]

    def _ranked(self, prefix: str, limit: int, deadline: Deadline, until: int) -> list[int]:
        """Return ordinals of terms that appeared by `until`, best first; two may have the same text."""
        scores: dict[int, float] = {}
        for term_ords, bonus in self._lookups(plain(prefix, self._analyzer), letters(prefix), deadline):
            if until != _NEVER:
                term_ords = term_ords[self._since[term_ords] <= until]
            for term_ord in self._top(term_ords, limit):
                score = float(self._scores[term_ord]) + bonus
                scores[term_ord] = max(score, scores.get(term_ord, score))
        return sorted(scores, key=lambda term_ord: (-scores[term_ord], self._keys[term_ord]))

    def _term(self, term_ord: int) -> Term:
        return Term(self._texts[term_ord], _KINDS[self._kinds[term_ord]], int(self._counts[term_ord]))

    def _lookups(self, key: str, pinyin: str, deadline: Deadline) -> Iterator[tuple[Ints, float]]:
        """Yield the ordinals of each lookup, and the score that it adds."""
        if deadline.passed():
            return
        if key:
            yield from _exact_first(*self._by_text.with_prefix(key), 0.0)
        if pinyin:
            yield from _exact_first(*self._by_pinyin.with_prefix(pinyin), 0.0)
            yield from _exact_first(*self._by_initials.with_prefix(pinyin), _INITIALS_SCORE)
        elif mixed := _CHARACTERS_THEN_PINYIN.fullmatch(key):
            yield self._mixed(mixed[1], mixed[2], deadline), 0.0

    def _mixed(self, characters: str, pinyin: str, deadline: Deadline) -> Ints:
        """Return the terms with a prefix of characters followed by pinyin: 俄luo."""
        term_ords = self._top(self._by_text.with_prefix(characters)[0], _MAX_MIXED_TERMS)
        skip = len(characters)
        matches = [n for n in deadline.limit(term_ords) if _reads(self._keys[n][skip:], pinyin)]
        return np.array(matches, dtype=np.int64)

    def _top(self, term_ords: Ints, limit: int) -> list[int]:
        """Return up to `limit` ordinals with the highest scores, in no order."""
        if len(term_ords) > limit:
            scores = self._scores[term_ords]
            term_ords = term_ords[np.argpartition(scores, len(term_ords) - limit)[-limit:]]
        top: list[int] = term_ords.tolist()
        return top


def _terms(vocabulary: Vocabulary, analyzer: Analyzer) -> Iterator[Term]:
    for kind, names in _names(vocabulary):
        yield from (Term(name.text, kind, name.count, name.since) for name in names)
    is_listed = analyzer.segmenter.is_listed
    for text, count in vocabulary.words.items():
        if _is_useful(text) and not (_is_fragment(text) and not is_listed(text)):
            yield Term(text, "word", count)
    for text, count in _phrases(vocabulary.headlines, analyzer).items():
        if count >= _MIN_PHRASE_COUNT and text not in vocabulary.words:
            yield Term(text, "phrase", count)


def _names(vocabulary: Vocabulary) -> tuple[tuple[Kind, Sequence[NamedCount]], ...]:
    return (
        ("agency", vocabulary.agencies),
        ("stream", vocabulary.streams),
        ("headline", vocabulary.headlines),
    )


def _is_useful(word: str) -> bool:
    """Return whether a word is a completion: two characters or more, not a number, with a letter."""
    return len(word) > 1 and not word[0].isdigit() and any(map(str.isalpha, word))


def _is_fragment(word: str) -> bool:
    """Return whether a guessed word seems to be cut from a sentence: 中美是, 新冠死."""
    return len(word) > 2 and (word[-1] in _NO_END or word[0] in _NO_BEGIN)


def _phrases(headlines: Iterable[NamedCount], analyzer: Analyzer) -> Counter[str]:
    """Count the pairs of neighbouring words in headlines, both with two characters or more."""
    stretches = [han for headline in headlines for han in _HAN.findall(analyzer.fold(headline.text))]
    counts: Counter[str] = Counter()
    for words in analyzer.segmenter.cut(stretches):
        counts.update(first + second for first, second in pairwise(words) if len(first) > 1 < len(second))
    return counts


def _pinyin_tables(keys: Sequence[str]) -> tuple[PrefixTable, PrefixTable]:
    """Return tables by pinyin and by initials of the keys that are not ASCII."""
    term_ords, full, short = array("I"), [], []
    for term_ord, key in enumerate(keys):
        for reading in [] if key.isascii() else readings(key[:_MAX_PINYIN_CHARACTERS], limit=2):
            term_ords.append(term_ord)
            full.append("".join(reading)[: PrefixTable.MAX_CHARACTERS])
            short.append(initials(reading))
    return PrefixTable(full, term_ords), PrefixTable(short, term_ords)


def _exact_first(term_ords: Ints, exact: int, bonus: float) -> Iterator[tuple[Ints, float]]:
    yield term_ords[:exact], bonus + _EXACT_SCORE
    yield term_ords[exact:], bonus


def _reads(text: str, pinyin: str) -> bool:
    """Return whether pinyin is a prefix of a reading or its initials."""
    return any(
        "".join(reading).startswith(pinyin) or initials(reading).startswith(pinyin)
        for reading in readings(text)
    )


def _key(term: Term, analyzer: Analyzer) -> str:
    """Return the comparison key of a term; words and phrases are folded already."""
    is_folded = term.kind in ("word", "phrase")
    return _NOT_COMPARED.sub("", term.text) if is_folded else plain(term.text, analyzer)


def _score(term: Term) -> float:
    return _KIND_SCORES[term.kind] + log2(1 + term.count)


def _since(term: Term) -> int:
    """Return the first time of a term in seconds; always for words and phrases, else never if unknown."""
    if term.kind in ("word", "phrase"):
        return -_NEVER
    return _NEVER if term.since is None else _seconds(term.since)


def _seconds(time: datetime) -> int:
    return int(time.timestamp())
