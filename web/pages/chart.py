"""Coordinates of small charts of figures: a step line for a series of totals, bars for single reports.

The template writes the attributes and the style sheet gives the colours. The table has the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10
from typing import Final
from zoneinfo import ZoneInfo

from search.figures.series import Series
from search.figures.tally import Tally
from web.language.i18n import axis_time

__all__ = ["BASE", "HEIGHT", "LEFT", "MAX_CHARTS", "RIGHT", "WIDTH", "Chart", "Mark", "Point", "charts_of"]

#: Size of a drawing and its margins, in units of the drawing.
WIDTH: Final = 400
HEIGHT: Final = 190
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
#: The line of the value 0.
BASE: Final = HEIGHT - BOTTOM
#: Charts on a page, and least figures of one.
MAX_CHARTS: Final = 6
MIN_POINTS: Final = 3
#: Steps of the value axis.
_STEPS: Final = 3
#: Least and largest width of a bar.
_BAR_WIDTHS: Final = (2.0, 12.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A figure in a chart: its row in the tally, its coordinates, and whether it is part of a conflict."""

    row: int
    x: float
    y: float
    in_conflict: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of an axis: its coordinate and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One series. `path` is level until the time of the next total, and empty for bars of `bar_width`."""

    series: Series
    points: tuple[Point, ...]
    path: str
    bar_width: float
    times: tuple[Mark, ...]
    values: tuple[Mark, ...]


def charts_of(tally: Tally, series: Sequence[Series], zone: ZoneInfo) -> list[Chart]:
    """Return the charts of the longest series, for each place and kind one of totals and one of reports."""
    conflicting = {row for conflict in tally.conflicts for row in (conflict.first, conflict.second)}
    long = [one for one in _first_of_each(series) if _times(tally, one) >= MIN_POINTS]
    return [_chart(tally, one, zone, conflicting) for one in long[:MAX_CHARTS]]


def _first_of_each(series: Sequence[Series]) -> Iterator[Series]:
    seen = set()
    for one in series:
        key = one.kind, one.place, one.stream, one.is_total
        if key not in seen:
            seen.add(key)
            yield one


def _times(tally: Tally, series: Series) -> int:
    return len({tally.rows[row].figure.time for row in series.rows})


def _chart(tally: Tally, series: Series, zone: ZoneInfo, conflicting: set[int]) -> Chart:
    figures = [tally.rows[row].figure for row in series.rows]
    times = [figure.time for figure in figures if figure.time]
    first, last = times[0], times[-1]
    steps = _steps(max(figure.high or figure.value for figure in figures))
    share = _BAR_WIDTHS[1] / 2 if not series.is_total else 0.0
    left, width = LEFT + share, WIDTH - LEFT - RIGHT - 2 * share
    points = tuple(
        Point(
            row,
            round(left + (time - first) / (last - first) * width, 1),
            _y(figure.value, steps[-1]),
            row in conflicting,
        )
        for row, figure, time in zip(series.rows, figures, times, strict=True)
    )
    return Chart(
        series,
        points,
        _path(points) if series.is_total else "",
        _bar_width(last - first, width),
        _time_marks(first, last, zone),
        tuple(Mark(_y(step, steps[-1]), f"{step:,}") for step in steps),
    )


def _path(points: Sequence[Point]) -> str:
    steps = "".join(f"H{point.x}V{point.y}" for point in points[1:])
    return f"M{points[0].x},{points[0].y}{steps}"


def _bar_width(span: timedelta, width: float) -> float:
    days = max(1, span / timedelta(days=1))
    return round(min(max(width / days * 0.7, _BAR_WIDTHS[0]), _BAR_WIDTHS[1]), 1)


def _y(value: int, top: int) -> float:
    return round(BASE - value / top * (HEIGHT - TOP - BOTTOM), 1)


def _steps(maximum: int) -> list[int]:
    """Return round numbers from 0 to at least `maximum`.

    >>> _steps(3549), _steps(7), _steps(0)
    ([0, 2000, 4000], [0, 5, 10], [0, 1])
    """
    rough = max(maximum / _STEPS, 1)
    scale = 10 ** floor(log10(rough))
    step = next(int(factor * scale) for factor in (1, 2, 5, 10) if factor * scale >= rough)
    return list(range(0, -(-max(maximum, 1) // step) * step + 1, step))


def _time_marks(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[Mark, ...]:
    """Return the first and the last time, to the minute, the day or the month as the chart is long."""
    start, end = first.astimezone(zone), last.astimezone(zone)
    unit = "day" if end - start > timedelta(days=4) else "minute"
    if start.year != end.year:
        unit = "month"
    return Mark(LEFT, axis_time(start, unit)), Mark(WIDTH - RIGHT, axis_time(end, unit))
