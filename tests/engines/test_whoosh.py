"""The embedded engine: the contract of all engines, agreement with the plain oracle, laws, promises."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from search.engines import Request, SearchResponse
from search.engines.whoosh import WhooshEngine
from search.engines.whoosh.writing import segment_builder, writer
from search.engines.whoosh.writing.document_writer import name_bytes
from search.entry import Entry
from search.errors import CannotWrite, DamagedIndex
from search.query.logical import Filters, LogicalQuery, Phrase, TimeIn
from search.ranking import scoring_terms
from tests.engines.contract import EngineContract
from tests.support import oracle
from tests.support.engine_corpus import ALL, CORPUS, EVERY, MakeEngine, fill, ids, many
from tests.support.oracle import ANALYZER, Oracle


class TestWhoosh(EngineContract):
    """All facts of the contract."""

    @pytest.fixture
    def make_engine(self, tmp_path: Path) -> MakeEngine:
        return lambda name="index": WhooshEngine(tmp_path / name)


@contextmanager
def holding(entries: Iterable[Entry]) -> Iterator[WhooshEngine]:
    """Give an engine in a folder of its own, for tests that make many."""
    with tempfile.TemporaryDirectory() as folder:
        engine = WhooshEngine(Path(folder))
        fill(engine, entries)
        yield engine


# -- the plain oracle ----------------------------------------------------------------------------


@given(oracle.corpora, oracle.queries, oracle.filter_sets)
@settings(max_examples=150, deadline=None)
def test_it_finds_and_counts_what_the_oracle_does(
    entries: list[Entry], query: LogicalQuery, filters: Filters
) -> None:
    """Full and partial matches, order by time and both facets, for any query over any entries."""
    plain = Oracle(entries)
    full = plain.ids(query.match, filters)
    partial = plain.ids(query.fallback, filters) - full if query.fallback else set()
    with holding(entries) as engine:
        for sort, newest in (("newest", True), ("oldest", False)):
            answer = engine.snapshot().search(Request(query, filters, sort))  # type: ignore[arg-type]
            wanted = plain.ordered(full, newest=newest) + plain.ordered(partial, newest=newest)
            assert [found.entry.id for found in answer.found] == wanted
            assert (answer.total, answer.partial_total) == (len(full), len(partial))
        assert engine.snapshot().count([query.match], filters) == [len(full)]
        # Without a full match, facets and histogram describe the partial ones.
        described = query.match if full else query.fallback or query.match
        assert answer.facets["agency"] == plain.agencies(described, filters)
        assert answer.facets["stream"] == plain.streams(described, filters)
        dated = [entry for entry in entries if entry.id in (full or partial) and entry.time]
        assert sum(bucket.count for bucket in answer.histogram.buckets) == len(dated)


@given(oracle.corpora, oracle.bags, oracle.times, st.booleans())
@settings(max_examples=120, deadline=None)
def test_it_scores_as_the_oracle_does(entries: list[Entry], bag, asof, recency) -> None:  # type: ignore[no-untyped-def]
    """Every score is that of the formula, and the order follows it."""
    with holding(entries) as engine:
        query = LogicalQuery(ALL, terms=bag, recency=recency)
        answer = engine.snapshot().search(Request(query, Filters(asof=asof)))
    found = {found.entry.id: found.score for found in answer.found}
    assert found == pytest.approx(Oracle(entries).scores(bag, asof, recency=recency), rel=1e-5)
    scores = [found.score for found in answer.found]
    assert scores == sorted(scores, reverse=True)


# -- laws ----------------------------------------------------------------------------------------

MIXED = "阿拉木圖机场俄罗斯·•７．8,2345-–Ff aZ+%％℃½…。，：“”\n\t\u200bé\u0301①々〇ア한한กЯꙁ'|_@😀"
wild = st.text(st.sampled_from(MIXED) | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def borders(text: str) -> list[tuple[int, int]]:
    """Return the slice of each unit; those that share a character of the text (½, ㎏) are one."""
    units = ANALYZER.units(text)
    joined: list[tuple[int, int]] = []
    for start, end in zip(units.starts, units.ends, strict=True):
        if joined and start < joined[-1][1]:
            start, end = joined[-1][0], max(end, joined.pop()[1])
        joined.append((start, end))
    return joined


@given(wild, wild, st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_can_be_read_can_be_found(headline: str, body: str, data: st.DataObject) -> None:
    """Any stretch of an entry that begins and ends at the border of a unit finds it, as a row."""
    assume(headline.strip() and body.strip())
    with holding([Entry(id="x", headline=headline, body=body), Entry(id="y", body="别的")]) as engine:
        for where, text in (("headline", headline), ("text", headline), ("text", body)):
            slices = borders(text)
            for _ in range(4 if slices else 0):
                i = data.draw(st.integers(0, len(slices) - 1))
                j = data.draw(st.integers(i, min(len(slices) - 1, i + 9)))
                found = ids(engine, oracle.row(text[slices[i][0] : slices[j][1]], where))  # type: ignore[arg-type]
                assert "x" in found, (text, text[slices[i][0] : slices[j][1]])


changes = st.lists(
    st.tuples(st.lists(oracle.entries(), max_size=4), st.lists(st.sampled_from("abcdefgh"), max_size=3)),
    min_size=1,
    max_size=5,
)


def same(one: SearchResponse, other: SearchResponse) -> None:
    """Hold two answers to the same entries in the same order, counts and scores."""
    assert [found.entry for found in one.found] == [found.entry for found in other.found]
    assert [found.partial for found in one.found] == [found.partial for found in other.found]
    scores = [[found.score for found in answer.found] for answer in (one, other)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)
    assert (one.total, one.partial_total) == (other.total, other.partial_total)
    assert (one.facets, one.histogram) == (other.facets, other.histogram)


@given(oracle.corpora, changes, st.lists(oracle.queries, min_size=1, max_size=3), oracle.filter_sets)
@settings(max_examples=70, deadline=None)
def test_an_index_does_not_show_how_it_came_to_be(
    first: list[Entry],
    batches: list[tuple[list[Entry], list[str]]],
    queries: list[LogicalQuery],
    filters: Filters,
) -> None:
    """A history of updates answers as one rebuild with the final entries does."""
    final = {entry.id: entry for entry in first}
    with holding(first) as engine:
        for added, removed in batches:
            with engine.update() as batch:
                for entry_id in removed:
                    batch.remove([entry_id])
                    final.pop(entry_id, None)
                for entry in added:
                    batch.add(entry, "b.txt")
                    final[entry.id] = entry
        assert engine.check() == []
        assert {stored.id for stored in engine.snapshot().indexed_entries()} == set(final)
        with holding(final.values()) as rebuilt:
            for query in queries:
                request = Request(query, filters)
                same(engine.snapshot().search(request), rebuilt.snapshot().search(request))


@given(oracle.corpora, oracle.queries, oracle.filter_sets, st.sampled_from(oracle.TIMES))
@settings(max_examples=80, deadline=None)
def test_asof_is_an_index_of_that_time(entries, query, filters, asof) -> None:  # type: ignore[no-untyped-def]
    """Limited to a moment, everything is as in an engine that holds only the entries up to it."""
    known = [entry for entry in entries if entry.time and entry.time <= asof]
    with holding(entries) as engine, holding(known) as then:
        now = engine.snapshot().search(Request(query, replace(filters, asof=asof)))
        same(now, then.snapshot().search(Request(query, replace(filters, asof=None))))


def test_letters_of_rare_scripts_are_no_exception() -> None:
    """Two runs side by side are not one run, where letters lie beyond the ideographs as elsewhere."""
    texts = {"apart": "ꙁ ꙁ", "one": "ꙁꙁ", "both": "ꙁꙁ。ꙁ ꙁ", "latin": "a a", "longer": "aa"}
    with holding(Entry(id=name, body=text) for name, text in texts.items()) as engine:
        assert ids(engine, oracle.row("ꙁ ꙁ")) == {"apart", "both"}
        assert ids(engine, oracle.row("ꙁꙁ")) == {"one", "both"}
        assert ids(engine, oracle.row("ꙁ", prefix=True)) == {"apart", "one", "both"}
        assert ids(engine, oracle.row("a", prefix=True)) == {"latin", "longer"}


def test_times_at_the_ends_of_the_calendar(tmp_path: Path) -> None:
    """The earliest and the latest time that an entry can have are kept, counted and found."""
    first = datetime(2, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    last = datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=-12)))
    engine = WhooshEngine(tmp_path)
    fill(engine, [Entry(id="first", body="始", time=first), Entry(id="last", body="终", time=last)])
    answer = engine.snapshot().search(Request(LogicalQuery(TimeIn(first, None)), sort="oldest"))
    assert [found.entry.time for found in answer.found] == [first, last]
    assert sum(bucket.count for bucket in answer.histogram.buckets) == 2
    assert (engine.snapshot().stats().oldest, engine.snapshot().stats().newest) == (first, last)


# -- promises of this engine ---------------------------------------------------------------------


def test_an_open_snapshot_outlives_its_files(tmp_path: Path) -> None:
    """A question begun before an update is answered from the old state, to the end."""
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    old = engine.snapshot()
    for entry in many(5):
        with engine.update() as batch:
            batch.add(entry, "b.txt")
            batch.remove(EVERY)
    assert {found.entry for found in old.search(Request(LogicalQuery(ALL))).found} == set(CORPUS)
    assert ids(engine) == {entry.id for entry in many(5)}


def test_updates_do_not_pile_up_files(tmp_path: Path) -> None:
    """Many small updates leave few segments, and nothing of the generations before."""
    engine = WhooshEngine(tmp_path)
    for entry in many(40):
        with engine.update() as batch:
            batch.add(entry, "a.txt")
    assert len(engine.snapshot().readers) <= 6
    assert len(list(tmp_path.glob("*.toc"))) == 1
    assert len(list(tmp_path.iterdir())) <= 3 * 6 + 2
    assert len(ids(engine)) == 40


def test_an_update_of_nothing_writes_nothing(tmp_path: Path) -> None:
    """No change, no new generation."""
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in tmp_path.iterdir())
    with engine.update() as batch:
        batch.remove(["nobody"])
    assert sorted((path.name, path.stat().st_mtime_ns) for path in tmp_path.iterdir()) == before


def test_a_large_batch_keeps_one_entry_for_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the batch was written in several pieces, the last of one id counts."""
    monkeypatch.setattr(segment_builder, "_FULL_POSITIONS", 1000)
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    with engine.update() as batch:
        for n in range(3):
            batch.add(Entry(id="twice", headline=f"第{n}稿"), "a.txt")
            batch.add(Entry(id="gone", headline="稿"), "a.txt")
            batch.add(Entry(id=f"long{n}", body="长" * 900), "a.txt")
            assert ids(engine) == EVERY
        batch.remove(["gone", "airport"])
    assert ids(engine) == EVERY - {"airport"} | {"twice", "long0", "long1", "long2"}
    assert engine.snapshot().entry("twice").headline == "第2稿"
    assert engine.check() == []


def _words(first: int, count: int) -> str:
    return " ".join(f"w{n:x}" for n in range(first, first + count))


def test_entries_of_many_units_go_to_separate_segments(tmp_path: Path) -> None:
    """Two entries of 100,000 distinct units each do not fit in one segment of 131,072."""
    engine = WhooshEngine(tmp_path)
    with engine.update() as batch:
        for n in range(3):
            batch.add(Entry(id=f"long{n}", body=_words(n * 100_000, 100_000)), "a.txt")
        for n in range(20):
            batch.add(Entry(id=f"short{n}", body=_words(400_000 + n * 5_000, 5_000)), "a.txt")
    assert engine.snapshot().stats().entries == 23 and engine.check() == []
    assert engine.snapshot().entry("long2").body == _words(200_000, 100_000)


def test_the_names_of_a_segment_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of files, streams and agencies lie in a header of bounded size: many make several segments."""
    for module in (segment_builder, writer):
        monkeypatch.setattr(module, "MAX_NAME_BYTES", 5_000)
    engine = WhooshEngine(tmp_path)
    with engine.update() as batch:
        for n in range(1_000):
            batch.add(Entry(id=f"{n}", body="甲", stream=f"专题{n}", agencies=(f"第{n}社",)), f"f{n}.txt")
    readers = engine.snapshot().readers
    stores = [reader.docs for reader in readers]
    names = [name_bytes((*docs.streams, *docs.agencies, *docs.files)) for docs in stores]
    assert max(names) <= 10_000 and sum(len(reader.docs.files) for reader in readers) == 1_000
    assert engine.snapshot().stats().entries == 1_000 and engine.check() == []


def test_leftovers_of_a_killed_writer_are_cleared_away(tmp_path: Path) -> None:
    """Files that no table of contents names are ignored, and gone after the next publication."""
    engine = WhooshEngine(tmp_path)
    fill(engine, CORPUS)
    leftovers = [tmp_path / name for name in ("MAIN_0abc.pairs", "MAIN_0abc.docs", "_MAIN_7.toc.new")]
    for path in leftovers:
        path.write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("somebody's own")
    assert ids(WhooshEngine(tmp_path)) == EVERY
    with engine.update() as batch:
        batch.remove(["guide"])
    assert not any(path.exists() for path in leftovers)
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    """CannotWrite names the folder and the next step."""
    tmp_path.chmod(0o500)
    with pytest.raises(CannotWrite, match="权限"), WhooshEngine(tmp_path).rebuild():
        pass


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    """CannotWrite, not a traceback."""
    (tmp_path / "index").write_text("")
    with pytest.raises(CannotWrite), WhooshEngine(tmp_path / "index").rebuild():
        pass


def test_rows_of_the_longest_query_are_found(tmp_path: Path) -> None:
    """A whole body of a thousand characters, typed as one row, finds its entry and no other."""
    body = "".join(chr(0x4E00 + n * 7 % 3000) for n in range(1000))
    engine = WhooshEngine(tmp_path)
    fill(engine, [Entry(id="a", body=body), Entry(id="b", body=body[1:] + body[0])])
    whole = oracle.row(body)
    assert ids(engine, whole) == {"a"}
    assert ids(engine, Phrase(whole.units[1:], whole.offsets[:-1])) == {"a", "b"}


def test_what_stands_at_the_head_comes_first(tmp_path: Path) -> None:
    """Of two entries of the same terms and lengths, the one that begins with them; the oracle agrees."""
    filler = "集会的人群聚集在广场上。" * 12
    entries = [
        Entry(id="tail", body=f"{filler}机场关闭"),
        Entry(id="head", body=f"机场关闭{filler}"),
        Entry(id="none", body=filler),
    ]
    engine = WhooshEngine(tmp_path)
    fill(engine, entries)
    terms = scoring_terms(ANALYZER, ["机场"])
    found = engine.snapshot().search(Request(LogicalQuery(oracle.row("机场"), terms=terms))).found
    assert [one.entry.id for one in found] == ["head", "tail"]
    expected = Oracle(entries).scores(terms)
    assert [one.score for one in found] == pytest.approx([expected["head"], expected["tail"]], rel=1e-5)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":"a","headline":"x","body":5}',
        b'{"id":"a","headline":"x","captions":[["x"]]}',
        b'{"id":"a","headline":"x","agencies":7}',
        b'{"id":"a","headline":"x","time":"2022-01-05T04:12:00"}',
        b'{"id":7,"headline":"x"}',
        b'{"id":"a"}',
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_stored_entry_that_cannot_be_one_is_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    """Any other content in place of an entry's line is reported as damage when it is read."""
    engine = WhooshEngine(tmp_path)
    with engine.rebuild() as batch:
        batch.add(Entry(id="a", headline="机场"), "a.jsonl")
    docs = engine.snapshot().readers[0].docs
    monkeypatch.setattr(docs, "packed", lambda number: line)
    with pytest.raises(DamagedIndex):
        docs.entry(0)
