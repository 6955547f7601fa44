"""Building a segment: entries in, four files of sorted arrays out.

Entries are analyzed a few hundred at a time and leave nothing behind but their compressed text and one packed
number for each occurrence of a term, about 40 bytes a character of text in all; `full` says when it is time
to write. Merging feeds the same builder from segments instead of entries.
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

from search.analysis import Analyzer
from search.analysis.batch import Vocabulary, join_texts
from search.engines.whoosh.storage.array_file import write_arrays
from search.engines.whoosh.storage.document_store import NO_TIME, microseconds
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
from search.engines.whoosh.writing.document_writer import MAX_NAME_BYTES, StoredWriter
from search.engines.whoosh.writing.invert import COLUMNS, NO_UNIT, BatchRows, batch_rows
from search.entry import Entry

__all__ = ["SegmentBuilder"]

#: Characters analyzed in one go: enough to make array operations pay, few enough to stay in the cache.
_CHUNK: Final = 250_000
#: Positions after which a segment is written, which bounds the memory of a build (about 450 MB).
_FULL: Final = 15_000_000
_SPARE_UNITS: Final = MAX_UNITS - 20_000
#: Distinct units of a segment, and characters of an entry, from which on each entry is checked to fit.
_HALF_OF_UNITS: Final = MAX_UNITS // 2


class Part(NamedTuple):
    """Rows of a batch: `numbers` says what its term numbers are in the segment, `shift` how far it moves."""

    rows: InvertedBatch
    numbers: Ints
    shift: int


class SegmentBuilder:
    """Gathers entries of one segment. `fingerprint` names the analyzer that made their terms."""

    def __init__(self, analyzer: Analyzer, pool: AnalyzerPool | None = None) -> None:
        self._analyzer = analyzer
        self._crew = pool
        self.fingerprint = analyzer.fingerprint
        self.stored = StoredWriter()
        self._texts: list[str] = []
        self._heads: list[int] = []
        self._characters = 0
        # Rows on their way, in the order of the entries, and the most places that they can take.
        self._coming: deque[tuple[int, Future[BatchRows]]] = deque()
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
        coming = sum(places for places, _ in self._coming)
        return (
            self._places + coming + self._characters >= _FULL
            or len(self._units) >= _SPARE_UNITS
            or self.stored.name_bytes >= MAX_NAME_BYTES
        )

    def has_room(self, entry: Entry) -> bool:
        """Whether the units of one more entry are sure to fit; if not, write the segment first.

        With few units and a short entry, this does not wait for the batches that are being analyzed.
        """
        characters = len(_text(entry))
        if max(characters, len(self._units)) < _HALF_OF_UNITS:
            return True
        pending = self._characters + sum(places for places, _ in self._coming)
        if len(self._units) + pending + characters > MAX_UNITS:
            self._analyze_all()
        return len(self._units) + characters <= MAX_UNITS

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry that came from a data file."""
        packed = entry.packed()
        time = NO_TIME if entry.time is None else microseconds(entry.time)
        digest = blake2b(packed, digest_size=16).digest()
        self.stored.add(entry.id, packed, digest, time, entry.stream, entry.credited, file, source)
        text = _text(entry)
        self._texts.append(text)
        self._heads.append(len(entry.headline))
        self._characters += len(text) + 1
        if len(text) >= _HALF_OF_UNITS:
            self._analyze_all()
        elif self._characters >= _CHUNK:
            self._analyze()

    def _analyze(self) -> None:
        """Turn the waiting texts into rows, here or beside."""
        if not self._texts:
            return
        texts = join_texts(self._texts, self._heads)
        work = self._crew.submit(texts) if self._crew else None
        if work is None:
            work = Future()
            work.set_result(batch_rows(texts, self._analyzer.segmenter))
        self._coming.append((self._characters, work))
        self._texts, self._heads, self._characters = [], [], 0
        while self._coming and self._coming[0][1].done():
            self._take_next()

    def _analyze_all(self) -> None:
        self._analyze()
        while self._coming:
            self._take_next()

    def _take_next(self) -> None:
        """Take in the rows that come next, waiting for them if need be."""
        _, work = self._coming.popleft()
        rows = work.result()
        self.append_segment(rows.units, rows.pairs, rows.words, rows.posts, rows.columns)

    def append_segment(
        self,
        units: list[str],
        pairs: InvertedBatch,
        words: list[str],
        posts: InvertedBatch,
        columns: dict[str, Ints],
    ) -> None:
        """Add what another segment made of entries that `stored` has got already; used by merging.

        Unit and word numbers in the rows count the lists given, places and entries go on from those here.
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
        """Write the files of the segment; the builder is used up. Raises OSError.

        `origin` goes into the meta data of each file: the segment's mark and the generation that writes it.
        """
        self._analyze_all()
        columns = {
            key: np.concatenate(parts or [np.empty(0, np.int64)]) for key, parts in self._columns.items()
        }
        base = np.concatenate(([0], np.cumsum(columns.pop("sizes"))))
        last = columns.pop("last")
        names, ranks = self._ranked_units(last)
        last = np.where(last == NO_UNIT, NO_UNIT, ranks[last])
        # Sorting and packing leave the interpreter free for another thread. The words are done with before
        # the pairs are unfolded, for both together would take the most memory of a build.
        with ThreadPoolExecutor(1) as hit_neighbours:
            words = hit_neighbours.submit(self._write_words, folder / f"{name}.words", origin)
            stored, meta = self.stored.arrays()
            arrays = stored | _document_columns(base, last, columns)
            meta |= {"fingerprint": self.fingerprint}
            write_arrays(folder / f"{name}.docs", arrays, {**origin, "part": "docs", **meta})
            del stored, arrays
            words.result()
            pairs = _sorted(self._pairs, renumbered_pairs, ranks)
            written = hit_neighbours.submit(_write_pairs, folder / f"{name}.pairs", pairs, len(names), origin)
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
            used[part.numbers[np.flatnonzero(np.bincount(split_pairs(part.rows)[0]))]] = True
        return _ranked(list(self._units), used)

    def _ranked_words(self) -> tuple[list[bytes], Ints]:
        used = np.zeros(len(self._words), dtype=np.bool_)
        for part in self._posts:
            terms = (part.rows >> np.uint64(TERM_SHIFT)).view(np.int64)
            used[part.numbers[np.flatnonzero(np.bincount(terms))]] = True
        return _ranked(list(self._words), used)


def _text(entry: Entry) -> str:
    """Return the indexed text of an entry; it begins with the headline, even an empty one."""
    parts = (entry.body, *entry.captions, *entry.agencies, entry.credit)
    return "\n".join([entry.headline, *filter(None, parts)])


def _write_pairs(path: Path, rows: InvertedBatch, units: int, origin: Mapping[str, Any]) -> None:
    write_arrays(path, pair_arrays(rows, units), {**origin, "part": "pairs"})


def _ranked(texts: list[str], in_use: npt.NDArray[np.bool_]) -> tuple[list[bytes], Ints]:
    """Return the texts in use, sorted, and the rank of each by its number.

    Not all are in use: vocabularies hold marks that are no words, and merging leaves those of removed
    entries.
    """
    used = np.flatnonzero(in_use)
    names, order = rank_texts([texts[number] for number in used.tolist()])
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
    """Return all rows with their final numbers, sorted; the parts are used up one by one."""
    rows = np.empty(sum(len(part.rows) for part in parts), dtype=np.uint64)
    end = len(rows)
    while parts:
        part = parts.pop()
        begin = end - len(part.rows)
        rows[begin:end] = renumber(part.rows, ranks[part.numbers], part.shift)
        end = begin
    rows.sort()
    return rows


assert _FULL * 2 < MAX_PLACES
