"""Complete the time lines of a live blog: the missing days and years.

A day without a year is in the latest year that does not put it after the date of the file. A time without a
day continues from its neighbour, across midnight in the direction in which the file runs. Days ago (昨天)
count from the heading above, else from the nearest day that a later entry writes, else from the file's date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from search.errors import TimeError
from search.language.message import Message
from search.times.partial import PartialTime, at, day_of, day_start

__all__ = ["Timeline", "timeline"]

_DAY = timedelta(days=1)
_MINUTES = 24 * 60

#: A day; None if none is written; an error if the written one does not exist.
_Day = date | TimeError | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments of time lines in the order of the file; an error for one that cannot be dated."""

    moments: tuple[datetime | TimeError, ...]
    oldest_first: bool


def timeline(stamps: Sequence[PartialTime], deadline: date | None, zone: ZoneInfo) -> Timeline | None:
    """Date the time lines of a file; None if they need a deadline (the file's date) and it is missing."""
    if deadline is None and not all(stamp.year for stamp in stamps if stamp.day):
        return None
    if deadline is None and not any(stamp.day for stamp in stamps):
        return None
    minutes = [_minute(stamp) for stamp in stamps]
    written = [_written_day(stamp, deadline) for stamp in stamps]
    days = _with_days_ago(stamps, written, deadline, oldest_first=False)
    oldest_first, certain = _runs_forward(days, minutes)
    if oldest_first:
        days = _with_days_ago(stamps, written, deadline, oldest_first=True)
    filled = _filled(days, minutes, oldest_first, deadline)
    if not certain and any(isinstance(day, TimeError) for day in filled):
        # The other direction does not lead past the date of the file.
        oldest_first = not oldest_first
        filled = _filled(days, minutes, oldest_first, deadline)
    moments = (_moment(day, stamp, zone) for day, stamp in zip(filled, stamps, strict=True))
    return Timeline(tuple(moments), oldest_first)


def _written_day(stamp: PartialTime, deadline: date | None) -> _Day:
    try:
        if stamp.day and not stamp.month and deadline:  # 6日13:59
            back = next(n for n in range(62) if (deadline - n * _DAY).day == stamp.day)
            return deadline - back * _DAY
        return day_of(stamp, not_after=deadline) if stamp.day else None
    except TimeError as error:
        return error
    except (StopIteration, OverflowError):
        return TimeError("没有 {date} 这一天", date=Message("{day}日", day=stamp.day))


def _with_days_ago(
    stamps: Sequence[PartialTime], written: Sequence[_Day], deadline: date | None, *, oldest_first: bool
) -> list[_Day]:
    """Return the written days and those of words such as 昨天."""
    pairs = list(zip(stamps, written, strict=True))
    days = list(_from_newest(pairs[::-1] if oldest_first else pairs, deadline))
    return days[::-1] if oldest_first else days


def _from_newest(pairs: Sequence[tuple[PartialTime, _Day]], today: date | None) -> Iterator[_Day]:
    """Yield the day of each entry, the newest one first; `today` is where 昨天 counts from at the begin."""
    for stamp, day in pairs:
        if stamp.ago is None:
            today = day if isinstance(day, date) else today
            yield day
        elif isinstance(start := day or today, date) and start.toordinal() > stamp.ago:
            yield start - stamp.ago * _DAY
        else:
            yield TimeError("只有时刻，日期无法确定；请在这一行写上月日")


def _minute(stamp: PartialTime) -> int | None:
    """Return the minute of the day, None if it does not exist."""
    minute = (stamp.hour or 0) * 60 + (stamp.minute or 0)
    return minute if minute <= _MINUTES and (stamp.minute or 0) < 60 else None


def _runs_forward(days: Sequence[_Day], minutes: Sequence[int | None]) -> tuple[bool, bool]:
    """Return whether the oldest entry is first, and whether written days say so, not only times of day.

    Each two neighbours with days have one vote, so that a single error does not decide. Times alone run in
    the direction that needs less time in total. In a tie the newest is first, as in most live blogs.
    """
    pairs = [(day, minute) for day, minute in zip(days, minutes, strict=True) if minute is not None]
    dated = [day.toordinal() * _MINUTES + minute for day, minute in pairs if isinstance(day, date)]
    votes = sum((after > before) - (after < before) for before, after in pairwise(dated))
    if votes:
        return votes > 0, True
    steps = [after - before for (_, before), (_, after) in pairwise(pairs)]
    return sum(step % _MINUTES for step in steps) < sum(-step % _MINUTES for step in steps), False


def _filled(
    days: Sequence[_Day], minutes: Sequence[int | None], oldest_first: bool, deadline: date | None
) -> list[_Day]:
    """Complete the days: each from the one before it, those before the first written day backwards."""
    first = next((i for i, day in enumerate(days) if day is not None), None)
    if first is None:  # times only: the newest of them is on the day of the file
        anchor = len(days) - 1 if oldest_first else 0
        days = [deadline if i == anchor else None for i in range(len(days))]
        first = anchor
    ahead = list(_walk(days[first::-1], minutes[first::-1], not oldest_first))
    behind = list(_walk(days[first:], minutes[first:], oldest_first))
    filled = [*ahead[:0:-1], *behind]
    return [day if written else _not_after(day, deadline) for day, written in zip(filled, days, strict=True)]


def _walk(days: Sequence[_Day], minutes: Sequence[int | None], later: bool) -> Iterator[_Day]:
    """Yield the days in order; a missing one is the nearest day not before (or after) the last time."""
    day: _Day = None
    last: int | None = None
    for written, minute in zip(days, minutes, strict=True):
        if written is not None:
            day, last = written, minute
        elif isinstance(day, date) and minute is not None:
            if last is not None and (minute < last if later else minute > last):
                day += _DAY if later else -_DAY
            last = minute
        yield day


def _not_after(day: _Day, deadline: date | None) -> _Day:
    if isinstance(day, date) and deadline and day > deadline:
        return TimeError("只有时刻，日期无法确定；请在这一行写上月日")
    return day


def _moment(day: _Day, stamp: PartialTime, zone: ZoneInfo) -> datetime | TimeError:
    try:
        if isinstance(day, date) and stamp.day is None and stamp.weekday not in (None, day.weekday()):
            return TimeError("只有星期和时刻，而推算的日期不是这个星期；请在这一行写上月日")
        if isinstance(day, date):
            return at(day, stamp, zone) if stamp.hour is not None else day_start(day, stamp.zone or zone)
    except TimeError as error:
        return error
    if isinstance(day, TimeError) and stamp.day:
        return day
    return TimeError("只有时刻，而相邻条目的日期无法确定；请在这一行写上月日")
