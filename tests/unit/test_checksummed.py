"""Files of notes: every changed byte is noticed, and what they are for is worked out again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.checksummed import read_checksummed, write_checksummed
from search.errors import IndexProblem
from search.indexing.manifest import Manifest
from tests.support.correction_stream import rows
from tests.support.homes import content, row, write_rows

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["files", "rules", "下"]), JSON, min_size=1), st.sampled_from([None, 1])
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any], indent: int | None
) -> None:
    """The same content comes back, and the file is JSON for other programs."""
    path = tmp_path_factory.getbasetemp() / "notes.json"
    write_checksummed(path, value, indent)
    assert read_checksummed(path) == value
    assert set(json.loads(path.read_bytes())) == {"digest", *value}


def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path: Path) -> None:
    """Wherever it is, also in the digest itself."""
    path = tmp_path / "notes.json"
    write_checksummed(path, {"files": {"a.txt": "abc"}, "n": 7})
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            with pytest.raises(ValueError):
                read_checksummed(path)
        path.write_bytes(whole[:place])
        with pytest.raises(ValueError):
            read_checksummed(path)


@pytest.fixture
def corrected(home: Home) -> Home:
    """A home with corrections in its index."""
    write_rows(home, "a.jsonl", rows())
    reindex(home)
    return home


@settings(max_examples=25, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_damaged_file_of_corrections_is_told(
    tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    """An answer without its corrections would be wrong in silence; the next reindex mends the file."""
    folder = tmp_path_factory.getbasetemp() / "corrections"
    home = Home(folder)
    if not folder.exists():
        home.data.mkdir(parents=True)
        write_rows(home, "a.jsonl", rows())
        reindex(home)
    path = home.index / "corrections.json"
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[int(place * len(whole))] ^= 1 << bit
    path.write_bytes(bytes(damaged))
    for ask in (lambda: Searcher(home).search("水库"), lambda: Searcher(home).status()):
        with pytest.raises(IndexProblem, match=r"corrections\.json 缺失或已损坏；请运行 xunwen reindex"):
            ask()
    assert Searcher(home).check()
    reindex(home)
    assert path.read_bytes() == whole and Searcher(home).check() == []


def test_a_digest_that_changed_in_the_manifest_loses_nothing(home: Home) -> None:
    """A file of data that changed is read though a flipped bit says that it has not."""
    write_rows(home, "a.jsonl", [row("1"), row("2")])
    reindex(home)
    path = home.index / "files.json"
    before = Manifest.read(home.index)
    assert before
    write_rows(home, "a.jsonl", [row("1"), row("3")])
    other = json.loads(path.read_bytes())
    reindex(home)
    renewed = json.loads(path.read_bytes())
    text = path.read_bytes().replace(
        renewed["files"]["a.jsonl"]["digest"].encode(), other["files"]["a.jsonl"]["digest"].encode()
    )
    write_rows(home, "a.jsonl", [row("1"), row("2")])
    path.write_bytes(text)
    assert Manifest.read(home.index) is None
    reindex(home)
    assert set(content(home)) == {"1", "2"}


def test_a_manifest_of_another_index_of_the_same_number_is_not_believed(home: Home, tmp_path: Path) -> None:
    """The index was deleted, built of other data and killed before its manifest was written."""
    write_rows(home, "a.jsonl", [row("1"), row("2")])
    reindex(home)
    notes = {name: (home.index / name).read_bytes() for name in ("files.json", "corrections.json")}
    kept = (home.data / "a.jsonl").read_bytes()
    shutil.rmtree(home.index)
    write_rows(home, "a.jsonl", [row("3")])
    reindex(home)
    (home.data / "a.jsonl").write_bytes(kept)
    for name, data in notes.items():
        (home.index / name).write_bytes(data)
    report = reindex(home)
    assert (report.added, report.removed) == (2, 1)
    assert set(content(home)) == {"1", "2"} and Searcher(home).check() == []


@pytest.mark.parametrize("word", ["集安组字", "集安\\ud83d"], ids=["another word", "half a character"])
def test_a_damaged_dictionary_renews_the_entries_that_it_made(home: Home, word: str) -> None:
    """No entry keeps terms of which nobody knows the dictionary."""
    write_rows(home, "a.jsonl", [row("1", "集安组织开会"), row("2", "机场关闭")])
    (home.data / "words.txt").write_text("集安组织\n")
    reindex(home)
    (path,) = home.index.glob("words-*.json")
    whole = path.read_bytes()
    (home.data / "words.txt").unlink()
    path.write_bytes(whole.replace("集安组织".encode(), word.encode()))
    report = reindex(home)
    assert report.reanalyzed == 2 and Searcher(home).check() == []
