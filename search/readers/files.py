"""The files below `data/`: those that are read, and the kinds of the others, each counted."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from search.errors import Problem, UnreadableFile
from search.language.message import Message, reason_of
from search.readers.registry import FORMATS, extension_of

__all__ = ["MAX_DEPTH", "DataFiles", "data_files", "list_files"]

#: Levels of nested folders that are searched.
MAX_DEPTH = 64
#: Kinds of other files that are reported one by one.
_MAX_KINDS = 20

#: Settings in `data/`, which are not data files.
_SETTINGS = frozenset(("aliases.txt", "words.txt"))
#: Files that systems and editors leave, and that nobody expects to be read.
_LEFT_BEHIND = (".", "readme", "license", "~$", "thumbs.db", "desktop.ini", "icon\r")
_EXTENSION = re.compile(r"\.[\w-]{1,15}")


@dataclass(slots=True)
class DataFiles:
    """The data files of a folder, sorted by name, and for each other kind the number and the first name."""

    paths: list[Path] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    linked: list[str] = field(default_factory=list)

    def problems(self) -> Iterator[Problem]:
        """Yield a sentence for each kind of file that is not read, and for each linked folder."""
        kinds = sorted(self.counts.items(), key=lambda kind: (-kind[1], kind[0]))
        for kind, count in kinds[:_MAX_KINDS]:
            yield Problem(self.examples[kind], 0, _not_read(kind, count))
        if rest := kinds[_MAX_KINDS:]:
            count = sum(number for _, number in rest)
            message = Message("还有 {kinds} 种共 {count} 个文件不能读取", kinds=len(rest), count=count)
            yield Problem(self.examples[rest[0][0]], 0, message)
        for name in self.linked[:_MAX_KINDS]:
            yield Problem(name, 0, Message("是指向别处的文件夹，其中的文件未读；请把它们放进 data/"))


def _not_read(kind: str, count: int) -> Message:
    if not kind:
        return Message(
            "没有扩展名的文件不能读取（共 {count} 个，如这一个）；请按内容改名，如 .txt、.csv、.jsonl",
            count=count,
        )
    return Message(
        "{kind} 文件不能读取（共 {count} 个，如这一个）；请另存为 .txt、.md、.csv 或 .jsonl",
        kind=kind,
        count=count,
    )


def data_files(folder: Path) -> list[Path]:
    """List the data files below a folder, sorted by name; raises UnreadableFile."""
    return list_files(folder).paths


def list_files(folder: Path) -> DataFiles:
    """List the files below a folder; raises UnreadableFile.

    A folder that cannot be listed raises, so that its files do not count as deleted. A folder that is nested
    too deeply is listed in place of its files.
    """
    found = DataFiles()
    waiting = [(os.fspath(folder), 0)]
    while waiting:
        parent, depth = waiting.pop()
        for item in _listed(parent):
            if not _is_folder(item):
                # Pipes, devices and broken links are included: reading them reports the problem.
                _add(found, item, folder)
            elif _is_left_behind(item.name):
                continue
            elif item.is_symlink():
                found.linked.append(_name(item.path, folder))
            else:
                waiting += [(item.path, depth + 1)] if depth < MAX_DEPTH else []
                found.paths += [Path(item.path)] if depth == MAX_DEPTH else []
    found.paths.sort(key=lambda path: os.fspath(path).replace(os.sep, "/"))
    found.linked.sort()
    return found


def _add(found: DataFiles, item: os.DirEntry[str], folder: Path) -> None:
    if item.name in _SETTINGS or _is_left_behind(item.name):
        return
    extension = extension_of(item.name)
    if extension in FORMATS:
        found.paths.append(Path(item.path))
        return
    kind = os.path.splitext(item.name.lower())[1]
    kind = kind if _EXTENSION.fullmatch(kind) else ""
    found.counts[kind] += 1
    name = _name(item.path, folder)
    found.examples[kind] = min(name, found.examples.get(kind, name))


def _is_left_behind(name: str) -> bool:
    return name.lower().startswith(_LEFT_BEHIND) or name.endswith("~")


def _name(path: str, folder: Path) -> str:
    """Return the name of a file below a folder, as it is printed."""
    name = os.path.relpath(path, folder).replace(os.sep, "/")
    return "".join(sign if sign.isprintable() else "_" for sign in name)


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


def _refuse_folder(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        reason = reason_of(error)
        raise UnreadableFile(
            Problem(
                str(error.filename), 0, Message("文件夹无法打开（{reason}）；请检查读取权限", reason=reason)
            )
        )
