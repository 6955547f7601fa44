"""Merging segments by arrays: many small ones become one, and removed entries are left out.

Every input is sorted by (term, entry) already, so nothing is sorted again: for each term the output is the
inputs' slices one after another, and each row's place in it follows from counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.arrays import write_arrays
from search.engines.whoosh.build import Record, blob_arrays, document_arrays
from search.engines.whoosh.leaf import Leaf
from search.engines.whoosh.terms import Stream

__all__ = ["merge_leaves"]

Ints = npt.NDArray[np.int64]
_COLUMNS = ("headline", "len_words", "len_unigrams", "len_bigrams")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one input: `ends` (T+1,) delimits terms, `terms` (T,) are output terms, `keep` marks rows."""

    ends: Ints
    terms: Ints
    keep: npt.NDArray[np.bool_]
    columns: dict[str, npt.NDArray[Any]]

    def counts(self) -> Ints:
        """Return how many rows each input term keeps."""
        kept = np.concatenate(([0], np.cumsum(self.keep)))
        counts: Ints = np.diff(kept[self.ends])
        return counts


def merge_leaves(folder: Path, name: str, leaves: Sequence[Leaf]) -> int:
    """Write one segment with the live entries of all leaves, in order; return how many. Raises OSError."""
    renumber = _renumber(leaves)
    columns = {
        column: np.concatenate([leaf.docs.file[column][leaf.live] for leaf in leaves]) for column in _COLUMNS
    }
    sizes = np.concatenate([np.diff(leaf.docs.base.astype(np.int64))[leaf.live] for leaf in leaves])
    base = np.concatenate(([0], np.cumsum(sizes)))
    words = _merge_stream(leaves, [leaf.words for leaf in leaves], renumber, None)
    write_arrays(folder / f"{name}.words", words, {})
    del words
    grams = _merge_stream(leaves, [leaf.grams for leaf in leaves], renumber, base)
    write_arrays(folder / f"{name}.grams", grams, {})
    del grams
    stored, meta = document_arrays(_records(leaves))
    # Entries of different analyzers in one segment are all taken for stale: too many, never too few.
    prints = {leaf.docs.fingerprint for leaf in leaves}
    meta["fingerprint"] = prints.pop() if len(prints) == 1 else "mixed"
    write_arrays(folder / f"{name}.docs", stored | columns | {"base": base.astype(np.uint32)}, meta)
    return len(sizes)


def _renumber(leaves: Sequence[Leaf]) -> list[Ints]:
    """Return for each leaf the new number of every entry; that of a removed one means nothing."""
    numbers, start = [], 0
    for leaf in leaves:
        numbers.append(start + np.cumsum(leaf.live) - 1)
        start += int(leaf.live.sum())
    return numbers


def _merge_stream(
    leaves: Sequence[Leaf], streams: Sequence[Stream], renumber: Sequence[Ints], base: Ints | None
) -> dict[str, npt.NDArray[Any]]:
    names, maps = _merge_terms(streams)
    postings = [
        _Rows(
            stream.file["post_ends"],
            terms,
            leaf.live[stream.file["ids"]],
            {"ids": numbers[stream.file["ids"]].astype(np.int32), "tf": stream.file["tf"]},
        )
        for leaf, stream, terms, numbers in zip(leaves, streams, maps, renumber, strict=True)
    ]
    ends, columns = _merge_rows(postings, len(names))
    arrays = {"post_ends": ends, **columns}
    used = np.diff(ends) > 0
    if base is not None:
        occurrences = [
            _occurrence_rows(leaf, terms, numbers, base)
            for leaf, terms, numbers in zip(leaves, maps, renumber, strict=True)
        ]
        ends, columns = _merge_rows(occurrences, len(names))
        arrays |= {"occ_ends": _without_unused(ends, used), **columns}
    arrays["post_ends"] = _without_unused(arrays["post_ends"], used)
    kept = [name for name, there in zip(names, used.tolist(), strict=True) if there]
    return {**blob_arrays(kept, "blob", "blob_ends"), **arrays}


def _without_unused(ends: Ints, used: npt.NDArray[np.bool_]) -> Ints:
    """Drop the borders of terms whose every entry was removed."""
    return np.concatenate((ends[:1], ends[1:][used]))


def _merge_terms(streams: Sequence[Stream]) -> tuple[list[bytes], list[Ints]]:
    """Return all terms in order, and for each stream the number of each of its terms among them."""
    lists = [[stream.term(number) for number in range(len(stream))] for stream in streams]
    names = sorted(set().union(*lists))
    place = {name: number for number, name in enumerate(names)}
    maps = [np.fromiter(map(place.__getitem__, terms), np.int64, len(terms)) for terms in lists]
    return names, maps


def _occurrence_rows(leaf: Leaf, terms: Ints, numbers: Ints, base: Ints) -> _Rows:
    places = leaf.grams.file["places"]
    entry = leaf.entry_of(places)
    keep = leaf.live[entry]
    moved = places.astype(np.int64) - leaf.docs.base[entry]
    moved[keep] += base[numbers[entry[keep]]]
    return _Rows(leaf.grams.file["occ_ends"], terms, keep, {"places": moved.astype(np.uint32)})


def _merge_rows(inputs: Sequence[_Rows], terms: int) -> tuple[Ints, dict[str, npt.NDArray[Any]]]:
    """Return `ends` (terms+1,) and every column with the kept rows of all inputs, term by term."""
    counts = np.zeros((len(inputs), terms), dtype=np.int64)
    for number, rows in enumerate(inputs):
        counts[number, rows.terms] = rows.counts()
    ends = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
    merged = {name: np.empty(int(ends[-1]), dtype=column.dtype) for name, column in inputs[0].columns.items()}
    begin = ends[:-1].copy()
    for number, rows in enumerate(inputs):
        mine = counts[number][rows.terms]
        shift = begin[rows.terms] - np.concatenate(([0], np.cumsum(mine)[:-1]))
        target = np.repeat(shift, mine) + np.arange(int(mine.sum()))
        for name, column in rows.columns.items():
            merged[name][target] = column[rows.keep]
        begin += counts[number]
    return ends, merged


def _records(leaves: Sequence[Leaf]) -> list[Record]:
    return [
        Record(
            leaf.docs.record(number),
            leaf.docs.digest(number),
            leaf.docs.files[int(leaf.docs.file_codes[number])],
            int(leaf.docs.time[number]),
        )
        for leaf in leaves
        for number in np.flatnonzero(leaf.live).tolist()
    ]
