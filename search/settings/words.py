"""The user dictionary: from `data/words.txt` to the analyzer of a home.

The format is jieba's: a word, its weight and a part of speech on each line, the last two optional; `#` begins
a comment. Any file gives an analyzer: an invalid line is left out and is a problem with its number; an
unreadable file counts as empty and is a problem, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from time import time_ns
from typing import Final

from search.analysis import Analyzer, default_analyzer
from search.analysis.words import segmenter
from search.errors import Problem, UnreadableFile
from search.home import Home
from search.language.message import InvalidValue, Message
from search.readers.decoding.decode import Line, setting_lines
from search.readers.problems import condensed
from search.readers.source import Source

__all__ = [
    "MAX_WEIGHT",
    "MAX_WORD",
    "Stamp",
    "Words",
    "home_analyzer",
    "is_settled",
    "read_words",
    "words_stamp",
]

#: Longest word, in characters; longer texts are sentences.
MAX_WORD: Final = 40
#: jieba's most frequent word, 的, has 318,825.
MAX_WEIGHT: Final = 10_000_000
_TAG: Final = re.compile(r"\A[A-Za-z][A-Za-z0-9]*\Z")
#: Characters of a wrong word that a problem quotes.
_MAX_QUOTED: Final = 20
#: Coarsest resolution of the times of files, in nanoseconds.
_FILE_TIME_RESOLUTION: Final = 1_000_000_000
_NAME: Final = "words.txt"

Stamp = tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Words:
    """The folded words of a file with their weights (None if not given), and its problems."""

    weights: dict[str, int | None]
    problems: tuple[Problem, ...] = ()


def home_analyzer(home: Home) -> Analyzer:
    """Return the analyzer of a home; the same object for the same words."""
    words = read_words(home)
    return _analyzer(tuple(words.weights.items())) if words.weights else default_analyzer()


@lru_cache(maxsize=2)
def _analyzer(words: tuple[tuple[str, int | None], ...]) -> Analyzer:
    return Analyzer(segmenter().extended(dict(words)))


def words_stamp(home: Home) -> Stamp:
    """Return a value that changes with the dictionary file, None without one; costs one `os.stat`."""
    try:
        status = os.stat(home.words)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def is_settled(stamp: Stamp) -> bool:
    """Return whether any later change gives another stamp; times of files have a coarse resolution."""
    return stamp is None or abs(time_ns() - stamp[0]) > _FILE_TIME_RESOLUTION


def read_words(home: Home) -> Words:
    """Read the dictionary of a home; it is empty if the file is missing."""
    if not os.path.lexists(home.words):
        return Words({})
    weights: dict[str, int | None] = {}
    try:
        problems = condensed(_fill(weights, Source(home.words, _NAME, home.zone)))
    except UnreadableFile as error:
        return Words({}, (error.problem,))
    return Words(dict(sorted(weights.items())), problems)


def _fill(weights: dict[str, int | None], source: Source) -> Iterator[Problem]:
    """Add the words of a file, and yield its problems; raises UnreadableFile."""
    first: dict[str, int] = {}
    for line in setting_lines(source):
        try:
            word, weight = _word(line) or ("", None)
        except InvalidValue as error:
            yield Problem(_NAME, line.number, error.message)
            continue
        if not word:
            continue
        if word in weights and weights[word] != weight:
            message = Message(
                "「{word}」与第 {line} 行重复而词频不同，以本行为准", word=word, line=first[word]
            )
            yield Problem(_NAME, line.number, message)
        weights[word], first[word] = weight, line.number
    yield from source.damage


def _word(line: Line) -> tuple[str, int | None] | None:
    """Return the word of a line and its weight, None for a line without one; raises InvalidValue."""
    if line.too_long:
        raise InvalidValue("这一行过长，已略过")
    fields = line.text.partition("#")[0].split()
    if not fields:
        return None
    word, rest = _folded(fields[0]), fields[1:]
    weight = int(rest.pop(0)) if rest and rest[0].isascii() and rest[0].isdecimal() else None
    if rest and _TAG.match(rest[0]):
        rest.pop(0)
    if rest:
        raise InvalidValue(
            "看不懂「{text}」；每行应为「词 词频 词性」，后两项可省，已略过这一行",
            text=_short(" ".join(rest)),
        )
    if weight is not None and not 1 <= weight <= MAX_WEIGHT:
        raise InvalidValue(
            "词频须在 1 到 {max} 之间，已略过「{word}」", max=MAX_WEIGHT, word=_short(fields[0])
        )
    return word, weight


def _folded(text: str) -> str:
    """Return a folded word; raises InvalidValue with the sentence of a problem."""
    units = default_analyzer().units(text)
    if units.stretches != [(0, len(units))]:
        raise InvalidValue(
            "「{text}」不全是汉字，已略过；连写的字母和数字本来就不会被切开，不必写入词典",
            text=_short(text),
        )
    if len(units) > MAX_WORD:
        raise InvalidValue("「{text}」超过 {max} 个字，已略过", text=_short(text), max=MAX_WORD)
    return "".join(units.texts)


def _short(text: str) -> str:
    shown = "".join(sign if sign.isprintable() else "_" for sign in text)
    return shown if len(shown) <= _MAX_QUOTED else f"{shown[:_MAX_QUOTED]}…"
