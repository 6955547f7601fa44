"""The manifest: written whole, read back as it was, and never believed when it is not whole."""

import json
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.checksummed import write_checksummed
from search.errors import Problem, UnreadableFile
from search.indexing.manifest import FileRecord, Manifest, fingerprint_file
from search.language.message import Message

PROBLEMS = (Problem("a.txt", 7, Message("第 {line} 行", line=3)), Problem("a.txt", 0, Message("不好")))
RECORD = FileRecord("abc", 3, PROBLEMS, shadowed=True)
MANIFEST = Manifest(4, "1 Asia/Shanghai", {"a.txt": RECORD, "下/b.jsonl": FileRecord("", 0)})
#: What the file holds beside its checksum, and where its values are.
CONTENT = {
    "generation": 4,
    "state": "",
    "basis": "1 Asia/Shanghai",
    "files": {
        "a.txt": {
            "digest": "abc",
            "entries": 3,
            "problems": [
                [7, {"template": "第 {line} 行", "args": {"line": 3}}],
                [0, {"template": "不好", "args": {}}],
            ],
            "shadowed": True,
        },
        "下/b.jsonl": {"digest": "", "entries": 0, "problems": [], "shadowed": False},
    },
}
PATHS = [(name,) for name in ("generation", "state", "basis", "files")]
PATHS += [("files", "a.txt", name) for name in ("digest", "entries", "problems", "shadowed")]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Files, their problems and the generation come back equal, and nothing else is left in the folder."""
    MANIFEST.write(tmp_path)
    assert Manifest.read(tmp_path) == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == ["files.json"]


@pytest.mark.parametrize("cut", range(0, 330, 11))
def test_half_a_manifest_is_none(tmp_path: Path, cut: int) -> None:
    """A manifest cut off anywhere is not read at all."""
    MANIFEST.write(tmp_path)
    whole = (tmp_path / "files.json").read_bytes()
    assert cut < len(whole)
    (tmp_path / "files.json").write_bytes(whole[:cut])
    assert Manifest.read(tmp_path) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["generation", "basis", "files", "digest"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def written(folder: Path, content: dict[str, Any]) -> Manifest | None:
    """Write content with the right checksum, and read it as a manifest."""
    write_checksummed(folder / "files.json", content)
    return Manifest.read(folder)


@settings(deadline=None)
@given(JSON)
def test_json_without_a_checksum_is_none(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    """Any JSON in the place of a manifest is passed over, without an exception."""
    folder = tmp_path_factory.mktemp("manifest")
    (folder / "files.json").write_text(json.dumps(value))
    assert Manifest.read(folder) is None


@settings(deadline=None)
@given(st.data())
def test_a_wrong_value_with_a_right_checksum_gives_a_sound_manifest_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """With any JSON as one of its values: what is read has the right types and can be written again."""
    folder = tmp_path_factory.mktemp("manifest")
    content = deepcopy(CONTENT)
    path = data.draw(st.sampled_from(PATHS))
    holder = reduce(getitem, path[:-1], content)
    holder[path[-1]] = data.draw(JSON)
    manifest = written(folder, content)
    if manifest is not None:
        assert [type(value) for value in (manifest.generation, manifest.basis, manifest.state)] == [
            int,
            str,
            str,
        ]
        assert all(isinstance(record, FileRecord) for record in manifest.files.values())
        manifest.write(folder)
        assert Manifest.read(folder) == manifest


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_a_missing_value_is_noticed(tmp_path: Path, path: tuple[str, ...]) -> None:
    """Without one of its values, a manifest is not read, though its checksum is right."""
    content = deepcopy(CONTENT)
    assert written(tmp_path, content) == MANIFEST
    del reduce(getitem, path[:-1], content)[path[-1]]
    assert written(tmp_path, content) is None


def test_none_where_nothing_is(tmp_path: Path) -> None:
    """A folder without one, a folder that is none, a folder in its place: no manifest."""
    assert Manifest.read(tmp_path) is None
    assert Manifest.read(tmp_path / "missing") is None
    (tmp_path / "files.json").mkdir()
    assert Manifest.read(tmp_path) is None


def test_a_write_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    """A manifest is replaced in one step or not at all."""
    MANIFEST.write(tmp_path)
    (tmp_path / "files.json.new").mkdir()
    with pytest.raises(OSError):
        Manifest(5, "other").write(tmp_path)
    assert Manifest.read(tmp_path) == MANIFEST


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_a_print_depends_on_the_bytes_alone(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Equal bytes have equal prints, one byte more has another; lines are counted with the last one."""
    first, second = (tmp_path_factory.getbasetemp() / name for name in ("first.txt", "second.txt"))
    first.write_bytes(content)
    second.write_bytes(content)
    seen = fingerprint_file(first, "a")
    assert seen == fingerprint_file(second, "b")
    assert seen.lines == content.count(b"\n") + 1
    second.write_bytes(content + b"x")
    assert fingerprint_file(second, "b").digest != seen.digest


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """The error speaks of the file as a whole, by its name in `data/`."""
    with pytest.raises(UnreadableFile) as caught:
        fingerprint_file(tmp_path / "x", "sub/x.txt")
    assert (caught.value.problem.file, caught.value.problem.line) == ("sub/x.txt", 0)
    assert "sub/x.txt" in str(caught.value)
