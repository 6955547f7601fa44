"""Resolve: the tree of what was typed → what the engines look for.

Here text meets the analyzer, days meet the clock, and the answer gets its second chance: `match` is what
was asked, `fallback` what may follow it in the ranking. Nothing explicit (operators, fields, quotes,
prefixes) is ever relaxed. Any parsed query resolves; what cannot be used is told as a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from search.analysis import Analyzer, Units, bigram
from search.errors import QueryProblem, TimeError
from search.query.expand import (
    Variant,
    VariantSpan,
    find_spans,
    form_node,
    phrase,
    pieces,
    rows_of,
    widest,
    with_forms,
)
from search.query.logical import (
    AgencyIs,
    AnyTerm,
    Except,
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
    row,
)
from search.query.syntax import And, Field, FieldName, Not, Or, Parsed, Prefix, Quoted, Run, Tree
from search.ranking import bag, is_question_word
from search.settings.aliases import Names
from search.times.ranges import TimeRange, end_of, parse_range

__all__ = ["Context", "match_of", "resolve"]

#: Plain runs with fewer units than this keep their numbers in partial matches: 5人死亡 is not 15人死亡.
_SHORT = 8
_VALUES = {
    "agency": "来源",
    "origin": "首发",
    "via": "转引",
    "stream": "专题",
    "time": "时间",
    "asof": "截至",
}
_Leaf = Run | Quoted | Prefix
#: The words of a text, as ranges of its units.
Tiles = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a query needs to be understood beside its text.

    `now` and the newest entry's time, `latest`, give relative days and days without a year their meaning.
    `names` are the aliases, `within` the time that is asked for beside the text; `exact` turns off all
    widening: aliases, numbers and spellings.
    """

    analyzer: Analyzer
    zone: ZoneInfo
    now: datetime
    latest: datetime | None = None
    exact: bool = False
    names: Names = field(default_factory=Names)
    within: TimeRange = field(default_factory=TimeRange)


def resolve(parsed: Parsed, context: Context) -> LogicalQuery:
    """Return what a parsed query means; an empty one means everything."""
    resolver, found = _read(parsed, context)
    if parsed.tree and not found and not resolver.asof and not resolver.problems:
        start = parsed.tree.start
        resolver.problems.append(QueryProblem(start, "查询里没有可以检索的文字，已列出全部条目"))
    fallback, loose = resolver.relax(found)
    return LogicalQuery(
        match=anchored(all_of(node for _, node in found)),
        fallback=fallback,
        bag=with_forms(bag(context.analyzer, resolver.texts), context.analyzer, resolver.forms),
        marks=tuple(dict.fromkeys(resolver.marks)),
        partial_highlights=tuple(dict.fromkeys(loose)),
        parts=tuple(resolver.parts(parsed.text, found)),
        also_searched=tuple(dict.fromkeys(form.name for form in resolver.forms if form.name)),
        asof=min(resolver.asof, default=None),
        problems=tuple(sorted({*parsed.problems, *resolver.problems})),
    )


def match_of(parsed: Parsed, context: Context) -> Node:
    """Return only the `match` of `resolve`, which is all that counting needs."""
    return anchored(all_of(node for _, node in _read(parsed, context)[1]))


def _read(parsed: Parsed, context: Context) -> tuple[_Resolver, list[tuple[Tree, Node]]]:
    """Return the conjuncts of a query that mean something, each with its node, and what gathered."""
    conjuncts = parsed.tree.children if isinstance(parsed.tree, And) else (parsed.tree,)
    resolver = _Resolver(context, _period(conjuncts, context))
    return resolver, [(tree, node) for tree in conjuncts if tree and (node := resolver.meaning(tree))]


@dataclass(slots=True)
class _Resolver:
    """What gathers while the tree is read: rows to mark, texts and other forms to score (of what is not
    excluded), moments of 截至, problems."""

    context: Context
    period: TimeRange
    marks: list[Phrase] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    forms: list[Variant] = field(default_factory=list)
    found: dict[str, tuple[VariantSpan, ...]] = field(default_factory=dict)
    asof: list[datetime] = field(default_factory=list)
    problems: list[QueryProblem] = field(default_factory=list)

    def meaning(self, tree: Tree, name: FieldName | None = None, *, wanted: bool = True) -> Node | None:
        """Return what a tree means, or None when nothing in it can be looked for."""
        match tree:
            case And(children):
                nodes = [node for c in children if (node := self.meaning(c, name, wanted=wanted))]
                return all_of(nodes) if nodes else None
            case Or(children):
                nodes = [node for c in children if (node := self.meaning(c, name, wanted=wanted))]
                return any_of(nodes) if nodes else None
            case Not(child):
                node = self.meaning(child, name, wanted=not wanted)
                return node.child if isinstance(node, Except) else node and Except(node)
            case Field(inner, child):
                return self.meaning(child, inner, wanted=wanted)
            case Run() | Quoted() | Prefix():
                return self.leaf(tree, name, wanted=wanted)

    def leaf(self, tree: _Leaf, name: FieldName | None, *, wanted: bool) -> Node | None:
        if name is None or name == "headline":
            return self.text(tree, name or "text", wanted=wanted)
        if isinstance(tree, Prefix):
            self.tell(tree, f"「*」不能用于{_VALUES[name]}，已按完整的内容检索")
        if name == "time" or name == "asof":
            return self.time(tree, name, wanted=wanted)
        if not len(self.context.analyzer.units(tree.text)):
            return None
        value = self.context.analyzer.fold(tree.text)
        if name == "stream":
            return StreamIs(value)
        return AgencyIs(value, None if name == "agency" else name)

    def text(self, tree: _Leaf, where: Where, *, wanted: bool) -> Node | None:
        """Return what finds a text; what is excluded, and a prefix, is looked for only as typed."""
        units = self.context.analyzer.units(tree.text)
        if not len(units):
            return None
        whole = row(units, 0, len(units), where=where, prefix=_is_prefix(tree, units))
        # The words of a run stand contiguous wherever the whole run does, so asking for each word finds
        # the whole run as well; the row of the whole is for marking only.
        spans = self.spans(tree) if wanted else ()
        cuts = self.cuts(tree, units) if isinstance(tree, Run) else []
        node = self.widened(tree, units, cuts, spans, where) if spans or cuts else whole
        if wanted:
            rows = [row(units, i, j, where=where) for tiles in cuts for i, j in tiles]
            self.marks.extend((whole, *rows, *(rows_of(node) if spans else ())))
            self.texts.extend(() if isinstance(tree, Prefix) else (tree.text,))
            self.forms.extend(form for span in spans for form in widest(span).forms)
        return node

    def words(self, tree: Run, units: Units, where: Where = "text") -> list[Phrase]:
        return [row(units, i, j, where=where) for i, j in self.context.analyzer.tiles(tree.text)]

    def spans(self, tree: _Leaf) -> tuple[VariantSpan, ...]:
        """Return what may be written otherwise in a text that is wanted."""
        if self.context.exact or isinstance(tree, Prefix):
            return ()
        found = self.found.get(tree.text)
        if found is None:
            found = find_spans(self.context.analyzer, tree.text, self.context.names, self.period)
            self.found[tree.text] = found
        return found

    def widened(
        self, tree: _Leaf, units: Units, cuts: list[Tiles], spans: tuple[VariantSpan, ...], where: Where
    ) -> Node:
        """Return what finds a text in any of its forms; a run may match by either of its cuts."""
        if not isinstance(tree, Run):
            return phrase(units, spans, where)
        if spans:
            return any_of(all_of(piece.node for piece in pieces(units, cut, spans, where)) for cut in cuts)
        return any_of(all_of(row(units, i, j, where=where) for i, j in cut) for cut in cuts)

    def cuts(self, tree: Run, units: Units) -> list[Tiles]:
        """Return the words with the user dictionary and without, each only where the other does not cover it.

        Either may match: a word that somebody adds never takes a match away.
        """
        analyzer = self.context.analyzer
        tiles, plain = analyzer.tiles(tree.text), analyzer.plain_tiles(tree.text)
        borders, plain_borders = {i for i, _ in tiles}, {i for i, _ in plain}
        # The finer cut finds whatever the coarser does.
        if borders <= plain_borders:
            return [plain]
        return [tiles] if plain_borders <= borders else [tiles, plain]

    def time(self, tree: _Leaf, name: FieldName, *, wanted: bool) -> Node | None:
        """Return the range of 时间, or note the moment of 截至, which limits everything."""
        zone, now, latest = self.context.zone, self.context.now, self.context.latest
        try:
            if name == "time":
                span = parse_range(tree.text, zone=zone, now=now, latest=latest)
                return TimeIn(span.start, span.end)
            if wanted:
                self.asof.append(end_of(tree.text, zone=zone, now=now, latest=latest))
            else:
                self.tell(tree, "「截至」不能排除，已忽略")
        except TimeError as error:
            self.tell(tree, f"{error}（已忽略）", isinstance(tree, Quoted) + error.position)
        return None

    def tell(self, tree: Tree, message: str, position: int = 0) -> None:
        self.problems.append(QueryProblem(tree.start + position, message))

    # -- the second chance -------------------------------------------------------------------

    def relax(self, found: list[tuple[Tree, Node]]) -> tuple[Node | None, list[Phrase]]:
        """Return what also finds partial matches (None when that finds no more), and the rows to mark there.

        A partial match keeps every explicit part and shares a word or a bigram with the plain runs.
        """
        runs = [(tree, self.context.analyzer.units(tree.text)) for tree, _ in found if isinstance(tree, Run)]
        spans = [self.spans(run) for run, _ in runs]
        short = sum(len(units) for _, units in runs) < _SHORT
        digits = {text for _, units in runs for text in units.texts if short and _is_number(text)}
        words, pairs = self.near(runs)
        words = [word for word in words if word not in digits]
        whole = len(runs) == 1 and len(runs[0][1]) <= 2 and self.is_one_word(runs[0][0])
        if whole or not (words or pairs):
            return None, self.marks
        tiles = [tile for run, units in runs for tile in self.words(run, units)]
        telling = [tile for tile in tiles if not _is_faint(*tile.units)]
        # What brings nothing near is not marked there either, unless it is all there is of a run.
        faint = set(tiles) - set(telling) - {row(units, 0, len(units)) for _, units in runs}
        rows = (row(units, 0, len(units)) for units in map(self.context.analyzer.units, words))
        marks = [*(mark for mark in self.marks if mark not in faint), *rows, *pairs.values()]
        partial: Node = AnyTerm(tuple(words), tuple(pairs))
        if not any(self.is_sure(run, units, words) for run, units in runs):
            # No word of the query is sure to be shared by an entry that matches in full.
            partial = any_of([all_of(node for tree, node in found if isinstance(tree, Run)), partial])
        kept = [node for tree, node in found if not isinstance(tree, Run)]
        numbers = [node for (_, units), own in zip(runs, spans, strict=True) for node in _numbers(units, own)]
        partial = all_of([*(numbers if short else ()), partial])
        if any(spans):
            full = all_of(node for tree, node in found if isinstance(tree, Run))
            partial = any_of([full, partial])
        return all_of([*kept, partial]), marks

    def near(self, runs: list[tuple[Run, Units]]) -> tuple[list[str], dict[str, Phrase]]:
        """Return the words and the bigrams, each with its row, by which an entry is near to the runs.

        One Han character alone, and words that only ask, bring nothing near.
        """
        words = dict.fromkeys(word for run, _ in runs for word in self.context.analyzer.terms(run.text).words)
        pairs = {
            bigram(units.texts[i], units.texts[i + 1]): row(units, i, i + 2)
            for _, units in runs
            for i in range(len(units) - 1)
            if units.positions[i + 1] == units.positions[i] + 1
        }
        near = {pair: row for pair, row in pairs.items() if not is_question_word(pair)}
        return [word for word in words if not _is_faint(word)], near

    def is_sure(self, run: Run, units: Units, words: list[str]) -> bool:
        """Say whether whatever matches a run in full is near to it, too."""
        cuts = self.cuts(run, units)
        return all(any(_tells(row(units, i, j), words) for i, j in cut) for cut in cuts)

    def is_one_word(self, run: Run) -> bool:
        return len(self.context.analyzer.tiles(run.text)) == 1

    # -- explaining --------------------------------------------------------------------------

    def parts(self, text: str, found: list[tuple[Tree, Node]]) -> Iterator[Part]:
        """Yield the conjuncts as typed; a single run of several words gives its words."""
        if len(found) == 1 and isinstance(run := found[0][0], Run):
            units, tiles = self.context.analyzer.units(run.text), self.context.analyzer.tiles(run.text)
            for piece in pieces(units, tiles, self.spans(run)):
                yield Part(run.text[units.starts[piece.start] : units.ends[piece.end - 1]], piece.node)
            return
        for tree, node in found:
            yield Part(text[tree.start : tree.end], anchored(node))


def _is_prefix(tree: _Leaf, units: Units) -> bool:
    """Say whether the last unit may go on; a Han character is whole already."""
    return isinstance(tree, Prefix) and not _is_han(units.texts[-1])


def _numbers(units: Units, spans: tuple[VariantSpan, ...]) -> Iterator[Node]:
    """Yield the numbers that a partial match of a short query must have, too, in any of their forms."""
    read = [span for span in spans if span.number]
    for span in read:
        digits = [row(units, k, k + 1) for k in range(span.start, span.end) if _is_number(units.texts[k])]
        typed = all_of(digits) if digits else row(units, span.start, span.end)
        yield any_of([typed, *map(form_node, span.forms)])
    for k, text in enumerate(units.texts):
        if _is_number(text) and not any(span.start <= k < span.end for span in read):
            yield row(units, k, k + 1)


def _is_number(unit: str) -> bool:
    return unit[0].isdigit()


def _period(conjuncts: Iterable[Tree | None], context: Context) -> TimeRange:
    """Return the time to which a query is limited, in its text and beside it; asked only of dated names."""
    period = context.within
    for tree in conjuncts if context.names.dated and not context.exact else ():
        if not isinstance(tree, Field) or tree.name not in ("time", "asof"):
            continue
        if not isinstance(leaf := tree.child, Run | Quoted):
            continue
        with suppress(TimeError):
            found = parse_range(leaf.text, zone=context.zone, now=context.now, latest=context.latest)
            period = period & (found if tree.name == "time" else TimeRange(None, found.end))
    return period


def _tells(tile: Phrase, words: list[str]) -> bool:
    """Say whether an entry with this word of the query is near to it."""
    return not _is_faint(*tile.units) and (len(tile.units) > 1 or tile.units[0] in words)


def _is_faint(*units: str) -> bool:
    """Say whether a word is one Han character or only asks."""
    return _is_han(*units) or is_question_word("".join(units))


def _is_han(*units: str) -> bool:
    """Say whether this is one unit, and a Han character.

    >>> _is_han("俄"), _is_han("f16"), _is_han("俄", "国")
    (True, False, False)
    """
    if len(units) != 1 or len(units[0]) != 1:
        return False
    return "\u3400" <= units[0] <= "\u9fff" or units[0] >= "\U00020000"
