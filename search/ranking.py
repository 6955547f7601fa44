"""The one ranking formula and its parameters, shared by all engines.

First stage, raw scores added: BM25 over words + 0.5 · BM25 over unigrams + 0.5 · BM25 over bigrams.
In each stream, over the terms of the query,

    Σ qtf · ln(1 + (N − df + 0.5) / (df + 0.5)) · (k1 + 1) · tf / (tf + k1 · (1 − b + b · L / avgL))

which is Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
section 3) with the idf that stays positive, as in Lucene's BM25Similarity. Headline and body are one
weighted text (the simple BM25 extension to weighted fields, Robertson, Zaragoza and Taylor, CIKM 2004): tf
and L count an occurrence in the headline twice, and df counts entries that have the term in either.

Words of asking (什么, 哪里, 多少 …) say what kind of answer is wanted and not what it is about; they are left
out of the scoring, never out of the matching.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from search.analysis import Analyzer

__all__ = ["BIGRAM_WEIGHT", "K1", "UNIGRAM_WEIGHT", "B", "Bag", "bag", "is_question_word"]

K1: Final = 0.4
B: Final = 0.7
UNIGRAM_WEIGHT: Final = 0.5
BIGRAM_WEIGHT: Final = 0.5

_QUESTION_WORDS: Final = frozenset(
    """
    什么 甚么 啥 哪 哪里 哪儿 哪个 哪些 哪一 哪年 哪位 哪种 哪国 哪几 谁 几 几个 几年 几次 几岁
    多少 多久 多大 多长 多高 多远 吗 呢 么 嘛 吧 怎么 怎样 怎么样 如何 为何 为什么 为啥 请问 是否
    何 何时 何地 何处 何人 何种 何年
    """.split()  # noqa: SIM905  (a list of sixty quoted words is hard to read)
)
_QUESTION_UNITS: Final = frozenset("什么甚啥哪谁几吗呢怎嘛吧何请问")


@dataclass(frozen=True, slots=True)
class Bag:
    """Terms that score, each with how often the query has it; all three may be empty."""

    words: tuple[tuple[str, int], ...] = ()
    unigrams: tuple[tuple[str, int], ...] = ()
    bigrams: tuple[tuple[str, int], ...] = ()


def is_question_word(word: str) -> bool:
    """Return whether a word only asks.

    >>> is_question_word("多少"), is_question_word("机场")
    (True, False)
    """
    return word in _QUESTION_WORDS


def bag(analyzer: Analyzer, texts: Iterable[str]) -> Bag:
    """Return the terms that score for these texts, without words of asking unless nothing else is left."""
    words: Counter[str] = Counter()
    unigrams: Counter[str] = Counter()
    bigrams: Counter[str] = Counter()
    for text in texts:
        terms = analyzer.terms(text)
        words.update(terms.words)
        unigrams.update(terms.unigrams)
        bigrams.update(terms.bigrams)
    return Bag(
        _without(words, lambda word: word in _QUESTION_WORDS),
        _without(unigrams, lambda unit: unit in _QUESTION_UNITS),
        _without(bigrams, lambda pair: all(unit in _QUESTION_UNITS for unit in pair)),
    )


def _without(counts: Counter[str], asks: Callable[[str], bool]) -> tuple[tuple[str, int], ...]:
    kept = tuple((term, count) for term, count in counts.items() if not asks(term))
    return kept or tuple(counts.items())
