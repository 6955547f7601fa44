"""Who says what a sentence reports: 加沙地带卫生部门8日称, 据甲社报道, 声明说.

Agencies are credited for an entry; a speaker is the source of one sentence. A person or a party that speaks
is a speaker without a name, so that its statement is never ascribed to an agency.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from search.readers.extraction.names import clean_name

__all__ = ["speaker_of"]

#: Verbs of speech after any subject.
_SAYS: Final = (
    "(?<![名简职堪对据自号俗统])称(?![为赞谓号呼])|(?<![小据传学演游])说(?![明法服唱])"
    "|表示|宣布|证实|指出|透露"
)
#: Words after the name of an agency, or of a source after 据.
_ISSUES: Final = "援引|通报|公布|发布|发表|报道|消息|数据|统计|报告|介绍|确认|显示"
_PHRASE: Final = re.compile(f"(?P<says>{_SAYS})|{_ISSUES}|(?P<pause>[,:])")
#: Characters before a verb that are searched for its subject.
_MAX_SUBJECT: Final = 60
#: Characters before the end of a text that are searched for its speaker, and for that of 声明说.
_MAX_SPEECH, _MAX_EARLIER = 400, 1_000
_CLAUSE_END: Final = re.compile(r"[,、:;。!?\s\"“”()]")
_ASIDE: Final = re.compile(r"\([^()]*\)")
_LEAD: Final = re.compile(
    "(?:[另又再但而]|此外|另外|同时|随后|其中|综合|目前|当地(?!时间)|稍早)*(?P<according>根据|据|按照|来自)?"
    r"(?:\d{1,4}[年月日时点分]|当地时间|北京时间|[上下]午|凌晨|晚间?)*"
)
#: Between a name and its verb: times, adverbs, the kind of publication.
_TAIL: Final = re.compile(
    r"(?:的|最新|正式|官方|联合|还|则|也|曾|于|在|进一步|再次|网站|社交媒体|实时|疫情|有关|相关|初步|声明|一份|新闻|公报"
    r"|当地时间|北京时间|今[天日早晨晚]|昨[天日晚]|当[天日晚]|同一?[天日]|凌晨|清晨|早晨|上午|中午|下午|傍晚|晚间|晚上?|此前|随后|日前|近日"
    r"|\d{1,4}[年月日时点分]?|援引|通报|公布|发布|发表|报道|消息|数据|统计|报告|介绍|确认|了解|悉|不完全)\Z"
)
_CITES: Final = re.compile("援引|引述|转引|引用")
#: Sources too vague to be an agency, which still are not the agency of the entry.
_VAGUE: Final = re.compile("(?:媒体|外媒|警方|军方|当局|官方|官员|部门|机构|政府|医院|方面|人士)\\Z")
#: Refers to the speaker before: 该部门称, 其声明说.
_SAME: Final = re.compile("(?:[该其它此这]|上述).{0,8}")


def speaker_of(text: str, start: int, end: int) -> str | None:
    """Return the last agency that speaks in text[start:end], the beginning of a sentence.

    The text is folded. "" is a speaker that is no agency, None a sentence without a speaker. A person whom an
    agency quotes in the same sentence does not replace the agency.

    >>> speaker_of("黎巴嫩卫生部说,3人死亡", 0, 13), speaker_of("当地居民说,3人死亡", 0, 10)
    ('黎巴嫩卫生部', '')
    >>> speaker_of("据甲社报道,火已扑灭。声明称,3人死亡", 11, 19), speaker_of("大火造成3人死亡", 0, 8)
    ('甲社', None)
    """
    names = list(_speakers(text, max(start, end - _MAX_SPEECH), end))
    if not names:
        return None
    agencies = (_earlier(text, start) if _SAME.fullmatch(name) else clean_name(name) for name in names)
    return next(filter(None, agencies), "")


def _earlier(text: str, start: int) -> str:
    """Return the agency that 该部门 or 声明 at the beginning of a sentence refers to."""
    for name in _speakers(text, max(0, start - _MAX_EARLIER), start):
        if not _SAME.fullmatch(name):
            return clean_name(name)
    return ""


def _speakers(text: str, start: int, end: int) -> Iterator[str]:
    """Yield the subjects of the speech phrases of text[start:end], last first; 该 for 声明说."""
    for phrase in reversed(list(_PHRASE.finditer(text, start, end))):
        before = text[max(start, phrase.start() - _MAX_SUBJECT) : phrase.start()]
        subject = _CLAUSE_END.split(_ASIDE.sub("", before))[-1]
        lead = _LEAD.match(subject)
        assert lead  # matches any text
        name = _name(subject[lead.end() :])
        known = bool(clean_name(name)) and (phrase["pause"] is None or lead["according"] is not None)
        if name and (
            known or phrase["says"] or (not phrase["pause"] and (lead["according"] or _VAGUE.search(name)))
        ):
            yield name
        elif not name and phrase["says"] and not lead["according"]:
            yield "该"


def _name(subject: str) -> str:
    """Return the name in front of the time, the publication and the person of a subject."""
    name = _CITES.split(subject)[-1].partition("发言人")[0]
    while tail := _TAIL.search(name):
        name = name[: tail.start()]
    return name
