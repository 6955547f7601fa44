"""Days in query texts, with the other ways to write them.

    5月1日至3日 ↔ 5月1日至5月3日 ↔ 5月1日-3日 ↔ 5月1-3日
    2024年3月8日 ↔ 3月8日, where an entry leaves out the year

A day without its year is that day in entries of the half year around it, unless another year stands before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from search.analysis import Units
from search.analysis.numerals import HAN_DIGITS, HAN_SCALES, read_digits, read_han, write_digits, write_han
from search.times.ranges import TimeRange

__all__ = ["DayForm", "Form", "day_range", "days_with_year"]

#: Units, and their offsets from the first.
Form = tuple[tuple[str, ...], tuple[int, ...]]

#: An entry that leaves out the year is at most this far from the day.
_AROUND: Final = timedelta(days=183)
_DIGITS: Final = re.compile(r"[0-9]{1,4}")
#: Numerals of the longest number in a day: 二〇二四.
_MAX_NUMERALS: Final = 4
_ALWAYS: Final = TimeRange()
_DAY_SIGNS: Final = ("日", "号")


@dataclass(frozen=True, slots=True)
class DayForm:
    """Another way to write units [start, end), a day with its year, in entries `within` a range of time.

    The form directly after one of the characters `not_after` is another day.
    """

    start: int
    end: int
    form: Form
    within: TimeRange = _ALWAYS
    not_after: str = ""


def days_with_year(units: Units, zone: ZoneInfo) -> Iterator[DayForm]:
    """Yield the ways to write the days of a text that have a year, with it and without, day by day."""
    i = 0
    while i < len(units):
        year, month, day, end = _read_day(units, i)
        if end:
            with suppress(ValueError, OverflowError):  # 2月30日
                begin = datetime(year, month, day, tzinfo=zone)
                within = TimeRange(begin - _AROUND, begin + _AROUND)
                yield from (DayForm(i, end, _contiguous(texts)) for texts in _with_year(year, month, day))
                for texts, not_after in _without_year(month, day):
                    yield DayForm(i, end, _contiguous(texts), within, not_after)
                of_year = TimeRange(begin.replace(month=1, day=1), begin.replace(year + 1, 1, 1))
                this_year = ("今", "年", str(month), "月", str(day), "日")
                yield DayForm(i, end, _contiguous(this_year), within & of_year)
        i = end or i + 1


def day_range(units: Units, i: int) -> tuple[int, tuple[Form, ...]] | None:
    """Read 5月1日至3日 at unit i; return its end, and its forms."""
    month, first, at = _read_month_and_day(units, i)
    if not at or at >= len(units):
        return None
    typed_to = units.texts[at] in ("至", "到") and _is_next(units, at)
    if not typed_to and units.positions[at] > units.positions[at - 1] + 2:
        return None
    at += typed_to
    last_month, last, end = _read_month_and_day(units, at)
    if not end:
        last_month, (last, end) = month, _read_number(units, at, _DAY_SIGNS)
    if not end or units.texts[end - 1] not in _DAY_SIGNS or (month, first) >= (last_month, last):
        return None
    return end, tuple(_range_forms(month, first, last_month, last))


def _range_forms(month: int, first: int, last_month: int, last: int) -> Iterator[Form]:
    """Yield the ways to write a range of days; a dash is a gap between the days, a hyphen is none."""
    begin, whole = (str(month), "月", str(first)), (str(last_month), "月", str(last), "日")
    ends = [whole] if month != last_month else [whole, whole[2:]]
    between = ((("至",), 0), (("到",), 0), ((), 1), ((), 0))
    for sign, (to, gap), end in product((("日",), ()), between, ends):
        if sign or end is not whole:
            before = (*begin, *sign, *to)
            offsets = (*range(len(before)), *range(len(before) + gap, len(before) + gap + len(end)))
            yield (*before, *end), offsets


def _with_year(year: int, month: int, day: int) -> Iterator[tuple[str, ...]]:
    """Yield the ways to write a day with its year."""
    for form, _ in _without_year(month, day):
        if form[0].isascii():
            yield (str(year), "年", *form)
        else:
            digits = write_digits(year)
            yield from (
                (*written, "年", *form) for written in dict.fromkeys((digits, digits.replace("零", "〇")))
            )


def _without_year(month: int, day: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the ways to write a day in a year, each with what may not precede it."""
    typed = str(month), "月", str(day)
    yield (*typed, "日"), "年"
    yield (*typed, "号"), "年"
    if month < 10 or day < 10:
        yield (str(month).zfill(2), "月", str(day).zfill(2), "日"), "年"
    yield (*write_han(month), "月", *write_han(day), "日"), "年十"


def _contiguous(texts: tuple[str, ...]) -> Form:
    return texts, tuple(range(len(texts)))


def _read_day(units: Units, i: int) -> tuple[int, int, int, int]:
    """Read 2024年3月8日 at unit i: year, month, day and end; the end is 0 where there is none."""
    year, at = _read_number(units, i, ("年",))
    if not at or not 1900 <= year < 2100 or at == len(units) or not _is_next(units, at):
        return 0, 0, 0, 0
    month, day, end = _read_month_and_day(units, at)
    return year, month, day, end if end and units.texts[end - 1] in _DAY_SIGNS else 0


def _read_month_and_day(units: Units, i: int) -> tuple[int, int, int]:
    """Read 3月8日, or 3月8, at unit i: month, day and end."""
    month, at = _read_number(units, i, ("月",))
    if not at or not 1 <= month <= 12 or at == len(units) or not _is_next(units, at):
        return 0, 0, 0
    day, end = _read_number(units, at, (*_DAY_SIGNS, ""))
    return (month, day, end) if 1 <= day <= 31 else (0, 0, 0)


def _read_number(units: Units, i: int, signs: tuple[str, ...]) -> tuple[int, int]:
    """Read a number in digits or numerals and the sign after it: its value and the end, 0 without both."""
    end, limit = i, min(len(units), i + _MAX_NUMERALS + 1)
    while end < limit and _is_numeral(units.texts[end]) and (end == i or _is_next(units, end)):
        end += 1
    if end > i + _MAX_NUMERALS:
        return 0, 0
    numeral = "".join(units.texts[i:end])
    if end == i and i < len(units) and _DIGITS.fullmatch(units.texts[i]):
        numeral, end = units.texts[i], i + 1
    value = _value(numeral) if numeral else None
    if value is None:
        return 0, 0
    if end < len(units) and units.texts[end] in signs and _is_next(units, end):
        return value, end + 1
    return (value, end) if "" in signs else (0, 0)


def _value(numeral: str) -> int | None:
    if numeral[0].isascii():
        return int(numeral)
    # A year is written digit by digit.
    by_digit = len(numeral) == 4 and not HAN_SCALES.keys() & set(numeral)
    return read_digits(numeral) if by_digit else read_han(numeral)


def _is_numeral(unit: str) -> bool:
    return unit in HAN_DIGITS or unit in HAN_SCALES


def _is_next(units: Units, k: int) -> bool:
    return units.positions[k] == units.positions[k - 1] + 1
