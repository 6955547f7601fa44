"""Facet values from counts: the same for all engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from search.analysis import Analyzer
from search.results import Facet

__all__ = ["facet"]

#: Most values of a facet that are returned, apart from selected ones.
_MAX_VALUES: Final = 50
#: Folded names that are kept for the next answer.
_CACHED_NAMES: Final = 65_536
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


def facet(
    counts: Counter[str], selected: tuple[str, ...], analyzer: Analyzer, overlaps: Mapping[str, int] = _NONE
) -> tuple[Facet, ...]:
    """Return values by falling count; selected values are always included, with count 0 if necessary.

    Spellings that fold to one are one value, under the most frequent of them. `overlaps` has, by folded
    value, how often an entry is counted for another spelling already.
    """
    fold = _fold_of(analyzer)
    chosen = {fold(value) for value in selected}
    names: dict[str, str] = {}
    totals: Counter[str] = Counter()
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if name:
            names.setdefault(fold(name), name)
            totals[fold(name)] += count
    for value in selected:
        names.setdefault(fold(value), value)
    facets = [Facet(name, totals[key] - overlaps.get(key, 0), key in chosen) for key, name in names.items()]
    facets.sort(key=lambda value: (-value.count, value.value))
    return tuple(value for rank, value in enumerate(facets) if rank < _MAX_VALUES or value.selected)


@lru_cache(maxsize=4)
def _fold_of(analyzer: Analyzer) -> Callable[[str], str]:
    """Return the folding of values; the same names are folded for every answer."""
    return lru_cache(maxsize=_CACHED_NAMES)(analyzer.fold)
