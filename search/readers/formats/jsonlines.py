"""JSON entries: one object a line (.jsonl, .ndjson, .json), or one array of objects (.json).

Lines are streamed, so that a file may be larger than memory; a line that is not an object is skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain

from search.language.message import Message
from search.readers.base import EntryBuilder, Item, Source
from search.readers.decode import MAX_FILE, Line, lines
from search.readers.fields import take

__all__ = ["MAX_JSON_LINE", "read", "read_json"]

#: Longest line of JSON, in bytes of UTF-8.
MAX_JSON_LINE = 16 << 20

# Control characters in texts are accepted, and removed later.
_DECODER = json.JSONDecoder(strict=False)
_EXPORT_KEYS = {"xunwen_export"}
_BLANK = re.compile(r"[ \t\r\n]*")


def read(source: Source) -> Iterator[Item]:
    """Read one JSON object a line; raises UnreadableFile."""
    return _read_lines(lines(source, MAX_JSON_LINE), EntryBuilder(source))


def read_json(source: Source) -> Iterator[Item]:
    """Read an array of objects, or one object a line; raises UnreadableFile."""
    builder = EntryBuilder(source)
    several = lines(source, MAX_JSON_LINE)
    begun = next((line for line in several if line.too_long or line.text.strip("\ufeff \t")), None)
    if begun is None:
        return builder.problems()
    first = begun.text.strip("\ufeff \t")
    several = chain([begun], several)
    if first.startswith("["):
        return _read_array(several, builder)
    if first == "{":
        raise source.refuse("一个对象不能跨行；请写成数组 [ … ]，或每行一个完整的对象", begun.number)
    return _read_lines(several, builder)


def _read_lines(several: Iterator[Line], builder: EntryBuilder) -> Iterator[Item]:
    for line in several:
        if line.too_long:
            yield builder.source.problem(line.number, "这一行超过 {mib} MiB，已略过", mib=MAX_JSON_LINE >> 20)
            continue
        text = builder.clean(line.text, line.number).strip()
        if not text:
            continue
        try:
            value = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            yield builder.source.problem(
                line.number, "不是有效的 JSON（{reason}），此行已略过", reason=_reason(error)
            )
            continue
        yield from _take(value, line.number, builder)
    yield from builder.problems()


def _read_array(several: Iterator[Line], builder: EntryBuilder) -> Iterator[Item]:
    """Read the elements one by one, to know the line of each."""
    text = _joined(several, builder)
    offset, line = _skip(text, text.index("[") + 1), 1
    counted = 0
    while not text.startswith("]", offset):
        line += text.count("\n", counted, offset)
        counted = offset
        try:
            value, offset = _DECODER.raw_decode(text, offset)
        except (ValueError, RecursionError) as error:
            reason = _reason(error)
            raise builder.source.refuse(
                "从这里起不是有效的 JSON（{reason}）；请修正后重试", line, reason=reason
            ) from None
        yield from _take(value, line, builder)
        offset = _skip(text, offset)
        if text.startswith(",", offset):
            offset = _skip(text, offset + 1)
        elif not text.startswith("]", offset):
            raise builder.source.refuse("数组没有写完，或两项之间缺少逗号；请修正后重试", line)
    line += text.count("\n", counted, offset)
    if text[offset + 1 :].strip():
        yield builder.source.problem(line, "数组之后还有内容，已略过")
    yield from builder.problems()


def _joined(several: Iterator[Line], builder: EntryBuilder) -> str:
    """Return the whole text of a file that holds one array."""
    held, size, number = [], 0, 1
    for line in several:
        ends = line.number - number  # line ends since the last line that was not empty
        size += len(line.text) + ends
        if line.too_long or size > MAX_FILE:
            raise builder.source.refuse("数组太大；请改成每行一个对象的 .jsonl 文件", line.number)
        held.append("\n" * ends + builder.clean(line.text, line.number))
        number = line.number
    return "".join(held)


def _take(value: object, number: int, builder: EntryBuilder) -> Iterator[Item]:
    if isinstance(value, dict) and value.keys() == _EXPORT_KEYS:  # the first line of an export describes it
        return
    if isinstance(value, dict):
        yield from take(value, number, builder)
    else:
        yield from builder.problems()
        yield builder.source.problem(number, '不是 JSON 对象（应为 {{"headline": …, "body": …}}），已略过')


def _skip(text: str, offset: int) -> int:
    match = _BLANK.match(text, offset)
    return match.end() if match else offset


def _reason(error: Exception) -> Message:
    match error:
        case json.JSONDecodeError():
            return Message("第 {column} 个字符处有误", column=error.colno)
        case RecursionError():
            return Message("嵌套过深")
    return Message("数字过大")
