"""Tables: CSV and TSV, in English and Chinese, whole and broken."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.readers import FIXTURES, entries, items, refusal, split


def test_chinese_column_names_and_cells_of_several_lines() -> None:
    """Every column has its field; ids are made where the cell is empty."""
    first, second, third = entries((FIXTURES / "table.csv").read_bytes(), "table.csv")
    assert (first.id, first.body) == ("t1", "第一段，含逗号。\n第二段。")
    assert first.agencies == ("海港通讯社", "港务局") and first.captions == ("闸口一角",)
    assert (first.credit, first.stream, first.url) == ("林远", "港口", "https://example.org/t1")
    assert (second.id, third.id) == ("table/0309-1000", "table/0309-1000-2")


def test_tabs_by_extension_and_encoding_by_content() -> None:
    """A .tsv has tabs; GB18030 and a byte order mark make no difference."""
    content = "ID\tTitle\nk1\t甲,乙\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        (entry,) = entries(content.encode(encoding), "a.tsv")
        assert (entry.id, entry.headline) == ("k1", "甲,乙")


def test_broken_rows_cost_themselves_only() -> None:
    """A ragged row and an unclosed quote are problems with their lines; the rows after them are read."""
    content = '编号,标题,正文\n1,甲\n2,"乙,x\n3,丙,"好"\n\n4,"丁"x,y\n5,戊,a,b\n6,己,z\n'
    found, problems = split(items(content, "a.csv"))
    assert [entry.id for entry in found] == ["a/3", "a/4", "a/6"]
    assert [problem.line for problem in problems] == [2, 3, 7] and found[1].headline == '"丁"x'


def test_a_quote_open_to_the_end_does_not_swallow_the_file() -> None:
    """Even when thousands of lines follow, only the line of the quote is lost."""
    rows = "".join(f"{number},标题\n" for number in range(3000))
    found, (problem,) = split(items(f'id,headline\nx,"开\n{rows}', "a.csv"))
    assert len(found) == 3000 and problem.line == 2


def test_a_line_beyond_the_limit_is_skipped() -> None:
    """On a line of its own, and within a quoted cell, whose row it breaks."""
    long = "x" * (1 << 20)
    found, problems = split(items(f'id,body\n1,甲\n2,{long}\n3,"乙\n{long}\n丙"\n4,丁\n', "a.csv"))
    assert [entry.id for entry in found] == ["a/1", "a/4"]
    assert {3, 4, 5} <= {problem.line for problem in problems}


@pytest.mark.parametrize(
    ("content", "message"),
    [("1,2022-01-05,甲\n", "列名"), ("名次,数\n甲,乙\n", "列名"), ('"标题\n甲\n', "列名")],
)
def test_without_a_header_the_table_is_refused(content: str, message: str) -> None:
    """The message says what the first line should be."""
    error = refusal(content, "a.csv")
    assert error is not None and error.problem.line == 1 and message in str(error)


def test_an_empty_table_is_a_problem() -> None:
    """No rows, no failure."""
    for content in ("", "\n\n"):
        assert [problem.line for problem in split(items(content, "a.csv"))[1]] == [0]
    assert [problem.message for problem in split(items("标题\n", "a.csv"))[1]] == ["文件里没有条目"]


CELLS = st.text(st.sampled_from('阿拉木图,"\n；x '), min_size=1, max_size=8).filter(str.strip)


@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6),
    st.sampled_from([("a.csv", ","), ("a.tsv", "\t")]),
)
def test_what_is_written_as_a_table_reads_back(rows: list[tuple[str, str]], form: tuple[str, str]) -> None:
    """Commas, quotes and line ends in cells come through."""
    name, delimiter = form
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(
        [("id", "标题", "正文"), *((n, *row) for n, row in enumerate(rows))]
    )
    found = entries(written.getvalue(), name)
    told = [["".join(part.split()) for part in row] for row in rows]
    assert [["".join(part.split()) for part in (entry.headline, entry.body)] for entry in found] == told
