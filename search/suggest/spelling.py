"""Spelling correction of a single text to words of the index.

Candidates are words at the distance of one mistake: a character of the same or a similar sound, two
characters swapped, one missing, one extra, one wrong; and words typed as pinyin. The score of a word is

    log2(1 + entries that have it) − cost of the mistake

so a frequent word can precede a slightly closer rare word. The costs below are the whole model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2
from typing import Final

from search.analysis import Analyzer
from search.deadline import NO_DEADLINE, Deadline
from search.engines import Vocabulary
from search.suggest.lookup import HashTable
from search.suggest.pinyin import Reading, blur, letters, readings

__all__ = ["MAX_HAN", "Candidate", "SpellChecker"]

#: The cost of each mistake, in doublings of frequency.
_SAME_SOUND: Final = 0.0
_SWAPPED: Final = 1.0
_NEAR_SOUND: Final = 4.0
_MISSING: Final = 4.0
_DOUBLED: Final = 4.0
#: A character of similar shape: 己 for 已.
_ALIKE: Final = 4.0
#: An extra character, or a wrong one of another sound: (a, b) costs a + b / length of the text.
_EXTRA: Final = (6.0, 16.0)
_WRONG: Final = (8.0, 8.0)
#: Each character of the same or a similar sound after the first.
_FURTHER: Final = 3.0
_PINYIN: Final = 0.0

#: Characters that look alike, by groups.
_LOOK_ALIKE: Final = (
    "己已巳 未末 戊戌戍戎 日曰 土士 人入八 大太犬 千干于 贝见 折拆析 拔拨 抠枢 徒徙 侯候 辨辩辫"
    " 钓钩 历厉 仑仓 晴睛 治冶 冷泠 准淮 沪泸 刺剌 崇祟 母毋 茶荼 壶壸 汩汨 免兔 乌鸟 西酉 万方"
    " 今令 幻幼 孑子 师帅 狠狼 良艮 王玉主 田由甲申 白自目且 午牛 天夭夫 失矢 代伐 科料 季李"
    " 徽微徵 遣遗 竟竞 粟栗 裸祼 赢羸 亨享 风凤 勾匀 淡谈炎 早旱 刀力 话活 请清情 间问闻 休体 木本"
    " 便使 技枝 持特 待侍 快块 很根 场扬 蓝篮 偏遍编 峰锋蜂 检捡俭 竖坚 盲育 史吏 宇字 扰优拢 拒柜 慢漫 模摸"
    " 摇遥 滩摊 燥躁操澡 偿赏 幕墓慕暮 绿缘 坏怀杯 桃挑 贪贫 货贷 眠眼 斤斥 名各 处外 住往 蒙豪 密蜜 庄床"
    " 抢枪 抱炮 壁璧 骄娇 哀衷 竿芋 亳毫 沉沈 佳隹 傅博搏 悔侮海 跟限 陕峡 倍陪培 推堆 顷顶项 输愉"
)
_SHAPE: Final = {char: group for group in _LOOK_ALIKE.split() for char in group}

#: Characters of the longest text that is corrected as one word: with Han characters, Latin, pinyin of words.
MAX_HAN: Final = 8
_MAX_LATIN: Final = 24
_MAX_PINYIN: Final = 36
#: The cost of each further word in pinyin of several words, in doublings of frequency.
_WORD_COST: Final = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible correction; a higher score is more likely.

    A `close` one sounds the same, or has two neighbouring characters in another order.
    """

    text: str
    score: float
    close: bool = False


class SpellChecker:
    """Lookup tables for corrections over the words of one generation."""

    def __init__(self, vocabulary: Vocabulary, analyzer: Analyzer) -> None:
        self.generation = vocabulary.generation
        counts = {word: count for word, count in vocabulary.words.items() if _is_word(word)}
        for name in (*vocabulary.agencies, *vocabulary.streams):
            if _is_word(folded := analyzer.fold(name.text)):
                counts[folded] = max(name.count, counts.get(folded, 0))
        self._counts = counts
        self._words = list(counts)
        shortened = [(key, n) for n, word in enumerate(counts) for key in _shortened(word)]
        self._shortened = HashTable((key for key, _ in shortened), [n for _, n in shortened])
        spoken = [(r, n) for n, word in enumerate(counts) if not word.isascii() for r in readings(word)]
        ordinals = [n for _, n in spoken]
        self._by_pinyin = HashTable(("".join(reading) for reading, _ in spoken), ordinals)
        self._by_sound = HashTable((_blurred(reading) for reading, _ in spoken), ordinals)

    def candidates(self, text: str, deadline: Deadline = NO_DEADLINE) -> list[Candidate]:
        """Return corrections of a folded text, best first, without the text itself.

        After the deadline no more candidates are examined.
        """
        costs: dict[str, float] = {}
        for word, cost in self._near(text, deadline):
            if word != text:
                costs[word] = min(cost, costs.get(word, cost))
        return _ranked(
            Candidate(word, self._frequency(word) - cost, close=cost <= _SWAPPED)
            for word, cost in costs.items()
        )

    def spelled(self, typed: str, deadline: Deadline = NO_DEADLINE) -> list[Candidate]:
        """Return the words with this pinyin; otherwise the fewest words that have it together, joined."""
        candidates = [Candidate(word, self._frequency(word) - _PINYIN) for word in self._words_reading(typed)]
        if not candidates and (words := self._joined(typed, deadline)):
            candidates = [Candidate("".join(words), min(map(self._frequency, words)))]
        return _ranked(candidates)

    def _frequency(self, word: str) -> float:
        return log2(1 + self._counts[word])

    def _near(self, text: str, deadline: Deadline) -> Iterator[tuple[str, float]]:
        if len(text) > (_MAX_LATIN if text.isascii() else MAX_HAN):
            return
        yield from ((word, _MISSING) for word in self._words_at(self._shortened.find(text)))
        for i, key in deadline.limit(enumerate(_shortened(text))):
            if key in self._counts:
                doubled = i > 0 and text[i] == text[i - 1]
                yield key, _DOUBLED if doubled else _by_length(_EXTRA, text)
            for word in deadline.limit(self._words_at(self._shortened.find(key))):
                if len(word) == len(text) and (cost := _cost(text, word)) is not None:
                    yield word, cost
        if not text.isascii():
            yield from self._alike(text, deadline)

    def _alike(self, text: str, deadline: Deadline) -> Iterator[tuple[str, float]]:
        """Yield the words with the same or a similar sound."""
        for reading in readings(text):
            for word in deadline.limit(self._words_at(self._by_sound.find(_blurred(reading)))):
                if len(word) == len(text) and (cost := _sound_cost(text, word)) is not None:
                    yield word, cost

    def _words_at(self, ordinals: Iterable[int]) -> list[str]:
        return [self._words[n] for n in dict.fromkeys(ordinals)]

    def _words_reading(self, pinyin: str) -> list[str]:
        words = self._words_at(self._by_pinyin.find(pinyin))
        return [word for word in words if any("".join(reading) == pinyin for reading in readings(word))]

    def _joined(self, typed: str, deadline: Deadline) -> list[str]:
        """Return the fewest words whose pinyin joined is `typed`, the most frequent ones of these."""
        best: dict[int, tuple[float, list[str]]] = {0: (0.0, [])}
        for end in deadline.limit(range(1, min(len(typed), _MAX_PINYIN) + 1)):
            for start in range(max(0, end - _MAX_LATIN), end):
                if start not in best:
                    continue
                if words := self._words_reading(typed[start:end]):
                    word = max(words, key=self._counts.__getitem__)
                    score = best[start][0] - _WORD_COST + self._frequency(word)
                    if end not in best or score > best[end][0]:
                        best[end] = (score, [*best[start][1], word])
        return best.get(len(typed), (0.0, []))[1]


def _ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.text))


def _is_word(text: str) -> bool:
    """Return whether a word is a possible correction: not a single character, not a number, not too long."""
    if text.isascii():
        return 3 <= len(text) <= _MAX_LATIN and text.isalpha()
    return 2 <= len(text) <= MAX_HAN + 1 and not any(map(str.isdigit, text))


def _shortened(text: str) -> list[str]:
    """Return the text without each of its characters in turn.

    >>> _shortened("俄罗斯")
    ['罗斯', '俄斯', '俄罗']
    """
    return [text[:i] + text[i + 1 :] for i in range(len(text))]


def _cost(typed: str, word: str) -> float | None:
    """Return the cost of `typed` for a word of the same length, None where it is more than one mistake.

    >>> _cost("俄罗丝", "俄罗斯"), _cost("俄斯罗", "俄罗斯"), _cost("罗斯俄", "俄罗斯")
    (0.0, 1.0, None)
    >>> _cost("莫斯利", "莫斯科")
    10.666666666666666
    """
    wrong = [i for i in range(len(word)) if typed[i] != word[i]]
    if len(wrong) == 2:
        first, second = wrong
        swapped = second == first + 1 and typed[first] == word[second] and typed[second] == word[first]
        return _SWAPPED if swapped else None
    if len(wrong) != 1:
        return None
    sound = None if word.isascii() else _sound_cost(typed, word)
    if sound is not None:
        return sound
    alike = _SHAPE.get(word[wrong[0]], word[wrong[0]])
    return _ALIKE if alike == _SHAPE.get(typed[wrong[0]]) else _by_length(_WRONG, word)


def _by_length(cost: tuple[float, float], text: str) -> float:
    return cost[0] + cost[1] / len(text)


def _sound_cost(typed: str, word: str) -> float | None:
    """Return the cost of `typed` for a word of the same or a similar sound, None for another sound."""
    wrong = sum(a != b for a, b in zip(typed, word, strict=True))
    typed_readings, word_readings = readings(typed), readings(word)
    if set(typed_readings) & set(word_readings):
        return _SAME_SOUND + _FURTHER * (wrong - 1)
    if set(map(_blurred, typed_readings)) & set(map(_blurred, word_readings)):
        return _NEAR_SOUND + _FURTHER * (wrong - 1)
    return None


def _blurred(reading: Reading) -> str:
    return " ".join(map(blur, reading))


def spelling(text: str) -> str:
    """Return the pinyin of a text in pinyin, or in Han characters and pinyin; "" for Han characters alone.

    >>> spelling("e luo si"), spelling("俄luosi"), spelling("俄罗斯")
    ('eluosi', 'eluosi', '')
    """
    if typed := letters(text):
        return typed
    if not any("a" <= char <= "z" for char in text):
        return ""
    return letters("".join(readings(text)[0]))
