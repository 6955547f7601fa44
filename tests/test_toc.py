"""The table of contents: what is published is read back, and nothing in a file from elsewhere is run."""

from __future__ import annotations

import os
import pickle
import pickletools
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import fields, index
from whoosh.filedb.filestore import RamStorage

from search.engines.whoosh import WhooshEngine, toc
from search.engines.whoosh.schema import INDEX_NAME, TermField, make_schema
from search.engines.whoosh.segment import ArraySegment
from search.engines.whoosh.toc import Toc, clean, latest_generation, publish, read_toc
from search.errors import DamagedIndex, IndexProblem, OtherVersion
from tests.engine_corpus import CORPUS, EVERY, fill, ids

NAME = f"_{INDEX_NAME}_0.toc"


def segments(*counts: int) -> list[ArraySegment]:
    return [ArraySegment(INDEX_NAME, count) for count in counts]


def written(folder: Path, schema: Any, content: Any, generation: int = 0) -> Path:
    """Write a table of contents as Whoosh would, whatever is in it."""
    storage = RamStorage()
    contents = index.TOC(make_schema(), content, generation)
    contents.schema = schema
    original, index.ensure_schema = index.ensure_schema, lambda given: given
    try:
        contents.write(storage, INDEX_NAME)
    finally:
        index.ensure_schema = original
    path = folder / f"_{INDEX_NAME}_{generation}.toc"
    path.write_bytes(storage.files[path.name])
    return path


def test_what_is_published_is_read(tmp_path: Path) -> None:
    """Generations go up; the newest counts; names, sizes and removed entries are kept."""
    assert latest_generation(tmp_path) == latest_generation(tmp_path / "nowhere") == -1
    first = segments(5, 3)
    publish(tmp_path, first, 0)
    second = [first[0].without(first[0].deleted_array()), first[1].without(_numbers(0, 2))]
    publish(tmp_path, second, 11)
    assert latest_generation(tmp_path) == 11
    found = read_toc(tmp_path, 11)
    assert [vars(segment) for segment in found.segments] == [vars(segment) for segment in second]
    assert [segment.live_count for segment in found.segments] == [5, 1]
    assert list(found.segments[1].deleted_docs()) == [0, 2]
    assert [segment.live_count for segment in read_toc(tmp_path, 0).segments] == [5, 3]
    with pytest.raises(FileNotFoundError):
        read_toc(tmp_path, 5)


def _numbers(*numbers: int) -> Any:
    import numpy as np

    return np.array(numbers, dtype=np.int64)


@given(st.integers(1, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_removed_entries_add_up(count: int, data: st.DataObject) -> None:
    """Removing again and again is removing all of them, and removing twice is removing once."""
    segment = ArraySegment(INDEX_NAME, count)
    gone: set[int] = set()
    for _ in range(3):
        more = data.draw(st.sets(st.integers(0, count - 1)))
        gone |= more
        segment = segment.without(_numbers(*more))
        assert set(segment.deleted_docs()) == gone
        assert (segment.live_count, segment.deleted_count()) == (count - len(gone), len(gone))
        assert all(segment.is_deleted(number) == (number in gone) for number in range(count))


def test_cleaning_keeps_what_is_named_and_what_is_not_ours(tmp_path: Path) -> None:
    """Only files of ours that the table does not name go."""
    kept = segments(1)
    publish(tmp_path, kept, 3)
    mine = kept[0].segment_id()
    keep = {f"{mine}.docs", f"{mine}.words", f"_{INDEX_NAME}_3.toc", "MAIN_WRITELOCK", "notes.docs", "a.toc"}
    for name in (*keep, "MAIN_0old.docs", "MAIN_0old.pairs", "_MAIN_2.toc", "_MAIN_4.toc.new"):
        (tmp_path / name).touch()
    clean(tmp_path, Toc(3, tuple(kept)))
    assert {path.name for path in tmp_path.iterdir()} == keep


def test_a_publication_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the rename nothing has happened."""

    def broken(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    publish(tmp_path, segments(1), 0)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(Path, "replace", broken)
        publish(tmp_path, segments(2), 1)
    assert latest_generation(tmp_path) == 0
    assert [segment.count for segment in read_toc(tmp_path, 0).segments] == [1]


# -- files from elsewhere --------------------------------------------------------------------------

MARKER = "xunwen_was_here"


class Attack:
    """Pickles into a call."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def clean(self) -> None:
        """Whoosh asks its schema to do so before it writes one."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call, self.arguments


def _attacks(marker: Path) -> dict[str, Any]:
    touch = f"open({str(marker)!r}, 'w').close()"
    return {
        "system": Attack(os.system, f"touch {marker}"),
        "eval": Attack(eval, touch),
        "exec": Attack(exec, touch),
        "getattr": Attack(getattr, ArraySegment, "codec"),
        "import": Attack(__import__, "antigravity"),
        "loads": Attack(pickle.loads, pickle.dumps(Attack(eval, touch))),
        "open": Attack(open, str(marker), "w"),
        "another class": fields.TEXT(),
        "a function of ours": toc.publish,
        "a module's module": Attack(os.path.join, "a", "b"),
    }


ATTACKS = sorted(_attacks(Path(MARKER)))


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("place", ["schema", "field", "segments", "segment", "in a segment"])
def test_a_hostile_pickle_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str, place: str
) -> None:
    """Wherever it hides, it is refused with a sentence, and nothing of it happens."""
    monkeypatch.chdir(tmp_path)
    hostile = _attacks(tmp_path / MARKER)[attack]
    schema, content = make_schema(), segments(1)
    if place == "schema" and isinstance(hostile, Attack):
        schema = hostile
    elif place == "schema":
        schema._dyn_fields["x"] = hostile
    elif place == "field":
        schema._fields["words"].analyzer = hostile
    elif place == "segments":
        content = hostile
    elif place == "segment":
        content = [*content, hostile]
    else:
        content[0].deletions = hostile
    written(tmp_path, schema, content)
    with pytest.raises((OtherVersion, DamagedIndex), match="reindex --full"):
        read_toc(tmp_path, 0)
    assert len(WhooshEngine(tmp_path).check()) == 1
    assert not (tmp_path / MARKER).exists()


def test_the_attacks_would_work_on_a_plain_unpickler(tmp_path: Path) -> None:
    """The marker is no decoration: Python's own pickle runs them."""
    for attack in ("system", "eval", "exec", "loads", "open"):
        marker = tmp_path / attack
        result = pickle.loads(pickle.dumps(_attacks(marker)[attack]))
        if attack == "open":
            result.close()
        assert marker.exists(), attack


def test_a_pickle_cannot_write_into_our_classes(tmp_path: Path) -> None:
    """Instructions that would replace a method of ArraySegment touch a copy that nobody uses."""
    before = ArraySegment.codec
    module, name = b"search.engines.whoosh.segment", b"ArraySegment"
    # GLOBAL ArraySegment, then BUILD with (None, {"codec": 7}): setattr on the class itself.
    attack = b"\x80\x02c" + module + b"\n" + name + b"\nN}U\x05codecK\x07s\x86b."
    assert [op.name for op, _, _ in pickletools.genops(attack)][-2:] == ["BUILD", "STOP"]
    path = written(tmp_path, make_schema(), [])
    content = path.read_bytes()
    empty = pickle.dumps([], -1)
    assert content.endswith(empty)
    path.write_bytes(content[: -len(empty)] + attack)
    with pytest.raises(IndexProblem):
        read_toc(tmp_path, 0)
    assert ArraySegment.codec is before


def test_an_index_of_another_program_is_told(tmp_path: Path) -> None:
    """A plain Whoosh index is another version, not damage, and a rebuild replaces it."""
    index.create_in(tmp_path, fields.Schema(text=fields.TEXT(stored=True))).close()
    with pytest.raises(OtherVersion, match=r"whoosh\.fields\.TEXT"):
        WhooshEngine(tmp_path).state()
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    assert ids(engine) == EVERY


def _with(**values: Any) -> ArraySegment:
    segment = ArraySegment(INDEX_NAME, 3)
    vars(segment).update(values)
    return segment


TWIN = ArraySegment(INDEX_NAME, 1)
FULL = zlib.compress(b"\xff" * 10)
WRONG: list[tuple[str, Any]] = [
    ("no list", 7),
    ("nothing", None),
    ("texts", ["MAIN_1"]),
    ("a schema", [make_schema()]),
    ("a field", [TermField("id")]),
    ("twins", [TWIN, TWIN]),
    ("a path", [_with(segid="../../etc/passwd")]),
    ("a path within", [_with(segid="a/b")]),
    ("a line", [_with(segid="abc\n")]),
    ("capitals", [_with(segid="ABC")]),
    ("empty", [_with(segid="")]),
    ("endless", [_with(segid="a" * 65)]),
    ("bytes", [_with(segid=b"abc")]),
    ("another index", [_with(indexname="OTHER")]),
    ("an absolute index", [_with(indexname="/etc")]),
    ("negative", [_with(count=-1)]),
    ("too many", [_with(count=1 << 31)]),
    ("a float", [_with(count=3.0)]),
    ("a truth", [_with(count=True)]),
    ("a text", [_with(count="3")]),
    ("no bytes", [_with(deletions="")]),
    ("a name", [_with(name="../x")]),
    ("a method", [_with(segment_id="../x")]),
]


@pytest.mark.parametrize(("content"), [wrong for _, wrong in WRONG], ids=[name for name, _ in WRONG])
def test_a_segment_that_we_never_wrote_is_refused(tmp_path: Path, content: Any) -> None:
    """Paths, sizes and kinds are checked before anything is opened."""
    written(tmp_path, make_schema(), content)
    with pytest.raises(DamagedIndex, match="reindex --full"):
        read_toc(tmp_path, 0)


@pytest.mark.parametrize("deletions", [b"x", zlib.compress(b""), zlib.compress(b"\0\0"), FULL])
def test_removed_entries_that_make_no_sense_are_refused(tmp_path: Path, deletions: bytes) -> None:
    """A bitmap of another length, or none at all, is damage; so is a bomb."""
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    found = read_toc(tmp_path, 0).segments[0]
    found.deletions = deletions
    written(tmp_path, make_schema(), [found], 1)
    problems = WhooshEngine(tmp_path).check()
    assert len(problems) == 1 and "删除位图" in problems[0]


@pytest.mark.parametrize("generation", [12])
def test_any_bytes_at_all_are_refused_or_read(tmp_path: Path, generation: int) -> None:
    """Every truncation, and every byte changed, ends in segments of ours or in IndexProblem."""
    path = written(tmp_path, make_schema(), segments(3, 4), generation)
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place])
        with pytest.raises(IndexProblem):
            read_toc(tmp_path, generation)
        for value in (0, 255, content[place] ^ 1):
            path.write_bytes(content[:place] + bytes([value]) + content[place + 1 :])
            try:
                found = read_toc(tmp_path, generation)
            except IndexProblem:
                continue
            assert all(type(segment) is ArraySegment for segment in found.segments)


def test_a_generation_cannot_be_renamed(tmp_path: Path) -> None:
    """The file says which generation it is."""
    path = written(tmp_path, make_schema(), segments(1))
    path.rename(tmp_path / f"_{INDEX_NAME}_7.toc")
    with pytest.raises(DamagedIndex, match="代号"):
        read_toc(tmp_path, 7)


def test_an_endless_table_is_not_read(tmp_path: Path) -> None:
    """Its size is looked at first."""
    with (tmp_path / NAME).open("wb") as file:
        file.truncate((1 << 28) + 1)
    with pytest.raises(DamagedIndex, match="过大"):
        read_toc(tmp_path, 0)
