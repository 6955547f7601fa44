"""Inverts a batch of texts into rows (`postings_format.py`).

A pure function of the texts and the dictionary, so that any process may run it. Ordinals of terms, places and
documents start at 0 in each batch; the builder translates them to those of its segment.
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

#: The last unit of a document without units.
NO_UNIT: Final = -1
#: Columns: positions used, positions of the headline, last unit, weighted length in each field.
COLUMNS: Final = ("sizes", "headline", "last", "len_words", "len_unigrams", "len_bigrams")


@dataclass(frozen=True, slots=True)
class BatchRows:
    """The rows of T documents; `units` and `words` are the terms of `pairs` and `posts`, columns are (T,)."""

    units: list[str]
    words: list[str]
    pairs: InvertedBatch
    posts: InvertedBatch
    columns: dict[str, Ints]


def batch_rows(texts: Texts, segmenter: Segmenter) -> BatchRows:
    """Return the rows of these texts, one text for each document."""
    count = len(texts.sizes)
    runs, words = Vocabulary(), Vocabulary()
    units, in_headline = read_batch(texts, runs)
    run_texts = list(runs)
    unit_ords, unit_texts = _unit_ords(units.ids, run_texts)
    columns, pairs = _units(units, in_headline, unit_ords, count)
    occurrences = read_batch_words(units, words, run_texts, segmenter)
    word_in_headline = in_headline[occurrences.sources]
    columns["len_words"] = _lengths(occurrences.docs, word_in_headline, count)
    posts = post_rows(occurrences.ids, occurrences.docs, word_in_headline)
    return BatchRows(unit_texts, list(words), pairs, posts, columns)


def _unit_ords(ids: Ints, runs: list[str]) -> tuple[Ints, list[str]]:
    """Return the ordinal of each occurrence's unit, counted from 0, and the text of each ordinal."""
    used = np.zeros(FIRST_RUN + len(runs), dtype=np.bool_)
    used[ids] = True
    unique = np.flatnonzero(used)
    unit_ord = np.empty(len(used), dtype=np.int32)
    unit_ord[unique] = np.arange(len(unique))
    texts = [chr(unit) if unit < FIRST_RUN else runs[unit - FIRST_RUN] for unit in unique.tolist()]
    return unit_ord[ids].astype(np.int64), texts


def _units(
    units: BatchUnits, in_headline: Bools, unit_ords: Ints, count: int
) -> tuple[dict[str, Ints], InvertedBatch]:
    sizes = units.lengths + 1
    base = np.concatenate(([0], np.cumsum(sizes)))
    places = base[units.docs] + units.positions
    firsts = np.flatnonzero(units.docs[1:] == units.docs[:-1])
    broken = units.positions[firsts + 1] != units.positions[firsts] + 1
    last = np.full(count, NO_UNIT, dtype=np.int64)
    last[units.docs] = unit_ords  # the last assignment counts
    headline = np.zeros(count, dtype=np.int64)
    headline[units.docs[in_headline]] = units.positions[in_headline] + 1  # here as well
    bigrams = firsts[~broken]
    columns = {
        "sizes": sizes,
        "headline": headline,
        "last": last,
        "len_unigrams": _lengths(units.docs, in_headline, count),
        "len_bigrams": _lengths(units.docs[bigrams], in_headline[bigrams], count),
    }
    return columns, pair_rows(unit_ords[firsts], unit_ords[firsts + 1], broken, places[firsts])


def _lengths(docs: Ints, in_headline: Bools, count: int) -> Ints:
    """Return the number of terms of each document; those of the headline count twice."""
    twice = np.bincount(docs[in_headline], minlength=count)
    lengths: Ints = np.bincount(docs, minlength=count) + (HEADLINE_WEIGHT - 1) * twice
    return lengths
