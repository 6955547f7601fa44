"""What every engine must do when entries come, change and go: the second half of the contract."""

from __future__ import annotations

from dataclasses import replace

import pytest

from search.engines import Engine, Request
from search.engines.base import IndexedEntry
from search.entry import Entry
from search.errors import EntryNotFound, IndexLocked, NoIndex
from search.query.logical import Filters, LogicalQuery
from tests.support.engine_corpus import (
    AIRPORT,
    ALL,
    APPENDIX,
    BANK,
    CORPUS,
    EVERY,
    GUIDE,
    QUAKE,
    TALKS,
    TRAINS,
    MakeEngine,
    ask,
    fill,
    ids,
    many,
    order,
)
from tests.support.oracle import row


class Stop(Exception):
    """Breaks a batch off."""


class EngineChanges:
    """The contract of changes, publication, locking and the index's own facts."""

    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        raise NotImplementedError("the engine's own test file brings it")

    @pytest.fixture
    def engine(self, make_engine: MakeEngine) -> Engine:
        """An engine that holds CORPUS."""
        return fill(make_engine(), CORPUS)

    # -- changes -----------------------------------------------------------------------------

    def test_an_update_adds_replaces_and_removes(self, engine: Engine) -> None:
        """Afterwards exactly the new state is found, in every way of asking."""
        corrected = replace(BANK, headline="银行复业", body="各银行复业。", stream="经济")
        fresh = Entry(id="fresh", time=TRAINS.time, headline="机场再次关闭")
        with engine.update() as batch:
            batch.add(fresh, "b.txt")
            batch.add(corrected, "b.txt")
            batch.remove(["airport", "nobody"])
        assert ids(engine) == EVERY - {"airport"} | {"fresh"}
        assert ids(engine, row("机场")) == {"fresh", "trains", "guide"}
        assert ids(engine, row("停业")) == set()
        assert ids(engine, row("复业")) == {"bank"}
        assert ids(engine, ALL, Filters(streams=("经济",))) == {"bank"}
        assert engine.snapshot().entry("bank") == corrected
        assert engine.snapshot().neighbours("bank", 5) == ((), ())
        with pytest.raises(EntryNotFound):
            engine.snapshot().entry("airport")

    def test_the_last_of_one_id_in_a_batch_counts(self, engine: Engine) -> None:
        """Adding twice replaces, removing takes back what the same batch added."""
        with engine.update() as batch:
            for n in range(3):
                batch.add(Entry(id="twice", headline=f"第{n}稿"), "a.txt")
            batch.add(Entry(id="gone", headline="稿"), "a.txt")
            batch.remove(["gone"])
        assert ids(engine, row("稿")) == {"twice"}
        assert engine.snapshot().entry("twice").headline == "第2稿"

    def test_an_id_may_come_back(self, engine: Engine) -> None:
        """Removed, added, removed and added again, in one update each, it is there once."""
        for _ in range(3):
            with engine.update() as batch:
                batch.remove(["guide"])
            assert ids(engine) == EVERY - {"guide"}
            with engine.update() as batch:
                batch.add(GUIDE, "a.txt")
            assert ids(engine) == EVERY
        assert engine.check() == []

    def test_removing_all_leaves_an_empty_index(self, engine: Engine) -> None:
        """No entries is an answer, not an error."""
        with engine.update() as batch:
            batch.remove(EVERY)
        assert (ids(engine), ids(engine, row("机场")), engine.snapshot().stats().entries) == (set(), set(), 0)
        assert engine.snapshot().indexed_entries() == []

    def test_a_rebuild_replaces_everything(self, engine: Engine) -> None:
        """What the batch does not have is gone, also when the batch has nothing."""
        fill(engine, [GUIDE])
        assert ids(engine) == {"guide"}
        fill(engine, [])
        assert ids(engine) == set()
        assert engine.snapshot().stats().entries == 0

    @pytest.mark.parametrize("verb", ["rebuild", "update"])
    def test_an_exception_changes_nothing(self, engine: Engine, verb: str) -> None:
        """The batch is discarded whole, the exception goes on, and the next batch works."""
        before = engine.snapshot().stats()
        with pytest.raises(Stop), getattr(engine, verb)() as batch:
            batch.add(Entry(id="fresh", headline="机场"), "a.txt")
            batch.remove(["airport"])
            raise Stop
        assert engine.snapshot().stats() == before
        assert ids(engine) == EVERY
        with engine.update() as batch:
            batch.remove(["airport"])
        assert ids(engine) == EVERY - {"airport"}

    # -- publication -------------------------------------------------------------------------

    def test_a_batch_is_seen_only_when_it_is_whole(self, make_engine: MakeEngine) -> None:
        """Other handles answer from the old state until the batch ends, then from the new, unasked."""
        writer, reader = make_engine(), make_engine()
        fill(writer, CORPUS)
        assert ids(reader) == EVERY
        with writer.update() as batch:
            batch.add(Entry(id="fresh", headline="机场"), "b.txt")
            batch.remove(["airport"])
            assert ids(reader) == ids(writer) == EVERY
            assert ids(reader, row("机场")) == {"airport", "bank", "trains", "guide"}
        assert ids(reader) == EVERY - {"airport"} | {"fresh"}
        with writer.rebuild() as batch:
            batch.add(GUIDE, "a.txt")
            assert len(ids(reader)) == len(EVERY)
        assert ids(reader) == {"guide"}

    @pytest.mark.parametrize("verb", ["rebuild", "update"])
    def test_one_writes_at_a_time(self, make_engine: MakeEngine, verb: str) -> None:
        """A second writer is refused at once and harms nothing; afterwards the lock is free."""
        first, second = make_engine(), make_engine()
        fill(first, CORPUS)
        with first.update() as batch:
            batch.remove(["airport"])
            with pytest.raises(IndexLocked, match="另一个 reindex"), getattr(second, verb)():
                raise AssertionError("two writers")
        assert ids(second) == EVERY - {"airport"}
        with pytest.raises(Stop), second.update():
            raise Stop
        with first.update() as batch:
            batch.add(AIRPORT, "a.txt")
        assert ids(second) == EVERY

    # -- facts about the index ---------------------------------------------------------------

    def test_without_an_index_everything_says_so(self, make_engine: MakeEngine) -> None:
        """There is no snapshot: NoIndex names the next step."""
        engine = make_engine()
        for question in (
            lambda: engine.snapshot().search(Request(LogicalQuery(ALL))),
            lambda: engine.snapshot().count([ALL], Filters()),
            lambda: engine.snapshot().entry("airport"),
            lambda: engine.snapshot().neighbours("airport", 1),
            engine.generation,
            lambda: engine.snapshot().stats(),
            lambda: engine.snapshot().indexed_entries(),
            lambda: engine.snapshot().file_of("airport"),
        ):
            with pytest.raises(NoIndex, match="xunwen reindex"):
                question()
        assert len(engine.check()) == 1

    def test_an_update_makes_the_index_where_there_is_none(self, make_engine: MakeEngine) -> None:
        """Even an update of nothing; and so does a rebuild of nothing."""
        for name, verb in (("one", "update"), ("two", "rebuild")):
            engine = make_engine(name)
            with getattr(engine, verb)():
                pass
            answer = ask(engine, fallback=ALL, text="机场")
            assert (answer.found, answer.total, answer.partial_total) == ((), 0, 0)
            assert answer.histogram.buckets == ()
            assert (engine.snapshot().stats().entries, engine.snapshot().stats().newest) == (0, None)
            assert engine.check() == []
        with make_engine("one").update() as batch:
            batch.add(GUIDE, "a.txt")
        assert ids(make_engine("one")) == {"guide"}

    def test_state_tells_size_and_span(self, engine: Engine) -> None:
        """Entries, newest and oldest, and a generation that grows with every change."""
        state = engine.snapshot().stats()
        assert (state.entries, state.stale) == (len(CORPUS), 0)
        assert (state.newest, state.oldest) == (TRAINS.time, AIRPORT.time)
        assert state.bytes > 0
        with engine.update() as batch:
            batch.remove(["trains"])
        assert engine.snapshot().stats().generation > state.generation
        assert engine.snapshot().stats().newest == QUAKE.time

    def test_stored_lists_what_a_reindex_compares(self, engine: Engine) -> None:
        """Id, digest and file of every entry, of all files or some."""
        with engine.update() as batch:
            batch.add(TALKS, "b.txt")
            batch.add(APPENDIX, "c.txt")
        expected = {IndexedEntry(entry.id, entry.digest(), "a.txt") for entry in CORPUS} - {
            IndexedEntry(entry.id, entry.digest(), "a.txt") for entry in (TALKS, APPENDIX)
        }
        moved = [
            IndexedEntry("talks", TALKS.digest(), "b.txt"),
            IndexedEntry("appendix", APPENDIX.digest(), "c.txt"),
        ]
        snapshot = engine.snapshot()
        assert len(snapshot.indexed_entries()) == len(CORPUS)
        assert set(snapshot.indexed_entries()) == {*expected, *moved}
        assert set(snapshot.indexed_entries(["b.txt", "c.txt", "d.txt"])) == set(moved)
        assert snapshot.indexed_entries([]) == []
        assert [snapshot.file_of(key) for key in ("talks", "bank", "nobody")] == ["b.txt", "a.txt", None]

    def test_check_is_content_with_what_the_engine_wrote(self, engine: Engine) -> None:
        """After a rebuild and a dozen changes nothing is wrong."""
        assert engine.check() == []
        for n, entry in enumerate(many(12)):
            with engine.update() as batch:
                batch.add(entry, "b.txt")
                batch.remove([f"n{n // 2:03}"] if n % 3 == 0 else ["guide"])
        assert engine.check() == []

    def test_scores_do_not_remember_what_was_removed(self, make_engine: MakeEngine) -> None:
        """After an update scores and order are those of an engine that never had the old entries."""
        changed = fill(make_engine("changed"), [*CORPUS, *many(9)])
        with changed.update() as batch:
            batch.remove([f"n{n:03}" for n in range(9)])
        never = fill(make_engine("never"), CORPUS)
        answers = [ask(engine, row("机场"), text="阿拉木图机场恢复") for engine in (changed, never)]
        assert order(answers[0]) == order(answers[1])
        scores = [[found.score for found in answer.found] for answer in answers]
        assert scores[0] == pytest.approx(scores[1], rel=1e-6)
