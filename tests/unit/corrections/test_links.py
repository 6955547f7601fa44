"""Ties in a home: kept by reindex, seen by readers at once, the same by every way that leads to a state."""

import json
import os
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.checksummed import read_checksummed, write_checksummed
from search.corrections.links import NAME
from search.errors import DamagedLinks
from search.home import MANIFEST_NAME
from search.results import CorrectionLinks
from tests.support.correction_stream import START, TIES, entries, rows
from tests.support.homes import Cli, write_rows

IDS = [entry.id for entry in entries()]
END = START + timedelta(hours=8)
InvertedBatch = Sequence[Mapping[str, Any]]


def _fresh(folder: Path, found: InvertedBatch) -> Home:
    home = Home(folder)
    home.data.mkdir(parents=True, exist_ok=True)
    write_rows(home, "a.jsonl", found)
    reindex(home)
    return home


def _ties(home: Home, asof: Any = None) -> dict[str, CorrectionLinks]:
    searcher = Searcher(home)
    there = {hit.id for hit in searcher.search("", limit=100).hits}
    return {key: searcher.ties(key, asof) for key in IDS if key in there}


@pytest.fixture
def told(home: Home) -> Home:
    """A home with the whole stream in its index."""
    return _fresh(home.path, rows())


def test_both_ends_know_of_a_tie(told: Home) -> None:
    """The report lists what corrects it, and the correction names the report, with kind and time."""
    ties = _ties(told)
    found = {(key, own.corrects.kind, own.corrects.id) for key, own in ties.items() if own.corrects}
    assert found == TIES
    assert {(one.id, one.kind, key) for key, own in ties.items() for one in own.corrections} == TIES
    assert ties["a4"].as_dict() == {
        "corrections": [{"id": "a6", "time": "2023-05-02T07:50:00+08:00", "kind": "denial"}],
        "corrects": None,
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.integers(-10, 480))
def test_a_home_cut_at_a_moment_has_the_ties_of_that_moment(
    minutes: int, told: Home, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A search with asof=T gives the result of a search at T: hits, badges and the filter."""
    moment = START + timedelta(minutes=minutes)
    early = [row for row in rows() if row["time"] <= moment.isoformat()]
    cut = _fresh(tmp_path_factory.mktemp("cut"), early)
    assert {key: own for key, own in _ties(told, moment).items() if key in _ties(cut)} == _ties(cut)
    ways = ((Searcher(told), moment), (Searcher(cut), None))
    late, then = (searcher.search("", limit=100, asof=asof, corrected=True) for searcher, asof in ways)
    assert [hit.as_dict() for hit in late.hits] == [hit.as_dict() for hit in then.hits]
    assert (late.total, late.facets, late.histogram) == (then.total, then.facets, then.histogram)


def _kept(home: Home) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home.index / NAME).read_bytes())
    return found["findings"]


@pytest.mark.parametrize("seed", range(3))
def test_small_updates_give_what_one_rebuild_gives(seed: int, home: Home, tmp_path: Path) -> None:
    """Entries come in any order, change and go; after each step the ties are those of a rebuild."""
    chance = random.Random(seed)
    left, state = chance.sample(rows(), len(rows())), {}
    while left:
        for row in left[:3]:
            state[row["id"]] = row
        del left[:3]
        if len(state) > 5 and chance.random() < 0.7:
            state.pop(gone := chance.choice(sorted(state)))
            left += [row for row in rows() if row["id"] == gone] if chance.random() < 0.8 else []
        _fresh(home.path, list(state.values()))
        other = _fresh(tmp_path / f"{len(left)}-{chance.random()}", list(state.values()))
        assert _kept(home) == _kept(other)
        assert _ties(home) == _ties(other)
    assert Searcher(home).check() == []


def test_a_changed_report_is_compared_again(told: Home) -> None:
    """Where the report is rewritten so that nothing is left to deny, the tie goes."""
    changed = [
        row | ({"headline": "雨停了", "body": "天气转晴。"} if row["id"] == "a9" else {}) for row in rows()
    ]
    _fresh(told.path, changed)
    assert _ties(told)["a9"] == CorrectionLinks() and _ties(told)["b1"].corrects is None
    _fresh(told.path, rows())
    assert _ties(told)["b1"].corrects


def test_each_stream_has_its_own_reports(home: Home) -> None:
    """A denial in one stream says nothing of what another stream reported."""
    found = [row | {"stream": "水库" if row["id"] == "a6" else "平川"} for row in rows()]
    assert _ties(_fresh(home.path, found))["a6"].corrects is None


def test_a_running_reader_sees_new_ties(home: Home) -> None:
    """Without being opened again, as it sees new entries."""
    _fresh(home.path, rows()[:5])
    searcher = Searcher(home)
    assert searcher.ties("a4") == CorrectionLinks()
    _fresh(home.path, rows())
    assert [one.id for one in searcher.ties("a4").corrections] == ["a6"]


def test_a_reindex_without_changes_writes_nothing(told: Home) -> None:
    """The file is left as it is."""
    before = (told.index / NAME).stat()
    reindex(told)
    after = (told.index / NAME).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def _break(home: Home, content: bytes | None) -> None:
    if content is None:
        (home.index / NAME).unlink()
    else:
        (home.index / NAME).write_bytes(content)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"rules": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_lost_or_broken_file_is_made_anew(told: Home, content: bytes | None) -> None:
    """Readers say what is damaged until the next reindex mends it."""
    wanted = _ties(told)
    _break(told, content)
    with pytest.raises(DamagedLinks, match=f"{NAME} 缺失或已损坏；请运行 xunwen reindex"):
        Searcher(told).search("水库")
    assert Searcher(told).check()
    report = reindex(told)
    assert (report.added, report.changed, report.unchanged) == (0, 0, len(rows()))
    assert _ties(told) == wanted and Searcher(told).check() == []


def test_an_index_whose_first_reindex_was_killed_answers_without_links(told: Home) -> None:
    """The manifest is written last: where it is missing too, the links have not been computed yet."""
    wanted = _ties(told)
    _break(told, None)
    (told.index / "files.json").unlink()
    assert set(_ties(told).values()) == {CorrectionLinks()}
    assert Searcher(told).search("水库").total and Searcher(told).search("", corrected=True).total == 0
    assert Searcher(told).check() == []
    reindex(told)
    assert _ties(told) == wanted


def _cut_with_links_of_before(told: Home, *, manifest: bool) -> None:
    """Change one entry, remove another and put the links of before back; and the manifest of before."""
    names = [NAME] if manifest else [NAME, MANIFEST_NAME]
    kept = {name: (told.index / name).read_bytes() for name in names}
    changed = [row | ({"body": "水库无事。"} if row["id"] == "a4" else {}) for row in rows()]
    _fresh(told.path, [row for row in changed if row["id"] != "b1"])
    for name, content in kept.items():
        (told.index / name).write_bytes(content)


def test_links_of_before_are_believed_as_far_as_entries_are_the_same(told: Home) -> None:
    """As after a kill before they are written: what still holds is not lost, and nothing else is said."""
    _cut_with_links_of_before(told, manifest=False)
    found = {(key, own.corrects.kind, own.corrects.id) for key, own in _ties(told).items() if own.corrects}
    assert found == {tie for tie in TIES if tie[2] not in ("a4", "a9")}
    assert Searcher(told).check() == []
    reindex(told)
    assert (
        json.loads((told.index / NAME).read_bytes())["generation"] == Searcher(told).status().state.generation
    )


def test_links_of_before_beside_a_manifest_of_now_are_damage(told: Home) -> None:
    """They were put there by somebody: links would be missing without notice."""
    _cut_with_links_of_before(told, manifest=True)
    with pytest.raises(DamagedLinks):
        Searcher(told).search("")
    (problem,) = Searcher(told).check()
    assert NAME in problem
    reindex(told)
    assert Searcher(told).check() == [] and Searcher(told).search("").total


def test_killed_while_writing_nothing_is_lost(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rename is the one step: before it stands the old file, and the next reindex finishes the work."""
    _fresh(home.path, rows()[:6])
    before = (home.index / NAME).read_bytes()
    rename = os.replace

    def stopped(source: Any, target: Any) -> None:
        if Path(target).name == NAME:
            raise KeyboardInterrupt
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            _fresh(home.path, rows())
    assert (home.index / NAME).read_bytes() == before
    assert len(Searcher(home).search("", limit=100).hits) == len(rows())
    assert [one.id for one in _ties(home)["a4"].corrections] == ["a6"]
    reindex(home)
    assert {key for key, own in _ties(home).items() if own.corrects} == {tie[0] for tie in TIES}


def test_check_sees_a_tie_that_nobody_told(told: Home) -> None:
    """A file that names the right generation but another kind of tie is found out."""
    path = told.index / NAME
    content = json.dumps(read_checksummed(path)).replace('"denial"', '"correction"')
    write_checksummed(path, json.loads(content))
    (problem,) = Searcher(told).check()
    assert NAME in problem and "xunwen reindex --full" in problem


def test_the_filter_moves_counts_facets_and_histogram(told: Home) -> None:
    """It narrows as other filters do, together with the query and with asof."""
    searcher = Searcher(told)
    found = searcher.search("", corrected=True, limit=100)
    assert {hit.id for hit in found.hits} == {tie[2] for tie in TIES}
    assert found.total == 4 == sum(bucket.count for bucket in found.histogram.buckets)
    assert [(facet.value, facet.count) for facet in found.facets["stream"]] == [("平川暴雨", 4)]
    assert [hit.id for hit in searcher.search("水库", corrected=True).hits] == ["a4"]
    early = searcher.search("", corrected=True, asof="2023-05-02 08:00")
    assert [hit.id for hit in early.hits] == ["a4"]
    assert searcher.search("截至:2023-05-02T07:49", corrected=True).total == 0


def test_the_command_line_tells_them(told: Home) -> None:
    """In hits, with the filter, and for one entry; in words and as JSON."""
    cli = Cli(told)
    assert "有否认：2023-05-02 07:50  a6" in cli.run("search", "溃坝", "--corrected").stdout
    hits = cli.json("search", "平川机场", "--corrected")["hits"]
    assert (hits[0]["id"], hits[0]["corrections"][0]["id"]) == ("a7", "b6")
    assert {hit["id"] for hit in hits} <= {tie[2] for tie in TIES}
    assert cli.json("show", "b6")["corrects"]["id"] == "a7"
    assert "更正：" in cli.run("show", "b6").stdout
