"""Data files that cannot be read: told each time, and what they gave before stays until they go."""

from pathlib import Path

import pytest

from search import Home, reindex
from tests.support.homes import content, fill, row, tally, write_rows


def make_unreadable(path: Path) -> None:
    """Put a link to nowhere in place of a file: there, and not to be read, even by root."""
    path.unlink()
    path.symlink_to("nowhere")


@pytest.mark.parametrize("full", [False, True])
def test_an_unreadable_file_keeps_its_entries(home: Home, full: bool) -> None:
    """What a file gave before stays while it cannot be read, however often one tries."""
    fill(home, a="12", b="34")
    reindex(home)
    make_unreadable(home.data / "b.jsonl")
    for _ in range(3):
        report = reindex(home, full=full)
        assert tally(report) == (0, 0, 0, 4) and report.unreadable == 1
        assert [(problem.file, problem.line) for problem in report.problems] == [("b.jsonl", 0)]
    fill(home, a="15")
    assert tally(reindex(home, full=full)) == (1, 0, 1, 3)
    assert set(content(home)) == {"1", "3", "4", "5"}


@pytest.mark.parametrize("full", [False, True])
def test_an_unreadable_file_that_goes_takes_its_entries_along(home: Home, full: bool) -> None:
    """A file that was unreadable at one reindex and removed before the next leaves nothing behind."""
    fill(home, a="1", b="2")
    reindex(home)
    make_unreadable(home.data / "b.jsonl")
    reindex(home, full=full)
    fill(home, a="3")
    reindex(home, full=full)
    (home.data / "b.jsonl").unlink()
    assert tally(reindex(home)) == (0, 0, 1, 1)
    assert set(content(home)) == {"3"}


def test_a_file_that_can_be_read_again_is(home: Home) -> None:
    """A file counts as unread until it was read, also when its bytes are the old ones."""
    fill(home, a="1", b="2")
    reindex(home)
    make_unreadable(home.data / "b.jsonl")
    fill(home, a="3")
    assert reindex(home).unreadable == 1
    (home.data / "b.jsonl").unlink()
    fill(home, b="2")
    report = reindex(home)
    assert tally(report) == (0, 0, 0, 2) and report.unreadable == 0 and not report.problems
    fill(home, b="4")
    assert tally(reindex(home)) == (1, 0, 1, 1)


def test_a_refused_file_keeps_its_entries(home: Home) -> None:
    """A readable file without any sense is reported every time; its old entries stay."""
    (home.data / "a.json").write_text('[{"id": "1", "body": "消息"}]')
    reindex(home)
    (home.data / "a.json").write_text('[{"id": "1", "body": "消')
    for _ in range(2):
        report = reindex(home)
        assert report.unreadable == 1 and report.problems[0].file == "a.json"
        assert set(content(home)) == {"1"}
    (home.data / "a.json").unlink()
    assert tally(reindex(home)) == (0, 0, 1, 0)


def test_an_id_of_an_unreadable_file_can_be_claimed(home: Home) -> None:
    """An earlier file by name takes the id; the rest of what the unreadable one gave stays."""
    fill(home, b="xy")
    reindex(home)
    make_unreadable(home.data / "b.jsonl")
    write_rows(home, "a.jsonl", [row("x", "在甲")])
    assert tally(reindex(home)) == (0, 1, 0, 1)
    assert {id: file for id, (_, file) in content(home).items()} == {"x": "a.jsonl", "y": "b.jsonl"}
    (home.data / "a.jsonl").unlink()
    (home.data / "b.jsonl").unlink()
    fill(home, b="xy")
    assert tally(reindex(home)) == (0, 1, 0, 1)


def test_a_new_file_that_cannot_be_read_is_told(home: Home) -> None:
    """A link to nowhere that never gave an entry is a problem each time, and the rest is indexed."""
    fill(home, a="1")
    (home.data / "b.txt").symlink_to("nowhere")
    for counts in ((1, 0, 0, 0), (0, 0, 0, 1), (0, 0, 0, 1)):
        report = reindex(home)
        assert tally(report) == counts and report.unreadable == 1


def test_problems_of_unchanged_files_are_told_again(home: Home) -> None:
    """A problem is reported by every reindex until somebody mends it."""
    (home.data / "a.jsonl").write_text('{"id": "1", "body": "消息"}\n{nonsense\n')
    told = reindex(home).problems
    assert [(problem.file, problem.line) for problem in told] == [("a.jsonl", 0), ("a.jsonl", 2)]
    assert reindex(home).problems == told
    fill(home, b="2")
    assert reindex(home).problems == told
    fill(home, a="1")
    assert reindex(home).problems == ()
