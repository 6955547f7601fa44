"""Replay: an export and the same search later differ by exactly what was changed in between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.errors import UsageError
from search.output.export import as_jsonl
from search.output.replay import Replay
from search.searcher.replay import replay
from tests.support.homes import row, write_rows

QUERY = "机场"
_LATER = (datetime.now().astimezone() + timedelta(days=400)).isoformat()


def home_of(path: Path, rows: Mapping[str, dict[str, Any]], aliases: str = "") -> Home:
    """Return a home with these entries, indexed."""
    home = Home(path)
    home.data.mkdir(parents=True, exist_ok=True)
    home.aliases.write_text(aliases, "utf-8")
    write_rows(home, "news.jsonl", rows.values())
    reindex(home)
    return home


def exported(home: Home, query: str = QUERY, **options: Any) -> list[bytes]:
    """Return the lines of an export."""
    return list(as_jsonl(Searcher(home).export(query, **options)))


def ids(differences: Any) -> dict[str, str]:
    """Return the reason of each entry that differs."""
    return {one.id: one.reason for one in differences}


def again(home: Home, lines: list[bytes]) -> Replay:
    """Repeat an export by its lines."""
    return replay(Searcher(home), lines)


BODIES = st.sampled_from(["机场恢复。", "机场关闭。", "航班取消。"])
STATES = st.dictionaries(st.sampled_from("abcdefgh"), BODIES, min_size=1)


@given(STATES, STATES)
@settings(max_examples=25, deadline=None)
def test_what_differs_is_what_was_changed(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, str], after: dict[str, str]
) -> None:
    """Entries that came, went and changed between two states; all others are the same."""
    path = tmp_path_factory.mktemp("home")
    lines = exported(home_of(path, {id: row(id, body) for id, body in before.items()}))
    result = again(home_of(path, {id: row(id, body) for id, body in after.items()}), lines)
    old = {id for id, body in before.items() if QUERY in body}
    new = {id for id, body in after.items() if QUERY in body}
    edited = {id for id in old & new if before[id] != after[id]}
    assert set(ids(result.came)) == new - old
    assert ids(result.went) == {id: "edited" if id in after else "removed" for id in old - new}
    assert set(ids(result.changed)) == edited
    assert result.same == len((old & new) - edited)
    assert result.is_same == (not old ^ new and not edited)


def test_reasons_are_told(tmp_path: Path) -> None:
    """A later report, an alias, and a text of then that is found only now."""
    rows = {"a": row("a", "机场恢复"), "b": row("b", "航空港开放")}
    lines = exported(home_of(tmp_path, rows))
    rows |= {"c": row("c", "机场关闭", time=_LATER), "d": row("d", "机场封锁")}
    result = again(home_of(tmp_path, rows, aliases="机场 = 航空港\n"), lines)
    assert ids(result.came) == {"b": "aliases", "c": "later", "d": "added"}
    lines = exported(Home(tmp_path))
    home_of(tmp_path, rows)
    assert ids(again(Home(tmp_path), lines).went) == {"b": "aliases"}


def test_relative_times_are_those_of_the_export(tmp_path: Path) -> None:
    """昨天 is the day before the export, whenever it is repeated."""
    time = datetime.fromisoformat("2022-01-05T10:00:00+08:00")
    home = home_of(tmp_path, {"a": row("a", "机场恢复")})
    export = Searcher(home).export("机场 时间:昨天", now=time + timedelta(days=1))
    lines = [json.dumps({**json.loads(next(as_jsonl(export)))}).encode()]
    manifest = json.loads(lines[0])["xunwen_export"]
    assert manifest["total"] == 1
    manifest["time"] = (time + timedelta(days=1)).isoformat()
    lines = [json.dumps({"xunwen_export": manifest}).encode()]
    assert ids(again(home, lines).came) == {"a": "added"}


def test_options_are_repeated(tmp_path: Path) -> None:
    """Filters, order, exactness and partial matches."""
    rows = {
        id: row(id, "机场恢复，俄新社报道", agencies=[agency])
        for id, agency in (("a", "俄新社"), ("b", "法新社"))
    }
    rows["c"] = row("c", "机场之外")
    home = home_of(tmp_path, rows)
    for options in (
        {"agency": ["俄新社"]},
        {"partial": True},
        {"exact": True, "sort": "oldest"},
        {"to": "2022-01-05"},
    ):
        assert again(home, exported(home, "机场恢复", **options)).is_same


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b"{}"],
        [b"\xff"],
        [b"[]"],
        [b'{"xunwen_export": 1}'],
        [b"[" * 100_000],
        [b'{"id": "a", "body": "x"}'],
    ],
)
def test_another_file_is_refused(tmp_path: Path, lines: list[bytes]) -> None:
    """In one sentence that says what is wanted."""
    home = home_of(tmp_path, {"a": row("a", "机场")})
    with pytest.raises(UsageError, match="xunwen export"):
        again(home, lines)


def test_part_of_a_search_is_refused(tmp_path: Path) -> None:
    """Folded and chosen entries are not all that the search finds."""
    home = home_of(tmp_path, {"a": row("a", "机场")})
    for lines in (
        exported(home, fold=True),
        list(as_jsonl(Searcher(home).export(QUERY).only(frozenset("a")))),
    ):
        with pytest.raises(UsageError, match="全部"):
            again(home, lines)
