"""Groups: the parts of a run that stand for themselves, each contiguous in a full match.

A word of two characters or more is a group. Characters that the segmenter leaves single, numbers with what
they measure, and dates stand together with their single neighbours, so that 中美 does not match an entry with
中 and 美 apart. A character that is left alone at an end of the run stands with its neighbour word (苏丹港).

A lone function character next to a word (同, 的, 在) is in no group: it is not required. Neither are words
that only ask (什么时候, 是谁, 吗), unless the run has no others.
"""

from __future__ import annotations

from collections.abc import Sequence

from search.analysis import Units
from search.ranking import is_question_word

__all__ = ["grouped", "only_asks"]

#: Ranges [i, j) of the units of a run.
_Ranges = list[tuple[int, int]]
#: Characters that join words and are no topic.
_FUNCTION = frozenset("同与和的在对及或是把被将了着地得于从向之为以让给跟比由因所")
#: Characters beside a question word that ask with it: 是谁, 谁是, 在哪里, 有多少, 死了多少.
_BESIDE_QUESTION = frozenset("是在到有了于")
#: Words after a question word that ask with it: 什么时候, 多少人, 几天.
_AFTER_QUESTION = frozenset(
    "时候 地方 时间 原因 意思 人 例 个 名 位 钱 元 天 日 号 月 年 岁 次 度 级 米 架 家 国 种".split()  # noqa: SIM905
)
#: The particle that makes a question of a run, also where the segmenter has it in a word.
_PARTICLE = "吗"


def grouped(units: Units, tiles: _Ranges, numbers: Sequence[tuple[int, int]]) -> _Ranges:
    """Return the groups of a run of words; `numbers` are the ranges of numbers with their measure words."""
    joined: _Ranges = []
    words = set[int]()
    for i, j in _topical(units, tiles) or tiles:
        if joined and _belong_together(units, joined[-1], (i, j), words, numbers):
            words.discard(joined[-1][0])
            joined[-1] = joined[-1][0], j
        else:
            joined.append((i, j))
            if _is_word(units, i, j):
                words.add(i)
    return _without_function(units, _with_ends(units, joined, words), words)


def only_asks(units: Units, tiles: _Ranges) -> bool:
    """Return whether a run has nothing but words that ask."""
    return bool(tiles) and not _topical(units, tiles)


def _topical(units: Units, tiles: _Ranges) -> _Ranges:
    """Return the words of a run without those that only ask."""
    texts = ["".join(units.texts[i:j]) for i, j in tiles]
    asks = [False, *map(is_question_word, texts), False]
    topical: _Ranges = []
    for k, ((i, j), text) in enumerate(zip(tiles, texts, strict=True), 1):
        asks_with = text in _BESIDE_QUESTION and (asks[k - 1] or asks[k + 1])
        if asks[k] or asks_with or (text in _AFTER_QUESTION and asks[k - 1]):
            continue
        particle = k == len(tiles) and text[-1] == _PARTICLE
        topical.append((i, j - particle))
    return topical


def _with_ends(units: Units, joined: _Ranges, words: set[int]) -> _Ranges:
    """Return the groups with a lone character at an end of the run joined to its neighbour word."""
    if len(joined) > 1 and joined[-1] == (len(units) - 1, len(units)) and joined[-2][0] in words:
        joined = _joined_at(units, joined, len(joined) - 2) if _is_topic(units.texts[-1]) else joined
    if len(joined) > 1 and joined[0] == (0, 1) and joined[1][0] in words and _is_topic(units.texts[0]):
        words.add(joined[0][0])
        joined = _joined_at(units, joined, 0)
    return joined


def _is_topic(unit: str) -> bool:
    """Return whether a unit is a Han character that may be a topic."""
    return unit >= "\u3400" and unit not in _FUNCTION


def _joined_at(units: Units, groups: _Ranges, k: int) -> _Ranges:
    """Return the groups with group k joined to the next, if nothing stands between them."""
    (i, border), (start, j) = groups[k : k + 2]
    if border != start or units.positions[border] != units.positions[border - 1] + 1:
        return groups
    return [*groups[:k], (i, j), *groups[k + 2 :]]


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
    if group[1] != border or units.positions[border] != units.positions[border - 1] + 1:
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
