"""Where the rows of a query stand in a text: spans of the original, which `highlight` makes visible.

A query is prepared once and asked for every text of a page. Rows of Han characters are looked for in the
text as it is; the text is split into units only where another row may stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from typing import Final

from search.analysis import Analyzer, Units
from search.analysis.char_search import CharSearch, is_alone
from search.deadline import check
from search.query.logical import Phrase, Where

__all__ = ["Marker", "Span"]

#: A slice of a text, end exclusive.
Span = tuple[int, int]
#: Texts of one entry that are asked for twice: for what is marked, and for which rows it holds.
_TEXTS: Final = 8
_FIELDS: Final[tuple[Where, ...]] = ("text", "headline")


class _Rows:
    """The rows to look for in one kind of text: those to be found as strings, and all others."""

    def __init__(self, rows: Iterable[Phrase]) -> None:
        self.strings: dict[str, list[Phrase]] = {}
        self.others: list[tuple[Phrase, frozenset[str]]] = []
        for row in rows:
            if not row.prefix and row.offsets[-1] == len(row.units) - 1 and all(map(is_alone, row.units)):
                self.strings.setdefault("".join(row.units), []).append(row)
            else:
                # A run may be written with marks inside, but never without its letters and digits.
                self.others.append((row, frozenset("".join(row.units)) - {"."}))


class _Text:
    """A text that is folded once, and split into units once, if at all."""

    def __init__(self, analyzer: Analyzer, text: str) -> None:
        self._analyzer, self._text = analyzer, text
        self.findable = CharSearch(text)

    @cached_property
    def units(self) -> Units:
        return self._analyzer.units(self._text)

    def strings(self, rows: _Rows) -> list[str]:
        """Return the strings of the rows that the text holds."""
        return [string for string in self.findable.among(rows.strings) if string in self.findable]

    def likely(self, rows: _Rows) -> list[Phrase]:
        """Return the other rows all of whose characters the text holds."""
        return [row for row, characters in rows.others if self.findable.holds(characters)]


class Marker:
    """Finds the rows of one query in texts."""

    def __init__(self, rows: Sequence[Phrase], analyzer: Analyzer) -> None:
        self.rows = rows
        self._analyzer = analyzer
        self._rows = {where: _Rows(row for row in rows if row.where in ("text", where)) for where in _FIELDS}
        self._read = lru_cache(maxsize=_TEXTS)(partial(_Text, analyzer))

    def spans(self, text: str, where: Where) -> list[Span]:
        """Return what the rows match: sorted, disjoint, adjacent spans joined.

        A row is marked from its first unit to its last, with whatever stands between.
        """
        rows = self._rows[where]
        if not text or not (rows.strings or rows.others):
            return []
        check()
        read = self._read(text)
        found = [span for string in read.strings(rows) for span in read.findable.find(string)]
        if likely := read.likely(rows):
            units = read.units
            found += [(units.starts[i], units.ends[j]) for i, j, _ in _matches(units, likely)]
        return _join(found)

    def held(self, text: str, where: Where) -> set[Phrase]:
        """Return the rows that a text holds; the text is read once for all of them."""
        rows = self._rows[where]
        if not text or not (rows.strings or rows.others):
            return set()
        read = self._read(text)
        held = {row for string in read.strings(rows) for row in rows.strings[string]}
        if likely := read.likely(rows):
            held.update(row for *_, row in _matches(read.units, likely))
        return held


def _matches(units: Units, rows: Iterable[Phrase]) -> Iterator[tuple[int, int, Phrase]]:
    """Yield the first and the last unit of every match, and its row; looks only where a row may begin."""
    begin: dict[str, list[Phrase]] = {}
    prefixes: list[Phrase] = []
    for row in rows:
        if row.prefix and len(row.units) == 1:
            prefixes.append(row)
        else:
            begin.setdefault(row.units[0], []).append(row)
    for i in [i for i, text in enumerate(units.texts) if text in begin]:
        for row in begin[units.texts[i]]:
            if _stands_at(units, row, i):
                yield i, i + len(row.units) - 1, row
    for row in prefixes:
        yield from ((i, i, row) for i, text in enumerate(units.texts) if text.startswith(row.units[0]))


def _stands_at(units: Units, row: Phrase, i: int) -> bool:
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
