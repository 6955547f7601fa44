"""RSS and Atom feeds, read from bytes: nothing is fetched, nothing in them is executed.

feedparser skips faults without an error; this module reports them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXParseException

import feedparser
from feedparser.mixin import _FeedParserMixin

from search.errors import TimeError
from search.readers.base import EntryBuilder, EntryDraft, Item, Source, short_hash
from search.readers.decode import read_text
from search.readers.html import plain_text
from search.times.ranges import parse_instant

__all__ = ["read"]

_ITEM = re.compile(rb"<(?:[A-Za-z]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
#: The declaration of XML names an encoding, and the text is decoded already.
_DECLARATION = re.compile(r"\A\s*+<\?xml[^>]*>")
# editor@example.org (王斌) and 王斌 <editor@example.org>
_MAIL = re.compile(
    r"\A(?:[^\s@()]+@[^\s@()]+\s*\((?P<first>[^()]+)\)|(?P<second>[^<>]+)<[^\s@<>]+@[^\s@<>]+>)\Z"
)
#: Longest author in which feedparser searches an address, in characters. Its time grows with the square of
#: the length: 30 s for 100,000 letters.
_MAX_AUTHOR = 500


def _bound_author(sync: Callable[..., None]) -> Callable[..., None]:
    """Return feedparser's search for an address in an author, limited to short authors."""

    def bounded(parser: Any, key: str = "author") -> None:
        if len(str(parser._get_context().get(key) or "")) <= _MAX_AUTHOR:
            sync(parser, key)

    return bounded


_FeedParserMixin._sync_author_detail = _bound_author(_FeedParserMixin._sync_author_detail)


def read(source: Source) -> Iterator[Item]:
    """Read the entries of a feed; raises UnreadableFile."""
    content = _DECLARATION.sub("", read_text(source), count=1).encode("utf-8", "replace")
    if not content.strip():
        yield source.problem(0, "文件是空的，没有条目")
        return
    parsed = _parse(content, source)
    builder = EntryBuilder(source)
    if not parsed.entries:
        if parsed.get("bozo") or not parsed.get("version"):
            if line := _fault_line(parsed):
                raise source.refuse(
                    "不是可以读取的 RSS 或 Atom（第 {line} 行有误）；请检查文件，或改用 .jsonl、.csv",
                    line=line,
                )
            raise source.refuse("不是可以读取的 RSS 或 Atom；请检查文件，或改用 .jsonl、.csv")
        yield source.problem(0, "订阅源里没有条目")
    elif isinstance(parsed.get("bozo_exception"), SAXParseException):
        yield source.problem(_fault_line(parsed), "XML 有误，其后的内容可能不全")
    stream = _plain(parsed.feed, "title")[0]
    numbers = _item_lines(content, len(parsed.entries))
    for number, item in zip(numbers, parsed.entries, strict=True):
        yield from builder.build(_draft(item, number, stream, source))


def _parse(content: bytes, source: Source) -> Any:
    """Parse a feed; feedparser could take bytes for a URL, but never a stream."""
    try:
        return feedparser.parse(io.BytesIO(content), resolve_relative_uris=False, sanitize_html=False)
    except Exception as error:  # a broken feed may raise any error in the parser
        raise source.refuse(
            "不是可以读取的 RSS 或 Atom（{error}）；请检查文件", error=type(error).__name__
        ) from error


def _draft(item: Any, number: int, stream: str, source: Source) -> EntryDraft:
    headline, _ = _plain(item, "title")
    body, captions = _body(item)
    agency, author = _plain(item.get("source") or {}, "title")[0], _author(item)
    name = item.get("id") or item.get("link")
    return EntryDraft(
        number,
        id=f"{source.stem}/{short_hash(str(name))}" if name else "",
        time=_time(item, source),
        headline=headline,
        body=body,
        captions=captions,
        agencies=tuple(filter(None, (agency or author,))),
        credit=author if agency else "",
        stream=stream,
        url=_link(item),
        plain=True,
    )


def _plain(item: Any, field: str) -> tuple[str, tuple[str, ...]]:
    """Return a field as plain text, with the captions in it."""
    text = str(item.get(field) or "")
    detail = item.get(f"{field}_detail") or {}
    return plain_text(text) if "html" in str(detail.get("type", "")) else (text, ())


def _body(item: Any) -> tuple[str, tuple[str, ...]]:
    """Return the full content, else the summary."""
    for content in item.get("content") or ():
        if content.get("value"):
            return _plain({"value": content["value"], "value_detail": content}, "value")
    return _plain(item, "summary")


def _author(item: Any) -> str:
    author = str(item.get("author") or "").strip()
    if match := _MAIL.match(author):
        return (match["first"] or match["second"]).strip()
    return "" if "@" in author else author


def _link(item: Any) -> str:
    """Return the link, unless feedparser took it from a guid that is not a URL."""
    link = str(item.get("link") or "")
    return "" if link == item.get("id") and not link.startswith("http") else link


def _time(item: Any, source: Source) -> datetime | str | None:
    """Return the time of publication, else of the last update, in its written zone or as written."""
    for field in ("published", "updated"):
        written = item.get(field)
        if not written:
            continue
        try:
            return parse_instant(str(written), zone=source.zone)
        except TimeError:
            parsed = item.get(f"{field}_parsed")
            if parsed is None:
                return str(written)
            return datetime(*parsed[:6]).replace(tzinfo=UTC)
    return None


def _item_lines(content: bytes, count: int) -> list[int]:
    """Return the first line of each entry; 0 for all if the numbers of tags and entries differ."""
    starts = [match.start() for match in _ITEM.finditer(content)]
    if len(starts) != count:
        return [0] * count
    numbers, line, before = [], 1, 0
    for start in starts:
        line += content.count(b"\n", before, start)
        before = start
        numbers.append(line)
    return numbers


def _fault_line(parsed: Any) -> int:
    fault = parsed.get("bozo_exception")
    return fault.getLineNumber() or 0 if isinstance(fault, SAXParseException) else 0
