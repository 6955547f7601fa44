"""Corrected: which earlier entry of its stream a correction or denial concerns, or none.

Both say the same in part: names, numbers, a place, a time of publication. What they share is weighed by how
rare it is among the entries that stood before in the stream, and by nothing else, so that the answer is the
same whatever is published later or elsewhere. A wrong tie is worse than none: where too little is shared,
or two different entries share as much, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import log
from typing import Final

from search.analysis import Analyzer
from search.corrections.detect import Correction, correction_in
from search.entry import Entry

__all__ = ["corrected_by"]

#: So much around the words that correct is what the correction is about.
_AROUND: Final = 120
#: So much of an earlier body is looked at: what a report is about stands in front.
_LEAD: Final = 400
#: As if so many more entries without a term had stood before: a stream begins small.
_SMOOTH: Final = 20
#: A number of two digits or more says as much as so many pairs of characters.
_NUMBER: Final = 2.0
#: What stands in the sentence with the words that correct says so much more.
_FOCUS: Final = 2.0
#: What a quoted time of publication adds (9时31分的条目), and a time that may be of what happened.
_MOMENT: Final = 1.0
_HOUR: Final = 0.3
#: Least likeness, and least sum of weights that must be shared.
_LEAST: Final = 0.8
_SHARED: Final = 14.0
#: Least part of the sentence with the words that correct that an earlier entry must have.
_NEAR: Final = 0.4
#: The second best must stay below this part of the best, or be like it.
_CLEAR: Final = 0.88
#: So much of two headlines in common is the same report told twice.
_SAME: Final = 0.5

#: Forms of words of corrections: no report is told by them.
_FORMS: Final = re.compile(
    "更正|订正|勘误|特此|此前|之前|先前|早前|早些时候|稍早|报道|报导|有误|错误|不实|失实|不属实|属实|否认|辟谣|澄清|谣言|"
    "误传|传闻|传言|说法|消息|网传|本专题|本站|条目|引用|原条目|保留|应为|写作|写成|误写|予以|发布|表示|回应|声明|称|据|"
    "快讯|标题|数据|数字|初步|事实|不符|虚假|虚构|纯属|发言人|编辑部|致歉|以此为准|第一|第二|一条|的|了|在|是|为|并|和|与"
)
_ENDS: Final = re.compile(r"[。!！?？\n]")
_LATIN: Final = re.compile(r"[a-z]{2,}")
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
_TIME: Final = re.compile(
    r"(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})日)?(?P<hour>\d{1,2})(?:时|点|:)(?P<minute>\d{2}|\d(?=分))分?"
    r"(?P<told>[^。,，;；\n]{0,6}?(?:条|报道|报导|发布|快讯|消息|更新|稿))?"
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An earlier entry as it is compared: its folded headline and lead, and its numbers."""

    entry: Entry
    headline: str
    text: str
    numbers: frozenset[str]

    @classmethod
    def of(cls, entry: Entry, analyzer: Analyzer) -> _Candidate | None:
        """Read an entry; None for one that corrects another itself."""
        read = _read(entry.headline, entry.body, analyzer)
        return cls(entry, *read) if read else None

    def has(self, term: str) -> bool:
        return term in self.numbers if term[0].isdigit() else term in self.text


#: Corrections of one stream look back at the same entries.
@lru_cache(maxsize=4096)
def _read(headline: str, body: str, analyzer: Analyzer) -> tuple[str, str, frozenset[str]] | None:
    if correction_in(Entry("-", headline=headline, body=body)):
        return None
    head = analyzer.fold(headline or body[:40])
    text = f"{head}\n{analyzer.fold(body[:_LEAD])}"
    return head, text, frozenset(_DIGITS.findall(text))


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time of day in a claim, with month and day where they are told, and what it adds."""

    month: int | None
    day: int | None
    hour: int
    minute: int
    weight: float

    def is_at(self, time: datetime) -> bool:
        return (
            (self.hour, self.minute) == (time.hour, time.minute)
            and self.month in (None, time.month)
            and self.day in (None, time.day)
        )


def corrected_by(
    entry: Entry, correction: Correction, earlier: Sequence[Entry], analyzer: Analyzer
) -> Entry | None:
    """Return which of the entries before it in its stream an entry corrects, None where it is not clear."""
    if entry.time is None:
        return None
    own = (entry.time, entry.id)
    sooner = (other for other in earlier if other.time and (other.time, other.id) < own)
    before = [one for other in sooner if (one := _Candidate.of(other, analyzer))]
    claim, focus = (analyzer.fold(text) for text in (_claim(entry, correction), _focus(entry, correction)))
    told = _Claim.of(claim, focus, before)
    found = [(told.likeness(one, _quoted(one.entry, entry, told.moments)), one) for one in before]
    return _clear(sorted(found, key=lambda pair: -pair[0])) if found else None


def _claim(entry: Entry, correction: Correction) -> str:
    """Return what a correction is about: the headline, and the text around the words that correct."""
    body = entry.body
    if correction.field == "headline":
        return f"{entry.headline}\n{body[: 2 * _AROUND]}"
    start = max(0, correction.start - _AROUND)
    return f"{entry.headline}\n{body[start : correction.end + _AROUND]}"


def _focus(entry: Entry, correction: Correction) -> str:
    """Return the sentence with the words that correct."""
    text = entry.headline if correction.field == "headline" else entry.body
    start = max((match.end() for match in _ENDS.finditer(text, 0, correction.start)), default=0)
    end = _ENDS.search(text, correction.end)
    return text[start : end.start() if end else len(text)]


def _terms(text: str) -> list[str]:
    """Return the pairs of characters and the longer numbers of a folded text, each once, forms left out."""
    told = _FORMS.sub("\n", text)
    pairs = [told[i : i + 2] for i in range(len(told) - 1) if _is_word(told[i]) and _is_word(told[i + 1])]
    numbers = [number for number in _DIGITS.findall(told) if len(number) > 1]
    return list(dict.fromkeys((*pairs, *_LATIN.findall(told), *numbers)))


def _is_word(char: str) -> bool:
    return char.isalpha() and not char.isascii()


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a correction speaks of: terms that the stream knows, those in focus, and times, with weights.

    Those in focus count whether or not the stream knows them, but for numbers, of which one must be new.
    """

    known: dict[str, float]
    focus: dict[str, float]
    moments: Sequence[_Moment]

    @classmethod
    def of(cls, text: str, focus: str, before: Sequence[_Candidate]) -> _Claim:
        inner = dict.fromkeys(_terms(focus))
        known, focal = {}, {}
        for term in dict.fromkeys((*_terms(text), *inner)):
            count = sum(one.has(term) for one in before)
            weight = log((len(before) + _SMOOTH) / (count + 1)) * (_NUMBER if term[0].isdigit() else 1.0)
            if count:
                known[term] = weight * (_FOCUS if term in inner else 1.0)
            if term in inner and (count or not term[0].isdigit()):
                focal[term] = weight
        return cls(known, focal, _moments(text))

    def likeness(self, one: _Candidate, quoted: float) -> float:
        """Return how like what is claimed an earlier entry is, 0 where it shares too little.

        It has a part of what the stream knows of the claim, and a part of its focus; and the claim has a part
        of its headline.
        """
        shared = sum(weight for term, weight in self.known.items() if one.has(term))
        near = sum(weight for term, weight in self.focus.items() if one.has(term))
        near = near / sum(self.focus.values()) if self.focus else shared / (sum(self.known.values()) or 1)
        certain = quoted == _MOMENT
        if shared < (_SHARED / 2 if certain else _SHARED) or (near < _NEAR and not certain):
            return 0.0
        own = _terms(one.headline)
        head = sum(term in self.known for term in own) / len(own) if own else 0.0
        return (shared / sum(self.known.values()) + near) / 2 + head + quoted


def _moments(claim: str) -> list[_Moment]:
    """Return the times of day that a claim names."""
    return [
        _Moment(
            int(match["month"]) if match["month"] else None,
            int(match["day"]) if match["day"] else None,
            int(match["hour"]),
            int(match["minute"]),
            _MOMENT if match["told"] else _HOUR,
        )
        for match in _TIME.finditer(claim)
    ]


def _quoted(other: Entry, entry: Entry, moments: Sequence[_Moment]) -> float:
    """Return what it adds that a correction names the time at which another entry was published."""
    assert other.time and entry.time
    time = other.time.astimezone(entry.time.tzinfo)
    return max((moment.weight for moment in moments if moment.is_at(time)), default=0.0)


def _clear(likeness: Sequence[tuple[float, _Candidate]]) -> Entry | None:
    """Return the best of some entries where none that tells something else comes near it."""
    best, first = likeness[0]
    if best < _LEAST:
        return None
    rivals = [one for score, one in likeness[1:] if score > _CLEAR * best]
    if all(_alike(first, one) for one in rivals):
        # One report told several times: the first of those that come near, which stands for its near-copies.
        return min((first, *rivals), key=lambda one: (one.entry.time, one.entry.id)).entry
    return None


def _alike(one: _Candidate, other: _Candidate) -> bool:
    """Return whether two headlines tell one report: they begin alike and share half of the rest."""
    few, many = sorted((_terms(one.headline), _terms(other.headline)), key=len)
    return bool(few) and few[0] == many[0] and len({*few} & {*many}) >= _SAME * len(few)
