"""Plain text: a live blog, a chronicle, or a post; the times in it decide.

A post is one entry. It has front matter, or it is Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from search.errors import TimeError
from search.language.message import reason_of
from search.readers.base import EntryBuilder, EntryDraft, Item
from search.readers.extraction.byline import split_credit
from search.readers.extraction.hints import date_in_name
from search.readers.formats.liveblog import report_items, too_long
from search.readers.frontmatter import FrontMatter, front_matter
from search.readers.reports.blocks import first_sentence, read_marks, read_report
from search.readers.reports.page import CAPTION, PageLine, page_lines, text_lines
from search.readers.source import Source
from search.times.partial import day_start

__all__ = ["read", "read_page"]


def read(source: Source) -> Iterator[Item]:
    """Read a text; raises UnreadableFile if it has no times and no front matter, or its years are unknown."""
    builder = EntryBuilder(source)
    held = text_lines(source, builder)
    head = front_matter(held, builder)
    return read_page(page_lines(held[head.length :]), head, builder, post=bool(head.length))


def read_page(
    page: Sequence[PageLine], head: FrontMatter, builder: EntryBuilder, *, post: bool
) -> Iterator[Item]:
    """Yield the entries of a page; `post` tells whether a page without times is one entry."""
    marks = read_marks(page, head.zone or builder.source.zone)
    titled = bool(head.title and (head.moment or date_in_name(builder.source.stem)))
    report = read_report(marks, titled=titled, prose=post)
    if report is not None:
        yield from report_items(report, head, builder)
    elif post and (page or head.title):
        yield from _post(page, head, builder)
    else:
        yield from _no_entries(page, builder)


def _no_entries(page: Sequence[PageLine], builder: EntryBuilder) -> Iterator[Item]:
    """Refuse a text that is not a live blog; an empty file is only a problem."""
    for line in page:
        if line.too_long:
            yield from too_long(line, builder)
    if page:
        raise builder.source.refuse(
            "没有找到时间行；请在每条报道之前单独写一行时间，如 1月6日13:59，"
            "或在文件开头加上三行「---」「date: 2022-01-06」「---」，作为一篇文章收录"
        )
    yield from builder.problems()
    yield builder.source.problem(0, "文件里没有条目")


def _post(page: Sequence[PageLine], head: FrontMatter, builder: EntryBuilder) -> Iterator[Item]:
    """Yield the one entry of a post."""
    long = next((line for line in page if line.too_long), None)
    if long is not None:
        yield from too_long(long, builder)
        return
    line = page[0].number if page else head.line
    moment = _moment(head, line, builder)
    captions = tuple(item.text.removeprefix(CAPTION) for item in page if item.is_caption)
    headline, body = _headline([item for item in page if not item.is_caption], head.title)
    body, credit = split_credit(body)
    yield from builder.build(
        EntryDraft(
            line,
            "",
            moment,
            headline,
            body,
            captions,
            head.agencies,
            head.author or credit,
            head.stream,
            head.url,
        )
    )


def _headline(page: Sequence[PageLine], title: str) -> tuple[str, str]:
    """Return headline and body: the title, else the first heading of the highest level, else a sentence."""
    texts = [line.text for line in page]
    level = min((line.heading for line in page if line.heading), default=0)
    heading = next((i for i, line in enumerate(page) if line.heading == level), None) if level else None
    if title:
        repeated = heading == 0 and texts[0] == title
        return title, "\n".join(texts[1:] if repeated else texts)
    if heading is not None:
        return texts[heading], "\n".join([*texts[:heading], *texts[heading + 1 :]])
    headline, rest = first_sentence(texts[0]) if texts else ("", "")
    return headline, "\n".join([rest.strip(), *texts[1:]])


def _moment(head: FrontMatter, line: int, builder: EntryBuilder) -> datetime | None:
    """Return the date of a post, from its front matter or its name; a missing one is a problem."""
    if isinstance(head.moment, TimeError):
        builder.note(head.line, "{reason}（此条按没有时间收录）", reason=reason_of(head.moment))
        return None
    if head.moment is not None:
        return head.moment
    day = date_in_name(builder.source.stem)
    if day is not None:
        return day_start(day, head.zone or builder.source.zone)
    builder.note(
        line,
        "文章没有日期，按没有时间收录；请在文件开头加上三行「---」「date: 2022-01-06 13:59」「---」",
    )
    return None
