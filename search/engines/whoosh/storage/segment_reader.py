"""A leaf: one open segment, its streams, its entries, and which of them are still there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer, split_bigram
from search.engines.whoosh.storage.array_file import ArrayFile, open_arrays
from search.engines.whoosh.storage.check import document_problems, pair_problems, term_problems
from search.engines.whoosh.storage.document_store import DocumentStore
from search.engines.whoosh.storage.postings_format import HEADLINE_WEIGHT
from search.engines.whoosh.storage.segment import Segment
from search.engines.whoosh.storage.term_dictionary import NOT_FOUND, PairDictionary, TermDictionary
from search.entry import Entry
from search.errors import DamagedIndex

__all__ = ["FILES", "SegmentReader", "open_segment", "weighted"]

#: Suffixes of the files of a segment.
FILES: Final = ("words", "units", "pairs", "docs")

Ints = npt.NDArray[np.int64]
_NONE: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class SegmentReader:
    """One open segment. `live` (N,) is False where an entry was removed."""

    segment: Segment
    words: TermDictionary
    units: TermDictionary
    pairs: PairDictionary
    docs: DocumentStore
    live: npt.NDArray[np.bool_]
    _folded: dict[str, list[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many entries it holds, removed ones included."""
        return self.docs.count

    @cached_property
    def all_live(self) -> bool:
        """Whether nothing was removed."""
        return bool(self.live.all())

    def find(self, key: str) -> int:
        """Return the number of the live entry with this id, or NOT_THERE."""
        return next((number for number in self.docs.numbers(key) if self.live[number]), NOT_FOUND)

    def entry(self, number: int, key: str) -> Entry:
        """Return the entry that was found by its id; raises DamagedIndex where it has another."""
        entry = self.docs.entry(number)
        if entry.id != key:
            raise DamagedIndex(f"{self.docs.file.path.name} 的编号「{key}」")
        return entry

    def pair(self, first: str, second: str, broken: bool = False) -> int:
        """Return the number of two neighbouring units, with or without punctuation between."""
        return self.pairs.number(self.units.number(first), self.units.number(second), broken)

    def bigram(self, term: str) -> int:
        """Return the number of the pair that a bigram's term names."""
        return self.pair(*split_bigram(term))

    def bigram_places(self, number: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return the entry of each place of a pair, ascending, and whether it is in a headline."""
        places = self.pairs.places(number)
        entries = self.docs.entry_of(places)
        return entries, places < self._headline_ends.take(entries)

    def bigram_postings(self, number: int) -> tuple[Ints, Ints]:
        """Return the entries that have a pair, ascending, and its weighted frequency in each."""
        return weighted(*self.bigram_places(number))

    @cached_property
    def _headline_ends(self) -> Ints:
        """The place behind each entry's headline (N,)."""
        return self.docs.base[:-1] + self.docs.headline.astype(np.int64)

    def in_headline(self, places: Ints, entries: Ints, further: int = 0) -> npt.NDArray[np.bool_]:
        """Return whether what stands `further` positions behind each place is still in the headline."""
        inside: npt.NDArray[np.bool_] = (
            places + further - self.docs.base[entries] < self.docs.headline[entries]
        )
        return inside

    def unit_places(self, numbers: range) -> Ints:
        """Return every place of some neighbouring units, ascending.

        These are the places where pairs begin with one of them, and where entries end in one.
        """
        if not numbers:
            return _NONE
        ended = np.flatnonzero((self.docs.last >= numbers.start) & (self.docs.last < numbers.stop))
        last = self.docs.base[ended + 1].astype(np.int64) - 2
        return np.sort(np.concatenate((last, self.pairs.places_of_all(self.pairs.of_all(numbers)))))

    def folded_agencies(self, analyzer: Analyzer) -> list[str]:
        """Return the agency names by code, as they are compared."""
        if "agency" not in self._folded:
            self._folded["agency"] = [analyzer.fold(name) for name in self.docs.agencies]
        return self._folded["agency"]

    def folded_streams(self, analyzer: Analyzer) -> list[str]:
        """Return the stream names by code, as they are compared."""
        if "stream" not in self._folded:
            self._folded["stream"] = [analyzer.fold(name) for name in self.docs.streams]
        return self._folded["stream"]

    @property
    def files(self) -> tuple[ArrayFile, ...]:
        """The four files of the segment."""
        return self.words.file, self.units.file, self.pairs.file, self.docs.file

    def release(self) -> None:
        """Give back the memory of what was read of the files; it is read again when asked for."""
        for file in self.files:
            file.release()

    def require_intact(self) -> None:
        """Compare all checksums; raises DamagedIndex."""
        for problem in (problem for file in self.files for problem in file.verify()):
            raise DamagedIndex(problem)

    def verify(self) -> list[str]:
        """Read all files of the segment and return what is wrong with them."""
        return [problem for file in self.files for problem in file.verify()] or self.unsound()

    def unsound(self) -> list[str]:
        """Return what cannot be right in the arrays, whatever their checksums."""
        return [
            *term_problems(self.words, self.docs),
            *term_problems(self.units, self.docs),
            *pair_problems(self.pairs, len(self.units), self.docs),
            *document_problems(self.docs),
        ]


def weighted(entries: Ints, inside: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return each of some entries (ascending) once, and how often it stands there, in headlines twice."""
    if not len(entries):
        return _NONE, _NONE
    fresh = np.ones(len(entries), dtype=np.bool_)
    np.not_equal(entries[1:], entries[:-1], out=fresh[1:])
    starts = fresh.nonzero()[0]
    tf = np.empty(len(starts), dtype=np.int64)
    np.subtract(starts[1:], starts[:-1], out=tf[:-1])
    tf[-1] = len(entries) - starts[-1]
    heads = inside.nonzero()[0]
    np.add.at(tf, starts.searchsorted(heads, side="right") - 1, HEADLINE_WEIGHT - 1)
    return entries.take(starts), tf


def open_segment(folder: Path, segment: Segment) -> SegmentReader:
    """Open a segment; raises DamagedIndex, OtherVersion or OSError."""
    name = segment.file_stem
    words, units_file, pairs_file, docs_file = _open_files(folder, segment)
    docs = DocumentStore(docs_file)
    if segment.count != docs.count:
        raise DamagedIndex(f"{name} 的条目数与目录不符")
    live = np.ones(docs.count, dtype=np.bool_)
    live[segment.deleted_docs()] = False
    units, pairs = TermDictionary(units_file), PairDictionary(pairs_file)
    if len(pairs.first_ends) != len(units) + 1:
        raise DamagedIndex(f"{name} 的词表长度不符")
    return SegmentReader(segment, TermDictionary(words), units, pairs, docs, live)


def _open_files(folder: Path, segment: Segment) -> list[ArrayFile]:
    """Open the files of a segment; raises DamagedIndex where one is that of another segment or generation."""
    files = [open_arrays(folder / f"{segment.file_stem}.{suffix}") for suffix in FILES]
    generation = files[0].fact("generation", int)
    for file, suffix in zip(files, FILES, strict=True):
        facts = file.fact("mark", str), file.fact("generation", int), file.fact("part", str)
        if facts != (segment.mark, generation, suffix):
            raise DamagedIndex(f"{file.path.name} 属于另一段或另一代")
    return files
