"""From a logical query to the query language of the cluster: pure functions, without a cluster.

What a node finds is said by filters alone, so that it is exact; what scores stands beside it and finds
nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from search.analysis import Analyzer
from search.engines.opensearch.documents import bigram_token, microseconds, row_tokens, token
from search.query.logical import (
    AgencyIs,
    AllOf,
    AnyOf,
    AnyTerm,
    Everything,
    Filters,
    Node,
    Not,
    Nothing,
    Phrase,
    StreamIs,
    TimeIn,
)
from search.ranking import BIGRAM_WEIGHT, LEAD_WEIGHT, UNIGRAM_WEIGHT, ScoringTerms

__all__ = [
    "ALL",
    "Clause",
    "all_of",
    "any_of",
    "by_agency",
    "by_stream",
    "scoring",
    "translate",
    "within",
]

Clause = dict[str, Any]

ALL: Final[Clause] = {"match_all": {}}
NONE: Final[Clause] = {"match_none": {}}
#: Clusters take 1,024 clauses; so many score, the words first.
_SCORED: Final = 800
_FIELDS: Final = {"text": "units", "headline": "headline"}
_ROLES: Final = {None: "agency_is", "origin": "origin_is", "via": "via_is"}


def translate(node: Node) -> Clause:
    """Return what finds exactly the entries that a node means."""
    match node:
        case Phrase():
            return _row(node)
        case AllOf(children):
            wanted = [translate(child) for child in children if not isinstance(child, Not)]
            unwanted = [translate(child.child) for child in children if isinstance(child, Not)]
            return _bool(filter=wanted, must_not=unwanted)
        case AnyOf(children):
            return any_of(map(translate, children))
        case Not(child):
            return _bool(must_not=[translate(child)])
        case AgencyIs(value, role):
            return _holds(_ROLES[role], value)
        case StreamIs(value):
            return _holds("stream_is", value)
        case TimeIn(start, end):
            return _span(
                None if start is None else microseconds(start), None if end is None else microseconds(end)
            )
        case AnyTerm(words, bigrams):
            return any_of(_terms("words", map(token, words)) + _terms("bigrams", map(bigram_token, bigrams)))
        case Everything():
            return ALL
        case Nothing():
            return NONE
    raise TypeError(f"no such node: {node!r}")


def _row(row: Phrase) -> Clause:
    field, tokens = _FIELDS[row.where], row_tokens(row)
    if len(tokens) == 1:
        return {"prefix" if row.prefix else "term": {field: {"value": tokens[0]}}}
    if not row.prefix:
        return {"match_phrase": {field: {"query": " ".join(tokens)}}}
    spans: list[Clause] = [{"span_term": {field: {"value": one}}} for one in tokens[:-1]]
    spans.append({"span_multi": {"match": {"prefix": {field: {"value": tokens[-1]}}}}})
    return {"span_near": {"clauses": spans, "slop": 0, "in_order": True}}


def _holds(field: str, value: str) -> Clause:
    """Return what finds a name that has `value` somewhere in it."""
    if not value:
        return {"exists": {"field": field}}
    safe = "".join(f"\\{char}" if char in "*?\\" else char for char in token(value))
    return {"wildcard": {field: {"value": f"*{safe}*"}}}


def _span(start: int | None, end: int | None) -> Clause:
    if start is None and end is None:
        return {"exists": {"field": "time"}}
    limits = {name: value for name, value in (("gte", start), ("lt", end)) if value is not None}
    return {"range": {"time": limits}}


def _terms(field: str, values: Iterable[str]) -> list[Clause]:
    found = list(dict.fromkeys(values))
    return [{"terms": {field: found}}] if found else []


def _bool(**lists: list[Clause]) -> Clause:
    return {"bool": {name: clauses for name, clauses in lists.items() if clauses}}


def all_of(clauses: Iterable[Clause]) -> Clause:
    """Join clauses that must all hold."""
    found = [clause for clause in clauses if clause != ALL]
    return found[0] if len(found) == 1 else _bool(filter=found) if found else ALL


def any_of(clauses: Iterable[Clause]) -> Clause:
    """Join clauses of which one must hold."""
    found = list(clauses)
    if len(found) < 2:
        return found[0] if found else NONE
    return {"bool": {"should": found, "minimum_should_match": 1}}


def within(filters: Filters) -> list[Clause]:
    """Return what filters leave, but for chosen agencies and streams."""
    found: list[Clause] = []
    if filters.asof is not None:
        found.append({"range": {"time": {"lte": microseconds(filters.asof)}}})
    if filters.start is not None or filters.end is not None:
        found.append(translate(TimeIn(filters.start, filters.end)))
    if filters.ids is not None:
        found += _terms("id", map(token, sorted(filters.ids))) or [NONE]
    return found


def by_agency(filters: Filters, analyzer: Analyzer) -> Clause:
    """Return what the chosen agencies leave."""
    return _chosen("agency_is", filters.agencies, analyzer)


def by_stream(filters: Filters, analyzer: Analyzer) -> Clause:
    """Return what the chosen streams leave."""
    return _chosen("stream_is", filters.streams, analyzer)


def _chosen(field: str, names: tuple[str, ...], analyzer: Analyzer) -> Clause:
    return all_of(_terms(field, (token(analyzer.fold(name)) for name in names)))


def scoring(bag: ScoringTerms, lead: float = 1.0) -> list[Clause]:
    """Return what scores, each clause with its weight; `lead` is what the cluster multiplies others by."""
    return [clause for _, clause in zip(range(_SCORED), _scoring(bag, lead), strict=False)]


def _scoring(bag: ScoringTerms, lead: float) -> Iterator[Clause]:
    for word, qtf in bag.words:
        yield _term("words", token(word), float(qtf))
    for pair, qtf in bag.bigrams:
        yield _term("bigrams", bigram_token(pair), qtf * BIGRAM_WEIGHT)
    for unit, qtf in bag.unigrams:
        yield _term("units", token(unit), qtf * UNIGRAM_WEIGHT)
        yield _term("lead", token(unit), qtf * LEAD_WEIGHT * lead)


def _term(field: str, value: str, boost: float) -> Clause:
    return {"term": {field: {"value": value, "boost": boost}}}
