"""The live-blog text format: a line with only a time opens an entry; the next line is its headline.

All lines below a time line become headline, body, captions or credit of its entry; any other line is a
problem. Years are not guessed: they follow from the date of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from search.errors import Problem, TimeError
from search.readers.base import EntryBuilder, EntryDraft, Item, Source
from search.readers.dating import timeline
from search.readers.decode import MAX_FILE, MAX_LINE, Line, lines
from search.readers.extraction.byline import split_credit
from search.readers.extraction.hints import date_in_name, noted_place
from search.readers.frontmatter import FrontMatter, front_matter
from search.times.ranges import PartialTime, read_partial_time
from search.times.zones import zone_of_place

__all__ = ["read"]

#: Longest time line, in characters.
_MAX_TIME_LINE = 40

#: Lines of a file that are not blank.
_MAX_LINES = 1_000_000

#: First character of a caption.
_CAPTION = "△"

# Characters without width, which occur in text copied from a page.
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060"


@dataclass(frozen=True, slots=True)
class _Block:
    """A time line, and the lines below it that are not blank."""

    line: int
    stamp: PartialTime
    content: tuple[Line, ...]


def read(source: Source) -> Iterator[Item]:
    """Read a live blog; raises UnreadableFile if it has no time line, or its years are unknown."""
    builder = EntryBuilder(source)
    held = _held(source, builder)
    head = front_matter(held, builder)
    preamble, blocks = _blocks(held[head.length :])
    noted = _preamble(preamble, builder)
    if not blocks:
        yield from _no_entries(preamble, builder)
        return
    zone = head.zone or _zone(noted, builder)
    times = timeline([block.stamp for block in blocks], head.date or date_in_name(source.stem), zone)
    if times is None:
        raise source.refuse(
            "时间行没有年份，无法确定是哪一年；请在文件开头加上三行「---」「date: 2022-01-06」「---」，"
            "或在文件名中写上日期，如 2022-01-06-kazakhstan.txt",
            blocks[0].line,
        )
    entries = list(zip(blocks, times.moments, strict=True))
    # Ids within a minute count from the oldest entry, so that a new entry does not change the others.
    in_time = entries if times.oldest_first else entries[::-1]
    items = [item for block, moment in in_time for item in _entry(block, moment, head, builder)]
    yield from sorted([*builder.problems(), *items], key=_line)


def _held(source: Source, builder: EntryBuilder) -> list[Line]:
    """Return the clean and stripped lines that are not blank; raises UnreadableFile."""
    held, size = list[Line](), 0
    for line in lines(source):
        text = builder.clean(line.text, line.number).strip()
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


def _blocks(held: Sequence[Line]) -> tuple[list[Line], list[_Block]]:
    """Split a file at its time lines; return the lines before the first one, then the blocks.

    A line with only a date belongs to the time line without a date below it.
    """
    preamble: list[Line] = []
    blocks: list[_Block] = []
    content = preamble
    opened: list[tuple[Line, PartialTime, list[Line]]] = []
    for line in held:
        stamp = _time_line(line)
        if stamp is None:
            content.append(line)
            continue
        heading = _date_line(content[-1]) if content and stamp.day is None else None
        if heading is not None:
            content.pop()
            stamp = replace(stamp, year=heading.year, month=heading.month, day=heading.day)
        content = []
        opened.append((line, stamp, content))
    blocks = [_Block(line.number, stamp, tuple(content)) for line, stamp, content in opened]
    return preamble, blocks


def _time_line(line: Line) -> PartialTime | None:
    """Return the time of a line with nothing else: at least an hour, and no words such as 昨天."""
    stamp = _stamp(line)
    if stamp is None or stamp.hour is None or stamp.ago is not None:
        return None
    return None if (stamp.year or stamp.month) and not stamp.day else stamp


def _date_line(line: Line) -> PartialTime | None:
    """Return the day of a line with nothing else."""
    stamp = _stamp(line)
    if stamp is None or not stamp.month or not stamp.day or stamp.hour is not None or stamp.part:
        return None
    return stamp


def _stamp(line: Line) -> PartialTime | None:
    return read_partial_time(line.text.strip(_INVISIBLE)) if len(line.text) <= _MAX_TIME_LINE else None


def _preamble(preamble: Sequence[Line], builder: EntryBuilder) -> tuple[int, str] | None:
    """Return the line and place of a note on the zone; other text is a problem."""
    noted = None
    stray = []
    for line in preamble:
        place = noted_place(line.text)
        if place is not None and noted is None:
            noted = line.number, place
        else:
            stray.append(line)
    if stray:
        builder.note(stray[0].number, "第一个时间行之前的文字不属于任何条目，未收入；请移到一个时间行之下")
    return noted


def _zone(noted: tuple[int, str] | None, builder: EntryBuilder) -> ZoneInfo:
    """Return the zone of a note, or that of the home; an uncertain place is a problem."""
    if noted is None:
        return builder.source.zone
    line, place = noted
    zone = zone_of_place(place)
    if zone is None:
        builder.note(
            line,
            "不能确定「{place}时间」的时区，暂按 {zone} 读取；"
            "请在文件开头加上三行「---」「timezone: Asia/Almaty」「---」写明时区",
            place=place,
            zone=str(builder.source.zone),
        )
    return zone or builder.source.zone


def _no_entries(preamble: Sequence[Line], builder: EntryBuilder) -> Iterator[Item]:
    """Refuse a text that is not a live blog; an empty file is only a problem."""
    for line in preamble:
        if line.too_long:
            yield _too_long(line, builder)
    if preamble:
        raise builder.source.refuse("没有找到时间行；请在每条报道之前单独写一行时间，如 1月6日13:59")
    yield builder.source.problem(0, "文件里没有条目")


def _entry(
    block: _Block, moment: datetime | TimeError, head: FrontMatter, builder: EntryBuilder
) -> Iterator[Item]:
    """Yield the entry of a block, or the problem for which it is left out."""
    long = next((line for line in block.content if line.too_long), None)
    if isinstance(moment, TimeError):
        yield builder.source.problem(block.line, "{reason}（此条已略过）", reason=moment.message)
    elif long is not None:
        yield _too_long(long, builder)
    else:
        yield from builder.build(_draft(block, moment, head))


def _draft(block: _Block, moment: datetime, head: FrontMatter) -> EntryDraft:
    texts = [line.text for line in block.content]
    paragraphs = [text for text in texts if not text.startswith(_CAPTION)]
    captions = tuple(text.removeprefix(_CAPTION) for text in texts if text.startswith(_CAPTION))
    body, credit = split_credit("\n".join(paragraphs[1:]))
    headline = paragraphs[0] if paragraphs else ""
    return EntryDraft(
        block.line, "", moment, headline, body, captions, credit=credit, stream=head.title, url=head.url
    )


def _too_long(line: Line, builder: EntryBuilder) -> Problem:
    return builder.source.problem(line.number, "这一行超过 {mib} MiB，所在的条目已略过", mib=MAX_LINE >> 20)


def _line(item: Item) -> int:
    return item.line
