"""The tally of a query: every figure its entries say, in order of time, and where they contradict each other.

Nothing is resolved: rows are what was said, conflicts name rows that cannot both be right. Figures are
compared only where they speak of the same: one kind, scope, place and stream, and the same people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, Final, Literal

from search.deadline import check
from search.entry import Entry
from search.figures import Figure, Kind, figures_of
from search.searcher.searcher import Searcher

__all__ = ["MOST_ENTRIES", "WINDOW", "Conflict", "Row", "Tally", "comparison_key", "tally", "tally_of"]

#: So many entries, the newest, are read for one tally.
MOST_ENTRIES: Final = 2_000
#: Chart, table and CSV of one query are often asked for one after the other.
_REMEMBERED: Final = 2 * MOST_ENTRIES
#: Two agencies contradict each other when they differ within this time: later there may be news.
WINDOW: Final = timedelta(hours=2)
#: Han endings that a name has or not: 湖北省, 湖北.
_ENDINGS: Final = "省市"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, and the headline and the sentence that say it, `marked` being its place in the sentence."""

    figure: Figure
    headline: str
    sentence: str
    marked: tuple[int, int]

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {**self.figure.as_dict(), "headline": self.headline, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rows, by their places in the tally, that cannot both be right.

    `agencies`: two of them differ within a short time. `falls`: a count of all so far is less than before.
    """

    why: Literal["agencies", "falls"]
    first: int
    second: int

    def as_dict(self) -> dict[str, Any]:
        """Return the conflict as plain JSON values."""
        return {"why": self.why, "rows": [self.first, self.second]}


@dataclass(frozen=True, slots=True)
class Tally:
    """All figures of an answer, oldest first, those without a time last; `entries` of `total` were read."""

    query: str
    total: int
    entries: int
    rows: tuple[Row, ...]
    conflicts: tuple[Conflict, ...]

    def of_kind(self, kind: Kind | None) -> Tally:
        """Return the part of the tally that speaks of one kind; None is all."""
        if kind is None:
            return self
        rows = tuple(row for row in self.rows if row.figure.kind == kind)
        return Tally(self.query, self.total, self.entries, rows, conflicts_of([row.figure for row in rows]))

    def as_dict(self) -> dict[str, Any]:
        """Return the tally as plain JSON values."""
        return {
            "query": self.query,
            "total": self.total,
            "entries": self.entries,
            "figures": [row.as_dict() for row in self.rows],
            "conflicts": [conflict.as_dict() for conflict in self.conflicts],
        }


def tally(searcher: Searcher, query: str, *, kind: Kind | None = None, **filters: Any) -> Tally:
    """Read the figures of the newest full matches; `filters` and what is raised are those of `search`."""
    found = searcher.export(query, sort="newest", partial=False, **filters)
    entries = [one.entry for one, _ in islice(found.hits, MOST_ENTRIES)]
    return tally_of(entries, query=query, total=found.listing.total).of_kind(kind)


def tally_of(entries: Sequence[Entry], *, query: str = "", total: int | None = None) -> Tally:
    """Return the figures of some entries."""
    rows = [row for entry in entries for row in _rows(entry)]
    rows.sort(key=lambda row: _moment(row.figure))
    conflicts = conflicts_of([row.figure for row in rows])
    return Tally(query, len(entries) if total is None else total, len(entries), tuple(rows), conflicts)


def _moment(figure: Figure) -> tuple[bool, float, str, int]:
    time = figure.time
    return time is None, time.timestamp() if time else 0.0, figure.entry_id, figure.start


@lru_cache(maxsize=_REMEMBERED)
def _rows(entry: Entry) -> tuple[Row, ...]:
    check()
    text, rows = entry.text, []
    for figure in _distinct(figures_of(entry)):
        start, end = figure.sentence
        marked = figure.start - start, figure.end - start
        rows.append(Row(figure, entry.headline, text[start:end], marked))
    return tuple(rows)


def _distinct(figures: Sequence[Figure]) -> list[Figure]:
    """Leave out what an entry says again; of a headline and its body the one that says more stays."""
    kept: list[Figure] = []
    for figure in figures:
        for place, other in enumerate(kept):
            if _is_again(other, figure):
                kept[place] = max(other, figure, key=_told)
                break
        else:
            kept.append(figure)
    return sorted(kept, key=lambda figure: figure.start)


def _is_again(one: Figure, other: Figure) -> bool:
    same = (one.kind, one.value, one.high) == (other.kind, other.value, other.high)
    scopes = one.scope == other.scope or {one.scope, other.scope} == {"", "total"}
    return same and scopes and (not one.place or not other.place or _place(one) == _place(other))


def _told(figure: Figure) -> int:
    return 4 * bool(figure.place) + 2 * bool(figure.scope) + bool(figure.bound)


def _place(figure: Figure) -> str:
    return figure.place.rstrip(_ENDINGS) or figure.place


def comparison_key(figure: Figure) -> tuple[str, ...]:
    """Return what two figures must have in common to be compared."""
    silent = "无症状" if "无症状" in figure.term else ""
    return (
        figure.kind,
        figure.scope,
        _place(figure),
        figure.stream,
        "户" if figure.unit == "户" else "",
        silent,
    )


def conflicts_of(figures: Sequence[Figure]) -> tuple[Conflict, ...]:
    """Return which figures, by their places in a list in order of time, contradict each other."""
    found: list[Conflict] = []
    places = [
        place for place, figure in enumerate(figures) if figure.time and figure.place and not figure.who
    ]
    places.sort(key=lambda place: comparison_key(figures[place]))  # stable: by time within each
    for _, group in groupby(places, key=lambda place: comparison_key(figures[place])):
        found += _within(list(group), figures)
    return tuple(sorted(found, key=lambda conflict: (conflict.second, conflict.first)))


def _within(places: Sequence[int], figures: Sequence[Figure]) -> Iterable[Conflict]:
    """Yield the conflicts of one matter."""
    highest: int | None = None
    for number, place in enumerate(places):
        check()
        figure = figures[place]
        differing = None
        for earlier in reversed(places[:number]):
            other = figures[earlier]
            if other.time is None or figure.time is None or figure.time - other.time > WINDOW:
                break
            if other.agency != figure.agency and other.agency and figure.agency and _apart(other, figure):
                differing = earlier
                break
        if differing is not None:
            yield Conflict("agencies", differing, place)
        elif highest is not None and figure.scope == "total" and _falls(figures[highest], figure):
            yield Conflict("falls", highest, place)
        if highest is None or figure.limits[0] >= figures[highest].limits[0]:
            highest = place


def _apart(one: Figure, other: Figure) -> bool:
    """Say whether no number fits both."""
    (low, high), (least, most) = one.limits, other.limits
    return high < least or most < low


def _falls(one: Figure, other: Figure) -> bool:
    return other.entry_id != one.entry_id and other.limits[1] < one.limits[0]
