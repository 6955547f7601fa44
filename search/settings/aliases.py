"""Aliases: names that mean the same, one group a line, read from `data/aliases.txt`.

    泽连斯基 = 澤倫斯基 = Zelensky          # any number of names
    卢比奥 = 鲁比奥 @ 2025-01-20..          # the same only in this stretch of time

An invalid line is a Problem with its number and does not affect the others; a missing file has no groups.
Names are compared after folding, so traditional and simplified characters, full and half width, capitals
and small letters need not be listed separately.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from search.analysis import Analyzer
from search.errors import Problem, TimeError, UnreadableFile
from search.language.message import InvalidValue, reason_of
from search.readers.decoding.decode import Line, setting_lines
from search.readers.problems import bounded, condensed
from search.readers.source import Source
from search.times.ranges import TimeRange, parse_range

__all__ = ["NO_NAMES", "AliasFile", "Aliases", "Group", "Name", "Names", "read_aliases"]

_COMMENT = re.compile(r"(?:^|(?<=\s))[#＃].*")
_EQUALS = re.compile("[=＝]")
_PERIOD = re.compile(r"\A(?P<name>.*[^\s=＝])\s+[@＠]\s*(?P<period>.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_ALWAYS = TimeRange()


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, and as indexed: its units, and their positions relative to the first."""

    text: str
    units: tuple[str, ...]
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more names, of different units, that mean the same within a range of time."""

    names: tuple[Name, ...]
    within: TimeRange = _ALWAYS


@dataclass(frozen=True, slots=True)
class Aliases:
    """The groups of a file of aliases, and its problems."""

    groups: tuple[Group, ...] = ()
    problems: tuple[Problem, ...] = ()


class Names:
    """Groups by the first unit of their names."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self._begin: dict[str, list[tuple[Name, Group]]] = {}
        self.groups = tuple(groups)
        for group in self.groups:
            for name in group.names:
                self._begin.setdefault(name.units[0], []).append((name, group))
        for pairs in self._begin.values():
            pairs.sort(key=lambda pair: -len(pair[0].units))
        self.dated = any(g.within != _ALWAYS for pairs in self._begin.values() for _, g in pairs)

    def any_of(self, texts: list[str]) -> bool:
        """Return whether a name may begin at any of these units."""
        return not self._begin.keys().isdisjoint(texts)

    def at(self, texts: list[str], positions: list[int], i: int) -> Iterator[tuple[Name, Group]]:
        """Yield the names that begin at unit i of a text, each with its group, the longest first."""
        for name, group in self._begin.get(texts[i], ()):
            j = i + len(name.units)
            if tuple(texts[i:j]) != name.units:
                continue
            if all(p - positions[i] == o for p, o in zip(positions[i:j], name.offsets, strict=True)):
                yield name, group


#: No aliases.
NO_NAMES = Names()


def read_aliases(path: Path, analyzer: Analyzer, zone: ZoneInfo) -> Aliases:
    """Read a file of aliases in any encoding of data files; an unreadable file is one problem."""
    if not os.path.lexists(path):
        return Aliases()
    source = Source(path, path.name, zone)
    try:
        items = list(bounded(_groups(source, analyzer)))
    except UnreadableFile as error:
        return Aliases((), (error.problem,))
    groups = tuple(item for item in items if isinstance(item, Group))
    return Aliases(groups, condensed(item for item in items if isinstance(item, Problem)))


def _groups(source: Source, analyzer: Analyzer) -> Iterator[Group | Problem]:
    """Yield the groups and problems of a file; raises UnreadableFile."""
    for line in setting_lines(source):
        try:
            group = _group(line, analyzer, source.zone)
        except InvalidValue as error:
            yield source.problem(line.number, "{reason}；这一行未采用", reason=reason_of(error))
        else:
            yield from [group] if group else []
    yield from source.damage


def _group(line: Line, analyzer: Analyzer, zone: ZoneInfo) -> Group | None:
    """Return the group of a line, None for a comment; raises InvalidValue with the sentence of a problem."""
    if line.too_long:
        raise InvalidValue("行太长")
    text = _COMMENT.sub("", _CONTROL.sub(" ", line.text)).strip()
    if not text:
        return None
    within = _ALWAYS
    if match := _PERIOD.fullmatch(text):
        text, within = match["name"], _within(match["period"], zone)
    written = [name.strip() for name in _EQUALS.split(text)]
    if len(written) < 2:
        raise InvalidValue("应写成「名称 = 名称」，各名称之间用等号")
    names: dict[tuple[str, ...], Name] = {}
    for name in written:
        units = analyzer.units(name)
        if not len(units):
            raise InvalidValue("等号旁缺少名称：「{name}」" if name else "等号旁缺少名称", name=name)
        names.setdefault(tuple(units.texts), Name(name, tuple(units.texts), tuple(units.positions)))
    if len(names) < 2:
        raise InvalidValue("各名称检索起来是一样的（繁简、大小写、全角半角无需另列）")
    return Group(tuple(names.values()), within)


def _within(text: str, zone: ZoneInfo) -> TimeRange:
    try:
        return parse_range(text, zone=zone, now=datetime.now(zone))
    except TimeError as error:
        raise InvalidValue("@ 后面的时间范围有误：{reason}", reason=reason_of(error)) from None


class AliasFile:
    """The current aliases of a home, read again when the file changes.

    If the file cannot be read, the aliases read before stay. Safe to share between threads.
    """

    def __init__(self, path: Path, analyzer: Analyzer, zone: ZoneInfo) -> None:
        self._path = path
        self._analyzer = analyzer
        self._zone = zone
        self._cached: tuple[tuple[int, int, int] | None, Names] = (None, Names())

    def stamp(self) -> tuple[int, int, int] | None:
        """Return what changes with the file, None without one; costs one `os.stat`."""
        try:
            status = os.stat(self._path)
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def names(self) -> Names:
        """Return the names, at the cost of one `os.stat`."""
        stamp = self.stamp()
        if stamp is None:
            self._cached = (None, Names())
            return self._cached[1]
        cached_stamp, names = self._cached
        if stamp == cached_stamp:
            return names
        aliases = read_aliases(self._path, self._analyzer, self._zone)
        if aliases.groups or not any(problem.line == 0 for problem in aliases.problems):
            names = Names(aliases.groups)
        # One assignment: other threads may be reading.
        self._cached = (stamp, names)
        return names
