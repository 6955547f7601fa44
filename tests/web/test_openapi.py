"""The OpenAPI description, compared with the answers of a server: it is correct and complete."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from werkzeug.datastructures import MultiDict

from search import Home
from tests.support.web import build_home, served
from web import create_app
from web.api.openapi import document
from web.request.params import ENTRY_PARAMETERS, PARAMETERS, Params, read_query_string

#: What describes the API to people, and what is for browsers alone.
PAGES = {"/", "/entries/{id}", "/cite/{id}", "/figures", "/help", "/language", "/static/{filename}"}
PAGES |= {"/favicon.ico", "/robots.txt"}
CONFORMS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home."""
    return build_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def app(home: Home) -> Flask:
    """An application over it."""
    return create_app(home)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


@pytest.fixture(scope="module")
def described(home: Home) -> Iterator[Any]:
    """The description as the real server gives it."""
    with served(home.path) as (address, _):
        yield schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")


def _cases() -> Iterator[tuple[str, bool]]:
    """Each address, asked as it should be; and as it should not, where it reads parameters."""
    for path, operations in document()["paths"].items():
        yield path, False
        if any(one["in"] == "query" for one in operations["get"]["parameters"]):
            yield path, True


@pytest.mark.parametrize(("path", "negative"), [*_cases()])
def test_answers_are_as_described(described: Any, path: str, negative: bool) -> None:
    """Whatever is asked, fitting or not, statuses, media types and shapes are those of the description."""
    operation = described[path]["GET"]
    mode = GenerationMode.NEGATIVE if negative else GenerationMode.POSITIVE

    @settings(
        max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck]
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def conforms(case: Any) -> None:
        case.call_and_validate(checks=CONFORMS)

    conforms()


def test_every_address_for_programs_is_described(app: Flask) -> None:
    """And every one described is there."""
    served = {_template(rule.rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert served - PAGES == set(document()["paths"])


def _template(rule: str) -> str:
    """Write a rule of Flask as OpenAPI writes it."""
    return rule.replace("<entry_id:id>", "{id}").replace("<path:filename>", "{filename}")


class Watched(MultiDict[str, str]):
    """Parameters that keep the names that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, *args: Any, **options: Any) -> Any:
        self.names.add(key)
        return super().get(key, *args, **options)

    def getlist(self, key: str, *args: Any, **options: Any) -> Any:
        self.names.add(key)
        return super().getlist(key, *args, **options)


def test_what_is_read_is_what_is_described() -> None:
    """A search reads the parameters of the table and no others, and each has a place in `Params`."""
    watched = Watched()
    assert read_query_string(watched, zone=ZoneInfo("UTC"), now=datetime.now(UTC)).params == Params()
    described = [one["name"] for one in document()["paths"]["/api/v1/search"]["get"]["parameters"]]
    assert watched.names - {one.name for one in ENTRY_PARAMETERS} == set(described)
    assert len(described) == len(set(described)) == len(PARAMETERS)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/search?q=阿拉木图机场&fold=1&explain=1", "Results"),
        ("/api/v1/entries/almaty/airport", "Entry"),
        ("/api/v1/entries/almaty/airport/similar", "Similar"),
        ("/api/v1/suggest?q=机场", "Suggestions"),
        ("/api/v1/figures?q=", "Figures"),
        ("/healthz", "Health"),
        ("/api/v1/search?limit=x", "Error"),
        ('/api/v1/search?strict=1&q="', "Error"),
    ],
)
def test_no_field_is_left_undescribed(client: FlaskClient, path: str, shape: str) -> None:
    """Every field of every object that an answer holds is in its shape, by the same name."""
    shapes = document()["components"]["schemas"]
    _walk(client.get(path).json, {"$ref": f"#/components/schemas/{shape}"}, shapes)


def _walk(value: Any, shape: Any, shapes: Any) -> None:
    if "$ref" in shape:
        shape = shapes[shape["$ref"].rpartition("/")[2]]
    if "anyOf" in shape:
        fitting = [one for one in shape["anyOf"] if one.get("type") != "null"]
        return _walk(value, fitting[0], shapes) if value is not None else None
    if isinstance(value, dict) and "properties" in shape:
        assert set(value) <= set(shape["properties"])
        for name, inner in value.items():
            _walk(inner, shape["properties"][name], shapes)
    elif isinstance(value, dict):
        for inner in value.values():
            _walk(inner, shape["additionalProperties"], shapes)
    elif isinstance(value, list) and "items" in shape:
        for inner in value:
            _walk(inner, shape["items"], shapes)
    return None


def test_without_an_index_the_description_is_still_there(tmp_path: Path) -> None:
    """And the addresses answer 503 as it says."""
    client = create_app(Home(tmp_path)).test_client()
    assert client.get("/api/v1/openapi.json").status_code == 200
    for path, operations in document()["paths"].items():
        answer = client.get(path.replace("{id}", "a"))
        assert str(answer.status_code) in operations["get"]["responses"], path
        described = operations["get"]["responses"][str(answer.status_code)]["content"]
        assert answer.mimetype in described, path


def test_it_says_where_it_is_mounted(client: FlaskClient) -> None:
    """Addresses hold below a prefix too."""
    mounted = client.get("/api/v1/openapi.json", environ_overrides={"SCRIPT_NAME": "/news"}).json
    assert mounted["servers"] == [{"url": "/news"}]
