"""Batch analysis for indexing: the rules of `units.py` and `analyzer.py` as array operations.

Python loops run only over runs of letters and digits and over jieba's words, never over characters. A test
keeps batch analysis and single analysis equal, unit for unit and word for word.

Shapes: C folded characters, U units, W words, T texts of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.analysis.characters import (
    DIGIT,
    DOT,
    HAN,
    HYPHEN,
    LETTER,
    PUNCT,
    SINGLE,
    SYMBOL,
    class_table,
)
from search.analysis.fold import RARE, TABLE, expand
from search.analysis.units import DECIMALS, TIMES, run_text
from search.analysis.words import Segmenter

__all__ = [
    "FIRST_RUN",
    "BatchUnits",
    "BatchWords",
    "Texts",
    "Vocabulary",
    "join_texts",
    "read_batch",
    "read_batch_words",
]

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]

#: Unit ids below this are code points; from here on they are FIRST_RUN + the number of a run.
FIRST_RUN: Final = 0x110000
_NEWLINE: Final = 10
_DECIMALS: Final = np.array([ord(sign) for sign in DECIMALS], dtype=np.uint32)


class Vocabulary(dict[str, int]):
    """Consecutive numbers for strings, assigned at first lookup: 0, 1, 2 …

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
class Texts:
    """A batch of texts: `codes` are their code points with a line break between two texts, `sizes` (T,) their
    lengths, `heads` (T,) the lengths of their headlines.
    """

    codes: Codes
    sizes: Ints
    heads: Ints


@dataclass(frozen=True, slots=True)
class BatchUnits:
    """The units of a batch, in order; arrays have shape (U,) except `lengths`.

    `ids` are code points or FIRST_RUN + number of the run; `docs` are numbers of texts; `places` are offsets
    into the text with its rare parts expanded; `positions` start at 0 in each text; `together` is whether a
    unit can be in one word with the unit before; `lengths` (T,) are the positions of each text.
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
    """The words of a batch, arrays of shape (W,): `ids` in a vocabulary, `docs` as in BatchUnits.

    `sources` is the index of the first unit of the word or of its stretch of Han characters.
    """

    ids: Ints
    docs: Ints
    sources: Ints


def join_texts(texts: Sequence[str], heads: Sequence[int] | None = None) -> Texts:
    """Concatenate texts; `heads` are the lengths of their headlines, which a line break follows."""
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return Texts(codes, sizes, np.array(heads or [0] * len(texts), dtype=np.int64))


def read_batch(texts: Texts, runs: Vocabulary) -> tuple[BatchUnits, Bools]:
    """Return the units of texts and whether each is in a headline, shape (U,); adds new runs to `runs`."""
    texts = _expanded(texts)
    codes = TABLE[texts.codes]
    count = len(texts.sizes)
    begins = np.concatenate(([0], np.cumsum(texts.sizes + 1)))
    kinds = class_table()[codes]
    _multiply(codes, kinds)
    joins = _joins(codes, kinds)
    letters, numbers = kinds == LETTER, (kinds == DIGIT) | joins
    run_starts = np.flatnonzero((letters & ~_before(letters)) | (numbers & ~_before(numbers)))
    run_ends = np.flatnonzero((letters & ~_after(letters)) | (numbers & ~_after(numbers))) + 1
    alone = (kinds == HAN) | (kinds == SINGLE) | (kinds == SYMBOL)
    wrapped = (codes == _NEWLINE) & _inside(kinds)
    wrapped[begins[1:-1] - 1] = False  # the line breaks between texts
    loose = (kinds != DOT) & ~alone & ~letters & ~numbers & ~wrapped
    alone[run_starts] = True
    starts = np.flatnonzero(alone)
    ids = codes[starts].astype(np.int64)
    ids[np.searchsorted(starts, run_starts)] = _run_ids(codes, run_starts, run_ends, runs)
    docs = np.repeat(np.arange(count), np.diff(np.searchsorted(starts, begins)))
    punctuation = _punctuation(codes, kinds) & ~joins & ~wrapped
    positions, lengths = _positions(starts, docs, punctuation, count)
    han = kinds[starts] == HAN
    places = starts - begins[docs]
    units = BatchUnits(ids, docs, places, positions, _together(starts, han, loose), han, lengths)
    return units, places < texts.heads[docs]


def _expanded(texts: Texts) -> Texts:
    """Return the texts with their rare parts folded; few texts of a batch have any."""
    rare = np.flatnonzero(RARE[texts.codes])
    if not len(rare):
        return texts
    begins = np.concatenate(([0], np.cumsum(texts.sizes + 1)))
    which = np.unique(np.searchsorted(begins, rare, side="right") - 1)
    sizes, heads, pieces, done = texts.sizes.copy(), texts.heads.copy(), [], 0
    for doc in which.tolist():
        begin, size, head = int(begins[doc]), int(sizes[doc]), int(heads[doc])
        text = texts.codes[begin : begin + size].tobytes().decode("utf-32-le", "surrogatepass")
        folded = expand(text)
        sizes[doc], heads[doc] = len(folded), len(expand(text[:head]))
        pieces += [texts.codes[done:begin], join_texts([folded]).codes]
        done = begin + size
    return Texts(np.concatenate([*pieces, texts.codes[done:]]), sizes, heads)


def _before(values: npt.NDArray[Any], by: int = 1) -> npt.NDArray[Any]:
    """Return the values shifted by `by` to the right, zero at the border."""
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
    """Return whether each mark is inside a number: 7.8, 23,876."""
    digit = kinds == DIGIT
    between_digits = _before(digit) & _after(digit)
    dots = np.isin(codes, _DECIMALS) & between_digits
    commas = (codes == ord(",")) & between_digits & _after(digit, 2) & _after(digit, 3) & ~_after(digit, 4)
    joined: Bools = dots | commas
    return joined


def _multiply(codes: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8]) -> None:
    """Replace * between digits by the letter that stands for multiplication."""
    digit = kinds == DIGIT
    times = (codes == ord("*")) & _before(digit) & _after(digit)
    codes[times], kinds[times] = ord(TIMES), LETTER


def _inside(kinds: npt.NDArray[np.uint8]) -> Bools:
    """Return whether each mark is between two units, unless both are numbers."""
    digit = kinds == DIGIT
    text = digit | (kinds == LETTER) | (kinds == HAN) | (kinds == SINGLE)
    inside: Bools = _before(text) & _after(text) & ~(_before(digit) & _after(digit))
    return inside


def _punctuation(codes: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8]) -> Bools:
    """Return whether each mark takes a position: hyphens inside words and dots of abbreviations take none."""
    letter = kinds == LETTER
    follows = _after(letter) | _after(kinds == DIGIT)
    abbreviates = (codes == ord(".")) & _before(letter) & (follows | ~_before(letter, 2))
    silent = ((kinds == HYPHEN) & _inside(kinds)) | abbreviates
    marks: Bools = ((kinds == PUNCT) | (kinds == HYPHEN)) & ~silent
    return marks


def _run_ids(codes: npt.NDArray[np.uint32], starts: Ints, ends: Ints, runs: Vocabulary) -> Ints:
    text = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    texts = (text[i:j] for i, j in zip(starts.tolist(), ends.tolist(), strict=True))
    numbers = np.fromiter((runs[run_text(run)] for run in texts), dtype=np.int64, count=len(starts))
    shifted: Ints = numbers + FIRST_RUN
    return shifted


def _positions(starts: Ints, docs: Ints, punct: Bools, texts: int) -> tuple[Ints, Ints]:
    """Return the position of each unit in its text, and the number of positions of each text."""
    if not len(starts):
        return starts, np.zeros(texts, dtype=np.int64)
    marks = np.concatenate(([0], np.cumsum(punct)))[starts]
    steps = 1 + (np.diff(marks, prepend=marks[0]) > 0)
    running = np.cumsum(steps)
    firsts = np.searchsorted(docs, np.arange(texts))
    base = running[np.minimum(firsts, len(starts) - 1)]
    positions = running - base[docs]
    lengths = np.zeros(texts, dtype=np.int64)
    lengths[docs] = positions + 1  # the last value written is the largest
    return positions, lengths


def _together(starts: Ints, han: Bools, loose: Bools) -> Bools:
    """Return whether each unit and the one before are Han, with only name dots between them."""
    breaks = np.concatenate(([0], np.cumsum(loose)))[starts]
    same = np.diff(breaks, prepend=-1) == 0
    together: Bools = han & _before(han) & same
    return together


def read_batch_words(
    units: BatchUnits, vocabulary: Vocabulary, runs: list[str], cut: Segmenter
) -> BatchWords:
    """Return the terms of the field `words`; `runs` lists the texts of the run vocabulary by number."""
    han = np.flatnonzero(units.han)
    opens = ~units.together[han]
    codes = np.full(len(han) + int(opens.sum()), _NEWLINE, dtype="<u4")
    codes[np.arange(len(han)) + np.cumsum(opens)] = units.ids[han]
    tokens = cut.search_joined(codes.tobytes().decode("utf-32-le"))
    ids = np.fromiter(map(vocabulary.__getitem__, tokens), dtype=np.int64, count=len(tokens))
    border = ids == vocabulary["\n"]
    borders = np.flatnonzero(border)
    stretch = np.repeat(han[opens], np.diff(np.append(borders, len(ids))) - 1)
    other = np.flatnonzero(~units.han)
    other_ids = np.fromiter(
        (vocabulary[_unit_text(unit, runs)] for unit in units.ids[other].tolist()),
        dtype=np.int64,
        count=len(other),
    )
    source = np.concatenate((stretch, other))
    return BatchWords(np.concatenate((ids[~border], other_ids)), units.docs[source], source)


def _unit_text(unit: int, runs: list[str]) -> str:
    return chr(unit) if unit < FIRST_RUN else runs[unit - FIRST_RUN]
