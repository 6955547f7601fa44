"""Scan a date and time as people and programs write it: its parts in any order, each once.

The grammar is a list of parts, tried at each position, with gaps between them. A part that occurs twice ends
the scan; parts that contradict each other are an error. Nothing is completed and nothing is guessed: two
numbers whose order is unknown (05/02/2024) are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta, timezone, tzinfo

from search.analysis.numerals import read_digits, read_han
from search.errors import TimeError
from search.language.message import Message
from search.times.partial import YEARS, PartialTime, fold
from search.times.zones import (
    PLACES,
    UNCERTAIN_PLACES,
    find_zone,
    zone_of_abbreviation,
    zone_of_place,
)

__all__ = ["PART_OF_DAY", "Written", "scan"]

#: Parts of the day, and the hours on a clock of 24 that they can have, as [first, last].
_HALVES = {
    "凌晨": (0, 6), "上午": (0, 11), "午前": (0, 11), "清晨": (0, 11), "早晨": (0, 11), "早上": (0, 11),
    "早间": (0, 11), "早間": (0, 11), "晨": (0, 11), "早": (0, 11), "中午": (11, 14), "正午": (12, 12),
    "下午": (12, 23), "午后": (12, 23), "午後": (12, 23), "傍晚": (16, 20), "晚上": (17, 24),
    "晚间": (17, 24), "晚間": (17, 24), "夜间": (18, 24), "夜間": (18, 24), "深夜": (21, 24),
    "夜里": (19, 24), "晚": (17, 24), "夜": (19, 24),
}  # fmt: skip
_AM, _PM = (0, 11), (12, 23)
#: Twelve hours in words in the first half of a day can be noon or midnight.
_FORENOON = _HALVES["上午"]
PART_OF_DAY = "|".join(_HALVES)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Chinese and Japanese weekdays, from Monday.
_WEEKDAY_SIGNS = {
    sign: index for signs in ("一二三四五六日", "月火水木金土日") for index, sign in enumerate(signs)
}
_WEEKDAY_SIGNS |= {"天": 6}

#: Days before today in words; the short ones only before a part of the day.
_DAYS_AGO = {"大前": 3, "前": 2, "昨": 1, "今": 0}

_ZERO = str.maketrans("○", "〇")
_HAN = "〇○零一二两三四五六七八九十"
_N = rf"(?:[0-9]{{1,2}}|[{_HAN}]{{1,3}})"
_Y = rf"(?:[0-9]{{4}}|[{_HAN[:-1]}]{{4}})"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_PLACE = "|".join(sorted([*PLACES, *UNCERTAIN_PLACES], key=len, reverse=True))
_REGION = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US|Canada"

#: The parts; the first that matches counts. The outer name of each is its kind.
_PARTS = re.compile(
    rf"(?P<minguo>(?:中[華华])?民[國国]\s?(?P<ry>[0-9]{{1,3}})\s?年\s?(?P<rm>{_N})\s?月\s?(?P<rd>{_N})\s?[日号號])"
    rf"|(?P<full>(?P<fy>{_Y})\s?年\s?(?P<fm>{_N})\s?月\s?(?P<fd>{_N})\s?[日号號])"
    rf"|(?P<span>(?P<sy>{_Y})\s?年(?:\s?(?P<sm>{_N})\s?月份?)?)"
    rf"|(?P<day>(?:(?P<dm>{_N})\s?月\s?)?(?P<dd>{_N})\s?[日号號])"
    rf"|(?P<only>(?P<om>{_N})\s?月份?)"
    r"|(?P<iso>(?P<iy>[0-9]{4})(?P<is>[-/.])(?P<im>[0-9]{1,2})(?P=is)(?P<id>[0-9]{1,2})(?![0-9]))"
    r"|(?P<unclear>[0-9]{1,2}(?P<us>[-/.])[0-9]{1,2}(?P=us)[0-9]{2,4}(?![0-9]))"
    r"|(?P<compact>(?P<cy>[0-9]{4})(?P<cm>[0-9]{2})(?P<cd>[0-9]{2})"
    r"(?:T?(?P<ch>[0-9]{2})(?P<cn>[0-9]{2})(?P<cs>[0-9]{2})?)?(?![0-9:]))"
    r"|(?P<monthday>(?P<nm>[0-9]{1,2})[-/.](?P<nd>[0-9]{1,2})(?![0-9]|[:/.-][0-9]))"
    rf"|(?P<dmy>(?P<ed>[0-9]{{1,2}})(?:st|nd|rd|th)?[\s-]{{1,3}}"
    rf"(?P<em>{_MONTH}|{_N}(?=月,?[\s-]{{1,2}}[0-9]{{4}}(?![0-9:])))月?\.?"
    r"(?:,?[\s-]{1,2}(?P<ey>[0-9]{4}|[0-9]{2})(?![0-9:]))?)"
    rf"|(?P<mdy>(?P<gm>{_MONTH})\.?\s{{1,2}}(?P<gd>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9:])"
    r"(?:,?\s{1,2}(?P<gy>[0-9]{4})(?![0-9:]))?)"
    r"|(?P<year>(?P<yy>[0-9]{4})(?![0-9:]))"
    r"|(?P<clock>(?P<h>[0-9]{1,2})\s?:\s?(?P<n>[0-9]{2})(?:\s?:\s?(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"(?![0-9]|\s?:\s?[0-9]))"
    rf"|(?P<hour>(?P<zh>{_N})\s?[时時点點](?:(?P<half>半)|[整正钟鐘]|(?P<quarter>[一三13])刻"
    rf"|\s?(?P<zn>{_N})\s?分(?:\s?(?P<zs>{_N})\s?秒)?|(?P<zm>{_N})(?![{_HAN}0-9]|[一-鿿]))?)"
    rf"|(?P<ago>(?P<gw>大前|前|昨|今)[天日]|(?P<gs>[前昨今])(?=[早晚夜晨]\s?[0-9{_HAN}]))"
    rf"|(?P<part>(?P<pw>{PART_OF_DAY})(?=\s?[0-9{_HAN}]))"
    r"|(?P<half_day>(?P<ap>[ap])\.?\s?m(?![a-z])\.?)"
    rf"|(?P<weekday>(?:星期|[周週]|[禮礼]拜)(?P<w>[一二三四五六日天])(?=\Z|[^一-鿿]|{PART_OF_DAY}|更新|发布)"
    r"|[(【\[]\s?(?P<v>[一二三四五六日月火水木金土])\s?[)】\]]"
    r"|(?P<x>mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs?|ur)?(?:day)?(?![a-z])\.?)"
    r"|(?P<offset>(?P<utc>(?:UTC|GMT|UT)\s?)?(?P<sign>[-+])(?P<oh>[0-9]{1,2})(?P<colon>:?)(?P<on>[0-9]{2})?(?![0-9:]))"
    rf"|(?P<region>(?:{_REGION})/[A-Za-z_+0-9/-]{{1,40}})"
    rf"|(?P<place>(?P<p>{_PLACE})(?:标准|標準|夏令)?(?:时间|時間)|(?P<china>China Standard Time))"
    r"|(?P<name>[a-z]{1,5}(?![a-z]))",
    re.IGNORECASE,
)
#: Between the parts: blanks, commas, brackets, the T of ISO 8601, and words that introduce a time.
_GAP = re.compile(
    r"(?:[\s,)\]】，、]|[(\[【](?!\s?[一二三四五六日月火水木金土]\s?[)\]】])|T(?=[0-9])|(?:at|on)(?![a-z])"
    r"|(?:发布|發布|發佈|更新|发表|發表|刊登|出版)?(?:时间|時間|日期)\s?:?|(?:发布|發布|發佈|更新|发表|發表)[于於]?\s?:?"
    r"|(?:published|updated|posted|date|time)(?![a-z])\s?:?)++",
    re.IGNORECASE,
)
#: A comment behind an offset, as in +0800 (China Standard Time).
_COMMENT = re.compile(r"\s?\([^()0-9]{0,60}\)")
_SIGN = re.compile(r"\s?(?=[-+][0-9]{1,2}(?![0-9:])|[-+][0-9]{2}:?[0-9]{2}(?![0-9]))")
#: What an offset must have in a line of a report, where -5 can be a number: +0800, +08:00.
_LINE_OFFSET = re.compile(r"\+[0-9]{2}:?[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Written:
    """A time at the begin of a text: its value, and the offset at which its last part ends.

    `clock_end` is the offset behind the time of day and its zone, 0 without one; `place` is a word for a zone
    that is not known (当地); `numeric` tells a day written as two numbers: 5-2.
    """

    time: PartialTime
    end: int
    clock_end: int = 0
    place: str = ""
    numeric: bool = False


def scan(text: str, zone: tzinfo, *, line: bool = False, gap: re.Pattern[str] = _GAP) -> Written:
    """Scan the time at the begin of a text, up to the first part that does not belong to it.

    `zone` is that of the home, for abbreviations; in a `line` of a report, numbers that may be something else
    are no part of a time. Raises TimeError for parts that contradict each other.
    """
    plain = fold(text)
    parts = _Parts(zone, "T" in plain, line)
    offset = end = clock_end = 0
    while True:
        # A sign before digits, which may be an ornament as well, begins an offset behind a time of day.
        space = (parts.clock and _SIGN.match(plain, offset)) or gap.match(plain, offset)
        offset = space.end() if space else offset
        match = _PARTS.match(plain, offset)
        if match is None or not parts.take(match):
            return parts.written(end, clock_end)
        offset = match.end()
        if match.lastgroup in ("clock", "hour", "compact") or (
            match.lastgroup in _AFTER_CLOCK and clock_end == end
        ):
            clock_end = offset if parts.clock else 0
        end = offset
        if parts.offset is not None and not line and (comment := _COMMENT.match(plain, offset)):
            offset = end = comment.end()


@dataclass(slots=True)
class _Parts:
    """The parts of one time as they are scanned."""

    home: tzinfo
    iso: bool
    line: bool
    date: tuple[int | None, int | None, int | None] | None = None
    clock: tuple[int, int | None, int | None, int | None] | None = None
    part: str = ""
    ago: int | None = None
    half: tuple[int, int] | None = None
    weekday: int | None = None
    offset: timezone | None = None
    zone: tzinfo | None = None
    place: str = ""
    hours_in_words: bool = False
    english: bool = False
    numeric: bool = False
    short_year: bool = False

    def take(self, match: re.Match[str]) -> bool:
        """Take one part; return False for one that does not belong to this time."""
        kind = match.lastgroup or ""
        if kind in _DATES:
            return self._take_date(kind, match)
        match kind:
            case "clock" | "hour":
                return self._take_clock(kind, match)
            case "part" | "half_day":
                return self._take_half(kind, match)
            case "weekday":
                return self._take_weekday(match)
            case "ago":
                return self._take_ago(match)
            case "offset":
                return self._take_offset(match)
        return self._take_zone(kind, match)

    def written(self, end: int, clock_end: int) -> Written:
        """Return what was taken; raises TimeError for parts that contradict each other."""
        year, month, day = self.date or (None, None, None)
        hour, minute, second, micro = self.clock or (None, None, None, None)
        if self.short_year and hour is None:
            raise _unclear()
        if hour is not None:
            hour = self._hour(hour)
        zone = self.offset or self.zone
        time = PartialTime(
            year, month, day, hour, minute, second, micro, zone, self.ago, weekday=self.weekday
        )
        return Written(time, end, clock_end, self.place, self.numeric)

    def _hour(self, hour: int) -> int:
        """Return the hour on a clock of 24; raises TimeError if the part of the day has no such hour."""
        for window in filter(None, (_HALVES.get(self.part), self.half)):
            first, last = window
            twelve = (hour + 12, 0 if hour == 12 else hour) if hour <= 12 else ()
            fits = [h for h in dict.fromkeys((hour, *twelve)) if first <= h <= last]
            noon = window == _FORENOON and hour == 12 and self.hours_in_words
            if len(fits) != 1 or noon:
                part = self.part or ("AM" if window == _AM else "PM")
                raise TimeError("「{part}」与「{hour} 时」不能同时成立", part=part, hour=hour)
            hour = fits[0]
        return hour

    def _take_date(self, kind: str, match: re.Match[str]) -> bool:
        if kind == "unclear":
            raise _unclear()
        if kind == "year":
            return self._take_year(match)
        if self.date is not None or self.ago is not None:
            return False
        year, month, day = (_number(match[name]) if name else None for name in _DATES[kind])
        if kind == "minguo" and year is not None:
            year += 1911
        if match["ey"] and len(match["ey"]) == 2 and year is not None:  # RFC 2822, 4.3
            year += 2000 if year < 50 else 1900
            self.short_year = True
        if self.line and kind in ("compact", "monthday") and not _plausible(year, month, day):
            return False
        self.date = year, month, day
        self.english = kind in ("dmy", "mdy")
        self.numeric = kind == "monthday"
        if kind == "compact" and match["ch"]:
            self.clock = int(match["ch"]), int(match["cn"]), int(match["cs"] or 0), None
        return True

    def _take_year(self, match: re.Match[str]) -> bool:
        """Take a year behind an English day: Thu May 2 10:30:00 2024."""
        if self.date is None or not self.english or self.date[0] is not None:
            return False
        self.date = int(match["yy"]), *self.date[1:]
        return True

    def _take_clock(self, kind: str, match: re.Match[str]) -> bool:
        if self.clock is not None:
            return False
        if kind == "clock":
            micro = int(match["f"][:6].ljust(6, "0")) if match["f"] else None
            self.clock = int(match["h"]), int(match["n"]), int(match["s"]) if match["s"] else None, micro
            return True
        hour = _number(match["zh"])
        minute, second = _number(match["zn"] or match["zm"]), _number(match["zs"])
        if match["half"] or match["quarter"]:
            minute = 30 if match["half"] else 15 * (_number(match["quarter"]) or 0)
        if hour is None:
            return False
        self.clock, self.hours_in_words = (hour, minute, second, None), True
        return True

    def _take_half(self, kind: str, match: re.Match[str]) -> bool:
        if kind == "part":
            if self.part or self.clock is not None:
                return False
            self.part = match["pw"]
            return True
        if self.half is not None or (self.line and self.clock is None and not match["ap"].isupper()):
            return False
        self.half = _AM if match["ap"] in "aA" else _PM
        return True

    def _take_weekday(self, match: re.Match[str]) -> bool:
        if self.weekday is not None:
            return False
        sign = match["w"] or match["v"]
        self.weekday = _WEEKDAY_SIGNS[sign] if sign else _WEEKDAYS.index(match["x"].lower())
        return True

    def _take_ago(self, match: re.Match[str]) -> bool:
        """Take 昨天 and the like in a line of a report, whose own day is known."""
        if not self.line or self.ago is not None or self.date is not None or self.clock is not None:
            return False
        self.ago = _DAYS_AGO[match["gw"] or match["gs"]]
        return True

    def _take_offset(self, match: re.Match[str]) -> bool:
        """Take an offset; 10:30-11:00 is a stretch of time as often as a time and its zone."""
        hours, minutes = int(match["oh"]), int(match["on"] or 0)
        if self.offset is not None or hours > 15 or minutes > 59:
            return False
        if not match["utc"]:
            if self.clock is None or (self.line and not self.iso and not _LINE_OFFSET.fullmatch(match[0])):
                return False
            if match["sign"] == "-" and match["colon"] and self.clock[2] is None and not self.iso:
                return False
        length = timedelta(hours=hours, minutes=minutes)
        self.offset = timezone(-length if match["sign"] == "-" else length)
        return True

    def _take_zone(self, kind: str, match: re.Match[str]) -> bool:
        if self.zone is not None or self.place:
            return False
        if kind == "name":
            if self.clock is None or (self.line and not match[0].isupper()):
                return False
            # An offset counts before a name: +0800 (CST).
            self.zone = self.offset or zone_of_abbreviation(match[0], self.home)
            return self.zone is not None
        if kind == "region":
            self.zone = find_zone(match[0])
            return True
        self.zone = find_zone("Asia/Shanghai") if match["china"] else zone_of_place(match["p"])
        self.place = match["p"] if self.zone is None else ""
        return True


#: What belongs to a time of day behind it.
_AFTER_CLOCK = frozenset(("half_day", "offset", "name", "region", "place"))
#: The groups of year, month and day of each kind of date; "" where it has none.
_DATES = {
    "minguo": ("ry", "rm", "rd"), "full": ("fy", "fm", "fd"), "span": ("sy", "sm", ""),
    "day": ("", "dm", "dd"), "only": ("", "om", ""), "iso": ("iy", "im", "id"), "unclear": ("", "", ""),
    "compact": ("cy", "cm", "cd"), "monthday": ("", "nm", "nd"), "dmy": ("ey", "em", "ed"),
    "mdy": ("gy", "gm", "gd"), "year": ("yy", "", ""),
}  # fmt: skip


def _number(text: str | None) -> int | None:
    """Return the value of a number in digits or in Chinese, or of the name of a month."""
    if not text:
        return None
    if text.isdigit() and text.isascii():
        return int(text)
    if text[0].isascii():
        return _MONTHS.index(text[:3].lower()) + 1
    text = text.translate(_ZERO)
    if len(text) == 4:
        return read_digits(text)
    value = read_han(text[1:] if len(text) == 2 and text[0] in "零〇" else text)
    if value is None:
        raise TimeError("「{number}」不是一个数", number=text)
    return value


def _plausible(year: int | None, month: int | None, day: int | None) -> bool:
    try:
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        return False
    return year is None or (year in YEARS and 1800 < year < 2200)


def _unclear() -> TimeError:
    return TimeError(Message("年、月、日的先后不明；请写成 2024-05-02 这样的形式"))
