"""The matter of a figure: which event its sentence names, since when it counts, and for which moment.

Two figures can contradict each other only if they count the same matter. What a sentence leaves open counts
as different wherever the event is of a kind that recurs: one raid is not the whole war.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from search.analysis.fold import fold
from search.figures.figure import Figure
from search.figures.words import KIND_OF, VERB

__all__ = ["Matter", "Moment", "comparison_key", "matter_of", "moment_of", "place_key", "same_matter"]

_EVENTS: Final = {
    "地震": "地震|强震|余震|海啸",
    "水灾": "洪水|洪灾|洪涝|山洪|暴雨|降雨|台风|飓风|风暴|气旋|龙卷风",
    "滑坡": "滑坡|泥石流|雪崩",
    "雪灾": "暴雪|降雪|大雪|雪灾|寒潮|寒流",
    "高温": "高温|热浪",
    "饥荒": "饥荒|饥饿|营养不良",
    "新冠": "新冠|新型冠状",
    "霍乱": "霍乱",
    "麻疹": "麻疹",
    "流感": "流感",
    "埃博拉": "埃博拉",
    "猴痘": "猴痘",
    "登革热": "登革热",
    "火灾": "火灾|大火|山火|林火|起火|失火",
    "爆炸": "爆炸",
    "坍塌": "坍塌|倒塌|垮塌|塌方",
    "交通事故": "车祸|相撞|脱轨|翻车|追尾|交通事故",
    "空难": "坠毁|坠机|空难",
    "沉船": "沉没|翻船|沉船|倾覆|翻沉",
    "踩踏": "踩踏",
    "矿难": "矿难|透水|瓦斯",
    "枪击": "枪击|持刀|刺伤",
    "骚乱": "骚乱|暴乱|示威|抗议",
    "战事": "空袭|袭击|遭袭|轰炸|炮击|打击|导弹|军事行动|交火|冲突|战争|战斗|攻势",
}
_EVENT: Final = re.compile("|".join(f"(?P<e{i}>{words})" for i, words in enumerate(_EVENTS.values())))
_EVENT_NAMES: Final = tuple(_EVENTS)
_EPIDEMICS: Final = frozenset({"新冠", "霍乱", "麻疹", "流感", "埃博拉", "猴痘", "登革热", "疫情"})
#: Events that have one count at a place for days; all others recur.
_LASTING: Final = _EPIDEMICS | {"地震", "水灾", "滑坡", "雪灾", "高温", "饥荒"}
#: Names of towns: an event that recurs in a country seldom recurs there within days.
_TOWN: Final = re.compile("[市县镇区]$")
#: Since when a total counts: 自3月2日以来, 本轮冲突, 今年上半年.
_SINCE: Final = re.compile(
    r"(?P<start>(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日)?|\d{1,2}日|[去今]年)[^,、\d]{0,24}(?:以来|至今|迄今)"
    r"|(?P<round>[本新此这]一?轮)|(?P<part>[去今]年|[上下]半年|近?半年|[本上]周|一周|[本上]月)"
)
_DAY: Final = re.compile(r"(?<!\d)(?P<day>\d{1,2})日")
#: After a day: the day of the report, not of the event.
_REPORTED: Final = re.compile(
    r"[上下]午|[早晚]间?(?:发布|公布|称|说|表示|通报)|(?:发布|公布|称|说|表示|通报|宣布|报道|电|讯|消息|发表|证实|确认|报告|统计|数据|更新|援引"
    r"|的(?:数据|消息|通报|统计|报告|报道|声明))|\d{1,2}[时点:]|\d{1,2}[-—–至]"
)
_NOT_EVENT: Final = re.compile(r"(?:截[至止]|自|从|到|至)[^,、\d]{0,8}(?:\d{4}年)?(?:\d{1,2}月)?$")
#: The part of a place, a group or a whole that a clause counts: 马德里大区, 巴方, 密切接触者中.
_PART: Final = re.compile(
    "大区|[^联]邦|控制区|医院|监狱|学校|大学|公司|邮轮|号|密切接触|接触者|聚集|出院|境外|境内|国内|国外|输入"
    r"|仅|[\u4e00-\u9fff]方(?=(?:已|共|有|累计)*(?:死|伤|遇|失|人|\d))"
)
_EXCEPT: Final = re.compile("除[^,、]{1,8}外")
_CLAUSE_END: Final = re.compile("(?<!其中)[,、:]")
_ASIDE: Final = re.compile(r"\([^()]*\)")
#: Words that distinguish two events of one kind: 东部, 7.8级.
_DETAIL: Final = re.compile(r"[东南西北中]{1,2}部|(?<![\d.])\d{1,2}(?:\.\d)?级")
_CUTOFF: Final = re.compile(
    r"截[至止](?:到|于)?(?P<clock>[^\d,、今昨]{0,10})(?:(?P<relative>[今昨])[天日]|(?:\d{4}年)?(?:(?P<month>\d{1,2})月)?"
    r"(?P<day>\d{1,2})日)?(?P<half>上午|下午|早上?|晚上?|凌晨|中午)?(?:(?P<hour>\d{1,2})[时点:](?P<minute>\d{1,2})?)?"
)
#: 9日12-24时: new cases of a span; a total next to them is that of its end.
_SPAN: Final = re.compile(
    r"(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?P<start>\d{1,2})[时点]?[-—–至~](?P<hour>\d{1,2})[时点]"
)
#: Hours between the earliest and the latest zone and UTC.
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
_DAY_LENGTH: Final = timedelta(days=1)
#: Optional final characters of a place name: 湖北省, 湖北.
_ENDINGS: Final = "省市"


@dataclass(frozen=True, slots=True)
class Moment:
    """For which moment a figure holds, as an interval; `stated` is the cut-off or span in the text, or ""."""

    earliest: datetime
    latest: datetime
    stated: str = ""

    @property
    def exact(self) -> bool:
        """Whether the interval is a point."""
        return self.earliest == self.latest


@dataclass(frozen=True, slots=True)
class Matter:
    """What the sentence of a figure states about its event; what it leaves open is empty.

    `town` is whether the place of the figure is a town or smaller.
    """

    events: frozenset[str]
    since: frozenset[str]
    days: frozenset[int]
    parts: frozenset[str]
    details: frozenset[str]
    town: bool

    @property
    def lasting(self) -> bool:
        """Whether the event has one count for days, such as an earthquake or an epidemic."""
        return bool(self.events & _LASTING)


def place_key(figure: Figure) -> str:
    """Return the place without 省 or 市."""
    return figure.place.rstrip(_ENDINGS) or figure.place


def comparison_key(figure: Figure) -> tuple[str, ...]:
    """Return the key that is equal for two figures that may be compared."""
    return (
        figure.kind,
        figure.scope,
        place_key(figure),
        figure.stream,
        "户" if figure.unit == "户" else "",
        "无症状" if "无症状" in figure.term else "",
    )


def matter_of(figure: Figure, headline: str, sentence: str, end: int) -> Matter:
    """Return the matter of a figure that ends at character `end` of its sentence."""
    whole, head = _plain(sentence), _plain(sentence[:end])
    start = max((match.end() for match in _CLAUSE_END.finditer(head)), default=0)
    return Matter(
        events=_events(whole) or _events(_plain(headline)) or _unnamed(figure),
        since=frozenset(filter(None, map(_since, _SINCE.finditer(head)))),
        days=frozenset(_event_days(whole)),
        parts=frozenset(
            (*_PART.findall(head, start), *_EXCEPT.findall(head), *_of_whole(figure, head, start))
        ),
        details=frozenset(_DETAIL.findall(whole)),
        town=_TOWN.search(figure.place) is not None,
    )


def _plain(text: str) -> str:
    """Return folded text without blanks and brackets: 今天（9月21日）称 becomes 今天称."""
    return _ASIDE.sub("", fold(text).text.replace(" ", ""))


def _of_whole(figure: Figure, head: str, start: int) -> Iterator[str]:
    """Yield 其中 for a part; in 确诊9例,其中死亡2例 it introduces the number of all deaths."""
    if "其中" in head[start:]:
        words = [KIND_OF.get(word[0]) for word in VERB.finditer(head, 0, start)]
        if figure.kind != "死亡" or words[-1:] != ["感染"]:
            yield "其中"


def _events(text: str) -> frozenset[str]:
    return frozenset(
        _EVENT_NAMES[match.lastindex - 1] for match in _EVENT.finditer(text) if match.lastindex is not None
    )


def _unnamed(figure: Figure) -> frozenset[str]:
    return frozenset({"疫情"} if figure.kind == "感染" or figure.unit == "例" else ())


def _since(match: re.Match[str]) -> str:
    return match["start"] or ("本轮" if match["round"] else match["part"])


def _event_days(text: str) -> Iterator[int]:
    """Yield the days of an event, without those of its report and those that bound a period."""
    for match in _DAY.finditer(text):
        before = text[max(0, match.start() - 20) : match.start()]
        if not _REPORTED.match(text, match.end()) and not _NOT_EVENT.search(before):
            yield int(match["day"])


def same_matter(one: Matter, other: Matter) -> bool:
    """Return whether two figures of one kind and place count the same people of one event."""
    if one.parts != other.parts or not _agree(one.since, other.since):
        return False
    if _differ(one.days, other.days) or _differ(one.details, other.details):
        return False
    if not _same_event(one.events, other.events):
        return False
    if one.lasting and other.lasting:
        return True
    dated = bool(one.days & other.days or one.since & other.since)
    return dated or (one.town and other.town and "战事" not in one.events & other.events)


def _same_event(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two figures name the same event; an unnamed epidemic is that of the other figure."""
    return _agree(one, other) or ("疫情" in one | other and one | other <= _EPIDEMICS)


def _agree(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other) or not (one or other)


def _differ(one: frozenset[object], other: frozenset[object]) -> bool:
    return bool(one and other) and not one & other


def moment_of(figure: Figure, sentence: str, end: int) -> Moment:
    """Return the moment that a figure holds for: the cut-off of its sentence, otherwise its time."""
    assert figure.time  # figures without a time are not compared
    stated = None
    if "时" in sentence or "截" in sentence:
        stated = _stated_moment(_plain(sentence[:end]), figure.time)
    return stated or _time_of(figure.time)


def _time_of(time: datetime) -> Moment:
    """Return the moment of a time; midnight stands for a day without a time."""
    dated = time.time() == time.time().min
    return Moment(time, time + _DAY_LENGTH if dated else time)


def _stated_moment(text: str, time: datetime) -> Moment | None:
    """Return the last cut-off or span of a text."""
    match = _last(_SPAN, text) or _last(_CUTOFF, text)
    day = _day(match, time) if match else None
    if match is None or day is None:
        return None
    fields = match.groupdict()
    clock = fields.get("clock") or ""
    if not fields["hour"]:
        return Moment(day, day + _DAY_LENGTH, f"{day:%m-%d}") if match["day"] else None
    hours = int(fields["hour"])
    hours += 12 * (hours < 12 and fields.get("half") in ("下午", "晚", "晚上"))
    end = day + timedelta(hours=hours, minutes=int(fields.get("minute") or 0))
    stated = f"{fields.get('start') or ''}~{end:%m-%dT%H:%M} {clock}"
    if "时间" in clock and "北京" not in clock:
        offset = time.utcoffset() or timedelta()
        return Moment(end - _EAST + offset, end + _WEST + offset, stated)
    return Moment(end, end, stated)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return max(pattern.finditer(text), key=lambda match: match.start(), default=None)


def _day(match: re.Match[str], time: datetime) -> datetime | None:
    """Return midnight of the day in a match, the latest that is not after the day of the entry."""
    fields = match.groupdict()
    today = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if fields.get("relative"):
        return today - _DAY_LENGTH * (fields["relative"] == "昨")
    if not fields["day"]:
        return None
    month = int(fields["month"] or today.month)
    try:
        day = today.replace(month=month, day=int(fields["day"]))
        if day <= today + _DAY_LENGTH:
            return day
        return day.replace(year=day.year - 1) if fields["month"] else day.replace(month=(month - 2) % 12 + 1)
    except ValueError:
        return None
