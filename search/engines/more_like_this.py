"""The interesting terms of an entry: frequent in it and rare elsewhere, but not unique to it.

They are scored like a typed query, so that "similar" means what "relevant" means. Document frequencies come
from the engine; the rest is the same for all engines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from typing import Final

from search.analysis import Analyzer, split_bigram
from search.entry import Entry
from search.ranking import BIGRAM_WEIGHT, ScoringTerms

__all__ = [
    "DUPLICATE_RATIO",
    "MAX_DUPLICATES",
    "MAX_TERMS",
    "MIN_SCORE_RATIO",
    "DocFreq",
    "interesting_terms",
]

#: Most terms that are chosen for an entry.
MAX_TERMS: Final = 25
#: Entries with a lower share of the entry's own score are not similar to it.
MIN_SCORE_RATIO: Final = 0.2
#: Entries with a higher share of it are compared as possible near-duplicates, MAX_DUPLICATES of them at most.
DUPLICATE_RATIO: Final = 0.8
MAX_DUPLICATES: Final = 20
#: Highest term frequency that counts: a name repeated in a long entry is not the topic of all of it.
_MAX_TF: Final = 3
#: Characters of the body that are used.
_BODY_CHARACTERS: Final = 2000
_HEADLINE_WEIGHT: Final = 2

#: Returns, for terms of a field, the document frequency of each word, or the occurrences of each bigram.
DocFreq = Callable[[str, Sequence[str]], Sequence[int]]


def interesting_terms(
    entry: Entry, analyzer: Analyzer, count: int, frequencies: DocFreq, copies: int = 1
) -> ScoringTerms:
    """Return the best words and bigrams by tf·idf in a collection of `count` entries.

    The headline counts twice. Terms that only the entry and its near-duplicates have, `copies` in all, are
    left out: they match nothing else.
    """
    words, bigrams = _terms(entry, analyzer)
    ranked: list[tuple[float, str, str, int]] = []
    for field, terms, weight in (("words", words, 1.0), ("bigrams", bigrams, BIGRAM_WEIGHT)):
        for (term, tf), df in zip(terms.items(), frequencies(field, list(terms)), strict=True):
            if df > copies * (1 if field == "words" else tf):
                idf = log(max(1.0, 1 + (count - df + 0.5) / (df + 0.5)))
                ranked.append((-weight * min(tf, _MAX_TF) * idf, field, term, min(tf, _MAX_TF)))
    best = sorted(ranked)[:MAX_TERMS]
    return ScoringTerms(
        words=tuple((term, tf) for _, field, term, tf in best if field == "words"),
        bigrams=tuple((term, tf) for _, field, term, tf in best if field == "bigrams"),
    )


def _terms(entry: Entry, analyzer: Analyzer) -> tuple[Counter[str], Counter[str]]:
    """Count words and bigrams; numbers and single characters are not interesting."""
    words: Counter[str] = Counter()
    bigrams: Counter[str] = Counter()
    for text, weight in ((entry.headline, _HEADLINE_WEIGHT), (entry.body[:_BODY_CHARACTERS], 1)):
        terms = analyzer.terms(text)
        for term in terms.words:
            words[term] += weight * (len(term) > 1 and _has_letter(term))
        for term in terms.bigrams:
            bigrams[term] += weight * all(map(_has_letter, split_bigram(term)))
    return +words, +bigrams


def _has_letter(unit: str) -> bool:
    return any(map(str.isalpha, unit))
