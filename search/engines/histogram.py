"""How a span of time is cut into buckets: the same for all engines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from search.results import Interval

__all__ = ["edges", "interval_for"]

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
    interval = interval_for(first, last)
    border = _floor(first.astimezone(zone), interval)
    borders = [border]
    while borders[-1] <= last:
        try:
            borders.append(_next(borders[-1], interval, zone))
        except OverflowError:
            borders.append(last + timedelta(microseconds=1))
            break
    return interval, borders


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
