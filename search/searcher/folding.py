"""What near-copies do to answers: folded into one hit on a page, left out of what is similar to an entry.

On a page, only the first `FOLD_WINDOW` entries of the ranking are folded, always these and all at once,
whichever page is asked for: so every page agrees with every other about what is folded, pages are full, and
none costs more than the first. Promise: pages joined show or name every entry exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Final

from search.analysis import Analyzer
from search.engines import Request, ScoredEntry, SearchResponse, Snapshot
from search.entry import Entry
from search.near_duplicates import (
    DuplicateGroup,
    FactCache,
    Fingerprint,
    are_duplicates,
    copies_of,
    fold_copies,
)
from search.query.logical import Filters
from search.results import DuplicateOf, Sort

__all__ = ["FOLD_WINDOW", "Folded", "SimilarEntry", "fold_listing", "search_folded", "similar_entries"]

FOLD_WINDOW: Final = 100
#: So many more are looked at than asked for, as some will be near-copies.
_SPARE: Final = 20


@dataclass(frozen=True, slots=True)
class Folded:
    """An answer whose entries are one page of groups; `copies` are those of each, `away` how many in all."""

    answer: SearchResponse
    copies: tuple[tuple[DuplicateOf, ...], ...]
    away: int


@dataclass(frozen=True, slots=True)
class SimilarEntry:
    """An entry like another one; the nearer, the higher its score."""

    entry: Entry
    score: float

    def as_dict(self) -> dict[str, Any]:
        """Return the entry and its score as plain JSON values."""
        return {**self.entry.as_dict(), "score": round(self.score, 6)}


def search_folded(snapshot: Snapshot, request: Request, seen: FactCache) -> Folded:
    """Answer a request whose `offset` and `limit` count groups."""
    answer = snapshot.search(replace(request, offset=0, limit=FOLD_WINDOW))
    found = answer.found
    groups = _groups(found, request.sort, seen)
    shown = groups[request.offset : request.offset + request.limit]
    page = [found[group.shown] for group in shown]
    copies = [_copies(found, group) for group in shown]
    if len(page) < request.limit and len(found) == FOLD_WINDOW:
        rest = _beyond(snapshot, request, len(groups), request.limit - len(page))
        page += rest
        copies += [() for _ in rest]
    return Folded(replace(answer, found=tuple(page)), tuple(copies), len(found) - len(groups))


def fold_listing(
    found: Iterator[ScoredEntry], sort: Sort, seen: FactCache
) -> tuple[Iterator[tuple[ScoredEntry, tuple[DuplicateOf, ...]]], int]:
    """Return what folded pages show, laid end to end, each with its copies; and how many these are in all."""
    first = list(islice(found, FOLD_WINDOW))
    groups = _groups(first, sort, seen)
    folded = [(first[group.shown], _copies(first, group)) for group in groups]
    return chain(folded, ((one, ()) for one in found)), len(first) - len(groups)


def _groups(found: Sequence[ScoredEntry], sort: Sort, seen: FactCache) -> list[DuplicateGroup]:
    """Return near-copies as groups, in the order of the answer."""
    partial = [one.partial for one in found]
    groups = fold_copies([one.entry for one in found], partial, seen)
    if sort == "relevance":
        # By time a group stands where its earliest does, so that times stay in order; else where its best.
        groups.sort(key=lambda group: min((group.shown, *group.copies)))
    return groups


def _copies(found: Sequence[ScoredEntry], group: DuplicateGroup) -> tuple[DuplicateOf, ...]:
    return tuple(copies_of(found[group.shown].entry, [found[place].entry for place in group.copies]))


def _beyond(snapshot: Snapshot, request: Request, groups: int, wanted: int) -> tuple[ScoredEntry, ...]:
    """Return what follows behind the neighbourhood, unfolded."""
    offset = FOLD_WINDOW + max(0, request.offset - groups)
    return snapshot.search(replace(request, offset=offset, limit=wanted, facets=False)).found


def similar_entries(
    snapshot: Snapshot, entry: Entry, n: int, filters: Filters, analyzer: Analyzer
) -> tuple[SimilarEntry, ...]:
    """Return the n entries most like one, without its near-copies and those of each other."""
    known = [Fingerprint(entry, analyzer)]
    similar: list[SimilarEntry] = []
    for found in snapshot.similar(entry.id, n + _SPARE, filters):
        text = Fingerprint(found.entry, analyzer)
        if len(similar) < n and not any(are_duplicates(text, other) for other in known):
            known.append(text)
            similar.append(SimilarEntry(found.entry, found.score))
    return tuple(similar)
