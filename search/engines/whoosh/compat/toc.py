"""The table of contents: which segments make up the index, one file for each generation.

The file is Whoosh's own (`_MAIN_<generation>.toc`) with a part of ours behind it. Whoosh pickles schema and
segments into its part, and `whoosh.index.open_dir` reads that and nothing further. We read only our part,
which says the same in JSON: no pickle is ever loaded, and a digest covers every byte of the file.

    …        Whoosh's table of contents
    …        the deletions of all segments, one after another
    H        JSON: {"generation": g, "whoosh": n, "segments": [{"segid": …, "count": …, "deletions": n}]}
    28       magic b"XWTABLE1", H as u4, BLAKE2b-128 of everything before it

Publishing is one rename: before it readers see the old generation, after it the new one, and at no moment
anything else.
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Mapping, Sequence
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
#: Largest table that is read, and most of it that is parsed: 1 MiB of JSON lists some 10,000 segments.
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
    """Return the newest published generation, or -1 where there is none."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return _newest(tuple(names))


@lru_cache(maxsize=16)
def _newest(names: tuple[str, ...]) -> int:
    """Return the newest generation among names; asked at every question, and most often of the same."""
    return max((int(match[1]) for name in names if (match := _NAME.match(name))), default=-1)


def read_toc(folder: Path, generation: int) -> Toc:
    """Read one generation; raises DamagedIndex, OtherVersion or OSError."""
    path = folder / index.TOC._filename(INDEX_NAME, generation)
    content = read_regular(path, _MAX_BYTES)
    try:
        return _parse(content, generation)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedIndex(f"{path.name} 无法解读") from error


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
    segments = _restored(facts["segments"], content[: footer - length], facts["whoosh"])
    if len({segment.id for segment in segments}) != len(segments):
        raise DamagedIndex("目录重复列出同一段")
    return Toc(generation, segments)


def _refuse_other(content: bytes, magic: bytes) -> NoReturn:
    """Tell a table that another program or version finished from a damaged one of ours."""
    if magic[:7] == _MAGIC[:7]:
        raise OtherVersion(ascii(magic[7:].decode("latin-1")), _MAGIC[7:].decode())
    if content.endswith(b"."):  # as every whole pickle does
        raise OtherVersion("Whoosh", "Xunwen")
    raise DamagedIndex("目录不完整")


def _restored(rows: Sequence[Mapping[str, Any]], content: bytes, start: int) -> tuple[Segment, ...]:
    """Return the segments of these rows; their deletions lie one after another from `start` to the end."""
    segments = []
    for row in rows:
        end = start + row["deletions"]
        if not 0 <= start <= end:
            raise ValueError(start)
        segments.append(Segment.from_fields({**row, "deletions": content[start:end]}))
        start = end
    if start != len(content):
        raise ValueError(start)
    return tuple(segments)


def publish(folder: Path, segments: Sequence[Segment], generation: int) -> None:
    """Make these segments the index. The rename is the indivisible step. Raises OSError."""
    storage = RamStorage()
    toc = index.TOC(make_schema(), list(map(ArraySegment, segments)), generation)
    toc.write(storage, INDEX_NAME)
    name = index.TOC._filename(INDEX_NAME, generation)
    fresh = folder / f"{name}.new"
    with fresh.open("wb") as file:
        file.write(sealed(storage.files[name], segments, generation))
        file.flush()
        os.fsync(file.fileno())
    # Segment files must be on the disk under their names before a table of contents names them.
    sync_folder(folder)
    fresh.replace(folder / name)
    sync_folder(folder)


def sealed(whoosh: bytes, segments: Sequence[Segment], generation: int) -> bytes:
    """Return a table of contents: the part that Whoosh reads, and behind it ours."""
    records = [
        {"segid": one.id, "count": one.count, "deletions": len(one.deletions), "mark": one.mark}
        for one in segments
    ]
    facts = json.dumps({"generation": generation, "whoosh": len(whoosh), "segments": records}, sort_keys=True)
    removed = b"".join(segment.deletions for segment in segments)
    body = whoosh + removed + facts.encode() + _FOOTER.pack(_MAGIC, len(facts), bytes(16))[:-16]
    return body + _digest(body)


def _digest(content: bytes | memoryview) -> bytes:
    return blake2b(content, digest_size=16).digest()


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def clean(folder: Path, keep: Toc | None) -> None:
    """Delete our files that belong to no segment of `keep`; a file in use elsewhere stays until next time."""
    generation = keep.generation if keep else -1
    names = {segment.file_stem for segment in keep.segments} if keep else set()
    for path in folder.iterdir():
        match = _OURS.match(path.name)
        if match is None or match[1] in names or path.name == f"_{INDEX_NAME}_{generation}.toc":
            continue
        try:
            path.unlink()
        except OSError:
            continue
