"""The year and zone of a live blog without front matter: from the file's name, and from a note on top."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

__all__ = ["date_in_name", "noted_place", "zone_of_place"]

#: Places that a note can name, and their zones; 当地时间 does not identify a zone.
_ZONES = {
    "北京": "Asia/Shanghai", "香港": "Asia/Hong_Kong", "台北": "Asia/Taipei", "东京": "Asia/Tokyo",
    "首尔": "Asia/Seoul", "新加坡": "Asia/Singapore", "新德里": "Asia/Kolkata", "迪拜": "Asia/Dubai",
    "德黑兰": "Asia/Tehran", "阿拉木图": "Asia/Almaty", "耶路撒冷": "Asia/Jerusalem", "开罗": "Africa/Cairo",
    "伊斯坦布尔": "Europe/Istanbul", "莫斯科": "Europe/Moscow", "基辅": "Europe/Kiev",
    "柏林": "Europe/Berlin", "巴黎": "Europe/Paris", "伦敦": "Europe/London", "悉尼": "Australia/Sydney",
    "纽约": "America/New_York", "华盛顿": "America/New_York", "洛杉矶": "America/Los_Angeles",
    "美国东部": "America/New_York", "美东": "America/New_York", "美国西部": "America/Los_Angeles",
    "格林尼治": "UTC", "格林尼治标准": "UTC", "世界": "UTC", "世界标准": "UTC", "世界协调": "UTC",
    "协调世界": "UTC",
}  # fmt: skip
_NOTE = re.compile(
    r"\A[（(\[【]?\s*+(?:(?:注|说明|註)\s*+[:：]?)?\s*+(?:以下|本文|文中|下列)?(?:所有|全部|各条)?(?:的?(?:日期|时间|時間)和?)*"
    r"\s*+(?:均|皆|都)?(?:为|為|系|按|以|采用|使用|是)?\s*+(?P<place>[一-鿿]{2,8}?)(?:时间|時間|时|時)(?:为准|計|计)?"
    r"\s*+[。.]?\s*+[)）\]】]?"
)

_DATE_IN_NAME = re.compile(
    r"(?<![0-9])(?P<year>[12][0-9]{3})(?:[-_.年]?(?P<month>[0-9]{2})[-_.月]?(?P<day>[0-9]{2})日?"
    r"|[-_.年](?P<month1>[0-9]{1,2})[-_.月](?P<day1>[0-9]{1,2})日?)(?![0-9])"
)


def date_in_name(stem: str) -> date | None:
    """Return the latest date in the name of a file, without its folders.

    >>> date_in_name("kazakhstan/2022-01-06-almaty")
    datetime.date(2022, 1, 6)
    """
    return max(_dates(stem.rpartition("/")[2]), default=None)


def _dates(name: str) -> Iterator[date]:
    for match in _DATE_IN_NAME.finditer(name):
        month, day = match["month"] or match["month1"], match["day"] or match["day1"]
        try:
            yield date(int(match["year"]), int(month), int(day))
        except ValueError:
            continue


def noted_place(line: str) -> str | None:
    """Return the place whose time a note names, None if the line is not such a note.

    >>> noted_place("(注:以下均为北京时间)")
    '北京'
    """
    match = _NOTE.fullmatch(line.strip())
    if match is None:
        return None
    place = match["place"]
    return (
        place if place in _ZONES or place in ("当地", "本地") or re.search("[均皆都为為按注]", line) else None
    )


def zone_of_place(place: str) -> ZoneInfo | None:
    """Return the zone of a place in a note; None if it is uncertain."""
    return ZoneInfo(_ZONES[place]) if place in _ZONES else None
