"""Array files: arrays are read as written, and no damage is missed or ends the process."""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines import Request
from search.engines.whoosh import WhooshEngine
from search.engines.whoosh.storage.array_file import ArrayFile, open_arrays, write_arrays
from search.entry import Entry
from search.errors import DamagedIndex, EntryNotFound, IndexProblem, OtherVersion
from search.query.logical import AnyOf, AnyTerm, Filters, LogicalQuery
from search.ranking import scoring_terms
from tests.support.engine_corpus import AIRPORT, ALL, CORPUS, EVERY, fill, ids, many
from tests.support.oracle import ANALYZER, row

Array = npt.NDArray[Any]
DTYPES = ["u1", "<u2", "<u4", "<u8", "<i4", "<i8", "<f4"]
arrays = st.builds(
    lambda dtype, content: np.frombuffer(content[: len(content) // 8 * 8], dtype=dtype),
    st.sampled_from(DTYPES),
    st.binary(max_size=160),
)
files = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), arrays, max_size=5)
META = {"count": 3, "streams": ["哈萨克斯坦", ""]}
SMALL = {"numbers": np.arange(5, dtype=np.int64), "bytes": np.frombuffer(b"abc", np.uint8)}


def equal(one: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    return list(one) == list(other) and all(one[name].tobytes() == other[name].tobytes() for name in one)


@given(files)
@settings(max_examples=100, deadline=None)
def test_what_is_written_comes_back(content: dict[str, Array]) -> None:
    """Names, order, types, bytes and metadata are equal; the views are read-only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.docs"
        assert write_arrays(path, content, META) == path.stat().st_size
        file = open_arrays(path)
        assert equal(file.arrays, content)
        assert [file[name].dtype for name in content] == [content[name].dtype for name in content]
        assert (file.meta, file.verify()) == (META, [])
        assert not any(array.flags.writeable for array in file.arrays.values())


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    """Two writers cannot share a name by accident."""
    write_arrays(tmp_path / "x", SMALL, META)
    with pytest.raises(FileExistsError):
        write_arrays(tmp_path / "x", {}, {})
    assert equal(open_arrays(tmp_path / "x").arrays, SMALL)


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """A missing file, array or metadata value, or one of another type."""
    with pytest.raises(FileNotFoundError):
        open_arrays(tmp_path / "x")
    write_arrays(tmp_path / "x", SMALL, META)
    file = open_arrays(tmp_path / "x")
    with pytest.raises(DamagedIndex, match=r"x 缺少 places.*reindex --full"):
        file["places"]
    for name, kind in (("nothing", int), ("count", str), ("streams", int)):
        with pytest.raises(DamagedIndex, match=f"缺少 {name}"):
            file.fact(name, kind)


def changed(folder: Path, content: bytes) -> ArrayFile | None:
    """Open these bytes as a file; return None if opening refuses them."""
    path = folder / f"{len(list(folder.iterdir()))}.docs"
    path.write_bytes(content)
    try:
        return open_arrays(path)
    except (DamagedIndex, OtherVersion):
        return None


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    """At any length; a longer one as well."""
    write_arrays(tmp_path / "x", SMALL, META)
    content = (tmp_path / "x").read_bytes()
    for length in range(len(content)):
        assert changed(tmp_path, content[:length]) is None, length
    assert changed(tmp_path, content + b"\0") is None


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """On opening or by `verify`, except in the padding between arrays."""
    write_arrays(tmp_path / "x", SMALL, META)
    content = (tmp_path / "x").read_bytes()
    unnoticed = 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        file = changed(tmp_path, bytes(damaged))
        if file is not None and not file.verify():
            unnoticed += 1
            assert equal(file.arrays, SMALL) and file.meta == META
    assert unnoticed == 2 * 64 - 5 * 8 - 3


def crafted(header: bytes, payload: bytes = bytes(64), length: int | None = None) -> bytes:
    """Return a file with right checksums and any header."""
    size = len(header) if length is None else length
    return struct.pack("<8sII", b"XWARRAY3", size, zlib.crc32(header)) + header + payload


def header(*table: Any, size: Any = 64, meta: Any = None) -> bytes:
    named = {f"a{n}": entry for n, entry in enumerate(table)}
    return json.dumps({"meta": {} if meta is None else meta, "arrays": named, "size": size}).encode()


ATTACKS = {
    "too many": header(["<i8", 0, 9, 0]),
    "as many as fit into no machine": header(["<i8", 0, 2**62, 0]),
    "overflowing": header(["<i8", 2**63, 2**63, 0]),
    "negative length": header(["<i8", 0, -1, 0]),
    "negative offset": header(["<i8", -64, 8, 0]),
    "behind the end": header(["u1", 65, 0, 0]),
    "objects": header(["|O", 0, 8, 0]),
    "no such kind": header(["<f8", 0, 8, 0]),
    "a kind of kinds": header([["<i8"], 0, 8, 0]),
    "infinite": header(["<i8", 0, float("inf"), 0]),
    "no number": header(["<i8", 0, float("nan"), 0]),
    "nothing": header(["<i8", 0, None, 0]),
    "a text": header(["<i8", "zero", 8, 0]),
    "a short row": header(["<i8", 0, 8]),
    "a long row": header(["<i8", 0, 8, 0, 0]),
    "no row": header(7),
    "another size": header(size=65),
    "no size": header(size="64"),
    "meta without names": header(meta=[1, 2]),
    "a list": b"[]",
    "a number": b"7",
    "no JSON": b"{",
    "no UTF-8": b'{"\xff": 1}',
    "no header": b"",
    "a tower": b"[" * 100_000,
    "endless digits": header(size=1).replace(b'"size": 1', b'"size": ' + b"9" * 10_000),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_header_is_not_believed(tmp_path: Path, name: str) -> None:
    """Impossible numbers, types and shapes are refused, although the checksum is right."""
    assert changed(tmp_path, crafted(ATTACKS[name])) is None


def test_a_header_may_not_be_longer_than_the_file(tmp_path: Path) -> None:
    """Its length is bounded."""
    for length in (1000, 2**32 - 1):
        assert changed(tmp_path, crafted(header(), length=length)) is None


def test_odd_offsets_stay_inside_the_file(tmp_path: Path) -> None:
    """Arrays may overlap or begin anywhere, which is harmless."""
    file = changed(tmp_path, crafted(header(["<i8", 3, 7, 0], ["<i8", 8, 7, 0]), bytes(range(64))))
    assert file is not None
    assert int(file["a0"][0]) == int.from_bytes(bytes(range(3, 11)), "little")
    assert int(file["a1"].max()) > 0
    assert len(file.verify()) == 2


def test_another_version_is_told_apart_from_damage(tmp_path: Path) -> None:
    """The last byte of the magic counts versions."""
    for magic, error in (
        (b"XWARRAY2", OtherVersion),
        (b"XWARRAY4", OtherVersion),
        (b"PK\3\4....", DamagedIndex),
    ):
        path = tmp_path / magic[:7].hex()
        path.write_bytes(magic + bytes(64))
        with pytest.raises(error, match="reindex --full"):
            open_arrays(path)


# -- a whole index ---------------------------------------------------------------------------------


def questions(engine: WhooshEngine) -> list[Callable[[], object]]:
    """Every operation of an engine."""
    match = AnyOf((row("机场", "headline"), row("恢复。F", prefix=True), AnyTerm(("地震",), ("机场",))))
    query = LogicalQuery(match, ALL, scoring_terms(ANALYZER, ["阿拉木图机场"]))
    asof = Filters(("俄新社",), ("地震快讯",), AIRPORT.time, None, AIRPORT.time)

    def update() -> None:
        with engine.update() as batch:
            batch.add(Entry(id="fresh", headline="机场"), "b.txt")
            batch.remove(["airport"])

    return [
        lambda: engine.snapshot().search(Request(query)),
        lambda: engine.snapshot().search(Request(query, sort="oldest", offset=2)),
        lambda: engine.snapshot().search(Request(query, asof)),
        lambda: engine.snapshot().count([match, ALL], Filters()),
        lambda: [engine.snapshot().entry(entry_id) for entry_id in EVERY],
        lambda: engine.snapshot().neighbours("bank", 2),
        lambda: engine.snapshot().indexed_entries(),
        lambda: [engine.snapshot().file_of(entry_id) for entry_id in ("airport", "nobody")],
        lambda: engine.snapshot().stats(),
        engine.check,
        update,
    ]


def answers(folder: Path) -> list[str]:
    """Run every operation on a damaged index, and return the problems that `check` found."""
    problems = WhooshEngine(folder).check()
    for question in questions(WhooshEngine(folder)):
        try:
            question()
        except (IndexProblem, EntryNotFound) as error:
            assert "请" in str(error), "what happened, then the next step"
    return problems


def survives(folder: Path) -> list[str]:
    """Do the same, then rebuild the index."""
    problems = answers(folder)
    engine = WhooshEngine(folder)
    fill(engine, CORPUS)
    assert (ids(engine), engine.check()) == (EVERY, [])
    return problems


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of two segments, entries removed from the larger."""
    folder = tmp_path_factory.mktemp("sound")
    engine = WhooshEngine(folder)
    fill(engine, [*CORPUS, *many(20)])
    with engine.update() as batch:
        batch.add(Entry(id="late", headline="机场关闭", stream="哈萨克斯坦局势"), "b.txt")
        batch.remove(["n003", "n004"])
    assert len(engine.snapshot().readers) == 2
    return folder


def index_files(folder: Path) -> list[str]:
    """Return the names of the files of an index that are not empty."""
    return sorted(path.name for path in folder.iterdir() if path.stat().st_size)


def damaged(sound: Path, tmp_path: Path, number: int) -> Path:
    """Return a copy to damage before it is mapped."""
    return Path(shutil.copytree(sound, tmp_path / str(number)))


@pytest.mark.parametrize("how", ["missing", "empty", "half", "folder", "other"])
def test_a_damaged_file_is_told(sound: Path, tmp_path: Path, how: str) -> None:
    """Every operation ends in an answer or IndexProblem, and a rebuild repairs the index."""
    for number, name in enumerate(index_files(sound)):
        path = damaged(sound, tmp_path, number) / name
        content = path.read_bytes()
        path.unlink()
        if how == "folder":
            path.mkdir()
        elif how != "missing":
            path.write_bytes({"empty": b"", "half": content[: len(content) // 2], "other": b"PK" * 99}[how])
        if how == "folder" and name.endswith(".toc"):
            assert WhooshEngine(path.parent).check()
        else:
            assert survives(path.parent), (name, how)


def test_flipped_bits_are_told(sound: Path, tmp_path: Path) -> None:
    """Operations end in an answer or IndexProblem, and `check` detects the flipped bit."""
    rng = np.random.default_rng(7)
    told, asked = 0, 100
    for number in range(asked):
        name = str(rng.choice(index_files(sound)))
        path = damaged(sound, tmp_path, number) / name
        content = bytearray(path.read_bytes())
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(content))
        told += bool(survives(path.parent))
        shutil.rmtree(path.parent)
    # The rest fell into the space between arrays, or into the part of Whoosh's header that nobody reads.
    assert told > asked * 0.6


def corruptions(array: Array) -> list[Array]:
    """Return a replacement for an array."""
    return [
        np.zeros_like(array),
        np.full(len(array), 2**31 - 1).astype(array.dtype),
        np.frombuffer(b"\xff" * array.nbytes, dtype=array.dtype),
        array[::-1].copy(),
        array[: len(array) // 2].copy(),
        array[:0].copy(),
        np.concatenate((array, array)),
        array.astype(np.float32),
        array.astype(np.uint8),
    ]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("suffix", ["docs", "words", "units", "pairs"])
def test_contents_that_make_no_sense_are_survived(sound: Path, tmp_path: Path, suffix: str) -> None:
    """Arrays with right checksums and wrong values end in an answer or IndexProblem, never in a crash."""
    name = max(sound.glob(f"*.{suffix}"), key=lambda path: path.stat().st_size).name
    file = open_arrays(sound / name)
    wrong_arrays = [(array, other) for array in file.arrays for other in corruptions(file[array])]
    wrong_facts = [(fact, value) for fact in file.meta for value in (None, -1, 7, "x", [], [7], {}, 2**70)]
    contents = [({array: other}, {}) for array, other in wrong_arrays]
    contents += [({}, {fact: value}) for fact, value in wrong_facts]
    for number, (arrays, meta) in enumerate(contents):
        path = damaged(sound, tmp_path, number) / name
        path.unlink()
        write_arrays(path, {**file.arrays, **arrays}, {**file.meta, **meta})
        # A rebuild reads nothing of the old files, so it is tried for some of them.
        (answers if number % 10 else survives)(path.parent)
        shutil.rmtree(path.parent)
