"""Character classes of the analyzer: one table for all code points.

The table alone determines units, in single analysis and in batches. It is built from the Unicode database
once per process (about 50 ms).
"""

from __future__ import annotations

import sys
import unicodedata
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "BLANK",
    "CLASSES",
    "DIGIT",
    "DOT",
    "HAN",
    "HYPHEN",
    "LETTER",
    "PUNCT",
    "SINGLE",
    "SYMBOL",
    "character_class",
]

BLANK: Final = 0  #: takes no position, and ends a word
DOT: Final = 1  #: a dot in names; ignored
HAN: Final = 2  #: a character in words of jieba
SINGLE: Final = 3  #: any other character that is a unit by itself: rare Han, kana, hangul, Thai …
LETTER: Final = 4  #: a letter of a run
DIGIT: Final = 5  #: a digit of a run
SYMBOL: Final = 6  #: a meaningful sign (+ % $ °), a unit by itself
PUNCT: Final = 7  #: takes one position together with adjacent marks
HYPHEN: Final = 8  #: depends on the adjacent characters

#: The Han characters of jieba (jieba/__init__.py, re_han_default).
_JIEBA_HAN = range(0x4E00, 0x9FD6)
_NAME_DOTS = "·•・‧∙⋅"
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2212"
_WITHIN_LETTERS = "'’ʼ"
_QUOTES = '"“”„‟‘‚‛«»‹›「」『』《》〈〉〝〞〟'
#: Signs that divide, as punctuation does: 早报｜机场恢复, 50～60岁.
_DIVIDERS = "|¦~"
_SIGNS = "%‰"
#: Scripts with letters of category Lo that are written in words, such as Hebrew and Arabic.
_WORDY = ((0x0590, 0x08FF), (0x0900, 0x0DFF), (0x10A0, 0x10FF), (0x1200, 0x139F))


def character_class(code: int) -> int:
    """Return the class of a folded code point.

    >>> character_class(ord("机")) == HAN, character_class(ord("f")) == LETTER
    (True, True)
    """
    char = chr(code)
    category = unicodedata.category(char)
    if code in _JIEBA_HAN:
        return HAN
    if char in _HYPHENS:
        return HYPHEN
    if char in _NAME_DOTS:
        return DOT
    if char in _WITHIN_LETTERS or char in _QUOTES or char in " \t\u3000" or category == "Zs":
        return BLANK
    if char in _DIVIDERS:
        return PUNCT
    if char in _SIGNS:
        return SYMBOL
    return _by_category(code, category)


def _by_category(code: int, category: str) -> int:
    if category == "Nd":
        return DIGIT
    if category in ("Lo", "Lm", "Nl"):
        return LETTER if any(low <= code <= high for low, high in _WORDY) else SINGLE
    if category[0] in "LMN":
        return LETTER
    if category[0] == "S":
        return SYMBOL
    if category in ("Cn", "Co", "Cs"):
        return SYMBOL
    return PUNCT


def _table() -> npt.NDArray[np.uint8]:
    table = np.full(sys.maxunicode + 1, SYMBOL, dtype=np.uint8)
    for code in range(0x20000):
        table[code] = character_class(code)
    table[0x20000:0x40000] = SINGLE
    table[0xE0000:0xE1000] = PUNCT
    return table


#: The class of every code point, uint8, shape (0x110000,).
CLASSES: Final = _table()
