"""The search page and the entry page, read as a browser reads them."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.web import AIRPORT, HOSTILE, Page, build_home, entries, state
from web import create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of the application over the small home."""
    return create_app(build_home(tmp_path_factory.mktemp("home"))).test_client()


def get(client: FlaskClient, path: str = "/", /, **query: object) -> Page:
    """Fetch a page that must be fine."""
    answer = client.get(path, query_string={k.rstrip("_"): v for k, v in query.items()} or None)
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return Page(answer.text)


def test_a_hit_shows_what_was_reported_when_and_by_whom(client: FlaskClient) -> None:
    """Headline with marks, Beijing time, agencies, stream; and a link to the entry that keeps the query."""
    page = get(client, q="阿拉木图机场")
    assert page.hit_ids()[0] == AIRPORT
    hit = page.all("li", "hit")[0]
    for said in ("阿拉木图机场恢复运行", "2022年1月6日 05:48", "国际文传电讯社", "哈萨克斯坦", "一度被占领"):
        assert said in hit.text
    assert "阿拉木图机场" in "".join(mark.text for mark in page.all("mark"))
    assert {"datetime": "2022-01-06T05:48:00+08:00"} in [time.attrs for time in page.all("time")]
    assert any(
        url.startswith(f"/entries/{AIRPORT}?") and state(url)["q"] == ["阿拉木图机场"] for url in page.links()
    )


@settings(max_examples=60, deadline=None)
@given(
    q=st.sampled_from(
        ["", "机场", "地震 通报", "阿拉木图 地震", '"恢复运行"', "恶意", "没有", "地震 -机场", '"']
    ),
    agency=st.lists(st.sampled_from(["俄新社", "新华社", "没有的社"]), max_size=2),
    stream=st.lists(st.sampled_from(["哈萨克斯坦", "土耳其地震"]), max_size=2),
    from_=st.sampled_from(["", "2022-01-06", "2023-02-07T12:00", "看不懂"]),
    to=st.sampled_from(["", "2022-01-06", "2023"]),
    asof=st.sampled_from(["", "2022-12-31"]),
    sort=st.sampled_from(["", "relevance", "newest", "oldest"]),
    page=st.integers(1, 5),
    exact=st.sampled_from(["", "1"]),
)
def test_page_and_api_are_twins(client: FlaskClient, from_: str, **query: object) -> None:
    """The page and the JSON show the same entries in the same order, for any parameters."""
    shown = get(client, from_=from_, **query)
    usable = {**query, "from": "" if from_ == "看不懂" else from_}
    answer = client.get("/api/v1/search", query_string=usable).get_json()
    assert shown.hit_ids() == [hit["id"] for hit in answer["hits"]]
    headings = {e.attrs["id"] for e in shown.all("h2")} - {"filters-heading", "timeline-heading"}
    by_time = not query["q"] or query["sort"] in ("newest", "oldest")
    full = {"day"} if by_time else {"full-heading"}
    kinds = [{"partial-heading"} if hit["partial"] else full for hit in answer["hits"]]
    assert {re.sub("^day-[0-9]+$", "day", id) for id in headings} == set().union(*kinds)


def test_an_empty_query_shows_the_newest_entries(client: FlaskClient) -> None:
    """Without a query the newest entries come first, under a heading that says so."""
    page = get(client)
    assert page.one("h1").text == "最新条目"
    times = [time.attrs["datetime"] for time in page.all("time")][-10:]
    assert len(times) == 10
    assert times == sorted(times, reverse=True)


def test_an_entry_without_headline_or_time_can_be_read(client: FlaskClient) -> None:
    """Its text stands in for the headline, once, and it says that the time is unknown."""
    hit = get(client, q="只有正文").all("li", "hit")[0]
    assert hit.text.count("只有正文") == 1
    assert "时间不详" in hit.text
    assert "只有正文" in get(client, "/entries/loose").one("article").text


def test_partial_hits_stand_under_a_heading_of_their_own(client: FlaskClient) -> None:
    """It stands between the last full match and the first partial one."""
    answer = client.get("/api/v1/search?q=阿拉木图 机场").get_json()
    full, partial = answer["total"], answer["partial_total"]
    assert 0 < full < 10 and partial, "the home must have both on page 1"
    page = get(client, q="阿拉木图 机场")
    order = [e.tag for e in page.elements if e.tag == "h3" or e.attrs.get("id") == "partial-heading"]
    assert order == ["h3"] * full + ["h2"] + ["h3"] * min(partial, 10 - full)
    assert page.one("section", "partial").text.split()[0] == "部分匹配"
    assert f"找到 {full} 条" in page.one("h1").text


def test_zero_hits_say_which_part_failed(client: FlaskClient) -> None:
    """Each part is a link with its own number of hits; filters can be removed in one step."""
    page = get(client, q="机场 火星", agency="新华社")
    parts = page.one("ul", "parts")
    assert "「火星」单独也没有条目" in parts.text
    assert "「机场」单独有" in parts.text
    alone = next(url for url in page.links() if state(url).get("q") == ["机场"])
    assert state(alone)["agency"] == ["新华社"]
    assert {"q": ["机场 火星"]} in [state(url) for url in page.links()]


STATE = {
    "q": ["地震"],
    "agency": ["新华社", "阿纳多卢通讯社"],
    "stream": ["土耳其地震"],
    "from": ["2022"],
    "to": ["2023"],
    "asof": ["2024"],
    "sort": ["oldest"],
    "page": ["2"],
    "exact": ["1"],
}


def test_every_link_keeps_the_state_that_it_does_not_change(client: FlaskClient) -> None:
    """Sorting, paging and dropping a filter change one thing, and go to page 1 unless they turn pages."""
    page = get(client, **{"from_" if k == "from" else k: v for k, v in STATE.items()})
    changed = []
    for url in page.links():
        if url.startswith("/?"):
            given = state(url)
            names = {n for n in STATE.keys() | given.keys() if n != "page" and given.get(n) != STATE.get(n)}
            assert not names or "page" not in given
            changed.append(frozenset(names))
    for name in ("agency", "stream", "from", "to", "asof", "exact", "sort"):
        assert frozenset({name}) in changed
    dropped = frozenset({"agency", "stream", "from", "to", "asof"})
    together = (dropped, dropped | {"exact"}, frozenset({"from", "to"}))
    assert all(len(names) <= 1 or names in together for names in changed)
    for url in page.links():
        assert not url.startswith("/entries/") or {k: v for k, v in state(url).items() if k != "hit"} == STATE


def test_a_form_sent_again_keeps_what_was_chosen(client: FlaskClient) -> None:
    """The one form holds query, filters and order, so that it works without JavaScript."""
    page = get(client, **{"from_" if k == "from" else k: v for k, v in STATE.items()})
    fields = [
        e.attrs
        for e in page.all("input")
        if e.attrs.get("form") == "search" or (e.attrs["name"] in ("q", "sort") and "form" not in e.attrs)
    ]
    sent: dict[str, list[str]] = {}
    for attrs in fields:
        if (attrs.get("type") != "checkbox" or "checked" in attrs) and attrs["value"]:
            sent.setdefault(attrs["name"], []).append(attrs["value"])
    assert {k: sorted(v) for k, v in sent.items()} == {k: sorted(v) for k, v in STATE.items() if k != "page"}


def test_the_head_has_query_count_span_and_outputs(client: FlaskClient) -> None:
    """Beside the count stand the feed, the exports and the figures of the same search."""
    page, asked = get(client, q="地震", agency="新华社"), {"q": ["地震"], "agency": ["新华社"]}
    head = page.one("div", "answer-head")
    assert head.text.split()[0] == "找到" and "「地震」" in head.text
    assert "2023年2月7日 0时至2023年2月7日 22时" in head.text
    outputs = {
        e.text: e.attrs["href"] for e in page.all("a") if e.attrs["href"].startswith(("/feed", "/e", "/f"))
    }
    for name, path in (
        ("Atom", "/feed.atom?"),
        ("JSON Feed", "/feed.json?"),
        ("表格（CSV）", "/export.csv?"),
        ("JSON 行", "/export.jsonl?"),
    ):
        assert outputs[name].startswith(path) and state(outputs[name]).items() >= asked.items()
    assert outputs["伤亡数字"].startswith("/figures?")


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_entries_in_order_of_time_stand_under_their_days(client: FlaskClient, sort: str) -> None:
    """Each day is named once, in order; beside an entry stands its time of day."""
    page = get(client, stream="哈萨克斯坦", sort=sort)
    names = [e.text for e in page.all("h2") if e.attrs["id"].startswith("day-")]
    assert names == sorted(["2022年1月5日 星期三", "2022年1月6日 星期四"], reverse=sort == "newest")
    times = [e.text for e in page.all("time")]
    assert sorted(times) == ["04:12", "05:48", "10:19", "13:59"]
    assert not [e for e in get(client, stream="哈萨克斯坦", q="阿拉木图").all("h2") if "day" in e.attrs["id"]]


def test_the_agency_follows_the_time_in_every_hit(client: FlaskClient) -> None:
    """The line above the headline: time, agency, and the stream where there are several."""
    page = get(client, q="机场")
    for meta in page.all("p", "hit-meta"):
        assert re.search(r"\d\d:\d\d(国际文传|俄新社|新华社|阿纳多卢|$)|恶意", meta.text), meta.text
    assert "土耳其地震" in page.one("ol", "hits").text
    only = get(client, q="宵禁", partial="0")
    assert only.hit_ids() and not only.all("a", "hit-stream")


def test_single_characters_are_not_marked(client: FlaskClient) -> None:
    """A partial match is not sprinkled with marks; a character that was typed alone is marked."""
    for query in ("阿拉木图的机场在哪里", "任务有什么人"):
        assert all(len(mark.text) > 1 for mark in get(client, q=query).all("mark"))
    assert {mark.text for mark in get(client, q="枪").all("mark")} == {"枪"}


def test_filters_offer_what_the_answer_holds(client: FlaskClient) -> None:
    """The check boxes are the facets of the JSON with their counts; a chosen value never disappears."""
    facets = client.get("/api/v1/search?q=机场").get_json()["facets"]
    page = get(client, q="机场")
    for name in ("agency", "stream"):
        offered = [e.attrs["value"] for e in page.all("input") if e.attrs["name"] == name]
        assert offered == [facet["value"] for facet in facets[name]] != []
    boxes = get(client, q="机场", agency="没有的社").all("input")
    assert [e.attrs["value"] for e in boxes if "checked" in e.attrs] == ["没有的社"]


def test_what_is_not_understood_is_told_and_the_rest_is_searched(client: FlaskClient) -> None:
    """A wrong date has a message beside its field, which keeps the text; other values have one above hits."""
    plain, page = (
        get(client, q="机场"),
        get(client, q="机场", from_="<b>火星历", sort="x", page="0", exact="maybe"),
    )
    assert page.hit_ids() == plain.hit_ids() != []
    field = next(e.attrs for e in page.all("input") if e.attrs["name"] == "from")
    assert field["value"] == "<b>火星历" and field["aria-invalid"] == "true"
    fault = page.one("p", "fault")
    assert fault.attrs["id"] in field["aria-describedby"].split() and fault.text.strip()
    notice = page.one("div", "notice").text
    assert all(name in notice for name in ("sort=x", "page=0", "exact=maybe"))


def test_problems_of_a_query_are_told_with_their_place(client: FlaskClient) -> None:
    """An open quote is pointed at, and the search is done all the same."""
    page = get(client, q='机场 "恢复')
    assert page.hit_ids()
    notice = page.one("div", "notice")
    assert notice.attrs["role"] == "status"
    assert "第 4 个字符" in notice.text


def test_a_long_query_is_cut_and_says_so(client: FlaskClient) -> None:
    """Between 1,000 and 10,000 characters the page answers, and tells that it did not read all."""
    assert get(client, q="机场 " * 1000).one("div", "notice").text.strip()


def test_a_page_after_the_last_leads_back(client: FlaskClient) -> None:
    """It is empty, says how many pages there are, and links to the first."""
    page = get(client, q="地震", page=4000)
    assert page.hit_ids() == []
    assert "第 4,000 页没有条目" in page.text
    assert {"q": ["地震"]} in [state(url) for url in page.links()]


def test_pages_are_numbered(client: FlaskClient) -> None:
    """Together the pages show every match once, and the current one is marked as such."""
    first = get(client, q="地震 通报")
    assert first.one("h1").text == "找到 30 条"
    nav = next(e for e in first.all("nav") if e.attrs["aria-label"] == "分页")
    assert "下一页" in nav.text and "上一页" not in nav.text
    seen = [id for number in (1, 2, 3) for id in get(client, q="地震 通报", page=number).hit_ids()]
    assert sorted(seen) == [f"quake/{number:02d}" for number in range(1, 31)]
    second = get(client, q="地震 通报", page=2)
    assert [e.text for e in second.all("a") if e.attrs.get("aria-current") == "page"] == ["2"]


def test_an_entry_is_shown_whole_and_marked(client: FlaskClient) -> None:
    """All paragraphs, what was searched for marked, a way back to the very page, neighbours in time order."""
    query = {"q": "维和 抵达", "stream": "哈萨克斯坦", "sort": "newest"}
    page = get(client, "/entries/almaty/csto", **query)
    assert page.one("h1").text == "集安组织派出维和人员"
    for said in ("首批人员已经抵达。", "任务为期有限。", "2022年1月6日 13:59"):
        assert said in page.one("article").text
    assert {mark.text for mark in page.all("mark")} == {"维和", "抵达"}
    assert state(next(url for url in page.links() if url.startswith("/?"))) == {
        k: [v] for k, v in query.items()
    }
    around = [e.text for e in page.all("time")][1:]
    assert around == ["2022年1月5日 04:12", "2022年1月6日 05:48", "2022年1月6日 10:19", "2022年1月6日 13:59"]
    assert not get(client, "/entries/almaty/csto").all("mark")


def test_an_entry_page_is_not_sent_twice(client: FlaskClient) -> None:
    """The same page asked for with its tag is answered with 304 and nothing else."""
    tag = client.get(f"/entries/{AIRPORT}").headers["ETag"]
    again = client.get(f"/entries/{AIRPORT}", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "script",
        "body",
        "a",
        "header",
        "div",
        "form",
        "label",
        "input",
    ),
    *(
        "button",
        "main",
        "footer",
        "p",
        "h1",
        "h2",
        "h3",
        "nav",
        "section",
        "ol",
        "ul",
        "li",
        "article",
        "time",
    ),
    *("mark", "strong", "code", "b", "aside", "fieldset", "legend", "span", "details", "summary"),
    *("dl", "dt", "dd", "pre"),
    *("svg", "rect", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("wbr", "img"),
}


@pytest.mark.parametrize(
    ("path", "q"),
    [
        ("/", "恶意"),
        ("/", "<script>alert(1)</script>"),
        ("/", '"><img src=x onerror=alert(1)>'),
        ("/", "标题:<script> -</mark> 'x' &lt;"),
        (f"/entries/{HOSTILE}", "恶意 script"),
        (f"/entries/{AIRPORT}", "\"'><svg onload=alert(1)>"),
    ],
)
def test_entries_and_queries_are_text_never_html(client: FlaskClient, path: str, q: str) -> None:
    """Whatever an entry or a query holds, the page has only its own elements, and no script of others."""
    page = get(client, path, q=q, stream="'\"><b>恶意专题" if q == "恶意" else "")
    assert {e.tag for e in page.elements} <= TAGS
    scripts = page.all("script")
    # Data is no script: browsers do not run it, and it has no "<" of its own.
    code = [script for script in scripts if script.attrs.get("type") != "application/ld+json"]
    assert len(code) >= 2
    assert all(script.attrs["src"].startswith("/static/") and not script.text for script in code)
    for element in page.elements:
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"]
        assert not element.attrs.get("href", "").lower().startswith(("javascript", "data"))
    assert next(e.attrs for e in page.all("input") if e.attrs["name"] == "q")["value"] == q


def test_a_hostile_entry_is_still_found_and_readable(client: FlaskClient) -> None:
    """Its text is shown to the letter, and its id leads to it though it has slashes, brackets and quotes."""
    page = get(client, q="恶意正文")
    assert page.hit_ids()[0] == HOSTILE
    link = next(url for url in page.links() if url.startswith("/entries/x"))
    said = get(client, link).one("article").text
    row = next(row for row in entries() if row["id"] == HOSTILE)
    for text in (row["headline"], row["body"], row["credit"], "<i>恶意图片</i>"):
        assert str(text) in said


@pytest.mark.parametrize(
    "url", ["/", "/?q=机场", "/?q=火星 机场&from=x", f"/entries/{AIRPORT}?q=机场", "/nothing"]
)
def test_a_page_is_built_for_everyone(client: FlaskClient, url: str) -> None:
    """The page declares Chinese, has one h1 and a skip link to main, and labels each field."""
    page = Page(client.get(url).text)
    assert page.one("html").attrs["lang"] == "zh-CN"
    assert page.one("h1").text.strip() and page.one("title").text.strip()
    assert page.links()[0] == "#" + page.one("main").attrs["id"]
    ids = [e.attrs["id"] for e in page.elements if "id" in e.attrs]
    assert len(ids) == len(set(ids))
    named = {e.attrs["for"] for e in page.all("label") if "for" in e.attrs}
    wrapped = {
        b.attrs["name"] for a, b in zip(page.elements, page.elements[1:], strict=False) if a.tag == "label"
    }
    for box in page.all("input"):
        if box.attrs.get("type") != "hidden":
            assert box.attrs.get("id") in named or box.attrs["name"] in wrapped
    for element in page.elements:
        targets = (
            f"{element.attrs.get('aria-describedby', '')} {element.attrs.get('aria-labelledby', '')}".split()
        )
        assert set(targets) <= set(ids)


def test_a_new_index_is_seen_without_a_restart(tmp_path: Path) -> None:
    """The same application shows what a later reindex added."""
    rows = entries()
    client = create_app(build_home(tmp_path, rows[:2])).test_client()
    assert get(client).hit_ids() == [AIRPORT, "almaty/unrest"]
    build_home(tmp_path, rows[:3])
    assert get(client).hit_ids() == ["almaty/tanks", AIRPORT, "almaty/unrest"]
