"""A Whoosh codec that reads our segments.

`whoosh.index.open_dir` opens our indexes, and Whoosh's readers, matchers and searchers work on them: terms,
postings with positions, stored fields, lengths, deletions. It serves people and other programs; the engine
reads the same arrays directly. It refuses to write: only `xunwen reindex` changes an index.
"""

from __future__ import annotations

from bisect import bisect_left
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
from search.engines.whoosh.storage.reader import SegmentReader, open_segment
from search.engines.whoosh.storage.segment import INDEX_NAME, Segment
from search.errors import DamagedIndex

__all__ = ["ArrayCodec", "ArraySegment"]

_LENGTHS = {WORDS: "words", GRAMS: "unigrams"}


class ArraySegment(base.Segment):
    """A segment as Whoosh pickles it into its part of the table of contents, with plain values only."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(INDEX_NAME)  # type: ignore[no-untyped-call]
        self.segid = segment.id
        self.count = segment.count
        self.deletions = segment.deletions
        self.mark = segment.mark

    @property
    def plain(self) -> Segment:
        """The segment as the engine uses it."""
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
        """Refuse: only `xunwen reindex` changes an index."""
        raise NotImplementedError("这个索引只由 xunwen reindex 修改")


# Pickles contain the module name of a class; it stays the same when the file moves.
ArraySegment.__module__ = PICKLED_AS


class ArrayCodec(base.Codec):
    """Reads segments of arrays for Whoosh."""

    length_stats = False

    def per_document_reader(self, storage: Any, segment: ArraySegment) -> base.PerDocumentReader:
        """Return the reader of a segment's documents."""
        return _Entries(open_segment(Path(storage.folder), segment.plain))

    def terms_reader(self, storage: Any, segment: ArraySegment) -> base.TermsReader:
        """Return the reader of a segment's terms."""
        return _Terms(open_segment(Path(storage.folder), segment.plain))

    def per_document_writer(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse."""
        raise NotImplementedError("这个索引只由 xunwen reindex 修改")

    field_writer = postings_writer = postings_reader = per_document_writer

    def new_segment(self, storage: Any, indexname: str) -> ArraySegment:
        """Return an empty segment; nothing can be written into it."""
        return ArraySegment(Segment(0))


class _Entries(base.PerDocumentReader):
    """Reads documents for Whoosh."""

    def __init__(self, reader: SegmentReader) -> None:
        self._reader = reader

    def doc_count(self) -> int:
        return int(self._reader.live.sum())

    def doc_count_all(self) -> int:
        return self._reader.count

    def has_deletions(self) -> bool:
        return not self._reader.all_live

    def is_deleted(self, docnum: int) -> bool:
        return not self._reader.live[docnum]

    def deleted_docs(self) -> set[int]:
        return set(np.flatnonzero(~self._reader.live).tolist())

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return dict(self._reader.docs.record(docnum))

    def _lengths(self, fieldname: str) -> Any:
        return self._reader.docs.lengths(_LENGTHS[fieldname])

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._lengths(fieldname)[docnum]) if fieldname in _LENGTHS else default

    def field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).sum()) if fieldname in _LENGTHS else 0

    def min_field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).min(initial=0)) if fieldname in _LENGTHS else 0

    def max_field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).max(initial=0)) if fieldname in _LENGTHS else 0


class _Terms(base.TermsReader):
    """Reads terms for Whoosh: words, grams (units and bigrams in one field), and ids."""

    def __init__(self, reader: SegmentReader) -> None:
        self._reader = reader

    def indexed_field_names(self) -> list[str]:
        return [ID, WORDS, GRAMS]

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return len(self._postings(*term)[0]) > 0

    def _postings(self, fieldname: str, text: bytes) -> tuple[list[int], list[float]]:
        term = text.decode("utf-8", "surrogatepass")
        reader = self._reader
        if fieldname == ID:
            docs = sorted(reader.docs.with_id(term))
            return docs, [1.0] * len(docs)
        if fieldname == WORDS:
            ids, tf = reader.words.postings(reader.words.term_ord(term))
        elif fieldname == GRAMS:
            ids, tf = reader.units.postings(reader.units.term_ord(term))
            if not len(ids):
                ids, tf = reader.bigram_postings(reader.bigram_ord(term))
        else:
            return [], []
        return ids.tolist(), tf.astype(float).tolist()

    def _all(self, fieldname: str) -> Iterator[bytes]:
        reader = self._reader
        if fieldname == ID:
            return (reader.docs.key(doc).encode() for doc in reader.docs.file["key_order"].tolist())
        if fieldname == WORDS:
            return map(reader.words.term, range(len(reader.words)))
        return iter(self._grams)

    @cached_property
    def _grams(self) -> list[bytes]:
        """All units and bigrams, sorted."""
        units = list(self._reader.units.texts())
        pairs = self._reader.pairs
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
            lengths = self._reader.docs.lengths(_LENGTHS[fieldname])[ids].astype(int).tolist()
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
        """Return the positions of a gram in each document, encoded in Whoosh's Positions format."""
        reader, term = self._reader, text.decode("utf-8", "surrogatepass")
        unit = reader.units.term_ords(term)
        places = reader.unit_places(unit) if unit else reader.pairs.places(reader.bigram_ord(term))
        docs = reader.docs.docs_at(places)
        positions = places - reader.docs.base[docs]
        per_doc = np.split(positions, np.flatnonzero(np.diff(docs)) + 1)
        if len(per_doc) != count:
            pairs, units = reader.pairs.file.path.name, reader.units.file.path.name
            raise DamagedIndex("{file} 与 {other} 不符", file=pairs, other=units)
        return [format_.encode(group.tolist()) for group in per_doc]

    def close(self) -> None:
        """Do nothing: the maps of the files close with their last reader."""


class _Cursor(base.FieldCursor):
    """Iterates over the terms of a field in order."""

    def __init__(self, reader: _Terms, fieldname: str, texts: list[str]) -> None:
        self._reader = reader
        self._fieldname = fieldname
        self._texts = texts
        self._index = 0

    def first(self) -> str | None:
        self._index = 0
        return self.text()

    def find(self, term: str | bytes) -> str | None:
        text = term.decode() if isinstance(term, bytes) else term
        self._index = bisect_left(self._texts, text)
        return self.text()

    def next(self) -> str | None:
        self._index += 1
        return self.text()

    def text(self) -> str | None:
        return self._texts[self._index] if self.is_valid() else None

    def term_info(self) -> TermInfo | None:
        text = self.text()
        return None if text is None else self._reader.term_info(self._fieldname, text.encode())

    def is_valid(self) -> bool:
        return self._index < len(self._texts)
