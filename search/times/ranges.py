"""Parse typed ranges of time, and format times.

A range is half-open and has a zone. Missing parts are completed from the newest known time, never past it. A
text that cannot be parsed raises TimeError with its position. Single dates and times are parsed by
`search.times.stamps` and re-exported here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from search.errors import TimeError
from search.language.message import Message
from search.times.stamps import (
    DAY_PARTS,
    PartialTime,
    at,
    day_of,
    excerpt,
    find_zone,
    fold,
    parse_instant,
    read_partial_time,
    resolution,
    resolve_year,
)

__all__ = [
    "PartialTime",
    "TimeRange",
    "at",
    "day_of",
    "end_of",
    "find_zone",
    "parse_instant",
    "parse_range",
    "read_partial_time",
    "resolve_year",
]

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The half-open range [start, end); None is an open side.

    >>> now = datetime(2022, 1, 6, 14, tzinfo=UTC)
    >>> now in parse_range("1月6日", zone=ZoneInfo("UTC"), now=now)
    True
    """

    start: datetime | None = None
    end: datetime | None = None

    def __contains__(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)

    def __and__(self, other: TimeRange) -> TimeRange:
        """Return the intersection; it is empty if it ends before it starts."""
        starts = [time for time in (self.start, other.start) if time is not None]
        ends = [time for time in (self.end, other.end) if time is not None]
        return TimeRange(max(starts, default=None), min(ends, default=None))

    @property
    def empty(self) -> bool:
        """Whether it contains no moment."""
        return self.start is not None and self.end is not None and self.start >= self.end


_SEPARATOR = re.compile(r"\.{2,}|…+|~|—+|–|至|到|\s-+\s")
_COMPARISON = re.compile(r"([<>])\s*(=?)|([≥≤])")
_BORROWED = re.compile(r"(?:(?P<month>[0-9]{1,2})[-/.])?(?P<number>[0-9]{1,2})(?:[T\s]+(?P<time>[0-9].*))?")
_RECENT = re.compile(
    r"(?:最近|近|过去)的?\s*(?P<count>[0-9]{1,4}|[一二两三四五六七八九十]{1,3})\s*个?"
    r"(?P<unit>分钟|小时|钟头|天|日|周|星期|月|年)"
)

#: The first moment of a phrase, and the first moment after it.
_Span = tuple[datetime, datetime]

_EXAMPLE = Message("请写成 2022-01-05、1月5日 13:35、昨天、近7天 或 2022-01-05..2022-01-06 这样")


@dataclass(frozen=True, slots=True)
class _Clock:
    """The context of a typed time: zone, present time, and newest known time."""

    zone: tzinfo
    now: datetime
    latest: datetime

    @property
    def today(self) -> date:
        return self.now.date()


def parse_range(text: str, *, zone: ZoneInfo, now: datetime, latest: datetime | None = None) -> TimeRange:
    """Parse a typed range of time; raises TimeError with its position.

    昨天 and similar words count from `now`. A day without a year, or a time without a day, is the latest one
    not after `latest` (the newest entry; `now` when None). In a..b, the range includes all of b, and b takes
    its missing parts from a.
    """
    clock = _Clock(zone, now.astimezone(zone), (latest or now).astimezone(zone))
    plain = fold(text)
    try:
        return _range(plain, clock)
    except TimeError:
        raise
    except (OverflowError, ValueError):
        raise TimeError("时间「{text}」超出了日历", _blank(plain), text=excerpt(text)) from None


def end_of(text: str, *, zone: ZoneInfo, now: datetime, latest: datetime | None = None) -> datetime:
    """Return the last microsecond of a typed time, for `asof`; raises TimeError."""
    end = parse_range(text, zone=zone, now=now, latest=latest).end
    if end is None:
        raise TimeError("「{text}」没有终点；截至时间{example}", text=excerpt(text), example=_EXAMPLE)
    return (end.astimezone(UTC) - _TICK).astimezone(end.tzinfo)


def _range(text: str, clock: _Clock) -> TimeRange:
    if comparison := _COMPARISON.match(text, _blank(text)):
        start, end = _span(text[comparison.end() :], clock, comparison.end())
        equal = comparison[2] or comparison[3]
        if comparison[1] == ">" or comparison[3] == "≥":
            return TimeRange(start if equal else end, None)
        return TimeRange(None, end if equal else start)
    cut = _SEPARATOR.search(text)
    if cut is None:
        return TimeRange(*_span(text, clock, 0))
    return _between(text[: cut.start()], text[cut.end() :], cut.end(), clock)


def _between(first: str, second: str, offset: int, clock: _Clock) -> TimeRange:
    """Parse the two sides of a..b; `offset` is the position of b in the text."""
    if not first.strip() and not second.strip():
        raise TimeError("时间范围两端都是空的；{example}", example=_EXAMPLE)
    if not second.strip():
        return TimeRange(_span(first, clock, 0)[0], None)
    if not first.strip():
        return TimeRange(None, _span(second, clock, offset)[1])
    until = read_partial_time(second)
    if until and until.year:  # 1月5日至2022年1月6日: the first day looks back from the second
        clock = replace(clock, latest=_span(second, clock, offset)[0])
    start, _ = _span(first, clock, 0)
    end = _borrowing_end(second, offset, start, read_partial_time(first), clock)
    if end <= start:
        raise TimeError("时间范围的终点早于起点；请对调两端", offset)
    return TimeRange(start, end)


def _borrowing_end(
    text: str, offset: int, start: datetime, first: PartialTime | None, clock: _Clock
) -> datetime:
    """Return the end of b, completed from the start of a."""
    partial = _bare_number(text, first) or read_partial_time(text)
    if partial is None or partial.ago is not None or partial.year:
        return _span(text, clock, offset)[1]
    clock = replace(clock, zone=partial.zone or start.tzinfo or clock.zone)
    if partial.month is None and partial.day is None:
        _, end = _range_of(replace(partial, year=start.year, month=start.month, day=start.day), clock, offset)
        return end + _DAY if end <= start else end  # 23:00..01:00 runs over midnight
    if partial.month is None:
        return _range_of(replace(partial, year=start.year, month=start.month), clock, offset)[1]
    _, end = _range_of(replace(partial, year=start.year), clock, offset)
    if end <= start:  # 12月30日..1月2日 runs over New Year
        _, end = _range_of(replace(partial, year=start.year + 1), clock, offset)
    return end


def _bare_number(text: str, first: PartialTime | None) -> PartialTime | None:
    """Parse the 06 of 2022-01-05..06, a day or a month depending on the other side."""
    match = _BORROWED.fullmatch(text.strip())
    if match is None or first is None or (first.month is None and first.ago is None):
        return None
    tail = read_partial_time(match["time"]) if match["time"] else PartialTime()
    if tail is None or tail.day or tail.month or tail.year:
        return None
    number = int(match["number"])
    if match["month"]:
        return replace(tail, month=int(match["month"]), day=number)
    return replace(tail, day=number) if first.day or first.ago is not None else replace(tail, month=number)


def _span(text: str, clock: _Clock, offset: int) -> _Span:
    """Return the range of one phrase; `offset` is its position in the text."""
    phrase = text.strip()
    offset += _blank(text)
    if days := _period(phrase, clock.today):
        return _midnight(days[0], clock.zone), _midnight(days[1], clock.zone)
    if recent := _RECENT.fullmatch(phrase):
        return _recent(_count(recent["count"]), recent["unit"], clock, offset)
    partial = read_partial_time(phrase)
    if partial is None:
        raise TimeError("看不懂时间「{text}」；{example}", offset, text=excerpt(phrase), example=_EXAMPLE)
    return _range_of(partial, clock, offset)


def _range_of(partial: PartialTime, clock: _Clock, offset: int) -> _Span:
    """Return the range of a partial time, as long as its resolution."""
    try:
        zone = partial.zone or clock.zone
        if partial.day is None and partial.ago is None and (partial.year or partial.month):
            return _year_or_month(partial, clock)
        day = _day(partial, clock)
        if partial.hour is not None:
            start = at(day, partial, zone)
            return start, (start.astimezone(UTC) + resolution(partial)).astimezone(zone)
        first, end = DAY_PARTS[partial.part] if partial.part else (0, 24)
        return _midnight(day, zone, first), _midnight(day, zone, end)
    except TimeError as error:
        raise TimeError(error.message, offset) from None


def _year_or_month(partial: PartialTime, clock: _Clock) -> _Span:
    if partial.hour is not None or partial.part:
        raise TimeError("有时刻却没有日期；{example}", example=_EXAMPLE)
    month = partial.month
    year = partial.year or clock.latest.year - ((month or 1) > clock.latest.month)
    first = day_of(PartialTime(year, month or 1, 1))
    end = _months_later(first, 1 if month else 12)
    return _midnight(first, clock.zone), _midnight(end, clock.zone)


def _day(partial: PartialTime, clock: _Clock) -> date:
    """Return the day; missing parts are completed by going back from the newest known time."""
    if partial.ago is not None:
        return clock.today - partial.ago * _DAY
    if partial.year:
        return day_of(partial)
    latest = clock.latest.date()
    if partial.day is None:
        if partial.hour is None:
            raise TimeError("只有一天中的时段，没有日期；{example}", example=_EXAMPLE)
        return latest if at(latest, partial, clock.zone) <= clock.latest else latest - _DAY
    for candidate in _days_back(latest):
        if candidate.day == partial.day and partial.month in (None, candidate.month):
            return candidate
    day = Message("{month}月{day}日" if partial.month else "{day}日", month=partial.month, day=partial.day)
    raise TimeError("没有 {date} 这一天", date=day)


def _recent(count: int, unit: str, clock: _Clock, offset: int) -> _Span:
    """Return whole days up to the end of today, or minutes and hours up to now."""
    if not count:
        raise TimeError("时间长度不能为零；{example}", offset, example=_EXAMPLE)
    if unit in ("分钟", "小时", "钟头"):
        length = timedelta(minutes=count) if unit == "分钟" else timedelta(hours=count)
        return (clock.now.astimezone(UTC) - length).astimezone(clock.zone), clock.now + _TICK
    tomorrow = clock.today + _DAY
    if unit in ("月", "年"):
        first = _months_later(tomorrow, -count * (1 if unit == "月" else 12))
    else:
        first = tomorrow - timedelta(days=count * (1 if unit in "天日" else 7))
    return _midnight(first, clock.zone), _midnight(tomorrow, clock.zone)


def _period(phrase: str, today: date) -> tuple[date, date] | None:
    """Return the days of 本周 or 去年 as [first, end), None for any other phrase."""
    if phrase in ("本周", "这周", "本星期", "上周", "上星期"):
        monday = today - today.weekday() * _DAY
        return (monday - 7 * _DAY, monday) if phrase[0] == "上" else (monday, monday + 7 * _DAY)
    if phrase in ("本月", "这个月", "上月", "上个月"):
        first = _months_later(today.replace(day=1), -1 if phrase[0] == "上" else 0)
        return first, _months_later(first, 1)
    if phrase in ("今年", "本年", "去年"):
        first = date(today.year - (phrase == "去年"), 1, 1)
        return first, _months_later(first, 12)
    return None


def _months_later(day: date, count: int) -> date:
    """Add whole months; the 31st becomes the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def _days_back(latest: date) -> Iterator[date]:
    """Yield days from the latest backwards, far enough to include a 29 February across 1900."""
    return (latest - count * _DAY for count in range(366 * 8 + 1))


def _midnight(day: date, zone: tzinfo, hour: int = 0) -> datetime:
    """Return a full hour of a day (24 is the next midnight); an hour skipped by summer time moves forward."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(hours=hour)
    return wall.astimezone(UTC).astimezone(zone)


def _count(text: str) -> int:
    """Parse a number in digits, or in Chinese up to 99."""
    if text.isdigit():
        return int(text)
    digits = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
    tens, ten, ones = text.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)


def _blank(text: str) -> int:
    """Return the number of leading blanks."""
    return len(text) - len(text.lstrip())
