"""Entries similar to one: its interesting terms, searched like a typed query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.engines.base import ScoredEntry
from search.engines.more_like_this import DUPLICATE_RATIO, MAX_DUPLICATES, MIN_SCORE_RATIO, interesting_terms
from search.engines.opensearch.documents import bigram_token, entry_of, token
from search.engines.opensearch.reading.generation import NEWEST_FIRST, Generation
from search.engines.opensearch.reading.translate import Clause, all_of, scoring
from search.entry import Entry
from search.near_duplicates import Fingerprint, are_duplicates
from search.query.logical import Filters
from search.ranking import ScoringTerms

__all__ = ["read_similar"]


def read_similar(generation: Generation, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
    """Return the n entries most similar to one, best first, without those of a low score."""
    entry = generation.read_entry(entry_id)
    visible = generation.visible_clauses(Filters(asof=filters.asof))
    terms = _interesting_terms(generation, entry, visible, 1)
    if terms is None:
        return ()
    # The entry's own score, even if it is later than `asof`.
    own_score = _own_score(generation, entry, terms)
    candidates = _best(generation, entry, visible, terms, MAX_DUPLICATES, DUPLICATE_RATIO * own_score)
    fingerprint = Fingerprint(entry, generation.analyzer)
    copies = 1 + sum(
        are_duplicates(fingerprint, Fingerprint(hit.entry, generation.analyzer)) for hit in candidates
    )
    if copies > 1:
        terms = _interesting_terms(generation, entry, visible, copies)
        if terms is None:
            return ()
        own_score = _own_score(generation, entry, terms)
    allowed = generation.filter_clauses(filters)
    return tuple(_best(generation, entry, allowed, terms, n, MIN_SCORE_RATIO * own_score))


def _interesting_terms(
    generation: Generation, entry: Entry, visible: Sequence[Clause], copies: int
) -> ScoringTerms | None:
    def frequencies(field: str, terms: Sequence[str]) -> list[int]:
        to_token = bigram_token if field == "bigrams" else token
        return generation.totals([{"term": {field: {"value": to_token(term)}}} for term in terms], visible)

    (count,) = generation.totals([all_of(visible)])
    terms = interesting_terms(entry, generation.analyzer, count, frequencies, copies)
    return terms if terms.words or terms.bigrams else None


def _own_score(generation: Generation, entry: Entry, terms: ScoringTerms) -> float:
    hits = _hits(generation, [generation.live, _has_id(entry)], terms, 1)
    return float(hits[0]["_score"]) if hits else 0.0


def _best(
    generation: Generation,
    entry: Entry,
    clauses: Sequence[Clause],
    terms: ScoringTerms,
    n: int,
    min_score: float,
) -> list[ScoredEntry]:
    """Return the best n other entries with a score above `min_score`."""
    others: Clause = {"bool": {"must_not": [_has_id(entry)]}}
    hits = _hits(generation, [*clauses, others], terms, n)
    scored = [(float(hit["_score"]), hit) for hit in hits]
    return [ScoredEntry(entry_of(hit["_source"]), score, False) for score, hit in scored if score > min_score]


def _has_id(entry: Entry) -> Clause:
    return {"term": {"id": {"value": token(entry.id)}}}


def _hits(
    generation: Generation, clauses: Sequence[Clause], terms: ScoringTerms, n: int
) -> list[dict[str, Any]]:
    query = {"bool": {"filter": [all_of(clauses)], "should": scoring(terms), "minimum_should_match": 1}}
    sort = [{"_score": "desc"}, NEWEST_FIRST, {"id": "asc"}]
    body = {"query": query, "sort": sort, "size": n, "track_total_hits": False}
    hits: list[dict[str, Any]] = generation.ask(body, scored=True)["hits"]["hits"]
    return hits
