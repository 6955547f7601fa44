"""The one ranking formula and its parameters, shared by all engines.

Raw scores added: BM25 over words + 0.5 · BM25 over unigrams + 0.5 · BM25 over bigrams + 0.5 · lead.
In each field, over the terms of the query,

    Σ qtf · ln(1 + (N − df + 0.5) / (df + 0.5)) · (k1 + 1) · tf / (tf + k1 · (1 − b + b · L / avgL))

which is Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
section 3) with an idf that is always positive, as in Lucene's BM25Similarity. Headline and body are one
weighted text (the simple BM25 extension to weighted fields, Robertson, Zaragoza and Taylor, CIKM 2004): tf
and L count an occurrence in the headline twice, and df counts entries that have the term in either.

Lead: Σ qtf · idf over the units of the query among the first 64 positions of an entry, headline first. A
news text states its topic at its beginning. The lead is one bit of a posting, so it costs no time and is
added for every entry, without a second stage. (The densest window of the query's units, added as well,
changed nDCG@10 by less than 0.03 on four collections; docs/relevance.md has the figures.)

Question words (什么, 哪里, 多少 …) describe the kind of answer and not its topic; they are left out of
scoring, never out of matching.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log
from typing import Final

from search.analysis import Analyzer

__all__ = [
    "BIGRAM_WEIGHT",
    "FIELD_WEIGHTS",
    "K1",
    "LEAD",
    "LEAD_WEIGHT",
    "UNIGRAM_WEIGHT",
    "B",
    "ScoringTerms",
    "idf",
    "impact",
    "is_question_word",
    "scoring_terms",
]

K1: Final = 0.4
B: Final = 0.7
UNIGRAM_WEIGHT: Final = 0.5
BIGRAM_WEIGHT: Final = 0.5
LEAD_WEIGHT: Final = 0.5
#: The weight of each field.
FIELD_WEIGHTS: Final = {"words": 1.0, "unigrams": UNIGRAM_WEIGHT, "bigrams": BIGRAM_WEIGHT}
#: Length of the lead in positions.
LEAD: Final = 64

_QUESTION_WORDS: Final = frozenset(
    """
    什么 甚么 啥 哪 哪里 哪儿 哪个 哪些 哪一 哪年 哪位 哪种 哪国 哪几 谁 几 几个 几年 几次 几岁
    多少 多久 多大 多长 多高 多远 吗 呢 么 嘛 吧 怎么 怎样 怎么样 如何 为何 为什么 为啥 请问 是否
    何 何时 何地 何处 何人 何种 何年
    """.split()  # noqa: SIM905  (a list of sixty quoted words is hard to read)
)
_QUESTION_UNITS: Final = frozenset("什么甚啥哪谁几吗呢怎嘛吧何请问")


@dataclass(frozen=True, slots=True)
class ScoringTerms:
    """The scored terms of each field with their query term frequency (qtf); any field may be empty."""

    words: tuple[tuple[str, int], ...] = ()
    unigrams: tuple[tuple[str, int], ...] = ()
    bigrams: tuple[tuple[str, int], ...] = ()


def is_question_word(word: str) -> bool:
    """Return whether a word is a question word.

    >>> is_question_word("多少"), is_question_word("机场")
    (True, False)
    """
    return word in _QUESTION_WORDS


def idf(count: int, df: int) -> float:
    """Return the idf of a term that `df` of `count` entries have.

    >>> round(idf(100, 1), 3), round(idf(100, 100), 4)
    (4.21, 0.005)
    """
    return log(1 + (count - df + 0.5) / (df + 0.5))


def impact(field: str, tf: float, length: float, average: float, *, lead: bool) -> float:
    """Return the score of a term in an entry divided by its weight, qtf · field weight · idf · (k1 + 1).

    `length` and `average` are lengths of the field; `lead` is whether a unigram is in the entry's lead.
    """
    saturated = tf / (tf + K1 * (1 - B + B * length / average))
    if lead and field == "unigrams":
        saturated += LEAD_WEIGHT / (UNIGRAM_WEIGHT * (K1 + 1))
    return saturated


def scoring_terms(analyzer: Analyzer, texts: Iterable[str]) -> ScoringTerms:
    """Return the scored terms of texts, without question words unless a field has no other terms."""
    words: Counter[str] = Counter()
    unigrams: Counter[str] = Counter()
    bigrams: Counter[str] = Counter()
    for text in texts:
        terms = analyzer.terms(text)
        words.update(terms.words)
        unigrams.update(terms.unigrams)
        bigrams.update(terms.bigrams)
    return ScoringTerms(
        _without(words, lambda word: word in _QUESTION_WORDS),
        _without(unigrams, lambda unit: unit in _QUESTION_UNITS),
        _without(bigrams, lambda pair: all(unit in _QUESTION_UNITS for unit in pair)),
    )


def _without(counts: Counter[str], is_question: Callable[[str], bool]) -> tuple[tuple[str, int], ...]:
    topical = tuple((term, count) for term, count in counts.items() if not is_question(term))
    return topical or tuple(counts.items())
