"""Explaining: the formula once more for single entries, from counts of the cluster and their own terms.

The cluster adds up the same shares with small differences: it rounds lengths, and counts what was removed
lately. What is told here is what the formula says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from search.engines.opensearch.documents import bigram_token, readable, token
from search.engines.opensearch.reading.snapshot import Snapshot
from search.engines.opensearch.reading.translate import all_of
from search.entry import Entry
from search.query.logical import Filters
from search.ranking import FIELD_WEIGHTS, K1, LEAD, ScoringTerms, idf, impact
from search.results import Explanation, TermShare

__all__ = ["explain"]

#: Where each field's terms are.
_FIELDS: Final = {"words": "words", "unigrams": "units", "bigrams": "bigrams"}


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of the bag: how often the query has it, and how many entries."""

    field: str
    text: str
    qtf: int
    df: int
    weight: float


def explain(
    snapshot: Snapshot, filters: Filters, bag: ScoringTerms, entries: Sequence[Entry]
) -> list[Explanation]:
    """Return the shares of each entry's terms; only what was known at the moment of the filters counts."""
    seen = snapshot.seen(Filters(asof=filters.asof))
    asked = [
        (field, text, qtf, weight)
        for field, weight in FIELD_WEIGHTS.items()
        for text, qtf in getattr(bag, field)
    ]
    clauses = [{"term": {_FIELDS[field]: {"value": _token(field, text)}}} for field, text, _, _ in asked]
    counts = snapshot.totals(clauses, seen)
    count, averages = _averages(snapshot, seen)
    terms = [
        _Term(field, text, qtf, df, qtf * weight * idf(count, df) * (K1 + 1))
        for (field, text, qtf, weight), df in zip(asked, counts, strict=True)
    ]
    return [_explanation(snapshot, entry, terms, averages) for entry in entries]


def _token(field: str, text: str) -> str:
    return bigram_token(text) if field == "bigrams" else token(text)


def _averages(snapshot: Snapshot, seen: Sequence[Any]) -> tuple[int, dict[str, float]]:
    """Return how many entries are seen, and the average length of their fields."""
    aggs = {field: {"avg": {"field": f"len_{field}"}} for field in FIELD_WEIGHTS}
    found = snapshot.ask({"query": all_of(seen), "size": 0, "track_total_hits": True, "aggs": aggs})
    averages = {name: float(row["value"] or 1.0) for name, row in found["aggregations"].items()}
    return found["hits"]["total"]["value"], averages


def _explanation(
    snapshot: Snapshot, entry: Entry, terms: Sequence[_Term], averages: dict[str, float]
) -> Explanation:
    has, lead = _terms(snapshot, entry)
    shares = []
    for term in terms:
        tf = has[term.field][term.text]
        if not tf or not term.df:
            continue
        length = has[term.field].total()
        share = impact(term.field, tf, length, averages[term.field], lead=term.text in lead)
        shares.append(TermShare(term.field, term.text, term.qtf, term.df, tf, term.weight * share))
    shares.sort(key=lambda share: -share.weight)
    first = sum(share.weight for share in shares)
    return Explanation(first, tuple(shares), {"first": first})


def _terms(snapshot: Snapshot, entry: Entry) -> tuple[dict[str, Counter[str]], set[str]]:
    """Return how often an entry has each term, the headline counted twice, and the units at its head."""
    text = readable(entry)
    found: dict[str, Counter[str]] = {field: Counter() for field in FIELD_WEIGHTS}
    for part in (text, entry.headline):
        terms = snapshot.analyzer.terms(part)
        for field, counter in found.items():
            counter.update(getattr(terms, field))
    units = snapshot.analyzer.units(text)
    lead = {unit for unit, position in zip(units.texts, units.positions, strict=True) if position < LEAD}
    return found, lead
