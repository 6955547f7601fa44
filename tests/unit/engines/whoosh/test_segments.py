"""Segment files are matched on opening; damage is detected then, or by the background verification."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from search.engines.whoosh import WhooshEngine
from search.engines.whoosh.matching.evaluator import QueryEvaluator
from search.engines.whoosh.reading import verifier
from search.engines.whoosh.storage.array_file import ArrayFile
from search.engines.whoosh.storage.reader import FILES
from search.entry import Entry
from search.errors import DamagedIndex, IndexProblem
from search.query.logical import AnyOf, AnyTerm, Filters
from tests.support.engine_corpus import AIRPORT, ALL, CORPUS, EVERY, ask, fill, ids, many
from tests.support.oracle import row
from tests.support.web import build_home, entries
from web import create_app

MINUTE = 60.0


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of two segments, entries removed from the larger."""
    folder = tmp_path_factory.mktemp("sound")
    engine = WhooshEngine(folder)
    fill(engine, [*CORPUS, *many(300, body="余震，机场关闭")])
    with engine.update() as batch:
        batch.add(Entry(id="late", headline="机场关闭", stream="哈萨克斯坦局势"), "b.txt")
        batch.remove(["n003"])
    assert len(engine.snapshot().readers) == 2
    return folder


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(sound, tmp_path / "copy"))


def answers(engine: WhooshEngine) -> list[Any]:
    """Return the answers of an engine to every kind of request."""
    match = AnyOf((row("机场", "headline"), row("恢复。F", prefix=True), AnyTerm(("地震",), ("机场",))))
    return [
        ask(engine, match, text="阿拉木图机场"),
        ask(engine, ALL, Filters(("俄新社",)), text="银行 机场"),
        ask(engine, sort="oldest", offset=2, limit=20),
        [engine.snapshot().entry(key) for key in sorted(EVERY)],
        engine.snapshot().neighbours("bank", 2),
        engine.snapshot().similar("airport", 3, Filters()),
        engine.snapshot().vocabulary(20),
        sorted(engine.snapshot().indexed_entries(), key=lambda one: one.id),
        replace(engine.snapshot().stats(), bytes=0),
    ]


def outcome(engine: WhooshEngine) -> list[Any] | None:
    """Return the answers, or None if the engine raises IndexProblem."""
    try:
        return answers(engine)
    except IndexProblem as error:
        assert "请运行 xunwen reindex --full" in str(error)
        return None


# -- files of another segment, generation or kind -----------------------------------------------------


def segment_names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("MAIN_*.docs"))


@pytest.mark.parametrize("suffix", FILES)
def test_a_file_of_another_segment_is_refused(copy: Path, suffix: str) -> None:
    """Each file names its segment."""
    one, other = segment_names(copy)
    shutil.copy(copy / f"{one}.{suffix}", copy / f"{other}.{suffix}")
    with pytest.raises(DamagedIndex, match=rf"{other}.{suffix} 属于另一段或另一代"):
        answers(WhooshEngine(copy))


@pytest.mark.parametrize("suffix", FILES)
def test_a_file_of_another_generation_is_refused(tmp_path: Path, suffix: str) -> None:
    """Even if it has the same entries and the same size."""
    folder = tmp_path / "index"
    fill(WhooshEngine(folder), CORPUS)
    (before,) = (path.read_bytes() for path in folder.glob(f"*.{suffix}"))
    fill(WhooshEngine(folder), CORPUS)
    (path,) = folder.glob(f"*.{suffix}")
    assert path.stat().st_size == len(before)
    path.write_bytes(before)
    with pytest.raises(DamagedIndex, match="属于另一段或另一代"):
        answers(WhooshEngine(folder))
    assert WhooshEngine(folder).check()


def test_a_file_of_another_kind_is_refused(copy: Path) -> None:
    """Words and units have the same arrays."""
    name = segment_names(copy)[0]
    shutil.copy(copy / f"{name}.words", copy / f"{name}.units")
    with pytest.raises(DamagedIndex, match=r"\.units 属于"):
        answers(WhooshEngine(copy))


def test_an_index_built_anew_is_seen_by_a_running_engine(tmp_path: Path) -> None:
    """Although its generations count from 0 again."""
    folder = tmp_path / "index"
    engine = WhooshEngine(folder)
    fill(engine, CORPUS)
    assert ids(engine) == EVERY
    before = engine.snapshot().state_id
    shutil.rmtree(folder)
    fill(WhooshEngine(folder), CORPUS[:2])
    assert ids(engine) == {entry.id for entry in CORPUS[:2]}
    assert engine.generation() == 0 and engine.snapshot().state_id != before


# -- flipped bits ----------------------------------------------------------------------------------


def flip(path: Path, rng: np.random.Generator) -> None:
    """Flip one bit anywhere in a file."""
    content = bytearray(path.read_bytes())
    content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(content))


def index_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.stat().st_size)


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count every index as large, so that opening compares nothing."""
    monkeypatch.setattr(verifier, "_OPENING_BYTES", -1)


@pytest.mark.parametrize("suffix", FILES)
def test_a_small_index_is_compared_before_its_first_answer(
    copy: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flipped bit in any of its files raises DamagedIndex without a background verification."""
    monkeypatch.undo()
    path = copy / f"{segment_names(copy)[0]}.{suffix}"
    content = bytearray(path.read_bytes())
    content[len(content.rstrip(b"\0")) - 1] ^= 2
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedIndex):
        ask(WhooshEngine(copy))


@pytest.mark.parametrize("seed", range(4))
def test_no_answer_is_wrong_once_the_background_has_read_everything(
    sound: Path, tmp_path: Path, seed: int
) -> None:
    """With a flipped bit in any file, every answer is right or IndexProblem."""
    right = answers(WhooshEngine(sound))
    rng = np.random.default_rng(seed)
    found = 0
    for number, name in enumerate(index_files(sound) * 2):
        folder = Path(shutil.copytree(sound, tmp_path / str(number)))
        flip(folder / name, rng)
        engine = WhooshEngine(folder)
        try:
            assert engine.verified(MINUTE)
        except IndexProblem:
            found += 1
            continue
        after = outcome(engine)
        assert after is None or after == right, (name, seed, number)
        found += after is None
    assert found


@pytest.mark.parametrize("suffix", FILES)
def test_a_flipped_bit_in_every_array_is_found(copy: Path, suffix: str) -> None:
    """After the background verification every request raises DamagedIndex."""
    path = copy / f"{segment_names(copy)[0]}.{suffix}"
    engine = WhooshEngine(copy)
    extents = {
        name: extent
        for leaf in engine.snapshot().readers
        for file in leaf.files
        if file.path == path
        for name, extent in file.extents.items()
    }
    content = path.read_bytes()
    for name, extent in extents.items():
        if not extent.size:
            continue
        damaged = bytearray(content)
        damaged[extent.start + extent.size // 2] ^= 4
        path.write_bytes(bytes(damaged))
        engine = WhooshEngine(copy)
        assert engine.verified(MINUTE)
        for question in (WhooshEngine.snapshot, WhooshEngine.generation, ask):
            with pytest.raises(DamagedIndex, match=f"{path.name} 的 {name} 校验和不符"):
                question(engine)
        assert engine.check()


def test_a_file_that_ends_early_after_opening_is_found(copy: Path) -> None:
    """The background reads the file and not the mapping, which would end the process."""
    engine = WhooshEngine(copy)
    snapshot = engine.snapshot()
    path = snapshot.readers[0].words.file.path
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    assert engine.verified(MINUTE)
    with pytest.raises(DamagedIndex, match="校验和不符"):
        engine.generation()


def test_an_entry_that_is_not_as_it_was_written_is_never_shown(copy: Path) -> None:
    """Its digest is compared on every reading, before the background verification."""
    path = copy / f"{segment_names(copy)[0]}.docs"
    engine = WhooshEngine(copy)
    files = {file.path: file for leaf in engine.snapshot().readers for file in leaf.files}
    digests = files[path].extents["digests"]
    content = bytearray(path.read_bytes())
    content[digests.start : digests.start + digests.size] = bytes(digests.size)
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedIndex):
        ask(WhooshEngine(copy))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the files whose checksums were all compared, in order."""
    names: list[str] = []
    verify = ArrayFile.verify

    def counted(file: ArrayFile, arrays: Iterable[str] = (), pause: Callable[[], None] | None = None) -> Any:
        if not arrays:
            names.append(file.path.name)
        return verify(file, arrays, pause)

    monkeypatch.setattr(ArrayFile, "verify", counted)
    yield names


def test_each_file_is_read_once(copy: Path, reads: list[str]) -> None:
    """Only the new segments of a new generation are read."""
    engine = WhooshEngine(copy)
    assert engine.verified(MINUTE) and len(reads) == len(set(reads)) == 8
    with engine.update() as batch:
        batch.remove(["n007"])
    assert engine.verified(MINUTE) and len(reads) == 8
    with engine.update() as batch:
        batch.add(Entry(id="later", headline="机场重开"), "c.txt")
    merged = len(reads)
    assert engine.verified(MINUTE)
    kept = {file.path.name for leaf in engine.snapshot().readers for file in leaf.files}
    assert set(reads[merged:]) == kept - set(reads[:8])


def test_one_process_for_one_question_reads_nothing_beforehand(copy: Path, reads: list[str]) -> None:
    """Opening and answering do not depend on the size of the index."""
    answers(WhooshEngine(copy))
    assert reads == []


# -- faults ----------------------------------------------------------------------------------------


class Fault(Exception):
    """A fault of the program."""


def broken(*_: object) -> None:
    raise Fault


def test_a_fault_of_the_caller_is_not_the_index(copy: Path, reads: list[str]) -> None:
    """An exception of the caller passes unchanged, and no file is verified."""
    engine = WhooshEngine(copy)
    with pytest.raises(Fault), engine.update() as batch:
        batch.remove(["n007"])
        raise Fault
    assert reads == [] and engine.snapshot().entry("n007")


def test_a_fault_examines_the_index_once(
    copy: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is raised."""
    engine = WhooshEngine(copy)
    monkeypatch.setattr(QueryEvaluator, "evaluate", broken)
    for _ in range(3):
        with pytest.raises(Fault):
            ask(engine)
    assert len(reads) == 8
    assert engine.verified(MINUTE) and len(reads) == 8


def test_a_fault_in_a_large_index_examines_nothing(
    copy: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading all of it would take too long for a request."""
    monkeypatch.setattr(verifier, "_CHECKSUM_BYTES", 1000)
    engine = WhooshEngine(copy)
    monkeypatch.setattr(QueryEvaluator, "evaluate", broken)
    with pytest.raises(Fault):
        ask(engine)
    assert reads == []


def test_a_fault_by_damage_is_the_clear_error(copy: Path) -> None:
    """An impossible code raises IndexError first; every request from then on gets DamagedIndex."""
    engine = WhooshEngine(copy)
    file = engine.snapshot().readers[0].docs.file
    extent = file.extents["streams"]
    content = bytearray(file.path.read_bytes())
    content[extent.start : extent.start + extent.size] = b"\x7f" * extent.size
    file.path.write_bytes(bytes(content))
    engine = WhooshEngine(copy)
    with pytest.raises(DamagedIndex, match="streams 校验和不符"):
        ask(engine)
    with pytest.raises(DamagedIndex, match="streams 校验和不符"):
        engine.snapshot().entry(AIRPORT.id)


# -- updates ---------------------------------------------------------------------------------------


def damage(folder: Path, suffix: str, name: str) -> None:
    """Flip a bit in an array of the larger segment."""
    leaf = max(WhooshEngine(folder).snapshot().readers, key=lambda leaf: leaf.count)
    file = next(file for file in leaf.files if file.path.suffix == f".{suffix}")
    content = bytearray(file.path.read_bytes())
    content[file.extents[name].start + file.extents[name].size // 2] ^= 1
    file.path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("suffix", "name"), [("words", "data"), ("units", "tf"), ("pairs", "data"), ("docs", "time")]
)
def test_damage_is_not_merged_into_a_segment_with_right_checksums(copy: Path, suffix: str, name: str) -> None:
    """The merged segment would have right checksums over it; the old generation stays."""
    damage(copy, suffix, name)
    engine = WhooshEngine(copy)
    generation = engine.generation()
    with pytest.raises(DamagedIndex, match=f"{name} 校验和不符"), engine.update() as batch:
        for entry in many(400, body="新的消息"):
            batch.add(replace(entry, id=f"m{entry.id}"), "c.txt")
    assert WhooshEngine(copy).generation() == generation


@pytest.mark.parametrize("name", ["key_blob", "key_ends", "key_order", "digests"])
def test_an_update_does_not_compare_entries_with_damaged_keys(copy: Path, name: str) -> None:
    """The update would keep removed entries, or add existing ones again."""
    damage(copy, "docs", name)
    with pytest.raises(DamagedIndex, match=f"{name} 校验和不符"), WhooshEngine(copy).update() as batch:
        batch.remove(["n007"])


# -- the page --------------------------------------------------------------------------------------


def test_the_page_tells_of_damage_that_the_background_found(tmp_path: Path) -> None:
    """Once the damage is known, every address that needs the index answers 503."""
    home = build_home(tmp_path, entries())
    damage(home.index, "pairs", "data")
    app = create_app(home)
    client: FlaskClient = app.test_client()
    client.get("/healthz")
    assert app.extensions["xunwen"]._engine.verified(MINUTE)
    for address in ("/healthz", "/api/v1/search?q=机场", "/api/v1/suggest?q=机"):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert answer.get_json()["error"]["code"] == "damaged_index"
