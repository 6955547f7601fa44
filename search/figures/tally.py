"""A tally: the figures of some entries in order of time, and the conflicts between them.

Conflicts are listed, not resolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from search.deadline import check
from search.entry import Entry
from search.figures import Figure, Kind, figures_of
from search.figures.conflicts import Conflict, conflicts_of
from search.figures.matter import place_key
from search.jsonable import JsonObject

__all__ = ["MAX_ENTRIES", "Row", "Tally", "tally_of"]

#: Maximum number of entries of one tally.
MAX_ENTRIES: Final = 2_000
#: Entries whose rows are cached: chart, table and CSV of one query are often requested in sequence.
_CACHED_ENTRIES: Final = 2 * MAX_ENTRIES
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


def tally_of(
    entries: Sequence[Entry], *, query: str = "", total: int | None = None, kind: Kind | None = None
) -> Tally:
    """Return the tally of some entries, of one kind or of all."""
    rows = [row for entry in entries for row in _rows(entry) if kind in (None, row.figure.kind)]
    rows.sort(key=lambda row: _moment(row.figure))
    count = len(entries)
    return Tally(query, count if total is None else total, count, tuple(rows), conflicts_of(rows))


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
    return same and scopes and (not one.place or not other.place or place_key(one) == place_key(other))


def _detail(figure: Figure) -> tuple[bool, ...]:
    return bool(figure.place), bool(figure.scope), bool(figure.bound), bool(figure.agency)
