"""The search of an export, made again on the index of now."""

from __future__ import annotations

from collections.abc import Iterable

from search.entry import Entry
from search.errors import EntryNotFound
from search.output.replay import Replay, compare, read_export
from search.searcher.searcher import Searcher

__all__ = ["replay"]


def replay(searcher: Searcher, lines: Iterable[bytes]) -> Replay:
    """Return how the entries of a .jsonl export differ from those that its search finds now.

    Raises UsageError for lines that are no such export, and the errors of `Searcher.search`.
    """
    saved = read_export(lines)
    export = searcher.export(saved.query, now=saved.time, **saved.options)

    def lookup(id: str) -> Entry | None:
        try:
            return searcher.entry(id)
        except EntryNotFound:
            return None

    found = (scored.entry for scored, _ in export.hits)
    return compare(saved, found, lookup, frozenset(export.request.query.also_searched))
