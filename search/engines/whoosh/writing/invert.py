"""Texts to rows: what the analysis of a batch leaves behind, ready for a segment.

A pure function of the texts and the dictionary, so that any process may do it. Numbers of terms, places and
entries count from 0 in each batch; the builder knows what they become in its segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis.batch import FIRST_RUN, BatchUnits, Texts, Vocabulary, read_batch, read_batch_words
from search.analysis.words import Segmenter
from search.engines.whoosh.storage.postings_format import (
    HEADLINE_WEIGHT,
    Ints,
    InvertedBatch,
    pair_rows,
    post_rows,
)

__all__ = ["COLUMNS", "NO_UNIT", "BatchRows", "batch_rows"]

Bools = npt.NDArray[np.bool_]

#: Stands for the last unit of an entry without any.
NO_UNIT: Final = -1
#: What is kept of each entry: positions taken, positions of the headline, last unit, weighted lengths.
COLUMNS: Final = ("sizes", "headline", "last", "len_words", "len_unigrams", "len_bigrams")


@dataclass(frozen=True, slots=True)
class BatchRows:
    """The rows of T entries: `units` and `words` name the numbers in `pairs` and `posts`; columns have T."""

    units: list[str]
    words: list[str]
    pairs: InvertedBatch
    posts: InvertedBatch
    columns: dict[str, Ints]


def batch_rows(texts: Texts, segmenter: Segmenter) -> BatchRows:
    """Return the rows of these texts, one for each entry."""
    count = len(texts.sizes)
    runs, words = Vocabulary(), Vocabulary()
    units, in_headline = read_batch(texts, runs)
    names = list(runs)
    numbers, unit_names = _numbered(units.ids, names)
    columns, pairs = _units(units, in_headline, numbers, count)
    found = read_batch_words(units, words, names, segmenter)
    word_headline = in_headline[found.sources]
    columns["len_words"] = _lengths(found.docs, word_headline, count)
    return BatchRows(unit_names, list(words), pairs, post_rows(found.ids, found.docs, word_headline), columns)


def _numbered(ids: Ints, runs: list[str]) -> tuple[Ints, list[str]]:
    """Number the units in use from 0; return the number of each occurrence, and the texts."""
    used = np.zeros(FIRST_RUN + len(runs), dtype=np.bool_)
    used[ids] = True
    unique = np.flatnonzero(used)
    number_of = np.empty(len(used), dtype=np.int32)
    number_of[unique] = np.arange(len(unique))
    texts = [chr(unit) if unit < FIRST_RUN else runs[unit - FIRST_RUN] for unit in unique.tolist()]
    return number_of[ids].astype(np.int64), texts


def _units(
    units: BatchUnits, in_headline: Bools, numbers: Ints, count: int
) -> tuple[dict[str, Ints], InvertedBatch]:
    sizes = units.lengths + 1
    base = np.concatenate(([0], np.cumsum(sizes)))
    places = base[units.docs] + units.positions
    firsts = np.flatnonzero(units.docs[1:] == units.docs[:-1])
    broken = units.positions[firsts + 1] != units.positions[firsts] + 1
    last = np.full(count, NO_UNIT, dtype=np.int64)
    last[units.docs] = numbers  # the last one written stays
    headline = np.zeros(count, dtype=np.int64)
    headline[units.docs[in_headline]] = units.positions[in_headline] + 1  # here, too
    kept = firsts[~broken]
    columns = {
        "sizes": sizes,
        "headline": headline,
        "last": last,
        "len_unigrams": _lengths(units.docs, in_headline, count),
        "len_bigrams": _lengths(units.docs[kept], in_headline[kept], count),
    }
    return columns, pair_rows(numbers[firsts], numbers[firsts + 1], broken, places[firsts])


def _lengths(docs: Ints, in_headline: Bools, count: int) -> Ints:
    """Return how many terms each entry has, those of the headline counted twice."""
    twice = np.bincount(docs[in_headline], minlength=count)
    lengths: Ints = np.bincount(docs, minlength=count) + (HEADLINE_WEIGHT - 1) * twice
    return lengths
