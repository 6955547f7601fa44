"""Filters as masks over all entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.analysis import Analyzer
from search.engines.timestamps import microseconds
from search.engines.whoosh.matching.doc_space import DocSpace, Mask, both, docs_with_ids
from search.engines.whoosh.matching.segment_matcher import SegmentMatcher, time_mask
from search.engines.whoosh.storage.document_store import NO_TIME
from search.query.logical import Filters

__all__ = ["AllowedDocs", "FilterMasks"]


@dataclass(frozen=True, slots=True)
class AllowedDocs:
    """Entries (N,) that pass all filters, or all but one facet's; None stands for every entry."""

    all: Mask | None
    any_agency: Mask | None
    any_stream: Mask | None


class FilterMasks:
    """Evaluates filters on one generation; the mask of the last set of ids is cached."""

    def __init__(self, space: DocSpace, matchers: Sequence[SegmentMatcher], analyzer: Analyzer) -> None:
        self._space = space
        self._matchers = matchers
        self._analyzer = analyzer
        self._last_ids: tuple[frozenset[str], Mask] | None = None

    def visible(self, filters: Filters) -> Mask | None:
        """Return the live entries (N,) up to `asof`; None if it is not set."""
        if filters.asof is None:
            return None
        last = microseconds(filters.asof)
        pairs = [(reader.live, reader.docs.time) for reader in self._space.readers]
        return self._space.concat([live & (time <= last) & (time != NO_TIME) for live, time in pairs])

    def allowed(self, filters: Filters, visible: Mask | None) -> AllowedDocs:
        """Return the live entries that pass the filters; `visible` is the mask of `asof`."""
        basis = visible
        if basis is None and not self._space.all_live:
            basis = self._space.live
        if filters.start is not None or filters.end is not None:
            times = [reader.docs.time for reader in self._space.readers]
            basis = both(basis, self._space.concat([time_mask(t, filters.start, filters.end) for t in times]))
        if filters.ids is not None:
            basis = both(basis, self._with_ids(filters.ids))
        by_agency = both(basis, self._selected(filters.agencies, "agency"))
        by_stream = self._selected(filters.streams, "stream")
        return AllowedDocs(both(by_agency, by_stream), both(basis, by_stream), by_agency)

    def _with_ids(self, ids: frozenset[str]) -> Mask:
        last = self._last_ids
        if last is None or last[0] != ids:
            self._last_ids = last = ids, docs_with_ids(self._space, ids)
        return last[1]

    def _selected(self, values: tuple[str, ...], facet: str) -> Mask | None:
        if not values:
            return None
        folded = [self._analyzer.fold(value) for value in values]
        return self._space.concat(
            [
                np.logical_or.reduce([getattr(matcher, facet)(value, whole=True) for value in folded])
                for matcher in self._matchers
            ]
        )
