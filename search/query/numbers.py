"""Numbers and clock times in query texts, with the other ways to write each.

    五人 ↔ 5人      两百人 ↔ 二百人 ↔ 200人      二〇二二年 ↔ 2022年      13:30 ↔ 13时30分 ↔ 13点30分
    第3季度 ↔ 第三季度      1月5日 ↔ 01月05日 ↔ 1月5号      双11 ↔ 双十一
    百分之五 ↔ 5%      50至60 ↔ 50-60      零下20度 ↔ 零下20℃ ↔ 零下20摄氏度

A numeral is a number only before a measure word or after 第, and only where neither belongs to a longer word:
张三, 三星, 十一国庆 and 一点 are not numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from search.analysis import Units
from search.analysis.numerals import HAN_DIGITS, HAN_SCALES, read_digits, read_han, write_digits, write_han
from search.query.days import Form, day_range

__all__ = ["NumberSpan", "has_numbers", "number_spans"]

_NUMERALS: Final = "零〇一二两三四五六七八九十百千万亿"
#: Measure words that end a number wherever they occur; the others only at the end of a word.
_FIRM_MEASURES: Final = frozenset("架 辆 枚 艘 岁 吨 公里 公斤 千克 厘米 小时 分钟 万 亿 美元 欧元".split())  # noqa: SIM905
_MEASURES: Final = _FIRM_MEASURES | frozenset(
    """
    人 名 例 位 户 只 头 匹 次 人次 架次 回 天 日 月 个月 年 周年 周 点 时 分 秒 级 层 度 倍 米 千米 克 公顷
    元 日元 个 座 栋 幢 台 条 项 起 处 份 场 届 支 部 家 所 具 死 伤
    号 轮 季度 季 年代 世纪 期 批 集 章 节 课 讲 版 卷 册 本 页 段 句 篇 首 幅 张 片 块 颗 粒 根 株 棵 朵
    排 列 班 趟 站 扇 间 套 床 副 组 群 队 团 营 连 旅 师 军 代 周岁 连胜 连败 局 盘 环 杆 样 种 类 款 型
    档 阶段 梯队 线 等奖 成 折 股 桶 瓶 杯 碗 盒 箱 袋 包 桌 席 票 笔 桩 宗 件 封 则 人份 剂 针 剂次 支队
    号线 号楼 号机 号文件 马力 千瓦 兆瓦 千瓦时 毫米 毫升 毫克 升 斤 亩 平方米 平方公里 立方米 海里 英里
    英尺 英寸 磅 摄氏度 卢布 英镑 韩元 港元 港币 台币 新台币 澳元 加元 法郎 里拉 卢比 百分点 个百分点 秒钟
    昼夜 星期 礼拜 刻钟
    """.split()  # noqa: SIM905  (a list of quoted words is hard to read)
)
_MAX_MEASURE_UNITS: Final = max(map(len, _MEASURES))
_APPROXIMATE: Final = frozenset("余多")
#: Words that look like a number with its measure.
_IDIOMS: Final = frozenset(
    "一点 一时 一分 一起 一部 一家 一度 一回 一号 一周 一处 一条 一面 一头 一支 十分 千万 万万".split()  # noqa: SIM905
)
#: Measure words before which 2 is written 二 and never 两.
_ORDINAL: Final = frozenset("日月级度号季线")
#: Measure words before which a number may have a leading zero: 01月05日, 09时.
_PADDED: Final = frozenset("日月号时点分秒")
_DIGIT_RUN: Final = re.compile(r"0|0?[1-9]|[1-9][0-9]{1,3}")
_DECIMAL: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,3})")
#: A temperature in digits, and its signs as units.
_DEGREES: Final = re.compile(r"[0-9]|[1-9][0-9]{1,3}|[0-9]{1,3}\.[0-9]{1,2}")
#: Numerals of the longest temperature: 一千五百三十八.
_MAX_DEGREES: Final = 7
_CELSIUS: Final = (("度",), ("°", "c"), ("摄", "氏", "度"))
_TO: Final = frozenset("至到")
#: Festivals of a doubled date: 双11, 双十二.
_DOUBLED: Final = {"10": "十", "11": "十一", "12": "十二"}
_HOUR: Final = re.compile(r"[01]?[0-9]|2[0-4]")
_MINUTE: Final = re.compile(r"[0-5]?[0-9]")


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """Units [start, end) of a text are a number or a clock time; `forms` are other ways to write it.

    A form directly after one of the numerals `not_after` is part of another number.
    """

    start: int
    end: int
    forms: tuple[Form, ...]
    not_after: str = ""


def has_numbers(texts: list[str]) -> bool:
    """Return whether any unit is a digit or a numeral, a cheap test before `number_spans`."""
    return any("0" <= text[0] <= "9" or text[0] in _NUMERALS for text in texts)


def number_spans(units: Units, tiles: list[tuple[int, int]]) -> Iterator[NumberSpan]:
    """Yield the numbers and clock times of a text, in order and without overlaps."""
    borders = {0, *(end for _, end in tiles)}
    i = 0
    while i < len(units):
        span = next(filter(None, (read(units, i, borders) for read in _READERS)), None)
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
    ordinal = bool(i) and units.texts[i - 1] == "第" and _contiguous(units, i - 1, i + 1)
    measured = _measured(units, i, i + 1, borders)
    if measured is None and ordinal and i + 1 in borders:
        measured = i + 1, ""
    if measured is None:
        return None
    end, measure = measured
    number, tail = int(units.texts[i]), tuple(units.texts[i + 1 : end])
    if units.texts[i][0] == "0" and number and measure not in _PADDED:
        return None
    if f"{write_han(number)}{''.join(tail)}" in _IDIOMS:
        return None
    numerals = _written(number, measure)
    not_after = "" if _is_year(number, measure) else _longer_by(number, measure)
    padded = _digit_forms(number, measure, tail)
    forms = _by_day(units, i, [*((*numeral, *tail) for numeral in numerals), *padded])
    return _with_ordinal(units, i, end, forms, not_after)


def _is_year(number: int, measure: str) -> bool:
    return measure == "年" and number >= 1000


def _written(number: int, measure: str) -> list[str]:
    """Return a number in Chinese numerals, a year digit by digit."""
    return _year(number) if _is_year(number, measure) else _numerals(number, measure)


def _digit_forms(number: int, measure: str, tail: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return a number in digits with its measure word, in dates and times with a leading zero as well."""
    padded = [str(number).zfill(2)] if measure in _PADDED and number < 10 else []
    return [(digits, *tail) for digits in (str(number), *padded)]


def _by_day(units: Units, start: int, forms: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the forms of a number; after a month, 日 and 号 are the same."""
    if not start or units.texts[start - 1] != "月" or not _contiguous(units, start - 1, start + 1):
        return forms
    swapped = {"日": "号", "号": "日"}
    return [*forms, *((*form[:-1], swapped[form[-1]]) for form in forms if form[-1] in swapped)]


def _percent(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 5% or 百分之五 at unit i."""
    texts = units.texts
    if len(texts) > i + 1 and texts[i + 1] == "%" and _contiguous(units, i, i + 2):
        if numeral := _numeral_of(texts[i]):
            return NumberSpan(i, i + 2, (_form(("百", "分", "之", *numeral)),))
        return None
    if texts[i : i + 3] != ["百", "分", "之"]:
        return None
    end = i + 3
    while end < len(texts) and (texts[end] in HAN_DIGITS or texts[end] in HAN_SCALES or texts[end] == "点"):
        end += 1
    digits = _digits_of("".join(texts[i + 3 : end]))
    if digits is None and end == i + 3 and end < len(texts) and _is_digits(texts[end]):
        digits, end = texts[end], end + 1
    if digits is None or not _contiguous(units, i, end):
        return None
    return NumberSpan(i, end, (_form((digits, "%")),))


def _numeral_of(digits: str) -> str:
    """Return a number of digits, with decimals or without, in Chinese numerals; "" if it is too long."""
    if _DIGIT_RUN.fullmatch(digits):
        return write_han(int(digits))
    decimal = _DECIMAL.fullmatch(digits)
    if not decimal:
        return ""
    return f"{write_han(int(decimal[1]))}点{''.join(write_digits(int(digit)) for digit in decimal[2])}"


def _digits_of(numeral: str) -> str | None:
    """Return the digits of a Chinese numeral, with decimals or without."""
    whole, point, decimals = numeral.partition("点")
    number = read_han(whole) if whole else None
    if number is None or (point and not decimals) or not all(char in HAN_DIGITS for char in decimals):
        return None
    return f"{number}.{''.join(str(HAN_DIGITS[char]) for char in decimals)}" if point else str(number)


def _decimal(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 1.5亿 or 一点五亿 at unit i."""
    texts, end = units.texts, i + 1
    if _DECIMAL.fullmatch(texts[i]):
        form: tuple[str, ...] = tuple(_numeral_of(texts[i]))
    elif texts[i] not in _NUMERALS or (i and texts[i - 1] in _NUMERALS):
        return None  # each numeral is read once, from its begin
    else:
        while end < len(texts) and (
            texts[end] in HAN_DIGITS or texts[end] in HAN_SCALES or texts[end] == "点"
        ):
            end += 1
        numeral = "".join(texts[i:end])
        digits = _digits_of(numeral) if "点" in numeral and i in borders else None
        if digits is None:
            return None
        form = (digits,)
    measured = _measured(units, i, end, borders)
    if measured is None:
        return None
    return NumberSpan(i, measured[0], (_form((*form, *texts[end : measured[0]])),))


def _range(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 50至60 at unit i: with a dash, the numbers have a gap between them."""
    texts = units.texts[i : i + 3]
    if len(texts) < 3 or texts[1] not in _TO or not (_is_digits(texts[0]) and _is_digits(texts[2])):
        return None
    if not _contiguous(units, i, i + 3):
        return None
    return NumberSpan(i, i + 3, (((texts[0], texts[2]), (0, 2)),))


def _days(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 5月1日至3日 at unit i."""
    found = day_range(units, i) if i in borders else None
    return found and NumberSpan(i, *found)


def _degrees(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 20度, 20℃ or 20摄氏度 at unit i."""
    texts, end, limit = units.texts, i, min(len(units), i + _MAX_DEGREES + 1)
    while end < limit and (texts[end] in HAN_DIGITS or texts[end] in HAN_SCALES):
        end += 1
    if end > i + _MAX_DEGREES:
        return None
    if end == i and _DEGREES.fullmatch(texts[i]):
        numeral, end = texts[i], i + 1
    elif i in borders and (number := read_han("".join(texts[i:end]))) is not None:
        numeral = str(number)
    else:
        return None
    for sign in _CELSIUS:
        stop = end + len(sign)
        if tuple(texts[end:stop]) == sign and stop in borders and _contiguous(units, i, stop):
            numbers = ((numeral,), tuple(_numeral_of(numeral)))
            forms = [(*number, *other) for number in numbers if number for other in _CELSIUS]
            below = i > 1 and texts[i - 2 : i] == ["零", "下"] and _contiguous(units, i - 2, i + 1)
            if below:
                return NumberSpan(i - 2, stop, tuple(_form(("零", "下", *form)) for form in forms))
            if "".join(texts[i:stop]) in _IDIOMS or f"{''.join(numbers[1])}度" in _IDIOMS:
                return None
            not_after = "" if "." in numeral else _longer_by(int(numeral), "度")
            return NumberSpan(i, stop, tuple(map(_form, forms)), not_after)
    return None


def _double(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
    """Read 双11 or 双十一 at unit i."""
    if units.texts[i] != "双" or i + 1 >= len(units):
        return None
    for digits, numeral in _DOUBLED.items():
        for typed, other in ((digits,), tuple(numeral)), (tuple(numeral), (digits,)):
            end = i + 1 + len(typed)
            if tuple(units.texts[i + 1 : end]) == typed and end in borders and _contiguous(units, i, end):
                return NumberSpan(i, end, (_form(("双", *other)),))
    return None


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
    ordinal = before == "第"
    if i not in borders and not ordinal:
        return None
    end = i
    while end < len(units) and (texts[end] in HAN_DIGITS or texts[end] in HAN_SCALES):
        end += 1
    measured = _measured(units, i, end, borders)
    if measured is None and ordinal and end in borders:
        measured = end, ""
    if measured is None or "".join(texts[i : measured[0]]) in _IDIOMS:
        return None
    span_end, measure = measured
    numeral = "".join(texts[i:end])
    number = read_han(numeral)
    if number is None and measure == "年" and end - i in (2, 4) and all(c in HAN_DIGITS for c in numeral):
        number = read_digits(numeral)  # 一九九一年, 九八年
    if number is None:
        return None
    tail = tuple(texts[end:span_end])
    forms = _digit_forms(number, measure, tail)
    others = [(*other, *tail) for other in _written(number, measure) if other != numeral]
    return _with_ordinal(units, i, span_end, _by_day(units, i, [*forms, *others, (*numeral, *tail)]))


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
        start, forms, not_after = start - 1, [("第", *form) for form in forms], ""
    typed = tuple(units.texts[start:end])
    others = [form for form in dict.fromkeys(forms) if form != typed]
    return NumberSpan(start, end, tuple(map(_form, others)), not_after)


def _form(units: tuple[str, ...]) -> Form:
    return units, tuple(range(len(units)))


def _clock(units: Units, i: int, borders: set[int]) -> NumberSpan | None:
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
    forms: list[Form] = [((hour, minutes[0]), (0, 2)) for hour in hours]
    signs = product(hours, "时点", minutes, ((), ("分",)))
    forms += [_form((hour, sign, minute, *tail)) for hour, sign, minute, tail in signs]
    return NumberSpan(i, end, tuple(forms))


#: What may be at a unit, tried in this order.
_READERS: Final = (_days, _clock, _range, _percent, _double, _degrees, _decimal, _digits, _han)
