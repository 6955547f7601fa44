"""JSON: one object a line, or one document (an array, an object over several lines, wrapped lists).

The content decides, not the extension. Lines are streamed, so that a file may be larger than memory; a line
that is not an object is skipped. A document is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from search.errors import Problem, UnreadableFile
from search.readers.base import EntryBuilder, Item
from search.readers.columns import columns_of
from search.readers.decoding.decode import MAX_FILE, Line, lines
from search.readers.fields import RecordReader
from search.readers.formats.json_document import DECODER, fault, read_document
from search.readers.formats.json_shapes import DatedEntry, entries_of
from search.readers.source import Source

__all__ = ["MAX_JSON_LINE", "read", "read_json"]

#: Longest line of JSON, in bytes of UTF-8.
MAX_JSON_LINE = 16 << 20

_EXPORT_KEYS = {"xunwen_export"}
_BLANKS = "\ufeff \t\r\n"


def read(source: Source) -> Iterator[Item]:
    """Read one JSON object a line, or a document; raises UnreadableFile."""
    return _Reader(source).read(MAX_JSON_LINE)


def read_json(source: Source) -> Iterator[Item]:
    """Read a JSON document, or one object a line; raises UnreadableFile."""
    return _Reader(source).read(MAX_FILE)


class _Reader:
    """The entries of one file of JSON."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._builder = EntryBuilder(source)
        self._records = RecordReader(self._builder)

    def read(self, max_line: int) -> Iterator[Item]:
        several = lines(self._source, max_line)
        head: list[Line] = []
        for line in several:
            if line.too_long or line.text.strip(_BLANKS):
                head.append(line)
            if len(head) == 2:
                break
        several = chain(head, several)
        if head and head[0].too_long and max_line == MAX_FILE:
            raise self._too_large(head[0].number)
        if _is_document(head):
            yield from self._document(several)
        else:
            yield from self._lines(several, max_line)
        yield from self._records.finish()

    def _lines(self, several: Iterator[Line], max_line: int) -> Iterator[Item]:
        for line in several:
            if line.too_long:
                yield self._source.problem(line.number, "这一行超过 {mib} MiB，已略过", mib=max_line >> 20)
                continue
            text = self._builder.clean(line.text, line.number).strip()
            if not text:
                continue
            try:
                value = DECODER.decode(text)
            except (ValueError, RecursionError) as error:
                yield self._source.problem(
                    line.number, "不是有效的 JSON（{reason}），此行已略过", reason=fault(error)
                )
                continue
            yield from self._entries(value, line.number)

    def _entries(self, value: object, number: int) -> Iterator[Item]:
        for element in value if isinstance(value, list) else [value]:
            for part, stream in entries_of(element):
                yield from self._take(part, number, stream)

    def _document(self, several: Iterator[Line]) -> Iterator[Item]:
        """Read a document; one with faults and without entries is refused, so that earlier entries stay."""
        entries = 0
        for value, stream, line in read_document(self._joined(several), self._builder):
            for item in self._take(value, line, stream):
                entries += not isinstance(item, Problem)
                yield item
        problems = list(self._builder.problems())
        if problems and not entries:
            raise UnreadableFile(problems[0])
        yield from problems

    def _joined(self, several: Iterator[Line]) -> str:
        """Return the whole text of a file that holds one document."""
        held, size, number = [], 0, 1
        for line in several:
            ends = line.number - number  # line ends since the last line that was not empty
            size += len(line.text) + ends
            if line.too_long or size > MAX_FILE:
                raise self._too_large(line.number)
            held.append("\n" * ends + self._builder.clean(line.text, line.number))
            number = line.number
        return "".join(held)

    def _too_large(self, line: int) -> UnreadableFile:
        return self._source.refuse("数组或对象太大；请改成每行一个对象的 .jsonl 文件", line)

    def _take(self, value: object, number: int, stream: str) -> Iterator[Item]:
        if isinstance(value, dict) and value.keys() == _EXPORT_KEYS:
            # The first line of an export describes it.
            self._builder.source.facts.own_export = True
        elif isinstance(value, dict):
            fields = {**value, "date": value.date} if isinstance(value, DatedEntry) else value
            yield from self._records.read(columns_of(list(fields)), list(fields.values()), number, stream)
        else:
            yield from self._builder.problems()
            yield self._source.problem(number, '不是 JSON 对象（应为 {{"headline": …, "body": …}}），已略过')


def _is_document(head: list[Line]) -> bool:
    """Return whether values are not one a line: by the first two lines that are not blank."""
    first = head[0].text.strip(_BLANKS) if head else ""
    if first.startswith("["):
        return True
    if not first.startswith("{") or _is_complete(first):
        return False
    if len(head) == 1:
        return first.count("{") > 1
    return not _is_complete(head[1].text.strip(_BLANKS))


def _is_complete(text: str) -> bool:
    try:
        DECODER.decode(text)
    except (ValueError, RecursionError):
        return False
    return True
