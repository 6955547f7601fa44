"""Coordinates of a step chart of figures: lines, points and axis marks, for an SVG.

The template writes the attributes and the style sheet gives the colours. The table below the chart has the
same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10
from typing import Final
from zoneinfo import ZoneInfo

from search.figures.matter import comparison_key
from search.figures.tally import Tally
from web.language.i18n import axis_time, gettext
from web.pages.figure_words import kind_name

__all__ = ["HEIGHT", "LEFT", "MAX_LINES", "RIGHT", "WIDTH", "Chart", "Line", "Mark", "Point", "chart_of"]

#: Size of the drawing and its margins, in units of the drawing.
WIDTH: Final = 640
HEIGHT: Final = 280
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 16, 36
#: Lines of one chart; the style sheet has a colour and a dash pattern for each.
MAX_LINES: Final = 4
#: Marks of the time axis, and steps of the value axis.
_TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Point:
    """A figure in the chart: its row in the tally, its coordinates, and whether it is part of a conflict."""

    row: int
    x: float
    y: float
    in_conflict: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one comparison group; `path` is level until the time of the next figure.

    `label` is the kind, in the language of the page; `where` is the place, in that of the entries.
    """

    label: str
    where: str
    points: tuple[Point, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of an axis: its coordinate and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The lines with the most points, and the axes; `left_out` further lines are in the table only."""

    lines: tuple[Line, ...]
    times: tuple[Mark, ...]
    values: tuple[Mark, ...]
    left_out: int


def chart_of(tally: Tally, zone: ZoneInfo) -> Chart | None:
    """Return the chart of a tally, None if no group has figures of two times."""
    groups = _groups(tally)
    shown = sorted(groups[:MAX_LINES], key=lambda rows: rows[0])
    if not shown:
        return None
    figures = [row.figure for row in tally.rows]
    times = [time for rows in shown for row in rows if (time := figures[row].time)]
    first, last = min(times), max(times)
    steps = _steps(max(figures[row].high or figures[row].value for rows in shown for row in rows))
    conflicting = {row for conflict in tally.conflicts for row in (conflict.first, conflict.second)}

    def point(row: int) -> Point:
        figure = figures[row]
        assert figure.time  # figures without a time are in no group
        x = LEFT + (figure.time - first) / (last - first) * (WIDTH - LEFT - RIGHT)
        return Point(row, round(x, 1), _y(figure.value, steps[-1]), row in conflicting)

    streams = len({figures[rows[0]].stream for rows in shown}) > 1
    lines = tuple(_line(tally, rows, [point(row) for row in rows], streams) for rows in shown)
    values = tuple(Mark(_y(step, steps[-1]), f"{step:,}") for step in steps)
    return Chart(lines, _time_marks(first, last, zone), values, len(groups) - len(shown))


def _groups(tally: Tally) -> list[list[int]]:
    """Return the rows of comparable figures of two times or more, largest group first.

    New cases are not comparable with totals; a figure that says neither counts as a total.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, row in enumerate(tally.rows):
        kind, scope, *rest = comparison_key(row.figure)
        if row.figure.time:
            groups.setdefault((kind, scope == "new", *rest), []).append(index)
    with_place = {(kind, new, stream) for kind, new, place, stream, *_ in groups if place}
    for key in [key for key in groups if not key[2] and (key[0], key[1], key[3]) in with_place]:
        del groups[key]  # figures without a place would mix countries and towns
    charted = [rows for rows in groups.values() if len({tally.rows[row].figure.time for row in rows}) > 1]
    return sorted(charted, key=lambda rows: (-len(rows), rows[0]))


def _line(tally: Tally, rows: Sequence[int], points: Sequence[Point], streams: bool) -> Line:
    figure = tally.rows[rows[0]].figure
    names = [kind_name(figure), "" if figure.place else gettext("地点不明")]
    where = [figure.place, figure.stream if streams else ""]
    steps = "".join(f"H{point.x}V{point.y}" for point in points[1:])
    path = f"M{points[0].x},{points[0].y}{steps}"
    return Line(" · ".join(filter(None, names)), " · ".join(filter(None, where)), tuple(points), path)


def _y(value: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)


def _steps(maximum: int) -> list[int]:
    """Return round numbers from 0 to at least `maximum`.

    >>> _steps(3549), _steps(7), _steps(0)
    ([0, 1000, 2000, 3000, 4000], [0, 2, 4, 6, 8], [0, 1])
    """
    rough = max(maximum / _TICKS, 1)
    scale = 10 ** floor(log10(rough))
    step = next(int(factor * scale) for factor in (1, 2, 5, 10) if factor * scale >= rough)
    return list(range(0, max(maximum, 1) + step, step))


def _time_marks(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[Mark, ...]:
    """Return evenly spaced times, to the minute, the day or the month as the chart is long."""
    span, start = last - first, first.astimezone(zone)
    unit = "day" if span > timedelta(days=4) else "minute"
    if start.year != last.astimezone(zone).year:
        unit = "month"
    marks = []
    for tick in range(_TICKS):
        part = tick / (_TICKS - 1)
        text = axis_time((first + span * part).astimezone(zone), unit)
        marks.append(Mark(round(LEFT + part * (WIDTH - LEFT - RIGHT), 1), text))
    return tuple(marks)
