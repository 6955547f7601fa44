"""RSS and Atom feeds, read from bytes only: nothing is ever fetched, nothing in them can run.

feedparser never raises and takes what it can; what it could not take is told here.
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
from search.readers.decode import read_whole
from search.readers.formats.html import plain_text
from search.times.ranges import parse_instant

__all__ = ["read"]

_ITEM = re.compile(rb"<(?:[A-Za-z]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
# editor@example.org (王斌) and 王斌 <editor@example.org>
_MAIL = re.compile(
    r"\A(?:[^\s@()]+@[^\s@()]+\s*\((?P<first>[^()]+)\)|(?P<second>[^<>]+)<[^\s@<>]+@[^\s@<>]+>)\Z"
)
#: Characters of the longest author in which feedparser looks for an address. Its search takes time by the
#: square of the length: 30 s for 100,000 letters.
_MAX_AUTHOR = 500


def _bound_author(sync: Callable[..., None]) -> Callable[..., None]:
    """Return feedparser's search for an address in an author, which then leaves long ones alone."""

    def bounded(parser: Any, key: str = "author") -> None:
        if len(str(parser._get_context().get(key) or "")) <= _MAX_AUTHOR:
            sync(parser, key)

    return bounded


_FeedParserMixin._sync_author_detail = _bound_author(_FeedParserMixin._sync_author_detail)


def read(source: Source) -> Iterator[Item]:
    """Read the entries of a feed; raises UnreadableFile."""
    content = read_whole(source)
    if not content.strip():
        yield source.problem(0, "文件是空的，没有条目")
        return
    found = _parse(content, source)
    desk = EntryBuilder(source)
    if not found.entries:
        if found.get("bozo") or not found.get("version"):
            raise source.refuse(f"不是可以读取的 RSS 或 Atom{_place(found)}；请检查文件，或改用 .jsonl、.csv")
        yield source.problem(0, "订阅源里没有条目")
    elif isinstance(found.get("bozo_exception"), SAXParseException):
        yield source.problem(_fault_line(found), "XML 有误，其后的内容可能不全")
    stream = _plain(found.feed, "title")[0]
    numbers = _item_lines(content, len(found.entries))
    for number, item in zip(numbers, found.entries, strict=True):
        try:
            draft = _draft(item, number, stream, source)
        except TimeError as error:
            yield source.problem(number, f"{error}（此条已略过）")
            continue
        yield from desk.build(draft)


def _parse(content: bytes, source: Source) -> Any:
    """Return what feedparser makes of these bytes; a stream, unlike bytes, is never taken for an address."""
    try:
        return feedparser.parse(io.BytesIO(content), resolve_relative_uris=False, sanitize_html=False)
    except Exception as error:  # a broken feed may break the parser anywhere; that is no fault of ours
        raise source.refuse(f"不是可以读取的 RSS 或 Atom（{type(error).__name__}）；请检查文件") from error


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
    """Return the link; feedparser takes a guid for one unless the feed says that it is none."""
    link = str(item.get("link") or "")
    return "" if link == item.get("id") and not link.startswith("http") else link


def _time(item: Any, source: Source) -> datetime | None:
    """Return when an entry was published, else when it was updated; in the zone it says."""
    for field in ("published", "updated"):
        written = item.get(field)
        if not written:
            continue
        try:
            return parse_instant(str(written), zone=source.zone)
        except TimeError:
            parsed = item.get(f"{field}_parsed")
            if parsed is None:
                raise
            return datetime(*parsed[:6]).replace(tzinfo=UTC)
    return None


def _item_lines(content: bytes, count: int) -> list[int]:
    """Return the line that each entry begins at; 0 for all when they cannot be told apart."""
    starts = [match.start() for match in _ITEM.finditer(content)]
    if len(starts) != count:
        return [0] * count
    numbers, line, before = [], 1, 0
    for start in starts:
        line += content.count(b"\n", before, start)
        before = start
        numbers.append(line)
    return numbers


def _fault_line(found: Any) -> int:
    fault = found.get("bozo_exception")
    return fault.getLineNumber() or 0 if isinstance(fault, SAXParseException) else 0


def _place(found: Any) -> str:
    line = _fault_line(found)
    return f"（第 {line} 行有误）" if line else ""
