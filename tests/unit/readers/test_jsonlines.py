"""JSON entries: the fields, the lines, the array, and what goes wrong in each."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.entry import Attribution, Entry
from tests.support.readers import BEIJING, SHARED, entries, items, refusal, split

DXY = SHARED / "collections" / "dxy_covid_news" / "entries.jsonl"


def one(**fields: object) -> Entry:
    """Read one object that has nothing wrong with it."""
    (entry,) = entries(json.dumps(fields), "a.jsonl")
    return entry


def fault(line: str) -> str:
    """Read one line that cannot be an entry, and return what is said of it."""
    found, (problem,) = split(items(f"{line}\n", "a.jsonl"))
    assert not found and problem.line == 1
    return problem.message


def test_all_fields_are_taken() -> None:
    """Every field of an entry comes through as it is written."""
    entry = one(
        id="x1", time="2022-01-05T13:35:10+03:00", headline="标题", body="甲\n乙", captions=["图一", "图二"],
        agencies=["俄新社", "塔斯社"], credit="记者 王斌", stream="专题", url="https://example.org/1",
    )  # fmt: skip
    assert entry == Entry(
        id="x1",
        time=datetime.fromisoformat("2022-01-05T13:35:10+03:00"),
        headline="标题",
        body="甲\n乙",
        captions=("图一", "图二"),
        agencies=("俄新社", "塔斯社"),
        credit="记者 王斌",
        stream="专题",
        url="https://example.org/1",
        attributions=(Attribution("俄新社"), Attribution("塔斯社")),
    )


def test_the_names_of_data_sets_are_taken() -> None:
    """title, text and source stand for headline, body and agencies, unless those say something."""
    entry = one(
        id="k7", title="标题", text="第一段\n\n 第二段 ", source="俄新社、塔斯社；路透社;法新社,美联社"
    )
    assert (entry.id, entry.headline, entry.body) == ("k7", "标题", "第一段\n第二段")
    assert entry.agencies == ("俄新社", "塔斯社", "路透社", "法新社", "美联社")
    (entry,), (problem,) = split(items('{"title":"别的","headline":"真标题"}', "a.jsonl"))
    assert entry.headline == "真标题" and "title" in problem.message
    assert one(headline="", title="标题").headline == "标题"


def test_agencies_are_looked_for_only_where_none_are_named() -> None:
    """A named agency is the origin, and the text is not asked."""
    assert one(body="据俄新社报道，甲。").agencies == ("俄新社",)
    assert one(body="据俄新社报道，甲。", agencies=["塔斯社"]).attributions == (Attribution("塔斯社"),)


def test_a_time_may_be_missing_or_a_day_only() -> None:
    """Without a zone it is taken in that of the home."""
    assert one(body="甲").time is None and one(body="甲", time=None).time is None
    assert one(body="甲", time="2022-01-05").time == datetime(2022, 1, 5, tzinfo=BEIJING)


def test_ids_are_made_where_none_are_given() -> None:
    """From the minute, numbered in the order of the file, or else from what is said."""
    lines = [
        {"body": "甲", "time": "2022-01-05T10:00"},
        {"body": "乙", "time": "2022-01-05T10:00"},
        {"body": "丙"},
    ]
    first, second, third = entries("\n".join(map(json.dumps, lines)), "sub/a.jsonl.x.jsonl")
    assert (first.id, second.id) == ("sub/a.jsonl.x/0105-1000", "sub/a.jsonl.x/0105-1000-2")
    assert third.id.startswith("sub/a.jsonl.x/") and len(third.id.rpartition("/")[2]) == 12
    assert third.id == entries(json.dumps(lines[2]), "sub/a.jsonl.x.jsonl")[0].id
    assert first.stream == "sub/a.jsonl.x"


def test_the_first_of_two_equal_ids_is_kept() -> None:
    """The problem stands at the second and names the first."""
    (entry,), (problem,) = split(items('{"id":"a","body":"甲"}\n\n{"id":"a","body":"乙"}\n', "a.jsonl"))
    assert entry.body == "甲" and problem.line == 3 and "第 1 行" in problem.message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("不是", "不是有效的 JSON"),
        ('{"body": "甲"', "不是有效的 JSON"),
        ("[1]", "不是 JSON 对象"),
        ('{"body":' + "[" * 100_000, "嵌套过深"),
        ('{"id":' + "9" * 5000 + ',"body":"甲"}', "数字过大"),
        ('{"captions":["图"]}', "既无标题也无正文"),
        ('{"id":"' + "长" * 201 + '","body":"甲"}', "200"),
    ],
)
def test_a_bad_line_is_told_by_its_field(line: str, message: str) -> None:
    """The message says which field, and what is wrong with it."""
    assert message in fault(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"headline":"甲","body":5}', "字段 body 是数字"),
        ('{"headline":"甲","body":{"html":true}}', "字段 body 应为文字，而不是对象"),
        ('{"headline":["甲"],"body":[true]}', "字段 body 应为文字，而不是真假值"),
        ('{"headline":"甲","captions":[1]}', "字段 captions 应为文字，而不是一个数"),
        ('{"headline":"甲","source":12}', "字段 source 应为文字，而不是一个数"),
        ('{"headline":"甲","id":true}', "字段 id 应为文字，而不是真假值"),
        ('{"headline":"甲","attributions":[{"agency":"俄新社"}]}', "字段 attributions"),
        ('{"headline":"甲","time":[]}', ""),
        ('{"headline":"甲","source":{},"id":null}', ""),
    ],
)
def test_a_value_of_another_type_costs_itself(line: str, message: str) -> None:
    """The entry stays, and the problem names the field; nothing is said of an empty value."""
    (entry,), problems = split(items(line, "a.jsonl"))
    assert entry.headline == "甲"
    assert [message in problem.message and problem.line for problem in problems] == [1] * bool(message)


def test_a_bad_line_does_not_stop_the_rest() -> None:
    """The entries around it are read."""
    found, problems = split(items('{"body":"甲"}\n?\n{"body":"乙"}\n', "a.ndjson"))
    assert [entry.body for entry in found] == ["甲", "乙"] and [problem.line for problem in problems] == [2]


def test_control_characters_are_removed_and_reported_once() -> None:
    """Control characters are removed, lone surrogates replaced; each is reported at its first line only."""
    content = (
        '{"body":"甲\\u0000乙"}\n{"body":"丙\\ud800\\u0007"}\n{"body":"\\udfff丁\\u0000\\ud83d\\ude00"}\n'
    )
    found, problems = split(items(content, "a.jsonl"))
    assert [entry.body for entry in found] == ["甲乙", "丙\ufffd", "\ufffd丁😀"]
    assert [problem.line for problem in problems] == [1, 2]


def test_a_link_is_a_web_address_or_none() -> None:
    """Anything that a browser could run is dropped, and told."""
    (entry,), (problem,) = split(items('{"body":"甲","url":"javascript:alert(1)"}', "a.jsonl"))
    assert entry.url == "" and "链接" in problem.message


def test_an_entry_has_a_bounded_number_of_agencies_and_captions() -> None:
    """The first ones are kept, and a problem names how many there were."""
    names = [f"第{n}社" for n in range(300_000)]
    line = json.dumps({"body": "甲", "agencies": names, "captions": names}, ensure_ascii=False)
    (entry,), problems = split(items(line, "a.jsonl"))
    assert entry.agencies == tuple(names[:1000]) and entry.captions == tuple(names[:10_000])
    assert all("300000" in problem.message for problem in problems) and len(problems) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("长" * 1_000_001, "1,000,000"),
        (" ".join(f"{n:x}" for n in range(110_000)), "100,000"),
        (",".join(f"{n:x}" for n in range(110_000)), "100,000"),
        (
            "".join(map(chr, (*range(0x4E00, 0xA000), *range(0x3400, 0x4DC0), *range(0x20000, 0x33480))))
            + "x" * 9,
            "100,000",
        ),
    ],
    ids=["long", "words", "words with commas", "characters"],
)
def test_an_entry_beyond_what_a_segment_holds_is_left_out(body: str, message: str) -> None:
    """A segment has room for 131,072 distinct units; a text that may have more is a problem."""
    assert message in fault(json.dumps({"body": body}, ensure_ascii=False))


def test_a_book_is_an_entry() -> None:
    """A long text of few distinct words is within the bounds."""
    assert len(one(body="Call me Ishmael, some years ago 叫我以实玛利。" * 20_000).body) > 700_000


def test_what_an_export_writes_reads_back() -> None:
    """An entry's own JSON form, roles included, is a line of this format."""
    entry = one(id="a", body="据俄新社援引塔斯社报道，甲。", time="2022-01-05T10:00")
    assert one(**entry.as_dict()) == entry


def test_an_array_is_read_with_the_lines_of_its_objects() -> None:
    """Elements may span lines, and a bad one costs itself."""
    content = '\n[{"id":"a","body":"甲"},\n {"id":"b",\n  "body":"乙"},\n 3,\n {"body":""}]\n'
    found, problems = split(items(content, "a.json"))
    assert [entry.id for entry in found] == ["a", "b"] and [problem.line for problem in problems] == [5, 6]
    assert [entry.body for entry in entries('{"body":"甲"}\n{"body":"乙"}', "a.json")] == ["甲", "乙"]
    for empty in ("[]", ""):
        assert [problem.message for problem in split(items(empty, "a.json"))[1]] == ["文件里没有条目"]


@pytest.mark.parametrize(
    ("content", "line"),
    [('[\n{"body"', 2), ("[", 1), ("[\n\n" + "[" * 100_000, 3), ('{"items":\n["甲",\n', 1), ('{\n"body', 1)],
)
def test_a_document_with_faults_and_without_entries_is_refused(content: str, line: int) -> None:
    """So the entries that the file had stay in the index."""
    error = refusal(content, "a.json")
    assert error is not None and error.problem.line == line


def test_a_line_beyond_the_limit_is_skipped() -> None:
    """16 MiB is the most that one entry may take."""
    long = '{"body":"' + "x" * (16 << 20) + '"}'
    found, (problem,) = split(items(f'{{"body":"甲"}}\n{long}\n{{"body":"乙"}}', "a.jsonl"))
    assert [entry.body for entry in found] == ["甲", "乙"] and problem.line == 2


@pytest.mark.skipif(not DXY.exists(), reason="the shared folder is not beside this checkout")
def test_a_real_collection_reads_without_a_problem() -> None:
    """Every line is an entry with its own id, its time and its source."""
    found = entries(DXY.read_bytes(), "dxy.jsonl")
    assert len(found) == len({entry.id for entry in found}) == 2767
    assert found[0].agencies == ("武汉市卫健委",) and found[0].headline == "武汉发现 27 例肺炎病例"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "id",
        "time",
        "headline",
        "title",
        "body",
        "text",
        "captions",
        "agencies",
        "source",
        "url",
        "attributions",
    ]
)


@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=4))
def test_any_values_end_in_entries_and_problems(lines: list[dict[str, object]]) -> None:
    """Each object gives an entry or a problem, whatever its fields hold."""
    found, problems = split(items("\n".join(map(json.dumps, lines)), "a.jsonl"))
    assert len(found) <= len(lines) <= len(found) + len(problems)


def test_what_an_export_says_of_itself_is_no_entry() -> None:
    """It is passed over without a word, wherever it stands; an entry that has such a field is an entry."""
    said = json.dumps({"xunwen_export": {"query": "机场"}})
    entry = json.dumps({"headline": "标题", "xunwen_export": 1})
    assert [one.headline for one in entries(f"{said}\n{entry}\n{said}\n", "a.jsonl")] == ["标题"]
    assert [one.headline for one in entries(f"[{said}, {entry}]", "a.json")] == ["标题"]
    assert items(f"{said}\n", "a.jsonl") == []


def test_a_rubric_in_the_field_of_sources_credits_nobody() -> None:
    """It is reported once for a file; the sources are then read from the text."""
    lines = [
        {"headline": "甲", "source": "国内联播快讯", "text": "记者从水利部获悉，汛期提前。"},
        {"headline": "乙", "source": "]體育新聞、江城日报", "text": "球场开放。"},
        {"headline": "丙", "agencies": ["今日要闻"], "text": "球场关闭。"},
    ]
    found, problems = split(items("\n".join(map(json.dumps, lines)), "a.jsonl"))
    assert [entry.agencies for entry in found] == [("水利部",), ("江城日报",), ()]
    (problem,) = problems
    assert problem.line == 1 and "「国内联播快讯」" in problem.message
