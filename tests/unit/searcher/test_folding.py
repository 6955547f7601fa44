"""Folded pages: nothing is lost, nothing comes twice, and every page agrees with the others."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Results, Searcher, reindex
from search.searcher.folding import FOLD_WINDOW
from tests.support.homes import Cli, row, write_rows

STORY = "机场方面说，第一批旅客已经登机，设施受损不严重，工作人员正在检修行李系统。"


def minute(n: int) -> str:
    return f"2022-01-05T{n // 60:02}:{n % 60:02}:00+08:00"


def rows() -> list[dict[str, object]]:
    """Forty stories of one to nine copies each, one in five of which says nothing of the airport."""
    made = []
    for n in range(200):
        story = n * 7 % 40
        place = "银行" if story % 5 == 0 else "机场" * (1 + story % 3)
        body = f"{place}第{story}号通报：{STORY if story % 5 else '各银行网点照常营业，柜台不排队。'}"
        made.append(row(f"n{n:03}", body, time=minute(n * 3 % 200), agencies=["俄新社"] if n % 2 else []))
    return [*made, row("loose", f"机场第3号通报：{STORY}")]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Two hundred entries, many of them copies."""
    home = Home(tmp_path_factory.mktemp("copies"))
    write_rows(home, "news.jsonl", rows())
    reindex(home)
    return Searcher(home)


def pages(searcher: Searcher, query: str, **options: Any) -> list[Results]:
    """Return all pages, until the last that there is said to be."""
    found = []
    for page in count(1):
        found.append(searcher.search(query, page=page, fold=True, **options))
        if page >= found[-1].pages:
            return found
    raise AssertionError


queries = st.sampled_from(
    ["", "机场", "银行", "机场 旅客", "第3号通报", "机场第8号通报", "柜台", "没有的词", "通报 -机场"]
)
sorts = st.sampled_from(["relevance", "newest", "oldest"])


@given(query=queries, sort=sorts, limit=st.sampled_from([1, 7, 10, 30, 99, 100, 101, 1000]))
@settings(max_examples=60, deadline=None)
def test_folding_loses_nothing(searcher: Searcher, query: str, sort: Any, limit: int) -> None:
    """Hits and copies of all pages are the entries without folding, each once; pages are full."""
    plain = searcher.search(query, sort=sort, limit=1000)
    folded = pages(searcher, query, sort=sort, limit=limit)
    hits = [hit for page in folded for hit in page.hits]
    told = [id for hit in hits for id in (hit.id, *(copy.id for copy in hit.copies or ()))]
    assert sorted(told) == sorted(hit.id for hit in plain.hits)
    assert {len(page.hits) for page in folded[:-1]} <= {limit}
    assert [hit.partial for hit in hits] == sorted(hit.partial for hit in hits)
    for page in folded:
        assert (page.total, page.partial_total) == (plain.total, plain.partial_total)
        assert page.folded == sum(len(hit.copies or ()) for hit in hits)
        assert page.facets == plain.facets and page.histogram == plain.histogram


@given(query=queries, sort=sorts, limit=st.sampled_from([1, 7, 100]))
@settings(max_examples=20, deadline=None)
def test_a_page_beyond_the_last_is_empty(searcher: Searcher, query: str, sort: Any, limit: int) -> None:
    """And says how many pages there are."""
    last = searcher.search(query, sort=sort, limit=limit, fold=True).pages
    beyond = searcher.search(query, sort=sort, limit=limit, fold=True, page=last + 1)
    assert (beyond.hits, beyond.pages) == ((), last)


def test_without_folding_nothing_changes(searcher: Searcher) -> None:
    """It is off unless asked for, and then neither hits nor answer speak of copies."""
    plain = searcher.search("机场").as_dict()
    assert "folded" not in plain and not any("copies" in hit for hit in plain["hits"])
    folded = searcher.search("机场", fold=True).as_dict()
    assert folded["folded"] > 0 and all("copies" in hit for hit in folded["hits"])


def test_a_group_stands_where_its_best_entry_does_and_shows_the_earliest(searcher: Searcher) -> None:
    """By relevance; the scores of the places fall."""
    ranks = {hit.id: rank for rank, hit in enumerate(searcher.search("机场", limit=1000).hits)}
    hits = searcher.search("机场", limit=60, fold=True).hits
    groups = [[hit.id, *(copy.id for copy in hit.copies or ())] for hit in hits]
    assert max(map(len, groups)) > 1
    best = [min(ranks[id] for id in group) for group in groups]
    assert best == sorted(best)
    for hit in hits:
        for copy in hit.copies or ():
            assert copy.delay_seconds is None or copy.delay_seconds >= 0
            assert hit.time is not None


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_sorted_by_time_the_times_shown_stay_in_order(searcher: Searcher, sort: Any) -> None:
    """A group takes the rank of its earliest entry."""
    hits = searcher.search("机场", limit=50, sort=sort, fold=True).hits
    times = [hit.time.timestamp() for hit in hits if hit.time]
    assert times == sorted(times, reverse=sort == "newest")


def test_what_is_beyond_the_neighbourhood_is_not_folded(searcher: Searcher) -> None:
    """At most the first hundred entries are folded, so that all pages agree."""
    results = searcher.search("机场", limit=1000, fold=True)
    assert results.folded is not None and results.total > FOLD_WINDOW
    grouped = FOLD_WINDOW - results.folded
    assert not any(hit.copies for hit in results.hits[grouped:])


def test_folding_sees_only_what_was_there_at_the_time(searcher: Searcher) -> None:
    """With `asof`, later copies are not told."""
    moment = minute(60)
    hits = searcher.search("机场", asof=moment, limit=100, fold=True).hits
    copies = [copy for hit in hits for copy in hit.copies or ()]
    assert copies
    assert all(copy.time and copy.time.isoformat() <= moment for copy in copies)


def test_the_command_line_folds_when_asked(cli: Cli) -> None:
    """`--fold` gives copies in the JSON and for people; without it all is listed."""
    write_rows(cli.home, "a.jsonl", [row("a", STORY, time=minute(0)), row("b", STORY, time=minute(12))])
    cli.run("reindex")
    assert [hit["id"] for hit in cli.json("search", "旅客")["hits"]] == ["b", "a"]
    assert [hit["id"] for hit in cli.json("search", "旅客", "--no-fold")["hits"]] == ["b", "a"]
    said = cli.json("search", "旅客", "--fold")
    assert (said["total"], said["folded"], [hit["id"] for hit in said["hits"]]) == (2, 1, ["a"])
    (copy,) = said["hits"][0]["copies"]
    assert (copy["id"], copy["delay_seconds"], copy["agencies"]) == ("b", 720.0, [])
    shown = cli.run("search", "旅客", "--fold").stdout
    assert "2 条" in shown and "相同：" in shown and "b" in shown
