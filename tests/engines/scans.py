"""The contract of scans: the concatenated pages of one generation."""

from __future__ import annotations

import pytest

from search.engines import Engine, Request, ScoredEntry
from search.engines.base import Scan
from search.query.logical import Filters, LogicalQuery, Node
from search.ranking import scoring_terms
from search.results import Sort
from tests.support.engine_corpus import ALL, CORPUS, EVERY, QUAKES, MakeEngine, beijing, fill, many
from tests.support.oracle import ANALYZER, row

SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")


def request(
    match: Node, text: str = "", fallback: Node | None = None, sort: Sort = "relevance", **filters: object
) -> Request:
    """Make a request; `text` is what scores."""
    query = LogicalQuery(match, fallback, scoring_terms(ANALYZER, [text]))
    return Request(query, Filters(**filters), sort)  # type: ignore[arg-type]


def paged(engine: Engine, asked: Request, limit: int) -> list[ScoredEntry]:
    """Return what all pages show."""
    found: list[ScoredEntry] = []
    while True:
        one = Request(asked.query, asked.filters, asked.sort, len(found), limit)
        if not (more := engine.snapshot().search(one).found):
            return found
        found += more


def taken(scan: Scan) -> list[ScoredEntry]:
    """Read a scan and compare its counts."""
    found = list(scan.found)
    assert sum(not one.partial for one in found) == scan.total
    assert sum(one.partial for one in found) == scan.partial_total
    return found


class EngineScans:
    """Facts about scans."""

    @pytest.mark.parametrize("sort", SORTS)
    @pytest.mark.parametrize(
        "asked",
        [
            request(ALL),
            request(row("机场"), "机场"),
            request(row("阿拉木图"), "阿拉木图机场", ALL),
            request(ALL, "地震 机场", streams=(QUAKES,)),
            request(ALL, "机场", asof=beijing("2022-01-06 12:00")),
            request(row("火星")),
        ],
    )
    def test_a_scan_is_all_pages_concatenated(
        self, make_engine: MakeEngine, asked: Request, sort: Sort
    ) -> None:
        """The same entries, in the same order, with the same scores."""
        engine = fill(make_engine(), CORPUS)
        asked = Request(asked.query, asked.filters, sort)
        assert taken(engine.snapshot().scan(asked)) == paged(engine, asked, 2)

    @pytest.mark.parametrize("sort", SORTS)
    def test_a_long_scan_has_ties_in_the_order_of_pages(self, make_engine: MakeEngine, sort: Sort) -> None:
        """Hundreds of entries of one score, of one time or of none, in several updates."""
        engine = fill(make_engine(), many(300, time=beijing("2022-01-06 12:00")))
        with engine.update() as batch:
            for entry in [*many(420)[300:], *many(460, body="恢复运行")[420:], *CORPUS]:
                batch.add(entry, "b.txt")
        for asked in (request(ALL, sort=sort), request(row("恢复"), "恢复机场", ALL, sort)):
            found = taken(engine.snapshot().scan(asked))
            assert len(found) == 460 + len(CORPUS)
            assert found == paged(engine, asked, 90)

    def test_a_scan_stays_with_its_generation(self, make_engine: MakeEngine) -> None:
        """What is published while it is read changes nothing in it."""
        engine, other = fill(make_engine(), CORPUS), make_engine()
        scan = engine.snapshot().scan(request(ALL))
        first = next(scan.found)
        fill(other, many(3))
        found = [first, *scan.found]
        assert {one.entry.id for one in found} == EVERY and scan.total == len(found)
        assert engine.snapshot().scan(request(ALL)).generation != scan.generation
        assert taken(engine.snapshot().scan(request(ALL))) == paged(engine, request(ALL), 10)
