"""Names of columns and keys, which of several counts, and the problems about the others."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.entry import Entry
from search.errors import Problem
from search.readers.columns import FIELDS, columns_of
from tests.support.readers import entries, items, split

VALUES = {
    "id": "k1", "time": "2024-03-09 08:15", "headline": "大坝泄洪", "body": "水位回落。",
    "agencies": "水文报",
    "credit": "林远", "stream": "汛情", "url": "https://example.org/k1", "captions": "坝顶",
}  # fmt: skip
NAMES = [(field, name) for field, names in FIELDS.items() if field != "attributions" for name in names]


def table(rows: list[list[str]], delimiter: str = ",") -> str:
    """Write rows as a table."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue()


def value_of(entry: Entry, field: str) -> object:
    """Return the value of a field as it was written."""
    value = getattr(entry, field)
    if field == "time":
        return f"{value:%Y-%m-%d %H:%M}"
    return value[0] if isinstance(value, tuple) else value


@pytest.mark.parametrize(("field", "name"), NAMES)
def test_every_name_gives_its_field(field: str, name: str) -> None:
    """In tables and in JSON; the field of a headline is there in any case."""
    other = {"headline": "大坝泄洪"} if field != "headline" else {}
    fields = {**other, name: VALUES[field]}
    (lines,) = entries(json.dumps(fields), "a.jsonl")
    (cells,) = entries(table([list(fields), list(fields.values())]), "a.csv")
    assert value_of(lines, field) == value_of(cells, field) == VALUES[field]


@pytest.mark.parametrize(
    "name",
    ["發佈時間", "发布时间", "發布時間", "Publish_Time", "publishTime", "PUBLISH-TIME", " publish time ",
     "\ufeffＴｉｍｅ",
     '"time"', "文章发布时间", "post_date", "news_time", "发布时间（北京）", "ts", "inputTime"],
)  # fmt: skip
def test_the_form_of_a_name_does_not_matter(name: str) -> None:
    """Capitals, full width, traditional characters, signs, quotes, and a word before it."""
    assert columns_of(["title", name]).fields.get("time") == (1,)


@pytest.mark.parametrize(
    "name", ["阅读数", "time (UTC)", "当地时间差", "subtitle", "字数", "text_length", "x" * 1000, ""]
)
def test_other_names_give_no_field(name: str) -> None:
    """A zone in the name is not guessed at."""
    assert columns_of(["title", name]).unknown == (1,)


def told(found: list[Problem]) -> str:
    """Return the one sentence on names that were not used."""
    (problem,) = found
    assert problem.line == 0 and "没有用到" in problem.message
    return str(problem.message)


def test_names_without_a_field_are_told_once_a_file() -> None:
    """One sentence with all of them that have a value; an empty column is not worth one."""
    rows = [["标题", "阅读数", "空列", "评论数"], *[[f"第{n}号通报", "7", "", "9"] for n in (1, 2, 3)]]
    found, problems = split(items(table(rows), "a.csv"))
    message = told(problems)
    assert len(found) == 3 and "阅读数、评论数" in message and "空列" not in message


def test_the_names_that_are_told_are_bounded() -> None:
    """Of a thousand keys the first ones are named."""
    line = json.dumps({"title": "大坝泄洪", **{f"k{n}": n for n in range(1000)}})
    message = told(split(items(line, "a.jsonl"))[1])
    assert "k49、…" in message and "k50" not in message


def test_of_two_columns_of_one_field_the_first_with_a_value_counts() -> None:
    """In the order of the documentation, not of the file; a different value of the other is a problem."""
    rows = [
        ["摘要", "正文", "title", "Title"],
        ["短的", "长的", "大坝泄洪", "大坝泄洪"],
        ["只有摘要", "", "", "渡口关闭"],
    ]
    (first, second), problems = split(items(table(rows), "a.csv"))
    assert (first.body, second.body, second.headline) == ("长的", "只有摘要", "渡口关闭")
    assert "：摘要；" in told(problems)


@pytest.mark.parametrize(
    ("names", "row", "minute"),
    [
        (["日期", "时间"], ["2024-03-09", "08:15"], "0309 0815"),
        (["time", "date"], ["8:15:30", "2024/3/9"], "0309 0815"),
        (["日期", "时间"], ["2024年3月9日", "8时15分"], "0309 0815"),
        (["日期", "时间"], ["2024-03-09 00:00:00", "08:15"], "0309 0815"),
        (["日期", "时间"], ["2024-03-09", "2024-03-09 08:15"], "0309 0815"),
        (["日期", "时间"], ["2024-03-09", ""], "0309 0000"),
    ],
)
def test_a_day_and_a_time_of_day_in_two_columns(names: list[str], row: list[str], minute: str) -> None:
    """Both are used, whatever their order."""
    found, _ = split(items(table([[*names, "标题"], [*row, "大坝泄洪"]]), "a.csv"))
    assert f"{found[0].time:%m%d %H%M}" == minute


@pytest.mark.parametrize("empty", ["", " ", "NULL", "null", "None", "N/A", "\\N", "nan", "-", "——"])
def test_words_for_nothing_are_no_value(empty: str) -> None:
    """In a table and in JSON, for every field."""
    names = ["title", "body", "time", "source", "author", "url", "id"]
    row = ["大坝泄洪", *[empty] * 6]
    (cells,) = entries(table([names, row]), "a.csv")
    (lines,) = entries(json.dumps(dict(zip(names, row, strict=True))), "a.jsonl")
    assert cells == lines
    assert (cells.body, cells.time, cells.agencies, cells.credit, cells.url) == ("", None, (), "", "")


def test_a_number_is_a_text_where_a_text_is_meant() -> None:
    """A headline may be a year; a number for an agency is a code of another table, and told."""
    (entry,) = entries('{"title": 2024, "id": 7}', "a.jsonl")
    assert (entry.headline, entry.id) == ("2024", "a/7")
    (entry,), (problem,) = split(items('{"title": "大坝泄洪", "source": 3}', "a.jsonl"))
    assert entry.agencies == () and "source" in problem.message


@pytest.mark.parametrize(
    ("cell", "headline"),
    [
        ("['大坝泄洪']", "大坝泄洪"),
        ('["大坝", "泄洪"]', "大坝 泄洪"),
        ("['大坝\\n泄洪', '']", "大坝 泄洪"),
        ("['大坝' '泄洪", "['大坝' '泄洪"),
        ("[图]大坝泄洪[1]", "[图]大坝泄洪[1]"),
        ("['大坝', 1, '泄洪']", "['大坝', 1, '泄洪']"),
        ("['大坝'+'泄洪']", "['大坝'+'泄洪']"),
    ],
)
def test_a_list_in_a_cell_is_its_texts(cell: str, headline: str) -> None:
    """In a table; other brackets stay."""
    (entry,) = entries(table([["标题"], [cell]]), "a.csv")
    assert entry.headline == headline


@pytest.mark.parametrize(
    ("fields", "agencies"),
    [
        ({"时间": "2024-03-09 08:15　来源：某报、某台"}, ("某报", "某台")),
        ({"时间": "2024年3月9日 08:15来源:"}, ()),
        ({"时间": "2024-03-09 08:15 来源：某报", "来源": "某台"}, ("某台",)),
    ],
)
def test_a_source_behind_a_time(fields: dict[str, str], agencies: tuple[str, ...]) -> None:
    """It names the agencies unless another column does."""
    (entry,) = entries(json.dumps({"标题": "大坝泄洪", **fields}), "a.jsonl")
    assert entry.agencies == agencies and entry.time is not None and entry.time.minute == 15


def test_an_address_is_no_body() -> None:
    """It is the link if the record has no other; another body counts."""
    url = "https://example.org/1"
    (entry,) = entries(json.dumps({"title": "大坝泄洪", "description": url}), "a.jsonl")
    assert (entry.body, entry.url) == ("", url)
    fields = {"title": "大坝泄洪", "content": url, "description": "开闸。"}
    (entry,), (problem,) = split(items(json.dumps(fields), "a.jsonl"))
    assert (entry.body, entry.url) == ("开闸。", "") and "content" in problem.message
    (entry,) = entries(json.dumps({"title": "大坝泄洪", "text": url, "url": f"{url}/2"}), "a.jsonl")
    assert (entry.body, entry.url) == (url, f"{url}/2")


def test_a_file_without_any_time_is_told() -> None:
    """Once, with what to look at; not if a single entry has a time."""
    from search.readers.base import Record
    from search.readers.registry import read
    from tests.support.readers import BEIJING

    def problems(content: str) -> list[str]:
        source = content.encode()
        found = read(None, name="a.csv", zone=BEIJING, data=source)  # type: ignore[arg-type]
        return [str(item.message) for item in found if not isinstance(item, Record)]

    (message,) = problems("标题\n甲\n乙\n")
    assert "全部 2 条都没有时间" in message and "发布时间" in message
    assert problems("标题,时间\n甲,\n乙,2024-03-09\n") == []


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_the_header_tells_the_separator(separator: str, name: str) -> None:
    """Whatever the extension says."""
    rows = [["时间", "标题", "正文"], ["2024-03-09", "大坝泄洪", "水位; 回落, 船|舶"]]
    (entry,) = entries(table(rows, separator), name)
    assert (entry.headline, entry.body) == ("大坝泄洪", "水位; 回落, 船|舶")


def test_the_separator_line_of_a_spreadsheet_is_no_header() -> None:
    """It names the separator."""
    (entry,) = entries("sep=;\r\n时间;标题\r\n2024-03-09;大坝泄洪\r\n", "a.csv")
    assert entry.headline == "大坝泄洪" and entry.time is not None


@pytest.mark.parametrize(
    ("cell", "headline"),
    [
        ('"祝融"号出舱', '"祝融"号出舱'), ('"祝融号出舱', '"祝融号出舱'), ('他说"好"', '他说"好"'),
        ('"他说""好"""', '他说"好"'), ('"一 二"', "一 二"), ('""', ""),
    ],
)  # fmt: skip
def test_a_quote_in_a_table_with_tabs_is_text_unless_it_is_closed(cell: str, headline: str) -> None:
    """And the rows behind it stay rows, also when one of them ends with a quote."""
    content = f'标题\t正文\n{cell}\t甲\n渡口关闭\t宽 5"\n机场\t"乙"\n'
    found, problems = split(items(content, "a.tsv"))
    assert [entry.headline for entry in found] == [headline, "渡口关闭", "机场"] and not problems
    assert [entry.body for entry in found] == ["甲", '宽 5"', "乙"]


def test_empty_cells_behind_the_last_column_do_no_harm() -> None:
    """Spreadsheets write separators to the end of the widest row."""
    assert [entry.headline for entry in entries("标题,正文\n大坝泄洪,甲,,\n", "a.csv")] == ["大坝泄洪"]


@given(st.dictionaries(st.sampled_from([name for _, name in NAMES] + ["阅读数", "k"]),
                       st.text("甲乙丙丁1-", min_size=2, max_size=6).filter(lambda text: text.strip("-")),
                       min_size=1, max_size=6))  # fmt: skip
def test_every_value_is_in_the_entry_or_told(fields: dict[str, str]) -> None:
    """No character of a record is lost in silence."""
    for name, content in (
        ("a.jsonl", json.dumps(fields)),
        ("a.csv", table([list(fields), list(fields.values())])),
    ):
        try:
            found, problems = split(items(content, name))
        except Exception as error:  # a table without a headline or body
            assert "表头" in str(error)
            continue
        kept = json.dumps([entry.as_dict() for entry in found], ensure_ascii=False)
        said = " ".join(problem.message for problem in problems)
        for key, value in fields.items():
            assert value in kept or key in said or value in said or "既无标题也无正文" in said


def test_a_text_comes_before_its_abstract_whatever_surrounds_their_names() -> None:
    """newsContent is the body, and summary is not used."""
    columns = columns_of(["summary", "newsContent", "content_html", "markdown_url", "source_url"])
    assert columns.fields["body"] == (1, 2, 0)
    assert columns.fields["url"] == (4,)
