"""Facet values from counts: the same for all engines."""

from __future__ import annotations

from collections import Counter
from typing import Final

from search.analysis import Analyzer
from search.results import Facet

__all__ = ["facet"]

#: Most values of a facet that are returned, apart from selected ones.
_MAX_VALUES: Final = 50


def facet(counts: Counter[str], selected: tuple[str, ...], analyzer: Analyzer) -> tuple[Facet, ...]:
    """Return values by falling count; selected values are always included, with count 0 if necessary."""
    chosen = {analyzer.fold(value) for value in selected}
    if selected:
        folded = {analyzer.fold(name) for name in counts}
        for value in selected:
            if analyzer.fold(value) not in folded:
                counts[value] = 0
    ranked = sorted((item for item in counts.items() if item[0]), key=lambda item: (-item[1], item[0]))
    if not selected:
        return tuple(Facet(name, count) for name, count in ranked[:_MAX_VALUES])
    facets = [Facet(name, count, analyzer.fold(name) in chosen) for name, count in ranked]
    return tuple(value for rank, value in enumerate(facets) if rank < _MAX_VALUES or value.selected)
