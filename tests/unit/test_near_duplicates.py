"""Near-copies: what is one, what never is, and how they are put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import default_analyzer
from search.entry import Entry
from search.jsonable import jsonable
from search.near_duplicates import (
    MIN_JACCARD,
    DuplicateGroup,
    FactCache,
    Fingerprint,
    are_duplicates,
    copies_of,
    fold_copies,
)
from search.results import DuplicateOf

ANALYZER = default_analyzer()
NOON = datetime(2022, 1, 5, 12, tzinfo=UTC)
REPORT = (
    "阿拉木图国际机场今天上午恢复运行，候机大厅已经清理完毕，首批航班将于下午起飞。"
    "机场方面说，设施受损不严重，工作人员正在检修行李系统，旅客须提前到达并出示证件。"
)


def text(body: str, headline: str = "", *agencies: str) -> Fingerprint:
    return Fingerprint(Entry(id="x", headline=headline, body=body, agencies=agencies), ANALYZER)


@pytest.mark.parametrize(
    "other",
    [
        REPORT,
        REPORT.replace("，", " ").replace("。", "\n"),
        "快讯：" + REPORT,
        REPORT + "（完）",
        REPORT.replace("证件", "有效证件"),
        REPORT.replace("国际机场", "國際機場").replace("航班", "航班"),
    ],
)
def test_the_same_once_more_is_a_copy(other: str) -> None:
    """Marks, blanks, a word before or behind, traditional characters make no difference, either way."""
    assert are_duplicates(text(REPORT), text(other)) and are_duplicates(text(other), text(REPORT))


COUNT = (
    "卫健委通报，昨天全市新增确诊病例 5 例，均为轻型，已在定点医院隔离治疗，密切接触者已接受医学观察。" * 3
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COUNT, COUNT.replace("5", "7")),
        (COUNT, COUNT.replace("5", "15", 1)),
        (COUNT, COUNT + "5 人出院。"),
        (COUNT, COUNT.replace("5 例", "五例")),
        (COUNT, COUNT.replace("新增", "无新增", 1)),
        (COUNT + "辽宁省", COUNT + "山东省"),
        (COUNT + "阿拉木图", COUNT + "努尔苏丹"),
        (COUNT + "河南", COUNT + "河北"),
        (COUNT + "3人死亡，4人受伤", COUNT + "4人死亡，3人受伤"),
        (COUNT + "F16", COUNT + "F35"),
        (REPORT, REPORT[: len(REPORT) // 2]),
        ("机场恢复运行", "机场停止运行"),
        ("机场", "银行"),
    ],
)
def test_another_fact_is_no_copy(one: str, other: str) -> None:
    """One number, place, name or negation that differs is enough, however long the rest."""
    assert not are_duplicates(text(one), text(other)) and not are_duplicates(text(other), text(one))


def test_spaces_and_commas_in_numbers_are_no_difference() -> None:
    """新增 5 例 is 新增5例, and 23,876 is 23876."""
    assert are_duplicates(text(COUNT), text(COUNT.replace(" ", "")))
    assert are_duplicates(text(REPORT + "共23,876人"), text(REPORT + "共23876人"))
    assert are_duplicates(text(COUNT), text(COUNT.replace("5", "５")))


def test_who_says_it_makes_no_difference_but_who_decrees_it_does() -> None:
    """The name of a news agency is left out of the comparison; that of a health office is not."""
    one = text("俄罗斯卫星社说，" + REPORT, "", "俄罗斯卫星社")
    other = text("哈萨克斯坦通讯社说，" + REPORT, "", "哈萨克斯坦通讯社")
    assert are_duplicates(one, other)
    one = text("湖北省卫健委说，" + REPORT, "", "湖北省卫健委")
    other = text("湖南省卫健委说，" + REPORT, "", "湖南省卫健委")
    assert not are_duplicates(one, other)


def entry(id: str, body: str, minutes: float | None = 0, **fields: object) -> Entry:
    time = None if minutes is None else NOON + timedelta(minutes=minutes)
    return replace(Entry(id=id, body=body, time=time), **fields)  # type: ignore[arg-type]


def fold(*entries: Entry, kinds: str = "") -> list[DuplicateGroup]:
    return fold_copies(entries, [kind == "p" for kind in kinds or "f" * len(entries)], FactCache(ANALYZER))


def test_the_earliest_is_shown_and_the_others_follow_by_time() -> None:
    """Whatever the order they come in; one without a time is the last, ties go by id."""
    late, early, never = entry("c", REPORT, 12), entry("b", REPORT, 0), entry("a", REPORT, None)
    other = entry("d", "银行停业", -5)
    assert fold(never, late, other, early) == [DuplicateGroup(2), DuplicateGroup(3, (1, 0))]
    assert fold(entry("b", REPORT), entry("a", REPORT)) == [DuplicateGroup(1, (0,))]


def test_full_and_partial_matches_stay_apart() -> None:
    """A copy among the partial matches is not folded into a full match."""
    same = [entry(id, REPORT) for id in "abcd"]
    assert fold(*same, kinds="ffpp") == [DuplicateGroup(0, (1,)), DuplicateGroup(2, (3,))]


def test_delays_are_told_in_seconds() -> None:
    """From the entry shown; none where a time is missing."""
    shown, other, never = entry("a", "甲"), entry("b", "甲", 12, agencies=("俄新社",)), entry("c", "甲", None)
    first, second = copies_of(shown, [other, never])
    assert first == DuplicateOf("b", other.time, 720.0, ("俄新社",))
    assert jsonable(first) == {
        "id": "b",
        "time": "2022-01-05T12:12:00+00:00",
        "delay_seconds": 720.0,
        "agencies": ["俄新社"],
    }
    assert (second.delay_seconds, jsonable(second)["time"]) == (None, None)


#: Texts that share much: a few sentences in any combination, with numbers.
sentences = [
    "机场恢复运行。",
    "首批航班已经起飞。",
    "新增5例。",
    "新增7例。",
    "总统发表电视讲话，呼吁民众保持冷静。",
    "！",
]
bodies = st.lists(st.sampled_from(sentences), min_size=1, max_size=8).map("".join)
times = st.none() | st.integers(0, 50)


@given(st.lists(st.tuples(bodies, times, st.booleans()), max_size=25))
def test_each_entry_is_in_one_group_with_an_earlier_copy(
    rows: list[tuple[str, int | None, bool]],
) -> None:
    """Groups divide the entries; each copy is one of what is shown, of its kind, and not older."""
    entries = [entry(f"{n:02}", body, minutes) for n, (body, minutes, _) in enumerate(rows)]
    groups = fold_copies(entries, [kind for _, _, kind in rows], FactCache(ANALYZER))
    assert sorted(i for group in groups for i in (group.shown, *group.copies)) == list(range(len(rows)))
    for group in groups:
        shown = entries[group.shown]
        for copy in group.copies:
            assert are_duplicates(Fingerprint(shown, ANALYZER), Fingerprint(entries[copy], ANALYZER))
            assert rows[copy][2] == rows[group.shown][2]
            ages = [entries[place].time or datetime.max.replace(tzinfo=UTC) for place in (group.shown, copy)]
            assert ages == sorted(ages)


@given(bodies, bodies)
def test_the_sample_spares_time_and_changes_nothing(one: str, other: str) -> None:
    """What is compared quickly is Jaccard's coefficient of the rows, and it does not matter who asks."""
    a, b = text(one), text(other)
    similar = len(a.shingles & b.shingles) >= MIN_JACCARD * len(a.shingles | b.shingles)
    same_facts = (a.numbers, a.names) == (b.numbers, b.names)
    assert are_duplicates(a, b) == are_duplicates(b, a) == (similar and same_facts)


def plainly(entries: list[Entry], kinds: list[bool]) -> list[DuplicateGroup]:
    """The groups by comparing every entry with all that are shown, as the rule says."""
    texts = [Fingerprint(one, ANALYZER) for one in entries]
    late = datetime.max.replace(tzinfo=UTC)
    groups: dict[int, list[int]] = {}
    for place in sorted(range(len(entries)), key=lambda i: (entries[i].time or late, entries[i].id)):
        alike = (i for i in groups if kinds[i] == kinds[place] and are_duplicates(texts[place], texts[i]))
        shown = next(alike, None)
        groups.setdefault(place if shown is None else shown, []).extend([] if shown is None else [place])
    return [DuplicateGroup(shown, tuple(copies)) for shown, copies in sorted(groups.items())]


SEEN = FactCache(ANALYZER)


@given(st.lists(st.tuples(bodies, times, st.booleans()), max_size=25))
def test_facts_first_changes_nothing(rows: list[tuple[str, int | None, bool]]) -> None:
    """Facts that are remembered, under ids that other texts had before, divide no group."""
    entries = [entry(f"{n:02}", body, minutes) for n, (body, minutes, _) in enumerate(rows)]
    kinds = [kind for _, _, kind in rows]
    assert fold_copies(entries, kinds, SEEN) == plainly(entries, kinds)


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half is forgotten when all room is taken."""
    monkeypatch.setattr("search.near_duplicates._CACHED_ENTRIES", 10)
    seen = FactCache(ANALYZER)
    for n in range(50):
        seen.hash("figures", entry("a", f"{n}人"), n)
        assert len(seen._hashes["figures"]) <= 10
