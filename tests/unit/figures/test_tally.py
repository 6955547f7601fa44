"""The tally of a query: rows in order of time, contradictions named, the same rows as CSV and as lines."""

import csv
import io
import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from search import Entry, Searcher
from search.figures.table import COLUMNS, tally_csv, tally_lines
from search.figures.tally import tally_of
from search.figures.wording import conflict_note
from search.language.catalogue import ENGLISH, translate
from search.searcher.figures import tally
from tests.support.homes import Cli, row, write_rows

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2024, 5, 3, 8, tzinfo=ZONE)


def entry(
    number: int, body: str, agency: str = "", minutes: int = 0, headline: str = "", **more: str
) -> Entry:
    """Make an entry a number of minutes after the start."""
    time = START + timedelta(minutes=minutes)
    return Entry(f"e/{number}", time, headline, body, agencies=(agency,) if agency else (), **more)


def why(*entries: Entry) -> list[tuple[str, int, int]]:
    """Return the conflicts of some entries."""
    return [(one.why, one.first, one.second) for one in tally_of(entries).conflicts]


def test_agencies_that_differ_are_named() -> None:
    """Two agencies, one place, two numbers within ten minutes; the note names the other one."""
    one = entry(1, "海滨市的大火造成5人死亡。", "甲社")
    other = entry(2, "海滨市的大火造成7人死亡。", "乙社", 10)
    assert why(one, other) == [("agencies", 0, 1)]
    found = tally_of([one, other])
    assert conflict_note(found.conflicts[0], found, ZONE) == "与 2024-05-03 08:00 甲社的 5 不一致"


@pytest.mark.parametrize(
    "other",
    [
        entry(2, "海滨市的大火造成7人死亡。", "甲社", 9),
        entry(2, "海滨市的大火造成7人死亡。", "乙社", 11),
        entry(2, "海滨市的大火造成7人死亡。", "", 9),
        entry(2, "大火造成7人死亡。", "乙社", 9),
        entry(2, "海滨市的大火造成7人死亡。", "乙社", 9, stream="另一场"),
    ],
)
def test_what_can_both_be_right_is_no_conflict(other: Entry) -> None:
    """The same agency, a later time, an unknown agency or place, another stream."""
    assert why(entry(1, "海滨市的大火造成5人死亡。", "甲社"), other) == []


def test_a_total_that_falls_is_named() -> None:
    """The count of all so far cannot become less; a count of new ones can."""
    totals = [entry(n, f"海滨市死亡人数升至{n}0人。", "甲社", 300 * m) for m, n in enumerate((1, 3, 2))]
    assert why(*totals) == [("falls", 1, 2)]
    new = [entry(n, f"海滨市新增确诊{n}0例。", "甲社", 300 * m) for m, n in enumerate((1, 3, 2))]
    assert why(*new) == []


def test_rows_are_in_order_of_time_and_say_each_figure_once() -> None:
    """A headline and its body are one row, the one that says more; no time comes last."""
    entries = [
        Entry("e/0", None, "", "9人失踪。"),
        entry(2, "海滨市已有5人死亡，2人受伤。", minutes=9, headline="5人死亡"),
        entry(1, "3人死亡。"),
    ]
    found = tally_of(entries)
    assert [(one.figure.entry_id, one.figure.kind, one.figure.place) for one in found.rows] == [
        ("e/1", "死亡", ""),
        ("e/2", "死亡", "海滨市"),
        ("e/2", "受伤", "海滨市"),
        ("e/0", "失踪", ""),
    ]
    assert [one.figure.kind for one in tally_of(entries, kind="死亡").rows] == ["死亡", "死亡"]


def test_cells_are_no_formulas() -> None:
    """A cell that a spreadsheet would run gets an apostrophe, and the file begins with a mark."""
    found = tally_of([entry(1, "=1+1造成5人死亡。", "@cmd", headline="+SUM(A1)", stream="-2")])
    text = tally_csv(found, ZONE, str)
    assert text.startswith("\ufeff")
    header, cells = csv.reader(io.StringIO(text[1:]))
    assert header == list(COLUMNS)
    said = dict(zip(header, cells, strict=True))
    assert (said["标题"], said["专题"], said["来源"]) == ("'+SUM(A1)", "'-2", "'@cmd")
    assert said["句子"] == "'=1+1造成5人死亡"
    assert (said["数字"], said["时间"]) == ("5", "2024-05-03T08:00+08:00")


def test_columns_kinds_and_notes_are_in_the_language_of_the_reader() -> None:
    """What the entries say stays as it is."""
    found = tally_of([entry(1, "海滨市至少5人死亡。", "甲社"), entry(2, "海滨市3人死亡。", "乙社", 5)])
    text = tally_csv(found, ZONE, lambda message: translate(message, ENGLISH))
    first, second = csv.DictReader(io.StringIO(text[1:]))
    assert not re.search("[\u4e00-\u9fff]", "".join(first))
    assert (first["kind"], first["limit"], first["figure"]) == ("killed", "at least", "5")
    assert (first["place"], first["agency"]) == ("海滨市", "甲社")
    assert second["contradiction"].startswith("not the same as at least 5")


def test_lines_name_conflicts() -> None:
    """A terminal shows what a row contradicts below it."""
    found = tally_of([entry(1, "海滨市5人死亡。", "甲社"), entry(2, "海滨市7人死亡。", "乙社", 5)])
    lines = tally_lines(found, ZONE)
    assert lines[1].startswith("2024-05-03 08:05  死亡  7 人  海滨市  乙社")
    assert lines[2].strip() == "! 与 2024-05-03 08:00 甲社的 5 不一致"


@pytest.fixture
def floods(cli: Cli) -> Cli:
    """A home with three entries about a flood and one about a fire."""
    rows = [
        row("f/1", "洪水造成3人死亡。", time="2024-05-01T08:00", stream="洪水", agencies=["甲社"]),
        row("f/2", "洪水造成8人死亡、2人失踪。", time="2024-05-02T08:00", stream="洪水", agencies=["乙社"]),
        row("f/3", "洪水正在退去。", time="2024-05-03T08:00", stream="洪水"),
        row("g/1", "大火造成1人死亡。", time="2024-05-02T09:00", stream="大火"),
    ]
    write_rows(cli.home, "news.jsonl", rows)
    cli.run("reindex")
    return cli


def test_a_tally_is_of_full_matches_under_all_filters(floods: Cli) -> None:
    """Query, filters and the state at a moment limit what is read."""
    searcher = Searcher(floods.home)

    def values(query: str, **filters: object) -> list[int]:
        return [one.figure.value for one in tally(searcher, query, **filters).rows]  # type: ignore[arg-type]

    assert values("洪水") == [3, 8, 2]
    assert values("洪水", asof="2024-05-01") == [3]
    assert values("截至:2024-05-01") == [3]
    assert values("", agency=["乙社"]) == [8, 2]
    assert values("", stream=["大火"]) == [1]
    assert values("", from_="2024-05-02", kind="死亡") == [8, 1]
    assert values("洪水 大火") == []
    assert (tally(searcher, "洪水").total, tally(searcher, "洪水").entries) == (3, 3)


def test_the_command_prints_lines_csv_and_json(floods: Cli) -> None:
    """All three say the same rows; two forms at once are refused."""
    document = floods.json("figures", "洪水")
    assert [one["value"] for one in document["figures"]] == [3, 8, 2]
    assert [one["entry_id"] for one in document["figures"]] == ["f/1", "f/2", "f/2"]
    lines = floods.run("figures", "洪水").stdout.splitlines()
    assert len(lines) == 3
    table = list(csv.DictReader(io.StringIO(floods.run("figures", "洪水", "--csv").stdout.lstrip("\ufeff"))))
    assert [one["数字"] for one in table] == ["3", "8", "2"]
    assert floods.run("figures", "洪水", "--kind", "失踪").stdout.count("\n") == 1
    assert "只能选一个" in floods.refused("figures", "洪水", "--csv", "--json", code=2)
    assert json.dumps(document, ensure_ascii=False)
