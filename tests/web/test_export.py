"""Exports over HTTP: the number that runs at once is limited, and every end of one frees its place."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.web import build_home
from web import create_app
from web.api.export import MAX_EXPORTS

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


def test_a_refused_query_frees_its_place(client: FlaskClient) -> None:
    """An error before the first byte is an error page, and occupies nothing."""
    for _ in range(3 * MAX_EXPORTS):
        assert client.get("/export.csv?from=没有这一天").status_code == 400
