"""The JSON API and the one shape of errors, for everything that a client can send."""

import logging
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search import Home
from search.errors import CannotWrite, DamagedIndex, IndexLocked, OtherVersion, RequestTooLarge
from tests.support.web import AIRPORT, HOSTILE, Page, build_home, entries
from web import create_app
from web.serving.security import HEADERS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home."""
    return build_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def client(home: Home) -> FlaskClient:
    """A client of the application over the small home."""
    return create_app(home).test_client()


def error_of(client: FlaskClient, url: str, status: int, **query: str) -> dict[str, object]:
    """Fetch what must fail in the one shape, and return its inside."""
    answer = client.get(url, query_string=query or None)
    assert answer.status_code == status, answer.text
    said = answer.get_json()
    assert list(said) == ["error"]
    error: dict[str, object] = said["error"]
    assert set(error) in ({"code", "message"}, {"code", "message", "position"})
    assert error["code"] and error["message"]
    return error


NAMES = (
    *("query", "total", "partial_total", "page", "limit", "sort", "took_ms", "asof", "hits", "facets"),
    *("histogram", "did_you_mean", "also_searched", "problems", "parts"),
)
HIT = {
    *("id", "time", "headline", "body", "captions", "agencies", "attributions", "credit", "stream", "url"),
    *("score", "partial", "highlights", "missing", "corrections", "corrects"),
}


def test_an_answer_has_the_promised_shape(client: FlaskClient) -> None:
    """Names, kinds and order of the parts are those of the contract."""
    answer = client.get("/api/v1/search?q=阿拉木图机场&limit=3")
    assert answer.content_type == "application/json"
    assert "阿拉木图" in answer.text, "Chinese is written as it is"
    said = answer.get_json()
    assert tuple(said) == NAMES
    first = said["hits"][0]
    assert set(first) == HIT
    assert (first["id"], first["time"]) == (AIRPORT, "2022-01-06T05:48:00+08:00")
    assert "<mark>阿拉木图机场</mark>" in first["highlights"]["headline"]
    assert {"value", "count", "selected"} == set(said["facets"]["agency"][0])


def test_an_entry_is_answered_whole(client: FlaskClient) -> None:
    """All that was written in data/ comes back, also under an id that a URL must quote."""
    row = next(row for row in entries() if row["id"] == HOSTILE)
    del row["url"]  # no reader keeps an address that is a script
    said = client.get("/api/v1/entries/x/%3Cb%3E%26%221").get_json()
    assert {name: said[name] for name in row} == row


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sort", "best"),
        ("page", "0"),
        ("page", "-1"),
        ("page", "1000001"),
        ("page", "9" * 5000),
        ("page", "一"),
        ("page", "²"),
        ("page", "1.5"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("exact", "maybe"),
        ("strict", "2"),
    ],
)
def test_a_wrong_value_is_refused_by_name(client: FlaskClient, name: str, value: str) -> None:
    """400, and the message says which parameter; the page answers all the same."""
    error = error_of(client, "/api/v1/search", 400, q="机场", **{name: value})
    assert error["code"] == "bad_request"
    assert f"参数 {name}" in str(error["message"])
    assert client.get("/", query_string={"q": "机场", name: value}).status_code == 200


@pytest.mark.parametrize("name", ["from", "to", "asof"])
@pytest.mark.parametrize("value", ["火星历", "2022-13-01", "2022-02-30", "..", "\x00", "9" * 999])
def test_a_time_that_does_not_exist_is_refused_by_name(client: FlaskClient, name: str, value: str) -> None:
    """400 with the position, and the message says which parameter."""
    if not value.strip("\x00"):
        assert client.get("/api/v1/search", query_string={name: value}).status_code == 200
        return
    error = error_of(client, "/api/v1/search", 400, **{name: value})
    assert (error["code"], f"参数 {name}" in str(error["message"])) == ("bad_time", True)
    assert isinstance(error["position"], int)


def test_strict_refuses_what_the_page_forgives(client: FlaskClient) -> None:
    """With strict=1 a query that is not understood is refused with its position."""
    error = error_of(client, "/api/v1/search", 400, q='机场 "恢复', strict="1")
    assert (error["code"], error["position"]) == ("bad_query", 3)
    forgiven = client.get("/api/v1/search", query_string={"q": '机场 "恢复'}).get_json()
    assert forgiven["hits"] and forgiven["problems"][0]["position"] == 3


def test_limits_and_full_width_digits_are_taken(client: FlaskClient) -> None:
    """The largest values are fine, and so are digits as a Chinese keyboard types them."""
    said = client.get("/api/v1/search?limit=100&page=1000000").get_json()
    assert (said["hits"], said["limit"]) == ([], 100)
    assert client.get("/api/v1/search?limit=１２").get_json()["limit"] == 12
    assert len(client.get("/api/v1/search?limit=100").get_json()["hits"]) == len(entries())


def test_unknown_parameters_and_empty_ones_change_nothing(client: FlaskClient) -> None:
    """What is not a parameter is ignored; what is empty is not there."""
    plain = client.get("/api/v1/search?q=机场").get_json()
    other = client.get("/api/v1/search?q=机场&utm=1&agency=&from=&sort=&page=&limit=&exact=&Q=x").get_json()
    assert {**plain, "took_ms": 0} == {**other, "took_ms": 0}


def test_a_query_beyond_all_bounds_is_refused(client: FlaskClient) -> None:
    """10,000 characters are read, cut and told; one more is 413 for the API and the page."""
    assert client.get("/api/v1/search", query_string={"q": "机" * 10_000}).get_json()["problems"]
    assert error_of(client, "/api/v1/search", 413, q="机" * 10_001)["code"] == "too_large"
    page = client.get("/", query_string={"q": "机" * 100_000})
    assert page.status_code == 413
    assert "最多 10000 个" in Page(page.text).one("main").text


def test_too_many_values_are_refused(client: FlaskClient) -> None:
    """A request may choose 100 agencies, not 101."""
    assert (
        client.get("/api/v1/search", query_string={"agency": [str(n) for n in range(100)]}).status_code == 200
    )
    answer = client.get("/api/v1/search", query_string={"agency": [str(n) for n in range(101)]})
    assert "参数 agency" in answer.get_json()["error"]["message"]


@settings(max_examples=80, deadline=None)
@example(raw=b"\x00\xff\xed\xa0\x80")
@example(raw=b'%zz%"(*) OR NOT - \x1b[31m\xe2\x80\xae\xef\xbf\xbf')
@example(raw=b"q=" * 300)
@given(
    raw=st.binary(max_size=40) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_no_bytes_in_an_address_are_a_fault_of_ours(client: FlaskClient, raw: bytes) -> None:
    """NUL, control characters, half characters and broken escapes get an answer, as query, value or id."""
    text = quote_from_bytes(raw, safe="%")
    for url in (f"/?q={text}", f"/api/v1/search?q={text}&agency={text}&stream={text}"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert not any(ord(c) < 32 and c != "\n" for c in answer.text)
    for url in (
        f"/?from={text}&sort={text}",
        f"/api/v1/search?asof={text}",
        f"/entries/{text}",
        f"/{text}?{text}",
    ):
        assert client.get(url).status_code < 500


@pytest.mark.parametrize(
    "url", ["/api/v1/nothing", "/api/v1/entries/nobody", "/api/v1/entries/a//../%00", "/api/"]
)
def test_what_is_not_there_is_404_in_the_one_shape(client: FlaskClient, url: str) -> None:
    """An unknown address and an unknown id get the same kind of answer."""
    assert error_of(client, url, 404)["code"] == "not_found"


@pytest.mark.parametrize("url", ["/nothing", "/entries/nobody", "/entries/<script>", "/static/nothing.css"])
def test_a_page_that_is_not_there_says_so_to_people_and_robots(client: FlaskClient, url: str) -> None:
    """404 with a page that leads home and asks not to be indexed."""
    answer = client.get(url)
    assert answer.status_code == 404
    page = Page(answer.text)
    assert page.one("h1").text == "没有找到" and "/" in page.links()
    assert {"name": "robots", "content": "noindex"} in [e.attrs for e in page.all("meta")]


def test_only_reading_is_allowed(client: FlaskClient) -> None:
    """Another method is 405, with the ones that work."""
    answer = client.post("/api/v1/search")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
    assert client.delete("/").status_code == 405
    assert client.head("/?q=机场").status_code == 200


def test_health_tells_what_is_served(client: FlaskClient) -> None:
    """ok, how many entries, and which generation of the index."""
    said = client.get("/healthz").get_json()
    assert (said["ok"], said["entries"]) == (True, len(entries()))
    assert said["generation"] is not None


def test_without_an_index_the_next_step_is_told(tmp_path: Path) -> None:
    """503 with Retry-After everywhere, and `xunwen reindex` on the page; then answers without a restart."""
    client = create_app(tmp_path).test_client()
    for url in ("/", "/?q=机场", "/entries/x", "/api/v1/search", "/api/v1/entries/x", "/healthz"):
        answer = client.get(url)
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
        assert "xunwen reindex" in answer.text
        assert str(tmp_path) not in answer.text
    assert error_of(client, "/api/v1/search", 503)["code"] == "no_index"
    build_home(tmp_path, entries()[:1])
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RequestTooLarge("太大"), 413, "too_large"),
        (DamagedIndex("缺少文件"), 503, "damaged_index"),
        (OtherVersion(1, 2), 503, "other_version"),
        (IndexLocked("index/"), 503, "index_locked"),
        (CannotWrite("磁盘已满"), 503, "cannot_write"),
        (ZeroDivisionError("秘密"), 500, "internal_error"),
        (MemoryError("秘密"), 500, "internal_error"),
    ],
)
def test_each_class_of_error_has_its_status(
    home: Home, error: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Named errors keep their message; an internal error is logged, and its answer is a general sentence."""
    app = create_app(home)

    def fail() -> str:
        raise error

    app.add_url_rule("/api/fail", view_func=fail, endpoint="fail")
    app.add_url_rule("/fail", endpoint="fail")
    with caplog.at_level(logging.ERROR):
        said = error_of(app.test_client(), "/api/fail", status)
        page = app.test_client().get("/fail")
    assert (said["code"], page.status_code) == (code, status)
    assert Page(page.text).one("h1").text
    assert "秘密" not in page.text + str(said) and ("秘密" in caplog.text) == (status == 500)


@pytest.mark.parametrize(
    "url", ["/", "/?page=x", "/entries/nobody", "/api/v1/search", "/api/v1/search?page=x", "/healthz"]
)
def test_every_answer_has_the_security_headers(client: FlaskClient, url: str) -> None:
    """The policy begins from 'none', allows nothing inline, and pages are asked for anew each time."""
    headers = client.get(url).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    assert headers["Cache-Control"] == "no-cache"


def test_static_files_are_kept_until_they_change(client: FlaskClient) -> None:
    """Their address holds a version, so a browser need never ask again; without one it must."""
    links = [
        e.attrs["href"] for e in Page(client.get("/").text).all("link") if e.attrs["rel"] == "stylesheet"
    ]
    with client.get(links[0]) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with client.get(links[0].partition("?")[0]) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_the_home_comes_from_the_environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument XUNWEN_HOME decides, and without that the working directory."""
    monkeypatch.setenv("XUNWEN_HOME", str(home.path))
    assert create_app().test_client().get("/healthz").status_code == 200
    monkeypatch.delenv("XUNWEN_HOME")
    monkeypatch.chdir(home.path)
    assert create_app().test_client().get("/healthz").status_code == 200
