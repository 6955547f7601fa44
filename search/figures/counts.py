"""Counts of people in folded text: 1,234人, 2万2千余名, 至少三百人, 3至5例; and those that are vague: 数十人.

The vague ones are found too, with no value, so that no number is taken for what they count.
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
_PERSONS: Final = frozenset("人名位例具户")
_MOST: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Count:
    """Characters [start, end) of folded text count people; `value` is None where no number is said."""

    start: int
    end: int
    unit: str
    value: int | None = None
    bound: Bound = ""
    high: int | None = None


def counts(text: str) -> list[Count]:
    """Return the counts of a text in order; none overlaps another."""
    found = [_count(match) for match in _COUNT.finditer(text)]
    taken = [range(one.start, one.end) for one in found]
    for match in _VAGUE.finditer(text):
        if not any(match.start() < span.stop and match.end() > span.start for span in taken):
            found.append(Count(match.start(), match.end(), match["unit"]))
    return sorted(found, key=lambda one: one.start)


def _count(match: re.Match[str]) -> Count:
    value, high = number(match["number"]), number(match["high"]) if match["high"] else None
    said = [
        bound
        for bound in (
            _BEFORE.get(match["before"] or ""),
            _AFTER.get(match["after"] or ""),
            _TAIL.get(match["tail"] or ""),
        )
        if bound
    ]
    vague = Count(match.start(), match.end(), match["unit"])
    if value is None or (match["high"] and (high is None or high <= value or said)):
        return vague
    bound: Bound = "range" if high is not None else said[0] if said else ""
    if len(said) > 1 and not set(said) <= {"at_least", "over"}:
        return vague  # 近百余人, 不到3人以上: nobody knows
    return Count(match.start(), match.end(), match["unit"], value, bound, high)


def number(text: str) -> int | None:
    """Return the value of a number in digits, in Han numerals, or mixed; None where it is not a certain one.

    >>> number("1,234"), number("2万2千"), number("1.2万"), number("三万五千"), number("两万五"), number("百")
    (1234, 22000, 12000, 35000, None, None)
    """
    if not text[0].isascii():
        value = _han(text)
    else:
        digits = re.match(r"[\d,.]+", text)
        assert digits  # the pattern begins with one
        value = _digits(digits[0], text[digits.end() :])
    return value if value is None or value <= _MOST else None


def _digits(digits: str, scale: str) -> int | None:
    """Read 1.2 with 万, 2 with 万2千, 1,234 with nothing."""
    factor = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}[scale[:1]]
    whole, _, part = digits.replace(",", "").partition(".")
    if len(whole) > 10 or len(part) > 6 or not whole.isascii():
        return None
    value = int(whole) * factor
    if part:
        more, rest = divmod(int(part) * factor, 10 ** len(part))
        value = -1 if rest else value + more
    if len(scale) > 1:
        value += int(scale[1:-1]) * 1000
    return value if value >= 0 else None


def _han(text: str) -> int | None:
    """Read a numeral with 万 and 亿; a rest below a thousand must begin with 零."""
    for sign, factor in (("亿", 100_000_000), ("万", 10_000)):
        head, found, tail = text.rpartition(sign)
        if found:
            left, right = _han(head) if head else None, _han(tail.lstrip("零")) if tail else 0
            short = right is not None and 0 < right < factor // 10
            if left is None or right is None or right >= factor or short != tail.startswith("零"):
                return None
            return left * factor + right
    return read_han(text)
