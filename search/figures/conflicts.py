"""Contradictions between figures: two reports of one count that cannot both be right.

A pair is shown only if the figures count the same matter. A larger number in a later report is an update,
not a contradiction. Precision comes before recall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import groupby
from typing import ClassVar, Final, Literal, Protocol

from search.deadline import check
from search.figures.figure import Figure, Kind
from search.figures.matter import Matter, Moment, comparison_key, matter_of, moment_of, same_matter

__all__ = ["Conflict", "conflicts_of", "contradiction"]

#: Maximum time between two reports of about the same moment; a later report may be an update.
_SAME_MOMENT: Final = timedelta(minutes=10)
#: Maximum time between two reports that state the same cut-off.
_MAX_DELAY: Final = timedelta(days=1)
#: Maximum time between two totals of an event: of one that lasts, and of any other.
_LASTING_DAYS, _DAYS = timedelta(days=10), timedelta(days=3)
#: Maximum ratio of two numbers that can be the same count.
_MAX_RATIO: Final = 2
#: Earlier figures of a group that a figure is compared with.
_MAX_EARLIER: Final = 50
#: Kinds whose totals do not fall: people who are missing, evacuated or arrested are found or released.
_GROWING: Final[frozenset[Kind]] = frozenset({"死亡", "受伤", "感染"})
#: Figures whose matter and moment are cached: those of one tally.
_CACHED_FIGURES: Final = 10_000


Why = Literal["agencies", "falls"]


class Reported(Protocol):
    """A figure with the headline and the sentence that it was read from; a row of a tally."""

    @property
    def figure(self) -> Figure: ...
    @property
    def headline(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def marked(self) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rows of a tally, by index, that cannot both be right.

    `agencies`: two reports give different numbers for about the same moment. `falls`: a total is less than an
    earlier one.
    """

    JSON_KEYS: ClassVar = ("why", "rows")

    why: Why
    first: int
    second: int

    @property
    def rows(self) -> tuple[int, int]:
        """Both rows."""
        return self.first, self.second


def conflicts_of(rows: Sequence[Reported]) -> tuple[Conflict, ...]:
    """Return the conflicts between rows that are sorted by time, as indexes into the list."""
    comparable = [index for index, row in enumerate(rows) if row.figure.time and row.figure.place]
    keys = {index: (*comparison_key(rows[index].figure), rows[index].figure.who) for index in comparable}
    comparable.sort(key=keys.__getitem__)  # stable: by time within a group
    conflicts: list[Conflict] = []
    for _, group in groupby(comparable, key=keys.__getitem__):
        conflicts += _conflicts_within(list(group), rows)
    return tuple(sorted(conflicts, key=lambda conflict: (conflict.second, conflict.first)))


def _conflicts_within(group: Sequence[int], rows: Sequence[Reported]) -> Iterator[Conflict]:
    """Yield the latest conflict of each row with an earlier one of its group."""
    highest = 0
    for position, index in enumerate(group):
        check()
        row = rows[index]
        window = _LASTING_DAYS if row.figure.value < highest else _MAX_DELAY
        for earlier in reversed(group[max(0, position - _MAX_EARLIER) : position]):
            if _apart(rows[earlier], row) > window:
                break
            if why := contradiction(rows[earlier], row):
                yield Conflict(why, earlier, index)
                break
        highest = max(highest, row.figure.value)


def contradiction(one: Reported, other: Reported) -> Why | None:
    """Return why a row contradicts an earlier one, None if both can be right."""
    if not _can_be_one_count(one.figure, other.figure):
        return None
    why: Why | None = None
    if _same_moment(one, other):
        why = "agencies"
    elif _falls(one, other):
        why = "falls"
    return why if why and _same_matter(one, other) else None


def _can_be_one_count(one: Figure, other: Figure) -> bool:
    """Return whether two figures differ, but not by more than two reports of one count do."""
    least, most = sorted((one.value, other.value))
    if least == most or most > _MAX_RATIO * least:
        return False
    (low, high), (other_low, other_high) = one.limits, other.limits
    return high < other_low or other_high < low


def _apart(one: Reported, other: Reported) -> timedelta:
    assert one.figure.time and other.figure.time  # figures without a time are not compared
    return other.figure.time - one.figure.time


def _same_moment(one: Reported, other: Reported) -> bool:
    """Return whether two reports hold for one moment: one cut-off, or two agencies within minutes."""
    if (apart := _apart(one, other)) > _MAX_DELAY:
        return False
    first, second = _moment(one), _moment(other)
    one_entry = one.figure.entry_id == other.figure.entry_id
    if first.stated and second.stated:
        return first == second and first.exact and not one_entry
    agencies = {one.figure.agency, other.figure.agency} - {""}
    timed = one_entry or all(moment.exact or moment.stated for moment in (first, second))
    return timed and apart <= _SAME_MOMENT and len(agencies) == 2 and one.figure.scope != "new"


def _falls(one: Reported, other: Reported) -> bool:
    """Return whether a total is less than one of an earlier moment."""
    figure = other.figure
    if figure.scope != "total" or figure.kind not in _GROWING or figure.value > one.figure.value:
        return False
    return figure.entry_id != one.figure.entry_id and _moment(one).latest <= _moment(other).earliest


def _same_matter(one: Reported, other: Reported) -> bool:
    first, second = _matter(one), _matter(other)
    window = _LASTING_DAYS if first.lasting and second.lasting else _DAYS
    return _apart(one, other) <= window and same_matter(first, second)


def _matter(row: Reported) -> Matter:
    return _cached_matter(row.figure, row.headline, row.sentence, row.marked[1])


def _moment(row: Reported) -> Moment:
    return _cached_moment(row.figure, row.sentence, row.marked[1])


_cached_matter = lru_cache(maxsize=_CACHED_FIGURES)(matter_of)
_cached_moment = lru_cache(maxsize=_CACHED_FIGURES)(moment_of)
