"""A page of text as lines with their structure, whatever format it was written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.readers.base import EntryBuilder
from search.readers.decoding.decode import MAX_FILE, Line, lines
from search.readers.source import Source

__all__ = ["CAPTION", "PageLine", "page_lines", "text_lines"]

#: First character of a caption.
CAPTION = "△"

#: Lines of a file that are not blank.
_MAX_LINES = 1_000_000

# Characters without width, which occur in text copied from a page.
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060"


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line that is not blank: its number, its text, and the level of a heading (0: none)."""

    number: int
    text: str
    heading: int = 0
    too_long: bool = False

    @property
    def is_caption(self) -> bool:
        """Whether it is the caption of a picture."""
        return self.text.startswith(CAPTION)


def text_lines(source: Source, builder: EntryBuilder) -> list[Line]:
    """Return the clean and stripped lines that are not blank; raises UnreadableFile."""
    held, size = list[Line](), 0
    for line in lines(source):
        text = builder.clean(line.text, line.number).strip().strip(_INVISIBLE).strip()
        if not text and not line.too_long:
            continue
        size += len(text.encode())
        if size > MAX_FILE or len(held) == _MAX_LINES:
            raise source.refuse(
                "直播文字超过 {mib} MiB 或 {lines:,} 行，请拆成几个文件",
                line.number,
                mib=MAX_FILE >> 20,
                lines=_MAX_LINES,
            )
        held.append(replace(line, text=text))
    return held


def page_lines(held: Sequence[Line]) -> list[PageLine]:
    """Return lines of plain text, which has no headings."""
    return [PageLine(line.number, line.text, too_long=line.too_long) for line in held]
