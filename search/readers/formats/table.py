"""Tables: CSV and TSV with a header row, in English or Chinese names.

Rows are streamed. A row that is broken, too long or of another width is skipped; after an unclosed quote,
reading continues with the next line.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

from search.language.message import Message
from search.readers.base import EntryBuilder, Item, Source
from search.readers.decode import MAX_BLANK_LINES, MAX_LINE, Line, lines
from search.readers.fields import FIELDS, take

__all__ = ["read_commas", "read_tabs"]

#: Chinese names of columns.
_CHINESE = {
    "编号": "id",
    "时间": "time",
    "标题": "headline",
    "正文": "body",
    "来源": "agencies",
    "记者": "credit",
    "专题": "stream",
    "链接": "url",
    "图注": "captions",
}
#: Attributions are objects, which a cell cannot contain.
_COLUMNS = {name for field, names in FIELDS.items() if field != "attributions" for name in names}

#: Longest row, in lines; a longer quoted cell counts as unclosed.
_MAX_ROW_LINES = MAX_BLANK_LINES

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


def _read(source: Source, delimiter: str) -> Iterator[Item]:
    builder = EntryBuilder(source)
    rows = _rows(source, builder, delimiter)
    header = next(rows, None)
    if header is None:
        yield source.problem(0, "文件是空的，没有条目")
        return
    names = _names(header, source)
    for row in rows:
        if row.fault:
            yield source.problem(row.line, "{reason}，此行已略过", reason=row.fault)
        elif len(row.cells) != len(names):
            yield source.problem(
                row.line,
                "这一行有 {cells} 格，表头有 {columns} 格，此行已略过；含逗号、换行的内容请用双引号括起",
                cells=len(row.cells),
                columns=len(names),
            )
        else:
            yield from take(dict(zip(names, row.cells, strict=True)), row.line, builder)
    yield from builder.problems()


def _names(header: _Row, source: Source) -> list[str]:
    """Return the fields of the columns; unknown columns keep their names."""
    names = [cell.strip().lower() for cell in header.cells]
    names = [_CHINESE.get(name, name) for name in names]
    if header.fault or not {"headline", "title", "body", "text"} & set(names):
        raise source.refuse(
            "第一行应为列名，并至少有 headline（标题）或 body（正文）一列；请补上表头", header.line
        )
    twice = [name for name, times in Counter(names).items() if times > 1 and name in _COLUMNS]
    if twice:
        raise source.refuse(
            "表头中的列名「{name}」出现了不止一次；请改名或删去一列", header.line, name=twice[0]
        )
    return names


def _rows(source: Source, builder: EntryBuilder, delimiter: str) -> Iterator[_Row]:
    """Yield the rows that are not blank; after a broken one, reading continues at its second line."""
    # The limit is global to the csv module; nothing else here uses it.
    csv.field_size_limit(MAX_LINE)
    waiting: deque[Line] = deque()
    incoming = lines(source, blank=True)
    unclosed = 0
    while True:
        used: list[Line] = []
        fault = None
        try:
            cells = next(
                csv.reader(_feed(waiting, incoming, used, builder), delimiter=delimiter, strict=True), None
            )
        except csv.Error:
            cells, fault = [], Message("引号没有成对，或一格的内容过长")
        except _TooLong:
            cells, fault = [], Message("内容超过 {mib} MiB", mib=MAX_LINE >> 20)
        if not used:
            return
        unclosed += len(used) > _MAX_ROW_LINES
        if unclosed > _MAX_UNCLOSED:
            raise source.refuse("引号没有成对的行太多；请检查引号与分隔符", used[0].number)
        if fault:
            waiting.extendleft(reversed(used[1:]))
        if fault or any(cell.strip() for cell in cells or []):
            yield _Row(used[0].number, tuple(cells or ()), fault)


def _feed(
    waiting: deque[Line], incoming: Iterator[Line], used: list[Line], builder: EntryBuilder
) -> Iterator[str]:
    """Yield lines to the parser of one row, and append them to `used`."""
    while line := waiting.popleft() if waiting else next(incoming, None):
        used.append(line)
        if line.too_long:
            raise _TooLong
        if len(used) > _MAX_ROW_LINES:
            raise csv.Error
        yield builder.clean(line.text, line.number) + "\n"
