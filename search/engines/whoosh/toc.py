"""The table of contents: which segments make up the index, one file for each generation.

The file is Whoosh's own (`_MAIN_<generation>.toc`) and `whoosh.index.open_dir` reads it. Whoosh pickles
schema and segments into it; we read those pickles with an unpickler that admits only the few classes that
belong there, so that opening an index somebody sent runs no code of theirs.

Publishing is one rename: before it readers see the old generation, after it the new one, and at no moment
anything else.
"""

from __future__ import annotations

import io
import os
import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from whoosh import index
from whoosh.filedb.filestore import RamStorage

from search.engines.whoosh.schema import INDEX_NAME, make_schema
from search.engines.whoosh.segment import ArraySegment
from search.errors import DamagedIndex, OtherVersion

__all__ = ["Toc", "clean", "latest_generation", "publish", "read_toc"]

_NAME: Final = re.compile(rf"_{INDEX_NAME}_([0-9]{{1,12}})\.toc\Z")
_OURS: Final = re.compile(
    rf"({INDEX_NAME}_[0-9a-z]+)\.(words|units|pairs|docs)\Z|_{INDEX_NAME}_[0-9]+\.toc(\.new)?\Z"
)
_MAX_TOC: Final = 1 << 28
_ADMITTED: Final = {
    ("whoosh.fields", "Schema"),
    ("whoosh.fields", "STORED"),
    ("whoosh.formats", "Positions"),
    ("whoosh.formats", "Frequency"),
    ("search.engines.whoosh.schema", "TermField"),
    ("search.engines.whoosh.segment", "ArraySegment"),
}


@dataclass(frozen=True, slots=True)
class Toc:
    """One generation of the index."""

    generation: int
    segments: tuple[ArraySegment, ...]


class _Admitting(pickle.Unpickler):
    """Unpickles nothing but the classes of a table of contents, and those as throw-away copies.

    A pickle can also write into what it finds, so it never gets hold of a class that anybody else uses.
    """

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) not in _ADMITTED:
            raise OtherVersion(f"{module}.{name}", "Xunwen")
        return type(name, (super().find_class(module, name),), {})


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
    path = folder / f"_{INDEX_NAME}_{generation}.toc"
    if path.stat().st_size > _MAX_TOC:
        raise DamagedIndex(f"{path.name} 过大")
    try:
        return _parse(path.read_bytes(), generation)
    except (DamagedIndex, OtherVersion, OSError):
        raise
    except Exception as error:  # whatever bytes may do to the parser, the file is not one of ours
        raise DamagedIndex(f"{path.name} 无法解读") from error


def _parse(content: bytes, generation: int) -> Toc:
    storage = RamStorage()
    with storage.create_file("toc") as file:
        file.write(content)
    stream = storage.open_file("toc")
    for _ in range(3):
        stream.read_varint()
    if stream.read_int() != -12345:
        raise DamagedIndex("字节顺序不符")
    version = stream.read_int()
    if version != index._CURRENT_TOC_VERSION:
        raise OtherVersion(version, index._CURRENT_TOC_VERSION)
    for _ in range(3):
        stream.read_varint()
    _Admitting(io.BytesIO(stream.read_string())).load()
    if stream.read_int() != generation:
        raise DamagedIndex("代号与文件名不符")
    stream.read_int()
    segments = _Admitting(io.BytesIO(content[stream.tell() :])).load()
    toc = Toc(generation, tuple(ArraySegment.restored(vars(segment)) for segment in segments))
    if len({segment.segid for segment in toc.segments}) != len(toc.segments):
        raise DamagedIndex("目录重复列出同一段")
    return toc


def publish(folder: Path, segments: Sequence[ArraySegment], generation: int) -> None:
    """Make these segments the index. The rename is the indivisible step. Raises OSError."""
    storage = RamStorage()
    toc = index.TOC(make_schema(), list(segments), generation)
    toc.write(storage, INDEX_NAME)
    name = index.TOC._filename(INDEX_NAME, generation)
    fresh = folder / f"{name}.new"
    with fresh.open("wb") as file:
        file.write(storage.files[name])
        file.flush()
        os.fsync(file.fileno())
    # Segment files must be on the disk under their names before a table of contents names them.
    sync_folder(folder)
    fresh.replace(folder / name)
    sync_folder(folder)


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
    names = {segment.segment_id() for segment in keep.segments} if keep else set()
    for path in folder.iterdir():
        match = _OURS.match(path.name)
        if match is None or match[1] in names or path.name == f"_{INDEX_NAME}_{generation}.toc":
            continue
        try:
            path.unlink()
        except OSError:
            continue
