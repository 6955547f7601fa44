"""The histogram of the search page: bars and a table, in which each bucket links to its stretch of time.

Promise: the link of a bar finds exactly the entries that the bar counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from markupsafe import Markup, escape

from search.results import Bucket, Histogram, Interval
from search.times.ranges import TimeRange
from web.language.i18n import ENGLISH, date_time, gettext, language
from web.pages.format import number
from web.request.links import stretches
from web.request.params import Params

__all__ = ["Bar", "BarChart", "covered_text", "histogram_html"]

#: Height of the highest bar, and least height of a bar with entries, in units of the drawing.
MAX_HEIGHT: Final = 100
MIN_HEIGHT: Final = 4

_NAMES: Final[dict[Interval, Callable[[datetime], str]]] = {
    "minute": lambda at: f"{at.year}年{at.month}月{at.day}日 {at.hour:02}:{at.minute:02}",
    "hour": lambda at: f"{at.year}年{at.month}月{at.day}日 {at.hour}时",
    "day": lambda at: f"{at.year}年{at.month}月{at.day}日",
    "month": lambda at: f"{at.year}年{at.month}月",
    "year": lambda at: f"{at.year}年",
}
#: Texts that `search.times.ranges` reads as exactly the bucket.
_TYPED: Final[dict[Interval, Callable[[datetime], str]]] = {
    "minute": lambda at: f"{at.date()} {at.hour:02}:{at.minute:02}",
    "hour": lambda at: f"{at.date()} {at.hour}时",
    "day": lambda at: f"{at.date()}",
    "month": lambda at: f"{at.year:04}-{at.month:02}",
    "year": lambda at: f"{at.year:04}",
}
_EMPTY_BAR: Final = '<li aria-hidden="true"></li>'


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket: its name, count and height, and `from` and `to` of the search within it."""

    name: str
    count: int
    height: int
    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """All bars in order of time; false with fewer than two buckets."""

    interval: Interval
    bars: tuple[Bar, ...] = ()

    @classmethod
    def of(cls, histogram: Histogram, params: Params, chosen: TimeRange) -> BarChart:
        """Make the bars of a histogram; `chosen` is the range of `from` and `to` of the search."""
        if len(histogram.buckets) < 2:
            return cls(histogram.interval)
        max_count = max(bucket.count for bucket in histogram.buckets)
        bars = [_bar(bucket, histogram.interval, max_count, params, chosen) for bucket in histogram.buckets]
        return cls(histogram.interval, tuple(bars))

    def __bool__(self) -> bool:
        return bool(self.bars)

    @property
    def filled(self) -> Sequence[Bar]:
        """The bars with entries."""
        return [bar for bar in self.bars if bar.count]

    @property
    def top(self) -> Bar:
        """The first of the highest bars."""
        return max(self.bars, key=lambda bar: bar.count)


def covered_text(histogram: Histogram) -> str:
    """Name the time from the first to the last full match; "" if none has a time."""
    starts = [bucket.start for bucket in histogram.buckets if bucket.count]
    names = dict.fromkeys(_name(start, histogram.interval) for start in (*starts[:1], *starts[-1:]))
    return gettext("至").join(names)


def histogram_html(chart: BarChart, params: Params) -> tuple[Markup, Markup]:
    """Return the bars as list items, and a table row for each bar with entries; both link to the same.

    Joined here, as a template takes longer for a hundred bars.
    """
    hrefs = [escape(href) for href in stretches(params, [(bar.from_, bar.to) for bar in chart.filled])]
    rows = (_row_html(bar, href) for bar, href in zip(chart.filled, hrefs, strict=True))
    return Markup("\n".join(_bars_html(chart, hrefs))), Markup("\n".join(rows))


def _bars_html(chart: BarChart, hrefs: Sequence[str]) -> Iterator[str]:
    sentence, remaining = gettext("%(name)s：%(count)s 条"), iter(hrefs)
    for bar in chart.bars:
        if not bar.count:
            yield _EMPTY_BAR
            continue
        label = escape(sentence % {"name": bar.name, "count": number(bar.count)})
        yield (
            f'<li><a href="{next(remaining)}" aria-label="{label}" title="{label}">'
            '<svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
            f'<rect x="1" y="{MAX_HEIGHT - bar.height}" width="8" height="{bar.height}"/></svg></a></li>'
        )


def _row_html(bar: Bar, href: str) -> str:
    name = escape(bar.name)
    return f'<tr><th scope="row"><a href="{href}">{name}</a></th><td>{number(bar.count)}</td></tr>'


def _bar(bucket: Bucket, interval: Interval, max_count: int, params: Params, chosen: TimeRange) -> Bar:
    height = max(MIN_HEIGHT, round(MAX_HEIGHT * bucket.count / max_count)) if bucket.count else 0
    first, last = _typed(bucket, interval)
    # The first and the last bucket may reach beyond the chosen range, but their links must not.
    if chosen.start is not None and bucket.start < chosen.start:
        first = params.from_
    if chosen.end is not None and chosen.end < bucket.end:
        last = params.to
    return Bar(_name(bucket.start, interval), bucket.count, height, first, last)


def _name(start: datetime, interval: Interval) -> str:
    """Name a bucket in the language of the page."""
    return date_time(start, interval) if language() is ENGLISH else _NAMES[interval](start)


def _typed(bucket: Bucket, interval: Interval) -> tuple[str, str]:
    """Return `from` and `to` of a bucket."""
    if interval in ("hour", "minute") and _is_ambiguous(bucket.start):
        # In local time the end may be before the beginning.
        last = bucket.end.astimezone(UTC) - timedelta(seconds=1)
        return bucket.start.isoformat(), last.astimezone(bucket.end.tzinfo).isoformat()
    text = _TYPED[interval](bucket.start)
    return text, text


def _is_ambiguous(time: datetime) -> bool:
    """Return whether local clocks show this time twice or skip it, so that it needs its offset."""
    return time.replace(fold=0).utcoffset() != time.replace(fold=1).utcoffset()
