"""The engine for a cluster, as far as it needs none: addresses, documents, translation."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines import open_engine
from search.engines.histogram import bucket_edges
from search.engines.opensearch.address import read_address
from search.engines.opensearch.documents import GAP, document, entry_of, phrase_tokens, token
from search.engines.opensearch.mapping import visible_clause
from search.engines.opensearch.reading.translate import (
    any_of,
    histogram_aggregation,
    scoring,
    time_and_id_clauses,
    translate,
)
from search.engines.timestamps import microseconds, moment
from search.entry import Entry
from search.errors import UsageError
from search.home import Home
from search.query.logical import AgencyIs, AnyTerm, Filters, Not, Nothing, Phrase, StreamIs, TimeIn
from tests.support import oracle
from tests.support.engine_corpus import AIRPORT, GUIDE, beijing
from tests.support.oracle import ANALYZER, row

# -- addresses -----------------------------------------------------------------------------------


def test_an_address_has_hosts_and_a_name() -> None:
    """Several hosts of one cluster, the port that clusters have, and the name from the path."""
    found = read_address("https://one:9201, https://two/kazakhstan", {})
    assert found.hosts == ("https://one:9201", "https://two:9200")
    assert (found.name, found.shards, found.replicas) == ("kazakhstan", 1, None)
    assert read_address("http://[::1]:9200", {}).hosts == ("http://[::1]:9200",)
    assert read_address("http://one", {}).name == "xunwen"


def test_secrets_are_taken_and_not_shown() -> None:
    """From the URL or the environment; no way of printing an address shows them."""
    for where, env in (
        ("https://reader:s%40cret@one/news", {}),
        ("https://one/news", {"XUNWEN_ENGINE_USER": "reader", "XUNWEN_ENGINE_PASSWORD": "s@cret"}),
    ):
        found = read_address(where, env)
        assert (found.user, found.password) == ("reader", "s@cret")
        assert "cret" not in f"{found} {found!r}" and "reader" not in f"{found} {found!r}"
    home = Home("news", engine="https://reader:secret@one")
    assert "secret" not in repr(home)
    assert home.state_dir == Home("news", engine="https://other:pass@one").state_dir


@pytest.mark.parametrize(
    ("where", "env", "said"),
    [
        ("https://", {}, "看不懂集群地址"),
        ("https://one:port", {}, "看不懂集群地址"),
        ("https://one/Grosse", {}, "索引名"),
        ("https://one/a/b", {}, "索引名"),
        ("https://one/news?x=1", {}, "不能带"),
        ("https://a:b@one,https://c:d@two", {}, "用户名不一致"),
        ("https://one", {"XUNWEN_ENGINE_TIMEOUT": "soon"}, "XUNWEN_ENGINE_TIMEOUT"),
        ("https://one", {"XUNWEN_ENGINE_SHARDS": "-1"}, "XUNWEN_ENGINE_SHARDS"),
    ],
)
def test_an_address_that_cannot_be_used_is_told(where: str, env: dict[str, str], said: str) -> None:
    """What is wrong, and how to write it; a password in it is not repeated."""
    with pytest.raises(UsageError, match=said) as told:
        read_address(where, env)
    assert "b@" not in str(told.value)


def test_a_home_names_its_index(tmp_path: Any) -> None:
    """After its folder, unless the URL says how; a name that no cluster takes becomes a hash."""
    assert Home(tmp_path / "kz", engine="https://one").engine_location == "https://one/kz"
    assert Home(tmp_path / "kz", engine="https://one/news").engine_location == "https://one/news"
    assert Home(tmp_path / "哈国", engine="https://one").engine_location.startswith("https://one/home-")  # type: ignore[union-attr]
    assert Home(tmp_path / "kz", engine="").engine_location == tmp_path / "kz" / "index"
    assert type(open_engine("https://one/news")).__name__ == "OpenSearchEngine"


# -- documents -----------------------------------------------------------------------------------


def test_a_document_has_every_stream() -> None:
    """Tokens side by side as they stand, marks between, the headline once more, and what is compared."""
    found = document(AIRPORT, "a.txt", 7, ANALYZER, 3)
    assert found["units"].startswith(f"阿 拉 木 图 机 场 恢 复 运 行 {GAP} 俄 新 社 称")
    assert found["units"].endswith("‖ 阿 拉 木 图 机 场 恢 复 运 行")
    assert found["headline"] == "阿 拉 木 图 机 场 恢 复 运 行"
    assert " f 16 " in found["units"] and "f‿16" in found["bigrams"]
    assert found["words"].split().count("机场") == found["bigrams"].split().count("机场") == 3
    assert (found["born"], found["source"], found["cut"]) == (3, 7, ANALYZER.fingerprint)
    assert found["time"] == microseconds(AIRPORT.time)  # type: ignore[arg-type]
    assert {"time", "agency", "died"}.isdisjoint(document(GUIDE, "a.txt", 0, ANALYZER, 0))


@given(oracle.corpora)
def test_entries_come_back_and_documents_can_be_sent(entries: list[Entry]) -> None:
    """Whatever an entry holds, half characters too, is JSON that every cluster reads."""
    for entry in entries:
        fields = document(entry, "a.txt", 0, ANALYZER, 0)
        json.dumps(fields, ensure_ascii=False).encode("utf-8")
        assert entry_of(fields) == entry


def test_half_characters_and_endless_words_are_sent() -> None:
    """They get a name of their own, which a prefix of what can be typed still begins."""
    entry = Entry(id="a", headline="机\ud800场", body="x" * 50_000)
    fields = document(entry, "\udcff.txt", 0, ANALYZER, 0)
    json.dumps(fields, ensure_ascii=False).encode("utf-8")
    assert entry_of(fields) == entry
    assert token("x" * 50_000).startswith("x" * 1000) and len(token("x" * 50_000)) < 4000
    assert token("x" * 50_000) != token("x" * 50_001)


@given(st.integers(-60_000_000_000_000_000, 250_000_000_000_000_000))
def test_moments_come_back(time: int) -> None:
    """To the microsecond, from the year 68 to 9892."""
    assert microseconds(moment(time)) == time


# -- translation ---------------------------------------------------------------------------------


def test_rows_become_phrases() -> None:
    """One unit is a term, several are a phrase with its marks, a prefix leaves the last one open."""
    assert translate(row("机")) == {"term": {"units": {"value": "机"}}}
    assert translate(row("机场")) == {"match_phrase": {"units": {"query": "机 场"}}}
    assert translate(row("恢复。F16", "headline")) == {
        "match_phrase": {"headline": {"query": f"恢 复 {GAP} f 16"}}
    }
    assert translate(row("CEN", prefix=True)) == {"prefix": {"units": {"value": "cen"}}}
    spans = translate(row("于1", prefix=True))["span_near"]
    assert spans["clauses"][1] == {"span_multi": {"match": {"prefix": {"units": {"value": "1"}}}}}
    assert (spans["slop"], spans["in_order"]) == (0, True)
    assert phrase_tokens(Phrase(("说", "派"), (0, 2))) == ["说", GAP, "派"]


def test_names_are_looked_for_as_they_are() -> None:
    """No character of a name is a wildcard."""
    assert translate(AgencyIs("a*b?c\\", "via")) == {"wildcard": {"via_is": {"value": "*a\\*b\\?c\\\\*"}}}
    assert translate(StreamIs("")) == {"exists": {"field": "stream_is"}}


def test_nothing_and_everything_have_words() -> None:
    """Empty alternatives find nothing; open stretches find what has a time; an exclusion stands alone."""
    assert translate(AnyTerm((), ())) == translate(Nothing()) == {"match_none": {}}
    assert translate(TimeIn(None, None)) == {"exists": {"field": "time"}}
    assert translate(Not(row("机"))) == {"bool": {"must_not": [translate(row("机"))]}}
    assert time_and_id_clauses(Filters(ids=frozenset())) == [{"match_none": {}}]
    assert time_and_id_clauses(Filters(asof=beijing("2022-01-06 12:00")))[0]["range"]["time"].keys() == {
        "lte"
    }
    assert visible_clause(4)["bool"]["filter"] == [{"range": {"born": {"lte": 4}}}]


@given(oracle.queries)
def test_any_query_can_be_sent(query: Any) -> None:
    """Translation never fails, and gives JSON with a bounded number of clauses that score."""
    json.dumps(translate(query.match), ensure_ascii=False).encode("utf-8", "strict")
    if query.fallback is not None:
        json.dumps(translate(query.fallback))
    assert len(scoring(query.terms)) <= 800


def test_a_histogram_is_counted_in_the_zone_of_the_home() -> None:
    """A day begins at midnight in that zone; buckets of a skipped hour have another length."""
    new_york = ZoneInfo("America/New_York")
    first = datetime(2022, 3, 10, 12, tzinfo=UTC)
    _, edges, stamps = bucket_edges(first, first + timedelta(days=6), new_york)
    ranges = histogram_aggregation(stamps)["range"]["ranges"]
    assert [moment(bucket["from"]).astimezone(new_york) for bucket in ranges] == edges[:-1]
    assert {edge.hour for edge in edges} == {0}
    assert {(bucket["to"] - bucket["from"]) // 3_600_000_000 for bucket in ranges} == {23, 24}


def test_a_disjunction_of_nothing_matches_nothing() -> None:
    """No clause, one clause and several."""
    clauses = [{"term": {"id": {"value": key}}} for key in "ab"]
    assert any_of([]) == {"match_none": {}}
    assert any_of(clauses[:1]) == clauses[0]
    assert any_of(clauses)["bool"]["should"] == clauses
