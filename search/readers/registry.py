"""The table of formats, and the search for data files.

A new format only needs an entry in the table. For any bytes, a reader yields records and problems or raises
UnreadableFile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from search.errors import Problem, UnreadableFile
from search.language.message import Message, reason_of
from search.readers.base import Item, Record, Source
from search.readers.formats import feed, jsonlines, markdown, table, text
from search.readers.problems import bounded

__all__ = ["FORMATS", "MAX_DEPTH", "data_files", "read"]

#: The reader of each extension; each may be followed by .gz.
FORMATS: Mapping[str, Callable[[Source], Iterator[Item]]] = {
    ".txt": text.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".jsonl": jsonlines.read,
    ".ndjson": jsonlines.read,
    ".json": jsonlines.read_json,
    ".csv": table.read_commas,
    ".tsv": table.read_tabs,
    ".xml": feed.read,
    ".rss": feed.read,
    ".atom": feed.read,
}

#: Readers of records that all have a time; the time of an entry of a feed is optional.
_RECORDS = (jsonlines.read, jsonlines.read_json, table.read_commas, table.read_tabs)

#: Levels of nested folders that are searched.
MAX_DEPTH = 64

#: Settings in `data/`, which are not data files.
_SETTINGS = frozenset(("aliases.txt", "words.txt"))


def data_files(folder: Path) -> list[Path]:
    """List the readable data files below a folder, sorted by name; raises UnreadableFile.

    A folder that cannot be listed raises, so that its files do not count as deleted. A folder that is nested
    too deeply is listed in place of its files.
    """
    paths: list[str] = []
    waiting = [(os.fspath(folder), 0)]
    while waiting:
        parent, depth = waiting.pop()
        for item in _listed(parent):
            if not _is_folder(item):
                # Pipes, devices and broken links are included: reading them reports the problem.
                paths += [item.path] if _is_data(item.name) else []
            elif not item.name.startswith(".") and not item.is_symlink():
                waiting += [(item.path, depth + 1)] if depth < MAX_DEPTH else []
                paths += [item.path] if depth == MAX_DEPTH else []
    return [Path(path) for path in sorted(paths, key=lambda path: path.replace(os.sep, "/"))]


def read(path: Path, *, name: str, zone: ZoneInfo, data: bytes | None = None) -> Iterator[Record | Problem]:
    """Yield the entries and problems of a file, in the order of the file.

    `name` is the path below `data/`: it names the file in problems, and made ids begin with its stem. `data`
    replaces the bytes of the file.
    Raises UnreadableFile, at the first item or later, when the file as a whole cannot be read.
    """
    shown = "".join(sign if sign.isprintable() else "_" for sign in name)
    source = Source(path, shown, zone, data)
    reader = FORMATS.get(_extension(name))
    if reader is None:
        raise source.refuse(
            "不认识这种文件；可用的扩展名：{extensions}，都可再加 .gz", extensions=tuple(FORMATS)
        )
    items = reader(source)
    if reader in _RECORDS:
        items = _with_times(items, source)
    yield from bounded(_with_damage(items, source))


def _with_times(items: Iterator[Item], source: Source) -> Iterator[Item]:
    """Yield the items of a file, and a problem if none of its entries has a time."""
    entries, timed = 0, False
    for item in items:
        if isinstance(item, Record):
            entries += 1
            timed = timed or item.entry.time is not None
        yield item
    if entries and not timed:
        yield source.problem(
            0,
            "全部 {count:,} 条都没有时间，按时间检索不到；"
            "请检查时间一列的名称（时间、发布时间、time、date 等）和写法",
            count=entries,
        )


def _with_damage(items: Iterator[Item], source: Source) -> Iterator[Item]:
    """Yield the items of a file, then the problems of decoding it."""
    yield from items
    yield from source.damage


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as items:
            return list(items)
    except OSError as error:
        _refuse_folder(error)
        return []


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:  # a circular link
        return False


def _extension(name: str) -> str:
    return os.path.splitext(name.lower().removesuffix(".gz"))[1]


def _is_data(name: str) -> bool:
    if name.startswith((".", "README")) or name in _SETTINGS:
        return False
    return _extension(name) in FORMATS


def _refuse_folder(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        reason = reason_of(error)
        raise UnreadableFile(
            Problem(
                str(error.filename), 0, Message("文件夹无法打开（{reason}）；请检查读取权限", reason=reason)
            )
        )
