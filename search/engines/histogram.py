"""Bucket edges of a histogram: the same for all engines."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from search.engines.timestamps import microseconds
from search.results import Interval

__all__ = ["bucket_edges", "interval_for"]

_TICK: Final = timedelta(microseconds=1)
#: Edges that are computed at first; doubled until they cover the span.
_FIRST_EDGES: Final = 32
_UTC: Final = ZoneInfo("UTC")
#: The longest span of each interval.
_MAX_SPAN: Final[tuple[tuple[Interval, timedelta], ...]] = (
    ("minute", timedelta(hours=2)),
    ("hour", timedelta(days=4)),
    ("day", timedelta(days=120)),
    ("month", timedelta(days=3660)),
)


def interval_for(first: datetime, last: datetime) -> Interval:
    """Return the finest interval that divides a span into at most about a hundred buckets."""
    span = last - first
    return next((name for name, longest in _MAX_SPAN if span <= longest), "year")


def bucket_edges(
    first: datetime, last: datetime, zone: ZoneInfo
) -> tuple[Interval, list[datetime], list[int]]:
    """Return the interval, the bucket edges in a zone, and the same in microseconds since 1970 UTC.

    A bucket contains its first edge and not its second.

    >>> from datetime import UTC
    >>> t = datetime(2022, 1, 5, 4, 12, tzinfo=UTC)
    >>> interval, edges, stamps = bucket_edges(t, t + timedelta(hours=3), ZoneInfo("Asia/Shanghai"))
    >>> interval, edges[0].isoformat(), len(edges), stamps[0]
    ('hour', '2022-01-05T12:00:00+08:00', 5, 1641355200000000)
    """
    interval = interval_for(first, last)
    start, count = _floor(first.astimezone(zone), interval), _FIRST_EDGES
    edges, stamps = _calendar(start, start.fold, interval, zone, count)
    while edges[-1] <= last and len(edges) == count:
        count *= 2
        edges, stamps = _calendar(start, start.fold, interval, zone, count)
    end = bisect_right(edges, last) + 1
    if edges[-1] <= last:  # The calendar ends here.
        edges, stamps = (*edges, last + _TICK), (*stamps, microseconds(last + _TICK))
    return interval, list(edges[:end]), list(stamps[:end])


@lru_cache(maxsize=256)
def _calendar(
    start: datetime, fold: int, interval: Interval, zone: ZoneInfo, count: int
) -> tuple[tuple[datetime, ...], tuple[int, ...]]:
    """Return the first `count` edges, fewer where the calendar ends; cached, as many queries share them.

    `fold` is that of the start: times that differ only in it are equal, and would share a cache entry.
    """
    edges = [start]
    with suppress(OverflowError):
        while len(edges) < count:
            edges.append(_next(edges[-1], interval, zone))
    return tuple(edges), tuple(map(microseconds, edges))


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


def _next(edge: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    if interval in ("minute", "hour"):
        # In UTC, so that an hour which a zone repeats or skips is still one hour.
        step = timedelta(minutes=1) if interval == "minute" else timedelta(hours=1)
        return (edge.astimezone(_UTC) + step).astimezone(zone)
    if interval == "day":
        day = edge.date() + timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=zone)
    if interval == "month":
        year, month = divmod(edge.year * 12 + edge.month, 12)
        return _year_checked(year, month + 1, zone)
    return _year_checked(edge.year + 1, 1, zone)


def _year_checked(year: int, month: int, zone: ZoneInfo) -> datetime:
    if year > 9999:
        raise OverflowError(year)
    return datetime(year, month, 1, tzinfo=zone)
