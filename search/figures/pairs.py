"""Pairs of a number and a word in one clause; an ambiguous clause has none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from search.figures.counts import Count, counts, number
from search.figures.figure import Kind
from search.figures.words import (
    ACTIVE,
    AFTER_EVENT,
    BLOCKED_CLAUSE,
    BLOCKED_GAP,
    DEVELOPED,
    KIND_OF,
    LINK,
    VERB,
)

__all__ = ["Pair", "pairs"]

#: Characters between a number and its word.
_MAX_GAP_CHARACTERS: Final = 24
_AND: Final = "(?:和|及|以及|与|并|并有|另|另有|还有|且|而|同时|累计|新增|其中)?"
#: The text between a figure and the next count.
_BETWEEN: Final = re.compile(
    f"{AFTER_EVENT.pattern}{_AND}(?:[^\\d和及与或]{{0,6}}?(?:造成|导致|致|累计|新增|有))?"
)
_CASES: Final = re.compile("(?:病例|患者|者)?")
_REPORTED: Final = re.compile("新增|累计|报告|通报|发现|确认|出现|共|增加|再添|已有")
_PASSIVE: Final = re.compile("[被遭]")
#: 3800名群众已全部安全转移, 300人被疏散: the number counts evacuated people, not those who evacuate others.
_MOVED: Final = re.compile(r"\A.*(?:已|被|全部|安全|紧急|成功|全|均)[^\u4e00-\u9fff]*$|^$")
_WHERE_TO: Final = re.compile("(?:至|到|往|出|离|避险|安置|安全|避难|下山|上岸|回国|返回|了?$|完毕|家园)")
_RELATIVE: Final = re.compile(
    r"\A(?:来自|在|从).*的(?:[^的]{0,4})(?:游客|居民|人员|学生|儿童|男子|女子|工人|士兵|公民|平民|乘客|司机|记者|人)"
)
_SHORT: Final = re.compile(
    r"(?P<dead>(?<!\d)\d+|(?<![一二三四五六七八九十])[一二三四五六七八九十]+)人?死(?P<hurt>\d+|[一二三四五六七八九十]+)人?伤(?![者员亡])"
)
_TROOPS: Final = re.compile("军人|士兵|部队|官兵|军队|[\u4e00-\u9fff]军")
_PATIENTS: Final = re.compile("伤员|伤者|患者|病人|遗体")


@dataclass(frozen=True, slots=True)
class Pair:
    """A count and a word at characters [start, end) of a clause; `since` is the end of the previous pair.

    `counted` is whether the word names a number (死亡人数), `forward` whether the count precedes the word.
    """

    kind: Kind
    term: str
    count: Count
    start: int
    end: int
    since: int
    who: str = ""
    counted: bool = False
    forward: bool = True


def pairs(clause: str) -> Iterator[Pair]:
    """Yield the pairs of a clause in order."""
    words = list(VERB.finditer(clause))
    if not words and "死" not in clause:
        return  # cheaper than the tests below, which most clauses need not take
    if BLOCKED_CLAUSE.search(clause):
        return
    if short := _SHORT.search(clause):
        yield from _short(short)
        return
    numbers = counts(clause)
    if not numbers or not words:
        return
    if numbers[0].start < words[0].start():
        yield from _numbers_first(clause, numbers, words)
    else:
        yield from _words_first(clause, numbers, words)


def _short(match: re.Match[str]) -> Iterator[Pair]:
    """Read 3死5伤."""
    kinds: tuple[tuple[str, Kind, str], ...] = (("dead", "死亡", "死"), ("hurt", "受伤", "伤"))
    for name, kind, term in kinds:
        start, end = match.span(name)
        value = number(match[name])
        if value is not None:
            yield Pair(kind, term, Count(start, end, "人", value), start, match.end(), match.start())


def _numbers_first(clause: str, numbers: Sequence[Count], words: Sequence[re.Match[str]]) -> Iterator[Pair]:
    """Yield pairs of 5人死亡34人受伤: each word has its own number directly before it."""
    since = 0
    for i, word in enumerate(words):
        end = words[i + 1].start() if i + 1 < len(words) else len(clause)
        preceding = [n for n in numbers if since <= n.start and n.end <= word.start()]
        following = [n for n in numbers if word.end() <= n.start < end]
        if not preceding:
            return  # a word without a number makes all later pairs doubtful
        count = preceding[-1]
        if i and words[i - 1][0] in ACTIVE and count.start - since <= 1:
            return  # 枪杀另一名青少年被捕: the number counts the killed
        rest = clause[word.end() : following[0].start if following else len(clause)]
        if following and i + 1 == len(words):
            return  # 5人死亡3人: the second number has no word
        if people := _counted_people(clause, count, word, rest, bool(following)):
            who, end = people
            who = who if count.unit in "名位" else ""
            yield Pair(KIND_OF[word[0]], word[0], count, count.start, end, since, who)
        since = word.end()


def _counted_people(
    clause: str, count: Count, word: re.Match[str], rest: str, more: bool
) -> tuple[str, int] | None:
    """Return the people that a number before a word counts and the end of the pair, None if doubtful."""
    kind, gap = KIND_OF.get(word[0]), clause[count.end : word.start()].strip()
    if kind is None or count.value is None or not _fits(kind, count.unit):
        return None
    if (
        len(gap) > _MAX_GAP_CHARACTERS
        or BLOCKED_GAP.search(gap)
        or ("的" in gap and not _RELATIVE.match(gap))
    ):
        return None
    if word[0] in ACTIVE and not _PASSIVE.search(gap):
        return None
    end = word.end()
    rest = rest.strip()
    if kind == "撤离":
        return (_who(gap), end) if _is_moved(clause, count, gap, rest) else None
    if kind in ("感染", "死亡") and count.unit in "例名人":
        cases = _CASES.match(rest)
        if cases and cases[0]:
            if not _REPORTED.search(clause[: count.start]):
                return None
            end, rest = end + len(cases[0]), rest[cases.end() :]
    if word[0].endswith("者") or not (_BETWEEN if more else AFTER_EVENT).fullmatch(rest):
        return None
    return _who(gap), end


def _is_moved(clause: str, count: Count, gap: str, rest: str) -> bool:
    if _TROOPS.search(clause[: count.end] + gap) or _PATIENTS.search(gap):
        return False
    moved = _MOVED.match(gap) or (
        re.fullmatch("[^从在]{0,8}(?:从|自)?.{0,8}", gap) and count.unit in "人名户"
    )
    return bool(moved) and bool(_WHERE_TO.match(rest) or not rest)


def _who(gap: str) -> str:
    """Return the people named after a number: 警察 of 8名警察在冲突中."""
    match = re.match(
        r"\A(?!确认|在|因|于|已|被|遭|从|均|全部|当场|不治|随后|先后|也|都|安全|不幸)[\u4e00-\u9fff]+?(?=在|因|于|已|被|遭|从|均|确认|全部|当场|不治|$)",
        gap,
    )
    return match[0] if match and len(match[0]) <= 12 else ""


def _words_first(clause: str, numbers: Sequence[Count], words: Sequence[re.Match[str]]) -> Iterator[Pair]:
    """Yield pairs of 死亡5人受伤34人: each number has its own word directly before it."""
    since = 0
    for i, word in enumerate(words):
        end = words[i + 1].start() if i + 1 < len(words) else len(clause)
        following = [n for n in numbers if word.end() <= n.start and n.end <= end]
        if len(following) == 2 and DEVELOPED.fullmatch(clause[following[0].end : following[1].start].strip()):
            following = following[1:] if clause[: following[0].start].endswith(("从", "由")) else []
        follows = i + 1 < len(words)
        if not following and follows and re.fullmatch("(?:人数)?[和及与或](?:者)?", clause[word.end() : end]):
            return  # 死亡和受伤人数: one number for both
        if (
            len(following) == 2
            and following[0].unit == "户" != following[1].unit
            and following[1].start - following[0].end <= 1
        ):
            # 转移212户706人
            if pair := _counted(clause, word, following[0], following[0].end, since, follows):
                yield pair
                yield replace(pair, count=following[1], start=following[1].start, end=following[1].end)
        elif len(following) == 1 and (pair := _counted(clause, word, following[0], end, since, follows)):
            yield pair
        if following:
            since = following[-1].end


def _counted(
    clause: str, word: re.Match[str], count: Count, end: int, since: int, follows: bool
) -> Pair | None:
    kind, between = KIND_OF.get(word[0]), clause[word.end() : count.start].replace(" ", "")
    developed = re.fullmatch(r"\A(?P<link>.*)[从由][^从由]*(?P<to>[升增][^升增]*)", between)
    link = developed["link"] + developed["to"] if developed else between
    if kind is None or count.value is None or not _fits(kind, count.unit) or not LINK.fullmatch(link):
        return None
    rest = clause[count.end : end]
    if not _ends(rest, count.unit, word[0], follows):
        return None
    kept = "数" in link or bool(re.search("[至到达]", link))
    who = "" if word[0] not in ACTIVE and kind != "撤离" else _who(rest.strip())
    return Pair(kind, word[0], count, word.start(), count.end, since, who, counted=kept, forward=False)


def _ends(rest: str, unit: str, word: str, follows: bool) -> bool:
    """Return whether the text after the number leaves it with the word before it."""
    rest = rest.strip()
    if follows:
        return re.fullmatch("(?:和|及|以及|并|另|其中)?(?:新增|累计|共|报告|有)*", rest) is not None
    if word in ACTIVE or KIND_OF[word] == "撤离":
        # 逮捕3名…者: the arrested people follow.
        return not BLOCKED_GAP.search(rest) and (
            unit == "名" or not rest or _WHERE_TO.match(rest) is not None
        )
    return re.fullmatch("(?:了|其中|含.*|包括.*)?", rest) is not None


def _fits(kind: Kind, unit: str) -> bool:
    if unit == "户":
        return kind == "撤离"
    if unit == "例":
        return kind in ("死亡", "感染")
    return unit != "具"
