"""Markdown: the text of its blocks, line by line, read like plain text.

Marks, links and HTML tags are left out, the text of links and code stays; pictures become captions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize
from markdown_it.token import Token

from search.readers.base import EntryBuilder, Item
from search.readers.decoding.decode import Line, lines
from search.readers.formats.text import read_page
from search.readers.frontmatter import front_matter
from search.readers.html import is_caption, plain_text
from search.readers.reports.page import CAPTION, PageLine
from search.readers.reports.time_lines import read_source, read_time_line
from search.readers.source import Source

__all__ = ["read"]

#: Largest file, in characters: the parser needs up to ten seconds for a million of them.
_MAX_CHARACTERS = 1 << 20

#: The first of the characters of East Asia, beside which a wrapped line and emphasis need no blank.
_WIDE = "\u2e80"

#: Marks of a heading without a blank behind them; a single one may be a topic: #大桥封闭#.
_HEADING = re.compile(r"^ {0,3}(#{2,6})(?=[^#\s])", re.MULTILINE)

#: Before a line that a break separates from the one before it; str.strip() removes it.
_BREAK = "\v"


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Take the marks of emphasis; beside Chinese characters, only a blank keeps them from opening or closing.

    CommonMark lets the second ** of `**增长8%。**其中` close nothing, as no blank stands behind it.
    """
    start = state.pos
    if not tokenize(state, silent):
        return False
    before, behind = state.src[start - 1 : start] or " ", state.src[state.pos : state.pos + 1] or " "
    if state.src[start] == "*" and max(before, behind) >= _WIDE:
        for delimiter in state.delimiters[start - state.pos :]:
            delimiter.open, delimiter.close = not behind.isspace(), not before.isspace()
    return True


_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_PARSER.inline.ruler.at("emphasis", _emphasis)


def read(source: Source) -> Iterator[Item]:
    """Read a Markdown file; raises UnreadableFile if it is too large, or its years are unknown."""
    builder = EntryBuilder(source)
    builder.plain = True
    held = _held(source, builder)
    head = front_matter([line for line in held if line.text.strip()], builder)
    body = _below(held, head.length)
    page = list(
        _page("\n".join(line.text for line in body), body[0].number if body else 0, head.zone or source.zone)
    )
    yield from read_page(page, head, builder, post=True)


def _held(source: Source, builder: EntryBuilder) -> list[Line]:
    """Return all lines, blank ones too; raises UnreadableFile."""
    held, size = list[Line](), 0
    for line in lines(source, blank=True):
        size += len(line.text) + 1
        if line.too_long or size > _MAX_CHARACTERS:
            raise source.refuse(
                "Markdown 文件超过 {mib} MiB，或有一行过长；请拆成几个文件",
                line.number,
                mib=_MAX_CHARACTERS >> 20,
            )
        held.append(Line(line.number, builder.clean(line.text, line.number)))
    return held


def _below(held: Sequence[Line], length: int) -> Sequence[Line]:
    """Return the lines below the front matter, which has this number of lines that are not blank."""
    for i, line in enumerate(held):
        if not length:
            return held[i:]
        length -= bool(line.text.strip())
    return []


def _page(text: str, first: int, zone: ZoneInfo) -> Iterator[PageLine]:
    """Yield the lines of a page that are not blank."""
    heading, cells = 0, None
    for token in _PARSER.parse(_HEADING.sub(r"\1 ", text)):
        number = first + (token.map[0] if token.map else 0)
        match token.type:
            case "heading_open" | "heading_close":
                heading = int(token.tag[1:]) if token.nesting > 0 else 0
            case "tr_open":
                cells = list[str]()
            case "inline" if cells is not None:
                cells.append(" ".join(_text(token).split()))
                row = number
            case "tr_close":
                yield from _lines(" | ".join(filter(None, cells or ())), row)
                cells = None
            case "inline":
                yield from _inline(token, number, heading, zone)
            case "fence" | "code_block" | "html_block":
                yield from _block(token, number)


def _block(token: Token, number: int) -> Iterator[PageLine]:
    """Yield the lines of code, or of the text of HTML."""
    if token.type == "html_block":
        content, captions = plain_text(token.content)
        yield from _lines(content, number)
        yield from (PageLine(number, f"{CAPTION}{caption}") for caption in captions)
    else:
        yield from _lines(token.content, number + (token.type == "fence"))


def _lines(text: str, number: int) -> Iterator[PageLine]:
    for i, line in enumerate(text.split("\n")):
        if line.strip():
            yield PageLine(number + i, line.strip())


def _inline(token: Token, number: int, heading: int, zone: ZoneInfo) -> Iterator[PageLine]:
    """Yield the lines of a paragraph or a heading, then its captions.

    A wrapped line goes on with the one before it, but in a paragraph with a time or a source on a line of its
    own all lines are separate.
    """
    wrapped = [line.strip(" \t") for line in _text(token).split("\n")]
    separate = len(wrapped) > 1 and any(_stands_alone(line, zone) for line in wrapped)
    joined: list[tuple[int, str]] = []
    for i, line in enumerate(wrapped):
        if not joined or separate or line.startswith(_BREAK):
            joined.append((number + i, line.strip()))
        else:
            joined[-1] = joined[-1][0], _join(joined[-1][1], line)
    for place, text in joined:
        if text:
            yield PageLine(place, text, heading)
    for caption in _captions(token):
        yield PageLine(number, f"{CAPTION}{caption}")


def _stands_alone(line: str, zone: ZoneInfo) -> bool:
    time = read_time_line(line.strip(), zone)
    return (time is not None and not time.text) or read_source(line.strip()) is not None


def _join(before: str, line: str) -> str:
    """Join wrapped lines, with a blank between letters of alphabets."""
    wide = before[-1:] >= _WIDE or line[:1] >= _WIDE
    return f"{before}{'' if wide or not before or not line else ' '}{line}"


def _text(token: Token) -> str:
    """Return the text of an inline token; a line behind a break begins with _BREAK."""
    text = list[str]()
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline" | "text_special":
                text.append(child.content)
            case "softbreak":
                text.append("\n")
            case "strong_open" if next(filter(None, reversed(text)), "") == "\n":
                text.append(_BREAK)  # a label: **来源**：某报
            case "hardbreak":
                text.append(f"\n{_BREAK}")
            case "html_inline" if child.content.lower().startswith("<br"):
                text.append(f"\n{_BREAK}")
    return "".join(text)


def _captions(token: Token) -> Iterator[str]:
    """Yield the descriptions of the pictures of an inline token, else their titles; no names of files."""
    for child in token.children or ():
        if child.type == "image":
            caption = child.content.strip() or str(child.attrs.get("title", "")).strip()
            caption = " ".join(caption.split())
            yield from [caption] if is_caption(caption) or " " in caption else []
