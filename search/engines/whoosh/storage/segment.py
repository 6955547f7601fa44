"""A segment as listed in the table of contents: id, size and deleted documents."""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from search.errors import DamagedIndex

__all__ = ["INDEX_NAME", "Segment"]

#: Whoosh's default index name, with which all file names begin.
INDEX_NAME: Final = "MAIN"
_ID: Final = re.compile(r"[0-9a-z]{1,64}\Z")
_MARK: Final = re.compile(r"[0-9a-f]{32}\Z")
#: Documents of a segment are fewer than this.
_MAX_COUNT: Final = 1 << 31


def _new_id() -> str:
    return secrets.token_hex(8)


def _new_mark() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Segment:
    """Id, number of documents and deleted documents of a segment.

    `deletions` is a zlib-compressed bitmap, empty if no document was deleted. `mark` is random and is also in
    the metadata of each file of the segment.
    """

    count: int
    id: str = field(default_factory=_new_id)
    deletions: bytes = b""
    mark: str = field(default_factory=_new_mark)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Segment:
        """Return the segment of a record of a table of contents; raises DamagedIndex."""
        valid = (
            set(fields) == {"segid", "count", "deletions", "mark"}
            and _is_text(fields["segid"], _ID)
            and type(fields["count"]) is int
            and 0 <= fields["count"] < _MAX_COUNT
            and type(fields["deletions"]) is bytes
            and _is_text(fields["mark"], _MARK)
        )
        if not valid:
            raise DamagedIndex("索引目录的内容不合规格")
        return cls(fields["count"], fields["segid"], fields["deletions"], fields["mark"])

    @property
    def file_stem(self) -> str:
        """The stem of the names of the segment's files."""
        return f"{INDEX_NAME}_{self.id}"

    @property
    def deleted_count(self) -> int:
        """The number of deleted documents."""
        return len(self.deleted_docs())

    @property
    def live_count(self) -> int:
        """The number of documents that were not deleted."""
        return self.count - self.deleted_count

    def deleted_docs(self) -> npt.NDArray[np.int64]:
        """Return the deleted documents, ascending; raises DamagedIndex."""
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

    def without(self, docs: npt.NDArray[np.int64]) -> Segment:
        """Return the segment with these documents deleted as well; its files stay as they are."""
        bits = np.zeros(self.count, dtype=np.uint8)
        bits[self.deleted_docs()] = 1
        bits[docs] = 1
        return replace(self, deletions=zlib.compress(np.packbits(bits).tobytes()))


def _is_text(value: object, pattern: re.Pattern[str]) -> bool:
    return type(value) is str and pattern.match(value) is not None
