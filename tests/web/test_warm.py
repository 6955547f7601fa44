"""What the first queries need is loaded before the port answers, once for all processes."""

from pathlib import Path
from typing import Any

import pytest

from search import Home, Searcher
from search.suggest import suggester
from tests.support.web import build_home
from web import create_app
from web.serving.server import _load_tables, _warmed


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A small home."""
    return build_home(tmp_path / "home")


def refuse(*_: Any) -> Any:
    """Stand for a table that must not be built."""
    raise AssertionError("built twice")


def test_processes_use_the_tables_of_their_master(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Completions and corrections are answered without a table of their own."""
    tables = _load_tables(home)
    monkeypatch.setattr(suggester, "Completions", refuse)
    monkeypatch.setattr(suggester, "SpellChecker", refuse)
    client = _warmed(create_app(home), tables).test_client()
    completed = client.get("/api/v1/suggest?q=jic").get_json()["suggestions"]
    assert any("机场" in one["text"] for one in completed)
    corrected = client.get("/api/v1/search?q=阿拉木吐").get_json()
    assert corrected["did_you_mean"]


def test_tables_for_another_dictionary_are_not_used(home: Home) -> None:
    """A process that starts later may find other words."""
    tables = _load_tables(home)
    assert tables is not None
    for changed in (False, True):
        if changed:
            home.words.write_text("阿拉木图机场\n", "utf-8")
        searcher = Searcher(home)
        searcher.use_tables(tables)
        assert (searcher.load_tables().suggester is tables.suggester) != changed


def test_a_home_without_an_index_is_served_all_the_same(tmp_path: Path) -> None:
    """The page says what to do; nothing is loaded, and nothing fails."""
    home = Home(tmp_path)
    assert _load_tables(home) is None
    answer = _warmed(create_app(home), None).test_client().get("/")
    assert answer.status_code == 503 and "reindex" in answer.get_data(as_text=True)


def test_a_first_page_is_not_counted(home: Home) -> None:
    """Metrics and limits know only what clients ask for."""
    client = _warmed(create_app(home), _load_tables(home)).test_client()
    assert 'xunwen_requests_total{endpoint="pages.search"' not in client.get("/metrics").get_data(
        as_text=True
    )
