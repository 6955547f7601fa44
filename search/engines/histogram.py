"""How a span of time is cut into buckets: the same for all engines."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from search.results import Interval

__all__ = ["edges", "edges_and_stamps", "interval_for"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
#: As many borders are worked out at first, then twice as many.
_BORDERS: Final = 32
_UTC: Final = ZoneInfo("UTC")
_LONGEST: Final[tuple[tuple[Interval, timedelta], ...]] = (
    ("minute", timedelta(hours=2)),
    ("hour", timedelta(days=4)),
    ("day", timedelta(days=120)),
    ("month", timedelta(days=3660)),
)


def interval_for(first: datetime, last: datetime) -> Interval:
    """Return the finest interval that shows a span in about a hundred buckets or fewer."""
    span = last - first
    return next((name for name, longest in _LONGEST if span <= longest), "year")


def edges(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[Interval, list[datetime]]:
    """Return the interval, and where buckets begin and the last one ends; each holds its begin, not its end.

    >>> from datetime import UTC
    >>> t = datetime(2022, 1, 5, 4, 12, tzinfo=UTC)
    >>> interval, borders = edges(t, t + timedelta(hours=3), ZoneInfo("Asia/Shanghai"))
    >>> interval, borders[0].isoformat(), len(borders)
    ('hour', '2022-01-05T12:00:00+08:00', 5)
    """
    interval, borders, _ = edges_and_stamps(first, last, zone)
    return interval, borders


def edges_and_stamps(
    first: datetime, last: datetime, zone: ZoneInfo
) -> tuple[Interval, list[datetime], list[int]]:
    """Return the same, and the borders once more in microseconds since 1970 UTC."""
    interval = interval_for(first, last)
    start, count = _floor(first.astimezone(zone), interval), _BORDERS
    borders, stamps = _calendar(start, start.fold, interval, zone, count)
    while borders[-1] <= last and len(borders) == count:
        count *= 2
        borders, stamps = _calendar(start, start.fold, interval, zone, count)
    end = bisect_right(borders, last) + 1
    found, found_stamps = list(borders[:end]), list(stamps[:end])
    if found[-1] <= last:
        # The calendar ends here.
        found.append(last + _TICK)
        found_stamps.append(_microseconds(last + _TICK))
    return interval, found, found_stamps


@lru_cache(maxsize=256)
def _calendar(
    start: datetime, fold: int, interval: Interval, zone: ZoneInfo, count: int
) -> tuple[tuple[datetime, ...], tuple[int, ...]]:
    """Return the first `count` borders, fewer where the calendar ends: the same for many queries.

    `fold` is that of the start, for times that differ by it alone are equal, and so not told apart here.
    """
    borders = [start]
    with suppress(OverflowError):
        while len(borders) < count:
            borders.append(_next(borders[-1], interval, zone))
    return tuple(borders), tuple(map(_microseconds, borders))


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // _TICK


def _floor(time: datetime, interval: Interval) -> datetime:
    time = time.replace(second=0, microsecond=0)
    if interval == "minute":
        return time
    time = time.replace(minute=0)
    if interval == "hour":
        return time
    time = time.replace(hour=0)
    if interval == "day":
        return time
    return time.replace(day=1) if interval == "month" else time.replace(month=1, day=1)


def _next(border: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    if interval in ("minute", "hour"):
        # Through UTC, so that an hour that a zone repeats or skips is still one hour.
        step = timedelta(minutes=1) if interval == "minute" else timedelta(hours=1)
        return (border.astimezone(_UTC) + step).astimezone(zone)
    if interval == "day":
        day = border.date() + timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=zone)
    if interval == "month":
        year, month = divmod(border.year * 12 + border.month, 12)
        return _year_checked(year, month + 1, zone)
    return _year_checked(border.year + 1, 1, zone)


def _year_checked(year: int, month: int, zone: ZoneInfo) -> datetime:
    if year > 9999:
        raise OverflowError(year)
    return datetime(year, month, 1, tzinfo=zone)
