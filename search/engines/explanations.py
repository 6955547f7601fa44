"""Explanations put into a page of entries, with the part of the score that does not come from terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from search.engines.base import ScoredEntry
from search.ranking import recency
from search.results import Explanation

__all__ = ["with_explanations"]


def with_explanations(
    page: Sequence[ScoredEntry], explanations: Sequence[Explanation], now: datetime | None
) -> tuple[ScoredEntry, ...]:
    """Return a page whose first entries have these explanations.

    Ages count from `now`; None where they do not count.
    """
    explained = [
        replace(hit, explanation=replace(explanation, score=hit.score, stages=_stages(explanation, hit, now)))
        for hit, explanation in zip(page, explanations, strict=False)
    ]
    return (*explained, *page[len(explained) :])


def _stages(explanation: Explanation, hit: ScoredEntry, now: datetime | None) -> dict[str, float]:
    if now is None:
        return explanation.stages
    return explanation.stages | {"recency": recency(now - hit.entry.time) if hit.entry.time else 0.0}
