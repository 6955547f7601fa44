"""Numbers and clock times in query texts, with the other ways to write each.

    五人 ↔ 5人      三百余人 ↔ 300余人      二〇二二年 ↔ 2022年      13:30 ↔ 13时30分 ↔ 13点30分

A numeral is a number only before a measure word, and only where neither belongs to a longer word: 张三, 三星,
第三方, 十一国庆 and 一点 are not numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from search.analysis import Units
from search.analysis.numerals import HAN_DIGITS, HAN_SCALES, read_digits, read_han, write_digits, write_han

__all__ = ["NumberSpan", "has_numbers", "number_spans"]

_NUMERALS: Final = "零〇一二两三四五六七八九十百千万亿"
#: Measure words that end a number wherever they occur; the others only at the end of a word.
_FIRM_MEASURES: Final = frozenset("架 辆 枚 艘 岁 吨 公里 公斤 千克 厘米 小时 分钟 万 亿 美元 欧元".split())  # noqa: SIM905
_MEASURES: Final = _FIRM_MEASURES | frozenset(
    """
    人 名 例 位 户 只 头 匹 次 人次 架次 回 天 日 月 个月 年 周年 周 点 时 分 秒 级 层 度 倍 米 千米 克 公顷
    元 日元 个 座 栋 幢 台 条 项 起 处 份 场 届 支 部 家 所 具 死 伤
    """.split()  # noqa: SIM905  (a list of sixty quoted words is hard to read)
)
_MAX_MEASURE_UNITS: Final = max(map(len, _MEASURES))
_APPROXIMATE: Final = frozenset("余多")
#: Words that look like a number with its measure.
_IDIOMS: Final = frozenset(
    "一点 一时 一分 一起 一部 一家 一度 一回 一号 一周 一处 一条 一面 一头 一支 十分 千万 万万".split()  # noqa: SIM905
)
#: Measure words before which 2 is written 二 and never 两.
_ORDINAL: Final = frozenset("日月级度")
_DIGIT_RUN: Final = re.compile(r"0|[1-9][0-9]{0,3}")
_HOUR: Final = re.compile(r"[01]?[0-9]|2[0-4]")
_MINUTE: Final = re.compile(r"[0-5]?[0-9]")


#: Units, and their offsets from the first.
_Form = tuple[tuple[str, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """Units [start, end) of a text are a number or a clock time; `forms` are other ways to write it.

    A form directly after one of the numerals `not_after` is part of another number.
    """

    start: int
    end: int
    forms: tuple[_Form, ...]
    not_after: str = ""


def has_numbers(texts: list[str]) -> bool:
    """Return whether any unit is a digit or a numeral, a cheap test before `number_spans`."""
    return any("0" <= text[0] <= "9" or text[0] in _NUMERALS for text in texts)


def number_spans(units: Units, tiles: list[tuple[int, int]]) -> Iterator[NumberSpan]:
    """Yield the numbers and clock times of a text, in order and without overlaps."""
    borders = {0, *(end for _, end in tiles)}
    i = 0
    while i < len(units):
        span = _clock(units, i) or _digits(units, i, borders) or _han(units, i, borders)
        if span:
            yield span
        i = span.end if span else i + 1


def _is_digits(unit: str) -> bool:
    return "0" <= unit[-1] <= "9"


def _contiguous(units: Units, start: int, end: int) -> bool:
    return units.positions[end - 1] - units.positions[start] == end - 1 - start


def _measured(units: Units, start: int, number_end: int, borders: set[int]) -> tuple[int, str] | None:
    """Return the end of the measure word after a number, and its first character."""
    begin = number_end
    if begin < len(units) and units.texts[begin] in _APPROXIMATE:
        begin += 1
    for end in range(min(len(units), begin + _MAX_MEASURE_UNITS), begin, -1):
        word = "".join(units.texts[begin:end])
        if (
            word in _MEASURES
            and (end in borders or word in _FIRM_MEASURES)
            and _contiguous(units, start, end)
        ):
            # 两万五千 is one number, and so is 2万五千.
            continues = word in "万亿" and end < len(units) and units.texts[end][0] in _NUMERALS
            return None if continues else (end, units.texts[begin])
    return None


def _digits(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 5人 at unit i."""
    if not _DIGIT_RUN.fullmatch(units.texts[i]):
        return None
    measured = _measured(units, i, i + 1, borders)
    if measured is None:
        return None
    end, measure = measured
    number, tail = int(units.texts[i]), tuple(units.texts[i + 1 : end])
    if f"{write_han(number)}{''.join(tail)}" in _IDIOMS:
        return None
    year = measure == "年" and number >= 1000
    numerals = _year(number) if year else _numerals(number, measure)
    not_after = "" if year else _longer_by(number, measure)
    return _with_ordinal(units, i, end, [(*numeral, *tail) for numeral in numerals], not_after)


def _year(number: int) -> list[str]:
    digits = write_digits(number)
    return list(dict.fromkeys((digits.replace("零", "〇"), digits)))


def _numerals(number: int, measure: str) -> list[str]:
    """Return a number in Chinese numerals, with 两 and 二 where both are used."""
    written = write_han(number)
    if number == 2:
        return [written] if measure in _ORDINAL else ["两", written]
    leading = written[:1] == "二" and written[1:2] in ("百", "千")
    return [written, "两" + written[1:]] if leading else [written]


def _han(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 五人 at unit i, unless another numeral precedes it."""
    texts = units.texts
    if texts[i] not in HAN_DIGITS and texts[i] != "十":
        return None
    before = texts[i - 1] if i and _contiguous(units, i - 1, i + 1) else ""
    if before and (before in _NUMERALS or _is_digits(before)):
        return None
    if i not in borders and before != "第":
        return None
    end = i
    while end < len(units) and (texts[end] in HAN_DIGITS or texts[end] in HAN_SCALES):
        end += 1
    measured = _measured(units, i, end, borders)
    if measured is None or "".join(texts[i : measured[0]]) in _IDIOMS:
        return None
    span_end, measure = measured
    numeral = "".join(texts[i:end])
    number = read_han(numeral)
    if number is None and measure == "年" and end - i in (2, 4) and all(c in HAN_DIGITS for c in numeral):
        number = read_digits(numeral)  # 一九九一年, 九八年
    if number is None:
        return None
    return _with_ordinal(units, i, span_end, [(str(number), *texts[end:span_end])])


def _longer_by(number: int, measure: str) -> str:
    """Return the numerals that can precede a number in a larger one: 五人 is the end of 二十五人."""
    if measure in "月日时点":
        return "十" if number < 10 else "二三"
    if number < 10:
        return _NUMERALS
    return "一二三四五六七八九" if number < 20 else "百千万亿零〇"


def _with_ordinal(
    units: Units, start: int, end: int, forms: list[tuple[str, ...]], not_after: str = ""
) -> NumberSpan:
    """Return a number with a 第 that precedes it: 第三次 is 第3次 and not 3次."""
    if start and units.texts[start - 1] == "第" and _contiguous(units, start - 1, end):
        return NumberSpan(start - 1, end, tuple(_form(("第", *form)) for form in forms))
    return NumberSpan(start, end, tuple(map(_form, forms)), not_after)


def _form(units: tuple[str, ...]) -> _Form:
    return units, tuple(range(len(units)))


def _clock(units: Units, i: int) -> NumberSpan | None:
    """Read 13:30, 13时30分 or 13点30分 at unit i; with a colon the minutes have two digits."""
    texts, positions = units.texts[i : i + 4], units.positions[i : i + 4]
    if not _HOUR.fullmatch(texts[0]):
        return None
    if len(texts) > 1 and positions[1] == positions[0] + 2 and len(texts[1]) == 2:
        minute, end = texts[1], i + 2
    elif len(texts) > 2 and texts[1] in "时点" and positions[2] == positions[0] + 2:
        minute, end = texts[2], i + 3
        end += len(texts) > 3 and texts[3] == "分" and positions[3] == positions[0] + 3
    else:
        return None
    if not _MINUTE.fullmatch(minute):
        return None
    hours = list(dict.fromkeys((texts[0], str(int(texts[0])), texts[0].zfill(2))))
    minutes = list(dict.fromkeys((minute.zfill(2), str(int(minute)))))
    forms: list[_Form] = [((hour, minutes[0]), (0, 2)) for hour in hours]
    signs = product(hours, "时点", minutes, ((), ("分",)))
    forms += [_form((hour, sign, minute, *tail)) for hour, sign, minute, tail in signs]
    return NumberSpan(i, end, tuple(forms))
