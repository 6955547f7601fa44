"""Explanations: the shares of the terms are the score, and the rows named are in the entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher
from search.engines import Request, ScoredEntry
from search.entry import Entry
from search.query.logical import Filters, LogicalQuery
from search.ranking import scoring_terms
from tests.engines.test_whoosh import holding
from tests.support import oracle
from tests.support.engine_corpus import ALL, CORPUS, ask
from tests.support.homes import Cli
from tests.support.oracle import ANALYZER, Oracle
from tests.support.web import build_home
from web import create_app


def explained(
    engine: Any, text: str, filters: Filters | None = None, match: Any = ALL, *, recency: bool = False
) -> tuple[ScoredEntry, ...]:
    query = LogicalQuery(match, None, scoring_terms(ANALYZER, [text]), recency)
    found: tuple[ScoredEntry, ...] = (
        engine.snapshot().search(Request(query, filters or Filters(), explain=True, limit=100)).found
    )
    return found


@given(
    oracle.corpora,
    st.lists(oracle.texts, min_size=1, max_size=3).map(" ".join),
    oracle.filter_sets,
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_the_shares_add_up_to_the_score(
    entries: list[Entry], text: str, filters: Filters, recency: bool
) -> None:
    """For any entries, query and filters; and the score is the one that the plain oracle works out."""
    terms = scoring_terms(ANALYZER, [text])
    recency = recency and bool(terms.words)
    scores = Oracle(entries).scores(terms, filters.asof, recency=recency)
    with holding(entries) as engine:
        for found in explained(engine, text, filters, recency=recency):
            explanation = found.explanation
            assert explanation is not None
            first = explanation.stages["first"]
            assert sum(share.weight for share in explanation.terms) == pytest.approx(first, abs=1e-9)
            total = sum(explanation.stages.values())
            assert total == pytest.approx(scores[found.entry.id], rel=1e-4, abs=1e-4)
            assert explanation.score == found.score


def test_each_term_says_how_often_it_is_there(tmp_path: Path) -> None:
    """Stream, frequency in query, collection and entry (the headline counts twice), by falling weight."""
    with holding(CORPUS) as engine:
        first = explained(engine, "机场机场")[0]
        assert first.entry.id in {"airport", "guide"} and first.explanation
        shares = {(share.field, share.term): share for share in first.explanation.terms}
        assert set(shares) == {
            ("words", "机场"),
            ("unigrams", "机"),
            ("unigrams", "场"),
            ("bigrams", "机场"),
        }
        assert {(share.qtf, share.df, share.tf) for share in shares.values()} >= {(2, 4, 3)}
        weights = [share.weight for share in first.explanation.terms]
        assert weights == sorted(weights, reverse=True) and weights[-1] > 0


def test_nothing_is_explained_unless_asked() -> None:
    """A plain request has none; one without terms has an empty one."""
    with holding(CORPUS) as engine:
        assert all(found.explanation is None for found in ask(engine, text="机场").found)
        for found in explained(engine, ""):
            assert found.explanation and (found.explanation.terms, found.explanation.score) == ((), 0.0)


def test_removed_entries_do_not_count() -> None:
    """After an update the explanation still is the score."""
    with holding(CORPUS) as engine:
        with engine.update() as batch:
            batch.remove(["guide", "bank"])
            batch.add(Entry(id="new", headline="机场开放"), "b.txt")
        updated = {found.entry.id: found.explanation for found in explained(engine, "阿拉木图机场")}
    with holding(
        [*(e for e in CORPUS if e.id not in {"guide", "bank"}), Entry(id="new", headline="机场开放")]
    ) as engine:
        fresh = explained(engine, "阿拉木图机场")
        assert len(fresh) == len(updated)
        for found in fresh:
            before = updated[found.entry.id]
            assert before and found.explanation
            assert before.stages["first"] == pytest.approx(found.explanation.stages["first"])
            assert {(s.field, s.term, s.df) for s in before.terms} == {
                (s.field, s.term, s.df) for s in found.explanation.terms
            }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home of the page's tests."""
    return build_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def searcher(home: Home) -> Searcher:
    return Searcher(home)


def hits(said: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for hit in said["hits"]:
        yield hit, hit["explanation"]


@pytest.mark.parametrize(
    "query", ["阿拉木图机场", "机场 地震", "标题:机场 占领", "恶意", '"恢复运行"', "俄新社"]
)
@pytest.mark.parametrize("sort", ["relevance", "newest"])
@pytest.mark.parametrize("fold", [False, True])
def test_the_json_explains_every_hit(searcher: Searcher, query: str, sort: Any, fold: bool) -> None:
    """Full and partial hits; the rows named as matched are there in the fields named."""
    said = searcher.search(query, sort=sort, fold=fold, explain=True, limit=50).as_dict()
    assert said["hits"]
    for hit, explanation in hits(said):
        assert list(explanation) == ["score", "stages", "terms", "matched"]
        assert explanation["score"] == hit["score"]
        assert {term["field"] for term in explanation["terms"]} <= {"words", "unigrams", "bigrams"}
        total = sum(term["weight"] for term in explanation["terms"])
        assert total == pytest.approx(explanation["stages"]["first"], abs=1e-4)
        assert explanation["matched"], "every hit of these queries shares a row with its entry"
        for row in explanation["matched"]:
            assert row["fields"] and row["where"] in ("text", "headline")
            for name in row["fields"]:
                assert row["row"].replace("_", "")[0] in ANALYZER.fold(str(hit[name]))


def test_api_and_command_line_explain_alike(home: Home) -> None:
    """`explain=1` and `--explain` give the same explanations; without them there are none."""
    client = create_app(home).test_client()
    said = client.get("/api/v1/search?q=阿拉木图机场&explain=1&limit=10").get_json()
    printed = Cli(home).json("search", "阿拉木图机场", "--explain")
    assert [e for _, e in hits(said)] == [e for _, e in hits(printed)]
    assert "explanation" not in client.get("/api/v1/search?q=阿拉木图机场").text
    assert client.get("/api/v1/search?q=机场&explain=maybe").status_code == 400
    assert client.get("/?q=阿拉木图机场&explain=1").status_code == 200
    assert "词 机场" in Cli(home).run("search", "阿拉木图机场", "--explain").stdout


def test_a_long_query_explains_its_best_hits(searcher: Searcher) -> None:
    """The work of explaining is limited, and the answer says how many hits it explains."""
    query = "机场 OR " + "".join(map(chr, range(0x4E00, 0x4E00 + 900)))
    response = searcher.search(query, explain=True, limit=100)
    explained = [hit.explanation is not None for hit in response.hits]
    assert 0 < sum(explained) < len(explained) and explained[: sum(explained)] == [True] * sum(explained)
    assert any(f"前 {sum(explained)} 条" in problem.message for problem in response.problems)
    plain = searcher.search(query, limit=100)
    assert [hit.score for hit in plain.hits] == [hit.score for hit in response.hits]
    assert plain.problems == ()
