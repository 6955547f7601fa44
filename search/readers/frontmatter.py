"""The front matter of a text: title, date, author, source and others, in YAML between two lines of dashes.

TOML between two lines of +++ is read as well. Every value is text, or a list of texts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import yaml

from search.errors import TimeError
from search.language.message import reason_of
from search.readers.base import EntryBuilder
from search.readers.decoding.decode import Line
from search.times.stamps import find_zone, parse_instant

__all__ = ["FrontMatter", "front_matter"]

#: Lines of front matter; of more, the dashes are a rule across the page, unless all lines have its form.
_MAX_LINES = 64
_MAX_LONG = 1000
_YAML = re.compile(r"\s|[-#]|[^\s:]{1,40}:(?:\s|\Z)")
#: Characters of front matter: the YAML parser is slow.
_MAX_CHARACTERS = 1 << 14
#: Opening brackets: the time of the YAML parser grows with the square of nested ones.
_MAX_BRACKETS = 64

#: The names of each value; the first one with a value counts.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "标题", "標題"),
    "date": (
        "date",
        "time",
        "datetime",
        "published",
        "pubdate",
        "publishdate",
        "日期",
        "时间",
        "時間",
        "发布时间",
    ),
    "timezone": ("timezone",),
    "url": ("url", "link", "链接", "鏈接"),
    "author": ("author", "authors", "credit", "作者", "记者", "記者"),
    "source": ("source", "sources", "agency", "agencies", "来源", "來源"),
    "stream": ("stream", "category", "categories", "专题", "專題", "分类", "分類"),
}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a text, and its length in lines; missing values are empty.

    `moment` is the date, or the error for which it cannot be used.
    """

    length: int = 0
    line: int = 0
    title: str = ""
    moment: datetime | TimeError | None = None
    zone: ZoneInfo | None = None
    url: str = ""
    author: str = ""
    agencies: tuple[str, ...] = ()
    stream: str = ""

    def day(self, builder: EntryBuilder) -> date | None:
        """Return the day of the date; raises UnreadableFile if it cannot be used."""
        if isinstance(self.moment, TimeError):
            raise _refuse_date(self.moment, self.line, builder)
        return self.moment.date() if self.moment else None


def front_matter(lines: Sequence[Line], builder: EntryBuilder) -> FrontMatter:
    """Read the front matter of a file; raises UnreadableFile if it leaves all times uncertain."""
    start = next((i for i, line in enumerate(lines) if line.text.strip()), 0)
    fence = lines[start].text.strip() if lines else ""
    if fence not in ("---", "+++"):
        return FrontMatter()
    closing = ("---", "...") if fence == "---" else ("+++",)
    inside = range(start + 1, min(len(lines), start + _MAX_LONG))
    end = next((i for i in inside if lines[i].text.strip() in closing), None)
    if end is None or (end > start + _MAX_LINES and not _is_long_head(lines[start + 1 : end])):
        return FrontMatter()
    first = lines[start].number
    text = "\n".join(line.text for line in lines[start + 1 : end])
    if len(text) > _MAX_CHARACTERS:
        raise builder.source.refuse("开头两行 --- 之间超过 {max} 个字符；请删减", first, max=_MAX_CHARACTERS)
    load = _load_yaml if fence == "---" else _load_toml
    return _Values(load(text, first, builder), first, builder).read(end + 1)


def _is_long_head(lines: Sequence[Line]) -> bool:
    """Return whether many lines are front matter, such as one with the comments on a post."""
    size = sum(len(line.text) + 1 for line in lines)
    return size <= _MAX_CHARACTERS and all(_YAML.match(line.text) for line in lines)


def _load_yaml(text: str, line: int, builder: EntryBuilder) -> dict[object, object]:
    """Parse YAML with every value as text."""
    try:
        if sum(map(text.count, "[{")) > _MAX_BRACKETS:
            raise ValueError("too many brackets")
        values = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        raise builder.source.refuse(
            "开头两行 --- 之间应为「title: 标题」「date: 2022-01-06」这样的行；请修正", line
        ) from None
    if values is None or values == "":
        return {}
    if not isinstance(values, dict):
        raise builder.source.refuse("开头两行 --- 之间应为「date: 2022-01-06」这样的行；请修正", line)
    return values


def _load_toml(text: str, line: int, builder: EntryBuilder) -> dict[object, object]:
    """Parse TOML; dates and numbers become text."""
    try:
        if sum(map(text.count, "[{")) > _MAX_BRACKETS:
            raise ValueError("too many brackets")
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        raise builder.source.refuse(
            '开头两行 +++ 之间应为「title = "标题"」「date = 2022-01-06」这样的行；请修正', line
        ) from None
    return {key: value if isinstance(value, list | dict) else str(value) for key, value in values.items()}


def _refuse_date(error: TimeError, line: int, builder: EntryBuilder) -> Exception:
    return builder.source.refuse("开头的 date 或 timezone 有误：{reason}", line, reason=reason_of(error))


class _Values:
    """The values of one front matter, under any of their names."""

    def __init__(self, values: Mapping[object, object], line: int, builder: EntryBuilder) -> None:
        self._values = {str(key).strip().lower(): value for key, value in values.items()}
        self._line = line
        self._builder = builder

    def read(self, length: int) -> FrontMatter:
        """Return the front matter; raises UnreadableFile for a zone that does not exist."""
        zone = self._zone()
        streams = self._several("stream")
        return FrontMatter(
            length,
            self._line,
            self._text("title"),
            self._moment(zone),
            zone,
            self._builder.link(self._text("url"), self._line),
            "、".join(self._several("author")),
            self._several("source"),
            streams[0] if streams else "",
        )

    def _zone(self) -> ZoneInfo | None:
        name = self._text("timezone")
        try:
            return find_zone(name) if name else None
        except TimeError as error:
            raise _refuse_date(error, self._line, self._builder) from None

    def _moment(self, zone: ZoneInfo | None) -> datetime | TimeError | None:
        written = self._text("date")
        try:
            return parse_instant(written, zone=zone or self._builder.source.zone) if written else None
        except TimeError as error:
            return error

    def _value(self, field: str) -> tuple[str, object]:
        named = ((key, self._values[key]) for key in _KEYS[field] if self._values.get(key))
        return next(named, (field, ""))

    def _text(self, field: str) -> str:
        key, value = self._value(field)
        if isinstance(value, str):
            return value.strip()
        self._builder.note(self._line, "开头的 {key} 应为一行文字，已略过", key=key)
        return ""

    def _several(self, field: str) -> tuple[str, ...]:
        """Return the texts of a list, or the parts of a text."""
        key, value = self._value(field)
        if isinstance(value, str):
            value = value.replace("，", "、").replace(",", "、").split("、")
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(filter(None, (item.strip() for item in value)))
        self._builder.note(self._line, "开头的 {key} 应为文字或文字的列表，已略过", key=key)
        return ()
