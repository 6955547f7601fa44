"""Near-duplicates in results: folded into one hit on a page, left out of similar entries.

Only the first `FOLD_WINDOW` entries of a ranking are folded, the same ones for every page. So all pages
agree about the folded entries, every page is full, and none costs more than the first. All pages together
list every entry exactly once, as a hit or as a copy of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import ClassVar, Final

from search.analysis import Analyzer
from search.engines import Request, ScoredEntry, SearchResponse, Snapshot
from search.entry import Entry
from search.jsonable import JsonObject
from search.near_duplicates import FactCache, Fingerprint, are_duplicates, copies_of, fold_copies
from search.query.logical import Filters
from search.results import NO_LINKS, CorrectionLinks, DuplicateOf, Sort

__all__ = ["FOLD_WINDOW", "ResultPage", "SimilarEntry", "fold_scan", "search_page", "similar_entries"]

#: Entries of a ranking that are folded.
FOLD_WINDOW: Final = 100
#: Additional similar entries to fetch, as some will be near-duplicates.
_SPARE: Final = 20
#: An entry and its near-duplicates.
_Folded = tuple[ScoredEntry, tuple[DuplicateOf, ...]]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of a response.

    With folding, `copies` are the near-duplicates of each entry, and `folded_count` is the number of copies
    in the whole ranking; without it, both are None.
    """

    response: SearchResponse
    copies: tuple[tuple[DuplicateOf, ...], ...] | None = None
    folded_count: int | None = None


@dataclass(frozen=True, slots=True)
class SimilarEntry(JsonObject):
    """An entry with its similarity to another one, and its correction links."""

    JSON_KEYS: ClassVar = (
        *(f"entry.{name}" for name in Entry.__dataclass_fields__),
        *("score", "ties.corrections", "ties.corrects"),
    )

    entry: Entry
    score: float
    ties: CorrectionLinks = NO_LINKS


def search_page(snapshot: Snapshot, request: Request, facts: FactCache | None) -> ResultPage:
    """Return the page of a request; with `facts`, folded: `offset` and `limit` then count groups."""
    if facts is None:
        return ResultPage(snapshot.search(request))
    response = snapshot.search(replace(request, offset=0, limit=FOLD_WINDOW))
    groups = _fold(response.found, request.sort, facts)
    page = groups[request.offset : request.offset + request.limit]
    if (missing := request.limit - len(page)) and len(response.found) == FOLD_WINDOW:
        offset = FOLD_WINDOW + max(0, request.offset - len(groups))
        rest = snapshot.search(replace(request, offset=offset, limit=missing, facets=False))
        page += [(scored, ()) for scored in rest.found]
    return ResultPage(
        replace(response, found=tuple(scored for scored, _ in page)),
        tuple(copies for _, copies in page),
        len(response.found) - len(groups),
    )


def fold_scan(matches: Iterator[ScoredEntry], sort: Sort, facts: FactCache) -> tuple[Iterator[_Folded], int]:
    """Return the folded pages, concatenated, and the number of copies."""
    window = list(islice(matches, FOLD_WINDOW))
    groups = _fold(window, sort, facts)
    return chain(groups, ((scored, ()) for scored in matches)), len(window) - len(groups)


def _fold(scored: Sequence[ScoredEntry], sort: Sort, facts: FactCache) -> list[_Folded]:
    entries = [match.entry for match in scored]
    groups = fold_copies(entries, [match.partial for match in scored], facts)
    if sort == "relevance":
        # A group ranks with its best entry. By time it ranks with its earliest, so that times stay sorted.
        groups.sort(key=lambda group: min((group.shown, *group.copies)))
    return [
        (scored[group.shown], tuple(copies_of(entries[group.shown], [entries[k] for k in group.copies])))
        for group in groups
    ]


def similar_entries(
    snapshot: Snapshot, entry: Entry, n: int, filters: Filters, analyzer: Analyzer
) -> tuple[SimilarEntry, ...]:
    """Return the n entries most similar to one, without near-duplicates of it and of each other."""
    fingerprints = [Fingerprint(entry, analyzer)]
    similar: list[SimilarEntry] = []
    for scored in snapshot.similar(entry.id, n + _SPARE, filters):
        fingerprint = Fingerprint(scored.entry, analyzer)
        if len(similar) < n and not any(are_duplicates(fingerprint, other) for other in fingerprints):
            fingerprints.append(fingerprint)
            similar.append(SimilarEntry(scored.entry, scored.score))
    return tuple(similar)
