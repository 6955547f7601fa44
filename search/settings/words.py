"""The dictionary file: `data/words.txt` to the analyzer of a home.

The format is jieba's: a word, its weight and a part of speech to each line, the latter two optional; `#`
begins a comment. Whatever is in the file, an analyzer comes of it: a line that is no word is left out and
told by its number, a file that cannot be read counts as empty and is told, too.
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
from search.readers.base import Source, few_problems
from search.readers.decode import Line, setting_lines

__all__ = ["MAX_WEIGHT", "MAX_WORD", "Words", "home_analyzer", "is_settled", "read_words", "words_stamp"]

#: Characters of a word: longer ones are sentences.
MAX_WORD: Final = 40
#: jieba's most frequent word, 的, has 318,825.
MAX_WEIGHT: Final = 10_000_000
_TAG: Final = re.compile(r"\A[A-Za-z][A-Za-z0-9]*\Z")
_SHOWN: Final = 20
_TICK: Final = 1_000_000_000
_NAME: Final = "words.txt"

Stamp = tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a file as they are folded, None for a weight not given, and what was wrong."""

    weights: dict[str, int | None]
    problems: tuple[Problem, ...] = ()


def home_analyzer(home: Home) -> Analyzer:
    """Return the analyzer of a home; the same one as long as its dictionary says the same."""
    words = read_words(home)
    return _analyzer(tuple(words.weights.items())) if words.weights else default_analyzer()


@lru_cache(maxsize=2)
def _analyzer(words: tuple[tuple[str, int | None], ...]) -> Analyzer:
    return Analyzer(segmenter().extended(dict(words)))


def words_stamp(home: Home) -> Stamp:
    """Return what changes whenever the dictionary file does, at the cost of one look; None without one."""
    try:
        found = os.stat(home.words)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def is_settled(stamp: Stamp) -> bool:
    """Say whether a later change is sure to give another stamp: clocks of files tick coarsely."""
    return stamp is None or abs(time_ns() - stamp[0]) > _TICK


def read_words(home: Home) -> Words:
    """Read the dictionary of a home; no file is an empty dictionary."""
    if not os.path.lexists(home.words):
        return Words({})
    weights: dict[str, int | None] = {}
    try:
        problems = tuple(few_problems(_fill(weights, Source(home.words, _NAME, home.zone))))
    except UnreadableFile as error:
        return Words({}, (error.problem,))
    return Words(dict(sorted(weights.items())), problems)


def _fill(weights: dict[str, int | None], source: Source) -> Iterator[Problem]:
    """Add the words of a file, and yield what is wrong in it; raises UnreadableFile."""
    first: dict[str, int] = {}
    for line in setting_lines(source):
        try:
            word, weight = _word(line) or ("", None)
        except ValueError as error:
            yield Problem(_NAME, line.number, str(error))
            continue
        if not word:
            continue
        if word in weights and weights[word] != weight:
            message = f"「{word}」与第 {first[word]} 行重复而词频不同，以本行为准"
            yield Problem(_NAME, line.number, message)
        weights[word], first[word] = weight, line.number


def _word(line: Line) -> tuple[str, int | None] | None:
    """Return the word of a line and its weight, None for a line without one; raises ValueError."""
    if line.too_long:
        raise ValueError("这一行过长，已略过")
    fields = line.text.partition("#")[0].split()
    if not fields:
        return None
    word, rest = _folded(fields[0]), fields[1:]
    weight = int(rest.pop(0)) if rest and rest[0].isascii() and rest[0].isdecimal() else None
    if rest and _TAG.match(rest[0]):
        rest.pop(0)
    if rest:
        raise ValueError(
            f"看不懂「{_short(' '.join(rest))}」；每行应为「词 词频 词性」，后两项可省，已略过这一行"
        )
    if weight is not None and not 1 <= weight <= MAX_WEIGHT:
        raise ValueError(f"词频须在 1 到 {MAX_WEIGHT} 之间，已略过「{_short(fields[0])}」")
    return word, weight


def _folded(text: str) -> str:
    """Return a word as folded text has it; raises ValueError where it is none."""
    units = default_analyzer().units(text)
    if units.stretches != [(0, len(units))]:
        raise ValueError(
            f"「{_short(text)}」不全是汉字，已略过；连写的字母和数字本来就不会被切开，不必写入词典"
        )
    if len(units) > MAX_WORD:
        raise ValueError(f"「{_short(text)}」超过 {MAX_WORD} 个字，已略过")
    return "".join(units.texts)


def _short(text: str) -> str:
    shown = "".join(sign if sign.isprintable() else "_" for sign in text)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
