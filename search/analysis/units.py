"""Units: the smallest searchable parts of one text, with positions and offsets.

The rules are one regular expression over the kinds of the characters, for queries and highlighting.
`batch.py` analyzes batches by array operations and returns the same units.

- A Han character (or a character of another script without word borders, or a sign such as %) is a unit.
- A run of letters is a unit, and so is a number: `7.8` and `23,876` stay together. Between letters and
  digits is a border: F-16, F16 and F 16 are two units.
- Blanks, quotation and title marks, dots in names, a hyphen between units other than numbers, and a line
  break inside a sentence take no position: 北溪-2 is 北溪2, “和平”号 is 和平号, J.K.罗琳 is J·K·罗琳.
- All other marks between two units take one position together, so that phrases do not run across 。
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from search.analysis.characters import (
    BLANK,
    DIGIT,
    DOT,
    HAN,
    HYPHEN,
    LETTER,
    PUNCT,
    SINGLE,
    SYMBOL,
    character_class,
)
from search.analysis.fold import Folded, fold

__all__ = ["DECIMALS", "FIELD_BREAK", "TIMES", "Units", "is_sign", "read_units", "run_text"]

#: Between two fields of an entry: a single line break would continue a sentence.
FIELD_BREAK = "\n\n"
#: Signs inside a number, before its decimals.
DECIMALS = ".·∙"


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one text, as parallel lists.

    `starts` and `ends` are offsets into the original text. `positions` count units, plus one for punctuation
    between two units. `stretches` are the ranges [i, j) of Han units that are segmented together.
    """

    texts: list[str]
    starts: list[int]
    ends: list[int]
    positions: list[int]
    stretches: list[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def together(self) -> list[bool]:
        """Whether each unit can be in one word with the unit before it."""
        inside = {k for i, j in self.stretches for k in range(i + 1, j)}
        return [k in inside for k in range(len(self.texts))]


class _Kinds(dict[int, str]):
    """The kind of each code point as a letter (see `_UNIT`), added at first lookup."""

    def __missing__(self, code: int) -> str:
        kind = self[code] = _KIND_OF_CLASS[character_class(code)]
        return kind


_KIND_OF_CLASS: Final = {
    HAN: "H",
    SINGLE: "S",
    LETTER: "L",
    DIGIT: "D",
    SYMBOL: "Y",
    HYPHEN: "-",
    PUNCT: "P",
} | {
    BLANK: "B",
    DOT: "M",
}
#: Marks with a rule of their own are themselves.
_KINDS: Final = _Kinds({ord(mark): mark for mark in "\n,*."} | {ord(mark): ":" for mark in DECIMALS[1:]})


def _between(mark: str) -> str:
    """Return the pattern of a mark between two units, unless both are numbers."""
    return f"(?<=[HSL]){mark}(?=[HSLD])|(?<=D){mark}(?=[HSL])"


#: Units in the kinds of a text: H Han, S single, L letter, D digit, Y symbol, B blank, M dot of a name,
#: P other marks; a hyphen, a line break, a comma, an asterisk and a full stop are themselves, : is · or ∙.
_UNIT: Final = re.compile(
    "(?P<letters>L+)"
    "|(?P<number>D(?:D|[.:](?=D)|,(?=DDD(?!D)))*)"
    "|(?P<han>H+)"
    "|(?P<times>(?<=D)[*](?=D))"
    "|(?P<alone>[SY])"
    f"|(?P<dot>[M:]|{_between(chr(10))})"
    f"|(?P<blank>B|{_between('-')}|(?<=L)[.](?=[LD])|(?<!LL)(?<=L)[.])"
    "|(?P<punct>.)",
    re.DOTALL,
)
#: A month and a day, which are written with and without a dot: 9·11, 911.
_MONTH_AND_DAY = re.compile("(?:[1-9]|1[0-2])·(?:[12][0-9]|3[01])")
#: The sign of multiplication between numbers: 4*100, 4×100, 4x100.
TIMES = "x"


def is_sign(text: str) -> bool:
    """Return whether a text has units, and all of them are signs.

    >>> is_sign("+"), is_sign("C++"), is_sign("。")
    (True, False, False)
    """
    return all(
        len(unit) == 1 and character_class(ord(unit)) == SYMBOL for unit in read_units(text).texts or "a"
    )


def run_text(run: str) -> str:
    """Return the term of a run of letters, or of a number, of folded text.

    >>> run_text("23,876"), run_text("7·8"), run_text("3·15")
    ('23876', '7.8', '315')
    """
    if "·" in run:
        run = run.replace("·", "" if _MONTH_AND_DAY.fullmatch(run) else ".")
    return run.replace(",", "").replace("∙", ".")


def _unit_text(kind: str | None, text: str) -> str:
    if kind == "number":
        return run_text(text)
    return TIMES if kind == "times" else text


def read_units(text: str) -> Units:
    """Split a text into units.

    >>> read_units("7.8级 F-16").texts
    ['7.8', '级', 'f', '16']
    >>> read_units("说：“好”").positions
    [0, 2]
    """
    folded = fold(text)
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    positions: list[int] = []
    stretches: list[tuple[int, int]] = []
    position, gap, joined = 0, 0, False
    for match in _UNIT.finditer(folded.text.translate(_KINDS)):
        kind = match.lastgroup
        if kind == "punct":
            gap, joined = 1, False
            continue
        if kind == "blank" or kind == "dot":
            joined = joined and kind == "dot"
            continue
        start, end = match.span()
        index = len(texts)
        position += gap if index else 0
        if kind == "han":
            # The most frequent kind; a whole stretch at a time.
            texts.extend(folded.text[start:end])
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            positions.extend(range(position, position + end - start))
            stretches.append((stretches.pop()[0] if joined else index, len(texts)))
        else:
            texts.append(_unit_text(kind, folded.text[start:end]))
            starts.append(start)
            ends.append(end)
            positions.append(position)
        position = positions[-1] + 1
        gap, joined = 0, kind == "han"
    return Units(texts, *_original_offsets(folded, starts, ends), positions, stretches)


def _original_offsets(folded: Folded, starts: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
    """Return offsets of a folded text as offsets of the text before."""
    if folded.starts is None or folded.ends is None:
        return starts, ends
    return [folded.starts[start] for start in starts], [folded.ends[end - 1] for end in ends]
