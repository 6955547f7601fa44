"""Bad data and bad queries of every kind: one clear sentence, the right exit code, and nothing is lost.

These go through the command line; the page and the API have their own tests of the same list.
"""

import os
import re
from html import escape

import pytest

from search import Home, Searcher
from tests.support.homes import Cli, program, row, write_rows

GOOD = "1月5日13:35\n\n机场恢复运行\n\n首批航班已经起飞。\n"
BLOG = "2022-01-06-blog.txt"


def lines(*entries: str) -> bytes:
    """Return lines of JSON, the first of which is good."""
    return "\n".join(
        ['{"id": "good", "time": "2022-01-05", "body": "首批航班已经起飞。"}', *entries]
    ).encode()


# -- files ------------------------------------------------------------------------------------------------

REFUSED = [
    pytest.param("blog.txt", GOOD.encode(), "年", id="no year"),
    pytest.param(BLOG, "没有一行是时间\n".encode(), "时间", id="no time line at all"),
    pytest.param(BLOG, GOOD.encode() + b"\xe5\x93 \xff " * 99, "UTF-8", id="broken UTF-8"),
    pytest.param(BLOG, b"\x80\xff\x00\x81" * 50, "编码|UTF-8", id="no known encoding"),
    pytest.param("a.jsonl", b"\xff\xfe" + b"\x00\xd8\x0a\x00" * 9, "UTF-16", id="broken UTF-16"),
    pytest.param("a.json", '[{"body": "消息'.encode(), "JSON|数组", id="half an array"),
    pytest.param("a.jsonl.gz", b"not packed", "压缩", id="not packed"),
    pytest.param("a.xml", b"<rss><channel><item", "RSS|XML|Atom|订阅", id="half a feed"),
    pytest.param("a.csv", "时候,说法\n1,2\n".encode(), "列|标题|表头", id="no column that we know"),
]


@pytest.mark.parametrize(("name", "written", "said"), REFUSED)
def test_a_file_that_cannot_be_read_is_named(cli: Cli, name: str, written: bytes, said: str) -> None:
    """Exit 1 and one sentence with the file's name; the other files are indexed all the same."""
    (cli.home.data / name).write_bytes(written)
    write_rows(cli.home, "other.jsonl", [row("1")])
    result = cli.run("reindex", code=1)
    (message,) = [line for line in result.stderr.splitlines() if line.startswith(name)]
    assert re.search(said, message), message
    report = cli.json("reindex", code=1)
    assert report["entries"] == 1 and len(report["problems"]) == 1
    assert report["problems"][0]["file"] == name


TOLD = [
    pytest.param("a.jsonl", lines('{"id": "2"}'), 2, "标题.*正文", id="no text"),
    pytest.param(BLOG, f"{GOOD}\n1月5日12:00\n\n1月5日11:00\n".encode(), 7, "", id="a time and nothing"),
    pytest.param("a.jsonl", lines('{"id": "2", "headline": " ", "body": "\u3000"}'), 2, "正文", id="blanks"),
    pytest.param("a.jsonl", lines('{"id": "good", "body": "重复"}'), 2, "good", id="duplicate id"),
    pytest.param(
        "a.jsonl", lines('{"id": "2", "time": "2022-02-30", "body": "x"}'), 2, "2", id="30 February"
    ),
    pytest.param("a.jsonl", lines('{"id": "2", "time": "25:61", "body": "x"}'), 2, "时间|25:61", id="25:61"),
    pytest.param(
        BLOG, f"{GOOD}\n2月30日12:00\n\n标题\n\n正文\n".encode(), 7, "2月30日", id="blog, 30 February"
    ),
    pytest.param(BLOG, f"{GOOD}\n1月5日25:61\n\n标题\n\n正文\n".encode(), 7, "25:61", id="blog, 25:61"),
    pytest.param("a.jsonl", lines('{"id": "2", "body": 5}'), 2, "body", id="a number for a text"),
    pytest.param("a.jsonl", lines("{nonsense"), 2, "JSON", id="no JSON"),
    pytest.param("a.jsonl", lines("[" * 100_000), 2, "嵌套|JSON", id="nested too deeply"),
    pytest.param("a.jsonl", lines('{"id": "\\u0000", "body": "x\\u0000y"}'), 2, "NUL|控制", id="NUL in JSON"),
    pytest.param("a.jsonl", lines('{"id": "2", "body": "\\ud800"}'), 2, "代理", id="lone surrogate"),
    pytest.param(
        BLOG, GOOD.encode().replace("首批".encode(), b"\xff\xfe"), 5, "2|UTF-8", id="broken characters"
    ),
    pytest.param(BLOG, GOOD.replace("首批", "首\0批").encode(), 5, "NUL|控制", id="NUL in a blog"),
    pytest.param(BLOG, GOOD.replace("首批", "首\x1b[31m批").encode(), 5, "控制", id="escape in a blog"),
]


@pytest.mark.parametrize(("name", "written", "line", "said"), TOLD)
def test_a_bad_record_is_named_and_the_rest_is_kept(
    cli: Cli, name: str, written: bytes, line: int, said: str
) -> None:
    """Exit 0 and one problem with file and line; the good entry is found."""
    (cli.home.data / name).write_bytes(written)
    report = cli.json("reindex")
    assert report["problems"], "nothing was told"
    first = report["problems"][0]
    assert (first["file"], first["line"]) == (name, line)
    assert re.search(said, first["message"]), first["message"]
    assert cli.json("search", "航班已经起飞")["total"] == 1
    assert f"{name}:{line}：" in cli.run("reindex").stderr


def test_bad_bytes_never_reach_an_entry(cli: Cli) -> None:
    """Control characters and lone surrogates are taken out of what is stored."""
    body = '{"id": "1", "body": "首\\u0000批\\u001b[31m航\\ud800班"}'
    (cli.home.data / "a.jsonl").write_text(body)
    cli.run("reindex")
    stored = Searcher(cli.home).entry("1").body
    assert all(char.isprintable() for char in stored) and stored.startswith("首批")


@pytest.mark.parametrize("kind", ["link to nowhere", "link to itself", "folder", "pipe"])
def test_what_is_no_file_does_no_harm(cli: Cli, kind: str) -> None:
    """A dead link or a pipe is named and costs exit 1; folders with a file's name are passed over."""
    path = cli.home.data / BLOG
    write_rows(cli.home, "other.jsonl", [row("1")])
    if kind.startswith("link"):
        path.symlink_to("nowhere" if kind.endswith("nowhere") else path)
        assert BLOG in cli.run("reindex", code=1).stderr
    elif kind == "folder":
        path.mkdir()
        cli.run("reindex")
    else:
        os.mkfifo(path)
        assert BLOG in cli.run("reindex", code=1).stderr
    assert Searcher(cli.home).search("").total == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", [BLOG, "a.jsonl", "a.csv"])
def test_a_line_of_100_megabytes_is_passed_over_in_bounded_memory(home: Home, name: str) -> None:
    """The line is named, the rest is kept, and memory stays below 400 MB."""
    good = {
        BLOG: f"{GOOD}\n1月5日12:00\n\n长\n\n".encode(),
        "a.jsonl": lines() + b"\n",
        "a.csv": "id,body\ngood,航班已经起飞\n".encode(),
    }
    with (home.data / name).open("wb") as file:
        file.write(good[name])
        for _ in range(100):
            file.write("哈".encode() * 350_000)
        file.write(b"\n")
    done = program("reindex", "--json", home=home, peak=True)
    assert re.search(rf"{re.escape(name)}(:\d+)?：.*(过长|超过|太长)", done.stderr), done.stderr
    assert int(done.stderr.rsplit("peak ", 1)[1]) < 400_000
    assert done.returncode == 0
    assert Searcher(home).search("航班已经起飞").total == 1


# -- queries ----------------------------------------------------------------------------------------------


def test_a_query_of_100_000_characters_is_refused(indexed: Cli) -> None:
    """Exit 2 and the limit."""
    assert "100000 个字符" in indexed.refused("search", "机" * 100_000, code=2)


def test_a_long_query_is_cut_and_told(indexed: Cli) -> None:
    """Between 1,000 and 10,000 characters the beginning is used."""
    answer = indexed.json("search", "机场 " * 500)
    assert answer["total"] == 2
    assert [problem["position"] for problem in answer["problems"]] == [1000]


MISTAKES = """
"机场
机场”
（机场
机场）
(((机场
机场 )) OR
机场 "" ()
机场 AND
| 机场
机场 「
机场 *
* 机场
机场 来源:
机场 时间:不是时间
机场 - -
机场 NOT
""".strip().split("\n")


@pytest.mark.parametrize("query", [*MISTAKES, "机场\x00\x1b", "\ud800机场"])
def test_a_query_with_a_mistake_is_understood(indexed: Cli, query: str) -> None:
    """Exit 0: the rest of the query is answered, and each fault is reported with its position."""
    answer = indexed.json("search", "--", query)
    assert {hit["id"] for hit in answer["hits"] if not hit["partial"]} == {"1", "2"}, answer["problems"]
    for problem in answer["problems"]:
        assert 0 <= problem["position"] <= len(query) and problem["message"]
    told = indexed.run("search", "--", query).stderr.splitlines()
    assert len(told) == len(answer["problems"])


@pytest.mark.parametrize("query", ["*", '"', "()", "-", "、。", "OR", "\x00", " ", "", "来源:", "😀"])
def test_a_query_without_words_is_answered(indexed: Cli, query: str) -> None:
    """Exit 0, whatever is typed."""
    answer = indexed.json("search", "--", query)
    assert answer["total"] in (0, 3)


def test_a_query_that_is_no_text_is_answered(indexed: Cli) -> None:
    """Bytes that are no UTF-8 arrive as lone surrogates; they are passed over, and the output is JSON."""
    query = "机场".encode() + b"\xff\xed\xa0\x80"
    done = program("search", query, "--json", home=indexed.home)
    assert done.returncode == 0 and '"total": 2' in done.stdout and "Traceback" not in done.stderr
    done = program("search", query, home=indexed.home)
    assert done.returncode == 0 and done.stdout.startswith("2 条")


def test_markup_stays_text(cli: Cli) -> None:
    """Tags that an entry is about are stored, escaped in highlights, and found; in queries they are text."""
    written = "<script>alert('机场')</script> & <mark>假</mark>"
    write_rows(cli.home, "a.jsonl", [row("1", escape(written), headline=escape("<b>机场</b>"))])
    cli.run("reindex")
    (hit,) = cli.json("search", "<script>alert('机场')</script>")["hits"]
    assert (hit["body"], hit["headline"], hit["partial"]) == (written, "<b>机场</b>", False)
    for marked in hit["highlights"].values():
        assert re.findall("<[^>]*>", re.sub("</?mark>", "", marked)) == []
        assert "假</mark>" not in marked
    assert written in cli.run("search", "假").stdout
    assert cli.json("search", "<b>没有这个</b>")["total"] == 0
