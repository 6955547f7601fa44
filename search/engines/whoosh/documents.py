"""The entries of a segment: stored texts, identities, columns.

With N entries, arrays of the `.docs` file:

    block_ends   i8 (B+1,)   where each compressed block begins in `blocks`
    blocks       u1 (…)      zlib; each the JSON list of up to 16 entries
    key_blob     u1 (…), key_ends i8 (N+1,)   ids, as UTF-8
    key_order    i4 (N,)     entries in the order of their ids
    digests      u1 (16·N,)  digest of each entry's content
    files        i4 (N,)     which data file (meta "files") it came from
    time         i8 (N,)     microseconds since 1970 UTC; the smallest number for none
    streams      i4 (N,)     which stream (meta "streams")
    agency_ends  i8 (N+1,), agencies i4 (…)   which agencies (meta "agencies")
    base         u4 (N+1,)   where the entry's positions begin in the segment
    headline     i4 (N,)     how many positions its headline takes
    len_words, len_unigrams, len_bigrams   f4 (N,)   weighted lengths: body + 2 · headline
"""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.engines.whoosh.arrays import ArrayFile
from search.entry import Entry
from search.errors import DamagedIndex

__all__ = ["BLOCK", "NO_TIME", "Documents", "microseconds", "moment"]

#: Entries in one compressed block.
BLOCK: Final = 16
#: Stands for "no time".
NO_TIME: Final = np.iinfo(np.int64).min
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CACHED_BLOCKS: Final = 256


def microseconds(time: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC, exactly."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def moment(time: int) -> datetime:
    """Return the moment of a number of microseconds since 1970 UTC."""
    return _EPOCH + timedelta(microseconds=time)


class Documents:
    """Reading side of a segment's entries."""

    def __init__(self, file: ArrayFile) -> None:
        self.file = file
        self.count, self.fingerprint = file.fact("count", int), file.fact("fingerprint", str)
        self.time: npt.NDArray[np.int64] = file["time"]
        self.base: npt.NDArray[np.uint32] = file["base"]
        self.headline: npt.NDArray[np.int32] = file["headline"]
        self.stream_codes: npt.NDArray[np.int32] = file["streams"]
        self.agency_ends: npt.NDArray[np.int64] = file["agency_ends"]
        self.agency_codes: npt.NDArray[np.int32] = file["agencies"]
        self.file_codes: npt.NDArray[np.int32] = file["files"]
        self.streams: list[str] = file.fact("streams", list)
        self.agencies: list[str] = file.fact("agencies", list)
        self.files: list[str] = file.fact("files", list)
        self._blocks: OrderedDict[int, list[Any]] = OrderedDict()
        if not (len(self.time) == len(self.headline) == len(self.base) - 1 == self.count):
            raise DamagedIndex(f"{file.path.name} 的列长度不符")

    def lengths(self, stream: str) -> npt.NDArray[np.float32]:
        """Return the weighted length of every entry in a stream: `words`, `unigrams` or `bigrams`."""
        return self.file[f"len_{stream}"]

    def key(self, number: int) -> str:
        """Return the id of an entry."""
        start, end = self.file["key_ends"][number : number + 2].tolist()
        return self.file["key_blob"][start:end].tobytes().decode(errors="replace")

    def find(self, key: str) -> int:
        """Return the number of the entry with this id, or -1."""
        order = self.file["key_order"]
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self.key(int(order[middle])) < key:
                low = middle + 1
            else:
                high = middle
        if low < self.count and self.key(int(order[low])) == key:
            return int(order[low])
        return -1

    def digest(self, number: int) -> str:
        """Return the digest of an entry's content, as 32 hexadecimal digits."""
        return self.file["digests"][16 * number : 16 * number + 16].tobytes().hex()

    def entry(self, number: int) -> Entry:
        """Return a stored entry; raises DamagedIndex when its block cannot be read."""
        try:
            return Entry.from_dict(self.record(number))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DamagedIndex(f"{self.file.path.name} 的第 {number} 条") from error

    def record(self, number: int) -> dict[str, Any]:
        """Return a stored entry as plain JSON values."""
        block = self._block(number // BLOCK)
        try:
            record: dict[str, Any] = block[number % BLOCK]
        except (IndexError, KeyError, TypeError):
            raise DamagedIndex(f"{self.file.path.name} 的第 {number} 条") from None
        return record

    def _block(self, number: int) -> list[Any]:
        block = self._blocks.get(number)
        if block is None:
            start, end = self.file["block_ends"][number : number + 2].tolist()
            try:
                block = json.loads(zlib.decompress(self.file["blocks"][start:end].tobytes()))
            except (zlib.error, ValueError, RecursionError) as error:
                raise DamagedIndex(f"{self.file.path.name} 的第 {number} 块") from error
            self._blocks[number] = block
            if len(self._blocks) > _CACHED_BLOCKS:
                self._blocks.popitem(last=False)
        return block

    def agencies_of(self, code: int) -> npt.NDArray[np.int64]:
        """Return the entries that credit an agency, ascending."""
        places = np.flatnonzero(self.agency_codes == code)
        return np.searchsorted(self.agency_ends, places, side="right") - 1
