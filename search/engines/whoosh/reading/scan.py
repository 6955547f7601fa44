"""Scan: every match of a request, one after another.

A page sorts only a prefix; a scan sorts everything once, in arrays, and reads an entry when it is taken. It
yields the pages of the same request, concatenated, with bit-identical scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from search.deadline import check
from search.engines.base import ScoredEntry
from search.engines.whoosh.matching.doc_space import DocIds, DocSpace
from search.engines.whoosh.scoring.ranker import Ranker
from search.engines.whoosh.scoring.sorting import DocSorter, RankedDoc
from search.results import Sort

__all__ = ["scan_entries"]


def scan_entries(
    space: DocSpace,
    sorter: DocSorter,
    ranker: Ranker | None,
    sort: Sort,
    groups: Iterable[tuple[DocIds, bool]],
) -> Iterator[ScoredEntry]:
    """Yield the entries of each group (ascending docs, whether they are partial matches) in order.

    Without a ranker all scores are 0, and relevance means newest first.
    """
    for docs, partial in groups:
        scores = np.zeros(space.count, dtype=np.float32)  # (N,)
        if ranker:
            scores[docs] = ranker.scores(docs)
        per_reader = space.split(docs)
        if ranker and sort == "relevance":
            keys = [-column[local] for column, local in zip(space.slices(scores), per_reader, strict=True)]
            ranked: Iterator[RankedDoc] = sorter.each(list(zip(per_reader, keys, strict=True)))
        else:
            ranked = sorter.each_by_time(per_reader, sort)
        for _, i, doc in ranked:
            check()
            score = float(scores[space.doc_bases[i] + doc])
            yield ScoredEntry(space.readers[i].docs.entry(doc, cache=False), score, partial)
