"""From counted values to a facet: the same for all engines."""

from __future__ import annotations

from collections import Counter
from typing import Final

from search.analysis import Analyzer
from search.results import Facet

__all__ = ["facet"]

#: More values of a facet than anybody reads; those chosen are always among them.
_MAX_VALUES: Final = 50


def facet(counts: Counter[str], selected: tuple[str, ...], analyzer: Analyzer) -> tuple[Facet, ...]:
    """Return values by falling count; a chosen value is listed even where it counts nothing."""
    chosen = {analyzer.fold(value) for value in selected}
    if selected:
        there = {analyzer.fold(name) for name in counts}
        for value in selected:
            if analyzer.fold(value) not in there:
                counts[value] = 0
    ranked = sorted((item for item in counts.items() if item[0]), key=lambda item: (-item[1], item[0]))
    if not selected:
        return tuple(Facet(name, count) for name, count in ranked[:_MAX_VALUES])
    facets = [Facet(name, count, analyzer.fold(name) in chosen) for name, count in ranked]
    return tuple(one for place, one in enumerate(facets) if place < _MAX_VALUES or one.selected)
