"""One JSON document: values side by side, elements of arrays, wrapped lists, each with its line.

A broken value costs itself: reading continues at the next object that is an entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from search.language.message import Message
from search.readers.base import EntryBuilder
from search.readers.columns import columns_of
from search.readers.formats.json_shapes import entries_of

__all__ = ["DECODER", "fault", "read_document"]

# Control characters in texts are accepted, and removed later.
DECODER = json.JSONDecoder(strict=False)
#: Signs between the values of a document, and those before an object within one.
_BETWEEN = " \t\r\n\ufeff,[];"
_BEFORE_OBJECTS = (",", "[", "}")
_BLANKS = " \t\r\n"
#: A string, or a comma before the end of an array or object.
_LAST_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+")|,(?=\s*+[\]}])', re.DOTALL)
#: Blanks between such a sign and an object.
_MAX_BLANKS = 1000
#: Attempts to read on after a fault, and characters that they may read, as multiples of the document.
_MAX_ATTEMPTS = 1000
_MAX_READ = 8

#: A value, its default stream, and its line.
Element = tuple[object, str, int]


def read_document(text: str, builder: EntryBuilder) -> Iterator[Element]:
    """Yield the entries of a document; faults become problems of the builder."""
    return _Document(text, builder).elements()


def fault(error: Exception) -> Message:
    """Return what is wrong with a JSON text."""
    match error:
        case json.JSONDecodeError():
            return Message("第 {column} 个字符处有误", column=error.colno)
        case RecursionError():
            return Message("嵌套过深")
    return Message("数字过大")


class _Document:
    """A position in a text, with its line."""

    def __init__(self, text: str, builder: EntryBuilder) -> None:
        self._text, self._builder = text, builder
        self._offset = 0
        self._line, self._counted = 1, 0
        self._attempts, self._budget = _MAX_ATTEMPTS, _MAX_READ * len(text)
        self._faulty = self._relaxed = False
        #: A fault within a value of which elements are read, and its place.
        self._outer: tuple[Exception, int] | None = None
        #: Brackets that are open.
        self._open = 0

    def elements(self) -> Iterator[Element]:
        """Yield the entries, and note the faults."""
        while self._skip():
            if self._faulty and self._text[self._offset] != "{":  # behind a fault only objects count
                if not self._resume():
                    break
                continue
            start, line = self._offset, self._line_at(self._offset)
            try:
                value, self._offset = DECODER.raw_decode(self._text, start)
            except (ValueError, RecursionError) as error:
                if not self._relax() and not self._recover(error, line):
                    break
                continue
            yield from self._located(value, start, line)
        self._note_end()

    def _relax(self) -> bool:
        """Replace commas that nothing follows by blanks, once; return whether there are any."""
        if self._relaxed:
            return False
        self._relaxed = True
        before, self._text = self._text, _LAST_COMMA.sub(lambda match: match[1] or " ", self._text)
        return before != self._text

    def _recover(self, error: Exception, line: int) -> bool:
        """Note a fault and move to the next entry; return whether it exists."""
        self._faulty = True
        place = error.pos if isinstance(error, json.JSONDecodeError) else -1
        resumed = self._resume()
        if resumed and self._offset < place and self._before(self._offset).endswith("["):
            self._outer = (error, place)  # the fault is in one of the elements of this value
        else:
            self._outer = None if self._outer and self._outer[1] == place else self._outer
            self._note(error, line)
        return resumed

    def _note_end(self) -> None:
        if self._outer:
            error, place = self._outer
            self._note(error, self._text.count("\n", 0, place) + 1)
        if self._open > 0 and not self._faulty:
            line = self._line_at(len(self._text))
            self._builder.note(line, "数组没有写完；已有的各项已收录，请检查文件是否完整")

    def _skip(self) -> bool:
        """Move to the next value; return whether it exists."""
        text, offset = self._text, self._offset
        while offset < len(text) and text[offset] in _BETWEEN:
            self._open += (text[offset] == "[") - (text[offset] == "]")
            offset += 1
        self._offset = offset
        return offset < len(text)

    def _line_at(self, offset: int) -> int:
        self._line += self._text.count("\n", self._counted, offset)
        self._counted = offset
        return self._line

    def _note(self, error: Exception, line: int) -> None:
        place = self._text.count("\n", 0, error.pos) + 1 if isinstance(error, json.JSONDecodeError) else line
        self._builder.note(
            line,
            "从这里起的一项不是有效的 JSON（第 {line} 行{reason}），已略过；其余各项照常读取",
            line=place,
            reason=fault(error),
        )

    def _resume(self) -> bool:
        """Move to the next object that is an entry; return whether it exists."""
        start = self._offset
        while (start := self._text.find("{", start + 1)) >= 0:
            if not self._is_element(start):
                continue
            if self._attempts <= 0 or self._budget <= 0:
                self._builder.note(self._line_at(start), "有误之处太多，从这里起没有读取；请修正后重试")
                return False
            if self._is_entry(start):
                self._offset = start
                return True
        return False

    def _is_element(self, start: int) -> bool:
        """Return whether an object may be an element of a list, or begins a line."""
        before = self._text[max(0, start - _MAX_BLANKS) : start]
        kept = self._before(start)
        return "\n" in before[len(kept) :] or kept.endswith(_BEFORE_OBJECTS)

    def _before(self, start: int) -> str:
        """Return some of the text before a place, without blanks at its end."""
        return self._text[max(0, start - _MAX_BLANKS) : start].rstrip(_BLANKS)

    def _is_entry(self, start: int) -> bool:
        try:
            value, end = DECODER.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self._attempts, self._budget = self._attempts - 1, self._budget - (error.pos - start)
            return False
        except (ValueError, RecursionError):
            self._attempts -= 1
            return False
        self._budget -= end - start
        return any(
            isinstance(part, dict) and columns_of(list(part)).has_text for part, _ in entries_of(value)
        )

    def _located(self, value: object, start: int, line: int) -> Iterator[Element]:
        """Yield the entries of a value, with the lines of those that it wraps."""
        inner = list(entries_of(value))
        if len(inner) == 1 and inner[0][0] is value:
            yield value, "", line
            return
        end, lines = self._offset, [line] * len(inner)
        for i, (part, _) in enumerate(inner):
            place = self._find(part, start, end)
            if place is None:
                break
            lines[i], start = self._line_at(place[0]), place[1]
        yield from ((part, stream, number) for (part, stream), number in zip(inner, lines, strict=True))
        self._line_at(end)

    def _find(self, part: object, start: int, end: int) -> tuple[int, int] | None:
        """Return the first place of an object within a value, and its end."""
        while (start := self._text.find("{", start + 1, end)) >= 0 and self._budget > 0:
            found, stop = DECODER.raw_decode(self._text, start)
            self._budget -= stop - start
            if found == part:
                return start, stop - 1
        return None
