"""Both engines over the same entries: the same entries for every query, and nearly the same at the top."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.engines import Request
from search.engines.opensearch import OpenSearchEngine, read_address
from search.engines.opensearch.reading.generation import Generation
from search.engines.opensearch.reading.scan import columns
from search.engines.opensearch.reading.translate import translate
from search.entry import Entry
from search.query.logical import Filters, LogicalQuery
from tests.cluster.nodes import Cluster
from tests.laws.test_acceptance import cases
from tests.laws.test_asof import moments
from tests.support import oracle
from tests.support.engine_corpus import fill
from tests.support.homes import write_rows
from tests.support.shared import rows, shared
from web import create_app

pytestmark = pytest.mark.cluster

_RUN = re.compile("[\u3400-\u9fff]{2,}")
_MIXED = re.compile("[\u3400-\u9fff0-9A-Za-z]{2,}")


@dataclass(frozen=True)
class Pair:
    """One home on either engine."""

    local: Searcher
    remote: Searcher

    def ids(self, logical: LogicalQuery) -> tuple[set[str], set[str]]:
        """Return which entries each finds in full."""
        (total,) = self.local._engine.snapshot().count([logical.match], Filters())
        request = Request(logical, limit=max(1, total), facets=False)
        ours = {
            one.entry.id for one in self.local._engine.snapshot().search(request).found if not one.partial
        }
        snapshot = self.remote._engine.snapshot()
        assert isinstance(snapshot, Generation)
        return ours, {columns(hit)["id"] for hit in snapshot.scan_live([translate(logical.match)], ["id"])}


@pytest.fixture(scope="module", params=["one_node", "three_nodes"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Each of the clusters in turn."""
    found: Cluster = request.getfixturevalue(request.param)
    return found


def _pair(folder: Path, cluster: Cluster, name: str, entries: list[dict[str, Any]]) -> Pair:
    """Give one home on either engine; on the cluster it has as many shards as there are nodes."""
    homes = [Home(folder / "here", engine=""), Home(folder / "there", engine=f"{cluster.url}/{name}")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XUNWEN_ENGINE_SHARDS", str(len(cluster.nodes)))
        for home in homes:
            home.data.mkdir(parents=True)
            write_rows(home, "entries.jsonl", entries)
            assert reindex(home).entries == len(entries)
    return Pair(*map(Searcher, homes))


@pytest.fixture(scope="module")
def news(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The rolling news of the shared collection."""
    entries = rows(shared("collections/dxy_covid_news/entries.jsonl"))
    return _pair(tmp_path_factory.mktemp("news"), cluster, "agreement-news", entries)


def _shards(cluster: Cluster) -> dict[str, str]:
    return {"XUNWEN_ENGINE_SHARDS": str(len(cluster.nodes))}


def _queries(entries: list[dict[str, Any]], count: int) -> Iterator[str]:
    """Draw queries of all kinds from what the entries say."""
    draw = random.Random(20200122)
    texts = [one["text"] for one in entries]
    sources = sorted({one["source"] for one in entries if one.get("source")}) or ["新华社"]

    def piece(pattern: re.Pattern[str], longest: int) -> str:
        while not (found := pattern.findall(draw.choice(texts))):
            pass
        run = draw.choice(found)
        length = min(len(run), draw.randint(1, longest))
        start = draw.randrange(len(run) - length + 1)
        return run[start : start + length]

    def day() -> str:
        return f"2020-{draw.randint(1, 6):02}-{draw.randint(1, 28):02}"

    kinds = [
        lambda: piece(_RUN, 4),
        lambda: " ".join(piece(_RUN, 3) for _ in range(draw.randint(2, 3))),
        lambda: f'"{piece(_MIXED, 8)}"',
        lambda: f"{piece(_RUN, 3)} -{piece(_RUN, 2)}",
        lambda: f"{piece(_RUN, 3)} OR {piece(_MIXED, 4)}",
        lambda: f"标题:{piece(_RUN, 3)}",
        lambda: f"来源:{draw.choice(sources)} {piece(_RUN, 2)}",
        lambda: f"{piece(_RUN, 2)} 时间:{day()}..2020-07-01",
        lambda: f"时间:<{day()} ({piece(_RUN, 2)} OR -{piece(_RUN, 2)})",
        lambda: f"{piece(_MIXED, 3)}*",
        lambda: f"{draw.randint(1, 99)}*",
        lambda: f"{piece(_RUN, 2)} 截至:{day()}",
    ]
    for number in range(count):
        yield kinds[number % len(kinds)]()


def test_two_thousand_queries_find_the_same(news: Pair) -> None:
    """Ids and totals are equal for every query; the ten best overlap by four fifths on average."""
    entries = rows(shared("collections/dxy_covid_news/entries.jsonl"))
    different, overlaps, found = [], [], 0
    for query in _queries(entries, 2000):
        logical = news.local.resolve(query)
        ours, theirs = news.ids(logical)
        found += bool(ours)
        if ours != theirs:
            different.append((query, len(ours - theirs), len(theirs - ours)))
        request = Request(logical, limit=10, facets=False)
        best = [
            [one.entry.id for one in searcher._engine.snapshot().search(request).found]
            for searcher in (news.local, news.remote)
        ]
        if best[0]:
            overlaps.append(len({*best[0]} & {*best[1]}) / len(best[0]))
    overlap = sum(overlaps) / len(overlaps)
    print(f"\n2000 queries, {found} find something, {len(different)} differ; top-10 overlap {overlap:.3f}")
    assert different == []
    assert found > 1500
    assert overlap >= 0.8


def test_whatever_can_be_read_can_be_found(news: Pair) -> None:
    """Pieces of the texts, plain and quoted, find the entries they were cut from."""
    draw = random.Random(7)
    entries = rows(shared("collections/dxy_covid_news/entries.jsonl"))
    for _ in range(300):
        one = draw.choice(entries)
        runs = _RUN.findall(one["text"])
        if not runs:
            continue
        run = draw.choice(runs)
        start = draw.randrange(len(run))
        piece = run[start : start + draw.randint(1, 8)]
        for query in (piece, f'"{piece}"'):
            assert one["id"] in news.ids(news.remote.resolve(query))[1], query


@pytest.fixture(scope="module")
def judged(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The entries of the acceptance cases."""
    entries = rows(shared("acceptance/entries.jsonl"))
    return _pair(tmp_path_factory.mktemp("judged"), cluster, "agreement-judged", entries)


@pytest.mark.parametrize("case", cases())
def test_acceptance_case(judged: Pair, case: dict[str, Any]) -> None:
    """All of `must` and none of `must_not` are among the hits, partial ones included."""
    found = {hit.id for hit in judged.remote.search(case["q"], limit=50).hits}
    assert set(case["must"]) - found == set(), case["why"]
    assert set(case["must_not"]) & found == set(), case["why"]


def test_the_page_is_the_same_product(judged: Pair) -> None:
    """Facets, histogram, counts and what is marked are equal; so are neighbours, vocabulary and similar."""
    for query in ("机场", "阿拉木图 机场", "地震", "5人死亡", "俄罗斯 OR 乌克兰", "来源:新华社"):
        ours, theirs = (one.search(query, limit=50).as_dict() for one in (judged.local, judged.remote))
        for name in ("total", "partial_total", "facets", "histogram", "also_searched", "problems"):
            assert ours[name] == theirs[name], (query, name)
        marked = [{hit["id"]: hit["highlights"] for hit in one["hits"]} for one in (ours, theirs)]
        assert all(marked[0][key] == marked[1][key] for key in marked[0].keys() & marked[1].keys())
    local, remote = judged.local._engine, judged.remote._engine
    for row in local.snapshot().indexed_entries()[:20]:
        assert remote.snapshot().neighbours(row.id, 3) == local.snapshot().neighbours(row.id, 3)
    words = [engine.snapshot().vocabulary(50) for engine in (local, remote)]
    assert words[0].words == words[1].words
    assert words[0].agencies == words[1].agencies and words[0].streams == words[1].streams


def test_every_output_lists_the_same(judged: Pair) -> None:
    """Page, feed and both exports work on a cluster as well, and find the same entries."""
    clients = [create_app(one.home).test_client() for one in (judged.local, judged.remote)]
    for query in ("机场", "俄罗斯", "人 OR 日"):
        exports = []
        for client in clients:
            # An export that is not closed keeps its slot.
            with client.get("/export.jsonl", query_string={"q": query}) as export:
                lines = export.text.splitlines()
            exports.append({json.loads(line).get("id") for line in lines} - {None})
            assert client.get("/", query_string={"q": query}).status_code == 200
            assert client.get("/feed.atom", query_string={"q": query}).status_code == 200
            assert client.get("/figures", query_string={"q": query}).status_code == 200
            assert client.get("/api/v1/suggest", query_string={"q": query[:2]}).status_code == 200
        assert exports[0] == exports[1] and exports[0]


def test_explanations_add_up(judged: Pair) -> None:
    """The shares of the terms are those of the formula, which the embedded engine has as well."""
    told = [
        {hit.id: hit.explanation for hit in one.search("阿拉木图 机场", limit=20, explain=True).hits}
        for one in (judged.local, judged.remote)
    ]
    same = told[0].keys() & told[1].keys()
    assert same
    for key in same:
        ours, theirs = told[0][key], told[1][key]
        assert ours and theirs
        first = {(one.field, one.term): one.weight for one in ours.terms}
        assert {(one.field, one.term): one.weight for one in theirs.terms} == pytest.approx(first, rel=1e-4)


@given(oracle.corpora, oracle.queries, moments)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_asof_is_as_if_nothing_came_later(
    cluster: Cluster, entries: list[Entry], query: LogicalQuery, moment: Any
) -> None:
    """The same ids, counts, facets and histogram as an index that ends at the moment."""
    then = [entry for entry in entries if entry.time and entry.time <= moment]
    whole, cut = (
        OpenSearchEngine(read_address(f"{cluster.url}/asof-{name}", _shards(cluster)))
        for name in ("whole", "cut")
    )
    fill(whole, entries)
    fill(cut, then)
    asked, plain = Request(query, Filters(asof=moment), limit=100), Request(query, limit=100)
    ours, theirs = whole.snapshot().search(asked), cut.snapshot().search(plain)
    assert {one.entry.id for one in ours.found} == {one.entry.id for one in theirs.found}
    assert (ours.total, ours.partial_total) == (theirs.total, theirs.partial_total)
    assert (ours.facets, ours.histogram) == (theirs.facets, theirs.histogram)


@given(oracle.corpora, oracle.queries, oracle.filter_sets, st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_finds_and_counts_what_the_oracle_does(
    cluster: Cluster, entries: list[Entry], query: LogicalQuery, filters: Filters, newest: bool
) -> None:
    """Full and partial matches, order by time and both facets, for any query over any entries."""
    plain = oracle.Oracle(entries)
    full = plain.ids(query.match, filters)
    partial = plain.ids(query.fallback, filters) - full if query.fallback else set()
    engine = OpenSearchEngine(read_address(f"{cluster.url}/oracle", _shards(cluster)))
    fill(engine, entries)
    answer = engine.snapshot().search(Request(query, filters, "newest" if newest else "oldest", limit=100))
    wanted = plain.ordered(full, newest=newest) + plain.ordered(partial, newest=newest)
    assert [found.entry.id for found in answer.found] == wanted
    assert (answer.total, answer.partial_total) == (len(full), len(partial))
    # Without a full match, facets and histogram describe the partial ones.
    described = query.match if full else query.fallback or query.match
    assert answer.facets["agency"] == plain.agencies(described, filters)
    assert answer.facets["stream"] == plain.streams(described, filters)
