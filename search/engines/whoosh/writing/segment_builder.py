"""Builds a segment of entries: four files of sorted arrays.

Entries are analyzed a few hundred at a time. Only their compressed text and one packed integer for each
occurrence of a term stay in memory, in all about 40 bytes a character of text. Merging appends the rows of
segments to the same builder.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from search.analysis import FIELD_BREAK, Analyzer
from search.analysis.batch import Vocabulary, join_texts
from search.engines.timestamps import microseconds
from search.engines.whoosh.storage.array_file import write_arrays
from search.engines.whoosh.storage.document_store import NO_TIME
from search.engines.whoosh.storage.postings_format import (
    MAX_PLACES,
    MAX_UNITS,
    TERM_SHIFT,
    Arrays,
    Ints,
    InvertedBatch,
    pair_arrays,
    place_hints,
    post_arrays,
    rank_texts,
    renumbered_pairs,
    renumbered_posts,
    split_pairs,
    unit_rows,
    word_groups,
)
from search.engines.whoosh.writing.analyzer_pool import AnalyzerPool
from search.engines.whoosh.writing.document_writer import MAX_NAME_BYTES, DocumentWriter
from search.engines.whoosh.writing.invert import COLUMNS, NO_UNIT, BatchRows, batch_rows
from search.entry import Entry

__all__ = ["SegmentBuilder"]

#: Characters in a batch: enough for array operations to pay, few enough for the processor's cache.
_BATCH_CHARACTERS: Final = 250_000
#: Positions at which a segment is written; bounds the memory of a build to about 450 MB.
_FULL_POSITIONS: Final = 15_000_000
#: Distinct units at which a segment is written; a batch may add 20,000.
_FULL_UNITS: Final = MAX_UNITS - 20_000
#: Distinct units of a segment, and characters of an entry, from which on each entry is checked to fit.
_CHECK_UNITS_ABOVE: Final = MAX_UNITS // 2


class Part(NamedTuple):
    """Rows of a batch; `term_ords` has the ordinals of its terms in the segment.

    `shift` is added to its places or documents.
    """

    rows: InvertedBatch
    term_ords: Ints
    shift: int


class SegmentBuilder:
    """Collects the entries of one segment; `fingerprint` is that of the analyzer that made their terms."""

    def __init__(self, analyzer: Analyzer, pool: AnalyzerPool | None = None) -> None:
        self._analyzer = analyzer
        self._pool = pool
        self.fingerprint = analyzer.fingerprint
        self.stored = DocumentWriter()
        self._texts: list[str] = []
        self._heads: list[int] = []
        self._characters = 0
        # Pending batches in the order of the entries: the maximum number of their places, and their rows.
        self._pending: deque[tuple[int, Future[BatchRows]]] = deque()
        self._units, self._words = Vocabulary(), Vocabulary()
        self._pairs: list[Part] = []
        self._posts: list[Part] = []
        self._columns: dict[str, list[Ints]] = {name: [] for name in COLUMNS}
        self._places = 0
        self._entries = 0

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def full(self) -> bool:
        """Whether the segment should be written now."""
        pending = sum(places for places, _ in self._pending)
        return (
            self._places + pending + self._characters >= _FULL_POSITIONS
            or len(self._units) >= _FULL_UNITS
            or self.stored.name_bytes >= MAX_NAME_BYTES
        )

    def has_room(self, entry: Entry) -> bool:
        """Return whether the units of one more entry are sure to fit; if not, write the segment first.

        With few units and a short entry, this does not wait for the batches that are being analyzed.
        """
        characters = len(_text(entry))
        if max(characters, len(self._units)) < _CHECK_UNITS_ABOVE:
            return True
        pending = self._characters + sum(places for places, _ in self._pending)
        if len(self._units) + pending + characters > MAX_UNITS:
            self._analyze_all()
        return len(self._units) + characters <= MAX_UNITS

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry of a data file."""
        packed = entry.packed()
        time = NO_TIME if entry.time is None else microseconds(entry.time)
        digest = blake2b(packed, digest_size=16).digest()
        self.stored.add(entry.id, packed, digest, time, entry.stream, entry.credited, file, source)
        text = _text(entry)
        self._texts.append(text)
        self._heads.append(len(entry.headline))
        self._characters += len(text) + 1
        if len(text) >= _CHECK_UNITS_ABOVE:
            self._analyze_all()
        elif self._characters >= _BATCH_CHARACTERS:
            self._analyze()

    def _analyze(self) -> None:
        """Analyze the collected texts, in the pool if it accepts them."""
        if not self._texts:
            return
        texts = join_texts(self._texts, self._heads)
        # A batch that is not full is the last one: analyzing it takes less time than starting a process.
        future = self._pool.submit(texts) if self._pool and self._characters >= _BATCH_CHARACTERS else None
        if future is None:
            future = Future()
            future.set_result(batch_rows(texts, self._analyzer.segmenter))
        self._pending.append((self._characters, future))
        self._texts, self._heads, self._characters = [], [], 0
        while self._pending and self._pending[0][1].done():
            self._append_next()

    def _analyze_all(self) -> None:
        self._analyze()
        while self._pending:
            self._append_next()

    def _append_next(self) -> None:
        """Append the rows of the next batch; waits for them."""
        _, future = self._pending.popleft()
        rows = future.result()
        self.append_segment(rows.units, rows.pairs, rows.words, rows.posts, rows.columns)

    def append_segment(
        self,
        units: list[str],
        pairs: InvertedBatch,
        words: list[str],
        posts: InvertedBatch,
        columns: dict[str, Ints],
    ) -> None:
        """Append the rows of documents that were added to `stored`.

        Terms in the rows are indexes of `units` and `words`; places and documents count from 0.
        """
        unit_map = np.array([self._units[text] for text in units], dtype=np.int64)
        word_map = np.array([self._words[text] for text in words], dtype=np.int64)
        self._pairs.append(Part(pairs, unit_map, self._places))
        self._posts.append(Part(posts, word_map, self._entries))
        for name, column in columns.items():
            values = column
            if name == "last":
                values = np.where(column == NO_UNIT, NO_UNIT, unit_map[column])
            self._columns[name].append(values)
        self._places += int(columns["sizes"].sum())
        self._entries += len(columns["sizes"])

    def write(self, folder: Path, name: str, origin: Mapping[str, Any]) -> None:
        """Write the files of the segment; the builder cannot be used again. Raises OSError.

        `origin` is added to the metadata of each file: the segment's mark and generation.
        """
        self._analyze_all()
        columns = {
            key: np.concatenate(parts or [np.empty(0, np.int64)]) for key, parts in self._columns.items()
        }
        base = np.concatenate(([0], np.cumsum(columns.pop("sizes"))))
        last = columns.pop("last")
        names, ranks = self._ranked_units(last)
        last = np.where(last == NO_UNIT, NO_UNIT, ranks[last])
        # Sorting and packing release the interpreter lock. Words are written before pairs are expanded,
        # because both together would be the peak of memory.
        with ThreadPoolExecutor(1) as background:
            words = background.submit(self._write_words, folder / f"{name}.words", origin)
            stored, meta = self.stored.arrays()
            arrays = stored | _document_columns(base, last, columns)
            meta |= {"fingerprint": self.fingerprint}
            write_arrays(folder / f"{name}.docs", arrays, {**origin, "part": "docs", **meta})
            del stored, arrays
            words.result()
            pairs = _sorted(self._pairs, renumbered_pairs, ranks)
            written = background.submit(_write_pairs, folder / f"{name}.pairs", pairs, len(names), origin)
            rows = unit_rows(pairs, last, base, columns["headline"])
            units = post_arrays(names, rows, lead=True)
            write_arrays(folder / f"{name}.units", units, {**origin, "part": "units", "lead": True})
            written.result()

    def _write_words(self, path: Path, origin: Mapping[str, Any]) -> None:
        names, ranks = self._ranked_words()
        rows = _sorted(self._posts, renumbered_posts, ranks)
        arrays = post_arrays(names, word_groups(rows))
        write_arrays(path, arrays, {**origin, "part": "words", "lead": False})

    def _ranked_units(self, last: Ints) -> tuple[list[bytes], Ints]:
        used = np.zeros(len(self._units), dtype=np.bool_)
        used[last[last != NO_UNIT]] = True
        for part in self._pairs:
            used[part.term_ords[np.flatnonzero(np.bincount(split_pairs(part.rows)[0]))]] = True
        return _ranked(list(self._units), used)

    def _ranked_words(self) -> tuple[list[bytes], Ints]:
        used = np.zeros(len(self._words), dtype=np.bool_)
        for part in self._posts:
            terms = (part.rows >> np.uint64(TERM_SHIFT)).view(np.int64)
            used[part.term_ords[np.flatnonzero(np.bincount(terms))]] = True
        return _ranked(list(self._words), used)


def _text(entry: Entry) -> str:
    """Return the indexed text of an entry; it begins with the headline, even an empty one."""
    parts = (entry.body, *entry.captions, *entry.agencies, entry.credit)
    return FIELD_BREAK.join([entry.headline, *filter(None, parts)])


def _write_pairs(path: Path, rows: InvertedBatch, units: int, origin: Mapping[str, Any]) -> None:
    write_arrays(path, pair_arrays(rows, units), {**origin, "part": "pairs"})


def _ranked(texts: list[str], in_use: npt.NDArray[np.bool_]) -> tuple[list[bytes], Ints]:
    """Return the texts in use, sorted, and the rank of each, parallel to `texts`.

    Vocabularies also contain punctuation and, after a merge, terms of deleted documents only.
    """
    used = np.flatnonzero(in_use)
    names, order = rank_texts([texts[i] for i in used.tolist()])
    ranks = np.zeros(max(1, len(texts)), dtype=np.int64)
    ranks[used] = order
    return names, ranks


def _document_columns(base: Ints, last: Ints, columns: dict[str, Ints]) -> Arrays:
    return {
        "base": base.astype(np.uint32),
        "hints": place_hints(base).astype(np.uint32),
        "last": last.astype(np.int32),
        "headline": columns["headline"].astype(np.int32),
        **{name: column.astype(np.float32) for name, column in columns.items() if name.startswith("len_")},
    }


def _sorted(
    parts: list[Part], renumber: Callable[[InvertedBatch, Ints, int], InvertedBatch], ranks: Ints
) -> InvertedBatch:
    """Return all rows with their final ordinals, sorted; empties `parts` to free memory."""
    rows = np.empty(sum(len(part.rows) for part in parts), dtype=np.uint64)
    end = len(rows)
    while parts:
        part = parts.pop()
        begin = end - len(part.rows)
        rows[begin:end] = renumber(part.rows, ranks[part.term_ords], part.shift)
        end = begin
    rows.sort()
    return rows


assert _FULL_POSITIONS * 2 < MAX_PLACES
