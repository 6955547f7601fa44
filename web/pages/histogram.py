"""The histogram as the page draws it: bars that lead to their stretch of time, and the words for each.

Promise: the link of a bar finds exactly the entries that the bar counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from search.results import Bucket, Histogram, Interval
from search.times.ranges import TimeRange
from web.language.i18n import ENGLISH, date_time, language
from web.request.params import Params

__all__ = ["Bar", "Timeline"]

#: A bar is as many units high at most, and one that counts anything at least so many.
FULL: Final = 100
LEAST: Final = 4

_NAMES: Final[dict[Interval, Callable[[datetime], str]]] = {
    "minute": lambda at: f"{at.year}年{at.month}月{at.day}日 {at.hour:02}:{at.minute:02}",
    "hour": lambda at: f"{at.year}年{at.month}月{at.day}日 {at.hour}时",
    "day": lambda at: f"{at.year}年{at.month}月{at.day}日",
    "month": lambda at: f"{at.year}年{at.month}月",
    "year": lambda at: f"{at.year}年",
}
#: What `clock` reads as exactly the bucket.
_TYPED: Final[dict[Interval, Callable[[datetime], str]]] = {
    "minute": lambda at: f"{at.date()} {at.hour:02}:{at.minute:02}",
    "hour": lambda at: f"{at.date()} {at.hour}时",
    "day": lambda at: f"{at.date()}",
    "month": lambda at: f"{at.year:04}-{at.month:02}",
    "year": lambda at: f"{at.year:04}",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket: its name, its count, how high it stands, and `from` and `to` of the search within it."""

    name: str
    count: int
    height: int
    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All bars in order of time; false when there is nothing to compare."""

    interval: Interval
    bars: tuple[Bar, ...] = ()

    @classmethod
    def of(cls, histogram: Histogram, params: Params, chosen: TimeRange) -> Timeline:
        """Make the bars of an answer; `chosen` is what `from` and `to` of the search mean."""
        if len(histogram.buckets) < 2:
            return cls(histogram.interval)
        most = max(bucket.count for bucket in histogram.buckets)
        bars = [_bar(bucket, histogram.interval, most, params, chosen) for bucket in histogram.buckets]
        return cls(histogram.interval, tuple(bars))

    def __bool__(self) -> bool:
        return bool(self.bars)

    @property
    def filled(self) -> Sequence[Bar]:
        """The bars that count anything."""
        return [bar for bar in self.bars if bar.count]

    @property
    def top(self) -> Bar:
        """The first of the highest bars."""
        return max(self.bars, key=lambda bar: bar.count)


def _bar(bucket: Bucket, interval: Interval, most: int, params: Params, chosen: TimeRange) -> Bar:
    height = max(LEAST, round(FULL * bucket.count / most)) if bucket.count else 0
    name = _name(bucket.start, interval)
    # The first and the last bucket may reach beyond what was chosen, but their links must not.
    first, last = _typed(bucket, interval)
    cut_first = chosen.start is not None and bucket.start < chosen.start
    cut_last = chosen.end is not None and chosen.end < bucket.end
    return Bar(
        name, bucket.count, height, params.from_ if cut_first else first, params.to if cut_last else last
    )


def _name(start: datetime, interval: Interval) -> str:
    """Name a stretch for readers, in the language of the page."""
    return date_time(start, interval) if language() is ENGLISH else _NAMES[interval](start)


def _typed(bucket: Bucket, interval: Interval) -> tuple[str, str]:
    """Return what to write into `from` and `to` for a bucket."""
    if interval in ("hour", "minute") and _is_twice(bucket.start):
        # In the time of the clocks the end may lie before the beginning.
        last = bucket.end.astimezone(UTC) - timedelta(seconds=1)
        return bucket.start.isoformat(), last.astimezone(bucket.end.tzinfo).isoformat()
    text = _TYPED[interval](bucket.start)
    return text, text


def _is_twice(time: datetime) -> bool:
    """Say whether clocks show this time twice, or skip it: then only one with its offset is plain."""
    return time.replace(fold=0).utcoffset() != time.replace(fold=1).utcoffset()
