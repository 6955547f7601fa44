"""The plain version: matching, scoring, order and counts over a list of entries, one entry at a time.

Nothing here is fast and nothing here knows an array. It is written from what `search/query/logical.py`,
`search/ranking.py` and `search/engines/base.py` say in words, and the engines must agree with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from search.analysis import FIELD_BREAK, Units, default_analyzer
from search.entry import Attribution, Entry
from search.query.logical import (
    AgencyIs,
    AllOf,
    AnyOf,
    AnyTerm,
    Everything,
    Filters,
    LogicalQuery,
    Node,
    Not,
    Nothing,
    Phrase,
    StreamIs,
    TimeIn,
    Where,
)
from search.ranking import (
    BIGRAM_WEIGHT,
    K1,
    LEAD,
    LEAD_WEIGHT,
    RECENCY_WEIGHT,
    UNIGRAM_WEIGHT,
    B,
    ScoringTerms,
    scoring_terms,
)
from search.results import Facet

ANALYZER = default_analyzer()
ZONE = ZoneInfo("Asia/Shanghai")
STREAMS = ("words", "unigrams", "bigrams")


def parts(entry: Entry) -> list[str]:
    """List everything that can be read in an entry, the headline first."""
    return [part for part in (entry.body, *entry.captions, *entry.agencies, entry.credit) if part]


def row(text: str, where: Where = "text", *, prefix: bool = False) -> Phrase:
    """Return the row of all units of a text."""
    units = ANALYZER.units(text)
    return Phrase(tuple(units.texts), tuple(units.positions), where, prefix)


@dataclass(frozen=True)
class Plain:
    """One entry, read once: the units of all its text and of its headline, and its weighted terms."""

    entry: Entry
    text: Units
    headline: Units
    terms: dict[str, Counter[str]]


def plain(entry: Entry) -> Plain:
    """Read an entry."""
    terms: dict[str, Counter[str]] = {name: Counter() for name in STREAMS}
    for part, weight in [(entry.headline, 2), *((part, 1) for part in parts(entry))]:
        found = ANALYZER.terms(part)
        for name in STREAMS:
            for term in getattr(found, name):
                terms[name][term] += weight
    whole = FIELD_BREAK.join(part for part in (entry.headline, *parts(entry)) if part)
    return Plain(entry, ANALYZER.units(whole), ANALYZER.units(entry.headline), terms)


def lead(doc: Plain) -> set[str]:
    """Return the units at the head of an entry."""
    places = zip(doc.text.texts, doc.text.positions, strict=True)
    return {text for text, position in places if position < LEAD}


class Oracle:
    """Answers by looking at every entry."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.docs = [plain(entry) for entry in entries]

    def ids(self, node: Node, filters: Filters | None = None) -> set[str]:
        """Return the ids of the entries that a node means under the filters."""
        return {
            doc.entry.id for doc in self.docs if allowed(doc, filters or Filters()) and matches(doc, node)
        }

    def scores(
        self, terms: ScoringTerms, asof: datetime | None = None, *, recency: bool = False
    ) -> dict[str, float]:
        """Return the score of every entry that may be seen, by id."""
        seen = [doc for doc in self.docs if allowed(doc, Filters(asof=asof))]
        scores = {doc.entry.id: 0.0 for doc in seen}
        for name, weight in zip(STREAMS, (1.0, UNIGRAM_WEIGHT, BIGRAM_WEIGHT), strict=True):
            lengths = {doc.entry.id: doc.terms[name].total() for doc in seen}
            average = sum(lengths.values()) / max(1, len(seen))
            for term, qtf in getattr(terms, name):
                df = sum(term in doc.terms[name] for doc in seen)
                idf = math.log(1 + (len(seen) - df + 0.5) / (df + 0.5))
                for doc in seen:
                    if tf := doc.terms[name][term]:
                        norm = K1 * (1 - B + B * lengths[doc.entry.id] / average)
                        scores[doc.entry.id] += weight * qtf * idf * (K1 + 1) * tf / (tf + norm)
                        if name == "unigrams" and term in lead(doc):
                            scores[doc.entry.id] += LEAD_WEIGHT * qtf * idf
        if recency and any(getattr(terms, name) for name in STREAMS):
            now = max((doc.entry.time for doc in seen if doc.entry.time), default=None)
            for doc in seen:
                if now and doc.entry.time:
                    days = (now - doc.entry.time) / timedelta(days=1)
                    scores[doc.entry.id] += RECENCY_WEIGHT * sum(days < 2**n - 1 for n in range(1, 13))
        return scores

    def ordered(self, ids: Iterable[str], *, newest: bool) -> list[str]:
        """Put ids in order of time, those without one last, ties by id."""
        times = {doc.entry.id: doc.entry.time for doc in self.docs}

        def key(entry_id: str) -> tuple[bool, float, str]:
            time = times[entry_id]
            stamp = time.timestamp() if time else 0.0
            return time is None, -stamp if newest else stamp, entry_id

        return sorted(ids, key=key)

    def agencies(self, node: Node, filters: Filters) -> tuple[Facet, ...]:
        """Return the agency facet: the filter on agencies itself does not restrict it."""
        others = Filters((), filters.streams, filters.start, filters.end, filters.asof)
        ids = self.ids(node, others)
        counts: Counter[str] = Counter()
        for doc in self.docs:
            if doc.entry.id in ids:
                counts.update(set(doc.entry.agencies))
        return facet(counts, filters.agencies)

    def streams(self, node: Node, filters: Filters) -> tuple[Facet, ...]:
        """Return the stream facet, likewise."""
        others = Filters(filters.agencies, (), filters.start, filters.end, filters.asof)
        ids = self.ids(node, others)
        counts = Counter(doc.entry.stream for doc in self.docs if doc.entry.id in ids and doc.entry.stream)
        return facet(counts, filters.streams)


def facet(counts: Counter[str], chosen: Sequence[str]) -> tuple[Facet, ...]:
    """Return values by falling count, then name; a chosen one also where it counts nothing."""
    for value in chosen:
        counts.setdefault(value, 0)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Facet(value, count, value in chosen) for value, count in ranked)


def allowed(doc: Plain, filters: Filters) -> bool:
    """Say whether the filters leave an entry."""
    entry, time = doc.entry, doc.entry.time
    if filters.agencies and not set(filters.agencies) & set(entry.agencies):
        return False
    if filters.streams and entry.stream not in filters.streams:
        return False
    if filters.asof is not None and (time is None or time > filters.asof):
        return False
    return (filters.start is None and filters.end is None) or matches(doc, TimeIn(filters.start, filters.end))


def matches(doc: Plain, node: Node) -> bool:
    """Say whether a node means an entry."""
    entry, time = doc.entry, doc.entry.time
    match node:
        case Phrase():
            return stands(node, doc.text if node.where == "text" else doc.headline)
        case AllOf(children):
            return all(matches(doc, child) for child in children)
        case AnyOf(children):
            return any(matches(doc, child) for child in children)
        case Not(child):
            return not matches(doc, child)
        case AgencyIs(value, role):
            return any(
                value in ANALYZER.fold(one.agency) and role in (None, one.role) for one in entry.credited
            )
        case StreamIs(value):
            return value in ANALYZER.fold(entry.stream)
        case TimeIn(start, end):
            return time is not None and (start is None or start <= time) and (end is None or time < end)
        case AnyTerm(words, bigrams):
            return any(doc.terms["words"][word] for word in words) or any(
                doc.terms["bigrams"][pair] for pair in bigrams
            )
        case Everything():
            return True
        case Nothing():
            return False
    raise AssertionError(node)


def stands(wanted: Phrase, units: Units) -> bool:
    """Say whether a row stands somewhere in these units: try every place."""
    last = len(wanted.units) - 1

    def fits(first: int, number: int) -> bool:
        found = units.texts[first + number]
        whole = found == wanted.units[number]
        begins = wanted.prefix and number == last and found.startswith(wanted.units[number])
        offset = units.positions[first + number] - units.positions[first]
        return (whole or begins) and offset == wanted.offsets[number]

    firsts = range(len(units) - last)
    return any(all(fits(first, number) for number in range(last + 1)) for first in firsts)


# What random tests are made of: few characters, so that much repeats and queries find something.

PIECES = [*"阿拉木图机场恢复俄羅斯新社银行什么", "机场", "阿拉木图", "恢复运行", "多少"]
PIECES += ["F-16", "f1", "7.8", "23,876", "5", "15", "CNN"]
PIECES += ["。", "，", "·", " ", "\n", "“", "%", "-", "カ", "é"]
AGENCIES = ("俄新社", "新社", "CNN", "国际文传")
TIMES = [datetime(2022, 1, 5, 13, tzinfo=ZONE) + timedelta(minutes=37 * n) for n in range(6)]
TIMES += [TIMES[0] - timedelta(days=days) for days in (1, 8, 400)]

texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
times = st.none() | st.sampled_from(TIMES)


@st.composite
def entries(draw: st.DrawFn, ids: st.SearchStrategy[str] | None = None) -> Entry:
    """Draw an entry; what nobody said of an agency's part is left open at times."""
    some = st.builds(Attribution, st.sampled_from(AGENCIES), st.sampled_from(["origin", "via"]))
    named = draw(st.lists(some, unique_by=lambda one: one.agency, max_size=2))
    return Entry(
        id=draw(ids if ids is not None else st.sampled_from("abcdefgh")),
        time=draw(times),
        headline=draw(texts),
        body=draw(texts) + draw(st.sampled_from("机场社")),
        captions=draw(st.just(()) | st.tuples(texts)),
        agencies=tuple(one.agency for one in named),
        credit=draw(st.sampled_from(["", "记者 王斌"])),
        stream=draw(st.sampled_from(["", "哈萨克斯坦", "地震", "地震快讯"])),
        attributions=tuple(one for one in named if draw(st.booleans())),
    )


corpora = st.lists(entries(), min_size=1, max_size=8, unique_by=lambda entry: entry.id)


def _row(text: str, where: Where, prefix: bool) -> Node:
    return row(text, where, prefix=prefix) if len(ANALYZER.units(text)) else Nothing()


def _shares(text: str) -> Node:
    terms = ANALYZER.terms(text)
    return AnyTerm(tuple(dict.fromkeys(terms.words)), tuple(dict.fromkeys(terms.bigrams)))


short = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
rows = st.builds(_row, short, st.sampled_from(["text", "text", "headline"]), st.booleans())
leaves: st.SearchStrategy[Node] = (
    rows
    | rows
    | st.builds(_shares, short)
    | st.builds(TimeIn, times, times)
    | st.sampled_from([Everything(), Nothing(), AgencyIs("新社"), AgencyIs("cnn"), StreamIs("地震")])
    | st.builds(AgencyIs, st.sampled_from(["新社", "cnn"]), st.sampled_from(["origin", "via"]))
)


def _joined(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(children, min_size=1, max_size=3).map(tuple)
    without = st.builds(lambda keep, drop: AllOf((*keep, Not(drop))), some, children)
    return st.builds(AllOf, some) | st.builds(AnyOf, some) | without


nodes = st.recursive(leaves, _joined, max_leaves=5)
bags = st.lists(texts, max_size=2).map(lambda given: scoring_terms(ANALYZER, given))
queries = st.builds(LogicalQuery, match=nodes, fallback=st.none() | nodes, terms=bags)
some_agencies = st.lists(st.sampled_from(AGENCIES), unique=True, max_size=2).map(tuple)
some_streams = st.lists(st.sampled_from(["地震", "哈萨克斯坦"]), unique=True, max_size=2).map(tuple)
filter_sets = st.builds(
    Filters, some_agencies, some_streams, st.none() | times, st.none() | times, st.none() | times
)
