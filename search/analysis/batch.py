"""Many texts to terms at once, by array operations: what `units.py` and `analyzer.py` say, for indexing.

No Python loop runs over characters; the only loops are over runs of letters and digits and over jieba's
words. A test holds this reading and the plain one equal, unit for unit and word for word.

Shapes: C folded characters, U units, W words, T texts of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.analysis.characters import CLASSES, DIGIT, DOT, HAN, HYPHEN, LETTER, PUNCT, SINGLE, SYMBOL
from search.analysis.fold import TABLE
from search.analysis.units import run_text
from search.analysis.words import Segmenter

__all__ = ["FIRST_RUN", "BatchUnits", "BatchWords", "Vocabulary", "read_batch", "read_batch_words"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Unit ids below this are code points; ids from here on count the runs of a vocabulary.
FIRST_RUN: Final = 0x110000
_NEWLINE: Final = 10


class Vocabulary(dict[str, int]):
    """Numbers for strings, given on first sight: 0, 1, 2 …

    >>> v = Vocabulary(); v["b"], v["a"], v["b"]
    (0, 1, 0)
    """

    def __init__(self) -> None:
        super().__init__()
        self._next = count().__next__

    def __missing__(self, key: str) -> int:
        value = self[key] = self._next()
        return value


@dataclass(frozen=True, slots=True)
class BatchUnits:
    """The units of a batch, in order; all arrays of shape (U,) unless said.

    `ids` are code points or FIRST_RUN + number of the run; `docs` count the texts; `places` are offsets into
    the text with its rare parts expanded; `positions` count from 0 in each text; `lengths` (T,) is how many
    positions each text takes.
    """

    ids: Ints
    docs: Ints
    places: Ints
    positions: Ints
    together: Bools
    han: Bools
    lengths: Ints


@dataclass(frozen=True, slots=True)
class BatchWords:
    """The words of a batch: `ids` in a vocabulary, `docs`, and `places` as in BatchUnits; shape (W,)."""

    ids: Ints
    docs: Ints
    places: Ints


def read_batch(texts: Sequence[str], runs: Vocabulary) -> BatchUnits:
    """Split texts, already through `expand`, into units; new runs are added to `runs`."""
    joined = "\n".join(texts)
    codes = TABLE[np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")]
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    begins = np.concatenate(([0], np.cumsum(sizes + 1)))[: len(texts)]
    kinds = CLASSES[codes]
    joins = _joins(codes, kinds)
    in_run = (kinds == LETTER) | (kinds == DIGIT) | joins
    run_starts = np.flatnonzero(in_run & ~_before(in_run))
    run_ends = np.flatnonzero(in_run & ~_after(in_run)) + 1
    alone = (kinds == HAN) | (kinds == SINGLE) | (kinds == SYMBOL)
    starts = np.sort(np.concatenate((np.flatnonzero(alone), run_starts)))
    ids = codes[starts].astype(np.int64)
    ids[np.searchsorted(starts, run_starts)] = _run_ids(codes, run_starts, run_ends, runs)
    docs = np.searchsorted(begins, starts, side="right") - 1
    punct = _punctuation(kinds, joins)
    positions, lengths = _positions(starts, docs, punct, len(texts))
    han = kinds[starts] == HAN
    loose = (kinds != DOT) & ~alone & ~in_run
    return BatchUnits(
        ids, docs, starts - begins[docs], positions, _together(starts, han, loose), han, lengths
    )


def _before(values: npt.NDArray[Any], by: int = 1) -> npt.NDArray[Any]:
    """Return, for each place, the value `by` places before it (zero at the border)."""
    shifted = np.zeros_like(values)
    if by < len(values):
        shifted[by:] = values[:-by]
    return shifted


def _after(values: npt.NDArray[Any], by: int = 1) -> npt.NDArray[Any]:
    shifted = np.zeros_like(values)
    if by < len(values):
        shifted[:-by] = values[by:]
    return shifted


def _joins(codes: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8]) -> Bools:
    """Return the marks that stand inside a run: 7.8, 23,876, F-16."""
    digit, letter = kinds == DIGIT, kinds == LETTER
    between_digits = _before(digit) & _after(digit)
    dots = ((codes == ord(".")) | (codes == ord("·"))) & between_digits
    commas = (codes == ord(",")) & between_digits & _after(digit, 2) & _after(digit, 3) & ~_after(digit, 4)
    hyphens = (kinds == HYPHEN) & ((_before(letter) & _after(digit)) | (_before(digit) & _after(letter)))
    joined: Bools = dots | commas | hyphens
    return joined


def _punctuation(kinds: npt.NDArray[np.uint8], joins: Bools) -> Bools:
    """Return the marks that take a position; a hyphen beside a run, or within letters, takes none."""
    run = (kinds == LETTER) | (kinds == DIGIT)
    alone = (kinds == HAN) | (kinds == SINGLE)
    letter = kinds == LETTER
    silent = (
        (_before(run) & _after(alone)) | (_before(alone) & _after(run)) | (_before(letter) & _after(letter))
    )
    marks: Bools = ((kinds == PUNCT) | ((kinds == HYPHEN) & ~silent)) & ~joins
    return marks


def _run_ids(codes: npt.NDArray[np.uint32], starts: Ints, ends: Ints, runs: Vocabulary) -> Ints:
    text = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    found = (text[i:j] for i, j in zip(starts.tolist(), ends.tolist(), strict=True))
    numbers = np.fromiter((runs[run_text(run)] for run in found), dtype=np.int64, count=len(starts))
    shifted: Ints = numbers + FIRST_RUN
    return shifted


def _positions(starts: Ints, docs: Ints, punct: Bools, texts: int) -> tuple[Ints, Ints]:
    """Return each unit's position in its text, and how many positions each text takes."""
    if not len(starts):
        return starts, np.zeros(texts, dtype=np.int64)
    marks = np.concatenate(([0], np.cumsum(punct)))[starts]
    steps = 1 + (np.diff(marks, prepend=marks[0]) > 0)
    running = np.cumsum(steps)
    firsts = np.searchsorted(docs, np.arange(texts))
    base = running[np.minimum(firsts, len(starts) - 1)]
    positions = running - base[docs]
    lengths = np.zeros(texts, dtype=np.int64)
    np.maximum.at(lengths, docs, positions + 1)
    return positions, lengths


def _together(starts: Ints, han: Bools, loose: Bools) -> Bools:
    """Return the Han units between which and the one before stands nothing but dots of a name."""
    breaks = np.concatenate(([0], np.cumsum(loose)))[starts]
    same = np.diff(breaks, prepend=-1) == 0
    together: Bools = han & _before(han) & same
    return together


def read_batch_words(
    units: BatchUnits, vocabulary: Vocabulary, runs: list[str], cut: Segmenter
) -> BatchWords:
    """Return the terms of the words stream; `runs` lists the texts of the run vocabulary by number."""
    han = np.flatnonzero(units.han)
    opens = ~units.together[han]
    codes = np.full(len(han) + int(opens.sum()), _NEWLINE, dtype="<u4")
    codes[np.arange(len(han)) + np.cumsum(opens)] = units.ids[han]
    tokens = cut.search_joined(codes.tobytes().decode("utf-32-le"))
    ids = np.fromiter(map(vocabulary.__getitem__, tokens), dtype=np.int64, count=len(tokens))
    border = ids == vocabulary["\n"]
    stretch = han[opens][np.cumsum(border)[~border] - 1]
    other = np.flatnonzero(~units.han)
    other_ids = np.fromiter(
        (vocabulary[_unit_text(unit, runs)] for unit in units.ids[other].tolist()),
        dtype=np.int64,
        count=len(other),
    )
    source = np.concatenate((stretch, other))
    return BatchWords(np.concatenate((ids[~border], other_ids)), units.docs[source], units.places[source])


def _unit_text(unit: int, runs: list[str]) -> str:
    return chr(unit) if unit < FIRST_RUN else runs[unit - FIRST_RUN]
