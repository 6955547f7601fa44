"""Entry to figures: folded text, sentences, clauses, and in each clause numbers paired with what happened.

A clause is what stands between two marks. In it 5人死亡 (number first) and 死亡5人 (word first) are told
apart by which of the two begins, so that 5人死亡34人受伤 is never read as 34 dead.
Offsets lead back to `entry.text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from search.analysis.fold import Folded, fold
from search.entry import Entry
from search.figures.counts import counts
from search.figures.figure import Figure, Scope
from search.figures.pairs import Pair, pairs
from search.figures.places import place_of
from search.figures.words import BLOCKED_SENTENCE, DENIED, DENIED_NEXT, NEW, TOTAL, VERB

__all__ = ["figures_of", "holds_figures"]

_SENTENCE: Final = re.compile("[^。!?;\n]+[!?]?")
#: A blank parts clauses, and so does a comma, but not that in 1,234.
_CLAUSE: Final = re.compile(r"(?:[^、,:()《》“”\"「」『』\[\]【】…#\s]|(?<=\d),(?=\d{3}))+")
#: Beside a number a blank is typography only: 确诊 27 例.
_BLANK: Final = re.compile(r"(?<=[^\W\d]) +(?=\d)|(?<=\d) +(?=[^\W\d])")
_ILLNESS: Final = re.compile(
    "病毒感染(?:的肺炎|性?肺炎)?|感染的?肺炎|感染(?=性|科|源|链|病|防控|风险|率)|病毒性?肺炎"
)
_WIDE_COMMA: Final = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))")
#: What is longer is no sentence, and would take time by the square of its length.
_LONGEST: Final = 2_000
#: So much of a headline is looked at for denials and places.
_HEADLINE: Final = 200
_YEAR: Final = re.compile("(?P<year>(?:19|20)\\d\\d)年")
_SINCE: Final = re.compile("以来|至今|迄今|爆发后")
#: 自去年10月以来: since then, and not then.
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


def holds_figures(entry: Entry) -> bool:
    """Return whether an entry says any figure."""
    return next(_figures(entry), None) is not None


def figures_of(entry: Entry) -> list[Figure]:
    """Return what figures the headline and the body of an entry say, in order; one said twice is there twice.

    >>> [figure.said for figure in figures_of(Entry(id="a", body="地震已造成至少12人死亡、34人受伤。"))]
    ['至少12', '34']
    """
    return list(_figures(entry))


def _figures(entry: Entry) -> Iterator[Figure]:
    if not _speaks(fold(f"{entry.headline}\n{entry.body}").text):
        return  # most entries, and quickly told
    headline = fold(_with_commas(entry.headline)).text[:_HEADLINE]
    if DENIED.search(headline):
        return
    offset = 0
    for text in filter(None, (entry.headline, entry.body)):
        folded = _squeezed(fold(_with_commas(text)), len(text))
        for figure in _in_text(folded.text, headline, entry):
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


def _with_commas(text: str) -> str:
    """Keep ， apart from 、, which folding takes for one: only the latter makes lists.

    １，２３４ is one number; whether 5，300 is one nobody knows, and as 5.300 it has no value.
    """
    text = _WIDE_COMMA.sub(lambda match: "," if "０" <= text[match.start() - 1] <= "９" else ".", text)
    return text.replace("，", ",")


def _squeezed(folded: Folded, length: int) -> Folded:
    """Leave out the blanks beside numbers, with the way back."""
    if not _BLANK.search(folded.text):
        return folded
    starts, ends = folded.starts or tuple(range(length)), folded.ends or tuple(range(1, length + 1))
    gone = {place for match in _BLANK.finditer(folded.text) for place in range(*match.span())}
    kept = [place for place in range(len(folded.text)) if place not in gone]
    text = "".join(folded.text[place] for place in kept)
    return Folded(text, tuple(starts[place] for place in kept), tuple(ends[place] for place in kept))


def _in_text(folded: str, headline: str, entry: Entry) -> Iterator[Figure]:
    # What an illness is called holds words of ours; other characters stand for them, one for one.
    text = _ILLNESS.sub(lambda match: "病" * len(match[0]), folded)
    sentences = list(_SENTENCE.finditer(text))
    for match, following in zip_longest(sentences, sentences[1:]):
        said = match[0]
        if len(said) > _LONGEST or not _speaks(said) or DENIED.search(said) or _other_year(said, entry):
            continue
        if following and DENIED_NEXT.search(following[0]):
            continue
        yield from _in_sentence(said, match.start(), headline, entry)


def _speaks(text: str) -> bool:
    """Say whether anything in a text may take a number."""
    return "死" in text or VERB.search(text) is not None


def _other_year(sentence: str, entry: Entry) -> bool:
    """Say whether a sentence speaks of another year than that of its entry."""
    if _SINCE.search(sentence):
        return False
    years = {int(match["year"]) for match in _YEAR.finditer(sentence)}
    return bool(years - {entry.time.year}) if entry.time else len(years) > 1


def _in_sentence(sentence: str, offset: int, headline: str, entry: Entry) -> Iterator[Figure]:
    clauses = [
        _Clause(match[0], match.start(), sentence, offset, sentence[match.end() : match.end() + 1])
        for match in _CLAUSE.finditer(sentence)
    ]
    scope: Scope | None = "total" if re.search("截至|截止", sentence) else None
    seen: set[str] = set()
    for place, clause in enumerate(clauses):
        before = clauses[place - 1] if place else None
        after = clauses[place + 1] if place + 1 < len(clauses) else None
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


def _is_list(one: _Clause | None, other: _Clause | None) -> bool:
    """Say whether two clauses share one number: 死亡、失踪人数达30人; 30人死亡、失踪."""
    if one is None or other is None or one.mark != "、":
        return False
    first, second = VERB.search(one.text), VERB.match(other.text)
    bare = first is not None and not counts(one.text) and first.end() == len(one.text)
    return (bare and VERB.search(other.text) is not None) or (
        second is not None and second.end() == len(other.text) and not counts(other.text)
    )


def _figure(pair: Pair, clause: _Clause, known: Scope | None, headline: str, entry: Entry) -> Figure | None:
    """Make the figure of a pair, None where the sentence before it forbids that."""
    head = clause.sentence[: clause.start + pair.end]
    scope = _scope(clause.text[pair.since : pair.end], pair)
    if scope != "new" and _DAY.search(head) and not _STRONG.search(clause.text):
        scope, known = "", known if known == "new" else ""  # 过去24小时共导致3人死亡: not in all
    if BLOCKED_SENTENCE.search(_BEGAN.sub("", head)) or scope is None:
        return None
    if not scope and known == "new":
        return None  # 新增确诊61例,死亡2例: of that day, or in all?
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
        scope=scope or known or "",
        term=pair.term,
        who=pair.who,
        place=_place(pair, clause, headline, entry),
        agency=_agency(head, entry),
        start=start,
        end=end,
        sentence=(first, last),
    )


def _scope(text: str, pair: Pair) -> Scope | None:
    """Return what is said of the scope around a pair, None where it is said both ways."""
    if _UNSURE_OF_SCOPE.search(text):
        return None
    if NEW.search(text):
        return "new"
    return "total" if TOTAL.search(text) or pair.counted else ""


def _place(pair: Pair, clause: _Clause, headline: str, entry: Entry) -> str:
    agencies = [fold(agency).text for agency in entry.agencies]
    earlier = _ASIDE.sub("", _MENTION.sub("", clause.sentence[: clause.start]))
    before = clause.text[: pair.start if pair.forward else pair.end]
    return place_of(before, earlier, "" if _is_part(pair, headline) else headline, agencies)


def _is_part(pair: Pair, headline: str) -> bool:
    """Say whether the headline has another number of the kind: then its place is not that of this one."""
    told = [one.count for one in pairs(headline) if one.kind == pair.kind]
    return bool(told) and all(count.value != pair.count.value for count in told)


def _agency(head: str, entry: Entry) -> str:
    """Return the agency named last before the figure, else who said it first, else the first named."""
    named = [(head.rfind(fold(agency).text), agency) for agency in entry.agencies]
    where, agency = max(named, default=(-1, ""))
    if where >= 0:
        return agency
    origins = [one.agency for one in entry.attributions if one.role == "origin"]
    return next(iter([*origins, *entry.agencies]), "")
