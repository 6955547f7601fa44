"""The most telling terms of an entry: those that it has and few others have, but some.

They go through the ordinary scoring as if somebody had typed them, so that "similar" means what "relevant"
means. How often a term is known is for an engine to say; the rest is the same for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from typing import Final

from search.analysis import Analyzer, split_bigram
from search.entry import Entry
from search.ranking import BIGRAM_WEIGHT, ScoringTerms

__all__ = ["DUPLICATE_RATIO", "MAX_TERMS", "MIN_SCORE_RATIO", "TWINS", "interesting_terms"]

#: How many terms stand for an entry.
MAX_TERMS: Final = 25
#: Entries that reach less of the score than the entry itself are not like it.
MIN_SCORE_RATIO: Final = 0.1
#: Those that reach so much of it are its copies, near enough for choosing terms; so many are looked at.
DUPLICATE_RATIO: Final = 0.8
TWINS: Final = 20
#: A name that comes up often in a long entry is not what all of it is about.
_MOST: Final = 3
#: Nobody's topic comes up only so far down.
_READ: Final = 2000
_HEADLINE_WEIGHT: Final = 2

#: Of terms of a stream (`words` or `bigrams`), returns how many entries have each, or how often it occurs.
DocFreq = Callable[[str, Sequence[str]], Sequence[int]]


def interesting_terms(
    entry: Entry, analyzer: Analyzer, count: int, known: DocFreq, copies: int = 1
) -> ScoringTerms:
    """Return the best words and bigrams by tf·idf, the headline counted twice; `count` entries are known.

    Terms that only the entry and its copies have, `copies` in all, tell of nothing else and are left out.
    """
    words, bigrams = _terms(entry, analyzer)
    ranked: list[tuple[float, str, str, int]] = []
    for stream, terms, weight in (("words", words, 1.0), ("bigrams", bigrams, BIGRAM_WEIGHT)):
        counts = known(stream, list(terms))
        for (term, tf), has in zip(terms.items(), counts, strict=True):
            if has > copies * (1 if stream == "words" else tf):
                idf = log(max(1.0, 1 + (count - has + 0.5) / (has + 0.5)))
                ranked.append((-weight * min(tf, _MOST) * idf, stream, term, min(tf, _MOST)))
    best = sorted(ranked)[:MAX_TERMS]
    return ScoringTerms(
        words=tuple((term, tf) for _, stream, term, tf in best if stream == "words"),
        bigrams=tuple((term, tf) for _, stream, term, tf in best if stream == "bigrams"),
    )


def _terms(entry: Entry, analyzer: Analyzer) -> tuple[Counter[str], Counter[str]]:
    """Count words and bigrams; numbers and single characters say little about the topic."""
    words: Counter[str] = Counter()
    bigrams: Counter[str] = Counter()
    for text, weight in ((entry.headline, _HEADLINE_WEIGHT), (entry.body[:_READ], 1)):
        terms = analyzer.terms(text)
        for term in terms.words:
            words[term] += weight * (len(term) > 1 and _has_letter(term))
        for term in terms.bigrams:
            bigrams[term] += weight * all(map(_has_letter, split_bigram(term)))
    return +words, +bigrams


def _has_letter(unit: str) -> bool:
    return any(map(str.isalpha, unit))
