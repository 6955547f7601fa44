"""The most telling terms of an entry: those that it has and few others have, but some.

They go through the ordinary scorer as if somebody had typed them, so that "similar" means what "relevant"
means. Only counts are looked up here, no postings are unpacked as long as every entry may be seen.
"""

from __future__ import annotations

from collections import Counter
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer, split_bigram
from search.engines.whoosh.postings import HEADLINE_WEIGHT
from search.engines.whoosh.score import Scorer
from search.engines.whoosh.whole import Whole
from search.entry import Entry
from search.ranking import BIGRAM_WEIGHT, Bag

__all__ = ["ALIKE", "TELLING", "TWIN", "telling"]

Mask = npt.NDArray[np.bool_]

#: How many terms stand for an entry.
TELLING: Final = 25
#: Entries that reach less of the score than the entry itself are not like it.
ALIKE: Final = 0.1
#: Those that reach so much of it are its copies, near enough for choosing terms.
TWIN: Final = 0.8
#: A name that comes up often in a long entry is not what all of it is about.
_MOST: Final = 3
#: Nobody's topic comes up only so far down.
_READ: Final = 2000


def telling(
    entry: Entry,
    analyzer: Analyzer,
    whole: Whole,
    scorer: Scorer,
    visible: Mask | None,
    copies: int = 1,
) -> Bag:
    """Return the best words and bigrams by tf·idf, the headline counted twice.

    Terms that only the entry and its copies have, `copies` in all, tell of nothing else and are left out.
    `visible` (N,) says what may be seen; None stands for all entries, none of them removed.
    """
    count = whole.count if visible is None else int(visible.sum())
    words, bigrams = _terms(entry, analyzer)
    ranked: list[tuple[float, str, str, int]] = []
    for stream, terms, weight in (("words", words, 1.0), ("bigrams", bigrams, BIGRAM_WEIGHT)):
        for term, tf in terms.items():
            known = _known(stream, term, whole, scorer, visible)
            if known > copies * (1 if stream == "words" else tf):
                idf = log(max(1.0, 1 + (count - known + 0.5) / (known + 0.5)))
                ranked.append((-weight * min(tf, _MOST) * idf, stream, term, min(tf, _MOST)))
    best = sorted(ranked)[:TELLING]
    return Bag(
        words=tuple((term, tf) for _, stream, term, tf in best if stream == "words"),
        bigrams=tuple((term, tf) for _, stream, term, tf in best if stream == "bigrams"),
    )


def _terms(entry: Entry, analyzer: Analyzer) -> tuple[Counter[str], Counter[str]]:
    """Count words and bigrams; numbers and single characters say little about the topic."""
    words: Counter[str] = Counter()
    bigrams: Counter[str] = Counter()
    for text, weight in ((entry.headline, HEADLINE_WEIGHT), (entry.body[:_READ], 1)):
        terms = analyzer.terms(text)
        for term in terms.words:
            words[term] += weight * (len(term) > 1 and _has_letter(term))
        for term in terms.bigrams:
            bigrams[term] += weight * all(map(_has_letter, split_bigram(term)))
    return +words, +bigrams


def _has_letter(unit: str) -> bool:
    return any(map(str.isalpha, unit))


def _known(
    stream: str,
    term: str,
    whole: Whole,
    scorer: Scorer,
    visible: Mask | None,
) -> int:
    """Return how many entries have a word, or how often a bigram occurs: what is told without unpacking."""
    leaves = whole.leaves
    if visible is None:
        if stream == "words":
            return sum(leaf.words.count(leaf.words.number(term)) for leaf in leaves)
        return sum(leaf.pairs.count(leaf.bigram(term)) for leaf in leaves)
    if stream == "words":
        return int(np.count_nonzero(visible.take(scorer.term(stream, term).postings.numbers)))
    found = [leaf.docs.entry_of(leaf.pairs.places(leaf.bigram(term))) for leaf in leaves]
    return sum(int(np.count_nonzero(own[ids])) for own, ids in zip(whole.slices(visible), found, strict=True))
