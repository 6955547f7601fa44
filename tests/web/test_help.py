"""The help page: every example has hits in its index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from search import Home
from tests.support.web import Page, build_home, state
from web import create_app

FORMS = 15


def rows(page: Page) -> list[tuple[str, str]]:
    """Return the examples: where each leads, and its whole line."""
    links = [url for url in page.links() if "q" in state(url)]
    lines = [element.text for element in page.all("tr") if "这样写" not in element.text]
    return list(zip(links, lines, strict=True))


@pytest.fixture(scope="module")
def client(samples: Home) -> FlaskClient:
    """A client of the application over the sample streams, which have material for every example."""
    return create_app(samples).test_client()


def test_each_example_finds_what_it_says(client: FlaskClient) -> None:
    """Its link leads to an answer with as many entries as the page counts, and nothing is misunderstood."""
    found = rows(Page(client.get("/help").text))
    assert len(found) == FORMS
    for url, line in found:
        count = re.search(r"找到 ([1-9][\d,]*) 条", line)
        assert count, f"{line} has no hits"
        answer = Page(client.get(url + "&fold=0").text)
        assert answer.one("h1").text == count[0]
        assert not answer.all("div", "notice")


@pytest.mark.parametrize(("tag", "field"), [("zh-CN", "来源:"), ("zh-TW", "來源:"), ("en", "agency:")])
def test_examples_speak_the_language_of_the_page(client: FlaskClient, tag: str, field: str) -> None:
    """Fields are named as the reader would name them, and the answer is in the same language."""
    page = Page(client.get(f"/help?lang={tag}").text)
    links = [url for url in page.links() if "q" in state(url)]
    assert len(links) == FORMS
    assert any(state(url)["q"][0].startswith(field) for url in links)
    assert all(state(url)["lang"] == [tag] for url in links)


def test_examples_follow_the_index(tmp_path: Path) -> None:
    """A reindex changes them, without a restart."""
    storm = {"time": "2024-08-01T09:00:00+08:00", "stream": "台风", "agencies": ["气象台"]}
    client = create_app(build_home(tmp_path)).test_client()
    assert "台风登陆" not in client.get("/help").text
    build_home(tmp_path, [{**storm, "id": f"t/{n}", "headline": f"台风登陆第{n}报"} for n in range(4)])
    text = client.get("/help").text
    assert "台风" in text and "气象台" in text and "2024-08-01" in text and "土耳其" not in text


@pytest.mark.parametrize(
    "rows_given", [[], [{"id": "one", "body": "a"}], None], ids=["none", "poor", "no index"]
)
def test_without_material_the_forms_are_shown_all_the_same(tmp_path: Path, rows_given: list[object]) -> None:
    """The help page works with an almost empty index and without one."""
    home = Home(tmp_path) if rows_given is None else build_home(tmp_path, rows_given)  # type: ignore[arg-type]
    answer = create_app(home).test_client().get("/help")
    assert answer.status_code == 200
    assert len(rows(Page(answer.text))) == FORMS


def test_help_is_one_link_away(client: FlaskClient) -> None:
    """Every page leads to it, and an answer without hits does so where it is read."""
    assert "/help" in Page(client.get("/").text).links()
    assert Page(client.get("/?q=没有这样的话").text).links().count("/help") == 2
