"""The page of figures: chart, table, CSV and JSON agree, and every point links to its entry."""

import csv
import io
import re
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from search.entry import Entry
from tests.support.web import HOSTILE, Page, build_home, state
from web import create_app
from web.pages.figures import highlight_slice

_ROWS: list[dict[str, object]] = [
    {
        "id": f"flood/{number}",
        "time": f"2024-05-0{number}T08:00:00+08:00",
        "headline": f"海滨市洪灾第{number}次通报",
        "body": f"据{agency}报道，海滨市洪水已造成{dead}人死亡、约{dead * 4}人受伤。搜救仍在继续。",
        "agencies": [agency],
        "stream": "洪灾",
    }
    for number, agency, dead in [(1, "甲社", 3), (2, "乙社", 9), (3, "甲社", 7)]
]
_HOSTILE: dict[str, object] = {
    "id": HOSTILE,
    "time": "2024-05-04T08:00:00+08:00",
    "headline": "<script>alert(1)</script>",
    "body": "<img src=x onerror=alert(1)>造成5人死亡",
    "agencies": ['"><svg onload=alert(1)>'],
    "stream": "其他",
}
_QUIET: dict[str, object] = {"id": "quiet", "time": "2024-05-05T08:00:00+08:00", "body": "道路恢复通行。"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of a home with three reports of a flood, a hostile entry, and one without figures."""
    home = build_home(Path(tmp_path_factory.mktemp("home")), [*_ROWS, _HOSTILE, _QUIET])
    return create_app(home).test_client()


def page(client: FlaskClient, url: str) -> Page:
    """Fetch a page, which must be found."""
    response = client.get(url)
    assert response.status_code == 200
    return Page(response.text)


def numbers(text: str) -> list[int]:
    """Return the figures of a cell."""
    return [int(found.replace(",", "")) for found in re.findall(r"[\d,]+", text)]


def test_page_csv_and_json_have_the_same_rows(client: FlaskClient) -> None:
    """One tally, three forms; the page has the newest first."""
    cells = [numbers(cell.text)[0] for cell in page(client, "/figures?q=洪水").all("td", "value")][::-1]
    answer = client.get("/api/v1/figures?q=洪水").get_json()
    table = client.get("/figures.csv?q=洪水")
    rows = list(csv.DictReader(io.StringIO(table.get_data(as_text=True).lstrip("\ufeff"))))
    assert cells == [3, 12, 9, 36, 7, 28]
    assert [one["value"] for one in answer["figures"]] == cells
    assert [int(one["数字"]) for one in rows] == cells
    assert table.content_type.startswith("text/csv") and table.get_data().startswith(b"\xef\xbb\xbf")
    assert {one["place"] for one in answer["figures"]} == {"海滨市"}


def test_every_point_is_a_link_with_a_title(client: FlaskClient) -> None:
    """There are step lines for deaths and injuries, and each point links to its entry."""
    html = page(client, "/figures?q=洪水")
    svg = html.text
    points = [e for e in html.elements if e.tag == "circle"]
    titles = [e.text for e in html.all("title")][1:]
    assert len(points) == len(titles) == 6
    assert "2024年5月2日 08:00 累计死亡 · 海滨市：9 人（乙社）" in titles
    assert [e.attrs["d"].count("V") for e in html.all("path", "step") if "V" in e.attrs["d"]] == [2, 2]
    led = {urlsplit(link).path for link in html.links() if urlsplit(link).path.startswith("/entries/")}
    assert led == {f"/entries/flood/{number}" for number in (1, 2, 3)}
    assert "海滨市 · 累计死亡" in svg


def test_a_link_leads_to_its_sentence_marked(client: FlaskClient) -> None:
    """The table marks the figure in its sentence, and the linked entry marks that sentence."""
    html = page(client, "/figures?q=洪水&kind=死亡")
    assert [mark.text for mark in html.all("mark")] == ["7人死亡", "9人死亡", "3人死亡"]
    last = next(link for link in html.links() if "said=" in link)
    entry = page(client, last)
    assert [e.text for e in entry.all("mark")] == ["据甲社报道，海滨市洪水已造成7人死亡、约28人受伤"]
    assert "洪水" in state(last)["q"]


@pytest.mark.parametrize(
    "said",
    ["", "x", "9-2", "9-9", "900-999", "1-", "-5", "999999999999-1", "<b>-1", "0-999", "3-15", "11-40"],
)
def test_a_slice_never_changes_the_text_of_an_entry(client: FlaskClient, said: str) -> None:
    """The text is the same without a slice, with a reversed or empty one, and with one across paragraphs."""
    plain, sliced = (
        page(client, f"/entries/flood/1?{urlencode({'said': value})}").one("article").text
        for value in ("", said)
    )
    assert sliced == plain


@given(first=st.integers(0, 30), last=st.integers(0, 30))
def test_a_slice_marks_its_characters(first: int, last: int) -> None:
    """The marks of all parts together hold the characters of the slice; a slice without any is refused."""
    entry = Entry("a", None, "海滨市洪灾", "已造成3人死亡。\n搜救仍在继续。", captions=("救援<现场>",))
    parts = highlight_slice(entry, f"{first}-{last}")
    if first >= last:
        assert parts is None
        return
    assert parts is not None
    html = "".join(part.__html__() for part in (parts.headline, parts.body, *parts.captions))
    # A separator that the parts do not have counts as one character between them.
    text = "\0".join((entry.headline, entry.body, *entry.captions))
    assert unescape(re.sub("</?mark>", "", html)) == text.replace("\0", "")
    assert unescape("".join(re.findall("<mark>(.*?)</mark>", html, re.S))) == text[first:last].replace(
        "\0", ""
    )


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ("corrected=1", "有更正"),
        ("exact=1", "只查原词"),
        ("time=5月1日", "时间：5月1日"),
        ("agency=甲社", "来源：甲社"),
    ],
)
def test_every_filter_has_a_chip_that_removes_it(client: FlaskClient, chosen: str, text: str) -> None:
    """The chip leads to the same figures without its filter, and keeps the kind."""
    chip = page(client, f"/figures?q=洪水&kind=受伤&{chosen}").one("a", "chip")
    assert text in chip.text
    assert urlsplit(chip.attrs["href"]).path == "/figures"
    assert state(chip.attrs["href"]) == {"q": ["洪水"], "kind": ["受伤"]}


def test_the_latest_of_each_place_and_kind_comes_first(client: FlaskClient) -> None:
    """With what changed since the value before, and a link to its sentence."""
    html = page(client, "/figures?q=洪水")
    latest = html.one("dl", "latest").text
    assert latest.index("海滨市 · 累计死亡") < latest.index("7 人") < latest.index("比 2024年5月2日 −2")
    assert html.text.index("最新数字") < html.text.index("随时间的变化") < html.text.index("全部数字")


def test_two_figures_have_no_chart(client: FlaskClient) -> None:
    """A chart has three points or more; the figures are in the table all the same."""
    html = page(client, "/figures?q=洪水&agency=甲社")
    assert len(html.all("td", "value")) == 4 and not html.all("figure")


def test_the_table_has_fifty_rows_a_page(tmp_path: Path) -> None:
    """Newest first over all pages; the later ones have the table only."""
    rows: list[dict[str, object]] = [
        {
            "id": f"a/{n:02}",
            "time": f"2024-05-01T{n // 3:02}:{n % 3:02}:00+08:00",
            "body": f"空袭致{n + 1}人死亡。",
        }
        for n in range(60)
    ]
    client = create_app(build_home(tmp_path, rows)).test_client()
    first, second = (page(client, f"/figures?q=空袭&page={n}") for n in (1, 2))
    values = [numbers(cell.text)[0] for one in (first, second) for cell in one.all("td", "value")]
    assert values == list(range(60, 0, -1)) and len(first.all("td", "value")) == 50
    assert first.all("dl", "latest") and not second.all("dl", "latest")
    (following,) = [e.attrs["href"] for e in first.all("a") if e.attrs.get("rel") == "next"]
    assert urlsplit(following).path == "/figures" and state(following)["page"] == ["2"]


def test_a_falling_total_is_shown_and_not_resolved(client: FlaskClient) -> None:
    """The lower number stays in the table with a note, and its point is marked."""
    html = page(client, "/figures?q=洪水&kind=死亡")
    assert [e.text for e in html.all("span", "conflict")] == ["矛盾：低于 2024-05-02 08:00 的 9"]
    assert sum(e.has("odd") for e in html.elements if e.tag == "circle") == 2


def test_kind_and_filters_stay_in_links(client: FlaskClient) -> None:
    """Each kind is a link, and the CSV link keeps all filters."""
    html = page(client, "/figures?q=洪水&agency=甲社&kind=受伤")
    (table,) = [link for link in html.links() if urlsplit(link).path == "/figures.csv"]
    assert state(table) == {"q": ["洪水"], "agency": ["甲社"], "kind": ["受伤"]}
    assert [numbers(cell.text)[0] for cell in html.all("td", "value")] == [28, 12]
    kinds = [e for e in html.all("a") if "aria-current" in e.attrs and "kind=" in e.attrs["href"]]
    assert [e.text for e in kinds] == ["受伤"]


def test_invalid_parameters_have_a_message(client: FlaskClient) -> None:
    """The page ignores them with a notice, JSON and CSV refuse them."""
    html = page(client, "/figures?q=洪水&kind=天气&from=何时")
    assert len(html.all("td", "value")) == 6
    assert "kind=天气" in html.text and "from=何时" in html.text
    answer = client.get("/api/v1/figures?q=洪水&kind=天气")
    assert answer.status_code == 400 and "死亡、受伤" in answer.get_json()["error"]["message"]
    assert client.get("/figures.csv?kind=天气").status_code == 400


def test_hostile_text_stays_text(client: FlaskClient) -> None:
    """No text of an entry becomes markup, in table, chart or link."""
    response = client.get("/figures?q=")
    assert "<img src=x" not in response.text and "<script>" not in response.text
    html = Page(response.text)
    assert not any(name.startswith("on") or name == "style" for e in html.elements for name in e.attrs)
    assert "<img src=x onerror=alert(1)>造成5人死亡" in html.text


def test_without_figures_the_page_says_why(client: FlaskClient) -> None:
    """No table, no chart, no download, and a sentence."""
    html = page(client, "/figures?q=道路")
    assert not html.all("table") and not html.all("figure")
    assert "没有提取到数字" in html.text


def test_the_search_page_links_to_figures_where_there_are_some(client: FlaskClient) -> None:
    """The head of results with figures has the link 「伤亡数字」 with the same search."""
    (link,) = page(client, "/?q=洪水&sort=newest").all("a", "to-figures")
    assert urlsplit(link.attrs["href"]).path == "/figures" and state(link.attrs["href"]) == {"q": ["洪水"]}
    assert not page(client, "/?q=道路").all("a", "to-figures")
