"""The tally of a query: the figures of its newest full matches."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from search.figures import Kind
from search.figures.tally import MAX_ENTRIES, Tally, tally_of
from search.searcher.request import PAGE_OPTIONS, SearchOptions, read_options
from search.searcher.searcher import Searcher

__all__ = ["tally"]

#: A tally covers full matches only, newest first, and every copy.
_FIXED = ("sort", "partial", "fold")


def tally(
    searcher: Searcher,
    query: str,
    options: SearchOptions | None = None,
    *,
    kind: Kind | None = None,
    **keywords: Any,
) -> Tally:
    """Return the figures of the newest full matches; options and errors are those of `Searcher.search`."""
    options = read_options("tally", options, keywords, excluded=(*PAGE_OPTIONS, *_FIXED))
    export = searcher.export(query, replace(options, sort="newest", partial=False, fold=False))
    entries = [scored.entry for scored, _ in islice(export.hits, MAX_ENTRIES)]
    return tally_of(entries, query=query, total=export.listing.total, kind=kind)
