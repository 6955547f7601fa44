"""Which entries the analyzer of now would give other terms than they have: those with a word that changed."""

from __future__ import annotations

from typing import Any, Final

from search.analysis import Dictionary
from search.engines.opensearch.mapping import CHAIN, DICTIONARIES
from search.engines.opensearch.reading.snapshot import Snapshot
from search.engines.opensearch.reading.translate import Clause, all_of, any_of, translate
from search.query.logical import Phrase

__all__ = ["stale"]

#: So many dictionaries may have cut the entries of one index.
_DICTIONARIES: Final = 1000
#: So many changed words are looked for; where there are more, every entry counts as stale.
_WORDS: Final = 500


def stale(snapshot: Snapshot, meta: dict[str, Any]) -> list[Clause]:
    """Return what finds stale entries, a clause for each dictionary that cut some; `meta` is the index's."""
    aggs = {"cut": {"terms": {"field": "cut", "size": _DICTIONARIES}}}
    found = snapshot.ask({"query": snapshot.live, "size": 0, "track_total_hits": False, "aggs": aggs})
    kept = meta.get(DICTIONARIES, {})
    clauses = []
    for bucket in found["aggregations"]["cut"]["buckets"]:
        cut = bucket["key"]
        if cut != snapshot.analyzer.fingerprint:
            changed = _changed(snapshot, cut, kept, meta.get(CHAIN))
            clauses.append(all_of([{"term": {"cut": {"value": cut}}}, changed]))
    return clauses


def _changed(snapshot: Snapshot, cut: str, kept: dict[str, Any], chain: object) -> Clause:
    """Return what finds the entries that hold a word in which a dictionary and that of now differ."""
    _, _, name = cut.partition("-")
    before = _read(kept, name)
    words = before.changed_words(snapshot.analyzer.dictionary) if before else None
    if words is None or chain != snapshot.analyzer.chain or len(words) > _WORDS:
        return {"match_all": {}}
    return any_of(translate(Phrase(tuple(word), tuple(range(len(word))))) for word in words)


def _read(kept: dict[str, Any], name: str) -> Dictionary | None:
    """Return the dictionary of a fingerprint, or None where it is not there as it was written."""
    if not name:
        return Dictionary()
    try:
        found = Dictionary.unpacked(kept[name].encode())
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return found if found.fingerprint == name else None
