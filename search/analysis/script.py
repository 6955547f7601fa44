"""Simplified and traditional Chinese for pages: conversion of messages, and detection of traditional text.

The index folds both to one form (see `fold`).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

import opencc

__all__ = ["is_traditional", "to_script", "to_traditional"]

#: Cached conversions; more than the messages of the pages, the rest for problems of queries.
_CACHED_SENTENCES: Final = 2048
#: Words of OpenCC that mean something else in Taiwan, and the words of Taiwan for them.
_TAIWAN: Final = {
    "釋出": "發布",
    "報道": "報導",
    "發佈": "發布",
    "連線": "連接",
    "許可權": "權限",
    "引數": "參數",
    "擴充套件": "擴展",
    "埠": "連接埠",
    "查詢來源": "尋找來源",
    "查詢專題": "尋找專題",
    "裡查詢": "裡尋找",
}
_TAIWAN_WORDS: Final = re.compile("|".join(_TAIWAN))
_QUOTES: Final = str.maketrans("“”‘’", "「」『』")


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")


@lru_cache(maxsize=_CACHED_SENTENCES)
def to_traditional(sentence: str) -> str:
    """Return a simplified sentence in traditional characters, with the vocabulary and quotes of Taiwan.

    >>> to_traditional("没有“软件”")
    '沒有「軟體」'
    """
    converted = str(_converter().convert(sentence)).translate(_QUOTES)
    return _TAIWAN_WORDS.sub(lambda match: _TAIWAN[match[0]], converted)


@cache
def _script_converter(script: str) -> opencc.OpenCC:
    return opencc.OpenCC("t2s" if script == "hans" else "s2tw")


def to_script(text: str, script: str) -> str:
    """Return a text in simplified (`hans`) or traditional (`hant`) characters; its words stay.

    >>> to_script("软件发布", "hant"), to_script("軟體釋出", "hans")
    ('軟件發佈', '软体释出')
    """
    return str(_script_converter(script).convert(text))


def _traditional_only() -> frozenset[str]:
    """Return the characters of traditional text alone: GB 2312 lacks them and has their simple form.

    Variants that simplified texts use as well, such as 喆, are not among them.
    """
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    changed = (char for char, simple in zip(han, simplified, strict=True) if char != simple)
    return frozenset(char for char in changed if not char.encode("gb2312", "ignore"))


def _simplified_only() -> frozenset[str]:
    """Return the characters of simplified text alone: Big5 lacks them, and has their traditional form."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    traditional = opencc.OpenCC("s2t").convert("\n".join(han)).split("\n")
    changed = (char for char, form in zip(han, traditional, strict=True) if char != form)
    return frozenset(char for char in changed if not char.encode("big5", "ignore"))


#: A pattern, which is ten times as fast as a set.
_TRADITIONAL: Final = re.compile(f"[{''.join(sorted(_traditional_only()))}]")


_SIMPLIFIED: Final = re.compile(f"[{''.join(sorted(_simplified_only()))}]")


def is_traditional(text: str) -> bool:
    """Return whether a text has more characters of traditional text alone than of simplified text alone.

    So a name with one such character does not make a simplified text traditional.

    >>> is_traditional("機場"), is_traditional("机场"), is_traditional("乾坤"), is_traditional("王鑑说会来")
    (True, False, False, False)
    """
    if not _TRADITIONAL.search(text):
        return False
    return len(_TRADITIONAL.findall(text)) > len(_SIMPLIFIED.findall(text))
