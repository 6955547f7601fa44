"""Near-duplicates: entries with the same text, such as a report that several agencies carry.

Two entries are near-duplicates when nearly all four-character shingles of their texts are the same, *and*
their facts agree exactly: numbers with what they count, negations, names of places and people. 新增 5 例 and
新增 7 例 are never duplicates, however long the rest. In doubt, entries are not duplicates.

Texts are compared as folded characters without blanks and punctuation: up to a hundred entries are compared
while a page waits. Facts are compared first; they are cheap, most entries differ in them, and their hashes
are cached.
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

#: Minimum Jaccard coefficient of the shingles of two near-duplicates.
MIN_JACCARD: Final = 0.8
#: Length of a shingle, in characters.
_SHINGLE_LENGTH: Final = 4
#: The facts in which near-duplicates agree, cheapest first.
Fact = Literal["figures", "numbers", "names"]
_FACTS: Final[tuple[Fact, ...]] = get_args(Fact)
#: Entries for which the hash of each fact is cached: about 10 MB in all.
_CACHED_ENTRIES: Final = 50_000
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_DIGITS: Final = re.compile(r"\d+(?:,\d{3})*(?:[.:]\d+)*")
#: A number with the character that follows: 5例, 7级, 23日.
_NUMBER: Final = re.compile(r"(?:\d+(?:,\d{3})*(?:[.:]\d+)*%?|[〇零一二两三四五六七八九十百千万亿]+)[^\W\d]?")
#: Characters that transcribe foreign names; three in sequence nearly always form one.
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
#: Names of media. Other agencies, such as a health office, are part of the facts.
_MEDIA: Final = re.compile("(?:社|报|网|台|刊|媒体?)$|通讯|电视|新闻")
_NAMES: Final = re.compile(
    f"[{_SOUNDS}]{{3,}}|{'|'.join(_PLACES)}|[\u4e00-\u9fff]{{2}}[省市县州镇村区岛国]|[a-z]{{2,}}|[不无未没非否]"
)


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Near-duplicates, as indexes into a list of entries: the earliest, and the others by time."""

    shown: int
    copies: tuple[int, ...] = ()


class Fingerprint:
    """The features of an entry that are compared, each computed at first use."""

    def __init__(self, entry: Entry, analyzer: Analyzer) -> None:
        self.entry = entry
        self._analyzer = analyzer

    @cached_property
    def figures(self) -> frozenset[str]:
        """The numbers in digits, without their units."""
        numbers = _DIGITS.findall(f"{self.entry.headline}\n{self.entry.body}")
        return frozenset(x.replace(",", "") if x.isascii() else self._analyzer.fold(x) for x in numbers)

    @cached_property
    def folded(self) -> tuple[str, str]:
        """Headline and body, folded, without the names of the credited media."""
        headline, body = map(self._analyzer.fold, (self.entry.headline, self.entry.body))
        for agency in filter(_MEDIA.search, self.entry.agencies):
            name = self._analyzer.fold(agency)
            headline, body = headline.replace(name, ""), body.replace(name, "")
        return headline, body

    @cached_property
    def numbers(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """The set of numbers, in digits or Han, each with its unit; and those of the body in order.

        The order distinguishes 5人死亡7人受伤 from 7人死亡5人受伤; that of a headline may differ.
        """
        headline, body = (tuple(x.replace(",", "") for x in _NUMBER.findall(text)) for text in self.folded)
        return frozenset(headline + body), body

    @cached_property
    def names(self) -> frozenset[str]:
        """Probable names of places and people, and negations."""
        return frozenset(_NAMES.findall("\n".join(self.folded)))

    @cached_property
    def shingles(self) -> frozenset[str]:
        """All substrings of four characters; a shorter text is one shingle."""
        text = _PUNCTUATION.sub("", "".join(self.folded))
        count = max(1, len(text) - _SHINGLE_LENGTH + 1)
        return frozenset([text[i : i + _SHINGLE_LENGTH] for i in range(count)])

    @cached_property
    def sample(self) -> frozenset[str]:
        """One more shingle than a near-duplicate may lack: a text without any of them is none."""
        count = len(self.shingles)
        return frozenset(islice(self.shingles, count - ceil(count * MIN_JACCARD) + 1))


def are_duplicates(one: Fingerprint, other: Fingerprint) -> bool:
    """Return whether two entries are near-duplicates."""
    return (
        one.figures == other.figures
        and one.numbers == other.numbers
        and _similar_texts(one, other)
        and one.names == other.names
    )


def _similar_texts(one: Fingerprint, other: Fingerprint) -> bool:
    smaller, larger = sorted((len(one.shingles), len(other.shingles)))
    if smaller < MIN_JACCARD * larger or one.sample.isdisjoint(other.shingles):
        return False
    common = len(one.shingles & other.shingles)
    return common >= MIN_JACCARD * (smaller + larger - common)


class FactCache:
    """Caches hashes of the facts of entries. Safe to share between threads."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer
        self._hashes: dict[Fact, dict[int, int]] = {fact: {} for fact in _FACTS}

    def hash(self, fact: Fact, entry: Entry, key: int) -> int:
        """Return the hash of one fact of an entry; `key` is `_key(entry)`."""
        hashes = self._hashes[fact]
        value = hashes.get(key)
        if value is None:
            if len(hashes) >= _CACHED_ENTRIES:
                for old in list(hashes)[: _CACHED_ENTRIES // 2]:
                    hashes.pop(old, None)
            check()
            value = hashes[key] = hash(getattr(Fingerprint(entry, self.analyzer), fact))
        return value


def _key(entry: Entry) -> int:
    """Return a hash of the compared fields."""
    return hash((entry.headline, entry.body, entry.agencies))


def fold_copies(entries: Sequence[Entry], kinds: Sequence[bool], facts: FactCache) -> list[DuplicateGroup]:
    """Group near-duplicates of one kind; every entry is in exactly one group. Groups are sorted by `shown`.

    Each copy is a near-duplicate of the entry shown, which is the earliest; entries without a time are last.
    """
    keys = [_key(entry) for entry in entries]

    def fact_hash(fact: Fact, index: int) -> int:
        return facts.hash(fact, entries[index], keys[index])

    parts = _partition(range(len(entries)), kinds.__getitem__)
    for fact in _FACTS:
        # Near-duplicates agree in every fact, so entries that differ in one are never compared.
        parts = [part for larger in parts for part in _partition(larger, partial(fact_hash, fact))]
    groups = [group for part in parts for group in _group(part, entries, facts.analyzer)]
    return sorted(groups, key=lambda group: group.shown)


def _partition(indexes: Sequence[int], key: Callable[[int], Hashable]) -> list[list[int]]:
    """Divide indexes by key; the key of a single one is not computed."""
    if len(indexes) == 1:
        return [[indexes[0]]]
    parts: dict[Hashable, list[int]] = {}
    for index in indexes:
        parts.setdefault(key(index), []).append(index)
    return list(parts.values())


def _group(indexes: list[int], entries: Sequence[Entry], analyzer: Analyzer) -> Iterator[DuplicateGroup]:
    """Yield the groups of entries whose facts agree."""
    if len(indexes) == 1:
        yield DuplicateGroup(indexes[0])
        return
    fingerprints = {index: Fingerprint(entries[index], analyzer) for index in indexes}
    groups: dict[int, list[int]] = {}
    for index in sorted(indexes, key=lambda index: _age(entries[index], index)):
        check()
        matching = (k for k in groups if are_duplicates(fingerprints[index], fingerprints[k]))
        shown = next(matching, index)
        groups.setdefault(shown, []).extend([index] if shown != index else [])
    yield from (DuplicateGroup(shown, tuple(copies)) for shown, copies in groups.items())


def _age(entry: Entry, index: int) -> tuple[bool, float, str, int]:
    return entry.time is None, entry.time.timestamp() if entry.time else 0.0, entry.id, index


def copies_of(shown: Entry, others: Sequence[Entry]) -> Iterator[DuplicateOf]:
    """Yield the near-duplicates of an entry with their delays."""
    for other in others:
        delay = (other.time - shown.time).total_seconds() if shown.time and other.time else None
        yield DuplicateOf(other.id, other.time, delay, other.agencies)
