"""Series: the figures of a tally that may stand in one chart.

Totals so far and single reports are never in one series. A total does not fall: a figure far below the
last belongs to another count (since another day, or of another event), and so to a series of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Final

from search.figures.figure import Figure, Kind
from search.figures.matter import comparison_key
from search.figures.tally import Row

__all__ = ["Series", "is_total", "series_of"]

#: Least and largest ratio of a total to the last one of its series; below 1 it is a correction.
_MIN_RATIO: Final = 0.5
_MAX_RATIO: Final = 10.0
#: A single report of this many times the median is a total that was not recognized; it is in no series.
_MAX_OF_MEDIAN: Final = 30
_SINCE: Final = re.compile("(?:自|从)[^，。；]{2,30}以来|以来[^，。；]{0,30}(?:已|共)")


@dataclass(frozen=True, slots=True)
class Series:
    """Comparable figures, as indexes of rows in order of time; `is_total` are totals so far."""

    kind: Kind
    place: str
    stream: str
    is_total: bool
    rows: tuple[int, ...]


def series_of(rows: Sequence[Row]) -> list[Series]:
    """Return the series of rows that are in order of time, the longest first.

    Rows without a time are in none. Figures without a place are left out where others of their kind and
    stream have one.
    """
    groups = _groups(rows)
    placed = {(kind, stream) for kind, place, stream, *_ in groups if place}
    series = [
        Series(rows[chain[0]].figure.kind, rows[chain[0]].figure.place, key[2], bool(key[-1]), tuple(chain))
        for key, members in groups.items()
        if key[1] or (key[0], key[2]) not in placed
        for chain in (_chains(rows, members) if key[-1] else [_singles(rows, members)])
    ]
    return sorted(series, key=lambda one: (-len(one.rows), one.rows[0]))


def is_total(row: Row) -> bool:
    """Return whether a figure is a total so far: stated as one, or counted since a day."""
    figure = row.figure
    if figure.scope:
        return figure.scope == "total"
    return _SINCE.search(row.sentence[: row.marked[1]]) is not None


def _groups(rows: Sequence[Row]) -> dict[tuple[str, ...], list[int]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, row in enumerate(rows):
        if row.figure.time:
            kind, _, *rest = comparison_key(row.figure)
            groups.setdefault((kind, *rest, "total" if is_total(row) else ""), []).append(index)
    return groups


def _chains(rows: Sequence[Row], members: Sequence[int]) -> Iterator[list[int]]:
    """Divide totals into chains that do not fall far."""
    chains: list[list[int]] = []
    for index in members:
        figure = rows[index].figure
        fitting = [chain for chain in chains if _fits(rows[chain[-1]].figure, figure)]
        if fitting:
            min(fitting, key=lambda chain: _distance(rows[chain[-1]].figure, figure)).append(index)
        else:
            chains.append([index])
    yield from chains


def _singles(rows: Sequence[Row], members: Sequence[int]) -> list[int]:
    limit = _MAX_OF_MEDIAN * max(1, median(rows[index].figure.value for index in members))
    return [index for index in members if rows[index].figure.value <= limit]


def _fits(last: Figure, figure: Figure) -> bool:
    return last.value * _MIN_RATIO <= figure.value <= max(last.value, 1) * _MAX_RATIO


def _distance(last: Figure, figure: Figure) -> float:
    return abs(log(max(figure.value, 1) / max(last.value, 1)))
