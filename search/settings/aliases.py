"""Aliases: names that mean the same, one group a line, read from `data/aliases.txt`.

    泽连斯基 = 澤倫斯基 = Zelensky          # any number of names
    卢比奥 = 鲁比奥 @ 2025-01-20..          # the same only in this stretch of time

A line that cannot be used is a Problem with its number and takes nothing else with it; a file that is not
there holds no groups. Names are compared as the index holds them, so traditional and simplified characters,
full and half width, capitals and small letters need not be listed apart.
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
from search.readers.base import Source, few_problems
from search.readers.decode import Line, setting_lines
from search.times.ranges import TimeRange, parse_range

__all__ = ["AliasFile", "Aliases", "Group", "Name", "Names", "read_aliases"]

_COMMENT = re.compile(r"(?:^|(?<=\s))[#＃].*")
_EQUALS = re.compile("[=＝]")
_PERIOD = re.compile(r"\A(?P<name>.*[^\s=＝])\s+[@＠]\s*(?P<period>.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_ALWAYS = TimeRange()


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it was written, and as the index holds it: units, and their places from the first on."""

    text: str
    units: tuple[str, ...]
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more names, no two of them the same units, that mean the same in a stretch of time."""

    names: tuple[Name, ...]
    within: TimeRange = _ALWAYS


@dataclass(frozen=True, slots=True)
class Aliases:
    """What a file of aliases holds, and what in it could not be used."""

    groups: tuple[Group, ...] = ()
    problems: tuple[Problem, ...] = ()


class Names:
    """Groups by the units their names begin with."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self._begin: dict[str, list[tuple[Name, Group]]] = {}
        for group in groups:
            for name in group.names:
                self._begin.setdefault(name.units[0], []).append((name, group))
        for found in self._begin.values():
            found.sort(key=lambda one: -len(one[0].units))
        self.dated = any(g.within != _ALWAYS for found in self._begin.values() for _, g in found)

    def any_of(self, texts: list[str]) -> bool:
        """Say whether a name may begin at any of these units."""
        return not self._begin.keys().isdisjoint(texts)

    def at(self, texts: list[str], positions: list[int], i: int) -> Iterator[tuple[Name, Group]]:
        """Yield the names that stand at unit i of a text, each with its group, the longest first."""
        for name, group in self._begin.get(texts[i], ()):
            j = i + len(name.units)
            if tuple(texts[i:j]) != name.units:
                continue
            if all(p - positions[i] == o for p, o in zip(positions[i:j], name.offsets, strict=True)):
                yield name, group


def read_aliases(path: Path, analyzer: Analyzer, zone: ZoneInfo) -> Aliases:
    """Read a file of aliases in UTF-8, GB18030 or UTF-16; one that cannot be read at all is one problem."""
    if not os.path.lexists(path):
        return Aliases()
    source = Source(path, path.name, zone)
    try:
        items = list(few_problems(_groups(source, analyzer)))
    except UnreadableFile as error:
        return Aliases((), (error.problem,))
    groups = tuple(item for item in items if isinstance(item, Group))
    return Aliases(groups, tuple(item for item in items if isinstance(item, Problem)))


def _groups(source: Source, analyzer: Analyzer) -> Iterator[Group | Problem]:
    """Yield the groups of a file, and what is wrong in it; raises UnreadableFile."""
    for line in setting_lines(source):
        try:
            group = _group(line, analyzer, source.zone)
        except ValueError as error:
            yield source.problem(line.number, f"{error}；这一行未采用")
        else:
            yield from [group] if group else []


def _group(line: Line, analyzer: Analyzer, zone: ZoneInfo) -> Group | None:
    """Return the group of a line, None for a comment; raises ValueError with what is wrong."""
    if line.too_long:
        raise ValueError("行太长")
    text = _COMMENT.sub("", _CONTROL.sub(" ", line.text)).strip()
    if not text:
        return None
    within = _ALWAYS
    if found := _PERIOD.fullmatch(text):
        text, within = found["name"], _within(found["period"], zone)
    written = [name.strip() for name in _EQUALS.split(text)]
    if len(written) < 2:
        raise ValueError("应写成「名称 = 名称」，各名称之间用等号")
    names: dict[tuple[str, ...], Name] = {}
    for name in written:
        units = analyzer.units(name)
        if not len(units):
            raise ValueError(f"等号旁缺少名称：「{name}」" if name else "等号旁缺少名称")
        names.setdefault(tuple(units.texts), Name(name, tuple(units.texts), tuple(units.positions)))
    if len(names) < 2:
        raise ValueError("各名称检索起来是一样的（繁简、大小写、全角半角无需另列）")
    return Group(tuple(names.values()), within)


def _within(text: str, zone: ZoneInfo) -> TimeRange:
    try:
        return parse_range(text, zone=zone, now=datetime.now(zone))
    except TimeError as error:
        raise ValueError(f"@ 后面的时间范围有误：{error}") from None


class AliasFile:
    """The aliases of a home as they are now: read again when the file has changed, kept while it has not.

    A file that cannot be read for the moment leaves what was read before. Safe to share between threads.
    """

    def __init__(self, path: Path, analyzer: Analyzer, zone: ZoneInfo) -> None:
        self._path = path
        self._analyzer = analyzer
        self._zone = zone
        self._known: tuple[tuple[int, int, int] | None, Names] = (None, Names())

    def names(self) -> Names:
        """Return the names; costs one look at the file's date and size."""
        try:
            found = os.stat(self._path)
        except (OSError, ValueError):
            self._known = (None, Names())
            return self._known[1]
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        seen, names = self._known
        if stamp == seen:
            return names
        aliases = read_aliases(self._path, self._analyzer, self._zone)
        if aliases.groups or not any(problem.line == 0 for problem in aliases.problems):
            names = Names(aliases.groups)
        # One assignment, for other threads may be reading.
        self._known = (stamp, names)
        return names
