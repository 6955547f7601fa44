"""The page of an entry: where it stands, what was known then, the next hit, and how to cite it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from search import Entry, Home
from tests.support.homes import row
from tests.support.web import HOSTILE, Page, build_home, entries, state
from web import create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of the application over the small home."""
    return create_app(build_home(tmp_path_factory.mktemp("home"))).test_client()


def get(client: FlaskClient, path: str, **query: object) -> Page:
    """Fetch a page that must be fine."""
    answer = client.get(path, query_string={k.rstrip("_"): v for k, v in query.items()} or None)
    assert answer.status_code == 200
    return Page(answer.text)


def shown_around(page: Page) -> int:
    """Return how many entries of the stream stand around an entry, which is marked among them."""
    assert len([e for e in page.all("li", "here") if e.attrs["aria-current"] == "page"]) == 1
    return page.one("nav", "around").text.count("次通报") - 1


def test_more_of_the_stream_is_one_link_away(client: FlaskClient) -> None:
    """Three on either side, then ten, then twenty at most; the link stays with the search."""
    page, counts = get(client, "/entries/quake/15", q="地震", sort="oldest"), []
    while more := [e.attrs["href"] for e in page.all("a") if e.text == "更多前后条目"]:
        counts.append(shown_around(page))
        assert more[0].endswith("#around-heading")
        assert state(more[0])["q"] == ["地震"] and state(more[0])["sort"] == ["oldest"]
        page = get(client, more[0].partition("#")[0])
    assert [*counts, shown_around(page)] == [6, 18, 28], "eight came after it"


@pytest.mark.parametrize("context", ["0", "21", "x", "-1"])
def test_a_context_that_cannot_be_used_is_three(client: FlaskClient, context: str) -> None:
    """The page is shown all the same, and nothing else is disturbed by it."""
    assert client.get(f"/api/v1/search?q=地震&context={context}&hit={context}").status_code == 200
    page = get(client, "/entries/quake/15", context=context)
    assert shown_around(page) == 6


@pytest.mark.parametrize(
    "query",
    [
        {"q": "地震 通报"},
        {"q": "地震", "sort": "oldest", "agency": "新华社"},
        {"q": "阿拉木图 机场"},
        {"q": "", "stream": "土耳其地震"},
        {"q": "阿拉木图 机场", "fold": "0", "asof": "2022-01-06 06:00"},
    ],
)
def test_steps_walk_through_the_answer(client: FlaskClient, query: dict[str, str]) -> None:
    """From the first hit, 下一条结果 leads through every hit in order over all pages, and 上一条结果 back."""
    hits = [hit for number in range(1, 5) for hit in api(client, page=number, **query)["hits"]]
    url = next(u for u in get(client, "/", **query).links() if u.startswith("/entries/"))
    walked, back = list[str](), list[str]()
    while url:
        page = get(client, url)
        walked.append(page.one("h1").text)
        steps = {
            e.attrs["rel"]: e.attrs["href"] for e in page.all("a") if e.attrs.get("rel") in ("prev", "next")
        }
        assert ("prev" in steps) == (len(walked) > 1)
        if "prev" in steps:
            back.append(get(client, steps["prev"]).one("h1").text)
        to_answer = next(u for u in page.links() if u.startswith("/?"))
        assert to_answer.endswith(f"#hit-{len(walked)}")
        full = hits[0]["partial"] is False and sum(not hit["partial"] for hit in hits)
        total = full if len(walked) <= full else len(hits)
        assert f"第 {len(walked)} 条，共 {total} 条" in page.one("nav", "ways").text
        assert state(to_answer).get("page", ["1"]) == [str((len(walked) - 1) // 10 + 1)]
        url = steps.get("next", "")
    assert walked == [hit["headline"] or "（无标题）" for hit in hits]
    assert back == walked[:-1]


def api(client: FlaskClient, **query: object) -> dict[str, Any]:
    """Return the same answer as JSON, folded as the page folds."""
    answer: dict[str, Any] = client.get("/api/v1/search", query_string={"fold": "1", **query}).get_json()
    return answer


@pytest.mark.parametrize(
    "query", ["hit=3&q=没有", "hit=9999&q=地震", "q=地震", "hit=0&q=地震", "hit=2&q=地震"]
)
def test_no_steps_where_the_rank_is_not_that_of_the_entry(client: FlaskClient, query: str) -> None:
    """A link that is old, or made up, leads to the entry and nowhere wrong."""
    first = api(client, q="地震")["hits"][0]["id"]
    page = get(client, f"/entries/{first}?{query}")
    assert not [e for e in page.all("a") if "rel" in e.attrs and e.attrs["rel"] in ("prev", "next")]
    assert "条，共" not in page.one("nav", "ways").text


def test_the_way_back_leads_to_the_hit(client: FlaskClient) -> None:
    """The address ends in the id of the hit on its page of results."""
    page = get(client, "/entries/quake/21", q="地震", sort="oldest", page="2", hit="13")
    back = page.one("a", "back").attrs["href"]
    assert back.endswith("#hit-13") and state(back)["page"] == ["2"]
    ids = {e.attrs["id"] for e in get(client, back.partition("#")[0]).all("li", "hit")}
    assert ids == {f"hit-{rank}" for rank in range(11, 21)}


def test_a_headline_breaks_between_words(client: FlaskClient) -> None:
    """It has places to break, none of them in a mark or before closing punctuation."""
    answer = client.get("/entries/almaty/airport?q=图机").text
    heading = answer.partition("<h1")[2].partition("</h1>")[0].partition(">")[2]
    assert heading == "阿拉木<mark>图机</mark>场<wbr>恢复<wbr>运行"


def test_link_and_citation_can_be_copied(client: FlaskClient) -> None:
    """The buttons hold what they copy; sharing is hidden until the browser offers it."""
    page = get(client, "/entries/almaty/airport")
    link, citation, share = page.all("button", "tool")
    assert link.attrs["data-copy"] == share.attrs["data-share"] == "http://localhost/entries/almaty/airport"
    assert citation.attrs["data-copy"] == page.one("p", "cite-line").text
    assert "hidden" in share.attrs


def test_a_copy_has_the_steps_of_its_group(tmp_path: Path) -> None:
    """Reached from 另有 N 条相同, an entry has the hits before and after those it is folded with."""
    said = "阿拉木图机场方面说航班自当天清晨起陆续恢复，旅客须提前到场办理手续。"
    rows = [row(f"a/{n}", said, headline="机场恢复", time=f"2022-01-06T0{n}:00+08:00") for n in range(3)]
    rows.append(row("b", "另一条关于机场的消息说跑道仍在清扫。", time="2022-01-05T00:00+08:00"))
    client = create_app(build_home(tmp_path, rows)).test_client()
    page = get(client, "/", q="机场")
    assert len(page.hit_ids()) == 2
    copies = [u for u in page.links() if u.startswith("/entries/a/2")]
    assert [e.attrs["href"][:10] for e in get(client, copies[0]).all("a") if "rel" in e.attrs][:1] == [
        "/entries/b"
    ]


def test_what_was_known_is_one_link_from_every_entry(client: FlaskClient) -> None:
    """It leads to the same search limited to the entry's minute, as a banner says that has a way out."""
    page = get(client, "/entries/almaty/tanks", q="阿拉木图", sort="newest")
    link = next(e.attrs["href"] for e in page.all("a") if e.text == "截至发稿时的报道")
    assert state(link) == {"q": ["阿拉木图"], "sort": ["newest"], "asof": ["2022-01-06 10:19"]}
    then = get(client, link)
    banner = then.one("div", "asof")
    assert "截至 2022年1月6日 10:19 的报道" in banner.text and "回到现在" in banner.text
    assert then.hit_ids()[0] == "almaty/tanks"
    leave = next(e.attrs["href"] for e in then.all("a") if e.text == "回到现在")
    assert state(leave) == {"q": ["阿拉木图"], "sort": ["newest"]}
    assert all(e.text != "截至发稿时的报道" for e in get(client, "/entries/loose").all("a"))


def test_nothing_around_an_entry_is_from_later(client: FlaskClient) -> None:
    """With asof, or 截至 in the query, neighbours and similar entries end there, also for a later entry."""
    for query in ({"asof": "2022-01-06 05:48"}, {"q": "机场 截至:2022-01-06T05:48"}):
        page = get(client, "/entries/almaty/airport", **query)
        shown = [e.attrs["datetime"] for e in page.all("time")]
        assert max(shown) <= "2022-01-06T05:48:59" and "2022-01-05T04:12:00+08:00" in shown
        assert "的报道" in page.one("div", "asof").text
        later = get(client, "/entries/almaty/csto", **query)
        assert "这一条在此后发布" in later.one("div", "asof").text
        own, *others = [e.attrs["datetime"] for e in later.all("time")]
        assert own == "2022-01-06T13:59:00+08:00"
        assert all(time <= "2022-01-06T05:48:59" or time == own for time in others)


def test_a_moment_in_the_query_is_left_by_the_query(client: FlaskClient) -> None:
    """The banner then offers no link that would not lead out."""
    banner = get(client, "/", q="机场 截至:2022-01-06").one("div", "asof")
    assert "2022年1月6日 23:59" in banner.text and "截至:" in banner.text and "回到现在" in banner.text
    assert not [e for e in get(client, "/", q="机场 截至:2022-01-06").all("a") if e.text == "回到现在"]


def test_a_citation_is_on_the_page_and_in_files(client: FlaskClient) -> None:
    """The same texts, with the address of this server, the hash of the entry, and a name for the file."""
    page = get(client, "/entries/almaty/airport")
    line = page.one("p", "cite-line").text
    assert line.startswith("国际文传电讯社. 阿拉木图机场恢复运行[EB/OL]. (2022-01-06)[")
    assert line.endswith("]. http://localhost/entries/almaty/airport.")
    digest = Entry.from_dict(client.get("/api/v1/entries/almaty/airport").get_json()).digest()
    assert digest in page.one("details", "cite").text
    links = [e.attrs["href"] for e in page.all("a") if "download" in e.attrs]
    gbt, ris, csl = [client.get(url) for url in links]
    assert gbt.text == line + "\n"
    assert ris.text in [e.text.replace("\n", "\r\n") for e in page.all("pre")] or ris.text.startswith(
        "TY  - ELEC\r\n"
    )
    assert json.loads(csl.text)[0]["title"] == "阿拉木图机场恢复运行"
    assert [a.headers["Content-Disposition"] for a in (gbt, ris, csl)] == [
        f'attachment; filename="almaty-airport.{ending}"' for ending in ("txt", "ris", "json")
    ]
    assert ris.content_type.startswith("application/x-research-info-systems")


def test_the_day_of_access_is_that_of_the_home(tmp_path: Path) -> None:
    """Where it is tomorrow already, a citation says tomorrow."""
    for name in ("Pacific/Kiritimati", "Etc/GMT+12"):
        folder = tmp_path / name.replace("/", "-")
        build_home(folder, [row("a", time="2022-01-05T12:00:00+00:00")])
        text = create_app(Home(folder, ZoneInfo(name))).test_client().get("/cite/a").text
        assert f"[{datetime.now(ZoneInfo(name)):%Y-%m-%d}]" in text


def test_any_id_can_be_cited_and_wrong_ones_are_told(client: FlaskClient) -> None:
    """Slashes, dots, quotes and brackets in an id clash with nothing; another form or id is refused."""
    hostile = client.get("/cite/" + quote(HOSTILE) + "?format=ris")
    assert hostile.status_code == 200 and "\r\nER  - \r\n" in hostile.text
    assert hostile.headers["Content-Disposition"] == 'attachment; filename="x-b-1.ris"'
    refused = client.get("/cite/almaty/airport?format=pdf")
    assert refused.status_code == 400 and "参数 format：须为 gbt、ris、csl 之一" in refused.text
    default = client.get("/cite/almaty/airport").text
    for empty in ("?format=", "?format=%20"):
        assert client.get("/cite/almaty/airport" + empty).text == default
    assert client.get("/cite/nobody").status_code == 404


def test_every_chip_goes_at_once(client: FlaskClient) -> None:
    """清除全部 keeps the query and the order and nothing else."""
    page = get(client, "/", q="机场", agency="俄新社", from_="2021", asof="2024", exact="1", sort="oldest")
    clear = next(e.attrs["href"] for e in page.all("a") if e.text == "清除全部")
    assert state(clear) == {"q": ["机场"], "sort": ["oldest"]}
    assert len(page.all("a", "chip")) == 4
    assert not [e for e in get(client, "/", q="机场").all("a") if e.text == "清除全部"]


def test_facets_react_and_values_are_ored(client: FlaskClient) -> None:
    """Two agencies find what either has; counts of streams follow, those of agencies tell of the others."""
    rows = [one for one in entries() if one.get("agencies")]

    def those(*names: str) -> list[dict[str, object]]:
        return [one for one in rows if set(names) & set(one["agencies"])]  # type: ignore[call-overload]

    both = api(client, agency=["俄新社", "新华社"])
    assert both["total"] == len(those("俄新社", "新华社"))
    counts = {one["value"]: one["count"] for one in both["facets"]["agency"]}
    assert counts["阿纳多卢通讯社"] == len(those("阿纳多卢通讯社"))
    streams = {one["value"]: one["count"] for one in both["facets"]["stream"]}
    assert streams == {"哈萨克斯坦": len(those("俄新社")), "土耳其地震": len(those("新华社"))}
