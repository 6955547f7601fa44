"""An open segment: its dictionaries, its documents, and which of them are live."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer, split_bigram
from search.engines.whoosh.storage.array_file import ArrayFile, file_identity, open_arrays
from search.engines.whoosh.storage.check import document_problems, pair_problems, term_problems
from search.engines.whoosh.storage.document_store import DocumentStore
from search.engines.whoosh.storage.postings_format import HEADLINE_WEIGHT
from search.engines.whoosh.storage.segment import Segment
from search.engines.whoosh.storage.term_dictionary import NOT_FOUND, PairDictionary, TermDictionary
from search.entry import Entry
from search.errors import DamagedIndex

__all__ = ["FILES", "SegmentReader", "open_segment", "reopen_segment", "weighted"]

#: Suffixes of the files of a segment.
FILES: Final = ("words", "units", "pairs", "docs")

Ints = npt.NDArray[np.int64]
_NONE: Final[Ints] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class SegmentReader:
    """One open segment. `live` (N,) is False for deleted documents."""

    segment: Segment
    words: TermDictionary
    units: TermDictionary
    pairs: PairDictionary
    docs: DocumentStore
    live: npt.NDArray[np.bool_]
    _folded: dict[str, list[str]] = field(default_factory=dict)
    _spellings: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of documents, deleted ones included."""
        return self.docs.count

    @cached_property
    def all_live(self) -> bool:
        """Whether no document was deleted."""
        return bool(self.live.all())

    def find(self, key: str) -> int:
        """Return the live document with this id, or NOT_FOUND."""
        return next((doc for doc in self.docs.with_id(key) if self.live[doc]), NOT_FOUND)

    def entry(self, doc: int, key: str) -> Entry:
        """Return the entry that was found by its id; raises DamagedIndex if it has another id."""
        entry = self.docs.entry(doc)
        if entry.id != key:
            raise DamagedIndex("{file} 的编号「{key}」", file=self.docs.file.path.name, key=key)
        return entry

    def pair_ord(self, first: str, second: str, broken: bool = False) -> int:
        """Return the ordinal of two neighbouring units, with or without punctuation between, or NOT_FOUND."""
        return self.pairs.pair_ord(self.units.term_ord(first), self.units.term_ord(second), broken)

    def bigram_ord(self, term: str) -> int:
        """Return the ordinal of the pair of a bigram, or NOT_FOUND."""
        return self.pair_ord(*split_bigram(term))

    def bigram_occurrences(self, pair_ord: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return the document of each occurrence of a pair, ascending, and whether it is in the headline."""
        places = self.pairs.places(pair_ord)
        docs = self.docs.docs_at(places)
        return docs, places < self._headline_ends.take(docs)

    def bigram_postings(self, pair_ord: int) -> tuple[Ints, Ints]:
        """Return the documents that contain a pair, ascending, and its weighted frequency in each."""
        return weighted(*self.bigram_occurrences(pair_ord))

    @cached_property
    def _headline_ends(self) -> Ints:
        """The place after each document's headline (N,)."""
        return self.docs.base[:-1] + self.docs.headline.astype(np.int64)

    def in_headline(self, places: Ints, docs: Ints, offset: int = 0) -> npt.NDArray[np.bool_]:
        """Return whether the position `offset` after each place is still in the headline."""
        inside: npt.NDArray[np.bool_] = places + offset - self.docs.base[docs] < self.docs.headline[docs]
        return inside

    def unit_places(self, term_ords: range) -> Ints:
        """Return every place of consecutive units, ascending.

        These are the places of the pairs that begin with one of them, and the last places of the documents
        that end in one.
        """
        if not term_ords:
            return _NONE
        ended = np.flatnonzero((self.docs.last >= term_ords.start) & (self.docs.last < term_ords.stop))
        last = self.docs.base[ended + 1].astype(np.int64) - 2
        return np.sort(np.concatenate((last, self.pairs.places_of_all(self.pairs.of_all(term_ords)))))

    def folded_agencies(self, analyzer: Analyzer) -> list[str]:
        """Return the folded agency names by code."""
        return self._fold("agency", self.docs.agencies, analyzer)

    def agency_spellings(self, analyzer: Analyzer) -> dict[str, list[int]]:
        """Return the codes of each folded agency name that is written in several ways."""
        if "agency" not in self._spellings:
            codes: dict[str, list[int]] = {}
            for code, name in enumerate(self.folded_agencies(analyzer)):
                codes.setdefault(name, []).append(code)
            self._spellings["agency"] = {name: same for name, same in codes.items() if len(same) > 1}
        return self._spellings["agency"]

    def folded_streams(self, analyzer: Analyzer) -> list[str]:
        """Return the folded stream names by code."""
        return self._fold("stream", self.docs.streams, analyzer)

    def _fold(self, column: str, names: list[str], analyzer: Analyzer) -> list[str]:
        if column not in self._folded:
            self._folded[column] = [analyzer.fold(name) for name in names]
        return self._folded[column]

    @property
    def files(self) -> tuple[ArrayFile, ...]:
        """The four files of the segment."""
        return self.words.file, self.units.file, self.pairs.file, self.docs.file

    def release(self) -> None:
        """Free the memory of pages that were read; they are read again when they are used."""
        for file in self.files:
            file.release()

    def require_intact(self) -> None:
        """Compare all checksums; raises DamagedIndex."""
        for problem in (problem for file in self.files for problem in file.verify()):
            raise DamagedIndex(problem)

    def verify(self) -> list[str]:
        """Compare all checksums, and if they are right all values; return one sentence for each problem."""
        return [problem for file in self.files for problem in file.verify()] or self.unsound()

    def unsound(self) -> list[str]:
        """Return one sentence for each array with impossible values, whatever its checksum."""
        return [
            *term_problems(self.words, self.docs),
            *term_problems(self.units, self.docs),
            *pair_problems(self.pairs, len(self.units), self.docs),
            *document_problems(self.docs),
        ]


def weighted(docs: Ints, in_headline: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return each of ascending documents once, and its frequency, which counts headlines twice."""
    if not len(docs):
        return _NONE, _NONE
    first = np.ones(len(docs), dtype=np.bool_)
    np.not_equal(docs[1:], docs[:-1], out=first[1:])
    starts = first.nonzero()[0]
    tf = np.empty(len(starts), dtype=np.int64)
    np.subtract(starts[1:], starts[:-1], out=tf[:-1])
    tf[-1] = len(docs) - starts[-1]
    headline_indexes = in_headline.nonzero()[0]
    np.add.at(tf, starts.searchsorted(headline_indexes, side="right") - 1, HEADLINE_WEIGHT - 1)
    return docs.take(starts), tf


def open_segment(folder: Path, segment: Segment) -> SegmentReader:
    """Open a segment; raises DamagedIndex, OtherVersion or OSError."""
    stem = segment.file_stem
    words_file, units_file, pairs_file, docs_file = _open_files(folder, segment)
    docs = DocumentStore(docs_file)
    if segment.count != docs.count:
        raise DamagedIndex("{name} 的条目数与目录不符", name=stem)
    units, pairs = TermDictionary(units_file), PairDictionary(pairs_file)
    if len(pairs.first_ends) != len(units) + 1:
        raise DamagedIndex("{name} 的词表长度不符", name=stem)
    return SegmentReader(segment, TermDictionary(words_file), units, pairs, docs, _live(segment))


def reopen_segment(folder: Path, segment: Segment, reader: SegmentReader) -> SegmentReader:
    """Return a reader of a segment that another reader has open, perhaps with other deletions.

    The files and their caches are shared. A file that was replaced or changed is opened anew. Raises what
    `open_segment` raises.
    """
    if segment.id != reader.segment.id or segment.count != reader.count:
        return open_segment(folder, segment)
    if any(file.identity != file_identity(file.path) for file in reader.files):
        return open_segment(folder, segment)
    return reader if segment == reader.segment else replace(reader, segment=segment, live=_live(segment))


def _live(segment: Segment) -> npt.NDArray[np.bool_]:
    live = np.ones(segment.count, dtype=np.bool_)
    live[segment.deleted_docs()] = False
    return live


def _open_files(folder: Path, segment: Segment) -> list[ArrayFile]:
    """Open the files of a segment; raises DamagedIndex if one is of another segment or generation."""
    files = [open_arrays(folder / f"{segment.file_stem}.{suffix}") for suffix in FILES]
    generation = files[0].fact("generation", int)
    for file, suffix in zip(files, FILES, strict=True):
        facts = file.fact("mark", str), file.fact("generation", int), file.fact("part", str)
        if facts != (segment.mark, generation, suffix):
            raise DamagedIndex("{file} 属于另一段或另一代", file=file.path.name)
    return files
