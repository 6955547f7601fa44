"""Groups: the parts of a run that stand for themselves, each contiguous in a full match.

A word of two characters or more is a group. Characters that the segmenter leaves single, numbers with what
they measure, and dates stand together with their single neighbours, so that 中美 does not match an entry with
中 and 美 apart. A lone function character next to a word (同, 的, 在) is in no group: it is not required.
"""

from __future__ import annotations

from collections.abc import Sequence

from search.analysis import Units

__all__ = ["grouped"]

#: Ranges [i, j) of the units of a run.
_Ranges = list[tuple[int, int]]
#: Characters that join words and are no topic.
_FUNCTION = frozenset("同与和的在对及或是把被将了着地得于从向之为以让给跟比由因所")


def grouped(units: Units, tiles: _Ranges, numbers: Sequence[tuple[int, int]]) -> _Ranges:
    """Return the groups of a run of words; `numbers` are the ranges of numbers with their measure words."""
    joined: _Ranges = []
    words = set[int]()
    for i, j in tiles:
        if joined and _belong_together(units, joined[-1], (i, j), words, numbers):
            words.discard(joined[-1][0])
            joined[-1] = joined[-1][0], j
        else:
            joined.append((i, j))
            if _is_word(units, i, j):
                words.add(i)
    return _without_function(units, joined, words)


def _without_function(units: Units, joined: _Ranges, words: set[int]) -> _Ranges:
    """Return the groups without the function characters next to words."""
    groups: _Ranges = []
    for k, (i, j) in enumerate(joined):
        if i not in words:
            if k and joined[k - 1][0] in words and units.texts[i] in _FUNCTION:
                i += 1
            if i < j and k + 1 < len(joined) and joined[k + 1][0] in words:
                j -= units.texts[j - 1] in _FUNCTION
        if i < j:
            groups.append((i, j))
    return groups


def _belong_together(
    units: Units,
    group: tuple[int, int],
    tile: tuple[int, int],
    words: set[int],
    numbers: Sequence[tuple[int, int]],
) -> bool:
    """Return whether a word goes on with the group before it."""
    border = tile[0]
    if any(start < border < end for start, end in numbers):
        return True
    if units.positions[border] != units.positions[border - 1] + 1:
        return False
    before, after = units.texts[border - 1], units.texts[border]
    if _is_alphanumeric(before) and _is_alphanumeric(after):
        return True
    return group[0] not in words and not _is_word(units, *tile)


def _is_word(units: Units, i: int, j: int) -> bool:
    """Return whether a word has several Han characters or several letters."""
    return j - i > 1 or (len(units.texts[i]) > 1 and not units.texts[i][0].isdigit())


def _is_alphanumeric(unit: str) -> bool:
    return unit[0].isdigit() or (unit[0].isalpha() and unit[0] < "\u2e80")
