"""Widening: a text is looked for in all the ways in which the same may be written.

    Alternatives come from the aliases of the home (泽连斯基 = Zelensky), from numbers and clock times
    (五人 ↔ 5人, 13:30 ↔ 13时30分), and from spellings (报导 ↔ 报道, `variants.txt`).

All of it happens to the query; the index knows nothing of it. Promise: widening only ever adds. What was
typed stays one of the ways, and what is excluded is excluded as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from search.analysis import Analyzer, Units, bigram
from search.query.logical import AllOf, AnyOf, Except, Node, Phrase, TimeIn, Where, all_of, any_of, row
from search.query.numbers import has_numbers, other_numbers
from search.ranking import ScoringTerms
from search.settings.aliases import Names, read_aliases
from search.times.ranges import TimeRange

__all__ = [
    "Segment",
    "Variant",
    "VariantSpan",
    "find_spans",
    "form_node",
    "phrase",
    "pieces",
    "rows_of",
    "widest",
    "with_forms",
]

#: So many ways to write one text at most, when several of its spans may be written otherwise.
MAX_WAYS: Final = 16
#: So many spans of one text are widened; the rest is looked for as typed.
MAX_SPANS: Final = 24
_MAX_UNITS: Final = 2_000
_VARIANTS: Final = Path(__file__).with_name("variants.txt")
_ALWAYS = TimeRange()


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to write a span. `name` is how the file of aliases has it, "" for all else.

    The form does not count where one of the numerals `larger` stands right before it.
    """

    units: tuple[str, ...]
    offsets: tuple[int, ...]
    name: str = ""
    within: TimeRange = _ALWAYS
    larger: str = ""


@dataclass(frozen=True, slots=True)
class VariantSpan:
    """Units [start, end) of a text, and how else they may be written."""

    start: int
    end: int
    forms: tuple[Variant, ...]
    number: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """Units [start, end) of a run, and what finds them: a word, or a span in all its forms."""

    start: int
    end: int
    node: Node


def find_spans(
    analyzer: Analyzer, text: str, names: Names, period: TimeRange = _ALWAYS
) -> tuple[VariantSpan, ...]:
    """Return the spans of a text that may be written otherwise, in order; they may overlap.

    Groups of names that do not hold at any time of `period` stay out.
    """
    units, tiles = analyzer.units(text), analyzer.tiles(text)
    spans = [
        *_named(units, tiles, names, period),
        *_named(units, tiles, _variants(analyzer), period, told=False),
    ]
    if has_numbers(units.texts):
        for found in other_numbers(units, tiles):
            forms = tuple(Variant(*form, larger=found.larger) for form in found.forms)
            typed = tuple(units.texts[found.start : found.end])
            others = tuple(form for form in forms if form.units != typed)
            spans.append(VariantSpan(found.start, found.end, others, number=True))
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end)))[:MAX_SPANS]


@lru_cache(maxsize=4)
def _variants(analyzer: Analyzer) -> Names:
    """Return the spellings that come with the program."""
    return Names(read_aliases(_VARIANTS, analyzer, ZoneInfo("UTC")).groups)


def _named(
    units: Units, tiles: list[tuple[int, int]], names: Names, period: TimeRange, *, told: bool = True
) -> Iterator[VariantSpan]:
    """Yield the names of a text from left to right, the longest at each place."""
    if not names.any_of(units.texts):
        return
    borders = {0, *(end for _, end in tiles)}
    i = 0
    while i < len(units):
        end = i
        forms: dict[Variant, None] = {}
        for name, group in names.at(units.texts, units.positions, i):
            j = i + len(name.units)
            if j < end or (group.within & period).empty:
                continue
            # Two characters may be the border of two words: 中国人 and 国人.
            if j - i > 2 or (i in borders and j in borders):
                end = j
                others = (other for other in group.names if other is not name)
                forms.update(
                    (Variant(other.units, other.offsets, other.text if told else "", group.within), None)
                    for other in others
                )
        if forms:
            yield VariantSpan(i, end, tuple(forms))
        i = max(end, i + 1)


# -- nodes ------------------------------------------------------------------------------------------------


def form_node(form: Variant, where: Where = "text") -> Node:
    """Return what finds a form."""
    return _limited(Phrase(form.units, form.offsets, where), (form,), form)


def _limited(found: Phrase, forms: Iterable[Variant], first: Variant | None) -> Node:
    """Limit a row to the time of its names, and keep it from beginning inside a longer numeral.

    An entry that has the longer numeral anywhere is left out: 五人 for 5人 is not found beside 十五人.
    """
    times = [TimeIn(form.within.start, form.within.end) for form in forms if form.within != _ALWAYS]
    nodes: list[Node] = [found, *times]
    if first and first.larger:
        offsets = (0, *(offset + 1 for offset in first.offsets))
        nodes.append(
            Except(any_of(Phrase((sign, *first.units), offsets, found.where) for sign in first.larger))
        )
    return all_of(nodes)


#: Spans that are written otherwise, each with how, from left to right.
_Way = tuple[tuple[VariantSpan, Variant], ...]


def _combinations(spans: list[VariantSpan]) -> list[_Way]:
    """Return the ways to write some spans otherwise: each alone, then together, up to MAX_WAYS."""
    latest: list[_Way] = [((span, form),) for span in spans for form in span.forms]
    ways = list(latest)
    while latest and len(ways) < MAX_WAYS:
        latest = [
            (*way, (span, form))
            for way in latest
            for span in spans
            if span.start >= way[-1][0].end
            for form in span.forms
        ][: MAX_WAYS - len(ways)]
        ways += latest
    return ways


def pieces(
    units: Units, tiles: list[tuple[int, int]], spans: tuple[VariantSpan, ...], where: Where = "text"
) -> list[Segment]:
    """Return the words of a run, those that a span touches joined to one piece that any of its ways finds."""
    found: list[Segment] = []
    for start, end, own in _clusters(tiles, spans):
        inside = [tile for tile in tiles if start <= tile[0] < end]
        plain = all_of(row(units, i, j, where=where) for i, j in inside)
        ways = [all_of(_written(units, inside, way, where)) for way in _combinations(list(map(widest, own)))]
        found.append(Segment(start, end, any_of([plain, *ways]) if ways else plain))
    return found


def widest(span: VariantSpan) -> VariantSpan:
    """Leave out the forms that begin with another form, which finds them where nothing must follow."""
    if not span.number:
        return span
    written = {form.units for form in span.forms}
    kept = (form for form in span.forms if form.units[:-1] not in written)
    return replace(span, forms=tuple(kept))


def _clusters(
    tiles: list[tuple[int, int]], spans: tuple[VariantSpan, ...]
) -> Iterator[tuple[int, int, list[VariantSpan]]]:
    """Yield ranges of whole tiles that no span crosses, each with the spans inside."""
    left = list(spans)
    start, own = 0, list[VariantSpan]()
    for _, j in tiles:
        while left and left[0].start < j:
            own.append(left.pop(0))
        if all(span.end <= j for span in own):
            yield start, j, own
            start, own = j, []


def _written(units: Units, tiles: list[tuple[int, int]], way: _Way, where: Where) -> Iterator[Node]:
    """Yield what finds a piece of a run in this way: the forms, and what is left of its words."""
    yield from (form_node(form, where) for _, form in way)
    for i, j in tiles:
        for span, _ in way:
            if i < span.end and span.start < j:
                if i < span.start:
                    yield row(units, i, span.start, where=where)
                i = min(j, span.end)
        if i < j:
            yield row(units, i, j, where=where)


def phrase(units: Units, spans: tuple[VariantSpan, ...], where: Where = "text") -> Node:
    """Return what finds a whole text in one piece, in any of its ways."""
    plain = row(units, 0, len(units), where=where)
    # Each way is a row as long as the text: a long text is given fewer of them.
    most = max(MAX_WAYS, _MAX_UNITS // len(units))
    return any_of([plain, *(_phrase(units, way, where) for way in _combinations(list(spans))[:most])])


def _phrase(units: Units, way: _Way, where: Where) -> Node:
    texts: list[str] = []
    positions: list[int] = []
    place, shift = 0, 0
    for span, form in way:
        texts += [*units.texts[place : span.start], *form.units]
        begin = units.positions[span.start] + shift
        positions += [position + shift for position in units.positions[place : span.start]]
        positions += [begin + offset for offset in form.offsets]
        shift += form.offsets[-1] - (units.positions[span.end - 1] - units.positions[span.start])
        place = span.end
    texts += units.texts[place:]
    positions += [position + shift for position in units.positions[place:]]
    first, form = way[0]
    offsets = tuple(position - positions[0] for position in positions)
    return _limited(
        Phrase(tuple(texts), offsets, where), (form for _, form in way), form if first.start == 0 else None
    )


def rows_of(node: Node) -> Iterator[Phrase]:
    """Yield the rows by which a node finds something, not those it leaves out."""
    match node:
        case Phrase():
            yield node
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from rows_of(child)


def with_forms(bag: ScoringTerms, analyzer: Analyzer, forms: Iterable[Variant]) -> ScoringTerms:
    """Return a bag with the forms that widened a query, so that an entry weighs that has only those.

    Of a name of several words only the neighbours count, for 新闻 alone says nothing of 俄罗斯新闻社.
    """
    if not (forms := list(forms)):
        return bag
    words, unigrams, bigrams = dict(bag.words), dict(bag.unigrams), dict(bag.bigrams)
    for form in forms:
        written = "".join(form.units)
        if len(analyzer.tiles(written)) == 1:
            words.setdefault(written, 1)
        if len(form.units) == 1:
            unigrams.setdefault(form.units[0], 1)
        for (i, first), (j, second) in pairwise(zip(form.offsets, form.units, strict=True)):
            if j == i + 1:
                bigrams.setdefault(bigram(first, second), 1)
    return ScoringTerms(tuple(words.items()), tuple(unigrams.items()), tuple(bigrams.items()))
