"""Find the unchanged lines of a changed JSON-lines file.

A live stream is one growing file; parsing all of it for each new entry would take seconds at a hundred
thousand entries. The index keeps a hash of the line of every entry, so that known lines need not be parsed:
they are blanked, which keeps the line numbers of the others.

The outcome equals that of reading the whole file. If that is uncertain (an id occurs twice, other line ends,
another encoding), the whole file is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from search.regular_file import read_regular

__all__ = ["Lines", "read_lines"]

#: Larger files, in bytes or lines, are streamed and parsed as a whole.
_MAX_BYTES: Final = 128 << 20
_MAX_LINES: Final = 2_000_000
_FORMATS: Final = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one file and their hashes; 0 is not a hash and means "unknown"."""

    lines: list[bytes]
    hashes: list[int]

    def hash_of(self, line_number: int, own_id: bool) -> int:
        """Return the hash of the line (counted from 1) of an entry; 0 if its id was made.

        A made id depends on the other entries of its minute, so the line alone does not determine the entry.
        """
        return self.hashes[line_number - 1] if own_id and 0 < line_number <= len(self.hashes) else 0

    def known(self, ids: Mapping[int, str]) -> dict[int, str]:
        """Return the ids of the indexed lines by hash; none if a line occurs twice."""
        known = {key: ids[key] for key in self.hashes if key in ids}
        repeated = len(known) != sum(1 for key in self.hashes if key in known)
        return {} if repeated else known

    def without(self, known: Mapping[int, str]) -> bytes:
        """Return the bytes of the file with the known lines blank."""
        pairs = zip(self.lines, self.hashes, strict=True)
        return b"\n".join(b"" if key in known else line for line, key in pairs)


def read_lines(path: Path) -> Lines | None:
    """Return the lines of a file, or None if it must be read as a whole."""
    if not path.name.lower().endswith(_FORMATS):
        return None
    try:
        data = read_regular(path, _MAX_BYTES)
        data.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if b"\0" in data:  # perhaps UTF-16
        return None
    if data.count(b"\n") > _MAX_LINES or data.count(b"\r") != data.count(b"\r\n"):
        return None
    lines = data.split(b"\n")
    return Lines(lines, [_hash(line) for line in lines])


def _hash(line: bytes) -> int:
    return int.from_bytes(blake2b(line, digest_size=8).digest(), "little", signed=True) or 1
