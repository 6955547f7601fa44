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
from search.readers.base import Item, Record, Source, few_problems
from search.readers.formats import feed, jsonlines, liveblog, table

__all__ = ["FORMATS", "MAX_DEPTH", "data_files", "read"]

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

#: How deep folders are looked into.
MAX_DEPTH = 64

#: Settings that lie beside the data and are not data.
_SETTINGS = frozenset(("aliases.txt", "words.txt"))


def data_files(folder: Path) -> list[Path]:
    """List the readable data files below a folder, sorted by name; raises UnreadableFile.

    A folder that is there but cannot be looked into raises, so that nobody takes its files for deleted.
    One that lies too deep stands for its files.
    """
    found: list[str] = []
    waiting = [(os.fspath(folder), 0)]
    while waiting:
        place, depth = waiting.pop()
        for item in _listed(place):
            if not _is_folder(item):
                # Pipes, devices and links to nowhere are among them, so that reading them tells the problem.
                found += [item.path] if _is_data(item.name) else []
            elif not item.name.startswith(".") and not item.is_symlink():
                waiting += [(item.path, depth + 1)] if depth < MAX_DEPTH else []
                found += [item.path] if depth == MAX_DEPTH else []
    return [Path(path) for path in sorted(found, key=lambda path: path.replace(os.sep, "/"))]


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
    yield from few_problems(reader(source))


def _listed(place: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as items:
            return list(items)
    except OSError as error:
        _refuse_folder(error)
        return []


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:  # a link in a circle
        return False


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
