"""Copies and similar entries on the pages, and their twins in the API."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.web import Page, build_home, state
from web import create_app

STORY = "阿拉木图机场恢复运行，第一批旅客已经登机，设施受损不严重，工作人员正在检修行李系统。"


def row(id: str, time: str, body: str = STORY, *agencies: str) -> dict[str, object]:
    return {
        "id": id,
        "time": f"2022-01-05T{time}+08:00",
        "body": body,
        "agencies": agencies,
        "stream": "局势",
    }


ROWS = [
    row("b", "12:12:00", STORY, "俄新社"),
    row("a", "12:00:00", STORY, "国际文传电讯社"),
    row("c", "15:00:30", STORY),
    row("d", "13:00:00", "阿拉木图机场关闭，航班取消，旅客滞留。"),
    row("e", "14:00:00", "银行停业，机场路封闭。"),
    row("e/similar", "14:10:00", "超市停业，学校放假。"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client over a home with three copies of one story."""
    return create_app(build_home(tmp_path_factory.mktemp("home"), ROWS)).test_client()


def test_the_page_folds_copies_and_tells_them(client: FlaskClient) -> None:
    """One hit, the earliest; the others under a summary, with delay, agencies and a link of their own."""
    page = Page(client.get("/?q=机场").text)
    assert [id for id in page.hit_ids() if id in "abc"] == ["a"]
    details = page.one("details", "copies")
    assert "另有 2 条相同" in details.text
    for said in ("晚 12 分钟", "晚 3 小时", "俄新社"):
        assert said in details.text
    for id in ("/entries/b?", "/entries/c?"):
        assert [url for url in page.links() if url.startswith(id)]


def test_folding_can_be_switched_off_and_on_from_the_page(client: FlaskClient) -> None:
    """The link lists all, stays so in every link and in the form, and leads back."""
    page = Page(client.get("/?q=机场").text)
    (off,) = [url for url in page.links() if state(url).get("fold") == ["0"]]
    every = Page(client.get(off).text)
    assert set("abc") < set(every.hit_ids()) and not every.all("details", "copies")
    assert all(state(url).get("fold") == ["0"] for url in every.links() if url.startswith("/?q=机场&sort"))
    assert {"type": "hidden", "name": "fold", "value": "0"} in [e.attrs for e in every.all("input")]
    back = [url for url in every.links() if url.startswith("/?") and "fold" not in state(url)]
    assert back and Page(client.get(back[0]).text).hit_ids() == page.hit_ids()


@pytest.mark.parametrize("fold", ["", "&fold=0", "&fold=1"])
def test_the_page_names_its_twin(client: FlaskClient, fold: str) -> None:
    """The JSON that the page links to holds the same hits with the same copies."""
    page = Page(client.get(f"/?q=机场{fold}").text)
    (twin,) = [e.attrs["href"] for e in page.all("link") if e.attrs.get("type") == "application/json"]
    said = client.get(twin).get_json()
    assert [hit["id"] for hit in said["hits"]] == page.hit_ids()
    assert bool(said.get("folded")) == bool(page.all("details", "copies"))


def test_the_api_folds_only_when_asked(client: FlaskClient) -> None:
    """Without `fold` all entries are hits; with it totals stay and `folded` says how many went."""
    plain = client.get("/api/v1/search?q=机场").get_json()
    assert "folded" not in plain and len(plain["hits"]) == plain["total"] + plain["partial_total"]
    folded = client.get("/api/v1/search?q=机场&fold=1").get_json()
    assert (folded["total"], folded["folded"]) == (plain["total"], 2)
    first = next(hit for hit in folded["hits"] if hit["id"] == "a")
    assert first["copies"] == [
        {"id": "b", "time": "2022-01-05T12:12:00+08:00", "delay_seconds": 720.0, "agencies": ["俄新社"]},
        {"id": "c", "time": "2022-01-05T15:00:30+08:00", "delay_seconds": 10830.0, "agencies": []},
    ]
    assert client.get("/api/v1/search?q=机场&fold=maybe").status_code == 400
    assert client.get("/?q=机场&fold=maybe").status_code == 200


def test_an_entry_shows_what_is_similar(client: FlaskClient) -> None:
    """Under a heading of its own, with links; the API tells the same entries."""
    page = Page(client.get("/entries/a").text)
    assert "相近条目" in page.one("nav", "similar").text
    said = client.get("/api/v1/entries/a/similar").get_json()
    assert said["id"] == "a" and said["hits"][0]["id"] == "d"
    for hit in said["hits"]:
        assert f"/entries/{hit['id']}" in page.links()
        assert hit["score"] > 0 and hit["id"] not in "abc" and hit["headline"] is not None
    assert len(client.get("/api/v1/entries/a/similar?limit=1").get_json()["hits"]) == 1


def test_similar_entries_keep_to_the_moment(client: FlaskClient) -> None:
    """`asof` counts on the page and in the API, and a wrong one is refused in the one shape."""
    early = "2022-01-05T12:30"
    assert client.get(f"/api/v1/entries/a/similar?asof={early}").get_json()["hits"] == []
    assert not Page(client.get(f"/entries/a?asof={early}").text).all("nav", "similar")
    assert client.get("/api/v1/entries/a/similar?asof=火星历").get_json()["error"]["code"] == "bad_time"
    assert client.get("/entries/a?asof=火星历").status_code == 200
    assert client.get("/api/v1/entries/nobody/similar").get_json()["error"]["code"] == "not_found"


def test_an_id_that_ends_like_the_address_is_still_an_entry(client: FlaskClient) -> None:
    """An id that ends in /similar names its entry, whose similar entries have an address as well."""
    assert client.get("/api/v1/entries/e/similar").get_json()["headline"] == ""
    assert client.get("/api/v1/entries/e/similar/similar").get_json()["id"] == "e/similar"
    assert client.get("/api/v1/entries/d/similar").get_json()["id"] == "d"
