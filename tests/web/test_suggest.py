"""/api/v1/suggest, and the links of other spellings on the page."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.support.web import Page, build_home, state
from web import create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client over the small home."""
    with create_app(build_home(tmp_path_factory.mktemp("home"))).test_client() as client:
        yield client


def test_the_shape_of_an_answer(client: FlaskClient) -> None:
    """The query as asked, and text, kind and count of each suggestion."""
    answer = client.get("/api/v1/suggest", query_string={"q": "alamut"}).get_json()
    assert set(answer) == {"query", "suggestions"} and answer["query"] == "alamut"
    assert answer["suggestions"][0] == {"text": "阿拉木图", "kind": "word", "count": 3}
    assert len(answer["suggestions"]) <= 8


@pytest.mark.parametrize("q", [None, "", "  ", "\n"])
def test_nothing_typed_is_answered_with_nothing(client: FlaskClient, q: str | None) -> None:
    """An empty query has an empty list."""
    response = client.get("/api/v1/suggest", query_string={} if q is None else {"q": q})
    assert response.status_code == 200 and response.get_json()["suggestions"] == []


def test_too_much_is_refused_in_the_one_shape(client: FlaskClient) -> None:
    """100 characters are answered, 101 are not; a time that cannot be read neither."""
    assert client.get("/api/v1/suggest", query_string={"q": "长" * 100}).status_code == 200
    for query in ({"q": "长" * 101}, {"q": "长", "asof": "不是时间"}):
        response = client.get("/api/v1/suggest", query_string=query)
        assert response.status_code == 400 and set(response.get_json()) == {"error"}


def test_asof_limits_what_is_offered(client: FlaskClient) -> None:
    """In 2022 nobody had heard of the news agency of 2023."""
    for asof, there in (("2022-12-31", False), ("2023-12-31", True)):
        answer = client.get("/api/v1/suggest", query_string={"q": "阿纳多卢", "asof": asof}).get_json()
        assert bool(answer["suggestions"]) == there


def test_without_an_index_it_is_unavailable(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As for every question: 503 and the next step."""
    client = create_app(tmp_path_factory.mktemp("empty")).test_client()
    response = client.get("/api/v1/suggest", query_string={"q": "a"})
    assert response.status_code == 503 and response.get_json()["error"]["code"] == "no_index"


def test_other_spellings_are_links_that_keep_all_else(client: FlaskClient) -> None:
    """Only the query changes, and the page goes back to the first."""
    asked = {
        "q": "阿拉木途",
        "agency": "俄新社",
        "from": "2022-01-01",
        "sort": "newest",
        "exact": "1",
        "asof": "2022-02-01",
        "page": "2",
    }
    page = Page(client.get("/", query_string=asked).get_data(as_text=True))
    (link,) = [a for a in page.all("a") if a.text == "阿拉木图"]
    expected = {name: [value] for name, value in asked.items() if name != "page"} | {"q": ["阿拉木图"]}
    assert state(link.attrs["href"]) == expected
