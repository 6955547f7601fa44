"""Exports: whole, safe to open, and a home of their own when they are put into one."""

import json
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from search import Home, Searcher, reindex
from search.output.export import WRITERS, Format
from tests.support.homes import Cli, content, program, row, write_blog, write_rows
from tests.support.same_state import table_of
from tests.support.web import build_home, entries

SAMPLES = Path(__file__).resolve().parents[3] / "data"

FORMULAS = ["=1+1", "+1", "-5℃", "@SUM(A1)", "＝1+1", "－5℃"]


@pytest.fixture
def hostile(home: Home) -> Home:
    """A home whose entries begin like formulas, in every field."""
    fields = ("headline", "body", "credit", "stream")
    rows = [row(f"{text}{n}", **dict.fromkeys(fields, text)) for n, text in enumerate(FORMULAS)]
    rows += [
        row(
            "lists", '正文\u2028另起\u0085,"引号"\n第二段', agencies=["=甲", "乙"], captions=["-图一", "图二"]
        )
    ]
    write_rows(home, "a.jsonl", rows)
    reindex(home)
    return home


def written(home: Home, form: Format, query: str = "", **options: Any) -> str:
    """Export in this process."""
    return b"".join(WRITERS[form](Searcher(home).export(query, **options))).decode()


def digests(home: Home) -> dict[str, str]:
    """Return the digest of every entry by id."""
    return {key: digest for key, (digest, _) in content(home).items()}


@pytest.mark.parametrize("kind", ["samples", "web", "hostile"])
def test_an_export_reindexes_to_the_same_entries(
    home: Home, hostile: Home, tmp_path: Path, kind: str
) -> None:
    """JSON lines put into another home are the same entries to the last field, with nothing to tell."""
    source = hostile
    if kind == "samples":
        source = Home(tmp_path / "samples")
        shutil.copytree(SAMPLES, source.data)
        reindex(source)
    elif kind == "web":
        source = build_home(tmp_path / "web", entries())
    other = Home(tmp_path / "other")
    other.data.mkdir(parents=True)
    (other.data / "export.jsonl").write_text(written(source, "jsonl"), encoding="utf-8")
    assert reindex(other).problems == ()
    assert digests(other) == digests(source) != {}


def test_a_table_reindexes_to_the_same_ids_and_times(hostile: Home, tmp_path: Path) -> None:
    """A table that was opened and saved elsewhere is data too, but for the marks before formulas."""
    source = build_home(tmp_path / "web", entries())
    other = Home(tmp_path / "other")
    other.data.mkdir(parents=True)
    (other.data / "export.csv").write_text(written(source, "csv"), encoding="utf-8", newline="")
    assert reindex(other).problems == ()
    times = {hit.id: hit.time for hit in Searcher(source).search("", limit=100).hits}
    assert {hit.id: hit.time for hit in Searcher(other).search("", limit=100).hits} == times


def test_no_cell_is_a_formula(hostile: Home) -> None:
    """Whatever an entry begins with, no cell begins so; and the text is still there, behind a mark."""
    text = written(hostile, "csv")
    assert text.startswith("\ufeffid,time,headline,body,")
    table = table_of(text)
    assert len(table) == len(FORMULAS) + 1
    cells = [cell for one in table for cell in one.values()]
    assert not [
        cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    ]
    assert {f"'{formula}" for formula in FORMULAS} <= {one["headline"] for one in table}
    lists = next(one for one in table if one["id"] == "lists")
    assert (lists["agencies"], lists["captions"]) == ("'=甲、乙", "'-图一\n图二")


def test_an_export_says_what_was_asked(home: Home) -> None:
    """Query, filters as moments, order, counts and generation, in both forms, found or not."""
    build_home(home.path, entries())
    options: dict[str, Any] = {
        "sort": "oldest",
        "stream": ["土耳其地震"],
        "from_": "2023-02-07",
        "to": "2023-02-07",
    }
    for query, total in (("地震", 30), ("火星车", 0)):
        lines = written(home, "jsonl", query, **options, partial=False).splitlines()
        asked = json.loads(lines[0])["xunwen_export"]
        assert len(lines) == 1 + total
        assert (asked["query"], asked["sort"], asked["total"], asked["generation"]) == (
            query,
            "oldest",
            total,
            0,
        )
        assert asked["filters"] == {
            "agency": [],
            "stream": ["土耳其地震"],
            "from": "2023-02-07T00:00:00+08:00",
            "before": "2023-02-08T00:00:00+08:00",
            "asof": None,
            "corrected": False,
        }
        header = written(home, "csv", query, **options, partial=False).splitlines()[0]
        name = next(iter(table_of(header.lstrip("\ufeff") + "\r\n" + ",".join("x" * 12)))).popitem()[0]
        said = json.loads(name.removeprefix("xunwen_export:"))
        assert {**said, "time": ""} == {**asked, "time": ""}


def test_folded_exports_name_the_copies(home: Home) -> None:
    """Each entry is a line, or told with the earliest that says the same."""
    rows = [row(f"n{n}", "阿拉木图机场恢复运行，航班陆续起飞，旅客开始登机。") for n in range(5)]
    write_rows(home, "a.jsonl", [*rows, row("other", "机场")])
    reindex(home)
    first, *lines = (json.loads(line) for line in written(home, "jsonl", "机场", fold=True).splitlines())
    assert first["xunwen_export"]["folded"] == 4
    told = [line["id"] for line in lines] + [copy["id"] for line in lines for copy in line["copies"]]
    assert len(lines) == 2 and sorted(told) == ["n0", "n1", "n2", "n3", "n4", "other"]


def test_an_export_is_of_one_state(home: Home) -> None:
    """A reindex in the middle adds nothing to it and takes nothing away."""
    write_rows(home, "a.jsonl", [row(f"n{n}") for n in range(500)])
    reindex(home)
    lines = WRITERS["jsonl"](Searcher(home).export(""))
    begun = list(islice(lines, 3))
    write_rows(home, "a.jsonl", [row(f"m{n}") for n in range(10)])
    reindex(home, full=True)
    ids = {json.loads(line)["id"] for line in [*begun[1:], *lines]}
    assert ids == {f"n{n}" for n in range(500)}


def test_the_command_writes_what_search_finds(cli: Cli) -> None:
    """The same filters, the same entries; what is wrong is one sentence and code 2."""
    build_home(cli.home.path, entries())
    options = ("机场", "--agency", "新华社", "--sort", "newest", "--exact", "--no-partial")
    found = [hit["id"] for hit in cli.json("search", *options, "--limit", "100")["hits"]]
    lines = cli.run("export", *options, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines[1:]] == found != []
    table = table_of(cli.run("export", *options, "--format", "csv").stdout)
    assert [one["id"] for one in table] == found
    cli.refused("export", "机场", "--format", "csv", "--from", "xx", code=2)
    told = cli.run("export", "机场", "--corrected", "--format", "jsonl").stdout.splitlines()
    corrected = cli.json("search", "机场", "--corrected", "--limit", "100")["hits"]
    assert [json.loads(line)["id"] for line in told[1:]] == [hit["id"] for hit in corrected]
    assert json.loads(told[0])["xunwen_export"]["filters"]["corrected"] is True
    assert cli.run("export", "机场", code=2).stdout == ""


def test_an_export_of_everything_is_in_the_order_of_time(cli: Cli) -> None:
    """Without a query there is nothing to rank by; a sort that is given counts."""
    build_home(cli.home.path, entries())
    for options, newest_first in (((), False), (("--sort", "newest"), True)):
        lines = cli.run("export", "", *options, "--format", "jsonl").stdout.splitlines()[1:]
        times = [time for line in lines if (time := json.loads(line)["time"])]
        assert len(set(times)) > 5 and times == sorted(times, reverse=newest_first)


def test_it_is_utf_8_whatever_the_terminal(home: Home) -> None:
    """A file has one encoding, and a reader that goes away is no fault to tell."""
    write_blog(home, "1月6日05:48\n机场恢复\n正文\n")
    reindex(home)
    found = program("export", "机场", "--format", "csv", home=home, text=False, env=_latin())
    assert found.returncode == 0 and "机场恢复" in found.stdout.decode("utf-8-sig")  # type: ignore[attr-defined]


def _latin() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(SAMPLES.parent)}


@pytest.mark.slow
def test_a_long_export_needs_no_memory_of_its_own(home: Home) -> None:
    """5,000 entries of 5 kB are 25 MB; the process that writes them grows by far less."""

    def rows() -> Iterator[dict[str, object]]:
        for n in range(5_000):
            yield row(f"n{n}", f"{n} " + "机场恢复运行" * 280, time=f"2022-01-06T{n % 24:02}:00:00+08:00")

    write_rows(home, "a.jsonl", rows())
    reindex(home)
    one = program("search", "恢复", "--limit", "1", home=home, peak=True)
    all_ = program("export", "恢复", "--format", "jsonl", home=home, peak=True)
    assert all_.stdout.count("\n") == 5_001
    peaks = [int(run.stderr.splitlines()[-1].split()[1]) for run in (one, all_)]
    assert peaks[1] - peaks[0] < 12_000
