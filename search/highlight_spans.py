"""Where the rows of a query stand in a text: spans of the original, which `highlight` makes visible.

A query is prepared once and asked for every text of a page. Rows of Han characters are looked for in the
text as it is; the text is split into units only where another row may stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from search.analysis import Analyzer, Units
from search.analysis.finding import Findable, is_alone
from search.query.logical import Row, Where

__all__ = ["Marker", "Span"]

#: A slice of a text, end exclusive.
Span = tuple[int, int]
_FIELDS: Final[tuple[Where, ...]] = ("text", "headline")


class _Rows:
    """The rows to look for in one kind of text: those to be found as strings, and all others."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.strings: list[str] = []
        self.others: list[tuple[Row, frozenset[str]]] = []
        for row in rows:
            if not row.prefix and row.offsets[-1] == len(row.units) - 1 and all(map(is_alone, row.units)):
                self.strings.append("".join(row.units))
            else:
                # A run may be written with marks inside, but never without its letters and digits.
                self.others.append((row, frozenset("".join(row.units)) - {"."}))


class Marker:
    """Finds the rows of one query in texts."""

    def __init__(self, rows: Sequence[Row], analyzer: Analyzer) -> None:
        self.rows = rows
        self._analyzer = analyzer
        self._rows = {where: _Rows(row for row in rows if row.where in ("text", where)) for where in _FIELDS}

    def spans(self, text: str, where: Where) -> list[Span]:
        """Return what the rows match: sorted, disjoint, adjacent spans joined.

        A row is marked from its first unit to its last, with whatever stands between.
        """
        rows = self._rows[where]
        if not text or not (rows.strings or rows.others):
            return []
        findable = Findable(text)
        found = [span for string in rows.strings for span in findable.find(string)]
        if likely := [row for row, characters in rows.others if findable.holds(characters)]:
            units = self._analyzer.units(text)
            found += [(units.starts[i], units.ends[j]) for i, j in _matches(units, likely)]
        return _join(found)


def _matches(units: Units, rows: Iterable[Row]) -> Iterator[Span]:
    """Yield the first and the last unit of every match; looks only at units that a row begins with."""
    begin: dict[str, list[Row]] = {}
    prefixes: list[str] = []
    for row in rows:
        if row.prefix and len(row.units) == 1:
            prefixes.append(row.units[0])
        else:
            begin.setdefault(row.units[0], []).append(row)
    for i in [i for i, text in enumerate(units.texts) if text in begin]:
        for row in begin[units.texts[i]]:
            if _stands_at(units, row, i):
                yield i, i + len(row.units) - 1
    for prefix in prefixes:
        yield from ((i, i) for i, text in enumerate(units.texts) if text.startswith(prefix))


def _stands_at(units: Units, row: Row, i: int) -> bool:
    """Return whether a row begins at unit i; its units are neighbours, so they can only be the next ones."""
    end = i + len(row.units)
    found = units.texts[i:end]
    if row.prefix:
        if len(found) < len(row.units) or not found[-1].startswith(row.units[-1]):
            return False
        found[-1] = row.units[-1]
    if tuple(found) != row.units:
        return False
    start = units.positions[i]
    return all(
        position - start == offset
        for position, offset in zip(units.positions[i:end], row.offsets, strict=True)
    )


def _join(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
