"""Answers that a client has already: 304 as long as nothing changes that they are made of."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from search import reindex
from tests.support.web import build_home
from web import create_app
from web.serving import unchanged

PATHS = ["/?q=机场", "/", "/api/v1/search?q=机场", "/figures?q=机场", "/api/v1/figures?q=机场"]


@pytest.fixture
def home(tmp_path: Path) -> Any:
    """A small home, changed by each test."""
    return build_home(tmp_path / "home")


@pytest.fixture
def client(home: Any, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client over it, in one minute."""
    monkeypatch.setattr(unchanged.time, "time", lambda: 60.0)
    return create_app(home).test_client()


def status(client: FlaskClient, path: str, tag: str, **headers: str) -> int:
    """Return the status of an answer to a client that has one with this tag."""
    return client.get(path, headers={"If-None-Match": tag, **headers}).status_code


@pytest.mark.parametrize("path", PATHS)
def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, path: str) -> None:
    """Nothing but its tag and what it depends on."""
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert set(first.vary) <= set(again.vary)
    assert again.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", PATHS)
def test_another_address_or_language_is_another_answer(client: FlaskClient, path: str) -> None:
    """Whatever names another answer gets it."""
    tag = client.get(path).headers["ETag"]
    assert status(client, f"{path}&page=1" if "?" in path else f"{path}?page=1", tag) == 200
    assert status(client, path, tag, **{"Accept-Language": "en"}) == 200
    assert status(client, path, '"another"') == 200


def test_what_changes_answers_changes_their_tag(client: FlaskClient, home: Any) -> None:
    """A reindex, an alias, a word of the dictionary, and a minute."""
    path = "/?q=机场"

    def changed(change: Any) -> bool:
        tag = client.get(path).headers["ETag"]
        assert status(client, path, tag) == 304
        change()
        return status(client, path, tag) == 200

    def report() -> None:
        (home.data / "late.txt").write_text("2022年1月7日 09:00\n机场今日复航\n首班客机降落。\n", "utf-8")
        reindex(home)

    assert changed(report)
    assert changed(lambda: home.aliases.write_text("机场 = 航空港\n", "utf-8"))
    assert changed(lambda: home.words.write_text("复航\n", "utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        assert changed(lambda: patch.setattr(unchanged.time, "time", lambda: 120.0))


def test_a_refused_search_has_no_tag(client: FlaskClient) -> None:
    """An error may end at any moment."""
    answer = client.get("/api/v1/search?page=0")
    assert answer.status_code == 400 and "ETag" not in answer.headers


def test_pages_with_a_tag_are_packed(client: FlaskClient) -> None:
    """The tag is weak, so it holds for the packed page as well."""
    page = client.get("/?q=机场", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip" and page.headers["ETag"].startswith("W/")
