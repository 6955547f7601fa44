"""Words with their counts, agencies, streams and newest headlines of one generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from search.engines.base import NamedCount, Vocabulary
from search.engines.opensearch.documents import entry_of
from search.engines.opensearch.reading.generation import NEWEST_FIRST, Generation
from search.engines.opensearch.reading.scan import DOCUMENTS_PER_PAGE, PointInTime
from search.engines.timestamps import moment

__all__ = ["read_vocabulary"]

#: Values per response.
_VALUES_PER_PAGE: Final = 10_000


def read_vocabulary(generation: Generation, headlines: int) -> Vocabulary:
    """Return the vocabulary of a generation."""
    words = {bucket["key"]["value"]: bucket["doc_count"] for bucket in _buckets(generation, "term", {})}
    return Vocabulary(
        generation.generation,
        words,
        tuple(_names(generation, "agency")),
        tuple(_names(generation, "stream")),
        tuple(_headlines(generation, headlines)) if headlines else (),
    )


def _buckets(generation: Generation, field: str, aggs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a bucket for every value of a field, with its document count and these aggregations."""
    sources = [{"value": {"terms": {"field": field}}}]
    composite: dict[str, Any] = {"size": _VALUES_PER_PAGE, "sources": sources}
    while True:
        values = {"all": {"composite": composite, **({"aggs": aggs} if aggs else {})}}
        body = {"query": generation.live, "size": 0, "track_total_hits": False, "aggs": values}
        page = generation.ask(body)["aggregations"]["all"]
        yield from page["buckets"]
        if "after_key" not in page or len(page["buckets"]) < _VALUES_PER_PAGE:
            return
        composite["after"] = page["after_key"]


def _names(generation: Generation, field: str) -> list[NamedCount]:
    """Return names, most frequent first, each with its earliest time."""
    names = [
        NamedCount(bucket["key"]["value"], bucket["doc_count"], _time(bucket["since"]["value"]))
        for bucket in _buckets(generation, field, {"since": {"min": {"field": "time"}}})
    ]
    return sorted(names, key=lambda name: (-name.count, name.text))


def _time(value: float | None) -> datetime | None:
    return None if value is None else moment(int(value))


def _headlines(generation: Generation, limit: int) -> Iterator[NamedCount]:
    counts: Counter[str] = Counter()
    since: dict[str, datetime | None] = {}
    body = {"query": generation.live, "sort": [NEWEST_FIRST, {"id": "desc"}], "track_total_hits": False}
    view = PointInTime(generation.client, generation.index)
    try:
        for hit in islice(view.hits(body, min(DOCUMENTS_PER_PAGE, limit)), limit):
            entry = entry_of(hit["_source"])
            if entry.headline:
                counts[entry.headline] += 1
                since[entry.headline] = since.get(entry.headline) if entry.time is None else entry.time
    finally:
        view.close()
    for text, count in counts.items():
        yield NamedCount(text, count, since[text])
