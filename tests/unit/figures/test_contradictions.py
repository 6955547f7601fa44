"""Contradictions: the examples of docs/extraction.md, pairs of real news labelled by reading, and laws."""

import csv
import gzip
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Entry
from search.figures import Figure
from search.figures.conflicts import contradiction
from search.figures.matter import matter_of, moment_of
from search.figures.tally import Row, tally_of
from search.readers.extraction.speaker import speaker_of
from tests.support.growth import growth
from tests.support.page_tables import table
from tests.support.readers import items, split
from tests.support.shared import shared

ROOT = Path(__file__).parents[3]
LABELLED = ROOT / "tests" / "fixtures" / "contradictions.tsv"
ZONE = ZoneInfo("Asia/Shanghai")
_REPORT = re.compile(r"(\d+)日(\d\d):(\d\d)(?: (\S+?))?：(.+)")
_EVENTS = re.compile("死|伤|确诊|感染|遇难")


def report(text: str, number: int) -> Entry:
    """Make an entry of May 2024 from `1日08:00 甲社：海滨市大火造成5人死亡`."""
    match = _REPORT.fullmatch(text)
    assert match, text
    day, hour, minute, agency, body = match.groups()
    time = datetime(2024, 5, int(day), int(hour), int(minute), tzinfo=ZONE)
    return Entry(f"e/{number}", time, body=body, agencies=(agency,) if agency else ())


@pytest.mark.parametrize(("rule", "first", "second", "shown"), table("Contradictions"))
def test_every_example_of_the_rules(rule: str, first: str, second: str, shown: str) -> None:
    """Each rule holds for its example, and each figure of the example is read."""
    reports = [report(text, number) for number, text in enumerate(filter(None, (first, second)))]
    tally = tally_of(reports)
    assert len(tally.rows) == 2, rule
    assert [one.why for one in tally.conflicts] == ([] if shown == "–" else [shown]), rule


@pytest.mark.parametrize(("sentence", "agency"), table("Who says a figure"))
def test_every_example_of_speakers(sentence: str, agency: str) -> None:
    """An entry credited to another agency, whose text names its own speaker."""
    (row,) = tally_of([Entry("e", body=sentence, agencies=("丙社",))]).rows
    assert row.figure.agency == agency.replace("–", "")


# -- real news ----------------------------------------------------------------------------------------------


def collection(name: str) -> list[Entry]:
    """Read the entries of a collection that can have figures."""
    path = shared(f"collections/{name}")
    plain = path / "entries.jsonl"
    data = plain.read_bytes() if plain.exists() else gzip.decompress((path / "entries.jsonl.gz").read_bytes())
    text = data.decode()
    lines = "\n".join(line for line in text.splitlines() if _EVENTS.search(line))
    return split(items(lines, "entries.jsonl"))[0]


def labelled(name: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the pairs of a collection, each with whether it is a contradiction."""
    with LABELLED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["collection"] == name:
                key = (row["first"], row["kind"], row["value"], row["second"], row["other"])
                yield key, row["contradiction"] == "yes"


def accepted(rows: tuple[Row, ...]) -> Iterator[tuple[str, ...]]:
    """Yield all pairs that the rules accept, not only the latest one for each figure."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row.figure.time and row.figure.place:
            groups.setdefault((row.figure.kind, row.figure.place, row.figure.scope), []).append(row)
    for group in groups.values():
        for index, one in enumerate(group):
            for other in group[index + 1 :]:
                if contradiction(one, other) and one.figure.who == other.figure.who:
                    figure, later = one.figure, other.figure
                    yield figure.entry_id, figure.kind, str(figure.value), later.entry_id, str(later.value)


def test_precision_on_real_news() -> None:
    """At least 90 % of the pairs accepted anywhere in two collections are labelled as contradictions.

    A pair that is not labelled counts as wrong: label it by reading both entries.
    """
    names = ("cctv_news", "dxy_covid_news")
    labels = {name: dict(labelled(name)) for name in names}
    right = wrong = 0
    for name in names:
        found = set(accepted(tally_of(collection(name)).rows))
        for pair in sorted(found):
            right, wrong = right + labels[name].get(pair, False), wrong + (not labels[name].get(pair, False))
            if not labels[name].get(pair, False):
                print("wrong", name, pair)
        missed = [pair for pair, verdict in labels[name].items() if verdict and pair not in found]
        print(name, "missed", missed)
    verdicts = [verdict for name in names for verdict in labels[name].values()]
    print(f"{right} right, {wrong} wrong; {sum(verdicts)} of {len(verdicts)} labelled are contradictions")
    assert len(verdicts) >= 60
    assert right >= 10 and right / (right + wrong) >= 0.9


# -- laws ---------------------------------------------------------------------------------------------------

BODIES = st.builds(
    "{}{}{}{}{}人死亡".format,
    st.sampled_from(["", "截至5月1日18时，", "4月30日的", "自3月2日以来，", "据甲社报道，", "声明称，"]),
    st.sampled_from(["海滨市", "山阴市", "叙利亚"]),
    st.sampled_from(["洪水", "空袭", "大火", ""]),
    st.sampled_from(["已造成", "造成", "已造成至少", "造成约"]),
    st.integers(1, 9),
)
REPORTS = st.lists(st.tuples(BODIES, st.integers(0, 400), st.sampled_from(["甲社", "乙社", ""])), max_size=12)


def entries_of(reports: list[tuple[str, int, str]]) -> list[Entry]:
    """Make entries of reports, each with its time after a start and its agency."""
    start = datetime(2024, 5, 1, 12, tzinfo=ZONE)
    return [
        Entry(f"e/{i}", start + timedelta(minutes=7 * time), body=body, agencies=(name,) if name else ())
        for i, (body, time, name) in enumerate(reports)
    ]


@given(REPORTS)
def test_a_contradiction_is_between_numbers_that_exclude_each_other(
    reports: list[tuple[str, int, str]],
) -> None:
    """Both rows agree in kind, scope and place; no number satisfies both; a total that falls is less."""
    tally = tally_of(entries_of(reports))
    for conflict in tally.conflicts:
        one, other = (tally.rows[index].figure for index in conflict.rows)
        assert conflict.first < conflict.second
        assert (one.kind, one.scope, one.place) == (other.kind, other.scope, other.place)
        (low, high), (other_low, other_high) = one.limits, other.limits
        assert high < other_low or other_high < low
        if conflict.why == "falls":
            assert other.value < one.value and other.scope == "total"


@given(REPORTS)
def test_contradictions_do_not_depend_on_the_order_of_entries(reports: list[tuple[str, int, str]]) -> None:
    """The order is that of time; every contradiction is one of its two rows alone."""
    entries = entries_of(reports)
    tally = tally_of(entries)
    assert tally_of(entries[::-1]) == tally
    for conflict in tally.conflicts:
        assert contradiction(*(tally.rows[index] for index in conflict.rows)) == conflict.why


@pytest.mark.parametrize(
    "piece",
    ["据甲社称，", "截至5月1日18时，", "自3月2日", "（", "5月1日", "巴方", "甲社报道", "的", "5月1日12-"],
)
def test_a_hostile_sentence_takes_linear_time(piece: str) -> None:
    """Twice the characters take twice the time, whatever repeats in them."""
    figure = Figure("死亡", 5, "人", place="海滨市", time=datetime(2024, 5, 1, 8, tzinfo=ZONE))

    def read(text: str) -> None:
        matter_of(figure, text, text, len(text))
        moment_of(figure, text, len(text))
        speaker_of(text, 0, len(text))

    assert growth(read, 2_000 // len(piece), lambda count: piece * count) < 3
