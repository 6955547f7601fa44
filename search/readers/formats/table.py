"""Tables with a header row: CSV and TSV, and files of these extensions that use another separator.

Rows are streamed. A row that is broken, too long or of another width is skipped; after an unclosed quote,
reading continues with the next line. A quotation mark that opens a value and is not closed at its end is
text.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from search.language.message import Message
from search.readers.base import EntryBuilder, Item
from search.readers.columns import Columns, columns_of
from search.readers.decoding.decode import MAX_BLANK_LINES, MAX_LINE, Line, lines
from search.readers.fields import RecordReader
from search.readers.source import Source

__all__ = ["read_commas", "read_tabs"]

_SEPARATORS = ",\t;|"
#: The first line of a file that Excel splits at another sign.
_EXCEL = "sep="
#: Column of the request in an exported table.
_EXPORT = "xunwen_export:"
#: Characters around a name that are not part of it.
_AROUND_NAMES = " \t\ufeff\u3000\"'“”"

#: Longest row, in lines; a longer quoted cell counts as unclosed.
_MAX_ROW_LINES = MAX_BLANK_LINES

#: Columns that are looked at to find the separator.
_MAX_COLUMNS = 1000

#: Unclosed quotes of a file: each costs reading the lines of a longest row.
_MAX_UNCLOSED = 1000


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of one row, or its fault."""

    line: int
    cells: tuple[str, ...] = ()
    fault: Message | None = None


class _TooLong(Exception):
    """A line or a cell within a row is beyond the limit."""


def read_commas(source: Source) -> Iterator[Item]:
    """Read a CSV file; raises UnreadableFile."""
    return _read(source, ",")


def read_tabs(source: Source) -> Iterator[Item]:
    """Read a TSV file; raises UnreadableFile."""
    return _read(source, "\t")


def _read(source: Source, separator: str) -> Iterator[Item]:
    builder = EntryBuilder(source)
    incoming = lines(source, blank=True)
    first = next((line for line in incoming if line.too_long or line.text.strip(_AROUND_NAMES)), None)
    if first is not None and first.text.lower().startswith(_EXCEL) and len(first.text) == len(_EXCEL) + 1:
        separator = first.text[-1]
        first = next((line for line in incoming if line.too_long or line.text.strip()), None)
    elif first is not None:
        separator = _separator(first.text, separator)
    if first is None:
        yield source.problem(0, "文件是空的，没有条目")
        return
    rows = _Rows(source, builder, separator, chain([first], incoming))
    columns = _columns(next(rows.read(), None) or _Row(first.number), builder)
    reader = RecordReader(builder, cells=True)
    rows.width = len(columns.names)
    for row in rows.read():
        yield from _record(row, columns, reader, builder)
    yield from reader.finish()


def _record(row: _Row, columns: Columns, reader: RecordReader, builder: EntryBuilder) -> Iterator[Item]:
    """Yield the entry of a row, or the problem for which it is left out; empty cells at its end are none."""
    width = len(columns.names)
    if row.fault:
        yield builder.source.problem(row.line, "{reason}，此行已略过", reason=row.fault)
    elif len(row.cells) < width or any(cell.strip() for cell in row.cells[width:]):
        yield builder.source.problem(
            row.line,
            "这一行有 {cells} 格，表头有 {columns} 格，此行已略过；含分隔符、换行的内容请用双引号括起",
            cells=len(row.cells),
            columns=width,
        )
    else:
        yield from reader.read(columns, row.cells, row.line)


def _separator(header: str, usual: str) -> str:
    """Return the separator of a header: the one that gives the most names of fields."""

    def fields(separator: str) -> tuple[int, bool]:
        known = columns_of(_split(header, separator)).fields
        return len(known) + ("headline" in known or "body" in known), separator == usual

    return max(_SEPARATORS, key=fields)


def _split(line: str, separator: str) -> list[str]:
    """Split a header, without regard to separators in quotes."""
    return [name.strip(_AROUND_NAMES) for name in line.split(separator)][:_MAX_COLUMNS]


def _columns(header: _Row, builder: EntryBuilder) -> Columns:
    """Return the columns of a header; those of an export of Xunwen are recognized by its last one."""
    names = [cell.strip(_AROUND_NAMES) for cell in header.cells]
    columns = columns_of(names)
    if header.fault or not columns.has_text:
        raise builder.source.refuse(
            "第一行应为列名，并至少有 headline（标题）或 body（正文）一列；请补上表头", header.line
        )
    builder.source.facts.own_export = names[-1].startswith(_EXPORT)
    fields = {field: positions for field, positions in columns.fields.items() if field != "attributions"}
    others = columns.fields.get("attributions", ())  # objects, which a cell cannot contain
    return replace(columns, fields=fields, unknown=(*columns.unknown, *others))


class _Rows:
    """The rows of a file that are not blank; after a broken one, reading continues at its second line."""

    def __init__(
        self, source: Source, builder: EntryBuilder, separator: str, incoming: Iterator[Line]
    ) -> None:
        # The limit is global to the csv module; nothing else here uses it.
        csv.field_size_limit(MAX_LINE)
        self._source, self._builder, self._separator = source, builder, separator
        self._incoming = incoming
        self._waiting: deque[Line] = deque()
        self._unclosed = 0
        #: The number of columns; 0 while the header is read.
        self.width = 0

    def read(self) -> Iterator[_Row]:
        """Yield the rows that follow."""
        while True:
            used: list[Line] = []
            row = self._next(used)
            if not used:
                return
            self._unclosed += len(used) > _MAX_ROW_LINES
            if self._unclosed > _MAX_UNCLOSED:
                raise self._source.refuse("引号没有成对的行太多；请检查引号与分隔符", used[0].number)
            if row.fault or self._is_swallowed(used):
                row = self._literal(used[0]) or row
                self._waiting.extendleft(reversed(used[1:]))
            if row.fault or any(cell.strip() for cell in row.cells):
                yield row

    def _next(self, used: list[Line]) -> _Row:
        reader = csv.reader(self._feed(used), delimiter=self._separator, strict=True)
        fault = None
        cells: list[str] = []
        try:
            cells = next(reader, [])
        except csv.Error:
            fault = Message("引号没有成对，或一格的内容过长")
        except _TooLong:
            fault = Message("内容超过 {mib} MiB", mib=MAX_LINE >> 20)
        return _Row(used[0].number if used else 0, tuple(cells), fault)

    def _feed(self, used: list[Line]) -> Iterator[str]:
        """Yield lines to the parser of one row, and append them to `used`."""
        while line := self._waiting.popleft() if self._waiting else next(self._incoming, None):
            used.append(line)
            if line.too_long:
                raise _TooLong
            if len(used) > _MAX_ROW_LINES:
                raise csv.Error
            yield self._builder.clean(line.text, line.number) + "\n"

    def _is_swallowed(self, used: list[Line]) -> bool:
        """Return whether a quote runs over whole rows of a file with tabs: it was text.

        A quoted value of several lines leaves its first or its last line with fewer tabs than a row.
        """
        if len(used) == 1 or self._separator != "\t" or self.width < 2:
            return False
        return used[0].text.count("\t") == used[-1].text.count("\t") == self.width - 1

    def _literal(self, line: Line) -> _Row | None:
        """Return the row of one line whose quotes are text; None if it has another width.

        With other separators than tabs, a quote that is never closed may also hide a separator.
        """
        text = self._builder.clean(line.text, line.number)
        cells = [_unquoted(cell) for cell in text.split(self._separator)]
        open_quote = any(cell.startswith('"') and cell.count('"') % 2 for cell in cells)
        if line.too_long or len(cells) != self.width or (open_quote and self._separator != "\t"):
            return None
        return _Row(line.number, tuple(cells))


def _unquoted(cell: str) -> str:
    """Return the content of a quoted cell; other quotes stay."""
    inner = cell[1:-1]
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return cell
