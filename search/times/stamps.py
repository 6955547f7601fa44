"""Parse single dates and times, Chinese or ISO, and convert them to instants.

Parsing uses the text alone; completion and the calendar come after. A missing year is the latest one that
does not exceed a known day; no other part is guessed. A time that does not exist is refused, not moved.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from search.errors import TimeError
from search.language.message import Message

__all__ = [
    "DAY_PARTS",
    "PartialTime",
    "at",
    "day_of",
    "excerpt",
    "find_zone",
    "fold",
    "parse_instant",
    "read_partial_time",
    "resolution",
    "resolve_year",
]

_DAY = timedelta(days=1)

#: Years in which a conversion to another zone stays within the calendar.
_YEARS = range(2, 9999)

#: Longest quotation of typed text in a message, in characters.
_MAX_QUOTED = 40


@dataclass(frozen=True, slots=True)
class PartialTime:
    """A date and time as written, not checked; missing parts are None.

    `ago` counts days back from today (昨天 = 1); `part` is a part of the day without an hour.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    micro: int | None = None
    zone: tzinfo | None = None
    ago: int | None = None
    part: str | None = None


#: Parts of the day as [first hour, end hour); 今晨 and 昨晚 are a word for the day and one of these.
DAY_PARTS = {
    "凌晨": (0, 6), "清晨": (4, 8), "早晨": (5, 10), "早上": (5, 10), "上午": (6, 12), "中午": (11, 14),
    "下午": (12, 18), "午后": (12, 18), "傍晚": (17, 20), "晚上": (18, 24), "晚间": (18, 24),
    "深夜": (22, 24), "夜间": (20, 24), "晨": (0, 9), "早": (5, 10), "晚": (18, 24), "夜": (20, 24),
}  # fmt: skip
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
#: Full-width forms and similar characters to ASCII, one to one, so that positions stay.
_WIDTHS = str.maketrans({chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
_WIDTHS |= str.maketrans({"\u3000": " ", "\u2236": ":", "\u301c": "~"})


def parse_instant(text: str, *, zone: ZoneInfo) -> datetime:
    """Parse one complete date, with or without a time, in ISO 8601, Chinese or RFC 2822 form.

    A date alone is its midnight; a time without a zone is in `zone`. Raises TimeError.

    >>> parse_instant("2022年1月5日 13时35分", zone=ZoneInfo("Asia/Shanghai")).isoformat()
    '2022-01-05T13:35:00+08:00'
    """
    if _PLAIN.fullmatch(text):
        # Faster for the form that programs write.
        with suppress(ValueError):
            written = datetime.fromisoformat(text)
            if written.year in _YEARS:
                return written
    plain = fold(text).strip()
    partial = read_partial_time(plain)
    if partial is not None and partial.year and partial.month and partial.day and not partial.part:
        return at(day_of(partial), partial, zone)
    moment = _rarer_form(plain)
    if partial is not None or moment is None or moment.year not in _YEARS:
        raise TimeError(
            "看不懂时间「{text}」；请写成 2022-01-05T13:35:00+08:00 这样的形式", text=excerpt(text)
        )
    return moment if moment.tzinfo else _existing(moment.replace(tzinfo=zone))


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


def day_of(partial: PartialTime, *, not_after: date | None = None) -> date:
    """Return the day of a partial time; without a year, the latest one not after `not_after`.

    Raises TimeError for a day that does not exist or cannot be completed.
    """
    month, day, year = partial.month, partial.day, partial.year
    if month is None or day is None or (year is None and not_after is None):
        raise TimeError("时间缺少年、月或日")
    if year is None and not_after is not None:
        year = not_after.year - ((month, day) > (not_after.month, not_after.day))
    try:
        if year is None or year not in _YEARS:
            raise ValueError
        return date(year, month, day)
    except ValueError:
        raise TimeError(
            "没有 {date} 这一天", date=Message("{year}年{month}月{day}日", year=year, month=month, day=day)
        ) from None


def at(day: date, partial: PartialTime, zone: tzinfo) -> datetime:
    """Return the instant of a partial time on a day; 24:00 is the next midnight. Raises TimeError."""
    hour, minute, second = partial.hour or 0, partial.minute or 0, partial.second or 0
    if hour == 24 and not minute and not second:
        day, hour = day + _DAY, 0
    try:
        clock = time(hour, minute, second, partial.micro or 0)
    except ValueError:
        seconds = f":{second:02d}" if second else ""
        raise TimeError("没有 {time} 这个时刻", time=f"{hour:02d}:{minute:02d}{seconds}") from None
    return _existing(datetime.combine(day, clock, partial.zone or zone))


def resolve_year(
    month: int, day: int, hour: int, minute: int, *, not_after: date, zone: ZoneInfo
) -> datetime:
    """Return the moment in the latest year that does not put its day after `not_after`; raises TimeError.

    >>> resolve_year(12, 31, 23, 5, not_after=date(2022, 1, 6), zone=ZoneInfo("Asia/Shanghai")).year
    2021
    """
    partial = PartialTime(month=month, day=day, hour=hour, minute=minute)
    return at(day_of(partial, not_after=not_after), partial, zone)


def find_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; raises TimeError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise TimeError("没有「{name}」这个时区；请写 Asia/Shanghai 这样的名称", name=excerpt(name)) from None


def resolution(partial: PartialTime) -> timedelta:
    """Return the length of the smallest written part of a time; 24:00 is an instant, not an hour."""
    if partial.micro is not None or partial.hour == 24:
        return timedelta(microseconds=1)
    if partial.second is not None:
        return timedelta(seconds=1)
    return timedelta(hours=1) if partial.minute is None else timedelta(minutes=1)


def fold(text: str) -> str:
    """Convert full-width digits and marks to ASCII, one character for one, so that positions stay."""
    return text.translate(_WIDTHS)


def excerpt(text: str) -> str:
    """Return the beginning of typed text, for a message."""
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"


# -- helpers ----------------------------------------------------------------------------------------------


def _with_part(partial: PartialTime, part: str | None) -> PartialTime:
    """Convert 下午3时 to 15 hours; without an hour the part of the day stays."""
    if part is None or partial.hour is None:
        return replace(partial, part=part)
    first, end = DAY_PARTS[part]
    hours = (partial.hour, partial.hour + 12, partial.hour - 12)
    return replace(partial, hour=next((hour for hour in hours if first <= hour <= end), partial.hour))


def _rarer_form(text: str) -> datetime | None:
    """Parse RFC 2822, or other forms of ISO 8601: 20220105T1335, 2022-W01-3."""
    try:
        return parsedate_to_datetime(text) if re.search("[A-Za-z]{3}", text) else datetime.fromisoformat(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _offset(text: str) -> tzinfo:
    digits = re.sub("[^0-9]", "", text)
    if not digits:
        return UTC
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-length if text.startswith("-") else length)


def _existing(moment: datetime) -> datetime:
    """Return a local time; raises TimeError if a change to summer time skips it."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise TimeError(
            "{zone} 时区里没有 {time} 这个时刻（夏令时跳过了它）",
            zone=str(moment.tzinfo),
            time=f"{moment:%Y-%m-%d %H:%M}",
        )
    return moment
