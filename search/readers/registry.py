"""The table of formats.

A new format only needs an entry in the table. For any bytes, a reader yields records and problems or raises
UnreadableFile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from search.errors import Problem
from search.readers.base import Item, Record
from search.readers.formats import feed, jsonlines, markdown, table, text
from search.readers.problems import bounded
from search.readers.source import Source

__all__ = ["FORMATS", "extension_of", "open_source", "read", "read_source"]

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


def read(path: Path, *, name: str, zone: ZoneInfo, data: bytes | None = None) -> Iterator[Record | Problem]:
    """Yield the entries and problems of a file, in the order of the file.

    `name` is the path below `data/`: it names the file in problems, and made ids begin with its stem. `data`
    replaces the bytes of the file.
    Raises UnreadableFile, at the first item or later, when the file as a whole cannot be read.
    """
    return read_source(open_source(path, name, zone, data))


def open_source(path: Path, name: str, zone: ZoneInfo, data: bytes | None = None) -> Source:
    """Return a data file to read; nothing is opened yet."""
    return Source(path, "".join(sign if sign.isprintable() else "_" for sign in name), zone, data)


def read_source(source: Source) -> Iterator[Record | Problem]:
    """Yield the entries and problems of a data file; see `read`."""
    reader = FORMATS.get(extension_of(source.name))
    if reader is None:
        raise source.refuse(
            "不认识这种文件；可用的扩展名：{extensions}，都可再加 .gz", extensions=tuple(FORMATS)
        )
    items = reader(source)
    if reader in _RECORDS:
        items = _with_times(items, source)
    yield from bounded(_or_empty(_with_damage(items, source), source))


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


def _or_empty(items: Iterator[Item], source: Source) -> Iterator[Item]:
    """Yield the items of a file, or a problem if there are none; an export may be empty."""
    none = True
    for item in items:
        none = False
        yield item
    if none and not source.facts.own_export:
        yield source.problem(0, "文件里没有条目")


def _with_damage(items: Iterator[Item], source: Source) -> Iterator[Item]:
    """Yield the items of a file, then the problems of decoding it."""
    yield from items
    yield from source.damage


def extension_of(name: str) -> str:
    """Return the extension of a file in lower case, without that of its compression."""
    return os.path.splitext(name.lower().removesuffix(".gz"))[1]
