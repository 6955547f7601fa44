"""Corrections on the page and in the API."""

import pytest
from flask.testing import FlaskClient

from search import Home, reindex
from tests.support.correction_stream import TIES, rows
from tests.support.homes import write_rows
from web import create_app


@pytest.fixture
def client(home: Home) -> FlaskClient:
    """The page over the stream of a rainy day."""
    write_rows(home, "a.jsonl", rows())
    reindex(home)
    return create_app(home).test_client()


def test_hits_have_badges_that_lead_to_the_correction(client: FlaskClient) -> None:
    """The report says that it was denied, the denial that it denies."""
    page = client.get("/?q=溃坝").text
    assert 'class="tie tie-denial" href="/entries/a6?q=%E6%BA%83%E5%9D%9D"' in page and "有否认" in page
    assert 'href="/entries/a4?q=%E6%BA%83%E5%9D%9D"' in page and "否认较早的条目" in page
    assert "有否认" not in client.get("/?q=溃坝&asof=2023-05-02T07:49").text


def test_an_entry_tells_both_directions(client: FlaskClient) -> None:
    """And the lists below it carry badges, too."""
    page = client.get("/entries/a8").text
    assert "这一条后来有更正：" in page and 'href="/entries/b3"' in page
    late = client.get("/entries/b3").text
    assert "本条更正较早的条目：" in late and 'href="/entries/a8"' in late
    assert "有更正" in client.get("/entries/a5").text.split("同一专题的前后条目")[1]


def test_the_filter_is_a_state_of_the_page(client: FlaskClient) -> None:
    """A box that is checked, a chip that takes it off, links that keep it."""
    page = client.get("/?corrected=1").text
    assert 'name="corrected" value="1" form="search" checked' in page
    assert "共 4 条" in page and '<span class="unseen">取消 </span>有更正' in page
    assert client.get("/?corrected=1&sort=oldest").text.count('class="hit"') == 4
    assert "参数 <code>corrected=perhaps</code>" in client.get("/?corrected=perhaps").text


def test_the_api_tells_them(client: FlaskClient) -> None:
    """Every hit has both keys; one entry and similar ones, too."""
    hits = client.get("/api/v1/search?corrected=1&limit=100").get_json()["hits"]
    assert {(one["id"], one["kind"], hit["id"]) for hit in hits for one in hit["corrections"]} == TIES
    assert client.get("/api/v1/entries/a4").get_json()["corrections"][0]["kind"] == "denial"
    assert client.get("/api/v1/entries/a4?asof=2023-05-02T07:49").get_json()["corrections"] == []
    corrects = client.get("/api/v1/entries/a6").get_json()["corrects"]
    assert corrects == {"id": "a4", "time": "2023-05-02T07:10:00+08:00", "kind": "denial"}
    similar = client.get("/api/v1/entries/a1/similar").get_json()["hits"]
    assert {"a4": ["a6"]}.items() <= {
        hit["id"]: [o["id"] for o in hit["corrections"]] for hit in similar
    }.items()
    assert client.get("/api/v1/search?corrected=perhaps").status_code == 400


def test_a_copy_below_a_hit_has_its_badge(home: Home) -> None:
    """Another stream has the same report earlier; the corrected one stands below it."""
    own = rows()
    (report,) = [one for one in own if one["id"] == "a4"]
    copy = report | {"id": "z1", "time": "2023-05-02T07:05:00+08:00", "stream": "别处"}
    write_rows(home, "a.jsonl", own)
    write_rows(home, "z.jsonl", [copy])
    reindex(home)
    page = create_app(home).test_client().get("/?q=溃坝").text
    shown = page.split('<details class="copies">')[1].split("</details>")[0]
    assert 'href="/entries/a4' in shown and "有否认" in shown
