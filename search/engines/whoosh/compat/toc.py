"""The table of contents: the segments of a generation, in one file for each generation.

The file `_MAIN_<generation>.toc` begins with Whoosh's table of contents, which has a pickled schema and
pickled segments; `whoosh.index.open_dir` reads only this part. Our part follows, the same in JSON. The engine
reads only that, so it never loads a pickle, and a digest covers every byte of the file.

    …        Whoosh's table of contents
    …        the deletions of all segments, one after another
    H        JSON: {"generation": g, "whoosh": n, "segments": [
                 {"segid": …, "count": …, "deletions": n, "mark": …}, …]}
    28       magic b"XWTABLE1", H as u4, BLAKE2b-128 of everything before it

Publishing is one rename: before it readers see the old generation, after it the new one.
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NoReturn

from whoosh import index
from whoosh.filedb.filestore import RamStorage

from search.engines.whoosh.compat.codec import ArraySegment
from search.engines.whoosh.compat.schema import make_schema
from search.engines.whoosh.storage.segment import INDEX_NAME, Segment
from search.errors import DamagedIndex, OtherVersion
from search.regular_file import read_regular

__all__ = ["Toc", "clean", "latest_generation", "publish", "read_toc", "sealed"]

_NAME: Final = re.compile(rf"_{INDEX_NAME}_([0-9]{{1,12}})\.toc\Z")
_OURS: Final = re.compile(
    rf"({INDEX_NAME}_[0-9a-z]+)\.(words|units|pairs|docs)\Z|_{INDEX_NAME}_[0-9]+\.toc(\.new)?\Z"
)
#: Maximum size of a table of contents and of its JSON in bytes; 1 MiB lists about 10,000 segments.
_MAX_BYTES: Final = 1 << 28
_MAX_JSON_BYTES: Final = 1 << 20
_MAGIC: Final = b"XWTABLE1"
_FOOTER: Final = struct.Struct("<8sI16s")


@dataclass(frozen=True, slots=True)
class Toc:
    """One generation of the index."""

    generation: int
    segments: tuple[Segment, ...]


def latest_generation(folder: Path) -> int:
    """Return the newest published generation, or -1 if there is none."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return _newest(tuple(names))


@lru_cache(maxsize=16)
def _newest(names: tuple[str, ...]) -> int:
    """Return the newest generation among file names; cached, as every request calls it."""
    return max((int(match[1]) for name in names if (match := _NAME.match(name))), default=-1)


def read_toc(folder: Path, generation: int) -> Toc:
    """Read one generation; raises DamagedIndex, OtherVersion or OSError."""
    path = folder / index.TOC._filename(INDEX_NAME, generation)
    content = read_regular(path, _MAX_BYTES)
    try:
        return _parse(content, generation)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedIndex("{file} 无法解读", file=path.name) from error


def _parse(content: bytes, generation: int) -> Toc:
    if len(content) < _FOOTER.size:
        raise DamagedIndex("目录不完整")
    footer = len(content) - _FOOTER.size
    magic, length, digest = _FOOTER.unpack_from(content, footer)
    if magic != _MAGIC:
        _refuse_other(content, magic)
    if length > min(_MAX_JSON_BYTES, footer) or digest != _digest(memoryview(content)[:-16]):
        raise DamagedIndex("目录的校验和不符")
    facts = json.loads(content[footer - length : footer])
    if facts["generation"] != generation:
        raise DamagedIndex("代号与文件名不符")
    segments = _segments(facts["segments"], content[: footer - length], facts["whoosh"])
    if len({segment.id for segment in segments}) != len(segments):
        raise DamagedIndex("目录重复列出同一段")
    return Toc(generation, segments)


def _refuse_other(content: bytes, magic: bytes) -> NoReturn:
    """Raise OtherVersion for a table of another program or version, DamagedIndex for other content."""
    if magic[:7] == _MAGIC[:7]:
        raise OtherVersion(ascii(magic[7:].decode("latin-1")), _MAGIC[7:].decode())
    if content.endswith(b"."):  # the end of every complete pickle
        raise OtherVersion("Whoosh", "Xunwen")
    raise DamagedIndex("目录不完整")


def _segments(records: Sequence[Mapping[str, Any]], content: bytes, start: int) -> tuple[Segment, ...]:
    """Return the segments of these records; their deletions follow one another from `start` to the end."""
    segments = []
    for record in records:
        end = start + record["deletions"]
        if not 0 <= start <= end:
            raise ValueError(start)
        segments.append(Segment.from_fields({**record, "deletions": content[start:end]}))
        start = end
    if start != len(content):
        raise ValueError(start)
    return tuple(segments)


def publish(folder: Path, segments: Sequence[Segment], generation: int) -> None:
    """Publish these segments; the rename is the atomic step. Raises OSError."""
    storage = RamStorage()
    toc = index.TOC(make_schema(), list(map(ArraySegment, segments)), generation)
    toc.write(storage, INDEX_NAME)
    name = index.TOC._filename(INDEX_NAME, generation)
    new = folder / f"{name}.new"
    with new.open("wb") as file:
        file.write(sealed(storage.files[name], segments, generation))
        file.flush()
        os.fsync(file.fileno())
    # The names of the segment files must be on the disk before a table of contents lists them.
    sync_folder(folder)
    new.replace(folder / name)
    sync_folder(folder)


def sealed(whoosh: bytes, segments: Sequence[Segment], generation: int) -> bytes:
    """Return a table of contents: Whoosh's part, and after it ours."""
    records = [
        {"segid": seg.id, "count": seg.count, "deletions": len(seg.deletions), "mark": seg.mark}
        for seg in segments
    ]
    facts = json.dumps({"generation": generation, "whoosh": len(whoosh), "segments": records}, sort_keys=True)
    deletions = b"".join(segment.deletions for segment in segments)
    body = whoosh + deletions + facts.encode() + _FOOTER.pack(_MAGIC, len(facts), bytes(16))[:-16]
    return body + _digest(body)


def _digest(content: bytes | memoryview) -> bytes:
    return blake2b(content, digest_size=16).digest()


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, if the system supports it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    with suppress(OSError):
        os.fsync(handle)
    os.close(handle)


def clean(folder: Path, keep: Toc | None) -> None:
    """Delete our files that belong to no segment of `keep`; a file in use stays until the next time."""
    generation = keep.generation if keep else -1
    stems = {segment.file_stem for segment in keep.segments} if keep else set()
    for path in folder.iterdir():
        match = _OURS.match(path.name)
        if match is None or match[1] in stems or path.name == f"_{INDEX_NAME}_{generation}.toc":
            continue
        with suppress(OSError):
            path.unlink()
