"""One id, several entries: which of them is indexed, whatever the history of the data."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.output.export import WRITERS
from tests.support.homes import content, row, tally, write_rows


def test_an_id_used_twice_in_a_file_keeps_the_first(home: Home) -> None:
    """The second entry of an id is reported with its line and left out."""
    write_rows(home, "a.jsonl", [row("1", "先来"), row("2"), row("1", "后到")])
    report = reindex(home)
    assert tally(report) == (2, 0, 0, 0)
    (problem,) = report.problems
    assert (problem.file, problem.line) == ("a.jsonl", 3) and "1" in problem.message
    assert Searcher(home).entry("1").body == "先来"


def test_a_short_id_in_two_files_is_two_entries(home: Home) -> None:
    """The first file by name keeps it; in the others, the name of the file precedes it."""
    write_rows(home, "b.jsonl", [row("x", "在乙"), row("y")])
    write_rows(home, "a.jsonl", [row("x", "在甲")])
    report = reindex(home)
    assert not report.problems
    assert {id: Searcher(home).entry(id).body for id in ("x", "b/x")} == {"x": "在甲", "b/x": "在乙"}


def test_a_new_first_file_takes_an_id_over(home: Home) -> None:
    """A later file by name loses an id to an earlier one that comes to claim it, though it did not change."""
    write_rows(home, "b.jsonl", [row("x", "在乙"), row("y")])
    reindex(home)
    write_rows(home, "a.jsonl", [row("x", "在甲")])
    assert tally(reindex(home)) == (1, 1, 0, 1)
    assert Searcher(home).entry("x").body == "在甲" and Searcher(home).entry("b/x").body == "在乙"
    (home.data / "a.jsonl").unlink()
    assert tally(reindex(home)) == (0, 1, 1, 1)
    assert Searcher(home).entry("x").body == "在乙"


def test_an_id_that_names_its_place_belongs_to_the_first_by_name(home: Home) -> None:
    """A path, an address or a long id is one entry; the other one is reported with the file that has it."""
    write_rows(home, "b.jsonl", [row("n/x", "在乙"), row("y")])
    write_rows(home, "a.jsonl", [row("n/x", "在甲")])
    report = reindex(home)
    (problem,) = report.problems
    assert (problem.file, problem.line) == ("b.jsonl", 1) and "a.jsonl" in problem.message
    assert Searcher(home).entry("n/x").body == "在甲"


def test_a_shadowed_entry_comes_back(home: Home) -> None:
    """When the first file drops an id, the other one has it again, though it did not change."""
    write_rows(home, "a.jsonl", [row("n/x", "在甲"), row("z")])
    write_rows(home, "b.jsonl", [row("n/x", "在乙"), row("y")])
    reindex(home)
    write_rows(home, "a.jsonl", [row("z")])
    report = reindex(home)
    assert tally(report) == (0, 1, 0, 2) and not report.problems
    assert Searcher(home).entry("n/x").body == "在乙"
    (home.data / "a.jsonl").unlink()
    assert tally(reindex(home)) == (0, 0, 1, 2)


def test_numbers_count_within_their_file(home: Home) -> None:
    """A number of a table or of JSON has the name of its file, whatever other files there are."""
    (home.data / "a.csv").write_text("id,time,title\n1,2022-01-05,在甲\n")
    (home.data / "b.csv").write_text("id,time,title\n1,2022-01-05,在乙\n")
    (home.data / "c.jsonl").write_text('{"id": 1, "time": "2022-01-05", "title": "在丙"}\n')
    assert not reindex(home).problems
    headlines = {id: Searcher(home).entry(id).headline for id in ("a/1", "b/1", "c/1")}
    assert headlines == {"a/1": "在甲", "b/1": "在乙", "c/1": "在丙"}


def test_an_export_read_again_keeps_its_ids(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As lines and as a table: ids, markup that is text, and words for nothing stay as they are."""
    write_rows(home, "a.jsonl", [row("x", "价&lt;br&gt;格"), row("n/y", "None of it（记者 林远）")])
    (home.data / "b.csv").write_text("id,time,title\n1,2022-01-05,在乙\n")
    reindex(home)
    for form in ("jsonl", "csv"):
        again = Home(tmp_path_factory.mktemp(form))
        again.data.mkdir()
        lines = WRITERS[form](Searcher(home).export(""))  # type: ignore[index]
        (again.data / f"all.{form}").write_bytes(b"".join(lines))
        assert not reindex(again).problems
        assert {hit.id: hit.body for hit in Searcher(again).search("").hits} == {
            hit.id: hit.body for hit in Searcher(home).search("").hits
        }


#: Ids of a history: short ones, and one that names its place.
_IDS = ("x", "y", "n/z")
FILES = ("a.jsonl", "b.jsonl", "c.jsonl")
#: Lines of a file: (id, version of its text).
LINES = st.lists(st.tuples(st.sampled_from(_IDS), st.integers(0, 2)), max_size=4)
#: A step of a history: which files it writes (or, with None, removes).
STEP = st.dictionaries(st.sampled_from(FILES), st.none() | LINES, max_size=3)


def apply(home: Home, step: dict[str, list[tuple[str, int]] | None]) -> None:
    """Take one step of a history."""
    for name, lines in step.items():
        if lines is None:
            (home.data / name).unlink(missing_ok=True)
        else:
            write_rows(home, name, [row(id, f"第{version}版，编号{id}") for id, version in lines])


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, min_size=1, max_size=5))
@example([{"a.jsonl": [("x", 0)], "b.jsonl": [("x", 1)], "c.jsonl": [("x", 2)]}, {"a.jsonl": None}])
@example([{"c.jsonl": [("x", 0), ("y", 0)], "b.jsonl": [("y", 1)]}, {"a.jsonl": [("x", 1), ("y", 2)]}])
@example([{"b.jsonl": [("x", 0)], "c.jsonl": [("x", 0)]}, {"a.jsonl": [("x", 0)], "b.jsonl": None}])
def test_the_way_to_a_state_does_not_show_in_it(
    history: list[dict[str, list[tuple[str, int]] | None]],
) -> None:
    """After any history of changes, index and problems are those of a full rebuild of the same data."""
    with tempfile.TemporaryDirectory() as folder:
        home, fresh = Home(Path(folder) / "home"), Home(Path(folder) / "fresh")
        home.data.mkdir(parents=True)
        for step in history:
            apply(home, step)
            report = reindex(home)
            tally(report)
        shutil.copytree(home.data, fresh.data)
        whole = reindex(fresh)
        assert content(home) == content(fresh)
        assert report.problems == whole.problems
        again = reindex(home)
        assert tally(again) == (0, 0, 0, whole.entries) and again.problems == whole.problems
        reindex(home, full=True)
        assert content(home) == content(fresh)
