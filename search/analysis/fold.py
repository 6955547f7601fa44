"""Folding: text as written to text as compared, with the way back.

NFKC, lower case, traditional to simplified, character by character, so that lengths hold for nearly
every text; where a character becomes several or none (℃, ½, a letter with a combining accent, a
zero-width space), an offset map leads back. Promise: every folded character knows which slice of the
original it came from.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import opencc

__all__ = ["RARE", "TABLE", "Folded", "expand", "fold"]

#: Where NFKC would make two different marks one, and the difference counts between digits.
_EXCEPTIONS = {"．": "·", "，": "、", "･": "·", "…": "…", "‥": "…"}
_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_INVISIBLE_RANGES = (
    (0x00AD, 0x00AD),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xE0000, 0xE0FFF),
)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `starts[i]:ends[i]` is the slice of the original behind `text[i]`.

    Both are None when the lengths hold, and then every character stands for the one at its own place.
    """

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the slice of the original behind `text[start:end]`, which must not be empty."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def _simplified(chars: list[str]) -> list[str]:
    """Return the simplified form of each character; a line each keeps OpenCC from joining them."""
    converted = opencc.OpenCC("t2s").convert("\n".join(chars)).split("\n")
    return [new if len(new) == 1 else old for old, new in zip(chars, converted, strict=True)]


def _fold_alone(char: str) -> str:
    if char in _EXCEPTIONS:
        return _EXCEPTIONS[char]
    if char in _HYPHENS:
        return "-"
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).lower())


def _build() -> tuple[dict[int, str], str]:
    """Return what single characters become (only where they change), and those that change length."""
    table: dict[int, str] = {}
    rare: list[str] = []
    for code in (*range(0x80), *range(0xA0, 0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20)):
        char = chr(code)
        folded = _fold_alone(char)
        if len(folded) != 1:
            rare.append(char)
        elif folded != char:
            table[code] = folded
    han = [chr(code) for code in (*range(0x2E80, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x32000))]
    before = [table.get(ord(char), char) for char in han]
    for char, folded in zip(han, _simplified(before), strict=True):
        if folded != char:
            table[ord(char)] = folded
    return table, "".join(rare)


def _combining() -> str:
    codes = (*range(0x0300, 0x20000),)
    marks = "".join(chr(code) for code in codes if unicodedata.combining(chr(code)))
    return marks + "\uff9e\uff9f"


class _Changes(dict[int, str]):
    """What characters become. Those that stay are noted at first sight: a miss costs more than a hit."""

    def __missing__(self, code: int) -> str:
        char = self[code] = chr(code)
        return char


_CHANGED, _RARE_CHARS = _build()
_CHANGES = _Changes(_CHANGED)
_INVISIBLE = "".join(f"{chr(low)}-{chr(high)}" for low, high in _INVISIBLE_RANGES)
_MARKS = re.escape(_combining())
#: A text in which this finds nothing folds character by character.
_RARE: Final = re.compile(
    f"[{_INVISIBLE}]+|[\u1100-\u11ff]+|[^{_INVISIBLE}\n][{_MARKS}]+|[{re.escape(_RARE_CHARS)}]"
)


#: Every character that may be part of a rare cluster; a text without any folds one for one.
_RARE_SET: Final = frozenset(
    [*_RARE_CHARS, *_combining(), *map(chr, range(0x1100, 0x1200))]
    + [chr(code) for low, high in _INVISIBLE_RANGES for code in range(low, high + 1)]
)


def _array() -> npt.NDArray[np.uint32]:
    table = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    for code, folded in _CHANGED.items():
        table[code] = ord(folded)
    return table


def _rare_array() -> npt.NDArray[np.bool_]:
    rare = np.zeros(sys.maxunicode + 1, dtype=np.bool_)
    rare[[ord(char) for char in _RARE_SET]] = True
    return rare


#: Whether each code point may be part of a rare cluster, shape (0x110000,).
RARE: Final = _rare_array()
#: What each code point becomes when its length holds, uint32, shape (0x110000,).
TABLE: Final = _array()


def _guarded() -> npt.NDArray[np.uint32]:
    table = TABLE.astype("<u4")
    table[[ord(char) for char in _RARE_SET]] = 0xFFFFFFFF
    return table


#: TABLE, but what may be part of a rare cluster becomes a number that no decoder takes.
_GUARDED: Final = _guarded()
#: Array operations pay off from this length on.
_SHORT: Final = 24


def fold(text: str) -> Folded:
    """Fold a text.

    >>> fold("Ｆ－１６ 俄羅斯").text
    'f-16 俄罗斯'
    """
    if len(text) >= _SHORT:
        try:
            codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
            return Folded(_GUARDED[codes].tobytes().decode("utf-32-le"))
        except UnicodeError:
            pass  # something rare, or half a character
    if _RARE_SET.isdisjoint(text):
        return Folded(text.translate(_CHANGES))
    return _fold_rare(text)


def expand(text: str) -> str:
    """Return `text` with its rare parts folded; the rest is left for TABLE, one for one."""
    if _RARE_SET.isdisjoint(text):
        return text
    return _RARE.sub(lambda match: _fold_match(match.group()), text)


def _fold_match(cluster: str) -> str:
    visible = re.sub(f"[{_INVISIBLE}]", "", cluster)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).lower())
    return folded.translate(_CHANGES)


def _fold_rare(text: str) -> Folded:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    place = 0
    for match in (*_RARE.finditer(text), None):
        stop = match.start() if match else len(text)
        pieces.append(text[place:stop].translate(_CHANGES))
        starts.extend(range(place, stop))
        ends.extend(range(place + 1, stop + 1))
        if match is None:
            break
        folded = _fold_match(match.group())
        pieces.append(folded)
        starts.extend([match.start()] * len(folded))
        ends.extend([match.end()] * len(folded))
        place = match.end()
    return Folded("".join(pieces), tuple(starts), tuple(ends))
