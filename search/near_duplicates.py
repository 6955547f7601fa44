"""Near-copies: entries that say the same once more, as rolling reports do when one agency repeats another.

Two entries are near-copies when nearly all of their text is the same, row by row, *and* the facts that a
short report turns on agree exactly: numbers with what they count, negations, names of places and people.
新增 5 例 and 新增 7 例 are never copies, however long the rest. Where this is in doubt, they are not copies.

Texts are compared as characters, folded and without blanks and marks: there is no time for more, as a hundred
entries are compared while a page waits. The facts go first: they are quickly told, most entries differ in
them, and a number stands for those of an entry as long as it is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from math import ceil
from typing import Final, Literal, get_args

from search.analysis import Analyzer
from search.deadline import check
from search.entry import Entry
from search.results import DuplicateOf

__all__ = [
    "MIN_JACCARD",
    "DuplicateGroup",
    "FactCache",
    "Fingerprint",
    "are_duplicates",
    "copies_of",
    "fold_copies",
]

#: So much of the rows of two texts together must be in both (Jaccard's coefficient).
MIN_JACCARD: Final = 0.8
_ROW: Final = 4
#: What two near-copies must agree in, what is told quickest first.
Fact = Literal["figures", "numbers", "names"]
_FACTS: Final[tuple[Fact, ...]] = get_args(Fact)
#: Of so many entries each fact is remembered, as a number: about 10 MB in all.
_REMEMBERED: Final = 50_000
_MARKS: Final = re.compile(r"[\W_]+")
_DIGITS: Final = re.compile(r"\d+(?:,\d{3})*(?:[.:]\d+)*")
#: A number with the character after it: 5例, 7级, 23日.
_NUMBER: Final = re.compile(r"(?:\d+(?:,\d{3})*(?:[.:]\d+)*%?|[〇零一二两三四五六七八九十百千万亿]+)[^\W\d]?")
#: Characters that transcribe foreign names; three in a row are nearly always one.
_SOUNDS: Final = (
    "阿埃艾爱安昂奥巴拜班邦保鲍贝本比彼宾波勃博伯布查茨达戴丹道德登迪蒂丁顿多恩尔法范菲费芬弗夫福盖"
    "甘戈格贡古哈海汉赫亨华霍基吉季加贾杰金卡凯坎康考科克肯库夸拉莱赖兰劳勒雷黎里利莉连列林隆鲁路伦罗洛"
    "吕马麦曼芒梅门蒙米密明莫默姆穆拿娜纳乃奈南内尼涅宁纽诺努欧帕潘佩皮平珀普齐奇契恰乔切钦丘热日瑞若萨塞"
    "赛桑森沙山舍什圣施史舒顺司斯索苏塔泰坦汤特滕提图托陀瓦万旺威维韦魏温文沃乌武西希锡夏香肖谢辛休许雅亚"
    "延扬耶叶伊因英尤于约扎泽詹哲芝治朱兹佐"
)
_PLACES: Final = """
    北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东
    海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 武汉 广州 深圳 南京
    杭州 成都 西安 沈阳 长春 哈尔滨 大连 青岛 济南 郑州 长沙 合肥 南昌 福州 厦门 南宁 海口 昆明 贵阳
    拉萨 兰州 西宁 银川 石家庄 太原 呼和浩特 台北 高雄 中国 美国 俄罗斯 英国 法国 德国 日本 韩国 朝鲜
    印度 泰国 越南 缅甸 乌克兰 波兰 土耳其 伊朗 伊拉克 以色列 叙利亚 约旦 埃及 南非 巴西 智利 秘鲁
    古巴 荷兰 瑞士 瑞典 挪威 芬兰 丹麦 希腊 捷克 匈牙利 哈萨克 蒙古 纽约 伦敦 巴黎 柏林 东京 首尔
    基辅 莫斯科 华盛顿 布鲁塞尔 日内瓦 欧盟 北约 东部 西部 南部 北部 中部 东北 东南 西北 西南
""".split()  # noqa: SIM905  (a list of a hundred quoted words is hard to read)
#: Media that report, not offices that decree: the health office of a province is part of what is said.
_MEDIA: Final = re.compile("(?:社|报|网|台|刊|媒体?)$|通讯|电视|新闻")
_NAMES: Final = re.compile(
    f"[{_SOUNDS}]{{3,}}|{'|'.join(_PLACES)}|[\u4e00-\u9fff]{{2}}[省市县州镇村区岛国]|[a-z]{{2,}}|[不无未没非否]"
)


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Near-copies among some entries, by their places: the earliest, to be shown, and the others by time."""

    shown: int
    copies: tuple[int, ...] = ()


class Fingerprint:
    """The text of an entry as it is compared; each view of it is made when first asked for."""

    def __init__(self, entry: Entry, analyzer: Analyzer) -> None:
        self.entry = entry
        self._analyzer = analyzer

    @cached_property
    def figures(self) -> frozenset[str]:
        """The numbers in digits, as quickly as can be told: near-copies have the same."""
        found = _DIGITS.findall(f"{self.entry.headline}\n{self.entry.body}")
        return frozenset(one.replace(",", "") if one.isascii() else self._analyzer.fold(one) for one in found)

    @cached_property
    def folded(self) -> tuple[str, str]:
        """Headline and body without blanks and without the media credited: who says it does not matter."""
        headline, body = map(self._analyzer.fold, (self.entry.headline, self.entry.body))
        for agency in filter(_MEDIA.search, self.entry.agencies):
            name = self._analyzer.fold(agency)
            headline, body = headline.replace(name, ""), body.replace(name, "")
        return headline, body

    @cached_property
    def numbers(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """The numbers, in digits or Han, each with what it counts; and those of the body in order.

        In order, as 5人死亡7人受伤 is not 7人死亡5人受伤; a headline may well say it the other way round.
        """
        headline, body = (tuple(x.replace(",", "") for x in _NUMBER.findall(text)) for text in self.folded)
        return frozenset(headline + body), body

    @cached_property
    def names(self) -> frozenset[str]:
        """What looks like a name of a place or a person, and words that deny."""
        return frozenset(_NAMES.findall("\n".join(self.folded)))

    @cached_property
    def rows(self) -> frozenset[str]:
        """Every four characters in a row; a shorter text is one row."""
        text = _MARKS.sub("", "".join(self.folded))
        return frozenset([text[i : i + _ROW] for i in range(max(1, len(text) - _ROW + 1))])

    @cached_property
    def sample(self) -> frozenset[str]:
        """More rows than a near-copy may lack, so that a text without any of them is none."""
        return frozenset(islice(self.rows, len(self.rows) - ceil(len(self.rows) * MIN_JACCARD) + 1))


def are_duplicates(one: Fingerprint, other: Fingerprint) -> bool:
    """Return whether two entries are near-copies."""
    return (
        one.figures == other.figures
        and one.numbers == other.numbers
        and _alike(one, other)
        and one.names == other.names
    )


def _alike(one: Fingerprint, other: Fingerprint) -> bool:
    few, many = sorted((len(one.rows), len(other.rows)))
    if few < MIN_JACCARD * many or one.sample.isdisjoint(other.rows):
        return False
    both = len(one.rows & other.rows)
    return both >= MIN_JACCARD * (few + many - both)


class FactCache:
    """Remembers hashes of what entries say, so that the next page tells at once which cannot be near-copies.

    Safe to share between threads.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer
        self._known: dict[Fact, dict[int, int]] = {fact: {} for fact in _FACTS}

    def hash(self, fact: Fact, entry: Entry, key: int) -> int:
        """Return a hash of one fact of an entry, worked out when first asked for; `key` is `_key(entry)`."""
        known = self._known[fact]
        found = known.get(key)
        if found is None:
            if len(known) >= _REMEMBERED:
                for old in list(known)[: _REMEMBERED // 2]:
                    known.pop(old, None)
            check()
            found = known[key] = hash(getattr(Fingerprint(entry, self.analyzer), fact))
        return found


def _key(entry: Entry) -> int:
    """Return a hash of all that is compared."""
    return hash((entry.headline, entry.body, entry.agencies))


def fold_copies(entries: Sequence[Entry], kinds: Sequence[bool], seen: FactCache) -> list[DuplicateGroup]:
    """Put near-copies of one kind together, every entry into exactly one group, in order of `shown`'s place.

    Each copy is a near-copy of the entry shown, the earliest of them; one without a time comes last.
    """
    keys = [_key(entry) for entry in entries]
    parts = _divided(range(len(entries)), kinds.__getitem__)
    for fact in _FACTS:
        # Near-copies have the same facts, so those that differ in one need no comparison.
        told = partial(_told, seen, fact, entries, keys)
        parts = [few for some in parts for few in _divided(some, told)]
    groups = [group for some in parts for group in _grouped(some, entries, seen.analyzer)]
    return sorted(groups, key=lambda group: group.shown)


def _told(seen: FactCache, fact: Fact, entries: Sequence[Entry], keys: Sequence[int], place: int) -> int:
    return seen.hash(fact, entries[place], keys[place])


def _divided(places: Sequence[int], key: Callable[[int], Hashable]) -> list[list[int]]:
    """Put the places with equal keys together; one alone is not asked for its key."""
    if len(places) == 1:
        return [[places[0]]]
    parts: dict[Hashable, list[int]] = {}
    for place in places:
        parts.setdefault(key(place), []).append(place)
    return list(parts.values())


def _grouped(places: list[int], entries: Sequence[Entry], analyzer: Analyzer) -> Iterator[DuplicateGroup]:
    """Yield the groups of entries of which any two may be near-copies."""
    if len(places) == 1:
        yield DuplicateGroup(places[0])
        return
    texts = {place: Fingerprint(entries[place], analyzer) for place in places}
    groups: dict[int, list[int]] = {}
    for place in sorted(places, key=lambda place: _age(entries[place], place)):
        check()
        shown = next((shown for shown in groups if are_duplicates(texts[place], texts[shown])), place)
        groups.setdefault(shown, []).extend([place] if shown != place else [])
    yield from (DuplicateGroup(shown, tuple(copies)) for shown, copies in groups.items())


def _age(entry: Entry, place: int) -> tuple[bool, float, str, int]:
    return entry.time is None, entry.time.timestamp() if entry.time else 0.0, entry.id, place


def copies_of(shown: Entry, others: Sequence[Entry]) -> Iterator[DuplicateOf]:
    """Yield the near-copies of an entry with their delays."""
    for other in others:
        known = shown.time is not None and other.time is not None
        delay = (other.time - shown.time).total_seconds() if known else None  # type: ignore[operator]
        yield DuplicateOf(other.id, other.time, delay, other.agencies)
