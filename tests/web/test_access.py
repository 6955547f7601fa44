"""Keys and rate limits before the real application."""

import base64
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from search import Home
from tests.support.web import AIRPORT, Page, build_home
from web import create_app
from web.api.openapi import document
from web.serving.access import EXPENSIVE
from web.serving.keys import new_key

MADE = {name: new_key(name, rights) for name, rights in (("reader", "read"), ("grafana", "metrics"))}
MADE["chief"], MADE["former"] = new_key("chief", "read,metrics"), new_key("former", "none")
SECRETS = {name: secret for name, (secret, _) in MADE.items()}
KEYS = "\n".join(key.line() for _, key in MADE.values())
OPEN = {"/healthz", "/static/style.css"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home."""
    return build_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def app(home: Home) -> Flask:
    """An application with keys."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XUNWEN_KEYS", KEYS)
        return create_app(home)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


def limited(home: Home, monkeypatch: pytest.MonkeyPatch, limit: str) -> FlaskClient:
    """Return a client of an application with a rate limit."""
    monkeypatch.setenv("XUNWEN_RATE_LIMIT", limit)
    return create_app(home).test_client()


def bearer(secret: str) -> dict[str, str]:
    """Return the header of a program."""
    return {"Authorization": f"Bearer {secret}"}


def basic(secret: str, user: str = "") -> dict[str, str]:
    """Return the header of a browser."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def paths(app: Flask) -> list[str]:
    """Return an address of each rule, and one that nobody serves."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    filled = [
        rule.replace("<entry_id:id>", AIRPORT).replace("<path:filename>", "style.css") for rule in rules
    ]
    return [*filled, "/no/such"]


def status_of(client: FlaskClient, path: str, secret: str = "") -> int:
    """Ask, and read nothing."""
    with client.get(path, headers=bearer(secret) if secret else {}) as answer:
        return answer.status_code


# -- keys -------------------------------------------------------------------------------------------------


def test_every_address_needs_the_right_that_it_names(app: Flask, client: FlaskClient) -> None:
    """`metrics` for the metrics, `read` for all others, also those added later; two are open."""
    assert set(paths(app)) > OPEN
    for path in paths(app):
        right = "metrics" if path == "/metrics" else "read"
        for name, (secret, key) in MADE.items():
            admitted = path in OPEN or right in key.rights
            status = status_of(client, path, secret)
            assert (status not in (401, 403)) is admitted, (path, name)
            assert admitted or status == 403
        status = status_of(client, path)
        assert (status < 400) if path in OPEN else (status == 401), path


def test_a_page_asks_the_browser_and_the_api_asks_the_program(client: FlaskClient) -> None:
    """Each in its own shape: Basic opens a dialog, Bearer opens none while a script asks for suggestions."""
    page, json = client.get("/?q=机场", headers={"Accept-Language": "en"}), client.get("/api/v1/search")
    assert page.headers["WWW-Authenticate"].startswith('Basic realm="Xunwen search"')
    assert Page(page.text).one("h1").text == "A key is needed"
    assert json.headers["WWW-Authenticate"].startswith('Bearer realm="')
    assert json.json["error"]["code"] == "unauthorized" and "密钥" in json.json["error"]["message"]
    refused = client.get("/api/v1/search", headers=bearer(SECRETS["grafana"]))
    assert refused.json["error"]["code"] == "forbidden" and "WWW-Authenticate" not in refused.headers


def test_both_schemes_are_taken_everywhere(client: FlaskClient) -> None:
    """With any user name."""
    for path in ("/", "/api/v1/search", "/feed.atom", "/export.csv"):
        for header in (bearer(SECRETS["reader"]), basic(SECRETS["reader"]), basic(SECRETS["reader"], "编辑")):
            for method in (client.get, client.head):
                # An export that is not closed keeps its slot.
                with method(path, headers=header) as answer:
                    assert answer.status_code == 200


def test_nothing_else_is_a_key(client: FlaskClient) -> None:
    """No hash, no name, no part, no other place."""
    secret, key = MADE["reader"]
    wrong = [
        "",
        "reader",
        secret[:-1],
        f"{secret}0",
        secret.upper(),
        key.digest.hex(),
        f"sha256:{key.digest.hex()}",
    ]
    for header in (*map(bearer, wrong), *map(basic, wrong), basic("", secret)):
        assert client.get("/", headers=header).status_code == 401
    for path in (f"/?key={secret}", f"/?access_token={secret}", f"/?Authorization=Bearer+{secret}"):
        assert client.get(path).status_code == 401
    client.set_cookie("Authorization", secret)
    assert client.get("/", headers={"X-Api-Key": secret}).status_code == 401
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert client.open("/", method=method).status_code == 401


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80))
def test_any_header_is_refused_in_order(client: FlaskClient, text: str) -> None:
    """Broken credentials are no fault of the server's."""
    for value in (text, f"Basic {text}", f"Bearer {text}"):
        assert client.get("/api/v1/suggest", headers={"Authorization": value}).status_code == 401


def test_while_the_keys_are_faulty_nothing_is_served(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 in the shape of the address, with or without a key, until the file is mended."""
    path = tmp_path / "keys"
    path.write_text(KEYS, encoding="utf-8")
    monkeypatch.setenv("XUNWEN_KEYS", str(path))
    client = create_app(home).test_client()
    path.write_text("faulty", encoding="utf-8")
    for address in ("/?lang=en", "/metrics", "/api/v1/search"):
        answers = client.get(address), client.get(address, headers=bearer(SECRETS["chief"]))
        assert {(answer.status_code, answer.headers["Retry-After"]) for answer in answers} == {(503, "30")}
    assert answers[0].json["error"]["code"] == "keys_unavailable"
    path.write_text(KEYS, encoding="utf-8")
    assert client.get("/", headers=bearer(SECRETS["reader"])).status_code == 200


def test_without_keys_a_key_is_ignored(home: Home) -> None:
    """Nothing is refused, whatever is presented."""
    client = create_app(home).test_client()
    assert client.get("/metrics").status_code == client.get("/", headers=bearer("x")).status_code == 200


# -- limits -----------------------------------------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_come_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the shape of the address; files, the health check and other clients are not concerned."""
    client = limited(home, monkeypatch, "3/day")
    assert [client.get("/").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    json, page = client.get("/api/v1/search"), client.get("/?lang=en")
    assert (
        json.json["error"]["code"] == "too_many_requests"
        and Page(page.text).one("h1").text == "Too many requests"
    )
    assert 86_000 < int(json.headers["Retry-After"]) <= 86_400
    assert {status_of(client, path) for path in OPEN} == {200}
    for address in ("192.0.2.1", "2001:db8::1"):
        assert client.get("/", environ_overrides={"REMOTE_ADDR": address}).status_code == 200
    forged = {"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.1"}
    assert client.get("/", headers=forged).status_code == 429


def test_all_addresses_of_a_network_are_one_client(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A /64 has 2⁶⁴ addresses, all of them in the hands of its holder."""
    client = limited(home, monkeypatch, "3/day")
    addresses = [{"REMOTE_ADDR": f"2001:db8::{number:x}"} for number in range(5)]
    statuses = [client.get("/", environ_overrides=address).status_code for address in addresses]
    assert statuses == [200, 200, 200, 429, 429]


def status(client: FlaskClient, path: str) -> int:
    """Return the status of an answer, which is closed, so that an export gives back its slot."""
    with client.get(path) as answer:
        return answer.status_code


def test_what_is_expensive_spends_the_limit_sooner(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its price; a limit below the price admits one."""
    cases = [
        ("/export.csv", 20),
        ("/figures?q=x", 20),
        ("/api/v1/search?explain=1", 20),
        ("/api/v1/search", 1),
    ]
    cases += [
        (f"/api/v1/entries/{AIRPORT}/similar", 5),
        ("/export.jsonl", 20),
        ("/api/v1/search?explain=0", 1),
    ]
    for path, price in cases:
        client = limited(home, monkeypatch, f"{2 * price + 1}/day")
        assert [status(client, path) for _ in range(2)] == [200, 200]
        assert client.get("/").status_code == 200 and client.get("/").status_code == 429, path
    small = limited(home, monkeypatch, "4/day")
    assert [status(small, "/export.csv") for _ in range(2)] == [200, 429]


def test_prices_are_of_endpoints_that_exist(app: Flask) -> None:
    """Every export and every page of figures has one."""
    assert set(EXPENSIVE) <= set(app.view_functions)
    assert {name for name in app.view_functions if name.startswith(("export.", "figures."))} <= set(EXPENSIVE)


def test_a_key_is_a_client_and_guessing_is_limited(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holders of keys behind one address do not spend each other's limit, nor that of who guesses."""
    monkeypatch.setenv("XUNWEN_KEYS", KEYS)
    client = limited(home, monkeypatch, "3/day")
    assert [client.get("/", headers=bearer(f"{n}")).status_code for n in range(5)] == [401] * 3 + [429] * 2
    for name in ("reader", "chief"):
        statuses = [client.get("/", headers=basic(SECRETS[name], "x")).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]


def test_refusals_are_counted_as_described(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metrics count them; media types and headers are those of the API's description."""
    monkeypatch.setenv("XUNWEN_KEYS", KEYS)
    client = limited(home, monkeypatch, "1/day")
    for path, operations in document()["paths"].items():
        operation, address = operations["get"], path.replace("{id}", AIRPORT)
        environment = {"REMOTE_ADDR": f"2001:db8:0:{len(address)}::{len(address)}"}
        refused = client.get(address, headers=bearer(SECRETS["former"]), environ_overrides={})
        seen = [client.get(address, environ_overrides=environment), refused]
        seen.append(client.get(address, environ_overrides=environment))
        for answer in seen:
            described = operation["responses"][str(answer.status_code)]
            assert answer.mimetype in described["content"], path
            assert all(name in answer.headers for name in described.get("headers", ()))
        if path == "/healthz":
            assert operation["security"] == [] and not {"401", "403", "429"} & set(operation["responses"])
        else:
            assert {"401", "403", "429"} <= set(operation["responses"])
            assert seen[2].status_code == 429
    text = client.get("/metrics", headers=bearer(SECRETS["chief"])).text
    assert 'endpoint="feeds.atom",status="429"' in text
    assert set(document()["components"]["securitySchemes"]) == {"bearer", "basic"}
    assert {} in document()["security"], "a server without keys asks for none"
