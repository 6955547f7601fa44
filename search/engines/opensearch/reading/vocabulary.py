"""What a generation is made of: its words with their counts, its agencies, streams and newest headlines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from search.engines.base import NamedCount, Vocabulary
from search.engines.opensearch.documents import entry_of, moment
from search.engines.opensearch.reading.scan import PAGE, View
from search.engines.opensearch.reading.snapshot import Snapshot

__all__ = ["read_vocabulary"]

#: So many words come in one answer.
_WORDS: Final = 10_000


def read_vocabulary(snapshot: Snapshot, headlines: int) -> Vocabulary:
    """Return the vocabulary of a generation."""
    return Vocabulary(
        snapshot.generation,
        dict(_words(snapshot)),
        tuple(_values(snapshot, "agency")),
        tuple(_values(snapshot, "stream")),
        tuple(_headlines(snapshot, headlines)) if headlines else (),
    )


def _pages(snapshot: Snapshot, field: str, aggs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every value of a column, how many documents have it, and whatever is asked of each."""
    composite: dict[str, Any] = {"size": _WORDS, "sources": [{"value": {"terms": {"field": field}}}]}
    while True:
        asked = {"all": {"composite": composite, **({"aggs": aggs} if aggs else {})}}
        body = {"query": snapshot.live, "size": 0, "track_total_hits": False, "aggs": asked}
        found = snapshot.ask(body)["aggregations"]["all"]
        yield from found["buckets"]
        if "after_key" not in found or len(found["buckets"]) < _WORDS:
            return
        composite["after"] = found["after_key"]


def _words(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    for bucket in _pages(snapshot, "term", {}):
        yield bucket["key"]["value"], bucket["doc_count"]


def _values(snapshot: Snapshot, field: str) -> list[NamedCount]:
    """Return names, most frequent first, each with its earliest time."""
    found = [
        NamedCount(row["key"]["value"], row["doc_count"], _time(row["since"]["value"]))
        for row in _pages(snapshot, field, {"since": {"min": {"field": "time"}}})
    ]
    return sorted(found, key=lambda one: (-one.count, one.text))


def _time(value: float | None) -> Any:
    return None if value is None else moment(int(value))


def _headlines(snapshot: Snapshot, most: int) -> Iterator[NamedCount]:
    counts: Counter[str] = Counter()
    since: dict[str, Any] = {}
    sort = [{"time": {"order": "desc", "missing": "_last"}}, {"id": "desc"}]
    view = View(snapshot.client, snapshot.index)
    try:
        body = {"query": snapshot.live, "sort": sort, "track_total_hits": False}
        for place, hit in enumerate(view.hits(body, min(PAGE, most))):
            if place >= most:
                break
            entry = entry_of(hit["_source"])
            if entry.headline:
                counts[entry.headline] += 1
                since[entry.headline] = since.get(entry.headline) if entry.time is None else entry.time
    finally:
        view.close()
    for text, count in counts.items():
        yield NamedCount(text, count, since[text])
