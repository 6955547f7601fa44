"""Bytes to lines: yield the lines of a file in its encoding, in bounded memory.

Bytes that are not valid in the encoding cost their characters, which become U+FFFD and a problem of the file.
A line beyond the limit is counted and reported, but never held in memory.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import compress, count

from search.readers.decoding.damaged import DamagedText
from search.readers.decoding.encoding import NAMES, Encoding, UnknownEncoding, detect
from search.readers.source import Source
from search.regular_file import describe_failure, open_regular, read_chunks, read_regular

__all__ = ["MAX_BLANK_LINES", "MAX_FILE", "MAX_LINE", "Line", "lines", "read_text", "setting_lines"]

#: Longest line of a text format, in bytes of UTF-8.
MAX_LINE = 1 << 20

#: Largest file of a format that must be held in memory, in bytes.
MAX_FILE = 64 << 20

#: Largest file of settings (`words.txt`, `aliases.txt`), in bytes; jieba's own dictionary has 5 MiB.
MAX_SETTINGS = 16 << 20
MAX_SETTING_LINES = 1_000_000

#: Of more consecutive blank lines than this, the others may be left out.
MAX_BLANK_LINES = 1000

_CHUNK_BYTES = 1 << 18

#: A compressed file may expand to the larger of this number of bytes and this multiple of its size.
_MAX_UNPACKED_BYTES = 16 << 20
_MAX_RATIO = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `number` counts from 1. A line beyond the limit is empty and `too_long`."""

    number: int
    text: str
    too_long: bool = False


def lines(source: Source, limit: int = MAX_LINE, *, blank: bool = False) -> Iterator[Line]:
    """Yield the lines of a file (ends: LF, CRLF or CR), empty ones only if `blank`; raises UnreadableFile.

    At most `limit` characters of a line are held.
    """
    number, held, size = 1, list[str](), 0
    for text in _text(source):
        *whole, rest = text.split("\n")
        if whole and size:
            yield _line(number, [*held, whole[0]], size + len(whole[0]), limit)
            number, held, size = number + 1, [], 0
            del whole[0]
        for i, piece in _numbered(whole, number, blank):
            yield Line(i, piece) if 4 * len(piece) <= limit else _line(i, [piece], len(piece), limit)
        number += len(whole)
        size += len(rest)
        held = [*held, rest] if size <= limit else []
    if size:
        yield _line(number, held, size, limit)


def setting_lines(source: Source) -> Iterator[Line]:
    """Yield the lines of a file of settings that are not empty; raises UnreadableFile."""
    try:
        data = read_regular(source.path, MAX_SETTINGS)
    except (OSError, ValueError) as error:
        raise source.refuse(describe_failure(error)) from None
    for i, line in enumerate(lines(replace(source, data=data))):
        if i == MAX_SETTING_LINES:
            raise source.refuse("文件超过 {max:,} 行；请删减", line.number, max=MAX_SETTING_LINES)
        yield line


def read_text(source: Source) -> str:
    """Return the text of a file; raises UnreadableFile if it has more than MAX_FILE bytes."""
    held = io.BytesIO()
    for chunk in _chunks(source):
        held.write(chunk)
        if held.tell() > MAX_FILE:
            raise source.refuse("文件超过 {mib} MiB，请拆成几个文件", mib=MAX_FILE >> 20)
    return "".join(_text(replace(source, data=held.getvalue())))


# -- helpers ----------------------------------------------------------------------------------------------


def _numbered(pieces: list[str], number: int, blank: bool) -> Iterator[tuple[int, str]]:
    """Number the lines of one chunk; a small compressed file may hold millions of empty ones."""
    numbered = zip(count(number), pieces)
    if not blank:
        return compress(numbered, pieces)
    if len(pieces) > MAX_BLANK_LINES and not any(pieces):
        return iter([next(numbered) for _ in range(MAX_BLANK_LINES)])
    return numbered


def _line(number: int, pieces: list[str], size: int, limit: int) -> Line:
    if size > limit:
        return Line(number, "", too_long=True)
    text = "".join(pieces)
    # A character takes at most four bytes, so only long lines need to be encoded.
    if size * 4 > limit and len(text.encode("utf-8", "surrogatepass")) > limit:
        return Line(number, "", too_long=True)
    return Line(number, text)


def _text(source: Source) -> Iterator[str]:
    """Yield decoded text in pieces, with all line ends converted to LF; damage becomes a problem."""
    encoding = _encoding(source)
    source.facts.encoding = NAMES.get(encoding.codec, encoding.codec)
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    decoder = DamagedText(encoding.codec) if encoding.damaged else _strict(encoding.codec)
    skipped = encoding.mark
    try:
        for chunk in _chunks(source):
            yield ends.decode(decoder.decode(chunk[skipped:]))
            skipped = 0
        yield ends.decode(decoder.decode(b"", final=True), final=True)
    except UnicodeError:  # the first pass decoded it
        raise source.refuse("文件在读取时被改动，请重新运行 xunwen reindex") from None
    if isinstance(decoder, DamagedText) and decoder.places:
        source.damage.append(
            source.problem(
                decoder.first_line,
                "有 {count} 处字节不是有效的 {encoding}，已换成 \ufffd（首处在这一行）；"
                "请检查这些字，或用 UTF-8 重新保存",
                count=decoder.places,
                encoding=NAMES.get(encoding.codec, encoding.codec),
            )
        )


def _strict(codec: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(codec)()


def _encoding(source: Source) -> Encoding:
    """Return the encoding of a file; raises UnreadableFile."""
    try:
        return detect(_chunks(source))
    except UnknownEncoding as error:
        if error.name:
            raise source.refuse(
                "有 {count} 处字节不是有效的 {encoding}，读不成文字；请用 UTF-8 重新保存",
                count=error.faults,
                encoding=error.name,
            ) from None
        raise source.refuse(
            "看不出文件的编码（不像 UTF-8、GB18030、Big5 或 UTF-16 的中文）；请用 UTF-8 重新保存"
        ) from None


def _chunks(source: Source) -> Iterator[bytes]:
    """Yield the bytes of a file, decompressed if its name ends in .gz."""
    if source.data is not None:
        yield from (source.data[i : i + _CHUNK_BYTES] for i in range(0, len(source.data), _CHUNK_BYTES))
        return
    try:
        yield from _unpacked(source) if source.packed else read_chunks(source.path, _CHUNK_BYTES)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise source.refuse("压缩文件已损坏或不完整，请重新压缩（gzip）或放入未压缩的文件") from None
    except (OSError, ValueError) as error:
        raise source.refuse(describe_failure(error)) from None


def _unpacked(source: Source) -> Iterator[bytes]:
    with open_regular(source.path) as packed, gzip.open(packed) as file:
        remaining = max(_MAX_UNPACKED_BYTES, _MAX_RATIO * os.fstat(packed.fileno()).st_size)
        while chunk := file.read(_CHUNK_BYTES):
            remaining -= len(chunk)
            if remaining < 0:
                raise source.refuse(
                    "压缩文件展开后大到 {ratio} 倍以上，不像是文字；请放入未压缩的文件", ratio=_MAX_RATIO
                )
            yield chunk
