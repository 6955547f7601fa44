"""A tally: the figures of some entries in order of time, and the conflicts between them.

Conflicts are listed, not resolved. Figures are compared only if they agree in kind, scope, place, stream and
group of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import groupby
from typing import ClassVar, Final, Literal

from search.deadline import check
from search.entry import Entry
from search.figures import Figure, Kind, figures_of
from search.jsonable import JsonObject

__all__ = ["MAX_ENTRIES", "WINDOW", "Conflict", "Row", "Tally", "comparison_key", "conflicts_of", "tally_of"]

#: Maximum number of entries of one tally.
MAX_ENTRIES: Final = 2_000
#: Entries whose rows are cached: chart, table and CSV of one query are often requested in sequence.
_CACHED_ENTRIES: Final = 2 * MAX_ENTRIES
#: Maximum time between two figures of different agencies that conflict; a later one may be an update.
WINDOW: Final = timedelta(hours=2)
#: Optional final characters of a place name: 湖北省, 湖北.
_ENDINGS: Final = "省市"
_FIGURE_KEYS: Final = (
    *("kind", "term", "scope", "value", "high", "bound", "unit", "who", "place", "agency", "entry_id"),
    *("stream", "time", "start", "end"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with its headline and sentence; `marked` is its span in the sentence."""

    JSON_KEYS: ClassVar = {
        **{name: f"figure.{name}" for name in _FIGURE_KEYS},
        "scope": "figure.stated_scope",
        "bound": "figure.stated_bound",
        "headline": "headline",
        "sentence": "sentence",
    }

    figure: Figure
    headline: str
    sentence: str
    marked: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rows of a tally, by index, that cannot both be right.

    `agencies`: two agencies differ within a short time. `falls`: a total is less than an earlier one.
    """

    JSON_KEYS: ClassVar = ("why", "rows")

    why: Literal["agencies", "falls"]
    first: int
    second: int

    @property
    def rows(self) -> tuple[int, int]:
        """Both rows."""
        return self.first, self.second


@dataclass(frozen=True, slots=True)
class Tally(JsonObject):
    """The figures of `entries` out of `total` matches, oldest first, those without a time last."""

    JSON_KEYS: ClassVar = {
        "query": "query",
        "total": "total",
        "entries": "entries",
        "figures": "rows",
        "conflicts": "conflicts",
    }

    query: str
    total: int
    entries: int
    rows: tuple[Row, ...]
    conflicts: tuple[Conflict, ...]

    def of_kind(self, kind: Kind | None) -> Tally:
        """Return the part of the tally with one kind; all of it for None."""
        if kind is None:
            return self
        rows = tuple(row for row in self.rows if row.figure.kind == kind)
        return Tally(self.query, self.total, self.entries, rows, conflicts_of([row.figure for row in rows]))


def tally_of(entries: Sequence[Entry], *, query: str = "", total: int | None = None) -> Tally:
    """Return the tally of some entries."""
    rows = [row for entry in entries for row in _rows(entry)]
    rows.sort(key=lambda row: _moment(row.figure))
    conflicts = conflicts_of([row.figure for row in rows])
    return Tally(query, len(entries) if total is None else total, len(entries), tuple(rows), conflicts)


def _moment(figure: Figure) -> tuple[bool, float, str, int]:
    time = figure.time
    return time is None, time.timestamp() if time else 0.0, figure.entry_id, figure.start


@lru_cache(maxsize=_CACHED_ENTRIES)
def _rows(entry: Entry) -> tuple[Row, ...]:
    check()
    text, rows = entry.text, []
    for figure in _distinct(figures_of(entry)):
        start, end = figure.sentence
        marked = figure.start - start, figure.end - start
        rows.append(Row(figure, entry.headline, text[start:end], marked))
    return tuple(rows)


def _distinct(figures: Sequence[Figure]) -> list[Figure]:
    """Drop repetitions within an entry; of two equal figures the more detailed one is kept."""
    distinct: list[Figure] = []
    for figure in figures:
        for index, other in enumerate(distinct):
            if _repeats(other, figure):
                distinct[index] = max(other, figure, key=_detail)
                break
        else:
            distinct.append(figure)
    return sorted(distinct, key=lambda figure: figure.start)


def _repeats(one: Figure, other: Figure) -> bool:
    same = (one.kind, one.value, one.high) == (other.kind, other.value, other.high)
    scopes = one.scope == other.scope or {one.scope, other.scope} == {"", "total"}
    return same and scopes and (not one.place or not other.place or _place(one) == _place(other))


def _detail(figure: Figure) -> int:
    return 4 * bool(figure.place) + 2 * bool(figure.scope) + bool(figure.bound)


def _place(figure: Figure) -> str:
    return figure.place.rstrip(_ENDINGS) or figure.place


def comparison_key(figure: Figure) -> tuple[str, ...]:
    """Return the key that is equal for two figures that may be compared."""
    return (
        figure.kind,
        figure.scope,
        _place(figure),
        figure.stream,
        "户" if figure.unit == "户" else "",
        "无症状" if "无症状" in figure.term else "",
    )


def conflicts_of(figures: Sequence[Figure]) -> tuple[Conflict, ...]:
    """Return the conflicts between figures that are sorted by time, as indexes into the list."""
    conflicts: list[Conflict] = []
    comparable = [
        index for index, figure in enumerate(figures) if figure.time and figure.place and not figure.who
    ]
    comparable.sort(key=lambda index: comparison_key(figures[index]))  # stable: by time within a group
    for _, group in groupby(comparable, key=lambda index: comparison_key(figures[index])):
        conflicts += _conflicts_within(list(group), figures)
    return tuple(sorted(conflicts, key=lambda conflict: (conflict.second, conflict.first)))


def _conflicts_within(group: Sequence[int], figures: Sequence[Figure]) -> Iterable[Conflict]:
    """Yield the conflicts between the figures of one comparison key."""
    highest: int | None = None
    for position, index in enumerate(group):
        check()
        figure = figures[index]
        differing = None
        for earlier in reversed(group[:position]):
            other = figures[earlier]
            if other.time is None or figure.time is None or figure.time - other.time > WINDOW:
                break
            if other.agency != figure.agency and other.agency and figure.agency and _disjoint(other, figure):
                differing = earlier
                break
        if differing is not None:
            yield Conflict("agencies", differing, index)
        elif highest is not None and figure.scope == "total" and _falls(figures[highest], figure):
            yield Conflict("falls", highest, index)
        if highest is None or figure.limits[0] >= figures[highest].limits[0]:
            highest = index


def _disjoint(one: Figure, other: Figure) -> bool:
    """Return whether no number satisfies both."""
    (low, high), (other_low, other_high) = one.limits, other.limits
    return high < other_low or other_high < low


def _falls(one: Figure, other: Figure) -> bool:
    return other.entry_id != one.entry_id and other.limits[1] < one.limits[0]
