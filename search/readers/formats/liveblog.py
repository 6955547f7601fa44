"""Live blogs and chronicles: each block below a time or a day is an entry, its first line the headline.

Years are not guessed: they follow from the date of the file. What looks like a time and opens no entry is
reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from search.entry import Attribution
from search.errors import TimeError
from search.readers.base import EntryBuilder, EntryDraft, Item
from search.readers.decoding.decode import MAX_LINE
from search.readers.extraction.attribution import attributions
from search.readers.extraction.byline import split_credit
from search.readers.extraction.hints import date_in_name, noted_place
from search.readers.frontmatter import FrontMatter
from search.readers.reports.blocks import MAX_HEADLINE, Block, Report, first_sentence
from search.readers.reports.dating import timeline
from search.readers.reports.page import CAPTION, PageLine
from search.readers.reports.time_lines import read_source
from search.times.partial import excerpt
from search.times.zones import zone_of_place

__all__ = ["report_items", "too_long"]

#: Unread lines whose numbers are reported.
_MAX_NUMBERS = 10


def report_items(report: Report, head: FrontMatter, builder: EntryBuilder) -> Iterator[Item]:
    """Yield the entries of a live blog or a chronicle; raises UnreadableFile if its years are unknown."""
    blocks = report.blocks
    title, noted = _preamble(report.preamble, builder)
    _note_unread(report, builder)
    zone = head.zone or _zone(noted, builder)
    _note_places(blocks, head.zone or noted, zone, builder)
    times = timeline(
        [block.stamp for block in blocks], head.day(builder) or date_in_name(builder.source.stem), zone
    )
    if times is None:
        raise builder.source.refuse(
            "时间行没有年份，无法确定是哪一年；请在文件开头加上三行「---」「date: 2022-01-06」「---」，"
            "或在文件名中写上日期，如 2022-01-06-kazakhstan.txt",
            blocks[0].line.number,
        )
    stream = head.stream or head.title or title
    entries = list(zip(blocks, times.moments, strict=True))
    # Ids within a minute count from the oldest entry, so that a new entry does not change the others.
    in_time = entries if times.oldest_first else entries[::-1]
    items = [item for block, moment in in_time for item in _entry(block, moment, stream, head.url, builder)]
    yield from sorted([*builder.problems(), *items], key=lambda item: item.line)


def _preamble(preamble: Sequence[PageLine], builder: EntryBuilder) -> tuple[str, tuple[int, str] | None]:
    """Return the title of the page, and the line and place of a note on the zone; other text is a problem."""
    title, noted, stray = "", None, []
    for line in preamble:
        place = noted_place(line.text)
        if place is not None and noted is None:
            noted = line.number, place
        elif line.heading and not title:
            title = line.text
        elif not line.too_long:
            stray.append(line)
    if stray:
        builder.note(stray[0].number, "第一个时间行之前的文字不属于任何条目，未收入；请移到一个时间行之下")
    return title, noted


def _note_unread(report: Report, builder: EntryBuilder) -> None:
    """Report the lines that look like times and open no entry, one sentence for each kind."""
    if report.unread:
        builder.note(
            report.unread[0].number,
            "「{text}」像是时间，但看不懂，没有另起一条（这样的有 {count} 行：{lines}）；"
            "请写成 1月6日13:59 这样的一行",
            **_listed(report.unread),
        )
    if report.mixed:
        builder.note(
            report.mixed[0].number,
            "「{text}」的时间后面有文字，而本文件的时间单独成行，没有另起一条"
            "（这样的有 {count} 行：{lines}）；请把时间与标题分成两行",
            **_listed(report.mixed),
        )


def _listed(lines: Sequence[PageLine]) -> dict[str, object]:
    numbers = tuple(str(line.number) for line in lines[:_MAX_NUMBERS])
    more = ("…",) if len(lines) > _MAX_NUMBERS else ()
    return {"text": excerpt(lines[0].text), "count": len(lines), "lines": (*numbers, *more)}


def _zone(noted: tuple[int, str] | None, builder: EntryBuilder) -> ZoneInfo:
    """Return the zone of a note, or that of the home; an uncertain place is a problem."""
    if noted is None:
        return builder.source.zone
    line, place = noted
    zone = zone_of_place(place)
    if zone is None:
        _note_place(line, place, builder.source.zone, builder)
    return zone or builder.source.zone


def _note_places(blocks: Sequence[Block], known: object, zone: ZoneInfo, builder: EntryBuilder) -> None:
    """Report 当地时间 in a time, once, unless the zone of the file is written."""
    uncertain = next((block for block in blocks if block.place), None)
    if uncertain is not None and not known:
        _note_place(uncertain.line.number, uncertain.place, zone, builder)


def _note_place(line: int, place: str, zone: ZoneInfo, builder: EntryBuilder) -> None:
    builder.note(
        line,
        "不能确定「{place}时间」的时区，暂按 {zone} 读取；"
        "请在文件开头加上三行「---」「timezone: Asia/Almaty」「---」写明时区",
        place=place,
        zone=str(zone),
    )


def _entry(
    block: Block, moment: datetime | TimeError, stream: str, url: str, builder: EntryBuilder
) -> Iterator[Item]:
    """Yield the entry of a block, or the problem for which it is left out."""
    line = block.line.number
    long = next((line for line in block.content if line.too_long), None)
    if isinstance(moment, TimeError):
        yield builder.source.problem(line, "{reason}（此条已略过）", reason=moment.message)
    elif long is not None:
        yield from too_long(long, builder)
    else:
        draft = _draft(block, moment)
        yield from builder.build(replace(draft, stream=stream, url=draft.url or url))


def too_long(line: PageLine, builder: EntryBuilder) -> Iterator[Item]:
    """Yield the problem of a line beyond the limit."""
    yield builder.source.problem(line.number, "这一行超过 {mib} MiB，所在的条目已略过", mib=MAX_LINE >> 20)


def _draft(block: Block, moment: datetime) -> EntryDraft:
    captions = tuple(line.text.removeprefix(CAPTION) for line in block.content if line.is_caption)
    texts = [line.text for line in block.content if not line.is_caption]
    source = block.source
    for place in (0, 1):
        named = read_source(texts[place]) if not source.agencies and len(texts) > place else None
        if named is not None and not (place and len(texts) < 2):
            source = named
            del texts[place]
    headline, paragraphs = _headline(texts, block)
    body, credit = split_credit("\n".join(paragraphs))
    roles = tuple(Attribution(name) for name in source.agencies)
    roles = (*roles, *attributions(headline, body)) if roles else ()
    return EntryDraft(
        block.line.number,
        "",
        moment,
        headline,
        body,
        captions,
        credit=credit or source.credit,
        url=source.url,
        attributions=roles,
    )


def _headline(texts: list[str], block: Block) -> tuple[str, list[str]]:
    """Return the headline and the paragraphs: the first line, below a day its first sentence.

    A sentence that is too long for a headline stays in the body, below the day as it is written.
    """
    if not texts or not block.by_day:
        return (texts[0] if texts else ""), texts[1:]
    first, rest = first_sentence(texts[0])
    if len(first) > MAX_HEADLINE:
        return block.label, texts
    return first, [*([rest.strip()] if rest.strip() else []), *texts[1:]]
