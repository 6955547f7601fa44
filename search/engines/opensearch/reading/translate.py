"""Translation of a logical query to the cluster's query language: pure functions.

Matching uses filters only, so it is exact; scoring clauses are separate and match nothing by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Any, Final

from search.analysis import Analyzer
from search.engines.opensearch.documents import bigram_token, phrase_tokens, token
from search.engines.timestamps import microseconds
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
from search.ranking import (
    BIGRAM_WEIGHT,
    LEAD_WEIGHT,
    RECENCY_AGES,
    RECENCY_WEIGHT,
    UNIGRAM_WEIGHT,
    ScoringTerms,
)

__all__ = [
    "ALL",
    "Clause",
    "agency_clause",
    "all_of",
    "any_of",
    "equals_or_missing",
    "facet_aggregations",
    "histogram_aggregation",
    "recency_scores",
    "scoring",
    "stream_clause",
    "time_and_id_clauses",
    "translate",
]

Clause = dict[str, Any]

ALL: Final[Clause] = {"match_all": {}}
NONE: Final[Clause] = {"match_none": {}}
#: Most scoring clauses, the words first; clusters accept 1,024 clauses in all.
_MAX_SCORING: Final = 800
#: Most values of a facet that are counted exactly: every shard returns all of its own.
_MAX_FACET_VALUES: Final = 10_000
_FIELDS: Final = {"text": "units", "headline": "headline"}
_ROLES: Final = {None: "agency_is", "origin": "origin_is", "via": "via_is"}


def translate(node: Node) -> Clause:
    """Return a clause that matches exactly the entries of a node."""
    match node:
        case Phrase():
            return _phrase(node)
        case AllOf(children):
            required = [translate(child) for child in children if not isinstance(child, Not)]
            excluded = [translate(child.child) for child in children if isinstance(child, Not)]
            return _bool(filter=required, must_not=excluded)
        case AnyOf(children):
            return any_of(map(translate, children))
        case Not(child):
            return _bool(must_not=[translate(child)])
        case AgencyIs(value, role):
            return _contains(_ROLES[role], value)
        case StreamIs(value):
            return _contains("stream_is", value)
        case TimeIn(start, end):
            return _time_range(start, end)
        case AnyTerm(words, bigrams, least):
            names = {"words": list(map(token, words)), "bigrams": list(map(bigram_token, bigrams))}
            if least < 2:
                return any_of(_terms("words", names["words"]) + _terms("bigrams", names["bigrams"]))
            return any_of(_several(field, terms, least) for field, terms in names.items() if terms)
        case Everything():
            return ALL
        case Nothing():
            return NONE
    raise TypeError(f"no such node: {node!r}")


def _several(field: str, terms: list[str], least: int) -> Clause:
    """Return a clause for entries with at least `least` of these terms."""
    # `terms_set` needs a script, and a cluster may have no scripts.
    clauses = [{"term": {field: {"value": value}}} for value in dict.fromkeys(terms)]
    return {"bool": {"should": clauses, "minimum_should_match": least}}


def _phrase(phrase: Phrase) -> Clause:
    field, tokens = _FIELDS[phrase.where], phrase_tokens(phrase)
    if len(tokens) == 1:
        return {"prefix" if phrase.prefix else "term": {field: {"value": tokens[0]}}}
    if not phrase.prefix:
        return {"match_phrase": {field: {"query": " ".join(tokens)}}}
    spans: list[Clause] = [{"span_term": {field: {"value": text}}} for text in tokens[:-1]]
    spans.append({"span_multi": {"match": {"prefix": {field: {"value": tokens[-1]}}}}})
    return {"span_near": {"clauses": spans, "slop": 0, "in_order": True}}


def _contains(field: str, value: str) -> Clause:
    """Return a clause for names that contain `value`."""
    if not value:
        return {"exists": {"field": field}}
    safe = "".join(f"\\{char}" if char in "*?\\" else char for char in token(value))
    return {"wildcard": {field: {"value": f"*{safe}*"}}}


def _time_range(start: datetime | None, end: datetime | None) -> Clause:
    if start is None and end is None:
        return {"exists": {"field": "time"}}
    limits = {name: microseconds(time) for name, time in (("gte", start), ("lt", end)) if time is not None}
    return {"range": {"time": limits}}


def _terms(field: str, values: Iterable[str]) -> list[Clause]:
    distinct = list(dict.fromkeys(values))
    return [{"terms": {field: distinct}}] if distinct else []


def _bool(**lists: list[Clause]) -> Clause:
    return {"bool": {name: clauses for name, clauses in lists.items() if clauses}}


def all_of(clauses: Iterable[Clause]) -> Clause:
    """Return the conjunction of clauses."""
    required = [clause for clause in clauses if clause != ALL]
    return required[0] if len(required) == 1 else _bool(filter=required) if required else ALL


def any_of(clauses: Iterable[Clause]) -> Clause:
    """Return the disjunction of clauses."""
    alternatives = list(clauses)
    if len(alternatives) < 2:
        return alternatives[0] if alternatives else NONE
    return {"bool": {"should": alternatives, "minimum_should_match": 1}}


def equals_or_missing(field: str, value: str | None) -> Clause:
    """Return a clause for documents with this value of a field, or with none if it is empty."""
    if not value:
        return {"bool": {"must_not": [{"exists": {"field": field}}]}}
    return {"term": {field: {"value": value}}}


def time_and_id_clauses(filters: Filters) -> list[Clause]:
    """Return the clauses of all filters but those of agencies and streams."""
    clauses: list[Clause] = []
    if filters.asof is not None:
        clauses.append({"range": {"time": {"lte": microseconds(filters.asof)}}})
    if filters.start is not None or filters.end is not None:
        clauses.append(_time_range(filters.start, filters.end))
    if filters.ids is not None:
        clauses += _terms("id", map(token, sorted(filters.ids))) or [NONE]
    return clauses


def agency_clause(filters: Filters, analyzer: Analyzer) -> Clause:
    """Return the clause of the selected agencies."""
    return _selected("agency_is", filters.agencies, analyzer)


def stream_clause(filters: Filters, analyzer: Analyzer) -> Clause:
    """Return the clause of the selected streams."""
    return _selected("stream_is", filters.streams, analyzer)


def _selected(field: str, names: tuple[str, ...], analyzer: Analyzer) -> Clause:
    return all_of(_terms(field, (token(analyzer.fold(name)) for name in names)))


def facet_aggregations(agency: Clause, stream: Clause) -> dict[str, Clause]:
    """Return the aggregations of both facets, each without its own filter, and of the span of times.

    `values` counts each spelling, `folded` each entry once for all spellings of a name.
    """

    def terms(field: str) -> Clause:
        return {"terms": {"field": field, "size": _MAX_FACET_VALUES, "shard_size": _MAX_FACET_VALUES}}

    def values(field: str, other: Clause) -> Clause:
        return {"filter": other, "aggs": {"values": terms(field), "folded": terms(f"{field}_is")}}

    times = {"first": {"min": {"field": "time"}}, "last": {"max": {"field": "time"}}}
    return {
        "agency": values("agency", stream),
        "stream": values("stream", agency),
        "span": {"filter": all_of([agency, stream]), "aggs": times},
    }


def histogram_aggregation(stamps: Sequence[int]) -> Clause:
    """Return the aggregation of the buckets between edges in microseconds (`bucket_edges`)."""
    ranges = [{"from": start, "to": end} for start, end in pairwise(stamps)]
    return {"range": {"field": "time", "ranges": ranges}}


def scoring(bag: ScoringTerms, lead_boost: float = 1.0) -> list[Clause]:
    """Return the scoring clauses with their weights; `lead_boost` is a factor of the lead field."""
    return list(islice(_scoring(bag, lead_boost), _MAX_SCORING))


def _scoring(bag: ScoringTerms, lead_boost: float) -> Iterator[Clause]:
    for word, qtf in bag.words:
        yield _term("words", token(word), float(qtf))
    for pair, qtf in bag.bigrams:
        yield _term("bigrams", bigram_token(pair), qtf * BIGRAM_WEIGHT)
    for unit, qtf in bag.unigrams:
        yield _term("units", token(unit), qtf * UNIGRAM_WEIGHT)
        yield _term("lead", token(unit), qtf * LEAD_WEIGHT * lead_boost)


def recency_scores(now: datetime) -> list[Clause]:
    """Return the scoring clauses of being recent at a time."""
    limits = [microseconds(now) - age // timedelta(microseconds=1) for age in RECENCY_AGES]
    newer = ({"range": {"time": {"gt": limit}}} for limit in limits)
    return [{"constant_score": {"filter": clause, "boost": RECENCY_WEIGHT}} for clause in newer]


def _term(field: str, value: str, boost: float) -> Clause:
    return {"term": {field: {"value": value, "boost": boost}}}
