"""Resolve a parsed query: syntax tree → logical query.

Texts are analyzed, times are read, and the fallback for partial matches is built. Operators, fields, quotes
and prefixes are never relaxed. Every parsed query resolves; unusable parts become problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, pairwise
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from search.analysis import Analyzer, Units, bigram
from search.analysis.units import is_sign
from search.errors import QueryProblem, TimeError
from search.language.message import Message, reason_of
from search.query import logical
from search.query.expand import (
    Variant,
    VariantSpan,
    add_variants,
    distinct_variants,
    find_spans,
    phrase_node,
    phrases_of,
    segments,
    variant_node,
)
from search.query.groups import grouped, only_asks
from search.query.logical import (
    AgencyIs,
    AnyTerm,
    LogicalQuery,
    Node,
    Part,
    Phrase,
    StreamIs,
    TimeIn,
    Where,
    all_of,
    anchored,
    any_of,
    phrase,
)
from search.query.syntax import And, Field, FieldName, Not, Or, Parsed, Prefix, Quoted, Run, Tree
from search.ranking import is_question_word, ranked_by_age, scoring_terms
from search.settings.aliases import Names
from search.times.ranges import TimeRange, end_of, parse_range

__all__ = ["Context", "match_of", "resolve"]

#: The share of the terms of a query that a partial match has at least.
SHARE: Final = 0.06
#: Plain runs with fewer units in all keep their numbers in partial matches: 5人死亡 is not 15人死亡.
_KEEP_NUMBERS_BELOW = 8
#: Longest name, in units, and the entries that have it at least: as many as a page has.
_MAX_NAME = 8
_MIN_NAME_COUNT = 10
#: Longest query that is compared with headlines, in units.
_MAX_TITLE = 100
_FIELD_LABELS = {
    "agency": Message("来源"),
    "origin": Message("首发"),
    "via": Message("转引"),
    "stream": Message("专题"),
    "time": Message("时间"),
    "asof": Message("截至"),
}
_Text = Run | Quoted | Prefix
#: The words of a text, as ranges [i, j) of its units.
Tiles = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Context:
    """The context in which a query is resolved.

    `now` and `latest`, the time of the newest entry, resolve relative days and days without a year. `names`
    are the aliases, `within` is the time range of the filters. `exact` turns off expansion. `count` counts
    the entries of nodes; without it, every number is taken to be in some entry.
    """

    analyzer: Analyzer
    zone: ZoneInfo
    now: datetime
    latest: datetime | None = None
    exact: bool = False
    names: Names = field(default_factory=Names)
    within: TimeRange = field(default_factory=TimeRange)
    count: Callable[[Sequence[Node]], Sequence[int]] | None = None


def resolve(parsed: Parsed, context: Context) -> LogicalQuery:
    """Return the logical query of a parsed query; an empty one matches everything."""
    resolver, conjuncts = _read(parsed, context)
    if parsed.tree and not conjuncts and not resolver.asof and not resolver.problems:
        start = parsed.tree.start
        resolver.problems.append(QueryProblem(start, Message("查询里没有可以检索的文字，已列出全部条目")))
    fallback, partial_highlights = resolver.relax(conjuncts)
    terms = scoring_terms(context.analyzer, resolver.texts)
    return LogicalQuery(
        match=anchored(all_of(node for _, node in conjuncts)),
        fallback=fallback,
        terms=add_variants(terms, context.analyzer, resolver.variants),
        recency=ranked_by_age(terms),
        highlights=tuple(dict.fromkeys(resolver.highlights)),
        partial_highlights=tuple(dict.fromkeys(partial_highlights)),
        parts=tuple(resolver.parts(parsed.text, conjuncts)),
        pieces=tuple(resolver.pieces(conjuncts)),
        title=resolver.title(parsed.text, conjuncts),
        doubts=tuple(resolver.doubts(parsed.text, conjuncts)),
        also_searched=tuple(dict.fromkeys(variant.name for variant in resolver.variants if variant.name)),
        asof=min(resolver.asof, default=None),
        problems=tuple(sorted({*parsed.problems, *resolver.problems})),
    )


def match_of(parsed: Parsed, context: Context) -> Node:
    """Return only the `match` of `resolve`, which is all that counting needs."""
    return anchored(all_of(node for _, node in _read(parsed, context)[1]))


def _read(parsed: Parsed, context: Context) -> tuple[_Resolver, list[tuple[Tree, Node]]]:
    """Return the conjuncts of a query that have a node, and the resolver that read them."""
    trees: Sequence[Tree | None]
    trees = parsed.tree.children if isinstance(parsed.tree, And) else (parsed.tree,)
    # A sign between blanks (机场 + 航班) asks for nothing, unless it is all that was typed.
    trees = [tree for tree in trees if not (isinstance(tree, Run) and is_sign(tree.text))] or trees
    # Runs that only ask (加沙 停火 了 吗) are not required either.
    trees = [tree for tree in trees if not (isinstance(tree, Run) and _only_asks(tree, context))] or trees
    resolver = _Resolver(context, _period(trees, context))
    return resolver, [(tree, node) for tree in trees if tree and (node := resolver.node(tree))]


@dataclass(slots=True)
class _Resolver:
    """Resolves trees and collects, of all that is not excluded, phrases to highlight, texts and variants to
    score; also the times of 截至 and problems."""

    context: Context
    period: TimeRange
    highlights: list[Phrase] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    cached_spans: dict[str, tuple[VariantSpan, ...]] = field(default_factory=dict)
    asof: list[datetime] = field(default_factory=list)
    problems: list[QueryProblem] = field(default_factory=list)

    def node(self, tree: Tree, name: FieldName | None = None, *, excluded: bool = False) -> Node | None:
        """Return the node of a tree, None when it has nothing to search for."""
        match tree:
            case And(children):
                nodes = [node for c in children if (node := self.node(c, name, excluded=excluded))]
                return all_of(nodes) if nodes else None
            case Or(children):
                nodes = [node for c in children if (node := self.node(c, name, excluded=excluded))]
                return any_of(nodes) if nodes else None
            case Not(child):
                node = self.node(child, name, excluded=not excluded)
                return node.child if isinstance(node, logical.Not) else node and logical.Not(node)
            case Field(inner, child):
                return self.node(child, inner, excluded=excluded)
            case Run() | Quoted() | Prefix():
                return self.field_value(tree, name, excluded=excluded)

    def field_value(self, tree: _Text, name: FieldName | None, *, excluded: bool) -> Node | None:
        if name is None or name == "headline":
            return self.text(tree, name or "text", excluded=excluded)
        if isinstance(tree, Prefix):
            self.report(tree, "「*」不能用于{field}，已按完整的内容检索", field=_FIELD_LABELS[name])
        if name == "time" or name == "asof":
            return self.time(tree, name, excluded=excluded)
        if not len(self.context.analyzer.units(tree.text)):
            return None
        value = self.context.analyzer.fold(tree.text)
        if name == "stream":
            return StreamIs(value)
        return AgencyIs(value, None if name == "agency" else name)

    def text(self, tree: _Text, where: Where, *, excluded: bool) -> Node | None:
        """Return the node of a text; excluded texts and prefixes are not expanded."""
        units = self.context.analyzer.units(tree.text)
        if not len(units):
            return None
        whole = phrase(units, 0, len(units), where=where, prefix=_is_prefix(tree, units))
        # Where the whole run is contiguous, so is each of its words: a run matches by its words alone, and
        # the phrase of the whole run is only highlighted.
        spans = () if excluded else self.spans(tree)
        cuts = self.cuts(tree) if isinstance(tree, Run) else []
        node = self.expanded(tree, units, cuts, spans, where) if spans or cuts else whole
        if not excluded:
            words = [phrase(units, i, j, where=where) for tiles in cuts for i, j in tiles]
            self.highlights.extend((whole, *words, *(phrases_of(node) if spans else ())))
            self.texts.extend(() if isinstance(tree, Prefix) else (tree.text,))
            self.variants.extend(v for span in spans for v in distinct_variants(span).variants)
        return node

    def spans(self, tree: _Text) -> tuple[VariantSpan, ...]:
        """Return the spans of a text that have variants."""
        if self.context.exact or isinstance(tree, Prefix):
            return ()
        if tree.text not in self.cached_spans:
            analyzer, names, zone = self.context.analyzer, self.context.names, self.context.zone
            self.cached_spans[tree.text] = find_spans(analyzer, tree.text, names, self.period, zone)
        return self.cached_spans[tree.text]

    def expanded(
        self, tree: _Text, units: Units, cuts: list[Tiles], spans: tuple[VariantSpan, ...], where: Where
    ) -> Node:
        """Return the node of a text with all its variants; a run matches by either of its cuts."""
        if not isinstance(tree, Run):
            return phrase_node(units, spans, where)
        return any_of(all_of(part.node for part in segments(units, cut, spans, where)) for cut in cuts)

    def cuts(self, tree: Run) -> list[Tiles]:
        """Return the groups of the words with the user dictionary and without (see `groups.py`)."""
        return [self.groups(tree, tiles) for tiles in self.words(tree)]

    def groups(self, tree: Run, tiles: Tiles) -> Tiles:
        """Return the groups of a run of words."""
        units = self.context.analyzer.units(tree.text)
        return grouped(units, tiles, _with_days(units, self.number_spans(tree)))

    def number_spans(self, tree: Run) -> tuple[VariantSpan, ...]:
        """Return the numbers of a run, whether the query is expanded or not."""
        if not self.context.exact:
            return tuple(span for span in self.spans(tree) if span.is_number)
        return find_spans(self.context.analyzer, tree.text, Names())

    def words(self, tree: Run) -> list[Tiles]:
        """Return the words with the user dictionary and without, each only where the other does not cover it.

        Either may match, so a word added to the dictionary never removes a match.
        """
        analyzer = self.context.analyzer
        tiles, plain = analyzer.tiles(tree.text), analyzer.plain_tiles(tree.text)
        borders, plain_borders = {i for i, _ in tiles}, {i for i, _ in plain}
        # Entries that match the coarser cut also match the finer one.
        if borders <= plain_borders:
            return [plain]
        return [tiles] if plain_borders <= borders else [tiles, plain]

    def time(self, tree: _Text, name: FieldName, *, excluded: bool) -> Node | None:
        """Return the range of 时间; the time of 截至 is collected and has no node."""
        zone, now, latest = self.context.zone, self.context.now, self.context.latest
        try:
            if name == "time":
                span = parse_range(tree.text, zone=zone, now=now, latest=latest)
                return TimeIn(span.start, span.end)
            if excluded:
                self.report(tree, "「截至」不能排除，已忽略")
            else:
                self.asof.append(end_of(tree.text, zone=zone, now=now, latest=latest))
        except TimeError as error:
            position = isinstance(tree, Quoted) + error.position
            self.report(tree, "{reason}（已忽略）", position, reason=reason_of(error))
        return None

    def report(self, tree: Tree, template: str, position: int = 0, /, **args: object) -> None:
        self.problems.append(QueryProblem(tree.start + position, Message(template, **args)))

    # -- partial matches ---------------------------------------------------------------------

    def relax(self, conjuncts: list[tuple[Tree, Node]]) -> tuple[Node | None, list[Phrase]]:
        """Return the node of full and partial matches, and the phrases to highlight in a partial match.

        A partial match has every explicit part and a word or a bigram of the plain runs. The node is None
        where it would match nothing else than full matches.
        """
        runs = [
            (tree, self.context.analyzer.units(tree.text)) for tree, _ in conjuncts if isinstance(tree, Run)
        ]
        spans = [self.spans(run) for run, _ in runs]
        short = sum(len(units) for _, units in runs) < _KEEP_NUMBERS_BELOW
        words, bigrams = self.shared_terms(runs, without_numbers=short)
        single = len(runs) == 1 and len(runs[0][1]) <= 2 and self.is_one_word(runs[0][0])
        if single or not (words or bigrams):
            return None, self.highlights
        full = all_of(node for tree, node in conjuncts if isinstance(tree, Run))
        if len(runs) == 1 and self.is_name(*runs[0], full):
            return None, self.highlights
        partial = self.shared(words, list(bigrams), spans)
        if not any(self.is_covered(run, units, words) for run, units in runs):
            partial = any_of([full, partial])
        numbers = [n for (_, units), s in zip(runs, spans, strict=True) for n in _numbers(units, s)]
        partial = all_of([*(self.present(numbers) if short else ()), partial])
        if any(spans):
            partial = any_of([full, partial])
        explicit = [node for tree, node in conjuncts if not isinstance(tree, Run)]
        return all_of([*explicit, partial]), self.partial_highlights(runs, words, bigrams.values())

    def shared(self, words: list[str], bigrams: list[str], spans: Iterable[tuple[VariantSpan, ...]]) -> Node:
        """Return the node of entries with a fair share of the terms; in a short query, an alias is one."""
        shares = _shares(words, bigrams)
        names = (variant for span in chain(*spans) for variant in span.variants if variant.name)
        return shares if shares.least > 1 else any_of([shares, *map(variant_node, names)])

    def is_name(self, run: Run, units: Units, full: Node) -> bool:
        """Return whether a short run is found often enough, and in one piece wherever it is found."""
        if self.context.count is None or len(units) > _MAX_NAME:
            return False
        if all(len(cut) == 1 for cut in self.cuts(run)):
            return self.context.count([full])[0] >= _MIN_NAME_COUNT
        count, whole = self.context.count([full, phrase(units, 0, len(units))])
        return count == whole >= _MIN_NAME_COUNT

    def partial_highlights(
        self, runs: list[tuple[Run, Units]], words: list[str], bigrams: Iterable[Phrase]
    ) -> list[Phrase]:
        """Return the highlights without weak words, except whole runs, and the shared terms."""
        tiles = [phrase(units, i, j) for run, units in runs for i, j in self.context.analyzer.tiles(run.text)]
        weak = {tile for tile in tiles if _is_weak(*tile.units)}
        weak -= {phrase(units, 0, len(units)) for _, units in runs}
        shared = (phrase(units, 0, len(units)) for units in map(self.context.analyzer.units, words))
        return [*(phrase for phrase in self.highlights if phrase not in weak), *shared, *bigrams]

    def present(self, numbers: list[Node]) -> list[Node]:
        """Return the numbers that some entry has; a partial match may lack a number that no entry has."""
        if not numbers or self.context.count is None:
            return numbers
        counts = self.context.count(numbers)
        return [number for number, count in zip(numbers, counts, strict=True) if count]

    def shared_terms(
        self, runs: list[tuple[Run, Units]], *, without_numbers: bool
    ) -> tuple[list[str], dict[str, Phrase]]:
        """Return the words and the bigrams, with their phrases, of which a partial match has at least one.

        Single Han characters and question words are left out.
        """
        words = dict.fromkeys(word for run, _ in runs for word in self.context.analyzer.terms(run.text).words)
        bigrams = {
            bigram(units.texts[i], units.texts[i + 1]): phrase(units, i, i + 2)
            for _, units in runs
            for i in range(len(units) - 1)
            if units.positions[i + 1] == units.positions[i] + 1
        }
        numbers = {text for _, units in runs for text in units.texts if without_numbers and _is_number(text)}
        strong = [word for word in words if not _is_weak(word) and word not in numbers]
        return strong, {pair: units for pair, units in bigrams.items() if not is_question_word(pair)}

    def is_covered(self, run: Run, units: Units, words: list[str]) -> bool:
        """Return whether every full match of a run has one of the shared words or a bigram of the run."""
        cuts = self.cuts(run)
        return all(any(_is_shared(phrase(units, i, j), words) for i, j in cut) for cut in cuts)

    def is_one_word(self, run: Run) -> bool:
        return len(self.context.analyzer.tiles(run.text)) == 1

    # -- parts -------------------------------------------------------------------------------

    def pieces(self, conjuncts: list[tuple[Tree, Node]]) -> Iterator[Part]:
        """Yield the groups of all plain runs."""
        for run in (tree for tree, _ in conjuncts if isinstance(tree, Run)):
            units = self.context.analyzer.units(run.text)
            groups = self.groups(run, self.context.analyzer.tiles(run.text))
            for part in segments(units, groups, self.spans(run)):
                yield Part(run.text[units.starts[part.start] : units.ends[part.end - 1]], part.node)

    def title(self, text: str, conjuncts: list[tuple[Tree, Node]]) -> Phrase | None:
        """Return the runs of a query as a headline; None with operators, and for a long query.

        Conditions (来源, 时间, 截至 …) are not part of it.
        """
        runs = [tree for tree, _ in conjuncts if not _is_condition(tree)]
        if self.asof or len(runs) < len(conjuncts):
            text = " ".join(text[run.start : run.end] for run in runs)
        units = self.context.analyzer.units(text)
        if not 1 < len(units) <= _MAX_TITLE or not all(isinstance(tree, Run) for tree in runs):
            return None
        return phrase(units, 0, len(units), where="headline")

    def doubts(self, text: str, conjuncts: list[tuple[Tree, Node]]) -> Iterator[QueryProblem]:
        """Yield a problem for each excluded number, which may be a negative one."""
        for tree, _ in conjuncts:
            if isinstance(tree, Not) and isinstance(tree.child, Run) and tree.child.text[0].isdigit():
                message = Message(
                    '「{typed}」读作排除「{number}」；要找负数，请写在引号里："{typed}"',
                    typed=text[tree.start : tree.end],
                    number=tree.child.text,
                )
                yield QueryProblem(tree.start, message)

    def parts(self, text: str, conjuncts: list[tuple[Tree, Node]]) -> Iterator[Part]:
        """Yield the conjuncts as typed; a query of one run is split into its words."""
        if len(conjuncts) == 1 and isinstance(conjuncts[0][0], Run):
            yield from self.pieces(conjuncts)
            return
        for tree, node in conjuncts:
            yield Part(text[tree.start : tree.end], anchored(node))


def _is_condition(tree: Tree) -> bool:
    """Return whether a conjunct says of what kind an entry is, and nothing of its text."""
    return isinstance(tree, Field) and tree.name != "headline"


def _only_asks(run: Run, context: Context) -> bool:
    return only_asks(context.analyzer.units(run.text), context.analyzer.tiles(run.text))


def _numbers(units: Units, spans: tuple[VariantSpan, ...]) -> Iterator[Node]:
    """Yield the numbers that a partial match of a short query must have, in any of their variants."""
    number_spans = [span for span in spans if span.is_number]
    for span in number_spans:
        digits = [phrase(units, k, k + 1) for k in range(span.start, span.end) if _is_number(units.texts[k])]
        typed = all_of(digits) if digits else phrase(units, span.start, span.end)
        yield any_of([typed, *map(variant_node, span.variants)])
    for k, text in enumerate(units.texts):
        if _is_number(text) and not any(span.start <= k < span.end for span in number_spans):
            yield phrase(units, k, k + 1)


def _with_days(units: Units, spans: Iterable[VariantSpan]) -> list[tuple[int, int]]:
    """Return the ranges of numbers; a year, a month and a day after each other are one."""
    ranges: list[tuple[int, int]] = []
    for span in spans:
        if ranges and ranges[-1][1] == span.start and units.texts[span.start - 1] in ("年", "月"):
            ranges[-1] = ranges[-1][0], span.end
        else:
            ranges.append((span.start, span.end))
    return ranges


def _shares(words: list[str], bigrams: list[str]) -> AnyTerm:
    """Return the node of entries with a fair share of the terms of a query."""
    terms = max(len(words), len(bigrams))
    least = ceil(SHARE * terms)
    if least < 2:
        return AnyTerm(tuple(words), tuple(bigrams))
    return AnyTerm((), tuple(bigrams), least) if len(bigrams) == terms else AnyTerm(tuple(words), (), least)


def _is_prefix(tree: _Text, units: Units) -> bool:
    """Return whether the last unit is a prefix; a Han character is a whole unit."""
    return isinstance(tree, Prefix) and not _is_han(units.texts[-1])


def _is_number(unit: str) -> bool:
    return unit[0].isdigit()


def _period(trees: Iterable[Tree | None], context: Context) -> TimeRange:
    """Return the time range of query text and filters, as far as dated aliases need it."""
    period = context.within
    for tree in trees if context.names.dated and not context.exact else ():
        if not isinstance(tree, Field) or tree.name not in ("time", "asof"):
            continue
        if not isinstance(value := tree.child, Run | Quoted):
            continue
        with suppress(TimeError):
            span = parse_range(value.text, zone=context.zone, now=context.now, latest=context.latest)
            period = period & (span if tree.name == "time" else TimeRange(None, span.end))
    return period


def _is_shared(word: Phrase, words: list[str]) -> bool:
    """Return whether each entry with this word of the query has a shared word or bigram."""
    adjacent = any(b - a == 1 for a, b in pairwise(word.offsets))
    return not _is_weak(*word.units) and (adjacent or word.units[0] in words)


def _is_weak(*units: str) -> bool:
    """Return whether a word is a single Han character or a question word."""
    return _is_han(*units) or is_question_word("".join(units))


def _is_han(*units: str) -> bool:
    """Return whether this is one unit, and a Han character.

    >>> _is_han("俄"), _is_han("f16"), _is_han("俄", "国")
    (True, False, False)
    """
    if len(units) != 1 or len(units[0]) != 1:
        return False
    return "\u3400" <= units[0] <= "\u9fff" or units[0] >= "\U00020000"
