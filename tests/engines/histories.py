"""What every engine must do about chosen ids, and about what stood behind an entry at its moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from search.engines import Engine
from search.query.logical import Filters, any_of
from tests.support.engine_corpus import ALL, CORPUS, EVERY, TALKS, MakeEngine, ask, beijing, fill, ids
from tests.support.oracle import row

WEEK = timedelta(days=7)


def _behind(engine: Engine, most: int = 10, reach: timedelta = WEEK) -> dict[str, list[str]]:
    _, found = engine.histories(ALL, most, reach)
    return {one.id: [other.id for other in one.behind()] for one in found}


def _marks(engine: Engine) -> dict[str, str]:
    return {one.id: one.mark for one in engine.histories(ALL, 10, WEEK)[1]}


class EngineBackgrounds:
    """Facts about the filter by id, and about backgrounds."""

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

    def test_behind_an_entry_is_what_its_stream_had_by_then(self, engine: Engine) -> None:
        """Entries of its own moment among it; nothing of other streams, nothing without a time."""
        assert _behind(engine) == {
            "airport": ["bank"],
            "bank": ["airport"],
            "talks": ["airport", "bank"],
            "quake": [],
            "trains": ["quake"],
        }
        (one,) = engine.histories(row("派出维和部队"), 10, WEEK)[1]
        assert (one.entry(), one.digest) == (TALKS, TALKS.digest())
        nodes = any_of([row("停业"), row("停运")])
        assert {one.id for one in engine.histories(nodes, 10, WEEK)[1]} == {"bank", "trains"}

    def test_no_moment_is_behind_in_part(self, engine: Engine) -> None:
        """Where there is room for one of two entries of a moment, neither counts."""
        assert _behind(engine, most=3)["talks"] == ["airport", "bank"]
        assert _behind(engine, most=2)["talks"] == []
        assert _behind(engine, most=1)["bank"] == []
        assert _behind(engine, reach=timedelta(hours=1))["talks"] == []

    def test_a_mark_tells_of_changes_behind_an_entry_only(self, make_engine: MakeEngine) -> None:
        """And is the same by whatever way the entries came in."""
        engine = fill(make_engine(), CORPUS)
        before = _marks(engine)
        with engine.update() as batch:
            batch.add(replace(TALKS, headline="会议开始"), "a.txt")
        changed = _marks(engine)
        assert {key for key in before if before[key] != changed[key]} == {"talks"}
        with engine.update() as batch:
            batch.add(replace(TALKS, id="first", time=beijing("2022-01-05 13:00")), "a.txt")
        assert {key for key, mark in _marks(engine).items() if mark != changed.get(key)} == {
            *("first", "airport", "bank", "talks")
        }
        with engine.update() as batch:
            batch.remove(["first"])
            batch.add(TALKS, "a.txt")
        other = make_engine("other")
        for entry in reversed(CORPUS):
            with other.update() as batch:
                batch.add(entry, "a.txt")
        assert _marks(engine) == _marks(other) == before
        assert engine.generation() == engine.histories(ALL, 1, WEEK)[0] == engine.state().generation
        assert ids(engine) == EVERY
