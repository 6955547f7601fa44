"""Numbers and clock times in text: the other ways in which the same one may be written.

    五人 ↔ 5人      三百余人 ↔ 300余人      二〇二二年 ↔ 2022年      13:30 ↔ 13时30分 ↔ 13点30分

Only where it is harmless: a numeral counts as a number before a measure word, and only where no longer word
takes either of them: 张三, 三星, 第三方, 十一国庆 and 一点 stay themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from search.analysis import Units

__all__ = ["Written", "has_numbers", "other_numbers", "read_han", "write_han"]

_NUMERALS: Final = "零〇一二两三四五六七八九十百千万亿"
_DIGITS: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES: Final = {"十": 10, "百": 100, "千": 1000}
#: These end a number whatever follows; the others only where a word ends.
_FIRM: Final = frozenset("架 辆 枚 艘 岁 吨 公里 公斤 千克 厘米 小时 分钟 万 亿 美元 欧元".split())  # noqa: SIM905
_MEASURES: Final = _FIRM | frozenset(
    """
    人 名 例 位 户 只 头 匹 次 人次 架次 回 天 日 月 个月 年 周年 周 点 时 分 秒 级 层 度 倍 米 千米 克 公顷
    元 日元 个 座 栋 幢 台 条 项 起 处 份 场 届 支 部 家 所 具 死 伤
    """.split()  # noqa: SIM905  (a list of sixty quoted words is hard to read)
)
_LONGEST: Final = max(map(len, _MEASURES))
_FUZZY: Final = frozenset("余多")
#: Said of other things than numbers.
_SAYINGS: Final = frozenset(
    "一点 一时 一分 一起 一部 一家 一度 一回 一号 一周 一处 一条 一面 一头 一支 十分 千万 万万".split()  # noqa: SIM905
)
#: Before these 2 is 二 and never 两.
_ORDINAL: Final = frozenset("日月级度")
_DIGIT_RUN: Final = re.compile(r"0|[1-9][0-9]{0,3}")
_HOUR: Final = re.compile(r"[01]?[0-9]|2[0-4]")
_MINUTE: Final = re.compile(r"[0-5]?[0-9]")


#: Units, and their places from the first on.
_Form = tuple[tuple[str, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Written:
    """Units [start, end) of a text are a number or a clock time; `forms` are other ways to write it.

    Each form is its units and their offsets. Any of `larger` before a form would make it another number.
    """

    start: int
    end: int
    forms: tuple[_Form, ...]
    larger: str = ""


def has_numbers(texts: list[str]) -> bool:
    """Say whether there can be a number at all."""
    return any("0" <= text[0] <= "9" or text[0] in _NUMERALS for text in texts)


def other_numbers(units: Units, tiles: list[tuple[int, int]]) -> Iterator[Written]:
    """Yield the numbers and clock times of a text that can be written otherwise; none overlaps another."""
    borders = {0, *(end for _, end in tiles)}
    i = 0
    while i < len(units):
        found = _clock(units, i) or _digits(units, i, borders) or _han(units, i, borders)
        if found:
            yield found
        i = found.end if found else i + 1


def read_han(text: str) -> int | None:
    """Return the value of a Chinese numeral below ten thousand, None where it is not a certain one.

    >>> read_han("一千二百"), read_han("十五"), read_han("二〇二二"), read_han("三五"), read_han("一百五")
    (1200, 15, 2022, None, None)
    """
    if all(char in _DIGITS for char in text):
        sure = len(text) == 1 or "〇" in text or "零" in text
        sure = sure and "两" not in text[1:] and (len(text) == 1 or text[0] not in "零〇两")
        return int("".join(str(_DIGITS[char]) for char in text)) if text and sure else None
    total, scale, digit, zero = 0, 10_000, None, False
    for place, char in enumerate(text):
        if char in _SCALES:
            if _SCALES[char] >= scale or (digit is None and (place or char != "十")):
                return None
            scale = _SCALES[char]
            total += scale * (1 if digit is None else digit)
            digit, zero = None, False
        elif char not in _DIGITS or digit is not None:
            return None
        elif _DIGITS[char]:
            digit = _DIGITS[char]
        elif zero or not place:
            return None
        else:
            zero = True
    if digit is not None and scale > 10 and not zero:
        return None  # 一百五 is 150 as often as a slip for 105
    return None if zero and digit is None else total + (digit or 0)


def write_han(number: int) -> str:
    """Return a number below ten thousand in Chinese numerals.

    >>> [write_han(n) for n in (0, 5, 15, 105, 110, 1200, 1005)]
    ['零', '五', '十五', '一百零五', '一百一十', '一千二百', '一千零五']
    """
    if number < 10:
        return "零一二三四五六七八九"[number]
    written, zero = "", False
    for sign, scale in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, scale)
        if digit:
            written += ("零" if zero else "") + "零一二三四五六七八九"[digit] + sign
        zero = bool(written) and not digit
    return written[1:] if written.startswith("一十") else written


def _is_digits(unit: str) -> bool:
    return "0" <= unit[-1] <= "9"


def _side_by_side(units: Units, start: int, end: int) -> bool:
    return units.positions[end - 1] - units.positions[start] == end - 1 - start


def _measured(units: Units, start: int, number_end: int, borders: set[int]) -> tuple[int, str] | None:
    """Return where the measure word behind a number ends, and the first of its characters."""
    begin = number_end
    if begin < len(units) and units.texts[begin] in _FUZZY:
        begin += 1
    for end in range(min(len(units), begin + _LONGEST), begin, -1):
        word = "".join(units.texts[begin:end])
        if word in _MEASURES and (end in borders or word in _FIRM) and _side_by_side(units, start, end):
            # 两万五千 is one number, and so is 2万五千.
            followed = end < len(units) and units.texts[end][0] in _NUMERALS and word in "万亿"
            return None if followed else (end, units.texts[begin])
    return None


def _digits(units: Units, i: int, borders: set[int]) -> Written | None:
    """Read 5人 at unit i."""
    if not _DIGIT_RUN.fullmatch(units.texts[i]):
        return None
    found = _measured(units, i, i + 1, borders)
    if found is None:
        return None
    end, measure = found
    number, tail = int(units.texts[i]), tuple(units.texts[i + 1 : end])
    if f"{write_han(number)}{''.join(tail)}" in _SAYINGS:
        return None
    year = measure == "年" and number >= 1000
    spellings = _year(number) if year else _spellings(number, measure)
    larger = "" if year else _larger(number, measure)
    return _numbered(units, i, end, [(*spelling, *tail) for spelling in spellings], larger)


def _year(number: int) -> list[str]:
    digits = "".join("零一二三四五六七八九"[int(char)] for char in str(number))
    return list(dict.fromkeys((digits.replace("零", "〇"), digits)))


def _spellings(number: int, measure: str) -> list[str]:
    """Return a number in Chinese numerals, with 两 beside 二 where both are said."""
    written = write_han(number)
    if number == 2:
        return [written] if measure in _ORDINAL else ["两", written]
    leading = written[:1] == "二" and written[1:2] in ("百", "千")
    return [written, "两" + written[1:]] if leading else [written]


def _han(units: Units, i: int, borders: set[int]) -> Written | None:
    """Read 五人 at unit i, where no other numeral stands before it."""
    texts = units.texts
    if texts[i] not in _DIGITS and texts[i] != "十":
        return None
    before = texts[i - 1] if i and _side_by_side(units, i - 1, i + 1) else ""
    if before and (before in _NUMERALS or _is_digits(before)):
        return None
    if i not in borders and before != "第":
        return None
    end = i
    while end < len(units) and (texts[end] in _DIGITS or texts[end] in _SCALES):
        end += 1
    found = _measured(units, i, end, borders)
    if found is None or "".join(texts[i : found[0]]) in _SAYINGS:
        return None
    numeral = "".join(texts[i:end])
    number = read_han(numeral)
    if number is None and found[1] == "年" and end - i in (2, 4) and all(c in _DIGITS for c in numeral):
        number = int("".join(str(_DIGITS[char]) for char in numeral))  # 一九九一年, 九八年
    if number is None:
        return None
    return _numbered(units, i, found[0], [(str(number), *texts[end : found[0]])])


def _larger(number: int, measure: str) -> str:
    """Return the numerals that may stand before a number in a larger one: 五人 is the end of 二十五人."""
    if measure in "月日时点":
        return "十" if number < 10 else "二三"
    if number < 10:
        return _NUMERALS
    return "一二三四五六七八九" if number < 20 else "百千万亿零〇"


def _numbered(units: Units, start: int, end: int, forms: list[tuple[str, ...]], larger: str = "") -> Written:
    """Return a number with the 第 before it, if there is one: 第三次 is 第3次 and not 3次."""
    if start and units.texts[start - 1] == "第" and _side_by_side(units, start - 1, end):
        return Written(start - 1, end, tuple(_form(("第", *form)) for form in forms))
    return Written(start, end, tuple(map(_form, forms)), larger)


def _form(units: tuple[str, ...]) -> _Form:
    return units, tuple(range(len(units)))


def _clock(units: Units, i: int) -> Written | None:
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
    return Written(i, end, tuple(forms))
