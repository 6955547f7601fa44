"""Parse single dates and times, to instants and to partial times.

`parse_instant` reads one complete date as people and programs write it; `read_partial_time` reads what is
typed into a query. Partial times, zones and their functions are re-exported here.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from search.errors import TimeError
from search.language.message import reason_of
from search.times.partial import (
    DAY_PARTS,
    YEARS,
    PartialTime,
    at,
    day_of,
    day_start,
    excerpt,
    fold,
    resolution,
    resolve_year,
)
from search.times.written import scan
from search.times.zones import find_zone

__all__ = [
    "DAY_PARTS",
    "PartialTime",
    "at",
    "day_of",
    "day_start",
    "excerpt",
    "find_zone",
    "fold",
    "parse_instant",
    "read_partial_time",
    "resolution",
    "resolve_year",
]

_AGO = {"大前天": 3, "前天": 2, "前日": 2, "昨天": 1, "昨日": 1, "昨": 1, "今天": 0, "今日": 0, "今": 0}
_AGO |= {"yesterday": 1, "today": 0}

_DATE = (
    rf"(?:(?P<ago>{'|'.join(_AGO)})|(?P<year>[0-9]{{4}})(?:"
    r"年(?:\s*(?P<month>[0-9]{1,2})月(?:\s*(?P<day>[0-9]{1,2})[日号])?)?"
    r"|(?P<sep>[-/.])(?P<month1>[0-9]{1,2})(?:(?P=sep)(?P<day1>[0-9]{1,2}))?"
    r"|(?P<month2>[0-9]{2})(?P<day2>[0-9]{2})|)"
    r"|(?P<month3>[0-9]{1,2})月(?:(?P<day3>[0-9]{1,2})[日号])?|(?P<day4>[0-9]{1,2})[日号])"
)
_TIME = (
    rf"(?P<part>{'|'.join(DAY_PARTS)})?(?:\s*(?P<hour>[0-9]{{1,2}})(?:"
    r":(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<micro>[0-9]{1,6})[0-9]*)?)?"
    r"|[时時点點](?:(?P<half>半)|(?P<minute1>[0-9]{1,2})分?(?:(?P<second1>[0-9]{1,2})秒)?)?)"
    r"\s*(?P<zone>Z|UTC|GMT|[-+](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?)?"
)
_STAMP = re.compile(rf"\A{_DATE}?\s*+(?:T\s*+)?{_TIME}", re.IGNORECASE)

#: The usual ISO form, as programs write it.
_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}")
#: Forms of ISO 8601 with a week.
_WEEK = re.compile(r"[0-9]{4}-?W[0-9]{2}(?:-?[1-7](?:T[0-9:.]{2,15}(?:Z|[+-][0-9:]{2,5})?)?)?")
#: Seconds, milliseconds or microseconds since 1970.
_EPOCH = re.compile(r"([0-9]{10}|[0-9]{13}|[0-9]{16})(?:\.([0-9]{1,9}))?")
#: Ten digits that can also be a year, a month, a day and an hour.
_DATE_AND_HOUR = re.compile(
    r"(?:199[0-9]|20[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])"
)
#: What may follow the last part of a time.
_CLOSING = re.compile(r"[\s,.()\[\]【】]*")
#: Longest text of one time, in characters.
_MAX_TEXT = 120


def parse_instant(text: str | float, *, zone: ZoneInfo) -> datetime:
    """Parse one complete date, with or without a time, as people and programs write it.

    A date alone is its first moment; a time without a zone is in `zone`. A number counts seconds,
    milliseconds or microseconds from 1970. Raises TimeError, which quotes the text.

    >>> parse_instant("2022年1月5日 星期三 下午1:35", zone=ZoneInfo("Asia/Shanghai")).isoformat()
    '2022-01-05T13:35:00+08:00'
    """
    text = str(text)
    if _PLAIN.fullmatch(text):
        # Faster for the form that programs write.
        with suppress(ValueError):
            written = datetime.fromisoformat(text)
            if written.year in YEARS:
                return written
    plain = fold(text).strip()
    try:
        moment = _counted(plain, zone) or _week(plain, zone) or _written(plain, zone)
    except TimeError as error:
        raise TimeError(
            "时间「{text}」不能用：{reason}", text=excerpt(text.strip()), reason=reason_of(error)
        ) from None
    if moment is None:
        raise TimeError(
            "看不懂时间「{text}」；请写成 2022-01-05T13:35:00+08:00 这样的形式", text=excerpt(text.strip())
        )
    return moment


def _counted(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a number of seconds since 1970, or of its parts."""
    match = _EPOCH.fullmatch(text)
    if match is None:
        return None
    if _DATE_AND_HOUR.fullmatch(text):
        raise TimeError("这十位数字可以是秒数，也可以是年月日时；请写成 2024-05-02T10:00 这样的形式")
    digits = f"{match[1]}{match[2] or ''}"
    micros = int(digits[:16].ljust(16, "0"))
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(zone)


def _week(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a week of ISO 8601: 2022-W01-3."""
    if not _WEEK.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in YEARS:
        return None
    partial = PartialTime(hour=moment.hour, minute=moment.minute, second=moment.second, zone=moment.tzinfo)
    return at(moment.date(), partial, zone)


def _written(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a date in words or numbers; None if it is not understood."""
    if len(text) > _MAX_TEXT:
        return None
    written = scan(text, zone)
    time = written.time
    if not _CLOSING.fullmatch(text, written.end):
        return None
    if time.hour is None and time.year is None and time.month is None and time.day is None:
        return None
    if time.year is None and time.month is None and time.day is None:
        raise TimeError("只有时刻，没有日期；请写上年月日")
    day = day_of(time)
    if written.place:
        raise TimeError("不能确定「{place}时间」的时区；请写成 +08:00 这样的形式", place=written.place)
    return day_start(day, time.zone or zone) if time.hour is None else at(day, time, zone)


def read_partial_time(text: str) -> PartialTime | None:
    """Parse a date, a time or both, without checking or completing it; None for any other text.

    >>> read_partial_time("１月６日 05：48") == PartialTime(month=1, day=6, hour=5, minute=48)
    True
    >>> read_partial_time("帕希尼扬")
    """
    match = _STAMP.fullmatch(fold(text).strip())
    if match is None or not any(match.groups()):
        return None
    groups = match.groupdict()

    def number(name: str) -> int | None:
        values = (groups.get(f"{name}{n}") for n in ("", 1, 2, 3, 4))
        return next((int(value) for value in values if value), None)

    partial = PartialTime(
        year=number("year"),
        month=number("month"),
        day=number("day"),
        hour=number("hour"),
        minute=30 if groups["half"] else number("minute"),
        second=number("second"),
        micro=int(groups["micro"].ljust(6, "0")) if groups["micro"] else None,
        zone=_offset(groups["zone"]) if groups["zone"] else None,
        ago=_AGO[groups["ago"].lower()] if groups["ago"] else None,
    )
    return _with_part(partial, groups["part"])


# -- helpers ----------------------------------------------------------------------------------------------


def _with_part(partial: PartialTime, part: str | None) -> PartialTime:
    """Convert 下午3时 to 15 hours; without an hour the part of the day stays."""
    if part is None or partial.hour is None:
        return replace(partial, part=part)
    first, end = DAY_PARTS[part]
    hours = (partial.hour, partial.hour + 12, partial.hour - 12)
    return replace(partial, hour=next((hour for hour in hours if first <= hour <= end), partial.hour))


def _offset(text: str) -> tzinfo:
    digits = re.sub("[^0-9]", "", text)
    if not digits:
        return UTC
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-length if text.startswith("-") else length)
