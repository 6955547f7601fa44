"""The dry run: what each file would give, and nothing is written."""

import gzip
import json
from pathlib import Path

import pytest

from search import Home, reindex
from search.errors import DataError
from search.indexing.preview import Preview, preview
from tests.support.homes import Cli, row, write_blog, write_rows

TABLE = "发布时间,标题,正文,浏览\n2024-03-09 08:15,大坝泄洪,水库开闸。,7\n昨天,渡口关闭,风大。,8\n"


@pytest.fixture
def mixed(home: Home) -> Home:
    """A table, a live blog, two files of JSON lines with one id, a broken file and a picture."""
    write_blog(home, "1月6日05:48\n机场恢复\n正文\n")
    (home.data / "b.csv").write_text(TABLE, encoding="gb18030")
    write_rows(home, "c.jsonl", [row("a-long-identifier")])
    write_rows(home, "d.jsonl", [row("a-long-identifier")])
    (home.data / "e.jsonl.gz").write_bytes(gzip.compress(b"{}")[:-4])
    (home.data / "f.png").write_bytes(b"\x89PNG")
    return home


def by_name(found: Preview) -> dict[str, dict[str, object]]:
    """Return the JSON of each file."""
    return {one["file"]: one for one in found.as_dict()["files"]}


def test_each_file_is_described(mixed: Home) -> None:
    """Format, encoding, names, entries, times, problems; files that cannot be read, and other kinds."""
    found = preview(mixed)
    files = by_name(found)
    table = files["b.csv"]
    assert (table["format"], table["encoding"], table["entries"]) == ("表格", "GB18030", 2)
    assert table["columns"] == {"发布时间": "time", "标题": "headline", "正文": "body"}
    assert list(table["unused"]) == ["浏览"]  # type: ignore[call-overload]
    assert table["from"] == table["to"] == "2024-03-09T08:15:00+08:00"
    assert "昨天" in json.dumps(table["problems"], ensure_ascii=False, default=str)
    assert files["d.jsonl"]["entries"] == 0 and "c.jsonl" in str(files["d.jsonl"]["problems"])
    assert files["e.jsonl.gz"]["unreadable"] and found.unreadable == 1
    assert [problem.file for problem in found.problems] == ["f.png"]


def test_it_agrees_with_the_reindex_and_writes_nothing(mixed: Home) -> None:
    """The same entries and the same sentences."""
    found = preview(mixed)
    assert not mixed.index.exists()
    report = reindex(mixed)
    assert found.entries == report.entries
    problems = {*found.problems, *(problem for one in found.files for problem in one.problems)}
    assert problems == set(report.problems)


def test_the_command(cli: Cli) -> None:
    """A line a file and its problems; 1 for a file that cannot be read; English on request."""
    (cli.home.data / "b.csv").write_text(TABLE, encoding="utf-8")
    done = cli.run("reindex", "--dry-run")
    line = next(one for one in done.stdout.splitlines() if one.startswith("b.csv"))
    assert "UTF-8" in line and "2 条" in line and "标题→headline" in line and "未用 浏览" in line
    assert cli.json("reindex", "--dry-run")["files"][0]["entries"] == 2
    (cli.home.data / "c.txt").write_text("没有时间的文字", encoding="utf-8")
    assert "c.txt  文字  读不了" in cli.run("reindex", "--dry-run", code=1).stdout
    assert not cli.home.index.exists()


def test_no_folder_is_told(tmp_path: Path) -> None:
    """As a reindex does."""
    with pytest.raises(DataError, match="data"):
        preview(Home(tmp_path))
