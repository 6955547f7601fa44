"""What one line of a report says about time: it is a time, a day, a year, or text with a time before it.

`read_time_line` understands a line; `resembles_time` tells a short line that looks like a time and was not
understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import tzinfo

from search.errors import TimeError
from search.times.partial import PartialTime, fold
from search.times.written import PART_OF_DAY, Written, scan

__all__ = ["NO_SOURCE", "SourceLine", "TimeLine", "read_source", "read_time_line", "resembles_time"]

#: Characters at the begin of a line in which a time is looked for.
_MAX_HEAD = 80
#: Longest line that resembles a time, in characters.
_MAX_RESEMBLING = 40
#: Blanks of a line behind each of which a time may follow a source.
_MAX_BLANKS = 8

_WORDS = (
    r"发布|發布|發佈|更新|发表|發表|刊登|最新|最后|最後|实时|實時|滚动|滾動|直播|快讯|快訊|消息|报道|報道|報導|讯|訊|电|電"
    r"|播报|播報|突发|突發|速报|速報|快报|快報|速递|速遞|时间|時間|日期|截至|截止|于|於|约|約|许|許|左右|前后|前後"
    r"|(?:last\s)?updated?|posted|published|breaking|live|time|date|at|on"
)
_ORNAMENTS = (
    r"\s#*_`>=~+·•…※‖|丨/\\—–\-,，、。;；:!()\[\]【】〔〕{}《》〈〉<>「」『』〖〗\"'“”"
    r"\u2190-\u21ff\u23e9-\u23f3\u2500-\u27bf\u2b1b-\u2b55\ufe0f\U0001F300-\U0001FAFF"
)
#: Between the parts of a time, and around it: ornaments, brackets, and words that go with a time.
_GAP = re.compile(
    rf"(?:(?![(\[【]\s?[一二三四五六日月火水木金土]\s?[)\]】])[{_ORNAMENTS}]|T(?=[0-9])|(?:{_WORDS})(?![a-z]))++",
    re.IGNORECASE,
)
#: Between a time and the text behind it.
_SEPARATORS = re.compile(r"[\s*_|丨‖:·•…—–~,，、;；.。)\]】〕》>」』-]*")
#: Behind a time, a sign that what follows is part of a sentence.
_SENTENCE = re.compile(r"[,，、]|许|許|左右|前后|前後|起|至|到|前|后|後|以|的|在|，|和|与|同")
#: The end of a stretch of time: 09:10—09:30.
_SECOND_TIME = re.compile(r"[\s—–~至到-]{0,4}[0-9]{1,2}\s?[:时時点點]")
_BRACKETS = dict(zip("】]）)」》", "【[（(「《", strict=True))
_SOURCE = re.compile(
    r"[\s([【#*_>·•—–-]{0,8}(?:消息|信息|新闻|文章|稿件)?(?:来源|來源|信源|出处|出處|稿源|source)\s?:\s*(?P<names>.*)",
    re.IGNORECASE | re.DOTALL,
)
_NEXT_LABEL = re.compile(
    r"(?:作者|记者|記者|编辑|編輯|责编|責編|责任编辑|責任編輯|编译|編譯|撰文|摄影)\s?[:：]"
)
_ADDRESS = re.compile(r"https?://[!-;=?-~]+", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"[、，,;；/|｜]+|(?<=[一-鿿》”」])\s+(?=[一-鿿《“「])")
#: Longest name of an agency in a line of its own, in characters.
_MAX_NAME = 40

#: What may be noted beside a day: the lunar day, a solar term, a holiday, the weather.
_LUNAR_DAY = r"(?:初[一二三四五六七八九十]|[十廿卅][一二三四五六七八九]?|二十|三十)"
_DAY_NOTE = re.compile(
    r"[\s([【〔,，·—-]{0,4}(?:(?:农历|農曆|阴历|陰曆)?\s?"
    rf"(?:[闰閏]?[正一二三四五六七八九十冬腊臘]{{1,2}}月|大?年){_LUNAR_DAY}|初[一二三四五六七八九十]"
    r"|小年夜?|除夕|(?:元旦|春[节節]|元宵|清明|[劳勞][动動]|端午|七夕|中秋|[国國][庆慶]|重[阳陽])[节節]?|破五"
    r"|立[春夏秋冬]|雨水|[惊驚][蛰蟄]|春分|[谷穀]雨|小[满滿]|芒[种種]|夏至|[小大]暑|[处處]暑|白露|秋分|寒露|霜降|[小大]雪|冬至|[小大]寒"
    r"|晴|[阴陰]|多[云雲]|[小中大]雨|[阵陣]雨|雾|霧|休市|周末|週末)[\s)\]】〕]*"
)
_COUNT = r"[0-9]{1,3}|[一二两三四五六七八九十半几]{1,3}"
_NEAR_DAY = (
    "今天|今日|今早|今晨|今晚|昨天|昨日|昨晚|昨夜|前天|前日|明天"
    "|当天|當天|当日|當日|同日|次日|翌日|刚刚|剛剛|刚才|剛才"
)
_HAN_N = r"[0-9〇零一二三四五六七八九十]{1,3}"
#: A clock, with other signs than a colon too.
_CLOCK_LIKE = re.compile(
    rf"(?<![0-9.])[0-9]{{1,2}}\s?[:;h]\s?[0-9]{{2}}(?![0-9])|{_HAN_N}\s?[时時点點](?![一-鿿]{{3}})",
    re.IGNORECASE,
)
_DAY_LIKE = re.compile(
    rf"{_HAN_N}\s?月|[0-9]{{1,2}}\s?[-—–~至]\s?[0-9]{{1,2}}\s?[日号]|[12][0-9]{{3}}[-/.][0-9]{{1,2}}|[上中下]旬|[0-9]{{1,2}}[/-][0-9]{{1,2}}(?![0-9])"
)
_WORDS_ALONE = re.compile(
    rf"(?:(?:大?[约約])?\s?(?:{_COUNT})\s?个?(?:秒钟?|分钟?|小时|钟头|天|日|周|星期|月)之?[前内]"
    rf"|[0-9]{{1,3}}\s?(?:sec|second|min|minute|hour|hr|day)s?\s?ago|just now"
    rf"|(?:[0-9]{{4}}年)?(?:[0-9]{{1,2}}月)?(?:[0-9]{{1,2}}[日号號])?\s?(?:{_NEAR_DAY})?\s?(?:{PART_OF_DAY}|午夜|正午|半夜)"
    rf"|[12][0-9]{{3}}\s?年|day\s?[0-9]{{1,3}}|第\s?{_HAN_N}\s?[天日]|(?:星期|[周週]|[禮礼]拜)[一二三四五六日天]|{_NEAR_DAY})",
    re.IGNORECASE,
)
_DIGITS_ALONE = re.compile(
    r"[0-9]{1,2}[.·][0-9]{2}\s?(?:[ap]m)?|[0-2][0-9][0-5][0-9](?:时|時)?|[0-9]{10}", re.IGNORECASE
)
_LETTER = re.compile(r"[A-Za-z一-鿿]")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The agencies that a line names behind 来源, the credit that it goes on with, and an address in it."""

    agencies: tuple[str, ...]
    credit: str = ""
    url: str = ""


NO_SOURCE = SourceLine(())


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A time before the text of a line (which may be empty).

    `loose` tells a text that goes on as a sentence: 9时10分，警方宣布…; `place` is a word for a zone that is
    not known.
    """

    time: PartialTime
    text: str = ""
    loose: bool = False
    place: str = ""
    source: SourceLine = NO_SOURCE

    @property
    def has_clock(self) -> bool:
        """Whether it has a time of day."""
        return self.time.hour is not None

    @property
    def is_day(self) -> bool:
        """Whether it is a day without a time of day."""
        return self.time.hour is None and self.time.day is not None

    @property
    def is_period(self) -> bool:
        """Whether it is only a year or a month."""
        return self.time.hour is None and self.time.day is None


def read_time_line(text: str, zone: tzinfo) -> TimeLine | None:
    """Return the time at the begin of a line and the text behind it; None if the line begins with no time.

    >>> from datetime import UTC
    >>> line = read_time_line("【09:10】港口恢复作业", UTC)
    >>> line and (line.time.hour, line.time.minute, line.text)
    (9, 10, '港口恢复作业')
    """
    source = _SOURCE.match(fold(text[:_MAX_HEAD]))
    if source is not None:
        return _behind_source(text, source.start("names"), zone)
    head = text[:_MAX_HEAD]
    try:
        written = scan(head, zone, line=True, gap=_GAP)
    except TimeError:
        return None
    line = _line(text, written)
    if 0 < written.clock_end < written.end and (line.text or not _begins(written, head)):
        # A day behind the time of day belongs to the text: 09:10 3号线恢复运行.
        written = scan(head[: written.clock_end], zone, line=True, gap=_GAP)
        line = _line(text, written)
    return line if _begins(written, head) else None


def _begins(written: Written, head: str) -> bool:
    """Return whether a time was found; a day of two numbers counts only before a time or as 05-02."""
    time = written.time
    if time.hour is not None:
        return (time.month is None) or (time.day is not None)
    if written.numeric:
        return time.weekday is not None or bool(_TWO_DIGITS.search(fold(head)))
    return time.day is not None or time.year is not None or time.month is not None


_TWO_DIGITS = re.compile(r"(?<![0-9])[01][0-9]-[0-3][0-9](?![0-9])")


def _line(text: str, written: Written) -> TimeLine:
    tail = text[written.end :]
    line = TimeLine(written.time, place=written.place)
    gap = _GAP.match(fold(tail[:_MAX_HEAD]))
    behind = tail[gap.end() :] if gap else tail
    if not behind:
        return line
    source = read_source(behind)
    if source is not None:
        return replace(line, source=source)
    separator = _SEPARATORS.match(fold(tail))
    rest = tail[separator.end() :] if separator else tail
    attached = not separator or not separator.end()
    in_words = text[written.end - 1] not in "0123456789０１２３４５６７８９mMzZ"
    if not line.has_clock and _DAY_NOTE.fullmatch(fold(behind if gap else rest)):
        return line
    loose = bool(_SENTENCE.match(tail) or _SECOND_TIME.match(fold(tail))) or (attached and in_words)
    return replace(line, text=_unbracketed(rest), loose=loose)


def _unbracketed(text: str) -> str:
    """Return a text without a closing bracket at its end whose opening one stands before the time."""
    opening = _BRACKETS.get(text[-1:])
    return text[:-1].rstrip() if opening and opening not in text else text


def _behind_source(text: str, start: int, zone: tzinfo) -> TimeLine | None:
    """Return the time behind a source: 来源：某报 2024-05-02 09:10."""
    blanks = [match.end() for match in re.finditer(r"\s", text[:_MAX_HEAD]) if match.end() > start]
    for offset in blanks[:_MAX_BLANKS]:
        source = read_source(text[:offset])
        line = (
            read_time_line(text[offset:], zone) if source and not _SOURCE.match(fold(text[offset:])) else None
        )
        if source and line and line.has_clock and not line.text:
            return replace(line, source=source)
    return None


def read_source(text: str) -> SourceLine | None:
    """Return the agencies of a line 来源：…, None for any other line.

    >>> read_source("（来源：某报、某台 编辑：林远）")
    SourceLine(agencies=('某报', '某台'), credit='编辑：林远', url='')
    """
    if len(text) > 3 * _MAX_HEAD:
        return None
    match = _SOURCE.fullmatch(fold(text))
    if match is None:
        return None
    names = text[match.start("names") :].strip(" \t*_)）]】。")
    label = _NEXT_LABEL.search(names)
    credit = names[label.start() :].strip() if label else ""
    names = names[: label.start()] if label else names
    address = _ADDRESS.search(names)
    url = address[0] if address else ""
    parts = _BETWEEN_NAMES.split(_ADDRESS.sub(" ", names))
    agencies = tuple(filter(None, (name.strip(" ()（）[]【】") for name in parts)))
    if not (agencies or url) or any(
        len(name) > _MAX_NAME or re.search("[。！？]", name) for name in agencies
    ):
        return None
    return SourceLine(agencies, credit, url)


def resembles_time(text: str, *, strict: bool = False) -> bool:
    """Return whether a short line looks like a time; `strict` allows nearly no other words.

    >>> [resembles_time(line) for line in ("09:10—09:30", "3小时前", "1月上旬", "港口恢复作业")]
    [True, True, True, False]
    """
    plain = fold(text[: _MAX_RESEMBLING + 1])
    if len(plain) > _MAX_RESEMBLING or re.search("[。！？]", plain):
        return False
    bare = _GAP.sub("", plain)
    if (
        _WORDS_ALONE.fullmatch(bare)
        or _DIGITS_ALONE.fullmatch(bare)
        or _DIGITS_ALONE.fullmatch(plain.strip())
    ):
        return True
    letters = len(_LETTER.findall(bare))
    if _CLOCK_LIKE.search(plain):
        return letters <= (2 if strict else 10)
    return not strict and letters <= 6 and bool(_DAY_LIKE.search(plain))
