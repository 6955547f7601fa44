"""What Whoosh's table of contents keeps of one of our segments.

It is pickled into that table, so it holds nothing but short strings, numbers and bytes, and everything is
checked again when it comes back.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.codec import base

from search.engines.whoosh.compat.schema import INDEX_NAME
from search.errors import DamagedIndex

__all__ = ["ArraySegment"]

_SEGMENT_ID = re.compile(r"[0-9a-z]{1,64}\Z")
_MARK = re.compile(r"[0-9a-f]{32}\Z")
_MAX_COUNT = 1 << 31


class ArraySegment(base.Segment):
    """Name, size and removed entries of a segment; `mark` is random and stands in each of its files, too."""

    def __init__(self, indexname: str, count: int, deletions: bytes = b"", mark: str = "") -> None:
        super().__init__(indexname)  # type: ignore[no-untyped-call]
        self.count = count
        self.deletions = deletions
        self.mark = mark or secrets.token_hex(16)

    @classmethod
    def restored(cls, fields: Mapping[str, Any]) -> ArraySegment:
        """Return the segment that was kept as these fields; raises DamagedIndex when we never wrote such."""
        sound = (
            set(fields) == {"indexname", "segid", "compound", "count", "deletions", "mark"}
            and fields["indexname"] == INDEX_NAME
            and type(fields["segid"]) is str
            and _SEGMENT_ID.match(fields["segid"]) is not None
            and type(fields["count"]) is int
            and 0 <= fields["count"] < _MAX_COUNT
            and type(fields["deletions"]) is bytes
            and type(fields["mark"]) is str
            and _MARK.match(fields["mark"]) is not None
        )
        if not sound:
            raise DamagedIndex("索引目录的内容不合规格")
        segment = cls(INDEX_NAME, fields["count"], fields["deletions"], fields["mark"])
        segment.segid = fields["segid"]
        return segment

    def deleted_array(self) -> npt.NDArray[np.int64]:
        """Return the numbers of the removed entries, ascending."""
        if not self.deletions:
            return np.empty(0, dtype=np.int64)
        size = (self.count + 7) // 8
        try:
            packed = zlib.decompressobj().decompress(self.deletions, size + 1)
        except zlib.error as error:
            raise DamagedIndex("删除位图无法解读") from error
        if len(packed) != size:
            raise DamagedIndex("删除位图长度不符")
        return np.flatnonzero(np.unpackbits(np.frombuffer(packed, np.uint8), count=self.count))

    def without(self, numbers: npt.NDArray[np.int64]) -> ArraySegment:
        """Return the same segment with these entries removed too; its files stay as they are."""
        bits = np.zeros(self.count, dtype=np.uint8)
        bits[self.deleted_array()] = 1
        bits[numbers] = 1
        packed = zlib.compress(np.packbits(bits).tobytes())
        other = ArraySegment(self.indexname, self.count, packed, self.mark)
        other.segid = self.segid
        return other

    @property
    def live_count(self) -> int:
        """How many entries are still there."""
        return self.count - len(self.deleted_array())

    # What Whoosh asks of a segment.

    def segment_id(self) -> str:
        """Return what the names of the segment's files begin with."""
        return f"{self.indexname}_{self.segid}"

    def codec(self) -> Any:
        """Return the codec that reads this segment for Whoosh."""
        from search.engines.whoosh.compat.codec import ArrayCodec

        return ArrayCodec()

    def doc_count_all(self) -> int:
        """Return how many entries the segment holds, removed ones included."""
        return self.count

    def deleted_count(self) -> int:
        """Return how many entries were removed."""
        return len(self.deleted_array())

    def deleted_docs(self) -> Iterator[int]:
        """Yield the numbers of the removed entries."""
        return iter(self.deleted_array().tolist())

    def is_deleted(self, docnum: int) -> bool:
        """Return whether an entry was removed."""
        return docnum in self.deleted_array()

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Refuse: an index is changed through `xunwen reindex` only."""
        raise NotImplementedError("这个索引只由 xunwen reindex 修改")
