"""The contract of the filter by ids, and of histories."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from search.engines import Engine
from search.query.logical import Filters, any_of
from tests.support.engine_corpus import ALL, CORPUS, EVERY, TALKS, MakeEngine, ask, beijing, fill, ids
from tests.support.oracle import row

WEEK = timedelta(days=7)


def _earlier(engine: Engine, max_entries: int = 10, window: timedelta = WEEK) -> dict[str, list[str]]:
    histories = engine.snapshot().histories(ALL, max_entries, window)
    return {history.id: [entry.id for entry in history.earlier()] for history in histories}


def _checksums(engine: Engine) -> dict[str, str]:
    histories = engine.snapshot().histories(ALL, 10, WEEK)
    return {history.id: history.checksum() for history in histories}


class EngineHistories:
    """Facts about the filter by ids, and about histories."""

    def test_ids_filter_like_any_filter(self, engine: Engine) -> None:
        """In hits and counts, with unknown ids, none, and many."""
        assert ids(engine, ALL, Filters(ids=frozenset({"bank", "talks", "nobody"}))) == {"bank", "talks"}
        assert ids(engine, row("机场"), Filters(ids=frozenset({"airport", "talks"}))) == {"airport"}
        assert ids(engine, ALL, Filters(ids=frozenset())) == set()
        many = frozenset({*map(str, range(5_000)), "quake"})
        assert ids(engine, ALL, Filters(ids=many)) == {"quake"}
        assert ask(engine, ALL, Filters(ids=many)).total == 1
        with engine.update() as batch:
            batch.remove(["quake"])
        assert ids(engine, ALL, Filters(ids=many)) == set()

    def test_a_history_is_the_stream_up_to_the_time_of_the_entry(self, engine: Engine) -> None:
        """Entries of its own moment among it; nothing of other streams, nothing without a time."""
        assert _earlier(engine) == {
            "airport": ["bank"],
            "bank": ["airport"],
            "talks": ["airport", "bank"],
            "quake": [],
            "trains": ["quake"],
        }
        (history,) = engine.snapshot().histories(row("派出维和部队"), 10, WEEK)
        assert (history.entry(), history.digest) == (TALKS, TALKS.digest())
        nodes = any_of([row("停业"), row("停运")])
        assert {history.id for history in engine.snapshot().histories(nodes, 10, WEEK)} == {"bank", "trains"}

    def test_no_time_is_in_a_history_in_part(self, engine: Engine) -> None:
        """Where there is room for one of two entries of a moment, neither counts."""
        assert _earlier(engine, max_entries=3)["talks"] == ["airport", "bank"]
        assert _earlier(engine, max_entries=2)["talks"] == []
        assert _earlier(engine, max_entries=1)["bank"] == []
        assert _earlier(engine, window=timedelta(hours=1))["talks"] == []

    def test_a_checksum_changes_with_the_history_only(self, make_engine: MakeEngine) -> None:
        """And is the same by whatever way the entries came in."""
        engine = fill(make_engine(), CORPUS)
        before = _checksums(engine)
        with engine.update() as batch:
            batch.add(replace(TALKS, headline="会议开始"), "a.txt")
        changed = _checksums(engine)
        assert {key for key in before if before[key] != changed[key]} == {"talks"}
        with engine.update() as batch:
            batch.add(replace(TALKS, id="first", time=beijing("2022-01-05 13:00")), "a.txt")
        assert {key for key, value in _checksums(engine).items() if value != changed.get(key)} == {
            *("first", "airport", "bank", "talks")
        }
        with engine.update() as batch:
            batch.remove(["first"])
            batch.add(TALKS, "a.txt")
        other = make_engine("other")
        for entry in reversed(CORPUS):
            with other.update() as batch:
                batch.add(entry, "a.txt")
        assert _checksums(engine) == _checksums(other) == before
        assert engine.generation() == engine.snapshot().generation == engine.snapshot().stats().generation
        assert ids(engine) == EVERY
