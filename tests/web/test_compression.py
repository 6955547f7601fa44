"""Pages are compressed for clients that accept gzip, and decompress to the same bytes."""

import gzip

import pytest
from flask.testing import FlaskClient

from tests.support.web import build_home
from web import create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client over the small home."""
    return create_app(build_home(tmp_path_factory.mktemp("home"))).test_client()


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "*", "identity;q=0.1, gzip;q=0.5"])
def test_a_page_is_packed_for_who_unpacks_it(client: FlaskClient, accepted: str) -> None:
    """It is smaller, says so, and unpacks to a page that ends as pages do."""
    plain = client.get("/help")
    packed = client.get("/help", headers={"Accept-Encoding": accepted})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["Vary"].lower()
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0"])
def test_others_get_it_plain(client: FlaskClient, accepted: str) -> None:
    """Nothing is compressed for other clients."""
    page = client.get("/help", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in page.headers and page.data.rstrip().endswith(b"</html>")


@pytest.mark.parametrize("path", ["/api/v1/search?q=机场", "/static/style.css", "/feed.atom", "/export.csv"])
def test_only_pages_are_packed(client: FlaskClient, path: str) -> None:
    """Programs get bytes as they are."""
    with client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.status_code == 200 and "Content-Encoding" not in answer.headers


def test_a_tag_belongs_to_one_form(client: FlaskClient) -> None:
    """The page of an entry has a tag, so it is never packed, and is not sent twice."""
    entry = client.get("/entries/almaty/airport", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in entry.headers
    again = client.get("/entries/almaty/airport", headers={"If-None-Match": entry.headers["ETag"]})
    assert again.status_code == 304
