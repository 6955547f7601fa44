"""JSON of other shapes than one object a line: documents, wrappers, values that hold texts, and faults."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.readers import BEIJING, entries, items, refusal, split

ONE = {"title": "大坝泄洪", "time": "2024-03-09 08:15"}
TWO = {"title": "渡口关闭", "time": "2024-03-09 09:15"}
BOTH = ["大坝泄洪", "渡口关闭"]

SHAPES: dict[str, object] = {
    "an array": [ONE, TWO],
    "a list under a key": {"status": 0, "results": [ONE, TWO]},
    "a key that nobody knows": {"meta": {"count": 2}, "whatever": [ONE, TWO]},
    "two levels": {"code": 200, "data": {"page": 1, "list": [ONE, TWO]}},
    "hits of a search engine": {
        "hits": {"total": 2, "hits": [{"_id": "a", "_source": ONE}, {"_source": TWO}]}
    },
    "edges of a graph": {"data": {"posts": {"edges": [{"node": ONE}, {"node": TWO}]}}},
    "objects by id": {"n1": ONE, "n2": TWO},
    "an array of arrays": [[ONE], [TWO]],
    "two lists": {"top": [ONE], "more": [TWO]},
    "a feed with a title": {"title": "水利快讯", "description": "每日", "items": [ONE, TWO]},
    "an array of wrappers": [{"articles": [ONE]}, {"articles": [TWO]}],
}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_entries_are_found_in_every_shape(name: str, indent: int | None, shape: str) -> None:
    """By their keys, in one line or in many, whatever the extension."""
    found = entries(json.dumps(SHAPES[shape], indent=indent), name)
    assert [entry.headline for entry in found] == BOTH and all(entry.time for entry in found)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("between", ["\n", "\n\n", ",\n", " "])
def test_objects_side_by_side(name: str, between: str) -> None:
    """Indented objects one after the other, with or without a comma."""
    content = between.join(json.dumps(one, indent=1) for one in (ONE, TWO))
    assert [entry.headline for entry in entries(content, name)] == BOTH


def test_the_title_of_a_feed_is_the_stream() -> None:
    """A stream of its own comes first."""
    feed = {"title": "水利快讯", "items": [ONE, {**TWO, "stream": "汛情"}]}
    assert [entry.stream for entry in entries(json.dumps(feed), "a.json")] == ["水利快讯", "汛情"]


def test_counts_under_the_name_of_a_text_hide_no_entries() -> None:
    """What wraps them is no entry, although it has a summary."""
    value = {"date": "2024-03-09", "summary": {"saved": 2}, "topics": [{"title": "甲"}, {"title": "乙"}]}
    found = entries(json.dumps(value), "a.json")
    assert [(entry.headline, entry.time and f"{entry.time:%F}") for entry in found] == [
        ("甲", "2024-03-09"),
        ("乙", "2024-03-09"),
    ]


def test_entries_that_hold_lists_are_entries() -> None:
    """Comments, related reports and pictures are reported as not used."""
    one = {**ONE, "body": "水位回落。", "related": [TWO], "comments": [{"text": "好"}]}
    (entry,), (problem,) = split(items(json.dumps([one]), "a.json"))
    assert entry.headline == "大坝泄洪" and "related、comments" in problem.message


def test_lines_of_wrapped_entries_are_known() -> None:
    """A problem stands at the line of its object."""
    content = (
        '{"data": {"list": [\n {"title": "甲"},\n\n {"title": "",\n  "id": "x"},\n'
        ' {"title": "乙", "time": "何时"}]}}'
    )
    found, problems = split(items(content, "a.json"))
    assert [entry.headline for entry in found] == ["甲", "乙"] and [one.line for one in problems] == [4, 6]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[{"title": "大坝泄洪"},\n{"title": "坏的},\n{"title": "渡口关闭"}]', 2),
        ('[{"title": "大坝泄洪"},\n{"title" "坏的"},\n{"title": "渡口关闭"}]', 2),
        ('[{"title": "大坝泄洪"}, nonsense, {"title": "渡口关闭"}]', 1),
        ('{"items": [{"title": "大坝泄洪"},\n {"title": "坏\\q"},\n {"title": "渡口关闭"}], "n": 3}', 2),
        ('{"items": [{"title": "大坝泄洪"},\n {"title": "渡口关闭"}],\n oops}', 3),
        ('[{"title": "大坝泄洪"},\n{"title": "渡口关闭"},\n{"title": "没写', 3),
        ('[{"title": "大坝泄洪"},\n{"title": "渡口关闭"}\n', 2),
        ('[{"title": "大坝泄洪"},\n{"title": "渡口关闭"}]\n另外', 3),
        ('[{"title": "大坝泄洪"},\n{"n": [{"name": "x"}] oops},\n{"title": "渡口关闭"}]', 2),
    ],
)  # fmt: skip
def test_a_fault_costs_its_element_only(content: str, line: int) -> None:
    """The elements around it are read, and the problem has the line."""
    found, problems = split(items(content, "a.json"))
    assert [entry.headline for entry in found] == BOTH and [problem.line for problem in problems] == [line]


@pytest.mark.parametrize(
    "content",
    ['[{"title": "大坝泄洪"}, {"title": "渡口关闭"},]', '[{"title": "大坝泄洪"} {"title": "渡口关闭"}]'],
)
def test_commas_do_not_matter(content: str) -> None:
    """One too many or one too few loses nothing."""
    assert [entry.headline for entry in entries(content, "a.json")] == BOTH


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("source", {"name": "水文报"}, "agencies", ("水文报",)),
        ("source", [{"name": "水文报"}, "库区台"], "agencies", ("水文报", "库区台")),
        ("author", {"name": "林远"}, "credit", "林远"),
        ("authors", [{"name": "林远"}, {"name": "苏禾"}], "credit", "林远、苏禾"),
        ("author", ["林远", "苏禾"], "credit", "林远、苏禾"),
        ("content", {"rendered": "<p>水位回落。</p>"}, "body", "水位回落。"),
        ("content", ["水位回落。", "开闸。"], "body", "水位回落。\n开闸。"),
        ("content", [{"type": "p", "text": "水位回落。"}], "body", "水位回落。"),
        ("_id", {"$oid": "65f0"}, "id", "65f0"),
    ],
)
def test_texts_within_objects_and_lists(key: str, value: object, field: str, expected: object) -> None:
    """An object stands for its name or text, a list for its parts."""
    found, _ = split(items(json.dumps({**ONE, key: value}), "a.jsonl"))
    assert getattr(found[0], field) == expected


def test_faults_in_number_cost_bounded_time() -> None:
    """A document of faults ends with a sentence; what came before is kept."""
    content = '[{"title": "大坝泄洪"},\n' + '{"title": "x\n' * 100_000
    found, problems = split(items(content, "a.json"))
    assert found[0].headline == "大坝泄洪" and any("有误之处太多" in one.message for one in problems)


BROKEN = st.sampled_from(
    ['{"title": "', '"}', "{", "}", "[", "]", ",", '"title"', ":", "甲", "\n", "null", '{"title": "甲"}', "1"]
)


@given(st.lists(BROKEN, max_size=12).map("".join), st.sampled_from(["a.json", "a.jsonl"]))
def test_the_last_line_survives_whatever_stands_before_it(before: str, name: str) -> None:
    """An object on a line of its own is read, unless an open quote swallows it."""
    content = f'{before}\n{{"title": "渡口关闭"}}\n'
    if before.count('"') % 2:
        return
    error = refusal(content, name)
    assert error is None and "渡口关闭" in [entry.headline for entry in split(items(content, name))[0]]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: {"2023-03-05": rows},
        lambda rows: {"20230305": rows},
        lambda rows: {"2023": {"3/5": rows}},
        lambda rows: {"2023": {"03": {"05": rows}}},
        lambda rows: {"2023年": {"3月": {"5日": {"本地": rows}}}},
        lambda rows: {"data": {"2023/3/5": {"list": rows}}},
    ],
)
def test_keys_that_are_a_date_date_the_entries_below_them(wrap: Callable[[Any], Any]) -> None:
    """An entry with a time of its own keeps it."""
    rows = [{"title": "渡轮停航"}, {"title": "渡轮复航", "time": "2023-03-06 08:00"}]
    first, second = entries(json.dumps(wrap(rows), ensure_ascii=False), "ferry.json")
    assert first.time == datetime(2023, 3, 5, tzinfo=BEIJING)
    assert second.time == datetime(2023, 3, 6, 8, tzinfo=BEIJING)


@pytest.mark.parametrize("key", ["2023", "2023-13-05", "items", "v2023-03-05", "12/31"])
def test_other_keys_date_nothing(key: str) -> None:
    """Neither a year alone, nor a day without a year, nor a number of another meaning."""
    (entry,) = entries(json.dumps({key: [{"title": "渡轮停航"}]}), "ferry.json")
    assert entry.time is None
