"""Listing: every entry that a request finds, one after another, however many there are.

A page sorts as little as it can; a listing sorts everything once, in arrays, and reads an entry only when it
is asked for. Promise: it yields what all pages show, laid end to end, with the same scores to the last bit.
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

__all__ = ["in_order"]


def in_order(
    whole: DocSpace,
    order: DocSorter,
    ranker: Ranker | None,
    sort: Sort,
    groups: Iterable[tuple[DocIds, bool]],
) -> Iterator[ScoredEntry]:
    """Yield the entries of each group (their numbers, ascending, and whether they match in part) in order.

    Without a ranker nothing is scored, and relevance means newest first.
    """
    for numbers, partial in groups:
        scores = np.zeros(whole.count, dtype=np.float32)  # (N,)
        if ranker:
            scores[numbers] = ranker.scores(numbers)
        if ranker and sort == "relevance":
            own = whole.split(numbers)
            keys = [-row[mine] for row, mine in zip(whole.slices(scores), own, strict=True)]
            rows: Iterator[RankedDoc] = order.each(list(zip(own, keys, strict=True)))
        else:
            rows = order.each_by_time(whole.split(numbers), sort)
        for _, leaf, number in rows:
            check()
            score = float(scores[whole.doc_bases[leaf] + number])
            yield ScoredEntry(whole.readers[leaf].docs.entry(number), score, partial)
