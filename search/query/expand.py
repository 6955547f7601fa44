"""Query expansion: other ways to write a text, searched along with the text as typed.

    Variants come from the aliases of the home (泽连斯基 = Zelensky), from numbers, days and clock times
    (五人 ↔ 5人, 13:30 ↔ 13时30分), and from spellings (报导 ↔ 报道, `variants.txt`).

Only queries are expanded; the index is not. Expansion only adds matches: the text as typed stays one
alternative, and excluded texts are not expanded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from search.analysis import Analyzer, Units, bigram
from search.query.days import days_with_year
from search.query.logical import AllOf, AnyOf, Node, Not, Phrase, TimeIn, Where, all_of, any_of, phrase
from search.query.numbers import has_numbers, number_spans
from search.ranking import ScoringTerms
from search.settings.aliases import Names, read_aliases
from search.times.ranges import TimeRange

__all__ = [
    "Segment",
    "Variant",
    "VariantSpan",
    "add_variants",
    "distinct_variants",
    "find_spans",
    "phrase_node",
    "phrases_of",
    "segments",
    "variant_node",
]

#: Combinations of variants of one text, beyond those that replace a single span.
MAX_COMBINATIONS: Final = 16
#: Spans of one text that are expanded; later spans match only as typed.
MAX_SPANS: Final = 24
#: Units in the alternatives of one phrase together; the first MAX_COMBINATIONS are kept in any case.
_MAX_PHRASE_UNITS: Final = 2_000
_VARIANTS: Final = Path(__file__).with_name("variants.txt")
_ALWAYS = TimeRange()
#: Letters of a word that may be written with a hyphen: e-mail, Wi-Fi.
_MIN_LETTERS: Final = 4
_MAX_LETTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to write a span. `name` is the alias as its file has it, "" for numbers and spellings.

    The variant does not match directly after one of the numerals `not_after`.
    """

    units: tuple[str, ...]
    offsets: tuple[int, ...]
    name: str = ""
    within: TimeRange = _ALWAYS
    not_after: str = ""


@dataclass(frozen=True, slots=True)
class VariantSpan:
    """Units [start, end) of a text, with their variants."""

    start: int
    end: int
    variants: tuple[Variant, ...]
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """Units [start, end) of a run, with their node: a word, or several words that a span covers."""

    start: int
    end: int
    node: Node


def find_spans(
    analyzer: Analyzer,
    text: str,
    names: Names,
    period: TimeRange = _ALWAYS,
    zone: ZoneInfo | None = None,
) -> tuple[VariantSpan, ...]:
    """Return the spans of a text that have variants, in order; they may overlap.

    Alias groups whose time range does not meet `period` are left out. Days may lack their year in entries
    around them, in the time of `zone`; without a zone they may not.
    """
    units, tiles = analyzer.units(text), analyzer.tiles(text)
    spans = [
        *_name_spans(units, tiles, names, period),
        *_name_spans(units, tiles, _spellings(analyzer), period, named=False),
    ]
    spans += _letter_spans(units)
    if has_numbers(units.texts):
        days = list(_day_spans(units, zone)) if zone else []
        spans += days
        for number in number_spans(units, tiles):
            typed = tuple(units.texts[number.start : number.end])
            others = (form for form in number.forms if form[0] != typed)
            variants = tuple(Variant(*form, not_after=number.not_after) for form in others)
            if not any(day.start <= number.start and number.end <= day.end for day in days):
                spans.append(VariantSpan(number.start, number.end, variants, is_number=True))
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end)))[:MAX_SPANS]


def _day_spans(units: Units, zone: ZoneInfo) -> Iterator[VariantSpan]:
    """Yield the days that have a year in the text, with the ways to write each."""
    for _, days in groupby(days_with_year(units, zone), lambda day: day.start):
        forms = list(days)
        start, end = forms[0].start, forms[0].end
        typed = tuple(units.texts[start:end])
        variants = (Variant(*day.form, within=day.within, not_after=day.not_after) for day in forms)
        others = tuple(variant for variant in variants if variant.units != typed)
        yield VariantSpan(start, end, others, is_number=True)


@lru_cache(maxsize=4)
def _spellings(analyzer: Analyzer) -> Names:
    """Return the built-in spelling variants."""
    return Names(read_aliases(_VARIANTS, analyzer, ZoneInfo("UTC")).groups)


def _name_spans(
    units: Units, tiles: list[tuple[int, int]], names: Names, period: TimeRange, *, named: bool = True
) -> Iterator[VariantSpan]:
    """Yield the spans of names from left to right, the longest name at each unit."""
    if not names.any_of(units.texts):
        return
    borders = {0, *(end for _, end in tiles)}
    i = 0
    while i < len(units):
        end = i
        variants: dict[Variant, None] = {}
        for name, group in names.at(units.texts, units.positions, i):
            j = i + len(name.units)
            if j < end or (group.within & period).empty:
                continue
            # Two characters may be the border of two words: 中国人 and 国人.
            if j - i > 2 or (i in borders and j in borders):
                end = j
                others = (other for other in group.names if other is not name)
                variants.update(
                    (Variant(other.units, other.offsets, other.text if named else "", group.within), None)
                    for other in others
                )
        if variants:
            yield VariantSpan(i, end, tuple(variants))
        i = max(end, i + 1)


def _letter_spans(units: Units) -> Iterator[VariantSpan]:
    """Yield words of letters that are written with and without a hyphen: wifi and Wi-Fi."""
    i = 0
    while i < len(units):
        end = i + 1
        while end < len(units) and _are_letters(units.texts[i]) and _continues(units, end):
            end += 1
        if end - i > 1:
            yield VariantSpan(i, end, (Variant(("".join(units.texts[i:end]),), (0,)),))
        elif _are_letters(units.texts[i]) and _MIN_LETTERS <= len(units.texts[i]) <= _MAX_LETTERS:
            word = units.texts[i]
            cuts = ((word[:k], word[k:]) for k in range(1, len(word) - 1))
            yield VariantSpan(i, end, tuple(Variant(cut, (0, 1)) for cut in cuts))
        i = end


def _continues(units: Units, k: int) -> bool:
    """Return whether unit k goes on with the word of letters before it, with a hyphen or a blank between."""
    return _are_letters(units.texts[k]) and units.positions[k] == units.positions[k - 1] + 1


def _are_letters(unit: str) -> bool:
    return unit.isascii() and unit.isalpha()


# -- nodes ------------------------------------------------------------------------------------------------


def variant_node(variant: Variant, where: Where = "text") -> Node:
    """Return the node of a variant."""
    return _limited(Phrase(variant.units, variant.offsets, where), (variant,), variant)


def _limited(phrase: Phrase, variants: Iterable[Variant], first: Variant | None) -> Node:
    """Limit a phrase to the time ranges of its variants and exclude longer numerals that end in `first`.

    An entry with the longer numeral anywhere is left out: 5人 as 五人 does not match an entry with 十五人.
    """
    times = [TimeIn(v.within.start, v.within.end) for v in variants if v.within != _ALWAYS]
    nodes: list[Node] = [phrase, *times]
    if first and first.not_after:
        offsets = (0, *(offset + 1 for offset in first.offsets))
        longer = (Phrase((sign, *first.units), offsets, phrase.where) for sign in first.not_after)
        nodes.append(Not(any_of(longer)))
    return all_of(nodes)


#: Spans from left to right that do not overlap, each with one of its variants.
_Combination = tuple[tuple[VariantSpan, Variant], ...]


def _combinations(spans: list[VariantSpan]) -> list[_Combination]:
    """Return the combinations of variants: each variant alone, then several, up to MAX_COMBINATIONS."""
    latest: list[_Combination] = [((span, variant),) for span in spans for variant in span.variants]
    combinations = list(latest)
    while latest and len(combinations) < MAX_COMBINATIONS:
        latest = [
            (*combination, (span, variant))
            for combination in latest
            for span in spans
            if span.start >= combination[-1][0].end
            for variant in span.variants
        ][: MAX_COMBINATIONS - len(combinations)]
        combinations += latest
    return combinations


def segments(
    units: Units, tiles: list[tuple[int, int]], spans: tuple[VariantSpan, ...], where: Where = "text"
) -> list[Segment]:
    """Return the words of a run in order; words that one span covers are joined to one segment."""
    result: list[Segment] = []
    for words, covering in _clusters(tiles, spans):
        if len(words) == 1:
            (start, end), own = words[0], tuple(map(distinct_variants, covering))
            result.append(Segment(start, end, phrase_node(units, own, where, start, end)))
            continue
        plain = all_of(phrase(units, i, j, where=where) for i, j in words)
        combinations = _combinations(list(map(distinct_variants, covering)))
        expanded = [all_of(_combined(units, words, combination, where)) for combination in combinations]
        result.append(Segment(words[0][0], words[-1][1], any_of([plain, *expanded])))
    return result


def distinct_variants(span: VariantSpan) -> VariantSpan:
    """Leave out variants of a number that begin with another variant, which matches wherever they do."""
    if not span.is_number:
        return span
    written = {variant.units for variant in span.variants}
    distinct = (variant for variant in span.variants if variant.units[:-1] not in written)
    return replace(span, variants=tuple(distinct))


def _clusters(
    tiles: list[tuple[int, int]], spans: tuple[VariantSpan, ...]
) -> Iterator[tuple[list[tuple[int, int]], list[VariantSpan]]]:
    """Yield the shortest sequences of tiles whose borders no span crosses, each with the spans inside."""
    remaining = list(spans)
    words, inside = list[tuple[int, int]](), list[VariantSpan]()
    for i, j in tiles:
        words.append((i, j))
        while remaining and remaining[0].start < j:
            inside.append(remaining.pop(0))
        if all(span.end <= j for span in inside):
            yield words, inside
            words, inside = [], []


def _combined(
    units: Units, tiles: list[tuple[int, int]], combination: _Combination, where: Where
) -> Iterator[Node]:
    """Yield the variants of a combination, and the parts of the tiles that its spans do not cover."""
    yield from (variant_node(variant, where) for _, variant in combination)
    for i, j in tiles:
        for span, _ in combination:
            if i < span.end and span.start < j:
                if i < span.start:
                    yield phrase(units, i, span.start, where=where)
                i = min(j, span.end)
        if i < j:
            yield phrase(units, i, j, where=where)


def phrase_node(
    units: Units,
    spans: tuple[VariantSpan, ...],
    where: Where = "text",
    start: int = 0,
    end: int | None = None,
) -> Node:
    """Return the node of units [start, end) as one phrase, in all combinations of the variants in them."""
    end = len(units) if end is None else end
    # Each alternative is as long as the text, so a long text has fewer of them.
    limit = max(MAX_COMBINATIONS, _MAX_PHRASE_UNITS // (end - start))
    chosen = _combinations(list(spans))[:limit]
    alternatives = (_phrase_with(units, combination, where, start, end) for combination in chosen)
    return any_of([phrase(units, start, end, where=where), *alternatives])


def _phrase_with(units: Units, combination: _Combination, where: Where, begin: int, end: int) -> Node:
    texts: list[str] = []
    positions: list[int] = []
    done, shift = begin, 0
    for span, variant in combination:
        texts += [*units.texts[done : span.start], *variant.units]
        first = units.positions[span.start] + shift
        positions += [position + shift for position in units.positions[done : span.start]]
        positions += [first + offset for offset in variant.offsets]
        shift += variant.offsets[-1] - (units.positions[span.end - 1] - units.positions[span.start])
        done = span.end
    texts += units.texts[done:end]
    positions += [position + shift for position in units.positions[done:end]]
    offsets = tuple(position - positions[0] for position in positions)
    span, variant = combination[0]
    leading = variant if span.start == begin else None
    return _limited(Phrase(tuple(texts), offsets, where), (variant for _, variant in combination), leading)


def phrases_of(node: Node) -> Iterator[Phrase]:
    """Yield the phrases of a node, without those inside a Not."""
    match node:
        case Phrase():
            yield node
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from phrases_of(child)


def add_variants(terms: ScoringTerms, analyzer: Analyzer, variants: Iterable[Variant]) -> ScoringTerms:
    """Return scoring terms with those of the variants, so that entries with only a variant have a score.

    Of a name of several words only the bigrams are added: 新闻 is not specific to 俄罗斯新闻社.
    """
    words, unigrams, bigrams = dict(terms.words), dict(terms.unigrams), dict(terms.bigrams)
    for variant in variants:
        written = "".join(variant.units)
        if len(analyzer.tiles(written)) == 1:
            words.setdefault(written, 1)
        if len(variant.units) == 1:
            unigrams.setdefault(variant.units[0], 1)
        for (i, first), (j, second) in pairwise(zip(variant.offsets, variant.units, strict=True)):
            if j == i + 1:
                bigrams.setdefault(bigram(first, second), 1)
    return ScoringTerms(tuple(words.items()), tuple(unigrams.items()), tuple(bigrams.items()))
