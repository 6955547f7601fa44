"""The command line: help, exit codes, JSON to the letter, and nothing on stdout but the answer."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from search import Home, __version__
from search.cli import main
from tests.support.homes import ROOT, Cli, program, row, write_blog, write_rows
from tests.support.waiting import HANG_SECONDS

BLOG = """1月6日13:35

阿拉木图机场恢复运行

据俄新社报道,阿拉木图机场已经恢复运行。(总台记者 王斌)

△机场大楼

1月6日05:48

哈萨克斯坦宣布紧急状态

总统当天签署法令。

1月5日23:39

阿拉木图实施宵禁

据国际文传电讯社报道,宵禁当晚生效。
"""
AIRPORT, DECREE, CURFEW = (f"2022-01-06-blog/{minute}" for minute in ("0106-1335", "0106-0548", "0105-2339"))


@pytest.fixture
def blog(cli: Cli) -> Cli:
    """The command line over a live blog of three entries, indexed."""
    write_blog(cli.home, BLOG)
    cli.run("reindex")
    return cli


# -- help -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*sorted(main.commands), ""])
def test_help_has_an_example_that_runs_as_printed(blog: Cli, name: str) -> None:
    """Each command explains itself; the lines of its example are accepted as they stand."""
    text = CliRunner().invoke(main, [*([name] if name else []), "--help"]).stdout
    _, _, rest = text.partition("Example:")
    lines = [line.strip() for line in rest.splitlines() if line.strip().startswith("xunwen ")]
    assert lines, f"xunwen {name} shows no example"
    for line in lines:
        args = shlex.split(line)[1:]
        if args[:1] == ["--home"]:
            args = args[2:]
        # Of what would not end or is not there, only the options are tried.
        if args[0] in ("serve", "evaluate", "replay", "show"):
            command = main.commands[args[0]]
            arguments = [a.replace("collections/cmrc2018", ".") for a in args[1:]]
            command.make_context(args[0], arguments, **main.context_settings)
            continue
        blog.run(*args)


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["search", "-h"], ["--version"]])
def test_help_and_version_are_on_stdout(args: list[str]) -> None:
    """They exit 0 and say nothing on stderr."""
    result = CliRunner().invoke(main, args)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Usage" if "version" not in args[0] else f"xunwen, version {__version__}")


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["search"],
        ["search", "机场", "--nonsense"],
        ["search", "机场", "--limit", "many"],
        ["search", "机场", "--limit", "0"],
        ["search", "机场", "--limit", "1001"],
        ["search", "机场", "--page", "0"],
        ["search", "机场", "--sort", "best"],
        ["search", "机场", "--from", "不是时间"],
        ["search", "机场", "--asof", "2022-02-30"],
        ["show", "x", "--context", "-1"],
        ["show"],
        ["evaluate", "missing"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
    ],
)
def test_wrong_usage_exits_2(blog: Cli, args: list[str]) -> None:
    """Nothing on stdout, a sentence on stderr."""
    result = blog.run(*args, code=2)
    assert result.stdout == "" and result.stderr and "Traceback" not in result.stderr


# -- JSON -------------------------------------------------------------------------------------------------


def test_reindex_json(cli: Cli) -> None:
    """The keys of the contract, in its order; problems have file, line and message."""
    write_rows(cli.home, "a.jsonl", [row("1"), {"id": "2"}])
    report = cli.json("reindex")
    contract = ["added", "changed", "removed", "unchanged", "entries", "seconds", "problems"]
    assert list(report) == [*contract, "renewed"]
    assert [report[key] for key in list(report)[:5]] == [1, 0, 0, 0, 1]
    assert isinstance(report["seconds"], float)
    (problem,) = report["problems"]
    assert list(problem) == ["file", "line", "message"]
    assert (problem["file"], problem["line"]) == ("a.jsonl", 2)


SEARCH_KEYS = [
    *("query", "total", "partial_total", "page", "limit", "sort", "took_ms", "asof", "hits", "facets"),
    *("histogram", "did_you_mean", "also_searched", "problems"),
]
HIT_KEYS = [
    *("id", "time", "headline", "body", "captions", "agencies", "attributions", "credit", "stream", "url"),
    *("score", "partial", "highlights", "missing", "corrections", "corrects"),
]


def test_search_json(blog: Cli) -> None:
    """The keys of the contract, in its order, with their types and values."""
    found = blog.json("search", "阿拉木图机场", "--limit", "2", "--asof", "2022-01-06")
    assert [key for key in found if key in SEARCH_KEYS] == SEARCH_KEYS
    assert found["query"] == "阿拉木图机场" and (found["page"], found["limit"]) == (1, 2)
    assert (found["total"], found["partial_total"], found["sort"]) == (1, 1, "relevance")
    assert found["asof"].startswith("2022-01-06T23:59:59") and found["took_ms"] > 0
    hit = found["hits"][0]
    assert list(hit) == HIT_KEYS
    assert hit | {"score": 0, "highlights": {}} == {
        "id": AIRPORT,
        "time": "2022-01-06T13:35:00+08:00",
        "headline": "阿拉木图机场恢复运行",
        "body": "据俄新社报道,阿拉木图机场已经恢复运行。",
        "captions": ["机场大楼"],
        "agencies": ["俄新社"],
        "attributions": [{"agency": "俄新社", "role": "origin"}],
        "credit": "总台记者 王斌",
        "stream": "2022-01-06-blog",
        "url": "",
        "score": 0,
        "partial": False,
        "highlights": {},
        "missing": [],
        "corrections": [],
        "corrects": None,
    }
    assert hit["score"] > 0 and list(hit["highlights"]) == ["headline", "body"]
    assert hit["highlights"]["headline"] == "<mark>阿拉木图机场</mark>恢复运行"
    assert [(one["id"], one["partial"]) for one in found["hits"][1:]] == [(CURFEW, True)]
    assert list(found["facets"]) == ["agency", "stream"]
    assert found["facets"]["stream"] == [{"value": "2022-01-06-blog", "count": 1, "selected": False}]
    assert found["histogram"]["interval"] in ("minute", "hour", "day", "month", "year")
    (bucket,) = found["histogram"]["buckets"]
    assert list(bucket) == ["start", "end", "count"] and bucket["count"] == 1
    assert (found["did_you_mean"], found["also_searched"], found["problems"]) == ([], [], [])


def test_search_json_tells_problems(blog: Cli) -> None:
    """Each with its position and a message."""
    (problem,) = blog.json("search", '机场 "宵禁')["problems"]
    assert problem["position"] == 3 and list(problem) == ["position", "message"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [AIRPORT, DECREE, CURFEW]),
        (["--sort", "oldest"], [CURFEW, DECREE, AIRPORT]),
        (["--limit", "1", "--page", "2"], [DECREE]),
        (["--agency", "俄新社"], [AIRPORT]),
        (["--agency", "俄新社", "--agency", "国际文传电讯社"], [AIRPORT, CURFEW]),
        (["--stream", "2022-01-06-blog"], [AIRPORT, DECREE, CURFEW]),
        (["--stream", "other"], []),
        (["--from", "2022-01-06"], [AIRPORT, DECREE]),
        (["--to", "1月5日"], [CURFEW]),
        (["--from", "2022-01-06", "--to", "2022-01-06T06:00"], [DECREE]),
        (["--asof", "2022-01-06 05:48"], [DECREE, CURFEW]),
        (["--exact"], [AIRPORT, DECREE, CURFEW]),
    ],
)
def test_search_options(blog: Cli, options: list[str], ids: list[str]) -> None:
    """Every option of the contract does its part."""
    assert [hit["id"] for hit in blog.json("search", "", *options)["hits"]] == ids


def test_show_json(blog: Cli) -> None:
    """The entry, and with --context its neighbours in order of time."""
    shown = blog.json("show", DECREE, "--context", "5")
    assert shown["headline"] == "哈萨克斯坦宣布紧急状态" and shown["time"] == "2022-01-06T05:48:00+08:00"
    assert [one["id"] for one in shown["before"]] == [CURFEW]
    assert [one["id"] for one in shown["after"]] == [AIRPORT]
    alone = blog.json("show", DECREE)
    assert (alone["before"], alone["after"]) == ([], [])


def test_status_and_check_json(blog: Cli) -> None:
    """What is indexed, and whether it is sound."""
    status = blog.json("status")
    assert (status["entries"], status["stale"], status["generation"]) == (3, 0, 0)
    assert (status["oldest"], status["newest"]) == ("2022-01-05T23:39:00+08:00", "2022-01-06T13:35:00+08:00")
    assert status["bytes"] > 1000 and status["home"] == str(blog.home.path)
    assert blog.json("check") == {"ok": True, "problems": []}
    (path,) = blog.home.index.glob("*.words")
    content = bytearray(path.read_bytes())
    content[-70] ^= 0xFF
    path.write_bytes(content)
    broken = blog.json("check", code=1)
    assert broken["ok"] is False and path.name in broken["problems"][0]


def test_analyze_json() -> None:
    """What the analyzer makes of a text, with places in the original; no home is needed."""
    result = CliRunner().invoke(main, ["analyze", "--json", "俄羅斯Ｆ－16"])
    found = json.loads(result.stdout)
    assert [unit["text"] for unit in found["units"]] == ["俄", "罗", "斯", "f", "16"]
    assert found["units"][4] == {"text": "16", "start": 5, "end": 7, "position": 4}
    assert "俄罗斯" in found["words"] and "俄罗" in found["bigrams"]


# -- text -------------------------------------------------------------------------------------------------


def test_search_text(blog: Cli) -> None:
    """Count, time in Beijing, headline, snippet, id and agencies; partial matches under a heading."""
    lines = blog.run("search", "阿拉木图机场").stdout.splitlines()
    assert re.fullmatch(r"1 条（[\d.]+ 毫秒）", lines[0])
    assert lines[2] == "2022-01-06 13:35  阿拉木图机场恢复运行"
    assert AIRPORT in lines[4] and "俄新社" in lines[4]
    assert "部分匹配（1 条）" in lines and lines.index("部分匹配（1 条）") > 4
    assert blog.run("search", "", "--limit", "1").stdout.endswith("第 1 页，共 3 页；下一页加 --page 2\n")
    nothing = blog.run("search", "机场 火星").stdout
    assert nothing.startswith("0 条") and "「火星」单独有 0 条" in nothing


def test_show_text(blog: Cli) -> None:
    """All that the entry says, and one line for each neighbour."""
    text = blog.run("show", AIRPORT, "--context", "1").stdout
    for part in (
        "阿拉木图机场恢复运行",
        "已经恢复运行。",
        "△机场大楼",
        "首发：俄新社",
        "记者：总台记者 王斌",
        AIRPORT,
    ):
        assert part in text
    assert text.splitlines()[0] == f"2022-01-06 05:48  哈萨克斯坦宣布紧急状态  [{DECREE}]"


def test_messages_go_to_stderr(blog: Cli) -> None:
    """Problems of data and of queries, and errors, leave stdout to the answer."""
    write_rows(blog.home, "b.jsonl", [{"id": "2"}])
    result = blog.run("reindex", "--json")
    assert "b.jsonl:1" in result.stderr and json.loads(result.stdout)["problems"]
    result = blog.run("search", '"机场', "--json")
    assert json.loads(result.stdout)["problems"]
    assert blog.run("search", '"机场').stderr.startswith("第 1 个字符：")
    assert "xunwen search" in blog.refused("show", "nothing", code=1)


def test_reindex_text_sums_up(cli: Cli) -> None:
    """One line on stdout."""
    write_blog(cli.home, BLOG)
    assert cli.run("reindex").stdout.startswith("新增 3，更改 0，删除 0，未变 0；共 3 条，用时")


# -- homes ------------------------------------------------------------------------------------------------


def test_the_home_is_an_option_a_variable_or_here(blog: Cli, tmp_path: Path) -> None:
    """--home goes before XUNWEN_HOME, and that before the working directory."""
    here, other = blog.home.path, tmp_path / "other"
    other.mkdir()

    def found(*args: str, cwd: Path, variable: Path | None = None) -> int:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)} | (
            {"XUNWEN_HOME": str(variable)} if variable else {}
        )
        return program(*args, "status", "--json", cwd=cwd, env=environment).returncode

    assert found("--home", str(here), cwd=other, variable=other) == 0
    assert found(cwd=other, variable=here) == 0
    assert found(cwd=here) == 0
    assert found(cwd=other) == 1


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Exit 2, as the option is wrong."""
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["--home", str(tmp_path / "file"), "status"])
    assert result.exit_code == 2 and "Traceback" not in result.output


# -- terminals and pipes ----------------------------------------------------------------------------------

EVIL = "\x1b[2J\x1b]0;title\x07\u202e\u0090\x9b31m"


def evil_home(home: Home) -> None:
    """Index an entry that means to rule the terminal, past the readers that would have cleaned it."""
    from search.engines import open_engine
    from search.entry import Entry

    entry = Entry(
        id="evil",
        headline=f"机场{EVIL}",
        body=f"机场{EVIL}正文",
        captions=(EVIL,),
        agencies=(f"社{EVIL}",),
        credit=EVIL,
        stream=EVIL,
        url=EVIL,
    )
    with open_engine(home.index).rebuild() as batch:
        batch.add(entry, "a.jsonl")


def test_what_a_terminal_would_obey_is_not_printed(cli: Cli) -> None:
    """Escape sequences in entries, in queries and in problems become blanks; JSON escapes them."""
    evil_home(cli.home)
    (cli.home.data / f"x{EVIL.replace('/', '')}.txt").write_text("没有年份")
    for args, code in (
        (("search", "机场"), 0),
        (("search", f'机场 "{EVIL}'), 0),
        (("search", f"{EVIL} 火星"), 0),
        (("show", "evil", "--context", "1"), 0),
        (("show", EVIL), 1),
        (("search", "机场", "--from", EVIL), 2),
        (("analyze", f"机场{EVIL}"), 0),
        (("search", "机场", "--json"), 0),
        (("reindex",), 1),
    ):
        result = cli.run(*args, code=code)
        shown = result.stdout + result.stderr
        assert not set(shown) & set("\x1b\x07\x9b\u0090") and ("--json" in args or "\u202e" not in shown), (
            args
        )


def test_colours_only_on_a_terminal(blog: Cli) -> None:
    """Matches are coloured where somebody looks, and plain in a file."""
    assert "\x1b" not in blog.run("search", "机场").stdout
    result = CliRunner().invoke(main, ["--home", str(blog.home.path), "search", "机场"], color=True)
    assert "\x1b[33m\x1b[1m机场\x1b[0m" in result.stdout


@pytest.mark.parametrize(
    "args", [("search", "消息", "--limit", "1000"), ("search", "消息", "--json"), ("status",)]
)
def test_a_broken_pipe_is_quiet(cli: Cli, args: tuple[str, ...]) -> None:
    """When the reader of the output goes away, the program ends without a word."""
    write_rows(cli.home, "a.jsonl", [row(f"{n}", f"第{n}条消息。" * 20) for n in range(1500)])
    cli.run("reindex")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    code = "from search.cli import main; main()"
    command = [sys.executable, "-c", code, "--home", str(cli.home.path), *args]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=HANG_SECONDS) == 1


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1"])
def test_an_output_that_cannot_hold_the_text(blog: Cli, encoding: str) -> None:
    """JSON stays JSON, text gets substitutes, and nothing breaks."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    options: dict[str, Any] = {"home": blog.home, "env": environment, "text": False}
    done = program("search", "机场 é😀", "--json", **options)
    assert done.returncode == 0
    assert json.loads(done.stdout)["query"] == "机场 é😀"
    done = program("search", "机场", **options)
    assert done.returncode == 0 and b"Traceback" not in done.stderr and b"13:35" in done.stdout
