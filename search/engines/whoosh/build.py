"""Building a segment: entries in, four files of sorted arrays out.

Entries are analyzed a few hundred at a time and leave nothing behind but their compressed text and one packed
number for each occurrence of a term, about 40 bytes a character of text in all; `full` says when it is time
to write. Merging feeds the same builder from segments instead of entries.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer
from search.analysis.batch import FIRST_RUN, BatchUnits, Vocabulary, read_batch, read_batch_words
from search.analysis.fold import expand
from search.engines.whoosh.arrays import write_arrays
from search.engines.whoosh.documents import HINT_BITS, NO_TIME, microseconds
from search.engines.whoosh.postings import (
    HEADLINE_WEIGHT,
    MAX_PLACES,
    MAX_UNITS,
    TERM_SHIFT,
    Arrays,
    Ints,
    Rows,
    pair_arrays,
    pair_rows,
    post_arrays,
    post_rows,
    rank_texts,
    renumbered_pairs,
    renumbered_posts,
    split_pairs,
    unit_rows,
)
from search.engines.whoosh.stored import StoredWriter
from search.entry import Entry

__all__ = ["FILES", "SegmentBuilder"]

#: What the names of a segment's files end with.
FILES: Final = ("words", "units", "pairs", "docs")
#: Characters analyzed in one go: enough to make array operations pay, few enough to stay in the cache.
_CHUNK: Final = 400_000
#: Positions after which a segment is written, which bounds the memory of a build (about 500 MB).
_FULL: Final = 16_000_000
_SPARE_UNITS: Final = MAX_UNITS - 20_000
_NO_UNIT: Final = -1


class SegmentBuilder:
    """Gathers entries of one segment. `fingerprint` names the analyzer that made their terms."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.fingerprint = analyzer.fingerprint
        self.stored = StoredWriter()
        self._texts: list[str] = []
        self._heads: list[int] = []
        self._characters = 0
        self._runs, self._units, self._words = Vocabulary(), Vocabulary(), Vocabulary()
        self._pairs: list[Rows] = []
        self._posts: list[Rows] = []
        self._columns: dict[str, list[npt.NDArray[np.int64]]] = {
            name: [] for name in ("sizes", "headline", "last", "len_words", "len_unigrams", "len_bigrams")
        }
        self._places = 0
        self._entries = 0

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def full(self) -> bool:
        """Whether the segment should be written now."""
        return self._places + self._characters >= _FULL or len(self._units) >= _SPARE_UNITS

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry that came from a data file."""
        packed = entry.packed()
        time = NO_TIME if entry.time is None else microseconds(entry.time)
        digest = blake2b(packed, digest_size=16).digest()
        self.stored.add(entry.id, packed, digest, time, entry.stream, list(entry.agencies), file, source)
        headline = expand(entry.headline)
        parts = (entry.body, *entry.captions, *entry.agencies, entry.credit)
        text = "\n".join([headline, *(expand(part) for part in parts if part)])
        self._texts.append(text)
        self._heads.append(len(headline))
        self._characters += len(text) + 1
        if self._characters >= _CHUNK:
            self._analyze()

    def _analyze(self) -> None:
        """Turn the waiting texts into rows."""
        if not self._texts:
            return
        units = read_batch(self._texts, self._runs)
        heads = np.array(self._heads, dtype=np.int64)
        runs = list(self._runs)
        in_headline = units.places < heads[units.docs]
        self._take_units(units, in_headline, runs)
        words = read_batch_words(units, self._words, runs, self._analyzer.segmenter)
        word_headline = words.places < heads[words.docs]
        self._posts.append(post_rows(words.ids, words.docs + self._entries, word_headline))
        self._length("len_words", words.docs, word_headline)
        self._entries += len(self._texts)
        self._texts, self._heads, self._characters = [], [], 0

    def _take_units(self, units: BatchUnits, in_headline: npt.NDArray[np.bool_], runs: list[str]) -> None:
        count = len(self._texts)
        sizes = units.lengths + 1
        base = self._places + np.concatenate(([0], np.cumsum(sizes)))
        places = base[units.docs] + units.positions
        numbers = self._unit_numbers(units.ids, runs)
        firsts = np.flatnonzero(units.docs[1:] == units.docs[:-1])
        broken = units.positions[firsts + 1] != units.positions[firsts] + 1
        self._pairs.append(pair_rows(numbers[firsts], numbers[firsts + 1], broken, places[firsts]))
        last = np.full(count, _NO_UNIT, dtype=np.int64)
        last[units.docs] = numbers  # the last one written stays
        headline = np.zeros(count, dtype=np.int64)
        np.maximum.at(headline, units.docs[in_headline], units.positions[in_headline] + 1)
        self._columns["sizes"].append(sizes)
        self._columns["last"].append(last)
        self._columns["headline"].append(headline)
        self._length("len_unigrams", units.docs, in_headline)
        kept = firsts[~broken]
        self._length("len_bigrams", units.docs[kept], in_headline[kept])
        self._places = int(base[-1])

    def _unit_numbers(self, ids: Ints, runs: list[str]) -> Ints:
        unique, inverse = np.unique(ids, return_inverse=True)
        texts = (chr(unit) if unit < FIRST_RUN else runs[unit - FIRST_RUN] for unit in unique.tolist())
        numbers = np.fromiter((self._units[text] for text in texts), dtype=np.int64, count=len(unique))
        return numbers[inverse]

    def _length(self, column: str, docs: Ints, in_headline: npt.NDArray[np.bool_]) -> None:
        weights = np.where(in_headline, HEADLINE_WEIGHT, 1)
        lengths = np.bincount(docs, weights=weights, minlength=len(self._texts))
        self._columns[column].append(lengths.astype(np.int64))

    def graft(
        self, units: list[str], pairs: Rows, words: list[str], posts: Rows, columns: dict[str, Ints]
    ) -> None:
        """Add what another segment made of entries that `stored` has got already; used by merging.

        Unit and word numbers in the rows count the lists given, places and entries go on from those here.
        """
        unit_map = np.array([self._units[text] for text in units], dtype=np.int64)
        word_map = np.array([self._words[text] for text in words], dtype=np.int64)
        self._pairs.append(renumbered_pairs(pairs, unit_map, self._places))
        self._posts.append(renumbered_posts(posts, word_map, self._entries))
        for name, column in columns.items():
            values = column
            if name == "last":
                values = np.where(column == _NO_UNIT, _NO_UNIT, unit_map[column])
            self._columns[name].append(values)
        self._places += int(columns["sizes"].sum())
        self._entries += len(columns["sizes"])

    def write(self, folder: Path, name: str) -> None:
        """Write the files of the segment; the builder is used up. Raises OSError."""
        self._analyze()
        columns = {
            key: np.concatenate(parts or [np.empty(0, np.int64)]) for key, parts in self._columns.items()
        }
        base = np.concatenate(([0], np.cumsum(columns.pop("sizes"))))
        units, ranks = self._ranked_units(columns["last"])
        last = np.where(columns["last"] == _NO_UNIT, _NO_UNIT, ranks[columns["last"]])
        pairs = _sorted(self._pairs, lambda rows: renumbered_pairs(rows, ranks))
        write_arrays(folder / f"{name}.pairs", pair_arrays(pairs, len(units)), {})
        rows = unit_rows(pairs, last, base, columns["headline"])
        del pairs
        rows.sort()
        write_arrays(folder / f"{name}.units", post_arrays(units, rows, lead=True), {"lead": True})
        del rows
        words, ranks = self._ranked_words()
        rows = _sorted(self._posts, lambda rows: renumbered_posts(rows, ranks))
        write_arrays(folder / f"{name}.words", post_arrays(words, rows), {"lead": False})
        del rows
        stored, meta = self.stored.arrays()
        write_arrays(
            folder / f"{name}.docs",
            stored | _document_columns(base, last, columns),
            meta | {"fingerprint": self.fingerprint},
        )

    def _ranked_units(self, last: Ints) -> tuple[list[bytes], Ints]:
        counts = np.bincount(last[last != _NO_UNIT], minlength=len(self._units))
        for rows in self._pairs:
            counts += np.bincount(split_pairs(rows)[0], minlength=len(counts))
        return _ranked(list(self._units), counts)

    def _ranked_words(self) -> tuple[list[bytes], Ints]:
        counts = np.zeros(len(self._words), dtype=np.int64)
        for rows in self._posts:
            counts += np.bincount((rows >> np.uint64(TERM_SHIFT)).view(np.int64), minlength=len(counts))
        return _ranked(list(self._words), counts)


def _ranked(texts: list[str], counts: Ints) -> tuple[list[bytes], Ints]:
    """Return the texts in use, sorted, and the rank of each by its number.

    Not all are in use: vocabularies hold marks that are no words, and merging leaves those of removed
    entries.
    """
    used = np.flatnonzero(counts)
    names, order = rank_texts([texts[number] for number in used.tolist()])
    ranks = np.zeros(max(1, len(texts)), dtype=np.int64)
    ranks[used] = order
    return names, ranks


def _document_columns(base: Ints, last: Ints, columns: dict[str, Ints]) -> Arrays:
    first_places = np.arange(0, max(1, int(base[-1])), 1 << HINT_BITS)
    hints = np.searchsorted(base, first_places, side="right") - 1
    return {
        "base": base.astype(np.uint32),
        "hints": hints.astype(np.uint32),
        "last": last.astype(np.int32),
        "headline": columns["headline"].astype(np.int32),
        **{name: column.astype(np.float32) for name, column in columns.items() if name.startswith("len_")},
    }


def _sorted(parts: list[Rows], renumber: Callable[[Rows], Rows]) -> Rows:
    """Return all rows with their final numbers, sorted; the parts are used up one by one."""
    rows = np.empty(sum(map(len, parts)), dtype=np.uint64)
    end = len(rows)
    while parts:
        part = renumber(parts.pop())
        rows[end - len(part) : end] = part
        end -= len(part)
    rows.sort()
    return rows


assert _FULL * 2 < MAX_PLACES
