"""The entries of a segment: stored texts, identities, columns.

Stored texts lie in compressed blocks of a few entries, one JSON line each, so that showing a hit reads a few
kilobytes. Everything that is filtered, sorted or counted by is a column, an array with one number for each
entry. `docs/codec.md` has every byte.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from itertools import count, pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import zstandard

from search.engines.whoosh.storage.array_file import ArrayFile
from search.engines.whoosh.storage.cost_cache import CostCache
from search.engines.whoosh.storage.postings_format import entries_at
from search.entry import Entry, Role
from search.errors import DamagedIndex

__all__ = [
    "BLOCK",
    "NO_TIME",
    "SAMPLE_BLOCKS",
    "DocumentStore",
    "microseconds",
    "moment",
    "sample_dictionary",
]

Ints = npt.NDArray[np.int64]

#: Entries in one compressed block.
BLOCK: Final = 32
#: The texts of so many blocks at the beginning serve as dictionary for all others.
SAMPLE_BLOCKS: Final = 8
_SAMPLE_BYTES: Final = 100_000
#: Stands for "no time".
NO_TIME: Final = np.iinfo(np.int64).min
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Entries are at most some tens of megabytes each.
_MAX_BLOCK_BYTES: Final = 1 << 30
_KEY_ARRAYS: Final = ("key_blob", "key_ends", "key_order", "digests", "files", "sources")
#: What this process keeps of all its segments: entries as they are shown, and unpacked blocks. In bytes, the
#: former as Python holds them: that much each, and two for each character.
_ENTRIES: Final = CostCache[int, Entry](48 << 20)
_BLOCKS: Final = CostCache[int, list[bytes]](72 << 20)
_ENTRY_BYTES: Final = 800
_decode: Final = json.JSONDecoder().decode
#: Segments opened so far; each has its own keys in what is kept.
_opened: Final = count()
_MOST: Final = 1 << 32


def microseconds(time: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC, exactly."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def moment(time: int) -> datetime:
    """Return the moment of a number of microseconds since 1970 UTC."""
    return _EPOCH + timedelta(microseconds=time)


def sample_dictionary(blocks: Sequence[bytes]) -> zstandard.ZstdCompressionDict:
    """Return what the first blocks of a segment tell about the others."""
    sample = b"\n".join(blocks)[:_SAMPLE_BYTES]
    return zstandard.ZstdCompressionDict(sample, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _forget(keys: range) -> None:
    """Remove what was cached of a segment that nobody reads any more."""
    _ENTRIES.forget(keys)
    _BLOCKS.forget(keys)


class DocumentStore:
    """Reading side of a segment's entries."""

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
        self._first_key = next(_opened) * _MOST
        weakref.finalize(self, _forget, range(self._first_key, self._first_key + _MOST))
        self._idle: list[zstandard.ZstdDecompressor] = []
        columns = (self.time, self.headline, self.last, self.stream_codes, self.file_codes)
        if not all(len(c) == self.count for c in columns) or len(self.base) != self.count + 1:
            raise DamagedIndex(f"{file.path.name} 的列长度不符")

    def lengths(self, stream: str) -> npt.NDArray[np.float32]:
        """Return the weighted length of every entry in a stream: `words`, `unigrams` or `bigrams`."""
        return self.file[f"len_{stream}"]

    def entry_of(self, places: Ints) -> Ints:
        """Return which entry each place belongs to."""
        return entries_at(places, self.base, self._hints)

    def key(self, number: int) -> str:
        """Return the id of an entry."""
        start, end = self.file["key_ends"][number : number + 2].tolist()
        return self.file["key_blob"][start:end].tobytes().decode(errors="replace")

    def keys(self) -> list[str]:
        """Return the ids of all entries."""
        blob, ends = self.file["key_blob"].tobytes(), self.file["key_ends"].tolist()
        return [blob[i:j].decode() for i, j in pairwise(ends)]

    def digests(self) -> list[str]:
        """Return the digests of all entries."""
        packed = self.file["digests"].tobytes().hex()
        return [packed[i : i + 32] for i in range(0, len(packed), 32)]

    def numbers(self, key: str) -> list[int]:
        """Return the entries with this id: one that is live at most, and others that it replaced."""
        order = self.file["key_order"]
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self.key(int(order[middle])) < key:
                low = middle + 1
            else:
                high = middle
        found = []
        while low < self.count and self.key(int(order[low])) == key:
            found.append(int(order[low]))
            low += 1
        return found

    def require_intact_keys(self) -> None:
        """Compare the checksums of what an update relies on to tell entries apart; raises DamagedIndex."""
        for problem in self.file.verify(_KEY_ARRAYS):
            raise DamagedIndex(problem)

    def digest(self, number: int) -> str:
        """Return the digest of an entry's content, as 32 hexadecimal digits."""
        return self.file["digests"][16 * number : 16 * number + 16].tobytes().hex()

    def entry(self, number: int) -> Entry:
        """Return a stored entry; raises DamagedIndex when it cannot be read."""
        kept = _ENTRIES.get(self._first_key + number)
        if kept is not None:
            return kept
        try:
            entry = Entry.from_dict(self.record(number))
            texts = (entry.id, entry.headline, entry.body, entry.credit, entry.stream, entry.url)
            size = len("".join((*texts, *entry.captions, *entry.agencies)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedIndex(f"{self.file.path.name} 的第 {number} 条") from error
        _ENTRIES.put(self._first_key + number, entry, _ENTRY_BYTES + 2 * size)
        return entry

    def record(self, number: int) -> dict[str, Any]:
        """Return a stored entry as plain JSON values."""
        try:
            record = _decode(self.packed(number).decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as error:
            raise DamagedIndex(f"{self.file.path.name} 的第 {number} 条") from error
        if not isinstance(record, dict):
            raise DamagedIndex(f"{self.file.path.name} 的第 {number} 条")
        return record

    def packed(self, number: int) -> bytes:
        """Return a stored entry as its line of JSON; raises DamagedIndex unless its digest is right."""
        block = self._block(number // BLOCK)
        line = block[number % BLOCK] if number % BLOCK < len(block) else b""
        if blake2b(line, digest_size=16).digest() != self.file["digests"][16 * number :][:16].tobytes():
            raise DamagedIndex(f"{self.file.path.name} 的第 {number} 条")
        return line

    def _block(self, number: int) -> list[bytes]:
        block = _BLOCKS.get(self._first_key + number)
        if block is None:
            unpacked = self._unpacked(number)
            block = unpacked.split(b"\n")
            _BLOCKS.put(self._first_key + number, block, len(unpacked) + 64 * BLOCK)
        return block

    @cached_property
    def _dictionary(self) -> zstandard.ZstdCompressionDict:
        return sample_dictionary([self._unpacked(number) for number in range(SAMPLE_BLOCKS)])

    def _unpacked(self, number: int) -> bytes:
        start, end = self.file["block_ends"][number : number + 2].tolist()
        packed = self.file["blocks"][start:end].tobytes()
        # A decompressor serves one thread at a time; making one takes as long as a block.
        unpacker = self._unpacker() if number >= SAMPLE_BLOCKS else zstandard.ZstdDecompressor()
        try:
            # A frame may claim any size, and the library reserves what it claims whatever limit it is given.
            if not 0 <= zstandard.frame_content_size(packed) <= _MAX_BLOCK_BYTES:
                raise DamagedIndex(f"{self.file.path.name} 的第 {number} 块")
            unpacked: bytes = unpacker.decompress(packed)
        except (zstandard.ZstdError, MemoryError) as error:
            raise DamagedIndex(f"{self.file.path.name} 的第 {number} 块") from error
        if number >= SAMPLE_BLOCKS:
            self._idle.append(unpacker)
        return unpacked

    def _unpacker(self) -> zstandard.ZstdDecompressor:
        with suppress(IndexError):
            return self._idle.pop()
        return zstandard.ZstdDecompressor(self._dictionary)

    def agencies_of(self, code: int, role: Role | None = None) -> Ints:
        """Return the entries that credit an agency, in this role if one is given, ascending."""
        named = self.agency_codes == code
        if role is not None:
            named &= self.agency_vias == (role == "via")
        places = np.flatnonzero(named)
        return np.searchsorted(self.agency_ends, places, side="right") - 1
