"""The table of formats: which reader takes which file, and where files are looked for.

The table is all that has to change for a new format. Whatever the bytes are, a reader yields records and
problems or raises UnreadableFile, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from search.errors import Problem, UnreadableFile
from search.readers import feed, jsonlines, liveblog, table
from search.readers.base import Item, Record, Source

__all__ = ["FORMATS", "data_files", "read"]

#: What reads which extension; each may be followed by .gz.
FORMATS: Mapping[str, Callable[[Source], Iterator[Item]]] = {
    ".txt": liveblog.read,
    ".jsonl": jsonlines.read,
    ".ndjson": jsonlines.read,
    ".json": jsonlines.read_json,
    ".csv": table.read_commas,
    ".tsv": table.read_tabs,
    ".xml": feed.read,
    ".rss": feed.read,
    ".atom": feed.read,
}

#: Settings that lie beside the data and are not data.
_SETTINGS = frozenset(("aliases.txt", "words.txt"))


def data_files(folder: Path) -> list[Path]:
    """List the readable data files below a folder, sorted by name; raises UnreadableFile.

    A folder that is there but cannot be looked into raises, so that nobody takes its files for deleted.
    """
    found = []
    for place, folders, names in os.walk(folder, onerror=_refuse_folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if _is_data(name)]
    # Pipes and devices would block; a link to nowhere is kept, so that reading it tells the problem.
    files = (path for path in found if os.path.isfile(path) or not os.path.exists(path))
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def read(path: Path, *, name: str, zone: ZoneInfo, data: bytes | None = None) -> Iterator[Record | Problem]:
    """Yield the entries of a file and what is wrong with it, in the order of the file.

    `name` is the path below `data/`: it names the file in problems, and its stem begins the made ids. `data`
    stands in for the bytes of the file.
    Raises UnreadableFile, at the first item or later, when the file as a whole cannot be read.
    """
    shown = "".join(sign if sign.isprintable() else "_" for sign in name)
    source = Source(path, shown, zone, data)
    reader = FORMATS.get(_extension(name))
    if reader is None:
        raise source.refuse(f"不认识这种文件；可用的扩展名：{'、'.join(FORMATS)}，都可再加 .gz")
    yield from reader(source)


def _extension(name: str) -> str:
    return os.path.splitext(name.lower().removesuffix(".gz"))[1]


def _is_data(name: str) -> bool:
    if name.startswith((".", "README")) or name in _SETTINGS:
        return False
    return _extension(name) in FORMATS


def _refuse_folder(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        reason = error.strerror or "未知原因"
        raise UnreadableFile(Problem(str(error.filename), 0, f"文件夹无法打开（{reason}）；请检查读取权限"))
