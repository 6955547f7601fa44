"""A step chart of figures as numbers for an SVG: where lines, points and marks of the axes go.

Nothing is drawn here; the template writes attributes, the style sheet gives colours, and what the chart
shows stands in the table below it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10
from typing import Final
from zoneinfo import ZoneInfo

from search.figures.tally import Tally, comparison_key
from web.language.i18n import axis_time, gettext
from web.pages.figure_words import kind_name

__all__ = ["HEIGHT", "LEFT", "LINES", "WIDTH", "Chart", "Line", "Mark", "Point", "chart_of"]

WIDTH: Final = 640
HEIGHT: Final = 280
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 16, 36
#: So many lines can be told apart.
LINES: Final = 4
_TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the tally in the chart: its place there, and whether it contradicts another."""

    row: int
    x: float
    y: float
    odd: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one matter; `path` goes level to the time of the next one, then up or down.

    `label` says in the language of the page what is counted, `where` in that of the entries of which place.
    """

    label: str
    where: str
    points: tuple[Point, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of an axis: where, and what is written there."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The lines with the most points, and the axes; `left_out` matters are in the table only."""

    lines: tuple[Line, ...]
    times: tuple[Mark, ...]
    values: tuple[Mark, ...]
    left_out: int


def chart_of(tally: Tally, zone: ZoneInfo) -> Chart | None:
    """Return the chart of a tally, None where no matter has two figures at different times."""
    matters = _matters(tally)
    shown = sorted(matters[:LINES], key=lambda places: places[0])
    if not shown:
        return None
    figures = [row.figure for row in tally.rows]
    times = [time for places in shown for place in places if (time := figures[place].time)]
    first, last = min(times), max(times)
    steps = _steps(max(figures[place].high or figures[place].value for places in shown for place in places))
    odd = {place for conflict in tally.conflicts for place in (conflict.first, conflict.second)}

    def spot(place: int) -> Point:
        figure = figures[place]
        assert figure.time  # those without are in no matter
        x = LEFT + (figure.time - first) / (last - first) * (WIDTH - LEFT - RIGHT)
        return Point(place, round(x, 1), _height(figure.value, steps[-1]), place in odd)

    streams = len({figures[places[0]].stream for places in shown}) > 1
    lines = tuple(_line(tally, places, [spot(place) for place in places], streams) for places in shown)
    values = tuple(Mark(_height(step, steps[-1]), f"{step:,}") for step in steps)
    return Chart(lines, _time_marks(first, last, zone), values, len(matters) - len(shown))


def _matters(tally: Tally) -> list[list[int]]:
    """Return the rows of each matter with two moments or more, those with the most first.

    What is said to be new is another matter than what is said of all; what says neither goes with the latter.
    """
    found: dict[tuple[object, ...], list[int]] = {}
    for place, row in enumerate(tally.rows):
        kind, scope, *rest = comparison_key(row.figure)
        if row.figure.time:
            found.setdefault((kind, scope == "new", *rest), []).append(place)
    placed = {(kind, new, stream) for kind, new, place, stream, *_ in found if place}
    for key in [key for key in found if not key[2] and (key[0], key[1], key[3]) in placed]:
        del found[key]  # figures of nobody knows where would mix countries and towns
    lasting = [rows for rows in found.values() if len({tally.rows[place].figure.time for place in rows}) > 1]
    return sorted(lasting, key=lambda rows: (-len(rows), rows[0]))


def _line(tally: Tally, places: Sequence[int], points: Sequence[Point], streams: bool) -> Line:
    figure = tally.rows[places[0]].figure
    names = [kind_name(figure), "" if figure.place else gettext("地点不明")]
    where = [figure.place, figure.stream if streams else ""]
    steps = "".join(f"H{point.x}V{point.y}" for point in points[1:])
    path = f"M{points[0].x},{points[0].y}{steps}"
    return Line(" · ".join(filter(None, names)), " · ".join(filter(None, where)), tuple(points), path)


def _height(value: int, most: int) -> float:
    return round(HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM), 1)


def _steps(most: int) -> list[int]:
    """Return round numbers from 0 to at least `most`.

    >>> _steps(3549), _steps(7), _steps(0)
    ([0, 1000, 2000, 3000, 4000], [0, 2, 4, 6, 8], [0, 1])
    """
    rough = max(most / _TICKS, 1)
    scale = 10 ** floor(log10(rough))
    step = next(int(factor * scale) for factor in (1, 2, 5, 10) if factor * scale >= rough)
    return list(range(0, max(most, 1) + step, step))


def _time_marks(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[Mark, ...]:
    """Write times at both ends and between; days alone where the chart is long."""
    span, start = last - first, first.astimezone(zone)
    unit = "day" if span > timedelta(days=4) else "minute"
    if start.year != last.astimezone(zone).year:
        unit = "month"
    marks = []
    for number in range(_TICKS):
        part = number / (_TICKS - 1)
        text = axis_time((first + span * part).astimezone(zone), unit)
        marks.append(Mark(round(LEFT + part * (WIDTH - LEFT - RIGHT), 1), text))
    return tuple(marks)
