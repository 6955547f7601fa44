"""Entries like another one: its telling terms, put to the cluster as if somebody had typed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.engines.base import ScoredEntry
from search.engines.more_like_this import DUPLICATE_RATIO, MIN_SCORE_RATIO, TWINS, interesting_terms
from search.engines.opensearch.documents import bigram_token, entry_of, token
from search.engines.opensearch.reading.snapshot import Snapshot
from search.engines.opensearch.reading.translate import Clause, all_of, scoring
from search.entry import Entry
from search.near_duplicates import Fingerprint, are_duplicates
from search.query.logical import Filters
from search.ranking import ScoringTerms

__all__ = ["similar"]


def similar(snapshot: Snapshot, entry_id: str, n: int, filters: Filters) -> tuple[ScoredEntry, ...]:
    """Return the n entries most like one, best first; none that shares too little with it."""
    entry = snapshot.entry(entry_id)
    known = snapshot.seen(Filters(asof=filters.asof))
    bag = _telling(snapshot, entry, known, 1)
    if bag is None:
        return ()
    # As it stands: its own score, whether or not the moment lets it be seen.
    own = _own_score(snapshot, entry, bag)
    near = _best(snapshot, entry, known, bag, TWINS, DUPLICATE_RATIO * own)
    text = Fingerprint(entry, snapshot.analyzer)
    copies = 1 + sum(are_duplicates(text, Fingerprint(one.entry, snapshot.analyzer)) for one in near)
    if copies > 1:
        bag = _telling(snapshot, entry, known, copies)
        if bag is None:
            return ()
        own = _own_score(snapshot, entry, bag)
    return tuple(_best(snapshot, entry, snapshot.left(filters), bag, n, MIN_SCORE_RATIO * own))


def _telling(snapshot: Snapshot, entry: Entry, seen: Sequence[Clause], copies: int) -> ScoringTerms | None:
    def known(stream: str, terms: Sequence[str]) -> list[int]:
        write = bigram_token if stream == "bigrams" else token
        return snapshot.totals([{"term": {stream: {"value": write(term)}}} for term in terms], seen)

    (count,) = snapshot.totals([all_of(seen)])
    bag = interesting_terms(entry, snapshot.analyzer, count, known, copies)
    return bag if bag.words or bag.bigrams else None


def _own_score(snapshot: Snapshot, entry: Entry, bag: ScoringTerms) -> float:
    own: Clause = {"term": {"id": {"value": token(entry.id)}}}
    hits = _asked(snapshot, [snapshot.live, own], bag, 1)
    return float(hits[0]["_score"]) if hits else 0.0


def _best(
    snapshot: Snapshot, entry: Entry, seen: Sequence[Clause], bag: ScoringTerms, n: int, least: float
) -> list[ScoredEntry]:
    """Return the best n other entries, of those that score more than `least`."""
    others: Clause = {"bool": {"must_not": [{"term": {"id": {"value": token(entry.id)}}}]}}
    hits = _asked(snapshot, [*seen, others], bag, n)
    found = [(float(hit["_score"]), hit) for hit in hits]
    return [ScoredEntry(entry_of(hit["_source"]), score, False) for score, hit in found if score > least]


def _asked(snapshot: Snapshot, clauses: Sequence[Clause], bag: ScoringTerms, n: int) -> list[dict[str, Any]]:
    query = {"bool": {"filter": [all_of(clauses)], "should": scoring(bag), "minimum_should_match": 1}}
    sort = [{"_score": "desc"}, {"time": {"order": "desc", "missing": "_last"}}, {"id": "asc"}]
    body = {"query": query, "sort": sort, "size": n, "track_total_hits": False}
    hits: list[dict[str, Any]] = snapshot.ask(body, scored=True)["hits"]["hits"]
    return hits
