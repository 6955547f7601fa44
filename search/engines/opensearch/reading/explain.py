"""Explanations of scores, computed from the cluster's counts and the terms of the entry itself.

The cluster's own scores differ slightly: it rounds field lengths, and counts recently removed documents. The
explanation has the values of the formula.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from search.engines.opensearch.documents import bigram_token, readable, token
from search.engines.opensearch.reading.generation import Generation
from search.engines.opensearch.reading.translate import Clause, all_of
from search.entry import Entry
from search.query.logical import Filters
from search.ranking import FIELD_WEIGHTS, K1, LEAD, ScoringTerms, idf, impact
from search.results import Explanation, TermShare

__all__ = ["explain"]

#: The cluster's name of each field.
_FIELDS: Final = {"words": "words", "unigrams": "units", "bigrams": "bigrams"}


@dataclass(frozen=True, slots=True)
class _Term:
    """A scoring term with its frequency in the query and in the collection."""

    field: str
    text: str
    qtf: int
    df: int
    weight: float


def explain(
    generation: Generation, filters: Filters, bag: ScoringTerms, entries: Sequence[Entry]
) -> list[Explanation]:
    """Return the shares of each entry's terms, with the weights as of `filters.asof`."""
    visible = generation.visible_clauses(Filters(asof=filters.asof))
    scoring = [
        (field, text, qtf, weight)
        for field, weight in FIELD_WEIGHTS.items()
        for text, qtf in getattr(bag, field)
    ]
    clauses = [{"term": {_FIELDS[field]: {"value": _token(field, text)}}} for field, text, _, _ in scoring]
    frequencies = generation.totals(clauses, visible)
    count, lengths = _average_lengths(generation, visible)
    terms = [
        _Term(field, text, qtf, df, qtf * weight * idf(count, df) * (K1 + 1))
        for (field, text, qtf, weight), df in zip(scoring, frequencies, strict=True)
    ]
    return [_explanation(generation, entry, terms, lengths) for entry in entries]


def _token(field: str, text: str) -> str:
    return bigram_token(text) if field == "bigrams" else token(text)


def _average_lengths(generation: Generation, visible: Sequence[Clause]) -> tuple[int, dict[str, float]]:
    """Return the number of visible entries, and the average length of each field."""
    aggs = {field: {"avg": {"field": f"len_{field}"}} for field in FIELD_WEIGHTS}
    body = {"query": all_of(visible), "size": 0, "track_total_hits": True, "aggs": aggs}
    answer = generation.ask(body)
    averages = {name: float(result["value"] or 1.0) for name, result in answer["aggregations"].items()}
    return answer["hits"]["total"]["value"], averages


def _explanation(
    generation: Generation, entry: Entry, terms: Sequence[_Term], lengths: dict[str, float]
) -> Explanation:
    counts, lead = _count_terms(generation, entry)
    shares = []
    for term in terms:
        tf = counts[term.field][term.text]
        if not tf or not term.df:
            continue
        length = counts[term.field].total()
        share = impact(term.field, tf, length, lengths[term.field], lead=term.text in lead)
        shares.append(TermShare(term.field, term.text, term.qtf, term.df, tf, term.weight * share))
    shares.sort(key=lambda share: -share.weight)
    score = sum(share.weight for share in shares)
    return Explanation(score, tuple(shares), {"first": score})


def _count_terms(generation: Generation, entry: Entry) -> tuple[dict[str, Counter[str]], set[str]]:
    """Return the term frequencies of an entry, the headline counted twice, and the units of its lead."""
    text = readable(entry)
    counts: dict[str, Counter[str]] = {field: Counter() for field in FIELD_WEIGHTS}
    for part in (text, entry.headline):
        terms = generation.analyzer.terms(part)
        for field, counter in counts.items():
            counter.update(getattr(terms, field))
    units = generation.analyzer.units(text)
    lead = {unit for unit, position in zip(units.texts, units.positions, strict=True) if position < LEAD}
    return counts, lead
