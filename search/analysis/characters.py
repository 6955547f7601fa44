"""Character classes of the analyzer, from the Unicode database.

They alone determine units: in single analysis by character, in batches by a table of all code points, which
is built when a process first analyzes a batch (about 50 ms).
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "BLANK",
    "DIGIT",
    "DOT",
    "HAN",
    "HYPHEN",
    "LETTER",
    "PUNCT",
    "SINGLE",
    "SYMBOL",
    "WITHOUT_POSITION",
    "character_class",
    "class_table",
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

#: Ranges of code points with one class. The Han characters are those of jieba (jieba/__init__.py,
#: re_han_default); beyond U+20000 are rare Han characters, then tags.
_RANGES: Final = (
    (range(0x4E00, 0x9FD6), HAN),
    (range(0x20000, 0x40000), SINGLE),
    (range(0xE0000, 0xE1000), PUNCT),
)
_NAME_DOTS = "·•・‧∙⋅"
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2212"
_WITHIN_LETTERS = "'’ʼ"
_QUOTES = '"“”„‟‘‚‛«»‹›「」『』《》〈〉〝〞〟'
#: Signs that divide, as punctuation does: 早报｜机场恢复, 50～60岁.
_DIVIDERS = "|¦~"
_SIGNS = "%‰"
_BLANKS = (
    "\t \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
#: The characters that take no position.
WITHOUT_POSITION: Final = _BLANKS + _WITHIN_LETTERS + _QUOTES + _NAME_DOTS
_OWN_CLASSES: Final = (
    dict.fromkeys(_BLANKS + _WITHIN_LETTERS + _QUOTES, BLANK)
    | dict.fromkeys(_DIVIDERS, PUNCT)
    | dict.fromkeys(_SIGNS, SYMBOL)
    | dict.fromkeys(_NAME_DOTS, DOT)
    | dict.fromkeys(_HYPHENS, HYPHEN)
)
#: Scripts with letters of category Lo that are written in words, such as Hebrew and Arabic.
_WORDY = ((0x0590, 0x08FF), (0x0900, 0x0DFF), (0x10A0, 0x10FF), (0x1200, 0x139F))


def _class_of(code: int) -> int:
    for codes, number in _RANGES:
        if code in codes:
            return number
    char = chr(code)
    return _OWN_CLASSES[char] if char in _OWN_CLASSES else _by_category(code, unicodedata.category(char))


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


#: Returns the class of a folded code point.
character_class: Final = lru_cache(maxsize=8192)(_class_of)


@cache
def class_table() -> npt.NDArray[np.uint8]:
    """Return the class of every code point, uint8, shape (0x110000,)."""
    table = np.full(sys.maxunicode + 1, SYMBOL, dtype=np.uint8)
    for code in range(0x20000):
        table[code] = _class_of(code)
    for codes, number in _RANGES:
        table[codes.start : codes.stop] = number
    return table
