"""Units: the smallest searchable parts of one text, with positions and offsets.

The rules are one regular expression over folded text, for queries and highlighting. `batch.py` analyzes
batches by array operations and returns the same units.

- A Han character (or a character of another script without word borders, or a sign such as %) is a unit.
- A run of letters and digits is a unit. `7.8` and `23,876` stay together, and so do `F-16` and `2019-nCoV`,
  where a hyphen joins a letter and a digit; comma and hyphen are then dropped.
- Blanks, dots in names and a hyphen beside a run take no position: 北溪-2 is 北溪2.
- All other marks between two units take one position together, so that phrases do not run across 。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from search.analysis.characters import BLANK, CLASSES, DIGIT, DOT, HAN, HYPHEN, LETTER, SINGLE, SYMBOL
from search.analysis.fold import fold

__all__ = ["Units", "class_pattern", "read_units", "run_text"]


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


def class_pattern(*classes: int) -> str:
    """Return the body of a regex character class for all code points of these classes."""
    member = np.isin(CLASSES, classes)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], member, [False])).astype(np.int8)))
    ranges = zip(edges[::2], edges[1::2] - 1, strict=True)
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


_L = f"[{class_pattern(LETTER)}]"
_D = f"[{class_pattern(DIGIT)}]"
_LD = f"[{class_pattern(LETTER, DIGIT)}]"
_ALONE = f"[{class_pattern(HAN, SINGLE)}]"
_HYPHEN = f"[{class_pattern(HYPHEN)}]"
_UNIT = re.compile(
    f"(?P<run>{_LD}(?:{_LD}"
    f"|(?<={_D})[.·](?={_D})"
    f"|(?<={_D}),(?={_D}{{3}}(?!{_D}))"
    f"|(?<={_L}){_HYPHEN}(?={_D})|(?<={_D}){_HYPHEN}(?={_L}))*)"
    f"|(?P<han>[{class_pattern(HAN)}]+)"
    f"|(?P<alone>[{class_pattern(SINGLE, SYMBOL)}])"
    f"|(?P<dot>[{class_pattern(DOT)}])"
    f"|(?P<blank>[{class_pattern(BLANK)}]"
    f"|(?<={_LD}){_HYPHEN}(?={_ALONE})|(?<={_ALONE}){_HYPHEN}(?={_LD})|(?<={_L}){_HYPHEN}(?={_L}))"
    f"|(?P<punct>.)",
    re.DOTALL,
)
_DROPPED = re.compile(f",|{_HYPHEN}")


def run_text(run: str) -> str:
    """Return the term of a run of folded text.

    >>> run_text("23,876"), run_text("f-16"), run_text("3·15")
    ('23876', 'f16', '3.15')
    """
    return _DROPPED.sub("", run).replace("·", ".")


def read_units(text: str) -> Units:
    """Split a text into units.

    >>> read_units("7.8级 F-16").texts
    ['7.8', '级', 'f16']
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
    for match in _UNIT.finditer(folded.text):
        kind = match.lastgroup
        if kind == "punct":
            gap, joined = 1, False
            continue
        if kind == "blank" or kind == "dot":
            joined = joined and kind == "dot"
            continue
        start, end = match.span()
        index = len(texts)
        if index:
            position += gap
        if kind == "han":
            # The most frequent kind; a whole stretch at a time.
            texts.extend(match.group())
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            positions.extend(range(position, position + end - start))
            stretches.append((stretches.pop()[0] if joined else index, len(texts)))
        else:
            texts.append(run_text(match.group()) if kind == "run" else match.group())
            starts.append(start)
            ends.append(end)
            positions.append(position)
        position = positions[-1] + 1
        gap, joined = 0, kind == "han"
    if folded.starts is not None and folded.ends is not None:
        starts = [folded.starts[start] for start in starts]
        ends = [folded.ends[end - 1] for end in ends]
    return Units(texts, starts, ends, positions, stretches)
