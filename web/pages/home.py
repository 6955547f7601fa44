"""The first page: queries to try, and the streams with their latest updates.

The queries come from the newest entries, so that they have hits. The streams are read once for each
generation of the index.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import current_app

from search.analysis import default_analyzer
from search.results import Facet, Hit, Results
from web.request.searching import searcher

__all__ = ["StreamUpdate", "Trial", "stream_updates", "trials"]

#: Streams on the first page, those with the most entries.
_MAX_STREAMS: Final = 6
_WORD: Final = re.compile("[\u4e00-\u9fff]{2,4}")
_PHRASE: Final = re.compile("[\u4e00-\u9fff]{4,8}")


@dataclass(frozen=True, slots=True)
class StreamUpdate:
    """A stream, its number of entries, and the time of its newest; None if no entry has a time."""

    name: str
    count: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A query or a filter to try: its text, and the state of the search that it sets."""

    text: str
    changes: dict[str, Any]


def trials(results: Results) -> list[Trial]:
    """Return up to three: a word, a phrase in quotes, and an agency."""
    headlines = [hit.headline for hit in results.hits if hit.headline]
    agency = next((facet.value for facet in results.facets.get("agency", ())), "")
    queries = [*_frequent(headlines), *_quoted(headlines)]
    chosen = [Trial(query, {"q": query}) for query in queries[: 2 if agency else 3]]
    return [*chosen, Trial(agency, {"agency": (agency,)})] if agency else chosen


def _frequent(headlines: Sequence[str]) -> list[str]:
    """Return the most frequent word of some headlines."""
    words = Counter(word for text in headlines for word in dict.fromkeys(default_analyzer().words(text)))
    return [word for word, _ in words.most_common() if _WORD.fullmatch(word)][:1]


def _quoted(headlines: Sequence[str]) -> Iterator[str]:
    return (f'"{match[0]}"' for text in headlines if (match := _PHRASE.search(text)))


def stream_updates(results: Results) -> tuple[StreamUpdate, ...]:
    """Return the largest streams, the most recently updated first."""
    generation = searcher().status().state.generation
    cached: tuple[int, tuple[StreamUpdate, ...]] | None = current_app.extensions.get("xunwen.streams")
    if cached is None or cached[0] != generation:
        facets = results.facets.get("stream", ())[:_MAX_STREAMS]
        updates = sorted(map(_update, facets), key=lambda one: one.newest.timestamp() if one.newest else 0.0)
        cached = current_app.extensions["xunwen.streams"] = generation, tuple(reversed(updates))
    return cached[1]


def _update(facet: Facet) -> StreamUpdate:
    newest: Sequence[Hit] = searcher().search("", stream=[facet.value], limit=1).hits
    return StreamUpdate(facet.value, facet.count, newest[0].time if newest else None)
