"""Aliases: every line is a group, a comment or a problem with its number; a changed file is noticed."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Home, reindex
from search.analysis import default_analyzer
from search.settings.aliases import Aliases, AliasFile, read_aliases
from tests.support.homes import ROOT, row, write_rows

ANALYZER, ZONE = default_analyzer(), ZoneInfo("Asia/Shanghai")


def read(path: Path, data: bytes | str) -> Aliases:
    """Write a file of aliases and read it."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_aliases(path, ANALYZER, ZONE)


def names(aliases: Aliases) -> list[list[str]]:
    """Return the names of the groups as they were written."""
    return [[name.text for name in group.names] for group in aliases.groups]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the aliases are to lie."""
    return tmp_path / "aliases.txt"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("普京 = 普丁", ["普京", "普丁"]),
        ("普京＝普丁=Putin", ["普京", "普丁", "Putin"]),
        ("  俄新社 =  RIA Novosti  ", ["俄新社", "RIA Novosti"]),
        ("普京 = 普丁 # 台湾译名", ["普京", "普丁"]),
        ("C# = CSharp", ["C#", "CSharp"]),
        ("川普 = @realDonaldTrump", ["川普", "@realDonaldTrump"]),
        # the first spelling represents the equal ones
        ("泽连斯基 = 澤連斯基 = Zelensky = ＺＥＬＥＮＳＫＹ", ["泽连斯基", "Zelensky"]),
    ],
)
def test_a_line_is_a_group(file: Path, line: str, expected: list[str]) -> None:
    """Names are as written, without blanks and comments, each once."""
    found = read(file, line + "\n")
    assert (names(found), found.problems) == ([expected], ())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("普京", "名称 = 名称"),
        ("普京 = ", "缺少名称"),
        ("普京 == 普丁", "缺少名称"),
        ("普京 = ——", "「——」"),
        ("泽连斯基 = 澤連斯基", "是一样的"),
        ("卢比奥 = 鲁比奥 @ 胡说", "胡说"),
        ("卢比奥 = 鲁比奥 @", "时间范围有误"),
        ("卢比奥 = 鲁比奥 @ 2025-02-01..2025-01-01", "对调"),
    ],
)
def test_a_bad_line_is_told_by_its_number(file: Path, line: str, words: str) -> None:
    """One problem names the line; the lines around it hold."""
    found = read(file, f"# 注释\n\n普京 = 普丁\n{line}\n川普 = 特朗普\n")
    assert names(found) == [["普京", "普丁"], ["川普", "特朗普"]]
    (problem,) = found.problems
    assert (problem.file, problem.line) == ("aliases.txt", 4)
    assert words in problem.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends(file: Path, encoding: str, end: str) -> None:
    """UTF-8 with and without its mark, GB18030, UTF-16; Unix and Windows lines."""
    found = read(file, end.join(["# 人物", "普京 = 普丁", ""]).encode(encoding))
    assert (names(found), found.problems) == ([["普京", "普丁"]], ())


def test_a_range_limits_a_group(file: Path) -> None:
    """Behind @ stands a range of time, open on either side."""
    (group,) = read(file, "卢比奥 = 鲁比奥 @ 2025-01-20..").groups
    assert (group.within.start, group.within.end) == (datetime(2025, 1, 20, tzinfo=ZONE), None)
    (group,) = read(file, "努尔苏丹 = 阿斯塔纳 ＠2019-03-23..2022-09-17").groups
    assert group.within.end == datetime(2022, 9, 18, tzinfo=ZONE)


def test_no_file_is_no_error_and_nonsense_is_one_problem(file: Path) -> None:
    """A missing file has no groups; an unreadable file is one problem."""
    assert read_aliases(file, ANALYZER, ZONE) == Aliases()
    found = read(file, b"\xff\x00\xff\xff" * 9)
    assert (found.groups, [problem.line for problem in found.problems]) == ((), [0])
    file.unlink()
    file.mkdir()
    assert [problem.line for problem in read_aliases(file, ANALYZER, ZONE).problems] == [0]


PART = st.text(st.sampled_from("普京丁Aa1 =＝@＠#。，·\t"), max_size=12)


@given(st.lists(PART, max_size=6))
def test_whatever_stands_in_a_file_is_read(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    """Every line that is neither blank nor a comment gives one group or one problem, and none is lost."""
    file = tmp_path_factory.getbasetemp() / "aliases-any.txt"
    found = read(file, "\n".join(lines))
    comment = [not line.strip() or line.strip()[0] in "#＃" for line in lines]
    assert len(found.groups) + len(found.problems) == comment.count(False)
    for group in found.groups:
        assert len({name.units for name in group.names}) == len(group.names) >= 2
        for name in group.names:
            assert len(name.units) == len(name.offsets) and name.text == name.text.strip()


def test_a_changed_file_is_noticed(file: Path) -> None:
    """Names follow the file: there, changed, gone; damage leaves what was read before."""
    aliases = AliasFile(file, ANALYZER, ZONE)

    def known() -> bool:
        return aliases.names().any_of(["普"])

    assert not known()
    read(file, "普京 = 普丁")
    assert known()
    file.write_bytes(b"\xff\x00\xff\xff" * 9)
    assert known()
    read(file, "川普 = 特朗普")
    assert not known()
    read(file, "普京 = 普丁")
    os.utime(file, ns=(1, 1))
    assert known()
    file.unlink()
    assert not known()


def test_reindex_tells_the_problems_of_the_aliases(home: Home) -> None:
    """Each time, whether or not an entry changed; the entries are not touched."""
    write_rows(home, "a.jsonl", [row("1")])
    home.aliases.write_text("普京 = 普丁\n川普\n", encoding="utf-8")
    for unchanged in (0, 1):
        report = reindex(home)
        assert [(one.file, one.line) for one in report.problems] == [("aliases.txt", 2)]
        assert (report.unchanged, report.entries) == (unchanged, 1)


def test_the_sample_has_no_bad_line() -> None:
    """The file that comes with the program, and its table of spellings, are sound."""
    sample = read_aliases(ROOT / "data" / "aliases.txt", ANALYZER, ZONE)
    assert sample.problems == () and len(sample.groups) >= 40
    spellings = read_aliases(ROOT / "search" / "query" / "variants.txt", ANALYZER, ZONE)
    assert spellings.problems == () and len(spellings.groups) >= 30
