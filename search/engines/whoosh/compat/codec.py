"""The codec: how Whoosh itself reads our segments, through its own extension point.

`whoosh.index.open_dir` opens an index of ours, and Whoosh's readers, matchers and searchers work on it:
terms, postings with positions, stored fields, lengths, removed entries. This is a convenience for people and
other programs; our own path reads the same arrays directly. Writing is refused: an index is changed through
`xunwen reindex` only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.matching.mcore import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from search.analysis import bigram
from search.engines.whoosh.compat.schema import GRAMS, ID, PICKLED_AS, WORDS
from search.engines.whoosh.storage.segment import INDEX_NAME, Segment
from search.engines.whoosh.storage.segment_reader import SegmentReader, open_segment
from search.errors import DamagedIndex

__all__ = ["ArrayCodec", "ArraySegment"]

_LENGTHS = {WORDS: "words", GRAMS: "unigrams"}


class ArraySegment(base.Segment):
    """A segment as Whoosh pickles it into its part of the table of contents: plain values only."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(INDEX_NAME)  # type: ignore[no-untyped-call]
        self.segid = segment.id
        self.count = segment.count
        self.deletions = segment.deletions
        self.mark = segment.mark

    @property
    def plain(self) -> Segment:
        """The segment as the rest of the engine knows it."""
        return Segment(self.count, self.segid, self.deletions, self.mark)

    def segment_id(self) -> str:
        """Return the stem of the names of the segment's files."""
        return self.plain.file_stem

    def codec(self) -> ArrayCodec:
        """Return the codec that reads this segment."""
        return ArrayCodec()

    def doc_count_all(self) -> int:
        """Return the number of documents, deleted ones included."""
        return self.count

    def deleted_count(self) -> int:
        """Return the number of deleted documents."""
        return self.plain.deleted_count

    def deleted_docs(self) -> Iterator[int]:
        """Yield the deleted documents."""
        return iter(self.plain.deleted_docs().tolist())

    def is_deleted(self, docnum: int) -> bool:
        """Return whether a document was deleted."""
        return docnum in self.plain.deleted_docs()

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Refuse: an index is changed through `xunwen reindex` only."""
        raise NotImplementedError("这个索引只由 xunwen reindex 修改")


# A pickle names the module of a class. The name does not follow the file when that moves.
ArraySegment.__module__ = PICKLED_AS


class ArrayCodec(base.Codec):
    """Reads segments of arrays for Whoosh."""

    length_stats = False

    def per_document_reader(self, storage: Any, segment: ArraySegment) -> base.PerDocumentReader:
        """Return the reader of entries of a segment."""
        return _Entries(open_segment(Path(storage.folder), segment.plain))

    def terms_reader(self, storage: Any, segment: ArraySegment) -> base.TermsReader:
        """Return the reader of terms of a segment."""
        return _Terms(open_segment(Path(storage.folder), segment.plain))

    def per_document_writer(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse."""
        raise NotImplementedError("这个索引只由 xunwen reindex 修改")

    field_writer = postings_writer = postings_reader = per_document_writer

    def new_segment(self, storage: Any, indexname: str) -> ArraySegment:
        """Return a segment without entries; nothing can be written into it."""
        return ArraySegment(Segment(0))


class _Entries(base.PerDocumentReader):
    """Entries as Whoosh's documents."""

    def __init__(self, leaf: SegmentReader) -> None:
        self._leaf = leaf

    def doc_count(self) -> int:
        return int(self._leaf.live.sum())

    def doc_count_all(self) -> int:
        return self._leaf.count

    def has_deletions(self) -> bool:
        return not self._leaf.all_live

    def is_deleted(self, docnum: int) -> bool:
        return not self._leaf.live[docnum]

    def deleted_docs(self) -> set[int]:
        return set(np.flatnonzero(~self._leaf.live).tolist())

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return dict(self._leaf.docs.record(docnum))

    def _lengths(self, fieldname: str) -> Any:
        return self._leaf.docs.lengths(_LENGTHS[fieldname])

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._lengths(fieldname)[docnum]) if fieldname in _LENGTHS else default

    def field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).sum()) if fieldname in _LENGTHS else 0

    def min_field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).min(initial=0)) if fieldname in _LENGTHS else 0

    def max_field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).max(initial=0)) if fieldname in _LENGTHS else 0


class _Terms(base.TermsReader):
    """Words; grams, which are units and bigrams in one field; and ids, each with one posting."""

    def __init__(self, leaf: SegmentReader) -> None:
        self._leaf = leaf

    def indexed_field_names(self) -> list[str]:
        return [ID, WORDS, GRAMS]

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return len(self._postings(*term)[0]) > 0

    def _postings(self, fieldname: str, text: bytes) -> tuple[list[int], list[float]]:
        term = text.decode("utf-8", "surrogatepass")
        leaf = self._leaf
        if fieldname == ID:
            numbers = sorted(leaf.docs.numbers(term))
            return numbers, [1.0] * len(numbers)
        if fieldname == WORDS:
            ids, tf = leaf.words.postings(leaf.words.number(term))
        elif fieldname == GRAMS:
            ids, tf = leaf.units.postings(leaf.units.number(term))
            if not len(ids):
                ids, tf = leaf.bigram_postings(leaf.bigram(term))
        else:
            return [], []
        return ids.tolist(), tf.astype(float).tolist()

    def _all(self, fieldname: str) -> Iterator[bytes]:
        leaf = self._leaf
        if fieldname == ID:
            return (leaf.docs.key(number).encode() for number in leaf.docs.file["key_order"].tolist())
        if fieldname == WORDS:
            return (leaf.words.term(number) for number in range(len(leaf.words)))
        return iter(self._grams)

    @cached_property
    def _grams(self) -> list[bytes]:
        """All units and bigrams, sorted; made once for each reader that walks them."""
        units = list(self._leaf.units.texts())
        pairs = self._leaf.pairs
        bigrams = [
            bigram(units[first], units[key >> 1])
            for first in range(len(units))
            for key in pairs.second[pairs.of(first).start : pairs.of(first).stop].tolist()
            if not key & 1
        ]
        return sorted(gram.encode("utf-8", "surrogatepass") for gram in {*units, *bigrams})

    def terms(self) -> Iterator[tuple[str, bytes]]:
        return ((name, text) for name in sorted(self.indexed_field_names()) for text in self._all(name))

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        return ((name, text) for name, text in self.terms() if (name, text) >= (fieldname, prefix))

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def cursor(self, fieldname: str, fieldobj: Any) -> _Cursor:
        texts = [text.decode("utf-8", "surrogatepass") for text in self._all(fieldname)]
        return _Cursor(self, fieldname, texts)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        ids, weights = self._postings(fieldname, text)
        if not ids:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        lengths = [1]
        if fieldname in _LENGTHS:
            lengths = self._leaf.docs.lengths(_LENGTHS[fieldname])[ids].astype(int).tolist()
        return TermInfo(
            weight=sum(weights),
            df=len(ids),
            minlength=min(lengths),
            maxlength=max(lengths),
            maxweight=max(weights),
            minid=ids[0],
            maxid=ids[-1],
        )

    def frequency(self, fieldname: str, text: bytes) -> float:
        return float(sum(self._postings(fieldname, text)[1]))

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        return len(self._postings(fieldname, text)[0])

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        ids, weights = self._postings(fieldname, text)
        if not ids:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        values = self._values(text, len(ids), format_) if fieldname == GRAMS else None
        return ListMatcher(
            ids,
            weights,
            values,
            format_,
            scorer=scorer,
            term=(fieldname, text),
            terminfo=self.term_info(fieldname, text),
        )

    def _values(self, text: bytes, count: int, format_: Any) -> list[bytes]:
        """Return the positions of a gram in each entry, packed as Whoosh's Positions format packs them."""
        leaf, term = self._leaf, text.decode("utf-8", "surrogatepass")
        units = leaf.units.numbers(term)
        places = leaf.unit_places(units) if units else leaf.pairs.places(leaf.bigram(term))
        entries = leaf.docs.entry_of(places)
        positions = places - leaf.docs.base[entries]
        split = np.split(positions, np.flatnonzero(np.diff(entries)) + 1)
        if len(split) != count:
            raise DamagedIndex(f"{leaf.pairs.file.path.name} 与 {leaf.units.file.path.name} 不符")
        return [format_.encode(group.tolist()) for group in split]

    def close(self) -> None:
        """Nothing is held open but the maps, which close with their last reader."""


class _Cursor(base.FieldCursor):
    """Walks the terms of a field in order."""

    def __init__(self, reader: _Terms, fieldname: str, texts: list[str]) -> None:
        self._reader = reader
        self._fieldname = fieldname
        self._texts = texts
        self._place = 0

    def first(self) -> str | None:
        self._place = 0
        return self.text()

    def find(self, term: str | bytes) -> str | None:
        wanted = term.decode() if isinstance(term, bytes) else term
        self._place = next((i for i, text in enumerate(self._texts) if text >= wanted), len(self._texts))
        return self.text()

    def next(self) -> str | None:
        self._place += 1
        return self.text()

    def text(self) -> str | None:
        return self._texts[self._place] if self.is_valid() else None

    def term_info(self) -> TermInfo | None:
        text = self.text()
        return None if text is None else self._reader.term_info(self._fieldname, text.encode())

    def is_valid(self) -> bool:
        return self._place < len(self._texts)
