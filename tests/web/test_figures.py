"""The page of figures: chart, table, CSV and JSON say the same, and every point leads to its entry."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.support.web import HOSTILE, Page, build_home, state
from web import create_app

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
    """A browser at a home with three reports of a flood, one that means harm, one without figures."""
    home = build_home(Path(tmp_path_factory.mktemp("home")), [*_ROWS, _HOSTILE, _QUIET])
    return create_app(home).test_client()


def page(client: FlaskClient, url: str) -> Page:
    """Fetch a page that is there."""
    response = client.get(url)
    assert response.status_code == 200
    return Page(response.text)


def numbers(text: str) -> list[int]:
    """Return the figures of a cell."""
    return [int(found.replace(",", "")) for found in re.findall(r"[\d,]+", text)]


def test_page_csv_and_json_have_the_same_rows(client: FlaskClient) -> None:
    """One tally, three forms."""
    cells = [numbers(cell.text)[0] for cell in page(client, "/figures?q=洪水").all("td", "value")]
    answer = client.get("/api/v1/figures?q=洪水").get_json()
    table = client.get("/figures.csv?q=洪水")
    rows = list(csv.DictReader(io.StringIO(table.get_data(as_text=True).lstrip("\ufeff"))))
    assert cells == [3, 12, 9, 36, 7, 28]
    assert [one["value"] for one in answer["figures"]] == cells
    assert [int(one["数字"]) for one in rows] == cells
    assert table.content_type.startswith("text/csv") and table.get_data().startswith(b"\xef\xbb\xbf")
    assert {one["place"] for one in answer["figures"]} == {"海滨市"}


def test_every_point_is_a_link_with_a_title(client: FlaskClient) -> None:
    """Lines of steps for deaths and injuries, and each of their points leads to its entry."""
    html = page(client, "/figures?q=洪水")
    svg = html.text
    points = [e for e in html.elements if e.tag == "circle"]
    titles = [e.text for e in html.all("title")][1:]
    assert len(points) == len(titles) == 6
    assert "2024年5月2日 08:00 死亡 · 海滨市：9 人（乙社）" in titles
    assert [e.attrs["d"].count("V") for e in html.all("path", "step") if "V" in e.attrs["d"]] == [2, 2]
    led = {urlsplit(link).path for link in html.links() if urlsplit(link).path.startswith("/entries/")}
    assert led == {f"/entries/flood/{number}" for number in (1, 2, 3)}
    assert "死亡 · 海滨市" in svg


def test_a_link_leads_to_its_sentence_marked(client: FlaskClient) -> None:
    """The table marks the figure in its sentence, and the entry behind the link marks that sentence."""
    html = page(client, "/figures?q=洪水&kind=死亡")
    assert [mark.text for mark in html.all("mark")] == ["3人死亡", "9人死亡", "7人死亡"]
    last = [link for link in html.links() if "said=" in link][-1]
    entry = page(client, last)
    assert [e.text for e in entry.all("mark")] == ["据甲社报道，海滨市洪水已造成7人死亡、约28人受伤"]
    assert "洪水" in state(last)["q"]


@pytest.mark.parametrize("said", ["", "x", "9-2", "900-999", "1-", "-5", "999999999999-1", "<b>-1"])
def test_a_slice_that_is_none_marks_nothing_else(client: FlaskClient, said: str) -> None:
    """An entry opens whatever stands in the address."""
    assert client.get("/entries/flood/1", query_string={"said": said}).status_code == 200


def test_a_falling_total_is_shown_and_not_resolved(client: FlaskClient) -> None:
    """The lower number stays in the table, named as a contradiction, and its point is marked."""
    html = page(client, "/figures?q=洪水&kind=死亡")
    assert [e.text for e in html.all("span", "conflict")] == ["矛盾：低于 2024-05-02 08:00 的 9"]
    assert sum(e.has("odd") for e in html.elements if e.tag == "circle") == 2


def test_kind_and_filters_stay_in_links(client: FlaskClient) -> None:
    """Each kind is a link, and the CSV link keeps all that was chosen."""
    html = page(client, "/figures?q=洪水&agency=甲社&kind=受伤")
    (table,) = [link for link in html.links() if urlsplit(link).path == "/figures.csv"]
    assert state(table) == {"q": ["洪水"], "agency": ["甲社"], "kind": ["受伤"]}
    assert [numbers(cell.text)[0] for cell in html.all("td", "value")] == [12, 28]
    kinds = [e for e in html.all("a") if "aria-current" in e.attrs and "kind=" in e.attrs["href"]]
    assert [e.text for e in kinds] == ["受伤"]


def test_what_cannot_be_used_is_told(client: FlaskClient) -> None:
    """The page goes on without it, JSON and CSV refuse with a sentence."""
    html = page(client, "/figures?q=洪水&kind=天气&from=何时")
    assert len(html.all("td", "value")) == 6
    assert "kind=天气" in html.text and "from=何时" in html.text
    answer = client.get("/api/v1/figures?q=洪水&kind=天气")
    assert answer.status_code == 400 and "死亡、受伤" in answer.get_json()["error"]["message"]
    assert client.get("/figures.csv?kind=天气").status_code == 400


def test_hostile_text_stays_text(client: FlaskClient) -> None:
    """Nothing of an entry becomes markup, in table, chart or link."""
    response = client.get("/figures?q=")
    assert "<img" not in response.text and "<script>" not in response.text
    html = Page(response.text)
    assert not any(name.startswith("on") or name == "style" for e in html.elements for name in e.attrs)
    assert "<img src=x onerror=alert(1)>造成5人死亡" in html.text


def test_without_figures_the_page_says_why(client: FlaskClient) -> None:
    """No table, no chart, no download, and a sentence."""
    html = page(client, "/figures?q=道路")
    assert not html.all("table") and not html.all("figure")
    assert "没有读到数字" in html.text


def test_the_search_page_links_to_figures_where_there_are_some(client: FlaskClient) -> None:
    """「数字」 stands in the head of an answer that has figures, with the same search."""
    (link,) = page(client, "/?q=洪水&sort=newest").all("a", "to-figures")
    assert urlsplit(link.attrs["href"]).path == "/figures" and state(link.attrs["href"]) == {"q": ["洪水"]}
    assert not page(client, "/?q=道路").all("a", "to-figures")
