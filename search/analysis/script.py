"""The two scripts of Chinese, for pages: the simplified sentences of the program written in traditional
characters, and which of the two an entry is written in.

The index knows nothing of this; for it both are one (see `fold`).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

import opencc

from search.analysis.fold import TABLE

__all__ = ["is_traditional", "to_traditional"]

#: More sentences than the pages have; what is told of queries shares the rest.
_SENTENCES: Final = 2048
_QUOTES: Final = str.maketrans("“”‘’", "「」『』")


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")


@lru_cache(maxsize=_SENTENCES)
def to_traditional(sentence: str) -> str:
    """Write a simplified sentence in traditional characters, with the words and the quotes of Taiwan.

    >>> to_traditional("没有“软件”")
    '沒有「軟體」'
    """
    return str(_converter().convert(sentence)).translate(_QUOTES)


def _traditional_only() -> frozenset[str]:
    """Collect the characters that simplified texts do not have: folding changes them, GB 2312 lacks them."""
    han = map(chr, range(0x4E00, 0xA000))
    changed = (char for char in han if TABLE[ord(char)] != ord(char))
    return frozenset(char for char in changed if not char.encode("gb2312", "ignore"))


#: As a pattern, which looks at a text ten times as fast as a set does.
_TRADITIONAL: Final = re.compile(f"[{''.join(sorted(_traditional_only()))}]")


def is_traditional(text: str) -> bool:
    """Tell whether a text has characters that only traditional script has.

    >>> is_traditional("機場"), is_traditional("机场"), is_traditional("乾坤")
    (True, False, False)
    """
    return _TRADITIONAL.search(text) is not None
