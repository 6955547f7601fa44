"""Figures of an entry: folded text → sentences → clauses → pairs of a number and a word.

A clause is the text between two punctuation marks. The first number or word of a clause decides between
number first (5人死亡) and word first (死亡5人), so 5人死亡34人受伤 is never read as 34 dead. Offsets refer to
`entry.text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from search.analysis.fold import Folded, fold
from search.entry import Entry
from search.figures.counts import counts
from search.figures.figure import Figure, Scope
from search.figures.pairs import Pair, pairs
from search.figures.places import place_of
from search.figures.words import BLOCKED_SENTENCE, DENIED, DENIED_NEXT, NEW, TOTAL, VERB
from search.readers.extraction.speaker import speaker_of

__all__ = ["figures_of", "holds_figures"]

_SENTENCE: Final = re.compile("[^。!?;\n]+[!?]?")
_SENTENCE_END: Final = re.compile("[。!?;\n]")
#: Clauses end at blanks and commas, except the comma in 1,234.
_CLAUSE: Final = re.compile(r"(?:[^、,:()《》“”\"「」『』\[\]【】…#\s]|(?<=\d),(?=\d{3}))+")
#: Blanks next to a number do not end a clause: 确诊 27 例.
_BLANK: Final = re.compile(r"(?<=[^\W\d]) +(?=\d)|(?<=\d) +(?=[^\W\d])")
_ILLNESS: Final = re.compile(
    "病毒感染(?:的肺炎|性?肺炎)?|感染的?肺炎|感染(?=性|科|源|链|病|防控|风险|率)|病毒性?肺炎"
)
_WIDE_COMMA: Final = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))")
#: Characters of the longest sentence that is read; time grows with the square of the length.
_MAX_SENTENCE_CHARACTERS: Final = 2_000
#: Characters of a headline that are searched for denials and places.
_HEADLINE_CHARACTERS: Final = 200
#: Names of agencies whose folded form is cached.
_CACHED_NAMES: Final = 2_000
_YEAR: Final = re.compile("(?P<year>(?:19|20)\\d\\d)年")
_SINCE: Final = re.compile("以来|至今|迄今|爆发后")
#: 自去年10月以来: the figures are of this year.
_BEGAN: Final = re.compile("(?:去年|前年)[^,]{0,24}以来")
_UNSURE_OF_SCOPE: Final = re.compile("累计新增|新增累计")
_ASIDE: Final = re.compile(r"\([^()]*\)")
_DAY: Final = re.compile("小时[内里]?|当[天日]|[一两三]天内|一周|[本上]周|周末|过去[^,]{0,4}[天日周月]")
_STRONG: Final = re.compile("累计|总数|[升增][至到]|上升|人数|总计|迄今")
_MENTION: Final = re.compile(
    "据[^,、]{0,30}?(?:报道|消息|数据|通报|统计)|[^,、]{0,20}(?:社|网|报|电视台|通讯社)(?:[0-9]+日)?(?:报道|消息|电)"
)


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    start: int
    sentence: str
    sentence_start: int
    mark: str
    whole: _Text


@dataclass(frozen=True, slots=True)
class _Text:
    """A headline or a body, folded and as it is written."""

    folded: Folded
    written: str


def holds_figures(entry: Entry) -> bool:
    """Return whether an entry has a figure."""
    return next(_figures(entry), None) is not None


def figures_of(entry: Entry) -> list[Figure]:
    """Return the figures of headline and body in order, repetitions included.

    >>> [figure.amount for figure in figures_of(Entry(id="a", body="地震已造成至少12人死亡、34人受伤。"))]
    ['至少12', '34']
    """
    return list(_figures(entry))


def _figures(entry: Entry) -> Iterator[Figure]:
    if not _has_event(fold(f"{entry.headline}\n{entry.body}").text):
        return  # a cheap test that most entries fail
    headline = fold(_with_commas(entry.headline)).text[:_HEADLINE_CHARACTERS]
    if DENIED.search(headline):
        return
    offset = 0
    for text in filter(None, (entry.headline, entry.body)):
        folded = _squeezed(fold(_with_commas(text)), len(text))
        for figure in _in_text(_Text(folded, text), headline, entry):
            start, end = folded.original(figure.start, figure.end)
            first, last = folded.original(*figure.sentence)
            yield replace(
                figure,
                start=start + offset,
                end=end + offset,
                sentence=(first + offset, last + offset),
                entry_id=entry.id,
                stream=entry.stream,
                time=entry.time,
            )
        offset += len(text) + 1


@lru_cache(maxsize=_CACHED_NAMES)
def _folded(agency: str) -> str:
    return fold(agency).text


def _with_commas(text: str) -> str:
    """Replace ， by a comma, as folding maps it to 、, which separates the items of a list.

    １，２３４ is one number. 5，300 is ambiguous and becomes 5.300, which has no value.
    """
    text = _WIDE_COMMA.sub(lambda match: "," if "０" <= text[match.start() - 1] <= "９" else ".", text)
    return text.replace("，", ",")


def _squeezed(folded: Folded, length: int) -> Folded:
    """Return folded text without the blanks next to numbers, offsets kept."""
    if not _BLANK.search(folded.text):
        return folded
    starts, ends = folded.starts or tuple(range(length)), folded.ends or tuple(range(1, length + 1))
    removed = {i for match in _BLANK.finditer(folded.text) for i in range(*match.span())}
    kept = [i for i in range(len(folded.text)) if i not in removed]
    text = "".join(folded.text[i] for i in kept)
    return Folded(text, tuple(starts[i] for i in kept), tuple(ends[i] for i in kept))


def _in_text(whole: _Text, headline: str, entry: Entry) -> Iterator[Figure]:
    # Names of illnesses contain event words; they are masked by as many other characters.
    text = _ILLNESS.sub(lambda match: "病" * len(match[0]), whole.folded.text)
    sentences = list(_SENTENCE.finditer(text))
    for match, following in zip_longest(sentences, sentences[1:]):
        sentence = match[0]
        if len(sentence) > _MAX_SENTENCE_CHARACTERS or not _has_event(sentence):
            continue
        if DENIED.search(sentence) or _other_year(sentence, entry):
            continue
        if following and DENIED_NEXT.search(following[0]):
            continue
        yield from _in_sentence(match, whole, headline, entry)


def _has_event(text: str) -> bool:
    """Return whether a text has a word that a number can be paired with."""
    return "死" in text or VERB.search(text) is not None


def _other_year(sentence: str, entry: Entry) -> bool:
    """Return whether a sentence names another year than that of its entry."""
    if _SINCE.search(sentence):
        return False
    years = {int(match["year"]) for match in _YEAR.finditer(sentence)}
    return bool(years - {entry.time.year}) if entry.time else len(years) > 1


def _in_sentence(match: re.Match[str], whole: _Text, headline: str, entry: Entry) -> Iterator[Figure]:
    sentence = match[0]
    clauses = [
        _Clause(
            *(clause[0], clause.start(), sentence, match.start()),
            *(sentence[clause.end() : clause.end() + 1], whole),
        )
        for clause in _CLAUSE.finditer(sentence)
    ]
    scope: Scope | None = "total" if re.search("截至|截止", sentence) else None
    seen: set[str] = set()
    for before, clause, after in zip([None, *clauses], clauses, [*clauses[1:], None], strict=False):
        if _is_list(before, clause) or _is_list(clause, after):
            continue
        for pair in pairs(clause.text):
            figure = _figure(pair, clause, scope, headline, entry)
            if figure is None or (figure.kind in seen and not figure.place and "其中" in sentence):
                continue
            if scope is None or figure.scope:
                scope = figure.scope or scope
            seen.add(figure.kind)
            yield figure


def _is_list(clause: _Clause | None, following: _Clause | None) -> bool:
    """Return whether two clauses share one number: 死亡、失踪人数达30人; 30人死亡、失踪."""
    if clause is None or following is None or clause.mark != "、":
        return False
    first, second = VERB.search(clause.text), VERB.match(following.text)
    bare = first is not None and not counts(clause.text) and first.end() == len(clause.text)
    return (bare and VERB.search(following.text) is not None) or (
        second is not None and second.end() == len(following.text) and not counts(following.text)
    )


def _figure(
    pair: Pair, clause: _Clause, previous: Scope | None, headline: str, entry: Entry
) -> Figure | None:
    """Return the figure of a pair, None where its sentence makes it doubtful."""
    head = clause.sentence[: clause.start + pair.end]
    scope = _scope(clause.text[pair.since : pair.end], pair)
    if scope != "new" and _DAY.search(head) and not _STRONG.search(clause.text):
        scope, previous = "", previous if previous == "new" else ""  # 过去24小时共导致3人死亡: not the total
    if BLOCKED_SENTENCE.search(_BEGAN.sub("", head)) or scope is None:
        return None
    if not scope and previous == "new":
        return None  # 新增确诊61例,死亡2例: new or total is unclear
    count = pair.count
    start, end = (
        clause.sentence_start + clause.start + pair.start,
        clause.sentence_start + clause.start + pair.end,
    )
    last = clause.sentence_start + len(clause.sentence.rstrip())
    first = clause.sentence_start + len(clause.sentence) - len(clause.sentence.lstrip())
    return Figure(
        kind=pair.kind,
        value=count.value or 0,
        unit=count.unit,
        bound=count.bound,
        high=count.high,
        scope=scope or previous or "",
        term=pair.term,
        who=pair.who,
        place=_place(pair, clause, headline, entry),
        agency=_agency(clause, pair.end, entry),
        start=start,
        end=end,
        sentence=(first, last),
    )


def _scope(text: str, pair: Pair) -> Scope | None:
    """Return the scope given around a pair, None where it is contradictory."""
    if _UNSURE_OF_SCOPE.search(text):
        return None
    if NEW.search(text):
        return "new"
    return "total" if TOTAL.search(text) or pair.counted else ""


def _place(pair: Pair, clause: _Clause, headline: str, entry: Entry) -> str:
    agencies = list(map(_folded, entry.agencies))
    earlier = _ASIDE.sub("", _MENTION.sub("", clause.sentence[: clause.start]))
    before = clause.text[: pair.start if pair.forward else pair.end]
    return place_of(before, earlier, "" if _is_part(pair, headline) else headline, agencies)


def _is_part(pair: Pair, headline: str) -> bool:
    """Return whether the headline has another number of the kind, so that its place may be another one."""
    values = [other.count.value for other in pairs(headline) if other.kind == pair.kind]
    return bool(values) and pair.count.value not in values


def _agency(clause: _Clause, end: int, entry: Entry) -> str:
    """Return the speaker of the sentence, else the last agency in it, else the only one that can be meant."""
    start = clause.sentence_start
    span = clause.whole.folded.original(start, start + clause.start + end)
    speaker = speaker_of(clause.whole.written, *span)
    if speaker is not None:
        return next((name for name in entry.agencies if _folded(name) == _folded(speaker)), speaker)
    head = clause.sentence[: clause.start + end]
    named = [(head.rfind(_folded(agency)), agency) for agency in entry.agencies]
    offset, agency = max(named, default=(-1, ""))
    if offset >= 0:
        return agency
    origins = {credit.agency for credit in entry.attributions if credit.role == "origin"} or {*entry.agencies}
    only = origins.pop() if len(origins) == 1 else ""
    return only if only and _covers(_folded(only), clause.whole.folded.text, start, entry) else ""


def _covers(agency: str, text: str, start: int, entry: Entry) -> bool:
    """Return whether an agency is that of the sentence at `start`, which does not name it.

    It is where the entry has it from a field or a dateline, and where the sentence before names it.
    """
    before = text[max(0, start - _MAX_SENTENCE_CHARACTERS) : start].rstrip("。!?;\n")
    named = _SENTENCE_END.split(before)[-1]
    return agency in named or text.startswith(agency) or agency not in fold(entry.text).text
