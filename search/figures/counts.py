"""Counts of people in folded text: 1,234人, 2万2千余名, 至少三百人, 3至5例; also vague ones: 数十人.

Vague counts have no value; they keep other numbers from being paired with their word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from search.analysis.numerals import read_han
from search.figures.figure import Bound

__all__ = ["Count", "counts", "number"]

_HAN: Final = "零〇一二两三四五六七八九十百千万亿"
_NUMBER: Final = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?)(?:[万亿](?:\d千)?|[百千])?|[{_HAN}]+"
_UNIT: Final = (
    r"(?P<unit>人(?![次数口员士类民质大工行道均体物群权事心间才造称为])|名(?!列(?!车)|[单额义字誉称为])"
    r"|位(?![于置数次])|例(?![如外会行子])|具|户(?![外口籍]))"
)
_BEFORE: Final[dict[str, Bound]] = {
    "至少有": "at_least",
    "至少": "at_least",
    "最少": "at_least",
    "不少于": "at_least",
    "不低于": "at_least",
    "不下": "at_least",
    "不止": "over",
    "超过了": "over",
    "超过": "over",
    "多于": "over",
    "突破": "over",
    "超": "over",
    "逾": "over",
    "大约": "about",
    "大概": "about",
    "约有": "about",
    "约": "about",
    "接近": "nearly",
    "将近": "nearly",
    "近": "nearly",
    "不到": "under",
    "不足": "under",
    "少于": "under",
}
_AFTER: Final[dict[str, Bound]] = {
    "余": "over",
    "多": "over",
    "以上": "at_least",
    "左右": "about",
    "上下": "about",
}
_TAIL: Final[dict[str, Bound]] = {"以上": "at_least", "左右": "about", "上下": "about", "以下": "under"}
_COUNT: Final = re.compile(
    rf"(?P<before>(?<![附最靠邻新临逼])(?:{'|'.join(_BEFORE)}))?"
    rf"(?P<number>(?<![\d.,、第数几多若{_HAN}点/])(?:{_NUMBER}))"
    rf"(?:(?:至|到|-|—|–|~)(?P<high>{_NUMBER}))?"
    rf"(?P<after>{'|'.join(_AFTER)})?个?{_UNIT}(?P<tail>{'|'.join(_TAIL)})?"
)
_VAGUE: Final = re.compile(
    rf"(?:[数几多若上成][{_HAN}]*|(?<![{_HAN}\d])[{_HAN}\d]+[几来]|大批|大量|部分|许多|不少|所有)[余多]?[万亿]?{_UNIT}"
)
#: The largest count of people.
_MAX_COUNT: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Count:
    """A count at characters [start, end) of folded text; `value` is None for a vague one."""

    start: int
    end: int
    unit: str
    value: int | None = None
    bound: Bound = ""
    high: int | None = None


def counts(text: str) -> list[Count]:
    """Return the counts of a text in order, without overlaps."""
    exact = [_count(match) for match in _COUNT.finditer(text)]
    vague = [
        Count(match.start(), match.end(), match["unit"])
        for match in _VAGUE.finditer(text)
        if not any(match.start() < count.end and match.end() > count.start for count in exact)
    ]
    return sorted([*exact, *vague], key=lambda count: count.start)


def _count(match: re.Match[str]) -> Count:
    value, high = number(match["number"]), number(match["high"]) if match["high"] else None
    bounds = [
        bound
        for bound in (
            _BEFORE.get(match["before"] or ""),
            _AFTER.get(match["after"] or ""),
            _TAIL.get(match["tail"] or ""),
        )
        if bound
    ]
    vague = Count(match.start(), match.end(), match["unit"])
    if value is None or (match["high"] and (high is None or high <= value or bounds)):
        return vague
    bound: Bound = "range" if high is not None else bounds[0] if bounds else ""
    if len(bounds) > 1 and not set(bounds) <= {"at_least", "over"}:
        return vague  # 近百余人, 不到3人以上: contradictory
    return Count(match.start(), match.end(), match["unit"], value, bound, high)


def number(text: str) -> int | None:
    """Return the value of a number in digits, in Han numerals, or mixed; None where it is ambiguous.

    >>> number("1,234"), number("2万2千"), number("1.2万"), number("三万五千"), number("两万五"), number("百")
    (1234, 22000, 12000, 35000, None, None)
    """
    if not text[0].isascii():
        value = _han(text)
    else:
        digits = re.match(r"[\d,.]+", text)
        assert digits  # numbers that begin with ASCII begin with a digit
        value = _digits(digits[0], text[digits.end() :])
    return value if value is None or value <= _MAX_COUNT else None


def _digits(digits: str, scale: str) -> int | None:
    """Return the value of 1.2 and 万, 2 and 万2千, or 1,234 and an empty scale."""
    factor = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}[scale[:1]]
    whole, _, part = digits.replace(",", "").partition(".")
    if len(whole) > 10 or len(part) > 6 or not whole.isascii():
        return None
    value = int(whole) * factor
    if part:
        fraction, rest = divmod(int(part) * factor, 10 ** len(part))
        value = -1 if rest else value + fraction
    if len(scale) > 1:
        value += int(scale[1:-1]) * 1000
    return value if value >= 0 else None


def _han(text: str) -> int | None:
    """Return the value of a numeral with 万 and 亿; a small remainder must begin with 零."""
    for sign, factor in (("亿", 100_000_000), ("万", 10_000)):
        head, separator, tail = text.rpartition(sign)
        if separator:
            left, right = _han(head) if head else None, _han(tail.lstrip("零")) if tail else 0
            short = right is not None and 0 < right < factor // 10
            if left is None or right is None or right >= factor or short != tail.startswith("零"):
                return None
            return left * factor + right
    return read_han(text)
