"""The head of a live-blog file: title, date, zone and address, in YAML between two lines of dashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import yaml

from search.errors import TimeError
from search.readers.base import EntryBuilder
from search.readers.decode import Line
from search.times.ranges import find_zone, parse_instant

__all__ = ["FrontMatter", "front_matter"]

#: A head of more lines is none: the dashes are a rule across the page.
_MAX_LINES = 64
#: Characters of a head; YAML takes its time.
_MAX_SIZE = 1 << 14
#: Values are plain text; the parser takes time by the square of brackets that are nested.
_MAX_BRACKETS = 64


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the head of a file says, and how many lines it takes; what it does not say is empty."""

    length: int = 0
    title: str = ""
    date: date | None = None
    zone: ZoneInfo | None = None
    url: str = ""


def front_matter(lines: Sequence[Line], desk: EntryBuilder) -> FrontMatter:
    """Read the head of a file; raises UnreadableFile for one that would put every time in doubt."""
    start = next((number for number, line in enumerate(lines) if line.text.strip()), 0)
    if not lines or lines[start].text.strip() != "---":
        return FrontMatter()
    inside = range(start + 1, min(len(lines), start + _MAX_LINES))
    end = next((number for number in inside if lines[number].text.strip() in ("---", "...")), None)
    if end is None:
        return FrontMatter()
    first = lines[start].number
    text = "\n".join(line.text for line in lines[start + 1 : end])
    if len(text) > _MAX_SIZE:
        raise desk.source.refuse(f"开头两行 --- 之间超过 {_MAX_SIZE} 个字符；请删减", first)
    values = _load(text, first, desk)
    try:
        written = _text(values, "date", first, desk)
        day = parse_instant(written, zone=desk.source.zone).date() if written else None
        name = _text(values, "timezone", first, desk)
        zone = find_zone(name) if name else None
    except TimeError as error:
        raise desk.source.refuse(f"开头的 date 或 timezone 有误：{error}", first) from None
    title = _text(values, "title", first, desk)
    url = desk.link(_text(values, "url", first, desk), first)
    return FrontMatter(end + 1, title, day, zone, url)


def _load(text: str, line: int, desk: EntryBuilder) -> dict[object, object]:
    """Parse YAML with every value left as the text that was written."""
    try:
        if sum(map(text.count, "[{")) > _MAX_BRACKETS:
            raise ValueError("too many brackets")
        values = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        raise desk.source.refuse(
            "开头两行 --- 之间应为「title: 标题」「date: 2022-01-06」这样的行；请修正", line
        ) from None
    if values is None or values == "":
        return {}
    if not isinstance(values, dict):
        raise desk.source.refuse("开头两行 --- 之间应为「date: 2022-01-06」这样的行；请修正", line)
    return values


def _text(values: dict[object, object], key: str, line: int, desk: EntryBuilder) -> str:
    value = values.get(key, "")
    if isinstance(value, str):
        return value.strip()
    desk.note(line, f"开头的 {key} 应为一行文字，已略过")
    return ""
