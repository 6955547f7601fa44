"""The blocks of a page: the lines that a time or a day stands above.

The habit of the file decides what opens a block: lines with only a time, or times with the headline on the
same line; in a file without times of day, days.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from enum import Enum
from itertools import islice, pairwise

from search.readers.extraction.hints import noted_place
from search.readers.reports.page import PageLine
from search.readers.reports.time_lines import NO_SOURCE, SourceLine, TimeLine, read_time_line, resembles_time
from search.times.partial import PartialTime

__all__ = ["MAX_HEADLINE", "Block", "Mark", "Report", "first_sentence", "read_marks", "read_report"]

#: Longest line before which a time counts as one of a list of short reports, in characters.
_MAX_INLINE = 40
#: Longest first sentence that becomes a headline, in characters, and ends of sentences that are tried.
MAX_HEADLINE = 200
_MAX_ENDS = 20
#: The days before texts in a chronicle that may also be prose: one day for this many lines.
_MIN_SHARE = 10
#: Longest time as it is written, in characters.
_MAX_LABEL = 40

_CLOSED = re.compile(r"[。！？!?…；;][”’」』）)]*\s*\Z")
_PAIRS = tuple(zip("（(“「『【《", "）)”」』】》", strict=True))
_END_OF_SENTENCE = re.compile(r"[。！？!?]+[”’」』）)]*")
#: The end of a title of a chronicle.
_CHRONICLE = re.compile(r"(?:大事记|大事記|大事年表|年表|纪事|紀事|编年|時間線|时间线|日志|日誌)\s*\Z")
_TITLED = re.compile(r"【(?P<title>[^【】]{1,80})】(?P<text>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of a page, and the time at its begin."""

    line: PageLine
    time: TimeLine | None

    @property
    def is_time(self) -> bool:
        """Whether it is a time of day, with a day or without, and nothing else."""
        return self.time is not None and self.time.has_clock and not self.time.text

    @property
    def is_day(self) -> bool:
        """Whether it is a day and nothing else."""
        return self.time is not None and self.time.is_day and not self.time.text

    @property
    def is_period(self) -> bool:
        """Whether it is a year or a month, alone or in the title of a chronicle: 2022年大事记."""
        if self.time is None or not self.time.is_period:
            return False
        return not self.time.text or bool(self.line.heading or _CHRONICLE.search(self.time.text))

    @property
    def is_short_report(self) -> bool:
        """Whether it is a time of day with text behind it that is no continued sentence."""
        return self.time is not None and self.time.has_clock and bool(self.time.text) and not self.time.loose

    @property
    def is_timed_sentence(self) -> bool:
        """Whether it is a time of day with a sentence behind it: 9时10分，警方宣布…."""
        return self.time is not None and self.time.has_clock and bool(self.time.text) and self.time.loose

    @property
    def is_dated_text(self) -> bool:
        """Whether it is a day with text behind it."""
        return self.time is not None and self.time.time.month is not None and bool(self.time.text)


class _Habit(Enum):
    """What opens the entries of a file."""

    TIMES = "lines with only a time"
    SHORT_REPORTS = "times with text behind them"
    DAYS = "lines with only a day"
    DATED_TEXTS = "days with text behind them"


@dataclass(slots=True)
class Block:
    """A time, and the lines that belong to it."""

    line: PageLine
    stamp: PartialTime
    place: str = ""
    source: SourceLine = NO_SOURCE
    content: list[PageLine] = field(default_factory=list)
    by_day: bool = False

    @property
    def label(self) -> str:
        """The time as it is written, on a line of its own or before text."""
        start = self.content[0].text[:_MAX_LABEL] if self.content else ""
        return self.line.text.partition(start or "\n")[0][:_MAX_LABEL].strip(" :：，,|｜—-")


@dataclass(slots=True)
class Report:
    """The blocks of a page, the lines before the first of them, and the lines that were not understood."""

    blocks: list[Block] = field(default_factory=list)
    preamble: list[PageLine] = field(default_factory=list)
    unread: list[PageLine] = field(default_factory=list)
    mixed: list[PageLine] = field(default_factory=list)
    days: int = 0


def read_marks(page: Sequence[PageLine], zone: tzinfo) -> list[Mark]:
    """Read the time at the begin of each line."""
    return [Mark(line, None if line.is_caption else read_time_line(line.text, zone)) for line in page]


# -- the habit of a file -----------------------------------------------------------------------------------


def read_report(marks: Sequence[Mark], *, titled: bool, prose: bool) -> Report | None:
    """Split a page into the blocks of a live blog or a chronicle; None if it is neither.

    In a `titled` text, which has a title and a date of its own, times and days before text count only if they
    prevail, and a single time only at the begin; where the page can be `prose`, so do days before a sentence.
    """
    starts = _sections(marks)
    if starts:
        blocks = [_section(marks[start:end]) for start, end in pairwise([*starts, len(marks)])]
        return Report(blocks, [mark.line for mark in marks[: starts[0]]])
    habit = _habit(marks, titled, prose)
    if habit is None:
        return None
    report = _Splitter(marks, habit).split()
    return report if report.blocks else None


def _habit(marks: Sequence[Mark], titled: bool, prose: bool) -> _Habit | None:
    times = sum(mark.is_time for mark in marks)
    if titled and times == 1 and not _begins_with(_text_lines(marks), "is_time"):
        times = 0
    short = sum(mark.is_short_report for mark in marks)
    if times or short:
        if short <= times:
            return _Habit.TIMES
        # A few times among many days are the text of a chronicle: 19时 报道称….
        often = 2 * short >= sum(mark.is_day for mark in marks)
        if times or (often and _prevails(marks, "is_short_report", short, strict=titled)):
            return _Habit.SHORT_REPORTS
    sentences = sum(mark.is_timed_sentence and not mark.is_dated_text for mark in marks)
    if _prevails(marks, "is_timed_sentence", sentences, strict=True):
        return _Habit.SHORT_REPORTS
    return _habit_of_days(marks, titled, prose)


def _habit_of_days(marks: Sequence[Mark], titled: bool, prose: bool) -> _Habit | None:
    """Return the habit of a file without times of day; a day at its end is the date of a letter."""
    headings = [i for i, mark in enumerate(marks[:-1]) if mark.is_day]
    texts = [mark.time for mark in marks if mark.time and mark.is_dated_text]
    if headings and len(headings) >= len(texts):
        first = next((i for i, mark in enumerate(marks) if not mark.line.heading), 0)
        return _Habit.DAYS if not titled or len(headings) > 1 or headings[0] <= first else None
    if prose and _MIN_SHARE * len(texts) < len(_text_lines(marks)):
        return None
    strict = titled or (prose and any(time.loose for time in texts))
    return _Habit.DATED_TEXTS if _prevails(marks, "is_dated_text", len(texts), strict) else None


def _prevails(marks: Sequence[Mark], kind: str, count: int, strict: bool) -> bool:
    """Return whether entries open so: one at the begin or several; if `strict`, most lines do."""
    lines = _text_lines(marks)
    begins = _begins_with(lines, kind)
    if strict:
        return count > 1 and begins and 2 * count > len(lines)
    return count > 1 or (count > 0 and begins)


def _text_lines(marks: Sequence[Mark]) -> list[Mark]:
    """Return the lines without headings that are no times."""
    return [mark for mark in marks if not mark.line.heading or mark.time is not None]


def _begins_with(lines: Sequence[Mark], kind: str) -> bool:
    """Return whether the first line below the years is of a kind."""
    first = next((mark for mark in lines if not mark.is_period), None)
    return first is not None and bool(getattr(first, kind))


# -- sections ----------------------------------------------------------------------------------------------


def _sections(marks: Sequence[Mark]) -> list[int]:
    """Return where the sections begin if each heading of one level has one time below it; else none."""
    if sum(mark.is_time for mark in marks) < 2 or any(mark.is_day for mark in marks):
        return []
    for level in range(1, 7):
        starts = [i for i, mark in enumerate(marks) if mark.line.heading == level]
        if len(starts) > 1 and _each_has_a_time(marks, starts):
            return starts
    return []


def _each_has_a_time(marks: Sequence[Mark], starts: Sequence[int]) -> bool:
    """Return whether each section has one time, which is no heading, and no heading of a higher level."""
    level = marks[starts[0]].line.heading
    if any(mark.time for mark in marks[: starts[0]]):
        return False
    for start, end in pairwise([*starts, len(marks)]):
        section = marks[start + 1 : end]
        if marks[start].time or any(0 < mark.line.heading < level for mark in section):
            return False
        if [mark.line.heading for mark in section if mark.is_time] != [0]:
            return False
    return True


def _section(marks: Sequence[Mark]) -> Block:
    """Return the block of a section: its heading and its lines without the time."""
    block = Block(marks[0].line, PartialTime())
    for mark in marks:
        if mark.is_time and mark.time:
            block.stamp, block.place, block.source = mark.time.time, mark.time.place, mark.time.source
        else:
            block.content.append(mark.line)
    return block


# -- blocks ------------------------------------------------------------------------------------------------


class _Splitter:
    """Splits a page into blocks, in one pass."""

    def __init__(self, marks: Sequence[Mark], habit: _Habit) -> None:
        self._marks = marks
        self._habit = habit
        self._report = Report(days=sum(mark.is_day for mark in marks))
        self._above = habit in (_Habit.TIMES, _Habit.DAYS) and _headlines_stand_above(marks, habit)
        self._sentences = not any(mark.is_short_report for mark in marks)
        self._period = PartialTime()
        self._day: PartialTime | None = None
        self._block: Block | None = None

    def split(self) -> Report:
        """Return the blocks; the first lines without one are the preamble."""
        for i, mark in enumerate(self._marks):
            following = self._marks[i + 1] if i + 1 < len(self._marks) else None
            if mark.time is None or not self._take(mark, mark.time, following):
                self._add(mark)
        if self._habit is not _Habit.DAYS:
            # A day above times needs no text; its only line may have become a headline.
            self._report.blocks = [
                block for block in self._report.blocks if block.content or not block.by_day
            ]
        return self._report

    def _take(self, mark: Mark, time: TimeLine, following: Mark | None) -> bool:
        """Take a line that opens a block or dates those below it; return False for any other."""
        if self._opens(mark):
            self._open(mark, time)
        elif mark.is_day:
            self._date(mark, time, following)
        elif mark.is_period and (mark.line.heading or (following is not None and following.time is not None)):
            self._period, self._day, self._block = time.time, None, None
            self._report.preamble += [mark.line] if time.text and not self._report.blocks else []
        else:
            return False
        return True

    def _opens(self, mark: Mark) -> bool:
        match self._habit:
            case _Habit.TIMES:
                return mark.is_time or (mark.is_short_report and mark.line.heading > 0)
            case _Habit.SHORT_REPORTS:
                return mark.is_time or mark.is_short_report or (mark.is_timed_sentence and self._sentences)
            case _Habit.DAYS:
                return mark.is_dated_text and mark.line.heading > 0
        return mark.is_dated_text

    def _open(self, mark: Mark, time: TimeLine) -> None:
        above = self._headline_above() if self._above else None
        block = Block(mark.line, self._dated(time.time), time.place, time.source)
        if above is not None:
            block.content.append(above)
        if time.text:
            block.content += _inline(mark.line, time.text)
        block.by_day = time.is_day
        self._block = block
        self._report.blocks.append(block)

    def _headline_above(self) -> PageLine | None:
        content = self._block.content if self._block else self._report.preamble
        return content.pop() if content else None

    def _date(self, mark: Mark, time: TimeLine, following: Mark | None) -> None:
        """Take a day: of the time directly above it, or of what follows."""
        block, stamp = self._block, self._in_period(time.time)
        if block and not block.content and block.stamp.day is None and not _is_time(following):
            block.stamp = replace(block.stamp, year=stamp.year, month=stamp.month, day=stamp.day, ago=None)
            return
        above = self._headline_above() if self._above and self._habit is _Habit.DAYS else None
        content = [above] if above is not None else []
        self._day = stamp
        self._block = Block(mark.line, stamp, source=time.source, content=content, by_day=True)
        if self._habit is _Habit.DAYS:
            self._report.blocks.append(self._block)

    def _in_period(self, stamp: PartialTime) -> PartialTime:
        """Return a day with the year and month of the heading above it."""
        year = stamp.year or self._period.year
        return replace(stamp, year=year, month=stamp.month or self._period.month) if stamp.day else stamp

    def _dated(self, stamp: PartialTime) -> PartialTime:
        """Return a time with the day of the heading above it.

        One heading dates the next time only, from which the others go on across midnight.
        """
        stamp = self._in_period(stamp)
        day = self._day
        if day is None or stamp.day is not None:
            return stamp
        if self._report.days == 1:
            self._day = None
        return replace(stamp, year=day.year, month=day.month, day=day.day)

    def _add(self, mark: Mark) -> None:
        """Add a line to the block above it."""
        report, block = self._report, self._block
        headline = block is None or not block.content
        by_day = self._habit in (_Habit.DAYS, _Habit.DATED_TEXTS)
        if mark.is_short_report and len(mark.line.text) <= _MAX_INLINE and not headline and not by_day:
            report.mixed.append(mark.line)
        elif not mark.line.is_caption and resembles_time(mark.line.text, strict=headline):
            report.unread.append(mark.line)
        if block is None:
            report.preamble.append(mark.line)
            return
        if not block.content and (not report.blocks or report.blocks[-1] is not block):
            report.blocks.append(block)  # text below a day, before the first time
        block.content.append(mark.line)


def _is_time(mark: Mark | None) -> bool:
    return mark is not None and mark.time is not None and mark.time.has_clock


def _inline(line: PageLine, text: str) -> list[PageLine]:
    """Return the headline and the rest of a text behind a time: 【title】text, or its first sentence."""
    titled = _TITLED.fullmatch(text)
    parts = (titled["title"], titled["text"]) if titled else first_sentence(text)
    return [replace(line, text=part.strip()) for part in parts if part.strip()]


def first_sentence(text: str) -> tuple[str, str]:
    """Split a text behind its first sentence, which ends outside of brackets and quotation marks.

    >>> first_sentence("渡轮停航（原因不明。仍在调查）。乘客可退票。")
    ('渡轮停航（原因不明。仍在调查）。', '乘客可退票。')
    """
    ends = [match.end() for match in islice(_END_OF_SENTENCE.finditer(text), _MAX_ENDS)]
    whole = (end for end in ends if end <= MAX_HEADLINE and _is_closed(text[:end]))
    end = next(whole, ends[0] if ends else len(text))
    return text[:end], text[end:]


def _is_closed(text: str) -> bool:
    """Return whether every bracket and quotation mark that opens in a text is closed."""
    return all(text.count(opening) <= text.count(closing) for opening, closing in _PAIRS)


def _headlines_stand_above(marks: Sequence[Mark], habit: _Habit) -> bool:
    """Return whether every headline stands above its time.

    Each time has text directly above it, and either a smaller gap to it than that text has to the line above,
    or headings above times that are none, or no sentence above and only sentences below.
    """
    lines = [mark for mark in marks if noted_place(mark.line.text) is None]
    places = [i for i, mark in enumerate(lines) if (mark.is_time if habit is _Habit.TIMES else mark.is_day)]
    if not places or any(not i or lines[i - 1].time or lines[i - 1].line.is_caption for i in places):
        return False
    pairs = [(lines[i - 1].line, lines[i].line) for i in places]
    if any(above.heading for above, _ in pairs) or any(time.heading for _, time in pairs):
        return all(above.heading and not time.heading for above, time in pairs)
    below = [lines[i + 1] for i in places if i + 1 < len(lines) and i + 2 not in places]
    ends = [bool(_CLOSED.search(mark.line.text)) for mark in below]
    if len(places) > 1 and all(_gap(lines, i) < _gap(lines, i - 1) for i in places):
        return True
    headlines = not any(_CLOSED.search(above.text) for above, _ in pairs)
    return headlines and all(ends) and (any(ends) or len(places) > 1)


def _gap(lines: Sequence[Mark], place: int) -> float:
    """Return the distance of a line from the one above it, in lines."""
    if not place:
        return float("inf")
    return lines[place].line.number - lines[place - 1].line.number
