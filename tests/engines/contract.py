"""What every engine must do, as one class of facts. An engine's own test file brings only `make_engine`.

    class TestWhoosh(EngineContract):
        @pytest.fixture
        def make_engine(self, tmp_path): return lambda name="index": WhooshEngine(tmp_path / name)

The same name gives another handle on the same index, as another process would have it. What an engine must
do when entries change is in `engine_changes.py`, when everything
is tested in `scans.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise

import pytest

from search.engines import Engine, Request
from search.entry import Entry
from search.errors import EntryNotFound
from search.query.grammar import parse
from search.query.logical import (
    AgencyIs,
    AllOf,
    AnyOf,
    AnyTerm,
    Filters,
    LogicalQuery,
    Not,
    Nothing,
    StreamIs,
    TimeIn,
)
from search.query.resolve import Context, match_of
from search.results import Facet, Sort
from tests.engines.changes import EngineChanges
from tests.engines.histories import EngineHistories
from tests.engines.recency import EngineRecency
from tests.engines.scans import EngineScans
from tests.support.engine_corpus import (
    ALL,
    APPENDIX,
    CORPUS,
    EVERY,
    GUIDE,
    KZ,
    QUAKE,
    QUAKES,
    TRAINS,
    ZONE,
    MakeEngine,
    ask,
    beijing,
    fill,
    ids,
    many,
    order,
)
from tests.support.oracle import ANALYZER, row


class EngineContract(EngineChanges, EngineScans, EngineHistories, EngineRecency):
    """Facts about rows, nodes, filters, order, counts, entries and changes."""

    @pytest.fixture
    def engine(self, make_engine: MakeEngine) -> Engine:
        """An engine that holds CORPUS."""
        return fill(make_engine(), CORPUS)

    # -- rows --------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("机场", {"airport", "bank", "trains", "guide"}),
            ("機場", {"airport", "bank", "trains", "guide"}),
            ("阿拉木图机场", {"airport"}),
            ("拉木图机", {"airport"}),
            ("恢复运行", {"airport"}),
            ("恢复。F16", {"airport"}),
            ("恢复F16", set()),
            ("说，派出", {"talks"}),
            ("说派出", set()),
            ("运行俄新社", set()),
            ("停业停业", set()),
            ("5人", {"quake"}),
            ("5", {"quake"}),
            ("15", {"quake"}),
            ("6.9级", {"quake"}),
            ("6", set()),
            ("23876", {"quake"}),
            ("Ｆ－１６战", {"airport"}),
            ("cenc", {"trains"}),
            ("王斌", {"airport"}),
            ("候机大厅", {"airport"}),
            ("国际文传", {"bank", "talks"}),
            ("国际", {"bank", "talks", "guide"}),
        ],
    )
    def test_a_row_is_found_wherever_it_can_be_read(self, engine: Engine, text: str, found: set[str]) -> None:
        """Units in a row, across words, with punctuation in its place, in any part of an entry."""
        assert ids(engine, row(text)) == found

    @pytest.mark.parametrize(
        ("text", "found"),
        [("机场", {"airport", "guide"}), ("停业", {"bank"}), ("F16", set()), ("指南附", {"appendix"})],
    )
    def test_the_headline_is_a_place_of_its_own(self, engine: Engine, text: str, found: set[str]) -> None:
        """A headline row is found in headlines only."""
        assert ids(engine, row(text, "headline")) == found

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("CEN", {"trains"}),
            ("f", {"airport"}),
            ("6", {"quake"}),
            ("1", {"airport", "quake"}),
            ("238", {"quake"}),
            ("于1", {"airport"}),
            ("人，1", {"quake"}),
            ("机", {"airport", "bank", "trains", "guide"}),
            ("机场路", {"bank"}),
            ("7", set()),
        ],
    )
    def test_a_prefix_leaves_the_last_unit_open(self, engine: Engine, text: str, found: set[str]) -> None:
        """Latin and digits go on; a Han character is whole already."""
        assert ids(engine, row(text, prefix=True)) == found

    def test_a_day_may_lack_its_year_in_entries_near_it(self, make_engine: MakeEngine) -> None:
        """The day as written without a year counts within half a year, unless another year precedes it."""
        texts = {
            "near": ("4月9日开馆", "2021-04-20"),
            "far": ("4月9日开馆", "2019-04-20"),
            "typed": ("2021年4月9日开馆", "2024-01-01"),
            "other": ("2020年4月9日开馆", "2021-04-20"),
        }
        entries = [Entry(id=key, body=body, time=beijing(time)) for key, (body, time) in texts.items()]
        context = Context(ANALYZER, ZONE, beijing("2024-02-01"))
        node = match_of(parse("2021年4月9日"), context)
        assert ids(fill(make_engine(), entries), node) == {"near", "typed"}

    # -- nodes -------------------------------------------------------------------------------

    def test_nodes_combine(self, engine: Engine) -> None:
        """AllOf, AnyOf, Except, Everything and Nothing mean what their names say, at any depth."""
        airport, quake, guide = row("机场"), row("地震"), row("指南")
        assert ids(engine, AllOf((airport, quake))) == {"trains"}
        assert ids(engine, AnyOf((guide, quake))) == {"guide", "appendix", "quake", "trains"}
        assert ids(engine, AllOf((airport, Not(quake)))) == {"airport", "bank", "guide"}
        assert ids(engine, AllOf((ALL, Not(AnyOf((airport, guide)))))) == {"talks", "quake"}
        assert ids(engine, AnyOf((AllOf((airport, guide)), Nothing()))) == {"guide"}
        assert ids(engine, ALL) == EVERY
        assert ids(engine, Nothing()) == set()
        assert ids(engine, AllOf((airport, Nothing()))) == set()

    def test_values_are_compared_folded(self, engine: Engine) -> None:
        """An agency or stream is found by its folded name or a part of it."""
        assert ids(engine, AgencyIs("俄新社")) == {"airport", "bank"}
        assert ids(engine, AgencyIs("国际文传")) == {"bank", "talks"}
        assert ids(engine, AgencyIs("美联社")) == set()
        assert ids(engine, StreamIs(ANALYZER.fold("地震 快訊"))) == {"quake", "trains"}
        assert ids(engine, StreamIs("哈萨克斯坦")) == {"airport", "bank", "talks"}

    def test_an_agency_is_found_by_its_part(self, engine: Engine) -> None:
        """Origin and relaying agencies are distinguished; an agency without a role is an origin."""
        assert ids(engine, AgencyIs("俄新社", "origin")) == {"airport", "bank"}
        assert ids(engine, AgencyIs("俄新社", "via")) == set()
        assert ids(engine, AgencyIs("国际文传", "via")) == {"bank"}
        assert ids(engine, AgencyIs("国际文传", "origin")) == {"talks"}
        both = AllOf((AgencyIs("俄新社", "origin"), AgencyIs("国际文传", "via")))
        assert ids(engine, both) == {"bank"}
        assert ids(engine, AllOf((ALL, Not(AgencyIs("国际文传", "via"))))) == EVERY - {"bank"}

    def test_sharing_one_term_is_enough(self, engine: Engine) -> None:
        """SharesAny asks for any of the words or bigrams; terms that nobody has do no harm."""
        assert ids(engine, AnyTerm(("机场", "没有"), ())) == {"airport", "bank", "trains", "guide"}
        assert ids(engine, AnyTerm((), ("集安", "二三"))) == {"talks"}
        assert ids(engine, AnyTerm((), ())) == set()

    def test_time_is_half_open(self, engine: Engine) -> None:
        """The start belongs to a range, its end does not; an entry without a time is in none."""
        start, end = beijing("2022-01-05 13:35"), beijing("2022-01-06 05:48")
        assert ids(engine, TimeIn(start, end)) == {"airport", "bank"}
        assert ids(engine, TimeIn(None, end)) == {"airport", "bank"}
        assert ids(engine, TimeIn(end, None)) == {"talks", "quake", "trains"}
        assert ids(engine, TimeIn(end, end + timedelta(microseconds=1))) == {"talks"}
        assert ids(engine, TimeIn(end, start)) == set()
        assert ids(engine, TimeIn(None, None)) == EVERY - {"guide", "appendix"}
        assert ids(engine, TimeIn(start.astimezone(UTC), end.astimezone(UTC))) == {"airport", "bank"}

    # -- filters -----------------------------------------------------------------------------

    def test_filters_join_lists_by_and_and_values_by_or(self, engine: Engine) -> None:
        """Values of one list are alternatives; the lists must all agree; names are whole."""
        both = Filters(agencies=("俄新社", "中国地震台网"))
        assert ids(engine, ALL, both) == {"airport", "bank", "trains"}
        assert ids(engine, ALL, replace(both, streams=(QUAKES,))) == {"trains"}
        assert ids(engine, ALL, Filters(agencies=("新社",))) == set()
        assert ids(engine, row("机场"), Filters(streams=(KZ, "资料"))) == {"airport", "bank"}
        late = Filters(start=beijing("2022-01-06 05:48"), end=beijing("2022-01-08 02:00"))
        assert ids(engine, ALL, late) == {"talks", "quake"}
        assert ids(engine, ALL, replace(late, streams=(KZ,))) == {"talks"}

    def test_asof_includes_its_moment_and_hides_all_that_is_later(self, engine: Engine) -> None:
        """Hits, counts, facets and histogram end at the moment; entries without a time are not known then."""
        filters = Filters(asof=beijing("2022-01-06 05:48"))
        assert ids(engine, ALL, filters) == {"airport", "bank", "talks"}
        answer = ask(engine, ALL, filters)
        assert {facet.value: facet.count for facet in answer.facets["stream"]} == {KZ: 3}
        assert sum(bucket.count for bucket in answer.histogram.buckets) == 3
        assert ids(engine, ALL, Filters(asof=beijing("2022-01-06 05:47"))) == {"airport", "bank"}

    def test_weights_know_nothing_of_what_came_later(self, make_engine: MakeEngine) -> None:
        """Scores under a moment are those of an engine that ends there."""
        moment = beijing("2022-01-06 05:48")
        then = [entry for entry in CORPUS if entry.time and entry.time <= moment]
        whole, past = fill(make_engine("whole"), CORPUS), fill(make_engine("past"), then)
        answers = (
            ask(whole, row("机场"), Filters(asof=moment), text="阿拉木图机场地震"),
            ask(past, row("机场"), text="阿拉木图机场地震"),
        )
        assert order(answers[0]) == order(answers[1])
        scores = [[found.score for found in answer.found] for answer in answers]
        assert scores[0] == pytest.approx(scores[1], rel=1e-6)

    # -- partial matches ---------------------------------------------------------------------

    def test_partial_matches_follow_the_full_ones(self, engine: Engine) -> None:
        """They are counted apart and ranked behind, however well they score."""
        answer = ask(engine, row("机场路"), fallback=row("机场"), text="机场关闭列车停运")
        assert order(answer)[:2] == ["bank", "trains"]
        assert [found.partial for found in answer.found] == [False, True, True, True]
        assert answer.found[1].score > answer.found[0].score
        assert (answer.total, answer.partial_total) == (1, 3)
        assert {facet.count for facet in answer.facets["stream"]} == {1}
        filtered = ask(engine, row("机场路"), Filters(streams=(QUAKES,)), fallback=row("机场"))
        assert (filtered.total, filtered.partial_total, order(filtered)) == (0, 1, ["trains"])

    def test_partial_matches_come_only_below_a_hundred_full_ones(self, make_engine: MakeEngine) -> None:
        """99 full matches are followed by partial ones, 100 are not."""
        other = Entry(id="other", headline="机构")
        wanted = {"match": row("机场"), "fallback": row("机")}
        few = ask(fill(make_engine("few"), [*many(99), other]), **wanted)  # type: ignore[arg-type]
        assert (few.total, few.partial_total) == (99, 1)
        enough = ask(fill(make_engine("enough"), [*many(100), other]), **wanted)  # type: ignore[arg-type]
        assert (enough.total, enough.partial_total) == (100, 0)

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    def test_pages_run_from_full_to_partial_matches(self, engine: Engine, sort: Sort) -> None:
        """Pages of any size, joined, are the whole answer."""
        wanted = {"match": row("阿拉木图"), "fallback": row("机"), "text": "阿拉木图机场", "sort": sort}
        whole = ask(engine, **wanted)  # type: ignore[arg-type]
        assert [found.partial for found in whole.found] == [False] * 3 + [True]
        for size in (1, 2, 3):
            pages = [ask(engine, **wanted, offset=n, limit=size) for n in range(0, 6, size)]  # type: ignore[arg-type]
            assert [found for page in pages for found in page.found] == list(whole.found)

    # -- order -------------------------------------------------------------------------------

    def test_time_sorts_both_ways(self, engine: Engine) -> None:
        """Newest or oldest first; no time comes last and ties go by id, either way."""
        undated = ["appendix", "guide"]
        assert order(ask(engine, sort="newest")) == ["trains", "quake", "talks", "airport", "bank", *undated]
        assert order(ask(engine, sort="oldest")) == ["airport", "bank", "talks", "quake", "trains", *undated]

    def test_relevance_goes_by_score(self, engine: Engine) -> None:
        """Falling scores; the entry that says it most comes first; without terms the newest comes first."""
        answer = ask(engine, row("机场"), text="机场恢复")
        scores = [found.score for found in answer.found]
        assert order(answer)[0] == "airport"
        assert scores == sorted(scores, reverse=True)
        assert scores[-1] > 0
        assert order(ask(engine)) == order(ask(engine, sort="newest"))
        assert {found.score for found in ask(engine).found} == {0.0}

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    def test_pages_of_equals_neither_repeat_nor_skip(self, make_engine: MakeEngine, sort: Sort) -> None:
        """Entries that tie in score and time keep one order, that of their ids, over all pages."""
        same_time = many(40, time=beijing("2022-01-05 12:00"))
        entries = [*same_time, *(replace(entry, id=f"u{entry.id}", time=None) for entry in many(17))]
        engine = fill(make_engine(), reversed(entries))
        pages = [
            order(ask(engine, row("机场"), text="机场", sort=sort, offset=n, limit=7))
            for n in range(0, 63, 7)
        ]
        assert [entry_id for page in pages for entry_id in page] == [entry.id for entry in entries]

    def test_a_page_beyond_the_end_is_empty(self, engine: Engine) -> None:
        """It still has the counts; so has a page of no entries."""
        for page in (ask(engine, offset=1000), ask(engine, limit=0)):
            assert (page.found, page.total) == ((), len(CORPUS))

    # -- counts ------------------------------------------------------------------------------

    def test_facets_count_full_matches(self, engine: Engine) -> None:
        """Every value once, most frequent first, then by name; entries without a value count nowhere."""
        facets = ask(engine, row("机场"), fallback=ALL).facets
        assert facets["agency"] == (Facet("俄新社", 2), Facet("中国地震台网", 1), Facet("国际文传电讯社", 1))
        assert facets["stream"] == (Facet(KZ, 2), Facet(QUAKES, 1))

    def test_a_facet_counts_an_entry_once_for_all_spellings(self, make_engine: MakeEngine) -> None:
        """The value is the most frequent spelling, its count that of a search for it."""
        twice = replace(TRAINS, id="twice", agencies=("新华社", "新華社"))
        engine = fill(make_engine(), [twice, replace(TRAINS, id="once", agencies=("新华社",))])
        assert ask(engine, ALL).facets["agency"] == (Facet("新华社", 2),)
        assert ask(engine, ALL, Filters(agencies=("新華社",))).total == 2

    def test_a_facet_is_not_restricted_by_its_own_choice(self, engine: Engine) -> None:
        """What else could be chosen keeps its count; other facets are restricted; the chosen is marked."""
        facets = ask(engine, ALL, Filters(agencies=("俄新社", "塔斯社"))).facets
        assert facets["agency"] == (
            Facet("俄新社", 2, True),
            Facet("国际文传电讯社", 2),
            Facet("中国地震台网", 1),
            Facet("塔斯社", 0, True),
        )
        assert facets["stream"] == (Facet(KZ, 2),)
        facets = ask(engine, ALL, Filters(agencies=("俄新社",), streams=(QUAKES,))).facets
        assert facets["stream"] == (Facet(KZ, 2), Facet(QUAKES, 0, True))
        assert facets["agency"] == (Facet("中国地震台网", 1), Facet("俄新社", 0, True))

    def test_the_histogram_tiles_time(self, engine: Engine) -> None:
        """Buckets follow each other without gaps and hold every dated full match."""
        answer = ask(engine, AnyOf((row("机场"), row("地震"))))
        buckets = answer.histogram.buckets
        assert answer.histogram.interval == "hour"
        assert buckets[0].start == beijing("2022-01-05 13:00")
        assert buckets[-1].end == beijing("2022-01-08 03:00")
        assert all(a.end == b.start for a, b in pairwise(buckets))
        assert [bucket.count for bucket in buckets if bucket.count] == [2, 1, 1]
        assert buckets[0].start.utcoffset() == timedelta(hours=8)
        assert ask(engine, row("指南")).histogram.buckets == ()

    def test_counts_can_be_left_out(self, engine: Engine) -> None:
        """A request without facets gets neither facets nor histogram."""
        answer = engine.snapshot().search(Request(LogicalQuery(ALL), facets=False))
        assert (answer.facets, answer.histogram.buckets, answer.total) == ({}, (), len(CORPUS))

    def test_count_answers_many_nodes_at_once(self, engine: Engine) -> None:
        """One number for each node, under the filters."""
        given = [row("机场"), Nothing(), ALL]
        assert engine.snapshot().count(given, Filters()) == [4, 0, 7]
        assert engine.snapshot().count(given, Filters(streams=(KZ,))) == [2, 0, 3]
        assert engine.snapshot().count([], Filters()) == []

    # -- entries -----------------------------------------------------------------------------

    def test_entries_come_back_as_they_were(self, engine: Engine) -> None:
        """By id or in an answer, an entry is complete; an unknown id is an error."""
        assert [engine.snapshot().entry(entry.id) for entry in CORPUS] == list(CORPUS)
        assert {found.entry for found in ask(engine).found} == set(CORPUS)
        for wrong in ("airpor", "airport ", "", "zzz", "\ud800"):
            with pytest.raises(EntryNotFound, match="xunwen search"):
                engine.snapshot().entry(wrong)

    def test_neighbours_stand_in_order_of_time(self, make_engine: MakeEngine) -> None:
        """Whatever n, they are those beside the entry in its stream ordered by time, then id."""
        times = [beijing(f"2022-01-05 1{n // 4}:00") for n in range(12)]
        line = [replace(entry, time=time, stream=KZ) for entry, time in zip(many(12), times, strict=True)]
        engine = fill(make_engine(), [*reversed(line), QUAKE, TRAINS, GUIDE, APPENDIX])
        for place, entry in enumerate(line):
            for n in (0, 1, 2, 5, 50):
                before, after = tuple(line[max(0, place - n) : place]), tuple(line[place + 1 : place + 1 + n])
                assert engine.snapshot().neighbours(entry.id, n) == (before, after)
        assert engine.snapshot().neighbours("quake", 3) == ((), (TRAINS,))
        assert engine.snapshot().neighbours("guide", 3) == ((), ())
        with pytest.raises(EntryNotFound):
            engine.snapshot().neighbours("nobody", 1)

    def test_neighbours_and_newest_end_at_a_moment(self, make_engine: MakeEngine) -> None:
        """With a moment, what came later is neither beside an entry nor the newest, and the moment counts."""
        times = [beijing(f"2022-01-05 1{n // 2}:00") for n in range(8)]
        line = [replace(entry, time=time, stream=KZ) for entry, time in zip(many(8), times, strict=True)]
        snapshot = fill(make_engine(), [*line, QUAKE, GUIDE]).snapshot()
        for until in (*times[::2], beijing("2022-01-05 12:30"), beijing("2030-01-01 00:00")):
            known = [entry for entry in line if entry.time and entry.time <= until]
            last = known[-1].time if until.year < 2030 else QUAKE.time
            assert snapshot.newest_time(until) == last
            for place, entry in enumerate(line):
                before, after = snapshot.neighbours(entry.id, 3, until)
                assert before == tuple(one for one in line[:place] if one in known)[-3:]
                assert after == tuple(one for one in line[place + 1 :] if one in known)[:3]
        assert snapshot.newest_time(beijing("2001-01-01 00:00")) is None

    # -- vocabulary ----------------------------------------------------------------------------

    def test_vocabulary_holds_words_values_and_headlines(self, engine: Engine) -> None:
        """Every word of every entry, agencies and streams with their counts, headlines newest first."""
        found = engine.snapshot().vocabulary(1000)
        assert found.generation == engine.snapshot().stats().generation
        words = {word for entry in CORPUS for word in ANALYZER.words(entry.headline + "\n" + entry.body)}
        assert words <= set(found.words) and min(found.words.values()) > 0
        facets = ask(engine, ALL).facets
        for values, facet in ((found.agencies, "agency"), (found.streams, "stream")):
            assert {one.text: one.count for one in values} == {f.value: f.count for f in facets[facet]}
        assert {one.text for one in found.headlines} == {entry.headline for entry in CORPUS if entry.headline}
        times = [one.since for one in found.headlines if one.since]
        assert times == sorted(times, reverse=True)
        assert len(engine.snapshot().vocabulary(2).headlines) <= 2
