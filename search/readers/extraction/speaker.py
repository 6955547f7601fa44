"""Who says what a sentence reports: 加沙地带卫生部门8日称, 据甲社报道, 声明说.

Agencies are credited for an entry; a speaker is the source of one sentence. A person or a party that speaks
is a speaker without a name, so that its statement is never ascribed to an agency.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from search.readers.extraction import phrases
from search.readers.extraction.comparable import as_written, comparable
from search.readers.extraction.names import names_of_list

__all__ = ["speaker_of"]

#: Verbs of speech after any subject.
_SAYS: Final = (
    "(?<![名简职堪对据自号俗统])称(?![为赞谓号呼])|(?<![小据传学演游])说(?![明法服唱])"
    "|表示|宣布|证实|指出|透露"
)
#: Words after the name of an agency, or of a source after 据.
_ISSUES: Final = (
    f"{phrases.CITES}|{phrases.ISSUE_VERBS}|{phrases.REPORT_WORDS}|消息(?!报)|数据|统计|报告|介绍|确认|显示"
)
_PHRASE: Final = re.compile(f"(?P<says>{_SAYS})|{_ISSUES}|(?P<pause>[,:])")
#: Characters before a verb that are searched for its subject.
_MAX_SUBJECT: Final = 60
#: Characters before the end of a text that are searched for its speaker, and for that of 声明说.
_MAX_SPEECH, _MAX_EARLIER = 400, 1_000
#: Blanks within Latin names and around numbers and words of a report end no clause.
_BLANK: Final = re.compile(
    rf"[ \t]{{1,3}}(?=\d|消息|数据|通报|公布|发布|{phrases.REPORT_WORDS}|{phrases.CITES})"
    r"|(?<=\d)[ \t]{1,3}(?=[年月日时点分])"
)
_CLAUSE_END: Final = re.compile(r"(?<![A-Za-z])\s|\s(?![A-Za-z])|[,:;。!?()“”]")
#: A short quotation may be a name, which does not end a clause: 据“中央社”报道.
_QUOTED: Final = re.compile(r"“([^“”,。:;!?、\s]{2,12})”")
#: A publication: 公安局发布《通报》称.
_TITLE: Final = rf"(?:{phrases.ISSUE_VERBS})[的了]?《[^《》]{{1,60}}》"
_ASIDE: Final = re.compile(r"\([^()]*\)")
_LEAD: Final = re.compile(
    "(?:[另又再但而]|此外|另外|同时|随后|其中|综合|目前|当地(?!时间)|稍早)*"
    r"(?P<according>根据|据|按照|来自)?[ \t]{0,3}"
    r"(?:\d{1,4}[年月日时点分]|当地时间|北京时间|[上下]午|凌晨|晚间?)*"
)
_ACCORDING: Final = re.compile("据|按照|来自")
#: Between a name and its verb: times, adverbs, the kind of publication.
_TAIL: Final = re.compile(
    r"(?:的|最新|官方|曾|在|进一步|网站|社交媒体|实时|疫情|有关|相关|初步|声明|一份|新闻|公报|了解|悉|不完全"
    rf"|当地时间|北京时间|\d{{1,4}}[年月日时点分]?|{phrases.DAYS}|{phrases.MOMENTS}|{phrases.ADVERB_WORDS}"
    rf"|{phrases.PLACE_OF_SPEECH}|{_TITLE}|{_ISSUES})\Z"
)
_CITES: Final = re.compile(phrases.CITES)
_REPORTS: Final = re.compile(phrases.REPORT_WORDS)
#: Sources too vague to be an agency, which still are not the agency of the entry.
_VAGUE: Final = re.compile("(?:媒体|外媒|警方|军方|当局|官方|官员|部门|机构|政府|医院|方面|人士)\\Z")
#: Refers to the speaker before: 该部门称, 其声明说.
_SAME: Final = re.compile("(?:[该其它此这]|上述).{0,8}")


class _Speaker(NamedTuple):
    """The agency of a subject, "" for any other, and whether the subject refers to the speaker before."""

    agency: str
    refers: bool


def speaker_of(text: str, start: int, end: int) -> str | None:
    """Return the last agency that speaks in text[start:end], the beginning of a sentence, as it is written.

    "" is a speaker that is no agency, None a sentence without a speaker. A person whom an agency quotes in
    the same sentence does not replace the agency.

    >>> speaker_of("黎巴嫩卫生部说，3人死亡", 0, 13), speaker_of("当地居民说，3人死亡", 0, 10)
    ('黎巴嫩卫生部', '')
    >>> speaker_of("据甲社报道，火已扑灭。声明称，3人死亡", 11, 19), speaker_of("大火造成3人死亡", 0, 8)
    ('甲社', None)
    """
    speech = text[max(start, end - _MAX_SPEECH) : end]
    agency: str | None = None
    for speaker in _speakers(comparable(speech)):
        if speaker.refers:
            agency = _earlier(text[max(0, start - _MAX_EARLIER) : start])
        else:
            agency = as_written(speaker.agency, speech)
        if agency:
            break
    return agency


def _earlier(text: str) -> str:
    """Return the agency that 该部门 or 声明 at the beginning of the next sentence refers to."""
    agencies = (speaker.agency for speaker in _speakers(comparable(text)) if not speaker.refers)
    return as_written(next(agencies, ""), text)


def _speakers(text: str) -> Iterator[_Speaker]:
    """Yield the subjects of the speech phrases of a comparable text, last first."""
    for phrase in reversed(list(_PHRASE.finditer(text))):
        before = text[max(0, phrase.start() - _MAX_SUBJECT) : phrase.start()]
        if phrase["pause"] and not _ACCORDING.search(before):
            continue  # most marks; a cheap test
        subject = _subject(before)
        lead = _LEAD.match(subject)
        assert lead  # matches any text
        if phrase["pause"] and not lead["according"]:
            continue
        name = _name(subject[lead.end() :])
        reported = _REPORTS.search(subject[lead.end() + len(name) :] + phrase[0]) is not None
        agency = next(names_of_list(name, reported=reported), "")
        vague = not phrase["pause"] and bool(lead["according"] or _VAGUE.search(name))
        if name and (agency or phrase["says"] or vague):
            yield _Speaker(agency, _SAME.fullmatch(name) is not None)
        elif not name and phrase["says"] and not lead["according"]:
            yield _Speaker("", refers=True)


def _subject(text: str) -> str:
    """Return the part of a text in front of a phrase that can be its subject."""
    text = _QUOTED.sub(r"«\1»", _BLANK.sub("", _ASIDE.sub("", text.rstrip(" \t"))))
    return _CLAUSE_END.split(text)[-1].replace("«", "“").replace("»", "”")


def _name(subject: str) -> str:
    """Return the name in front of the time, the publication and the person of a subject."""
    name = _CITES.split(subject)[-1].partition("发言人")[0]
    while tail := _TAIL.search(name):
        name = name[: tail.start()]
    return name
