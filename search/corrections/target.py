"""Find the earlier entry of the same stream that a correction or denial concerns.

Both share names, numbers, a place or a time of publication. Shared terms are weighted by their rarity among
the earlier entries of the stream, and by nothing else, so that later entries and other streams do not change
the result. A wrong link is worse than none: if too little is shared, or two different entries share as much,
there is no link.
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

#: Context around the correcting phrase that is compared, in characters.
_CONTEXT_CHARS: Final = 120
#: Part of an earlier body that is compared, in characters: the lead names the subject.
_LEAD_CHARS: Final = 400
#: Smoothing: imaginary earlier entries without the term, for short streams.
_SMOOTHING_ENTRIES: Final = 20
#: Weight of a number of two digits or more, relative to a pair of characters.
_NUMBER_WEIGHT: Final = 2.0
#: Weight of a term in the sentence of the correcting phrase, relative to the context.
_FOCUS_WEIGHT: Final = 2.0
#: Likeness added by a quoted time of publication (9时31分的条目), and by a time that may be of the event.
_PUBLICATION_BONUS: Final = 1.0
_EVENT_BONUS: Final = 0.3
#: Least likeness, and least sum of the weights of shared terms.
_MIN_LIKENESS: Final = 0.8
_MIN_SHARED_WEIGHT: Final = 14.0
#: Least share of the focus terms that an earlier entry must contain.
_MIN_FOCUS_SHARE: Final = 0.4
#: Entries with at least this share of the best likeness are rivals, and must tell the same report.
_RIVAL_SHARE: Final = 0.88
#: Share of common terms at which two headlines tell the same report.
_SAME_HEADLINE_SHARE: Final = 0.5

#: Phrases of corrections, which do not identify a report.
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
    r"(?P<published>[^。,，;；\n]{0,6}?(?:条|报道|报导|发布|快讯|消息|更新|稿))?"
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An earlier entry for comparison: its folded headline and lead, and its numbers."""

    entry: Entry
    headline: str
    text: str
    numbers: frozenset[str]

    @classmethod
    def of(cls, entry: Entry, analyzer: Analyzer) -> _Candidate | None:
        """Return the candidate of an entry; None if it is a correction itself."""
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
    text = f"{head}\n{analyzer.fold(body[:_LEAD_CHARS])}"
    return head, text, frozenset(_DIGITS.findall(text))


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time of day in a claim, with month and day if written, and its bonus."""

    month: int | None
    day: int | None
    hour: int
    minute: int
    bonus: float

    def is_at(self, time: datetime) -> bool:
        return (
            (self.hour, self.minute) == (time.hour, time.minute)
            and self.month in (None, time.month)
            and self.day in (None, time.day)
        )


def corrected_by(
    entry: Entry, correction: Correction, earlier: Sequence[Entry], analyzer: Analyzer
) -> Entry | None:
    """Return the earlier entry of the stream that an entry corrects, None if it is uncertain."""
    if entry.time is None:
        return None
    key = (entry.time, entry.id)
    sooner = (other for other in earlier if other.time and (other.time, other.id) < key)
    before = [candidate for other in sooner if (candidate := _Candidate.of(other, analyzer))]
    text, focus = (analyzer.fold(text) for text in (_claim(entry, correction), _focus(entry, correction)))
    claim = _Claim.of(text, focus, before)
    scored = [(claim.likeness(one, _quoted(one.entry, entry, claim.moments)), one) for one in before]
    return _clear(sorted(scored, key=lambda pair: -pair[0])) if scored else None


def _claim(entry: Entry, correction: Correction) -> str:
    """Return the headline of a correction, and the context of its phrase."""
    body = entry.body
    if correction.field == "headline":
        return f"{entry.headline}\n{body[: 2 * _CONTEXT_CHARS]}"
    start = max(0, correction.start - _CONTEXT_CHARS)
    return f"{entry.headline}\n{body[start : correction.end + _CONTEXT_CHARS]}"


def _focus(entry: Entry, correction: Correction) -> str:
    """Return the sentence of the correcting phrase."""
    text = entry.headline if correction.field == "headline" else entry.body
    start = max((match.end() for match in _ENDS.finditer(text, 0, correction.start)), default=0)
    end = _ENDS.search(text, correction.end)
    return text[start : end.start() if end else len(text)]


def _terms(text: str) -> list[str]:
    """Return the pairs of characters, Latin words and longer numbers of a folded text, each once."""
    content = _FORMS.sub("\n", text)
    pairs = [
        content[i : i + 2]
        for i in range(len(content) - 1)
        if _is_word(content[i]) and _is_word(content[i + 1])
    ]
    numbers = [number for number in _DIGITS.findall(content) if len(number) > 1]
    return list(dict.fromkeys((*pairs, *_LATIN.findall(content), *numbers)))


def _is_word(char: str) -> bool:
    return char.isalpha() and not char.isascii()


@dataclass(frozen=True, slots=True)
class _Claim:
    """The content of a correction: terms of earlier entries, terms in focus (with weights), and times.

    Focus terms count even if no earlier entry has them, except numbers, for the corrected number is new.
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
            weight = log((len(before) + _SMOOTHING_ENTRIES) / (count + 1)) * (
                _NUMBER_WEIGHT if term[0].isdigit() else 1.0
            )
            if count:
                known[term] = weight * (_FOCUS_WEIGHT if term in inner else 1.0)
            if term in inner and (count or not term[0].isdigit()):
                focal[term] = weight
        return cls(known, focal, _moments(text))

    def likeness(self, one: _Candidate, quoted: float) -> float:
        """Return the likeness of an earlier entry to the claim, 0 if it shares too little.

        It adds up the shares of known terms and of focus terms that the entry contains, the share of its
        headline that the claim contains, and the bonus of a quoted time.
        """
        shared = sum(weight for term, weight in self.known.items() if one.has(term))
        near = sum(weight for term, weight in self.focus.items() if one.has(term))
        near = near / sum(self.focus.values()) if self.focus else shared / (sum(self.known.values()) or 1)
        certain = quoted == _PUBLICATION_BONUS
        if shared < (_MIN_SHARED_WEIGHT / 2 if certain else _MIN_SHARED_WEIGHT) or (
            near < _MIN_FOCUS_SHARE and not certain
        ):
            return 0.0
        terms = _terms(one.headline)
        head = sum(term in self.known for term in terms) / len(terms) if terms else 0.0
        return (shared / sum(self.known.values()) + near) / 2 + head + quoted


def _moments(claim: str) -> list[_Moment]:
    """Return the times of day in a claim."""
    return [
        _Moment(
            int(match["month"]) if match["month"] else None,
            int(match["day"]) if match["day"] else None,
            int(match["hour"]),
            int(match["minute"]),
            _PUBLICATION_BONUS if match["published"] else _EVENT_BONUS,
        )
        for match in _TIME.finditer(claim)
    ]


def _quoted(other: Entry, entry: Entry, moments: Sequence[_Moment]) -> float:
    """Return the bonus of another entry whose time of publication a correction names."""
    assert other.time and entry.time
    time = other.time.astimezone(entry.time.tzinfo)
    return max((moment.bonus for moment in moments if moment.is_at(time)), default=0.0)


def _clear(likeness: Sequence[tuple[float, _Candidate]]) -> Entry | None:
    """Return the best entry, or None if an entry of another report is about as good."""
    best, first = likeness[0]
    if best < _MIN_LIKENESS:
        return None
    rivals = [one for score, one in likeness[1:] if score > _RIVAL_SHARE * best]
    if all(_alike(first, one) for one in rivals):
        # One report in several entries: the earliest of them represents its near-copies.
        return min((first, *rivals), key=lambda one: (one.entry.time, one.entry.id)).entry
    return None


def _alike(one: _Candidate, other: _Candidate) -> bool:
    """Return whether two headlines tell one report: they begin alike and share half of the terms."""
    few, many = sorted((_terms(one.headline), _terms(other.headline)), key=len)
    return bool(few) and few[0] == many[0] and len({*few} & {*many}) >= _SAME_HEADLINE_SHARE * len(few)
