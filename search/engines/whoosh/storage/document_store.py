"""The documents of a segment: stored entries, ids, columns.

Entries are stored in compressed blocks of 32, one JSON line each, so that reading a hit decompresses a few
kilobytes. Filters, sorting and facets use columns, arrays with one value for each document. `docs/codec.md`
describes the bytes.
"""

from __future__ import annotations

import json
import weakref
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from itertools import count, pairwise, takewhile
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard

from search.engines.whoosh.storage.array_file import ArrayFile
from search.engines.whoosh.storage.cost_cache import CostCache
from search.engines.whoosh.storage.postings_format import docs_at
from search.entry import Entry, Role
from search.errors import DamagedIndex

__all__ = [
    "BLOCK",
    "NO_TIME",
    "SAMPLE_BLOCKS",
    "DocumentStore",
    "sample_dictionary",
]

Ints = npt.NDArray[np.int64]

#: Entries in one compressed block.
BLOCK: Final = 32
#: First blocks of a segment whose texts are the compression dictionary of its other blocks.
SAMPLE_BLOCKS: Final = 8
#: Maximum size of that dictionary.
_SAMPLE_BYTES: Final = 100_000
#: The time of a document without one.
NO_TIME: Final = np.iinfo(np.int64).min
#: Maximum size of a decompressed block; an entry has at most some tens of megabytes.
_MAX_BLOCK_BYTES: Final = 1 << 30
#: Arrays from which an update decides which entries changed.
_KEY_ARRAYS: Final = ("key_blob", "key_ends", "key_order", "digests", "files", "sources")
#: Caches of this process for all segments, in bytes: decoded entries, and decompressed blocks.
_ENTRIES: Final = CostCache[int, Entry](48 << 20)
_BLOCKS: Final = CostCache[int, list[bytes]](72 << 20)
#: Memory of a decoded entry: this many bytes, and two for each character.
_ENTRY_BYTES: Final = 800
_decode: Final = msgspec.json.Decoder().decode
#: Number of the next opened segment; each has a range of this many cache keys.
_opened: Final = count()
_KEYS_PER_SEGMENT: Final = 1 << 32


def sample_dictionary(blocks: Sequence[bytes]) -> zstandard.ZstdCompressionDict:
    """Return the compression dictionary that consists of the first blocks of a segment."""
    sample = b"\n".join(blocks)[:_SAMPLE_BYTES]
    return zstandard.ZstdCompressionDict(sample, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _forget(keys: range) -> None:
    """Remove the cached values of a closed segment."""
    _ENTRIES.forget(keys)
    _BLOCKS.forget(keys)


class DocumentStore:
    """Reads the documents of a segment; a document is its number in the segment."""

    def __init__(self, file: ArrayFile) -> None:
        self.file = file
        self.count, self.fingerprint = file.fact("count", int), file.fact("fingerprint", str)
        self.streams: list[str] = file.fact("streams", list)
        self.agencies: list[str] = file.fact("agencies", list)
        self.files: list[str] = file.fact("files", list)
        self.time = file["time"]
        self.base = file["base"]
        self.headline = file["headline"]
        self.last = file["last"]
        self.stream_codes = file["streams"]
        self.agency_ends = file["agency_ends"]
        self.agency_codes = file["agencies"]
        self.agency_vias = file["vias"]
        self.file_codes = file["files"]
        self._hints = file["hints"]
        self._first_key = next(_opened) * _KEYS_PER_SEGMENT
        weakref.finalize(self, _forget, range(self._first_key, self._first_key + _KEYS_PER_SEGMENT))
        self._idle: list[zstandard.ZstdDecompressor] = []
        columns = (self.time, self.headline, self.last, self.stream_codes, self.file_codes)
        if not all(len(c) == self.count for c in columns) or len(self.base) != self.count + 1:
            raise DamagedIndex("{file} 的列长度不符", file=file.path.name)

    def lengths(self, field: str) -> npt.NDArray[np.float32]:
        """Return the weighted length of every document in a field: `words`, `unigrams` or `bigrams`."""
        return self.file[f"len_{field}"]

    def docs_at(self, places: Ints) -> Ints:
        """Return the document of each place."""
        return docs_at(places, self.base, self._hints)

    def key(self, doc: int) -> str:
        """Return the id of an entry."""
        start, end = self.file["key_ends"][doc : doc + 2].tolist()
        return self.file["key_blob"][start:end].tobytes().decode(errors="replace")

    def keys(self) -> list[str]:
        """Return the ids of all entries."""
        blob, ends = self.file["key_blob"].tobytes(), self.file["key_ends"].tolist()
        return [blob[i:j].decode() for i, j in pairwise(ends)]

    def digests(self) -> list[str]:
        """Return the digests of all entries."""
        packed = self.file["digests"].tobytes().hex()
        return [packed[i : i + 32] for i in range(0, len(packed), 32)]

    def with_id(self, key: str) -> list[int]:
        """Return the documents with this id: at most one is live, the others were replaced by it."""
        order = self.file["key_order"]
        start = bisect_left(order, key, key=self.key)
        return [int(doc) for doc in takewhile(lambda doc: self.key(doc) == key, order[start:])]

    def require_intact_keys(self) -> None:
        """Compare the checksums of the ids and digests on which updates rely; raises DamagedIndex."""
        for problem in self.file.verify(_KEY_ARRAYS):
            raise DamagedIndex(problem)

    def digest(self, doc: int) -> str:
        """Return the digest of an entry's content, as 32 hexadecimal digits."""
        return self.file["digests"][16 * doc : 16 * doc + 16].tobytes().hex()

    def entry(self, doc: int, *, cache: bool = True) -> Entry:
        """Return a stored entry; raises DamagedIndex when it cannot be read.

        A scan of many entries does not cache them, so that it displaces none of those that pages show.
        """
        cached = _ENTRIES.get(self._first_key + doc)
        if cached is not None:
            return cached
        try:
            entry = Entry.from_dict(self.record(doc))
            if not cache:
                return entry
            texts = (entry.id, entry.headline, entry.body, entry.credit, entry.stream, entry.url)
            size = len("".join((*texts, *entry.captions, *entry.agencies)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._damaged_entry(doc) from error
        _ENTRIES.put(self._first_key + doc, entry, _ENTRY_BYTES + 2 * size)
        return entry

    def record(self, doc: int) -> dict[str, Any]:
        """Return a stored entry as plain JSON values; raises DamagedIndex."""
        try:
            record = self._decoded(self.packed(doc))
        except (ValueError, RecursionError) as error:
            raise self._damaged_entry(doc) from error
        if not isinstance(record, dict):
            raise self._damaged_entry(doc)
        return record

    @staticmethod
    def _decoded(line: bytes) -> Any:
        try:
            return _decode(line)
        except ValueError:  # lone surrogates, which msgspec refuses
            return json.loads(line.decode("utf-8", "surrogatepass"))

    def packed(self, doc: int) -> bytes:
        """Return a stored entry as its line of JSON; raises DamagedIndex unless its digest is right."""
        block = self._block(doc // BLOCK)
        line = block[doc % BLOCK] if doc % BLOCK < len(block) else b""
        if blake2b(line, digest_size=16).digest() != self.file["digests"][16 * doc :][:16].tobytes():
            raise self._damaged_entry(doc)
        return line

    def _damaged_entry(self, doc: int) -> DamagedIndex:
        return DamagedIndex("{file} 的第 {number} 条", file=self.file.path.name, number=doc)

    def _block(self, index: int) -> list[bytes]:
        block = _BLOCKS.get(self._first_key + index)
        if block is None:
            text = self._decompress(index)
            block = text.split(b"\n")
            _BLOCKS.put(self._first_key + index, block, len(text) + 64 * BLOCK)
        return block

    @cached_property
    def _dictionary(self) -> zstandard.ZstdCompressionDict:
        return sample_dictionary(list(map(self._decompress, range(SAMPLE_BLOCKS))))

    def _decompress(self, index: int) -> bytes:
        start, end = self.file["block_ends"][index : index + 2].tolist()
        frame = self.file["blocks"][start:end].tobytes()
        # A decompressor serves one thread at a time; creating one takes as long as decompressing a block.
        decompressor = self._decompressor() if index >= SAMPLE_BLOCKS else zstandard.ZstdDecompressor()
        try:
            # The library allocates the size that a frame declares, whatever its limit.
            if not 0 <= zstandard.frame_content_size(frame) <= _MAX_BLOCK_BYTES:
                raise DamagedIndex("{file} 的第 {number} 块", file=self.file.path.name, number=index)
            text: bytes = decompressor.decompress(frame)
        except (zstandard.ZstdError, MemoryError) as error:
            raise DamagedIndex("{file} 的第 {number} 块", file=self.file.path.name, number=index) from error
        if index >= SAMPLE_BLOCKS:
            self._idle.append(decompressor)
        return text

    def _decompressor(self) -> zstandard.ZstdDecompressor:
        with suppress(IndexError):
            return self._idle.pop()
        return zstandard.ZstdDecompressor(self._dictionary)

    def agencies_of(self, code: int, role: Role | None = None) -> Ints:
        """Return the documents that credit an agency, in this role if one is given, ascending."""
        mask = self.agency_codes == code
        if role is not None:
            mask &= self.agency_vias == (role == "via")
        return np.searchsorted(self.agency_ends, np.flatnonzero(mask), side="right") - 1
