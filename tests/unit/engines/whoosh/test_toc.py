"""The table of contents: it is read as published, and no code in a foreign file is executed."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import fields, index, query
from whoosh.filedb.filestore import FileStorage, RamStorage

from search.engines.whoosh import WhooshEngine, compat
from search.engines.whoosh.compat import codec, schema, toc
from search.engines.whoosh.compat.codec import ArraySegment
from search.engines.whoosh.compat.schema import make_schema
from search.engines.whoosh.compat.toc import Toc, clean, latest_generation, publish, read_toc, sealed
from search.engines.whoosh.storage.segment import INDEX_NAME, Segment
from search.errors import DamagedIndex, IndexProblem, OtherVersion
from tests.support.engine_corpus import CORPUS, EVERY, fill, ids

NAME = f"_{INDEX_NAME}_0.toc"


def segments(*counts: int) -> list[Segment]:
    return [Segment(count) for count in counts]


def written(folder: Path, schema: Any, content: Any, generation: int = 0) -> Path:
    """Write a table of contents with this Whoosh part, one segment in ours, and the right digest."""
    storage = RamStorage()
    contents = index.TOC(make_schema(), content, generation)
    contents.schema = schema
    original, index.ensure_schema = index.ensure_schema, lambda given: given
    try:
        contents.write(storage, INDEX_NAME)
    finally:
        index.ensure_schema = original
    path = folder / f"_{INDEX_NAME}_{generation}.toc"
    path.write_bytes(sealed(storage.files[path.name], segments(1), generation))
    return path


def listed(folder: Path, rows: Any, deletions: bytes = b"", generation: int = 0, **facts: Any) -> Path:
    """Write a table of contents with this part of ours and the right digest."""
    path = folder / f"_{INDEX_NAME}_{generation}.toc"
    fields = {"generation": generation, "whoosh": 0, "segments": rows, **facts}
    return seal(path, deletions, json.dumps(fields).encode())


def seal(path: Path, before: bytes, facts: bytes) -> Path:
    """Write a file with a matching footer."""
    body = before + facts + b"XWTABLE1" + struct.pack("<I", len(facts))
    path.write_bytes(body + blake2b(body, digest_size=16).digest())
    return path


def test_what_is_published_is_read(tmp_path: Path) -> None:
    """The newest generation counts; ids, sizes and deletions are equal."""
    assert latest_generation(tmp_path) == latest_generation(tmp_path / "nowhere") == -1
    first = segments(5, 3)
    publish(tmp_path, first, 0)
    second = [first[0].without(first[0].deleted_docs()), first[1].without(_docs(0, 2))]
    publish(tmp_path, second, 11)
    assert latest_generation(tmp_path) == 11
    found = read_toc(tmp_path, 11)
    assert found == Toc(11, tuple(second))
    assert [segment.live_count for segment in found.segments] == [5, 1]
    assert list(found.segments[1].deleted_docs()) == [0, 2]
    assert [segment.live_count for segment in read_toc(tmp_path, 0).segments] == [5, 3]
    with pytest.raises(FileNotFoundError):
        read_toc(tmp_path, 5)


def _docs(*docs: int) -> Any:
    return np.array(docs, dtype=np.int64)


@given(st.integers(1, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_removed_entries_add_up(count: int, data: st.DataObject) -> None:
    """Deletions accumulate, and deleting twice is deleting once."""
    segment = Segment(count)
    gone: set[int] = set()
    for _ in range(3):
        more = data.draw(st.sets(st.integers(0, count - 1)))
        gone |= more
        segment = segment.without(_docs(*more))
        assert set(segment.deleted_docs()) == gone
        assert (segment.live_count, segment.deleted_count) == (count - len(gone), len(gone))
        pickled = ArraySegment(segment)
        assert (pickled.deleted_count(), pickled.plain) == (len(gone), segment)
        assert all(pickled.is_deleted(doc) == (doc in gone) for doc in range(count))


def test_cleaning_keeps_what_is_named_and_what_is_not_ours(tmp_path: Path) -> None:
    """Only our files that the table does not name are deleted."""
    kept = segments(1)
    publish(tmp_path, kept, 3)
    mine = kept[0].file_stem
    keep = {f"{mine}.docs", f"{mine}.words", f"_{INDEX_NAME}_3.toc", "MAIN_WRITELOCK", "notes.docs", "a.toc"}
    for name in (*keep, "MAIN_0old.docs", "MAIN_0old.pairs", "_MAIN_2.toc", "_MAIN_4.toc.new"):
        (tmp_path / name).touch()
    clean(tmp_path, Toc(3, tuple(kept)))
    assert {path.name for path in tmp_path.iterdir()} == keep


def test_a_publication_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the rename nothing has changed."""

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
    """Is pickled as a call."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def clean(self) -> None:
        """Do nothing; Whoosh calls this method of a schema."""

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
    """We do not read Whoosh's part, so a pickle anywhere in it is not executed."""
    monkeypatch.chdir(tmp_path)
    hostile = _attacks(tmp_path / MARKER)[attack]
    schema: Any = make_schema()
    content: Any = [ArraySegment(segment) for segment in segments(1)]
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
    assert [segment.count for segment in read_toc(tmp_path, 0).segments] == [1]
    assert len(WhooshEngine(tmp_path).check()) == 1
    assert not (tmp_path / MARKER).exists()


def test_the_attacks_would_work_on_a_plain_unpickler(tmp_path: Path) -> None:
    """Python's `pickle` executes them, so the marker is a valid test."""
    for attack in ("system", "eval", "exec", "loads", "open"):
        marker = tmp_path / attack
        result = pickle.loads(pickle.dumps(_attacks(marker)[attack]))
        if attack == "open":
            result.close()
        assert marker.exists(), attack


def test_an_index_of_another_program_is_told(tmp_path: Path) -> None:
    """A plain Whoosh index raises OtherVersion, and a rebuild replaces it."""
    index.create_in(tmp_path, fields.Schema(text=fields.TEXT(stored=True))).close()
    with pytest.raises(OtherVersion, match="Whoosh"):
        WhooshEngine(tmp_path).snapshot().stats()
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    assert ids(engine) == EVERY


SOUND = {"segid": "abc", "count": 3, "mark": "0" * 32, "deletions": 0}
FULL = zlib.compress(b"\xff" * 10)
WRONG: dict[str, Any] = {
    "no list": 7,
    "nothing": None,
    "texts": ["MAIN_1"],
    "lists": [["segid", "count"]],
    "twins": [SOUND, SOUND],
    "a path": [{**SOUND, "segid": "../../etc/passwd"}],
    "a path within": [{**SOUND, "segid": "a/b"}],
    "a line": [{**SOUND, "segid": "abc\n"}],
    "capitals": [{**SOUND, "segid": "ABC"}],
    "empty": [{**SOUND, "segid": ""}],
    "endless": [{**SOUND, "segid": "a" * 65}],
    "a number": [{**SOUND, "segid": 7}],
    "negative": [{**SOUND, "count": -1}],
    "too many": [{**SOUND, "count": 1 << 31}],
    "a float": [{**SOUND, "count": 3.0}],
    "no number": [{**SOUND, "count": float("nan")}],
    "a truth": [{**SOUND, "count": True}],
    "a text": [{**SOUND, "count": "3"}],
    "no bytes": [{**SOUND, "deletions": ""}],
    "more bytes than there are": [{**SOUND, "deletions": 1}],
    "fewer bytes than none": [{**SOUND, "deletions": -1}],
    "endless bytes": [{**SOUND, "deletions": 10**300}],
    "no count": [{"segid": "abc", "mark": "0" * 32, "deletions": 0}],
    "no mark": [{"segid": "abc", "count": 3, "deletions": 0}],
    "a name": [{**SOUND, "name": "../x"}],
    "a method": [{**SOUND, "file_stem": "../x"}],
}


@pytest.mark.parametrize("rows", WRONG.values(), ids=list(WRONG))
def test_a_segment_that_we_never_wrote_is_refused(tmp_path: Path, rows: Any) -> None:
    """Paths, sizes and types are checked before any file is opened, although the digest is right."""
    listed(tmp_path, rows)
    with pytest.raises(DamagedIndex, match="reindex --full"):
        read_toc(tmp_path, 0)


FACTS = {
    "no JSON": b"}{",
    "no object": b"[]",
    "empty": b"",
    "deep": b"[" * 500_000,
    "a large number": b'{"generation": 1' + b"0" * 900_000 + b"}",
    "no text": b"\xff\xfe",
    "a float": b'{"generation": 0, "whoosh": 0.5, "segments": []}',
    "before the beginning": b'{"generation": 0, "whoosh": -1, "segments": []}',
    "beyond the end": b'{"generation": 0, "whoosh": 1e400, "segments": []}',
    "too long": b" " * (1 << 20) + b'{"generation": 0, "whoosh": 0, "segments": []}',
}


@pytest.mark.parametrize("facts", FACTS.values(), ids=list(FACTS))
def test_facts_that_make_no_sense_are_refused(tmp_path: Path, facts: bytes) -> None:
    """Any content in place of the JSON, with the right digest."""
    seal(tmp_path / NAME, b"", facts)
    with pytest.raises(DamagedIndex, match="reindex --full"):
        read_toc(tmp_path, 0)


def test_a_pickle_that_hangs_or_takes_memory_is_never_loaded(tmp_path: Path) -> None:
    """A memo index of 2**31 needs gigabytes, keys with one hash need hours; the file opens without delay."""
    memo = b"\x80\x02]r\xff\xff\xff\x7f."
    keys = b"\x80\x02}(" + b"".join(b"\x8a\x11" + (n * ((1 << 61) - 1)).to_bytes(17, "little") + b"N"
                                   for n in range(50_000)) + b"u."  # fmt: skip
    for hostile in (memo, keys):
        (tmp_path / NAME).write_bytes(sealed(hostile, segments(1), 0))
        done = subprocess.run(
            [sys.executable, "-c", READ, tmp_path], capture_output=True, text=True, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


READ = """
import sys, resource, pathlib
from search.engines.whoosh.compat.toc import read_toc
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
sys.addaudithook(lambda name, _: sys.exit("unpickled") if name == "pickle.find_class" else None)
assert len(read_toc(pathlib.Path(sys.argv[1]), 0).segments) == 1
"""


@pytest.mark.parametrize("deletions", [b"x", zlib.compress(b""), zlib.compress(b"\0\0"), FULL])
def test_removed_entries_that_make_no_sense_are_refused(tmp_path: Path, deletions: bytes) -> None:
    """A bitmap of another length, invalid data and a decompression bomb are damage."""
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    segment = read_toc(tmp_path, 0).segments[0]
    publish(tmp_path, [replace(segment, deletions=deletions)], 1)
    problems = WhooshEngine(tmp_path).check()
    assert len(problems) == 1 and "删除位图" in problems[0]


def test_every_damage_is_noticed(tmp_path: Path) -> None:
    """Every truncation, flipped bit and extra byte raises IndexProblem."""
    publish(tmp_path, [Segment(4).without(_docs(1))], 12)
    path = tmp_path / f"_{INDEX_NAME}_12.toc"
    content = path.read_bytes()
    assert len(read_toc(tmp_path, 12).segments) == 1
    for place in range(len(content)):
        flipped = (content[place] ^ 1 << bit for bit in range(8))
        others = (content[:place] + bytes([byte]) + content[place + 1 :] for byte in flipped)
        for other in (content[:place], content[:place] + b"\0" + content[place:], *others):
            path.write_bytes(other)
            with pytest.raises(IndexProblem, match="reindex --full"):
                read_toc(tmp_path, 12)


def test_whoosh_reads_its_part(tmp_path: Path) -> None:
    """Whoosh reads schema, generation and segments, and nothing after them."""
    publish(tmp_path, segments(4, 5), 3)
    found = index.TOC.read(FileStorage(str(tmp_path)), INDEX_NAME)
    assert (found.generation, [segment.count for segment in found.segments]) == (3, [4, 5])
    assert found.schema.names() == make_schema().names()


@pytest.fixture
def moved_classes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a function that defines the pickled classes in other files and modules."""

    def move(patch: pytest.MonkeyPatch) -> None:
        folder = tmp_path_factory.mktemp("elsewhere")
        new_schema, new_codec = (_copy_module(module, folder) for module in (schema, codec))
        assert new_codec.ArraySegment is not ArraySegment
        patch.setattr(compat, "ArraySegment", new_codec.ArraySegment)
        patch.setattr(compat, "TermField", new_schema.TermField)
        patch.setattr(toc, "ArraySegment", new_codec.ArraySegment)
        patch.setattr(toc, "make_schema", new_schema.make_schema)

    return move


def _copy_module(module: ModuleType, folder: Path) -> ModuleType:
    """Import the source of a module from another file under another name."""
    name = f"moved_{module.__name__.rpartition('.')[2]}"
    path = folder / f"{name}.py"
    path.write_text(Path(str(module.__file__)).read_text(encoding="utf-8"), encoding="utf-8")
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    copy = module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


def test_a_table_does_not_depend_on_the_files_of_its_classes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moved_classes: Callable[[pytest.MonkeyPatch], None],
) -> None:
    """Classes in other modules publish the same bytes, and open what was published before."""
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    before = (tmp_path / NAME).read_bytes()
    moved_classes(monkeypatch)
    published = read_toc(tmp_path, 0)
    assert ids(WhooshEngine(tmp_path)) == EVERY
    opened = index.open_dir(tmp_path)
    assert type(opened._segments()[0]) is compat.ArraySegment is not ArraySegment
    assert type(opened.schema["words"]) is compat.TermField
    with opened.searcher() as searcher:
        assert {hit["id"] for hit in searcher.search(query.Every(), limit=None)} == EVERY
    publish(tmp_path, published.segments, 0)
    assert (tmp_path / NAME).read_bytes() == before


def test_a_generation_cannot_be_renamed(tmp_path: Path) -> None:
    """The file contains its generation."""
    publish(tmp_path, segments(1), 0)
    path = tmp_path / NAME
    path.rename(tmp_path / f"_{INDEX_NAME}_7.toc")
    with pytest.raises(DamagedIndex, match="代号"):
        read_toc(tmp_path, 7)


@pytest.mark.parametrize("kind", ["endless", "pipe", "device", "folder", "loop"])
def test_what_is_no_table_is_not_read(tmp_path: Path, kind: str) -> None:
    """Its type and its size are checked first."""
    path = tmp_path / NAME
    match kind:
        case "endless":
            with path.open("wb") as file:
                file.truncate((1 << 28) + 1)
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
    with pytest.raises(OSError, match=r"MiB|普通文件|symbolic"):
        read_toc(tmp_path, 0)
    problems = WhooshEngine(tmp_path).check()
    assert len(problems) == 1 and "无法读取索引" in problems[0]
