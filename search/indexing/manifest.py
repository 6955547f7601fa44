"""The manifest: the data files that the index was built from, so that unchanged ones need not be parsed.

It is a cache. It names the state of the index that it describes. If that is not the published one (after a
kill between publishing and writing the manifest, or with a copied index), or a byte of the manifest has
changed, every file is parsed again and compared entry by entry. Losing it costs time, never entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from search.checksummed import read_checksummed, write_checksummed
from search.errors import Problem, UnreadableFile
from search.home import MANIFEST_NAME
from search.language.message import Message
from search.readers.files import MAX_DEPTH
from search.regular_file import describe_failure, read_chunks

__all__ = ["FileFingerprint", "FileRecord", "Manifest", "fingerprint_file"]

#: Raise whenever readers make other entries from the same file.
READERS_VERSION: Final = 3
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileFingerprint:
    """The digest of the bytes of a data file, and their number of lines."""

    digest: str
    lines: int


@dataclass(frozen=True, slots=True)
class FileRecord:
    """An indexed data file: its digest, its number of entries, and its problems.

    `shadowed`: another file has the id of one of its entries.
    """

    digest: str
    entries: int
    problems: tuple[Problem, ...] = ()
    shadowed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return {
            "digest": self.digest,
            "entries": self.entries,
            "problems": [[problem.line, problem.message.packed()] for problem in self.problems],
            "shadowed": self.shadowed,
        }

    @classmethod
    def from_dict(cls, name: str, fields: dict[str, Any]) -> FileRecord:
        """Rebuild a record; raises KeyError, TypeError or ValueError."""
        problems = tuple(
            Problem(name, int(line), Message.unpacked(text)) for line, text in fields["problems"]
        )
        return cls(str(fields["digest"]), int(fields["entries"]), problems, bool(fields["shadowed"]))


@dataclass(frozen=True, slots=True)
class Manifest:
    """The data files of one generation; `basis` is everything else on which entries depend.

    `state` is the `Engine.state_id`, which distinguishes generations of the same number.
    """

    generation: int
    basis: str
    files: dict[str, FileRecord] = field(default_factory=dict)
    state: str = ""

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """Return the manifest of an index folder, or None if it is missing or damaged."""
        try:
            content = read_checksummed(folder / MANIFEST_NAME)
            files = {name: FileRecord.from_dict(name, row) for name, row in content["files"].items()}
            return cls(int(content["generation"]), str(content["basis"]), files, str(content["state"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return None

    def write(self, folder: Path) -> None:
        """Replace the manifest in one step; raises OSError."""
        content = {
            "generation": self.generation,
            "state": self.state,
            "basis": self.basis,
            "files": {name: record.as_dict() for name, record in sorted(self.files.items())},
        }
        write_checksummed(folder / MANIFEST_NAME, content, indent=1)


def fingerprint_file(path: Path, name: str) -> FileFingerprint:
    """Read a file once and return its fingerprint; raises UnreadableFile."""
    digest, lines = blake2b(digest_size=16), 0
    try:
        for chunk in read_chunks(path, _CHUNK_BYTES):
            digest.update(chunk)
            lines += chunk.count(b"\n")
    except (OSError, ValueError) as error:
        too_deep = Message("文件夹嵌套超过 {max} 层；请移到浅处", max=MAX_DEPTH)
        reason = too_deep if path.is_dir() else describe_failure(error)
        raise UnreadableFile(
            Problem(name, 0, Message("{reason}，其余文件不受影响", reason=reason))
        ) from error
    return FileFingerprint(digest.hexdigest(), lines + 1)
