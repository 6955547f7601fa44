"""Who first said it and who passed it on: on the page, in the JSON, and as conditions of a query."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from search import Home, reindex
from web.app import create_app

BLOG = """---
title: 哈萨克斯坦局势
date: 2022-01-06
---
1月6日10:19

早晨将有清场行动

据俄新社援引哈萨克斯坦KazTag通讯社报道,市中心早晨将有清场行动。(总台记者 王斌)

1月6日09:05

银行停业

据KazTag通讯社报道,银行停业。

1月6日08:00

机场未受影响

据俄新社报道,机场未受影响。
"""
PASSED_ON, BANK, AIRPORT = (f"2022-01-06-kz/{minute}" for minute in ("0106-1019", "0106-0905", "0106-0800"))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    home = Home(tmp_path_factory.mktemp("home"))
    home.data.mkdir()
    Path(home.data, "2022-01-06-kz.txt").write_text(BLOG, encoding="utf-8")
    reindex(home)
    return create_app(home).test_client()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("首发:KazTag", {PASSED_ON, BANK}),
        ("转引:俄新社", {PASSED_ON}),
        ("首發：俄新社", {AIRPORT}),
        ("來源:俄新社", {PASSED_ON, AIRPORT}),
        ("via:俄新社 origin:kaztag", {PASSED_ON}),
        ("-转引:俄新社", {BANK, AIRPORT}),
        ("转引:KazTag", set()),
        ("首发:(俄新社 OR KazTag) 银行", {BANK}),
    ],
)
def test_queries_ask_for_the_part_of_an_agency(client: FlaskClient, query: str, ids: set[str]) -> None:
    """In the strict reading, too."""
    said = client.get("/api/v1/search", query_string={"q": query, "strict": 1}).get_json()
    assert {hit["id"] for hit in said["hits"]} == ids and said["total"] == len(ids)


def test_a_hit_tells_the_part_of_each_agency(client: FlaskClient) -> None:
    """Beside the names, in the same order, in the JSON of search and entry alike."""
    parts = [{"agency": "俄新社", "role": "via"}, {"agency": "KazTag通讯社", "role": "origin"}]
    (hit,) = client.get("/api/v1/search?q=清场").get_json()["hits"]
    assert hit["attributions"] == parts and hit["agencies"] == ["俄新社", "KazTag通讯社"]
    assert client.get(f"/api/v1/entries/{PASSED_ON}").get_json()["attributions"] == parts


def test_a_strict_query_without_a_name_is_refused_with_its_place(client: FlaskClient) -> None:
    """As with every other field."""
    answer = client.get("/api/v1/search", query_string={"q": "机场 转引:", "strict": 1})
    assert answer.status_code == 400 and answer.get_json()["error"]["position"] == 3


def test_the_page_says_who_passed_it_on_and_narrows(client: FlaskClient) -> None:
    """A hit reads as a sentence; its names are filters of the same answer, and the rest of it stays."""
    page = client.get("/?q=清场+OR+银行&sort=oldest").text
    _, line = re.findall(r'<span class="hit-by">(.*?)</span>', page, re.S)
    assert re.sub("<[^>]+>", "", line) == "KazTag通讯社，经俄新社转引 · 总台记者 王斌"
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', line)]
    for link, ids in zip(links, ({PASSED_ON, BANK}, {PASSED_ON}), strict=True):
        assert "sort=oldest" in link and "agency=" in link
        said = client.get("/api/v1/search" + link[1:]).get_json()
        assert {hit["id"] for hit in said["hits"]} == ids


def test_the_page_of_an_entry_lists_both_parts(client: FlaskClient) -> None:
    """首发 and 转引 stand apart, each with a link to all entries that credit the name."""
    page = client.get(f"/entries/{PASSED_ON}?q=清场").text
    facts = dict(re.findall(r"<dt>(\w+)</dt><dd>.*?<a [^>]*>([^<]+)</a>", page))
    assert {"首发": "KazTag通讯社", "转引": "俄新社"}.items() <= facts.items()
    assert "来源</dt>" not in page
    link = re.search(r'<dt>首发</dt><dd><a href="([^"]+)"', page)
    assert link is not None and link[1].startswith("/?agency=KazTag")
