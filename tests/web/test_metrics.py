"""Metrics: every request is counted once, by whichever process answered it."""

import sys
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from search import Home, reindex
from tests.support.homes import row, write_rows
from tests.support.web import build_home, served
from web import create_app


def told(text: str) -> dict[tuple[str, ...], float]:
    """Read the samples: name and values of labels, to what is counted."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_what_they_asked_and_got(tmp_path: Path) -> None:
    """Each by its endpoint and status; addresses that nobody serves share one name."""
    client = create_app(build_home(tmp_path)).test_client()
    for path in ("/?q=机场", "/", "/api/v1/search?page=x", "/no/such", "/nor/this"):
        client.get(path)
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=")
    samples = told(answer.text)
    name = "xunwen_requests_total"
    assert {key[1:]: value for key, value in samples.items() if key[0] == name} == {
        ("pages.search", "200"): 2,
        ("api.search", "400"): 1,
        ("none", "404"): 2,
    }
    assert samples["xunwen_request_seconds_count", "pages.search"] == 2
    assert 0 < samples["xunwen_request_seconds_sum", "pages.search"] < 10


def test_the_index_is_told_as_it_is(home: Home) -> None:
    """Nothing of it where there is none, and its generation and entries after every reindex."""
    client = create_app(home).test_client()
    assert told(client.get("/metrics").text)["xunwen_index_up",] == 0
    write_rows(home, "a.jsonl", [row("1"), row("2")])
    reindex(home)
    write_rows(home, "a.jsonl", [row("1")])
    reindex(home)
    samples = told(client.get("/metrics").text)
    assert [samples[f"xunwen_index_{name}",] for name in ("up", "entries", "generation", "stale")] == [
        1,
        1,
        1,
        0,
    ]


def test_two_applications_count_apart(tmp_path: Path) -> None:
    """What one is asked the other does not tell."""
    one, other = (create_app(tmp_path).test_client() for _ in range(2))
    one.get("/healthz")
    assert ("xunwen_requests_total", "api.health", "503") in told(one.get("/metrics").text)
    assert ("xunwen_requests_total", "api.health", "503") not in told(other.get("/metrics").text)


@pytest.mark.skipif(sys.platform == "win32", reason="xunwen serve needs fork()")
def test_all_processes_are_counted_together(tmp_path: Path) -> None:
    """Whichever process is asked tells of the requests of all."""
    home = build_home(tmp_path)
    with served(home.path, workers=3) as (address, _):
        for _ in range(30):
            urllib.request.urlopen(f"{address}/healthz").close()
        for _ in range(6):
            with urllib.request.urlopen(f"{address}/metrics") as answer:
                samples = told(answer.read().decode())
            assert samples["xunwen_requests_total", "api.health", "200"] == 30
            assert samples["xunwen_index_entries",] > 0
