"""What a reindex would read, file by file; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final

from search.errors import DataError, Problem, UnreadableFile
from search.home import Home
from search.indexing.same_ids import renamed, taken
from search.jsonable import JsonObject
from search.language.message import Message
from search.readers.base import Record
from search.readers.files import list_files
from search.readers.problems import condensed
from search.readers.registry import extension_of, open_source, read_source
from search.readers.source import Source
from search.settings.words import read_words

__all__ = ["FilePreview", "Preview", "preview"]

_TEXT, _TABLE, _FEED = Message("文字"), Message("表格"), Message("RSS 或 Atom")
#: The format of each extension.
_FORMATS: Final[Mapping[str, str]] = {
    ".txt": _TEXT,
    ".md": "Markdown",
    ".markdown": "Markdown",
    ".csv": _TABLE,
    ".tsv": _TABLE,
    ".xml": _FEED,
    ".rss": _FEED,
    ".atom": _FEED,
}


@dataclass(slots=True)
class FilePreview(JsonObject):
    """What a file gives: its entries, their first and last time, and the problems.

    `columns` gives the field of each name of a column or key that is used, `unused` has the others.
    """

    JSON_KEYS: ClassVar = {
        **{key: key for key in ("file", "format", "encoding", "columns", "unused", "entries")},
        "from": "first",
        "to": "last",
        "problems": "problems",
        "unreadable": "unreadable",
    }

    file: str
    format: str
    encoding: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    entries: int = 0
    first: datetime | None = None
    last: datetime | None = None
    problems: tuple[Problem, ...] = ()
    unreadable: bool = False

    def take(self, record: Record) -> None:
        """Count an entry."""
        self.entries += 1
        time = record.entry.time
        if time is not None:
            self.first = min(time, self.first or time)
            self.last = max(time, self.last or time)


@dataclass(frozen=True, slots=True)
class Preview(JsonObject):
    """All files of `data/` in the order of their names, and the problems that belong to none of them."""

    JSON_KEYS: ClassVar = ("files", "problems")

    files: tuple[FilePreview, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def entries(self) -> int:
        """The number of entries of all files."""
        return sum(one.entries for one in self.files)

    @property
    def unreadable(self) -> int:
        """The number of files that cannot be read."""
        return sum(one.unreadable for one in self.files)


def preview(home: Home) -> Preview:
    """Read all data files of a home as a reindex would; raises DataError without `data/`."""
    if not home.data.is_dir():
        raise DataError(
            "{folder} 不存在；请新建这个文件夹并放入数据文件，或用 --home 指定另一处", folder=home.data
        )
    listed, owners = list_files(home.data), dict[str, str]()
    files = []
    for path in listed.paths:
        name = path.relative_to(home.data).as_posix()
        files.append(_read(open_source(path, name, home.zone), owners))
    return Preview(tuple(files), (*listed.problems(), *read_words(home).problems))


def _read(source: Source, owners: dict[str, str]) -> FilePreview:
    """Read one file; `owners` has the file of each id so far."""
    found = FilePreview(source.name, _FORMATS.get(extension_of(source.name), "JSON"))
    problems: list[Problem] = []
    try:
        for item in _items(source, owners):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                owners[item.entry.id] = source.name
                found.take(item)
    except UnreadableFile as error:
        found.unreadable = True
        problems.append(error.problem)
    facts = source.facts
    found.encoding, found.unused, found.problems = facts.encoding, facts.unused, condensed(problems)
    found.columns = {name: key for name, key in facts.columns.items() if name not in facts.unused}
    return found


def _items(source: Source, owners: Mapping[str, str]) -> Iterator[Record | Problem]:
    """Yield the items of a file; an id that another file has is a problem, or is replaced."""
    for item in read_source(source):
        if isinstance(item, Record) and item.entry.id in owners and item.other_id:
            item = renamed(item)
        if isinstance(item, Record) and item.entry.id in owners:
            item = taken(item, source.name, owners[item.entry.id])
        yield item
