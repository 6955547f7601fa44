"""Exports over HTTP: the number that runs at once is limited, and every end of one frees its place."""

import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import agate
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from search import Home, Searcher, reindex
from tests.support.waiting import HANG_SECONDS, wait_until
from tests.support.web import AIRPORT, HOSTILE, Page, build_home
from web import create_app
from web.api import export
from web.api.export import MAX_EXPORTS, MAX_WAITING

#: The ways in which a client ends an export.
ENDS: dict[str, Callable[[TestResponse], object]] = {
    "closed without reading": lambda response: response.close(),
    "read to the end, not closed": lambda response: response.data,
    "read in part, then closed": lambda response: (next(response.response), response.close()),
    "forgotten": lambda response: None,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """An application over the small home."""
    return create_app(build_home(tmp_path_factory.mktemp("home"))).test_client()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_ended_export_frees_its_place(
    client: FlaskClient, form: str, end: Callable[[TestResponse], object]
) -> None:
    """Three times as many one after the other as may run at once."""
    for _ in range(3 * MAX_EXPORTS):
        response = client.get(f"/export.{form}?q=机场")
        assert response.status_code == 200
        end(response)


def test_running_exports_are_limited(client: FlaskClient) -> None:
    """One too many is refused with a time; afterwards there is a place again."""
    running = [client.get("/export.csv") for _ in range(MAX_EXPORTS)]
    refused = client.get("/export.csv")
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    for response in running:
        response.close()
    assert client.get("/export.csv").status_code == 200


def test_a_few_exports_wait_for_a_place(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """They get the place of one that ends; more than these are refused at once."""
    monkeypatch.setattr(export, "WAITING_SECONDS", HANG_SECONDS)
    running = [client.get("/export.csv") for _ in range(MAX_EXPORTS)]
    with ThreadPoolExecutor(MAX_WAITING) as pool:
        app = client.application
        waiting = [pool.submit(lambda: app.test_client().get("/export.csv")) for _ in range(MAX_WAITING)]
        wait_until(lambda: not export._waiting._value, "export that waits")  # type: ignore[attr-defined]
        assert client.get("/export.csv").status_code == 503
        for response in running:
            response.close()
        answers = [one.result() for one in waiting]
    assert [answer.status_code for answer in answers] == [200] * MAX_WAITING
    for answer in answers:
        answer.close()


def test_a_refused_query_frees_its_place(client: FlaskClient) -> None:
    """An error before the first byte is an error page, and occupies nothing."""
    for _ in range(3 * MAX_EXPORTS):
        assert client.get("/export.csv?from=没有这一天").status_code == 400


def table(client: FlaskClient, url: str) -> list[dict[str, str]]:
    """Fetch a table, and read it as a spreadsheet does."""
    text = client.get(url, buffered=True).data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("zh-CN", ("编号", "时间", "标题", "本站链接")),
        ("zh-TW", ("編號", "時間", "標題", "本站連結")),
        ("en", ("ID", "Time", "headline", "Link")),
    ],
)
def test_the_table_of_the_page_is_for_people(client: FlaskClient, lang: str, names: tuple[str, ...]) -> None:
    """Columns in the language of the page, local times that a spreadsheet reads, and a link that works."""
    page = Page(client.get(f"/?q=机场&sort=oldest&lang={lang}").text)
    (url,) = [link for link in page.links() if link.startswith("/export.csv")]
    rows = table(client, url)
    assert len(rows) > 4
    id, time, headline, link = names
    for row in rows:
        assert row[link].startswith("http://localhost/entries/")
        assert client.get(row[link].removeprefix("http://localhost")).status_code == 200
        assert not row[time] or datetime.strptime(row[time], "%Y-%m-%d %H:%M:%S")
    airport = next(row for row in rows if row[id] == AIRPORT)
    assert (airport[time], airport[headline]) == ("2022-01-06 05:48:00", "阿拉木图机场恢复运行")


def test_a_table_reader_finds_dates_and_links(client: FlaskClient) -> None:
    """A library that guesses the types of columns, as spreadsheets do, takes the times for dates."""
    text = client.get("/export.csv?lang=zh-CN", buffered=True).data.decode("utf-8-sig")
    read = agate.Table.from_csv(io.StringIO(text, newline=""))
    times = read.columns["时间"]
    assert isinstance(times.data_type, agate.DateTime)
    by_id = dict(zip(read.columns["编号"].values(), times.values(), strict=True))
    assert by_id[AIRPORT] == datetime(2022, 1, 6, 5, 48)
    assert all(link.startswith("http://localhost/entries/") for link in read.columns["本站链接"].values())


def test_the_table_of_the_page_can_be_indexed_again(client: FlaskClient, tmp_path: Path) -> None:
    """In the home of the same zone it gives the same entries, hostile ones too."""
    home = Home(tmp_path)
    home.data.mkdir()
    (home.data / "a.csv").write_bytes(client.get("/export.csv?lang=zh-CN", buffered=True).data)
    reindex(home)
    lines = client.get("/export.jsonl", buffered=True).data.decode().removesuffix("\n").split("\n")[1:]
    for line in map(json.loads, lines):
        entry = Searcher(home).entry(line["id"])
        assert (entry.headline, entry.body, list(entry.agencies)) == (
            line["headline"],
            line["body"],
            line["agencies"],
        )
        assert line["time"] == (entry.time.isoformat() if entry.time else None)


def test_a_file_is_named_by_its_query(client: FlaskClient) -> None:
    """Old clients get a name of plain letters; signs of the query are left out."""
    header = client.get('/export.csv?q=机场 "恢复/运行"\r\n;x').headers["Content-Disposition"]
    plain, _, name = header.partition("; filename*=UTF-8''")
    assert plain.startswith('attachment; filename="xunwen-2') and plain.endswith('.csv"')
    assert unquote(name).startswith("xunwen-机场-恢复-运行-") and header.isascii()


def test_ticked_entries_are_exported_alone(client: FlaskClient) -> None:
    """In the order of the search; none ticked is none; too many are refused; the file says which."""
    found = [row["id"] for row in table(client, "/export.csv?q=地震&sort=oldest")]
    some = "&".join(f"id={id}" for id in reversed(found[3:6]))
    assert [row["id"] for row in table(client, f"/export.csv?q=地震&sort=oldest&{some}")] == found[3:6]
    assert table(client, "/export.csv?q=地震&id=") == []
    assert table(client, f"/export.csv?q=机场&{some}&id={HOSTILE}") == []
    first = client.get(f"/export.jsonl?q=地震&{some}", buffered=True).text.partition("\n")[0]
    assert json.loads(first)["xunwen_export"]["ids"] == sorted(found[3:6])
    many = "&".join(f"id={n}" for n in range(101))
    assert client.get(f"/export.csv?{many}").status_code == 400


def test_the_form_of_ticked_hits_keeps_the_search(client: FlaskClient) -> None:
    """Each hit has a box of it, and its hidden fields are the search in the language of the page."""
    page = Page(client.get("/?q=阿拉木图 机场&agency=俄新社&sort=oldest").text)
    form = page.one("form", "picked")
    boxes = [e.attrs["value"] for e in page.all("input") if e.attrs["name"] == "id" and e.attrs["value"]]
    assert boxes == page.hit_ids() and form.attrs["action"] == "/export.csv"
    hidden = [
        (e.attrs["name"], e.attrs["value"]) for e in page.all("input") if e.attrs.get("type") == "hidden"
    ]
    state = {
        ("q", "阿拉木图 机场"),
        ("agency", "俄新社"),
        ("sort", "oldest"),
        ("partial", "1"),
        ("lang", "zh-CN"),
    }
    assert state <= set(hidden)
