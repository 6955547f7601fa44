"""Reindex: what is added, changed, removed and left alone; the manifest; full rebuilds; two at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from search import Home, Searcher, reindex
from search.engines import Batch, open_engine
from search.engines.whoosh import WhooshEngine
from search.errors import DataError, IndexLocked
from search.indexing.manifest import Manifest
from tests.support.homes import content, files_of, fill, row, tally, write_rows

# -- what changed -----------------------------------------------------------------------------------------


def test_everything_is_new_at_first(home: Home) -> None:
    """The first reindex adds all entries of all files."""
    fill(home, a="123", b="45")
    assert tally(reindex(home)) == (5, 0, 0, 0)


def test_added_changed_removed_unchanged_are_told_apart(home: Home) -> None:
    """A reindex counts each entry once, by what happened to it."""
    fill(home, a="123", b="45")
    reindex(home)
    write_rows(home, "a.jsonl", [row("1"), row("2", "更正后的消息"), row("6"), row("7")])
    assert tally(reindex(home)) == (2, 1, 1, 3)
    assert Searcher(home).entry("2").body == "更正后的消息"
    assert Searcher(home).search("更正后").total == 1
    assert Searcher(home).search("关于2的消息").total == 0


@pytest.mark.parametrize(
    "field", ["headline", "body", "time", "captions", "agencies", "credit", "stream", "url"]
)
def test_every_field_counts_as_content(home: Home, field: str) -> None:
    """An entry of which any one field changed is changed."""
    values = {
        "time": "2022-01-05T13:35:00+08:00",
        "captions": ["新图"],
        "agencies": ["新华社"],
        "url": "https://example.org/2",
    }
    write_rows(home, "a.jsonl", [row("1"), row("2")])
    reindex(home)
    write_rows(home, "a.jsonl", [row("1") | {field: values.get(field, "新的内容")}, row("2")])
    assert tally(reindex(home)) == (0, 1, 0, 1)


def test_a_second_reindex_changes_no_file(home: Home) -> None:
    """Without changes in the data, no file of the index is written, renamed or touched."""
    fill(home, a="123")
    reindex(home)
    before = files_of(home.index)
    assert tally(reindex(home)) == (0, 0, 0, 3)
    assert files_of(home.index) == before


def test_a_touched_file_is_unchanged(home: Home) -> None:
    """Files are compared by content: a new modification time alone changes nothing."""
    fill(home, a="123")
    reindex(home)
    before = files_of(home.index)
    os.utime(home.data / "a.jsonl", (1, 1))
    assert tally(reindex(home)) == (0, 0, 0, 3)
    assert files_of(home.index) == before


def test_a_file_with_other_bytes_and_the_same_entries_is_unchanged(home: Home) -> None:
    """Blank lines and the order of entries make no new generation."""
    fill(home, a="123")
    reindex(home)
    write_rows(home, "a.jsonl", [row("3"), row("1"), row("2")])
    assert tally(reindex(home)) == (0, 0, 0, 3)
    assert open_engine(home.index).snapshot().stats().generation == 0


def test_a_removed_file_takes_its_entries_along(home: Home) -> None:
    """What no file holds any more is not found any more."""
    fill(home, a="12", b="3")
    reindex(home)
    (home.data / "a.jsonl").unlink()
    assert tally(reindex(home)) == (0, 0, 2, 1)
    assert set(content(home)) == {"3"}


def test_the_last_file_can_go(home: Home) -> None:
    """A home whose data was all removed has an empty index, and counts what went."""
    fill(home, a="12")
    reindex(home)
    (home.data / "a.jsonl").unlink()
    assert tally(reindex(home)) == (0, 0, 2, 0)
    assert content(home) == {}


def test_a_renamed_file_keeps_entries_that_have_ids_of_their_own(home: Home) -> None:
    """Only the stream, which is named after the file, changes."""
    write_rows(home, "a.jsonl", [row("1"), row("2", stream="专题")])
    reindex(home)
    (home.data / "a.jsonl").rename(home.data / "z.jsonl")
    assert tally(reindex(home)) == (0, 2, 0, 0)
    assert content(home).keys() == {"1", "2"}
    assert Searcher(home).entry("1").stream == "z"
    assert tally(reindex(home)) == (0, 0, 0, 2)


def test_folders_below_data_are_read(home: Home) -> None:
    """Files may lie in folders; the path is part of their name."""
    write_rows(home, "2022/一月/a.jsonl", [row("1")])
    reindex(home)
    assert Searcher(home).entry("1").stream == "2022/一月/a"


def test_a_file_whose_name_is_no_text_is_read(home: Home) -> None:
    """A name of bytes that are no UTF-8 is spelt out and costs nothing."""
    path = os.fsencode(home.data) + b"/\xff\xd6.jsonl"
    Path(os.fsdecode(path)).write_text('{"id": "1", "body": "消息"}\n{"id": "1", "body": "又来"}\n')
    report = reindex(home)
    assert tally(report) == (1, 0, 0, 0)
    assert all(problem.file.isprintable() for problem in report.problems)
    assert tally(reindex(home)) == (0, 0, 0, 1)
    assert reindex(home).problems == report.problems


# -- the manifest is only a shortcut ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\x00{"),
        lambda path: path.write_text("[1, 2]"),
        lambda path: path.write_text('{"generation": 1e999, "basis": "", "files": {}}'),
        lambda path: path.write_text('{"generation": 0, "basis": "", "files": []}'),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text(path.read_text().replace('"generation": 1', '"generation": 0')),
        lambda path: path.write_text(path.read_text().replace("Asia/Shanghai", "Europe/Moscow")),
    ],
)
def test_a_lost_manifest_costs_time_and_nothing_else(home: Home, damage) -> None:  # type: ignore[no-untyped-def]
    """Without a manifest that fits, every file is compared again, and only what changed is written."""
    fill(home, a="12", b="3")
    reindex(home)
    fill(home, a="124")
    reindex(home)
    before = content(home)
    damage(home.index / "files.json")
    (home.data / "b.jsonl").unlink()
    assert tally(reindex(home)) == (0, 0, 1, 3)
    assert content(home) == {id: held for id, held in before.items() if id != "3"}
    assert Manifest.read(home.index) is not None


def test_a_manifest_of_a_state_that_never_was_published_is_not_believed(home: Home) -> None:
    """A manifest left beside an index of another generation does not hide a change."""
    fill(home, a="1")
    reindex(home)
    old = (home.index / "files.json").read_bytes()
    fill(home, a="2")
    reindex(home)
    (home.index / "files.json").write_bytes(old)
    fill(home, a="1")
    assert tally(reindex(home)) == (1, 0, 1, 0)
    assert set(content(home)) == {"1"}


# -- full rebuilds, empty homes, two at once --------------------------------------------------------------


def test_a_full_rebuild_counts_as_any_other(home: Home) -> None:
    """`full` writes everything anew and tells changes against what was indexed."""
    fill(home, a="123")
    reindex(home)
    fill(home, a="124")
    assert tally(reindex(home, full=True)) == (1, 0, 1, 2)
    assert tally(reindex(home)) == (0, 0, 0, 3)


def test_a_full_rebuild_of_nothing_is_nothing(home: Home) -> None:
    """A full rebuild after all data was removed leaves no entry behind."""
    fill(home, a="123")
    reindex(home)
    (home.data / "a.jsonl").unlink()
    assert tally(reindex(home, full=True)) == (0, 0, 3, 0)
    assert content(home) == {}


def test_a_damaged_index_can_be_rebuilt(home: Home) -> None:
    """Whatever file of the index is broken, `full` builds it again from the data."""
    fill(home, a="123")
    reindex(home)
    for path in [path for path in home.index.iterdir() if path.stat().st_size]:
        (home.index / path.name).write_bytes(b"broken")
        reindex(home, full=True)
        assert set(content(home)) == {"1", "2", "3"}


def test_a_home_without_data_is_refused(tmp_path: Path) -> None:
    """The message names the folder that is missing; nothing is made."""
    with pytest.raises(DataError, match="data"):
        reindex(Home(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_home_has_an_empty_index(home: Home) -> None:
    """Without data files everything works and finds nothing."""
    for _ in range(2):
        assert tally(reindex(home)) == (0, 0, 0, 0)
    searcher = Searcher(home)
    for query in ("", "阿拉木图", '"机场" OR -来源:俄新社', "标题:阿*"):
        results = searcher.search(query, asof="2022-01-05", from_="2021")
        assert (results.total, results.partial_total, results.hits) == (0, 0, ())
    assert searcher.facet_values() == {"agency": (), "stream": ()}
    assert searcher.check() == []
    assert searcher.status().as_dict()["newest"] is None


def test_a_second_writer_is_turned_away(home: Home) -> None:
    """While one reindex writes, another one is refused with a sentence; the first is not disturbed."""
    fill(home, a="1")
    reindex(home)
    fill(home, a="12")
    with open_engine(home.index).update():
        with pytest.raises(IndexLocked, match="reindex"):
            reindex(home)
        assert Searcher(home).search("").total == 1
    assert tally(reindex(home)) == (1, 0, 0, 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_two_at_once_do_not_deceive_each_other(
    home: Home, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Another reindex just before ours got the lock, or just after it gave it back, leaves no wrong manifest.

    The other one sees a.jsonl in a state that ours never saw, and that is gone when all is over.
    """
    fill(home, a="12")
    reindex(home)
    fill(home, b="3")
    update = WhooshEngine.update

    def other() -> None:
        monkeypatch.setattr(WhooshEngine, "update", update)
        fill(home, a="9")
        reindex(home)
        fill(home, a="12")

    @contextmanager
    def interrupted(engine: WhooshEngine) -> Iterator[Batch]:
        if when == "before":
            other()
        with update(engine) as batch:
            yield batch
        if when == "after":
            other()

    monkeypatch.setattr(WhooshEngine, "update", interrupted)
    reindex(home)
    reindex(home)
    assert set(content(home)) == {"1", "2", "3"}
