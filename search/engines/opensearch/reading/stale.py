"""Stale entries: those with a word that the dictionary of their terms and the current one do not share."""

from __future__ import annotations

from typing import Any, Final

from search.analysis import Dictionary
from search.engines.opensearch.mapping import CHAIN, DICTIONARIES
from search.engines.opensearch.reading.generation import Generation
from search.engines.opensearch.reading.translate import ALL, Clause, all_of, any_of, translate
from search.query.logical import Phrase

__all__ = ["stale_clauses"]

#: Most dictionaries whose terms one index may have.
_MAX_DICTIONARIES: Final = 1000
#: Most changed words that are searched; with more, every entry counts as stale.
_MAX_WORDS: Final = 500


def stale_clauses(generation: Generation, meta: dict[str, Any]) -> list[Clause]:
    """Return a clause that matches the stale entries of each dictionary; `meta` is that of the index."""
    aggs = {"cut": {"terms": {"field": "cut", "size": _MAX_DICTIONARIES}}}
    answer = generation.ask({"query": generation.live, "size": 0, "track_total_hits": False, "aggs": aggs})
    clauses = []
    for bucket in answer["aggregations"]["cut"]["buckets"]:
        fingerprint = bucket["key"]
        if fingerprint != generation.analyzer.fingerprint:
            changed = _changed(generation, fingerprint, meta)
            clauses.append(all_of([{"term": {"cut": {"value": fingerprint}}}, changed]))
    return clauses


def _changed(generation: Generation, fingerprint: str, meta: dict[str, Any]) -> Clause:
    """Return a clause for entries with a word that a dictionary and the current one do not share."""
    analyzer = generation.analyzer
    dictionary = _read(meta.get(DICTIONARIES, {}), fingerprint.partition("-")[2])
    words = dictionary.changed_words(analyzer.dictionary) if dictionary else None
    if words is None or meta.get(CHAIN) != analyzer.chain or len(words) > _MAX_WORDS:
        return ALL
    return any_of(translate(Phrase(tuple(word), tuple(range(len(word))))) for word in words)


def _read(dictionaries: dict[str, Any], name: str) -> Dictionary | None:
    """Return the dictionary of a fingerprint; None if it is missing or damaged."""
    if not name:
        return Dictionary()
    try:
        return Dictionary.unpacked(dictionaries[name].encode(), name)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
