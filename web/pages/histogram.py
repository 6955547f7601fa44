"""The histogram of the search page: bars and a table, in which each bucket links to its stretch of time.

Promise: the link of a bar finds exactly the entries that the bar counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Final

from markupsafe import Markup, escape

from search.results import Bucket, Histogram, Interval
from search.times.ranges import TimeRange
from web.language.i18n import ENGLISH, date_time, gettext, language
from web.pages.format import number
from web.request.links import stretches
from web.request.params import Params

__all__ = ["Bar", "BarChart", "covered_text", "histogram_html"]

#: With fewer full matches a histogram says less than the hits themselves.
MIN_MATCHES: Final = 5
#: Most labels below the bars.
MAX_TICKS: Final = 5
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
#: Labels of the axis, shorter than names; the first has what the others repeat.
_TICKS: Final[dict[Interval, Callable[[datetime], str]]] = {
    "minute": lambda at: f"{at.hour}:{at.minute:02}",
    "hour": lambda at: f"{at.month}-{at.day} {at.hour}:00",
    "day": lambda at: f"{at.year}-{at.month}-{at.day}",
    "month": lambda at: f"{at.year}-{at.month:02}",
    "year": lambda at: f"{at.year}",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket: its name, count and height, and `from` and `to` of the search within it.

    `tick` is its label on the axis, "" if it has none.
    """

    name: str
    count: int
    height: int
    from_: str
    to: str
    tick: str = ""


@dataclass(frozen=True, slots=True)
class BarChart:
    """All bars in order of time; false with fewer than two buckets or MIN_MATCHES entries."""

    interval: Interval
    bars: tuple[Bar, ...] = ()

    @classmethod
    def of(cls, histogram: Histogram, params: Params, chosen: TimeRange) -> BarChart:
        """Make the bars of a histogram; `chosen` is the range of `from` and `to` of the search."""
        buckets, interval = histogram.buckets, histogram.interval
        if len(buckets) < 2 or sum(bucket.count for bucket in buckets) < MIN_MATCHES:
            return cls(interval)
        max_count = max(bucket.count for bucket in buckets)
        bars = [_bar(bucket, interval, max_count, params, chosen) for bucket in buckets]
        for at in _tick_places(len(bars)):
            bars[at] = replace(bars[at], tick=_TICKS[interval](buckets[at].start))
        return cls(interval, tuple(bars))

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


def _tick_places(count: int) -> range:
    """Return the indexes of evenly spaced bars, from the first on, with room for a label after each.

    >>> [list(_tick_places(count)) for count in (2, 5, 24, 100)]
    [[0], [0, 3], [0, 6, 12, 18], [0, 20, 40, 60, 80]]
    """
    step = max(2, -(-count // MAX_TICKS))
    step += count % step == 1  # the last bar has no room for a label
    return range(0, count - 1, max(step, 6 if count > 12 else 2))


def _bars_html(chart: BarChart, hrefs: Sequence[str]) -> Iterator[str]:
    sentence, remaining = gettext("%(name)s：%(count)s 条"), iter(hrefs)
    names = cycle(("tick", "tick tick-more"))
    for bar in chart.bars:
        tick = f'<span class="{next(names)}" aria-hidden="true">{bar.tick}</span>' if bar.tick else ""
        if not bar.count:
            yield f'<li aria-hidden="true">{tick}</li>'
            continue
        label = escape(sentence % {"name": bar.name, "count": number(bar.count)})
        yield (
            f'<li><a href="{next(remaining)}" aria-label="{label}" title="{label}">'
            '<svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
            f'<rect x="1" y="{MAX_HEIGHT - bar.height}" width="8" height="{bar.height}"/></svg></a>'
            f"{tick}</li>"
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
