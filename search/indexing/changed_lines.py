"""Rereading: which lines of a changed JSON-lines file are as they were when it was indexed.

A live stream is one file that grows; reading all of it again for each new entry would cost seconds at a
hundred thousand entries. The index keeps a hash of the line that every entry came from, so lines that it
knows need not be parsed: they are blanked out, which keeps the numbers of all others.

Promise: the outcome is that of reading the whole file. Where that cannot be told from the lines alone (an id
that comes up twice, other line ends, another encoding), the whole file is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from search.regular_file import read_regular

__all__ = ["Lines", "read_lines"]

#: A larger file is read whole, a line at a time, rather than held in memory.
_MAX_SIZE: Final = 128 << 20
_MAX_LINES: Final = 2_000_000
_FORMATS: Final = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one file and their hashes; a hash is never 0, which stands for "not known"."""

    lines: list[bytes]
    hashes: list[int]

    def hash_of(self, number: int, entry_id: str) -> int:
        """Return the hash of the line (counted from 1) that an entry came from; 0 where its id was made.

        A made id depends on the other entries of its minute, so such a line does not tell its entry alone.
        """
        if not 0 < number <= len(self.lines):
            return 0
        line = self.lines[number - 1]
        return self.hashes[number - 1] if b'"id"' in line and entry_id.encode() in line else 0

    def known(self, ids: Mapping[int, str]) -> dict[int, str]:
        """Return the ids of the lines that are in the index, by hash; none where a line stands twice."""
        found = {one: ids[one] for one in self.hashes if one in ids}
        repeated = len(found) != sum(1 for one in self.hashes if one in found)
        return {} if repeated else found

    def without(self, known: Mapping[int, str]) -> bytes:
        """Return the file with the known lines blank."""
        pairs = zip(self.lines, self.hashes, strict=True)
        return b"\n".join(b"" if one in known else line for line, one in pairs)


def read_lines(path: Path) -> Lines | None:
    """Return the lines of a file, or None where reading the whole file is the only safe way."""
    if not path.name.lower().endswith(_FORMATS):
        return None
    try:
        data = read_regular(path, _MAX_SIZE)
        data.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if data.count(b"\n") > _MAX_LINES or data.count(b"\r") != data.count(b"\r\n"):
        return None
    lines = data.split(b"\n")
    return Lines(lines, [_hash(line) for line in lines])


def _hash(line: bytes) -> int:
    return int.from_bytes(blake2b(line, digest_size=8).digest(), "little", signed=True) or 1
