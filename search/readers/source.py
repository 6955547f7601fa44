"""One data file to read, and what reading it found out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from search.entry import MAX_ID
from search.errors import Problem, UnreadableFile
from search.language.message import Message

__all__ = ["FileFacts", "Source", "short_hash"]

#: Longest stem of ids and streams, in characters; an id has a suffix of at most 40 more.
_MAX_STEM = MAX_ID - 40


@dataclass(slots=True)
class FileFacts:
    """What reading a file found out about it: its encoding, and its names of columns or keys.

    `columns` gives the field of each name that is used, `unused` has the others. `own_export` tells that
    Xunwen exported the file, so that its values are taken as they are.
    """

    own_export: bool = False
    encoding: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One data file: its path, its name below `data/`, and the zone of its times.

    `data` replaces the bytes of the file. `damage` collects the problems of decoding, `facts` what is found
    out while reading.
    """

    path: Path
    name: str
    zone: ZoneInfo
    data: bytes | None = None
    damage: list[Problem] = field(default_factory=list, compare=False)
    facts: FileFacts = field(default_factory=FileFacts, compare=False)

    @property
    def packed(self) -> bool:
        """Whether the file is compressed by gzip."""
        return self.path.name.lower().endswith(".gz")

    @property
    def stem(self) -> str:
        """The name without its extension: the default stream, and the first part of made ids.

        >>> Source(Path("x"), "sub/2022-01-06-kazakhstan.txt.gz", ZoneInfo("UTC")).stem
        'sub/2022-01-06-kazakhstan'
        """
        name = re.sub(r"(?<=[^/])\.gz$", "", self.name, flags=re.IGNORECASE)
        stem = re.sub(r"(?<=[^/])\.[^./]+$", "", name)
        return stem if len(stem) <= _MAX_STEM else f"{stem[: _MAX_STEM - 9]}~{short_hash(stem)[:8]}"

    def problem(self, line: int, template: str, /, **args: object) -> Problem:
        """Return a problem of this file; line 0 is the file as a whole."""
        return Problem(self.name, line, Message(template, **args))

    def refuse(self, template: str, line: int = 0, /, **args: object) -> UnreadableFile:
        """Return the error that refuses this file."""
        return UnreadableFile(self.problem(line, template, **args))


def short_hash(*texts: str) -> str:
    """Return a hash of these texts, in twelve hexadecimal digits."""
    packed = "\n".join(texts).encode("utf-8", "surrogatepass")
    return blake2b(packed, digest_size=6).hexdigest()
