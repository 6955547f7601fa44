"""The front matter of a live-blog file: title, date, zone and URL, in YAML between two lines of dashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import yaml

from search.errors import TimeError
from search.language.message import reason_of
from search.readers.base import EntryBuilder
from search.readers.decode import Line
from search.times.ranges import find_zone, parse_instant

__all__ = ["FrontMatter", "front_matter"]

#: Lines of front matter; of more, the dashes are a rule across the page.
_MAX_LINES = 64
#: Characters of front matter: the YAML parser is slow.
_MAX_CHARACTERS = 1 << 14
#: Opening brackets: the time of the YAML parser grows with the square of nested ones.
_MAX_BRACKETS = 64


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a file, and its length in lines; missing values are empty."""

    length: int = 0
    title: str = ""
    date: date | None = None
    zone: ZoneInfo | None = None
    url: str = ""


def front_matter(lines: Sequence[Line], builder: EntryBuilder) -> FrontMatter:
    """Read the front matter of a file; raises UnreadableFile if it leaves all times uncertain."""
    start = next((i for i, line in enumerate(lines) if line.text.strip()), 0)
    if not lines or lines[start].text.strip() != "---":
        return FrontMatter()
    inside = range(start + 1, min(len(lines), start + _MAX_LINES))
    end = next((i for i in inside if lines[i].text.strip() in ("---", "...")), None)
    if end is None:
        return FrontMatter()
    first = lines[start].number
    text = "\n".join(line.text for line in lines[start + 1 : end])
    if len(text) > _MAX_CHARACTERS:
        raise builder.source.refuse("开头两行 --- 之间超过 {max} 个字符；请删减", first, max=_MAX_CHARACTERS)
    values = _load(text, first, builder)
    try:
        written = _text(values, "date", first, builder)
        day = parse_instant(written, zone=builder.source.zone).date() if written else None
        name = _text(values, "timezone", first, builder)
        zone = find_zone(name) if name else None
    except TimeError as error:
        raise builder.source.refuse(
            "开头的 date 或 timezone 有误：{reason}", first, reason=reason_of(error)
        ) from None
    title = _text(values, "title", first, builder)
    url = builder.link(_text(values, "url", first, builder), first)
    return FrontMatter(end + 1, title, day, zone, url)


def _load(text: str, line: int, builder: EntryBuilder) -> dict[object, object]:
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


def _text(values: dict[object, object], key: str, line: int, builder: EntryBuilder) -> str:
    value = values.get(key, "")
    if isinstance(value, str):
        return value.strip()
    builder.note(line, "开头的 {key} 应为一行文字，已略过", key=key)
    return ""
