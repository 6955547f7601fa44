"""What every engine must do with the age of entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from search.engines import Request, ScoredEntry
from search.entry import Entry
from search.query.logical import Filters, LogicalQuery
from search.ranking import RECENCY_WEIGHT, scoring_terms
from tests.support.engine_corpus import MakeEngine, beijing, fill
from tests.support.oracle import ANALYZER, row

NEWEST = beijing("2024-06-01 08:00")
#: Ages in days, of entries of one text.
AGES = (0, 2, 10, 400, 5000)


def of_age(days: int) -> Entry:
    """Return an entry of this age."""
    return Entry(id=f"age{days}", time=NEWEST - timedelta(days=days), headline="洪水", body="水位上涨")


def by_age(make_engine: MakeEngine, *, recency: bool, asof_days: int | None = None) -> list[ScoredEntry]:
    """Search for one word in entries that differ in age only; one has no time."""
    dated = [of_age(days) for days in AGES]
    engine = fill(make_engine(), [*dated, replace(dated[0], id="undated", time=None)])
    asof = None if asof_days is None else NEWEST - timedelta(days=asof_days)
    query = LogicalQuery(row("洪水"), None, scoring_terms(ANALYZER, ["洪水"]), recency)
    return list(engine.snapshot().search(Request(query, Filters(asof=asof), explain=True)).found)


class EngineRecency:
    """Facts about recency."""

    def test_each_doubling_of_age_costs_the_same(self, make_engine: MakeEngine) -> None:
        """Ages count from the newest entry; an entry without a time has nothing."""
        found = by_age(make_engine, recency=True)
        assert [hit.entry.id for hit in found] == ["age0", "age2", "age10", "age400", "age5000", "undated"]
        steps = [(hit.score - found[-1].score) / RECENCY_WEIGHT for hit in found]
        assert steps == pytest.approx([12, 11, 9, 4, 0, 0], abs=1e-3)

    def test_ages_count_from_the_newest_at_asof(self, make_engine: MakeEngine) -> None:
        """What was the newest then has the most, however long before it was reported."""
        found = by_age(make_engine, recency=True, asof_days=7)
        assert [hit.entry.id for hit in found] == ["age10", "age400", "age5000"]
        steps = [(hit.score - found[-1].score) / RECENCY_WEIGHT for hit in found]
        assert steps == pytest.approx([12, 4, 0], abs=1e-3)

    def test_the_explanation_has_the_share_of_recency(self, make_engine: MakeEngine) -> None:
        """It is a stage beside that of the terms."""
        stages = [hit.explanation.stages for hit in by_age(make_engine, recency=True) if hit.explanation]
        steps = [stage["recency"] / RECENCY_WEIGHT for stage in stages]
        assert steps == pytest.approx([12, 11, 9, 4, 0, 0])
        assert all(stage["first"] > 0 for stage in stages)

    def test_it_counts_only_where_the_query_says_so(self, make_engine: MakeEngine) -> None:
        """Without it all have one score and no such stage."""
        found = by_age(make_engine, recency=False)
        assert len({round(hit.score, 4) for hit in found}) == 1
        assert all(hit.explanation and set(hit.explanation.stages) == {"first"} for hit in found)
