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

Recency: the matches of one or two words differ little in score. In such a query an entry loses
RECENCY_WEIGHT each time its age doubles, in steps of 1, 3, 7, 15 … days, counted from the newest entry that
`asof` shows. That is the logarithm of a prior that falls as a power of age, as the need for what a headline
of a newspaper named does (Anderson and Schooler, "Reflections of the Environment in Memory", Psychological
Science 2(6), 1991). Steps can be added by any engine without a script.

Question words (什么, 哪里, 多少 …) describe the kind of answer and not its topic; they are left out of
scoring, and not required of an entry in a plain run (`query/groups.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import log
from typing import Final

from search.analysis import Analyzer

__all__ = [
    "BIGRAM_WEIGHT",
    "FIELD_WEIGHTS",
    "K1",
    "LEAD",
    "LEAD_WEIGHT",
    "RECENCY_AGES",
    "RECENCY_WEIGHT",
    "UNIGRAM_WEIGHT",
    "B",
    "ScoringTerms",
    "idf",
    "impact",
    "is_question_word",
    "ranked_by_age",
    "recency",
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

#: What an entry of a short query loses each time its age doubles.
RECENCY_WEIGHT: Final = 0.1
#: The ages at which it does, the oldest of about 11 years; an entry has the weight once for each it is below.
RECENCY_AGES: Final = tuple(timedelta(days=2**n - 1) for n in range(1, 13))
#: Age counts in queries of up to this many words.
_MAX_WORDS_BY_AGE: Final = 2

_QUESTION_WORDS: Final = frozenset(
    """
    什么 甚么 啥 哪 哪里 哪儿 哪个 哪些 哪一 哪年 哪位 哪种 哪国 哪几 谁 几 几个 几年 几次 几岁
    多少 多久 多大 多长 多高 多远 吗 呢 么 嘛 吧 怎么 怎样 怎么样 如何 为何 为什么 为啥 请问 是否
    何 何时 何地 何处 何人 何种 何年 几天 几月 几号 几日 几点 几名 几例 几人 多长时间 怎么办 是谁
    """.split()  # noqa: SIM905  (a list of seventy quoted words is hard to read)
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


def recency(age: timedelta) -> float:
    """Return the score of an entry of this age for being recent.

    >>> round(recency(timedelta(days=10)), 3), round(recency(timedelta(days=20)), 3)
    (0.9, 0.8)
    """
    return RECENCY_WEIGHT * sum(age < limit for limit in RECENCY_AGES)


def ranked_by_age(terms: ScoringTerms) -> bool:
    """Return whether the age of entries counts in a query of these terms."""
    return 1 <= sum(qtf for _, qtf in terms.words) <= _MAX_WORDS_BY_AGE


def _without(counts: Counter[str], is_question: Callable[[str], bool]) -> tuple[tuple[str, int], ...]:
    topical = tuple((term, count) for term, count in counts.items() if not is_question(term))
    return topical or tuple(counts.items())
