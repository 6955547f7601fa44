"""Partial times: what a date or a time says, its completion, and the instant that it names.

A missing year is the latest one that does not exceed a known day; no other part is guessed. A time that does
not exist is refused, not moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from search.errors import TimeError
from search.language.message import Message

__all__ = [
    "DAY_PARTS",
    "YEARS",
    "PartialTime",
    "at",
    "day_of",
    "day_start",
    "excerpt",
    "fold",
    "resolution",
    "resolve_year",
]

_DAY = timedelta(days=1)

#: Years in which a conversion to another zone stays within the calendar.
YEARS = range(2, 9999)

#: Longest quotation of typed text in a message, in characters.
_MAX_QUOTED = 40


@dataclass(frozen=True, slots=True)
class PartialTime:
    """A date and time as written, not checked; missing parts are None.

    `ago` counts days back from today (昨天 = 1); `part` is a part of the day without an hour; `weekday`
    counts from Monday, 0.
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
    weekday: int | None = None


#: Parts of the day as [first hour, end hour); 今晨 and 昨晚 are a word for the day and one of these.
DAY_PARTS = {
    "凌晨": (0, 6), "清晨": (4, 8), "早晨": (5, 10), "早上": (5, 10), "上午": (6, 12), "中午": (11, 14),
    "下午": (12, 18), "午后": (12, 18), "傍晚": (17, 20), "晚上": (18, 24), "晚间": (18, 24),
    "深夜": (22, 24), "夜间": (20, 24), "晨": (0, 9), "早": (5, 10), "晚": (18, 24), "夜": (20, 24),
}  # fmt: skip

#: Full-width forms and similar characters to ASCII, one to one, so that positions stay.
_WIDTHS = str.maketrans({chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
_WIDTHS |= str.maketrans({"\u3000": " ", "\u2236": ":", "\ufe30": ":", "\u2212": "-", "\u301c": "~"})


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
        if year is None or year not in YEARS:
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


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a day; a midnight skipped by summer time moves forward."""
    return datetime.combine(day, time(0), zone).astimezone(UTC).astimezone(zone)


def resolve_year(
    month: int, day: int, hour: int, minute: int, *, not_after: date, zone: ZoneInfo
) -> datetime:
    """Return the moment in the latest year that does not put its day after `not_after`; raises TimeError.

    >>> resolve_year(12, 31, 23, 5, not_after=date(2022, 1, 6), zone=ZoneInfo("Asia/Shanghai")).year
    2021
    """
    partial = PartialTime(month=month, day=day, hour=hour, minute=minute)
    return at(day_of(partial, not_after=not_after), partial, zone)


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
