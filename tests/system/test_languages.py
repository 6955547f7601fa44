"""The command line and the pages speak one language at a time."""

import gzip
import json
import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from search import Home
from search.cli import main
from tests.support.homes import program, row, write_rows
from tests.support.templates import HAN, commands
from web import create_app

ENGLISH = {"LC_ALL": "en_US.UTF-8"}
CHINESE = {"LC_ALL": "zh_CN.UTF-8"}
#: What a sentence quotes: in English between quotation marks, by click between apostrophes.
QUOTED = re.compile("“[^”]*”|'[^']*'")
#: What sentences show to type, and names of columns.
SHOWN = re.compile("1月5日 13:35|1月6日13:59|昨天|近7天|1月5日|标题|正文|死亡|受伤|失踪|拘捕|撤离|感染")
EXAMPLES = re.compile(r"^ +xunwen .*$", re.M)
#: Words of programs that Chinese sentences use as they are.
LATIN = re.compile(
    r"xunwen( [a-z]+)?|--?[a-z-]+|XUNWEN_[A-Z_]+|LC_[A-Z]+|LANG"
    r"|[a-z]+\.(txt|csv|jsonl|json)|https?://[^ ，。；）]*"
)


def run(home: Home, *args: str, env: dict[str, str]) -> Result:
    """Run the command line with a locale."""
    unset = dict.fromkeys(("LANG", "LANGUAGE", "LC_MESSAGES", "XUNWEN_RATE_LIMIT"))
    result = CliRunner().invoke(main, ["--home", str(home.path), *args], env={**unset, **env})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def chinese_in(text: str) -> list[str]:
    """Return the Chinese outside of quotations and examples."""
    return HAN.findall(SHOWN.sub("", QUOTED.sub("", EXAMPLES.sub("", text))))


def english_in(text: str) -> list[str]:
    """Return runs of three English words outside of examples."""
    return re.findall(r"(?:[A-Za-z]{2,} ){2}[A-Za-z]{2,}", LATIN.sub("", EXAMPLES.sub("", text)))


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda one: one if isinstance(one, str) else "")
def test_help_is_in_one_language(home: Home, name: str, command: object) -> None:
    """Every word of it, those of click too; the options are the same."""
    args = [*([name] if name else []), "--help"]
    english, chinese = (run(home, *args, env=env).stdout for env in (ENGLISH, CHINESE))
    assert english.startswith("Usage:") and chinese.startswith("用法：")
    assert chinese_in(english) == [] and english_in(chinese) == []
    options = [re.findall(r"^ +(?:-h, )?(--[a-z-]+)", text, re.M) for text in (english, chinese)]
    assert options[0] == options[1] and "--lang" in options[0]


WRONG: list[tuple[str, ...]] = [
    ("nothing",),
    ("serch", "x"),
    ("search",),
    ("search", "x", "--nothing"),
    ("search", "x", "--limit"),
    ("search", "x", "--limit", "no"),
    ("search", "x", "--limit", "0"),
    ("search", "x", "--limit", "100000"),
    ("search", "x", "--page", "0"),
    ("search", "x", "--sort", "best"),
    ("search", "x", "--exact=1"),
    ("search", "x" * 20_000),
    ("search", "x", "--from", "whenever"),
    ("search", "x", "--from", "2022-02-30"),
    ("search", "x", "--from", "25:61"),
    ("search", "x", "--from", ".."),
    ("search", "x", "--from", "2022-01-06..2022-01-05"),
    ("search", "x", "--from", "近0天"),
    ("search", "x", "--from", "9999年13月45日"),
    ("search", "x", "--asof", "2022-01-05.."),
    ("search", "(x"),
    ("search", "x)"),
    ("search", "()x"),
    ("search", '"x'),
    ("search", '"" x'),
    ("search", "x OR"),
    ("search", "x NOT"),
    ("search", "x -"),
    ("search", "* x"),
    ("search", "x time:"),
    ("search", "x time:whenever"),
    ("search", "x agency:y*"),
    ("search", "x -asof:2022"),
    ("search", "…"),
    ("search", "(" * 30 + "x"),
    ("search", "x" * 2000),
    ("show", "none"),
    ("show", "a", "--context", "1000"),
    ("export", "x"),
    ("export", "x", "--format", "xml"),
    ("figures", "x", "--csv", "--json"),
    ("figures", "x", "--kind", "other"),
    ("evaluate", "nowhere"),
    ("evaluate", "."),
    ("evaluate", ".", "--k", "0"),
    ("key", "a b"),
    ("key", "a", "--rights", "all"),
    ("serve", "--port", "70000"),
    ("serve", "--port", "x"),
    ("serve", "--host", "no.such.host.invalid"),
    ("serve", "--rate-limit", "much"),
    ("--engine", "nonsense://", "status"),
    ("--engine", "https://a?b", "status"),
    ("--lang", "tlh", "status"),
]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with an index of three entries."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.data.mkdir()
    rows = [row(name, f"the x of {name}", time=f"2022-01-0{n}") for n, name in enumerate("abc", 1)]
    write_rows(home, "a.jsonl", rows)
    run(home, "reindex", env=ENGLISH)
    return home


@pytest.mark.parametrize("args", WRONG, ids=lambda args: " ".join(args)[:40])
def test_errors_are_in_one_language(searched: Home, args: tuple[str, ...]) -> None:
    """Usage, queries, times and settings: each is reported in the language of the locale."""
    english, chinese = (run(searched, *args, env=env) for env in (ENGLISH, CHINESE))
    assert english.exit_code == chinese.exit_code
    assert english.stderr and chinese_in(english.output) == [], english.output
    assert chinese.stderr and HAN.search(chinese.stderr), chinese.output


def no_data(home: Home) -> None:
    home.data.rmdir()


def bad_files(home: Home) -> None:
    """Write files with something wrong in each."""
    write_rows(home, "twice.jsonl", [row("a", "x"), row("a", "y"), row("b", "\0x"), row("c", "x", url="no")])
    write_rows(
        home, "other.jsonl", [row("a", "x"), {"id": "n"}, row("d" * 300, "x"), row("e", "x", time="no")]
    )
    files: dict[str, str | bytes] = {
        "lines.jsonl": '{"body": \n[]\n{"body": 3}\n{"id": {}, "body": "x"}\n{"body": "x", "agencies": 1}\n',
        "array.json": '[{"body": "x"}',
        "more.json": '[{"body": "x"}] y',
        "object.json": "{\n}",
        "attributions.jsonl": '{"body": "x", "attributions": [1]}\n{"body": "x", "attributions": 1}\n',
        "cells.csv": "headline,body\na\n",
        "header.csv": "a,b\n1,2\n",
        "columns.csv": "headline,headline\n1,2\n",
        "quotes.csv": 'headline,body\n"a,b\n',
        "empty.csv": "",
        "feed.xml": "no feed",
        "empty.xml": "",
        "blog.txt": "1月6日13:35\n\nx\n",
        "none-2022-01-06.txt": "no time line",
        "empty.txt": "",
        "head.txt": "---\n[\n---\n1月6日13:35\nx\n",
        "zone.txt": "---\ndate: 2022-01-06\ntimezone: Nowhere\n---\n1月6日13:35\nx\n",
        "stray-2022-01-06.txt": "stray\n1月6日13:35\nx\n25:61\ny\n",
        "bytes.jsonl": b'{"body": "\xff\xfe\x80"}',
        "torn.jsonl.gz": gzip.compress(b'{"body": "x"}')[:-5],
        "words.txt": "x\n机场 0\n机场 3 n n n\n" + "机" * 50 + "\n恢复 1\n恢复 2\n",
        "aliases.txt": "x\nx = \nx = X\nx = y @ whenever\n",
    }
    for name, content in files.items():
        path = home.data / name
        path.write_bytes(content) if isinstance(content, bytes) else path.write_text(content, "utf-8")
    (home.data / "folder.jsonl").symlink_to(home.path / "nowhere")


def damaged(home: Home) -> None:
    """Index, then change a byte in the middle of each file."""
    write_rows(home, "a.jsonl", [row("a", "x")])
    run(home, "reindex", env=ENGLISH)
    for path in home.index.glob("*"):
        if path.is_file() and path.stat().st_size > 100:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 0xFF
            path.write_bytes(content)


def test_problems_of_data_are_in_one_language(home: Home) -> None:
    """More than thirty kinds, each in English and in Chinese."""
    bad_files(home)
    english, chinese = (run(home, "reindex", env=env) for env in (ENGLISH, CHINESE))
    assert english.stderr.count("\n") > 30 and chinese_in(english.output) == [], english.output
    assert "problems, listed above" in english.stdout
    lines = chinese.stderr.splitlines()
    assert len(lines) == english.stderr.count("\n") and all(HAN.search(line) for line in lines)


def test_problems_that_were_kept_are_translated(home: Home) -> None:
    """The problems of an unchanged file, from the manifest, are printed in the language of a reindex."""
    write_rows(home, "a.jsonl", [row("a", "x"), row("a", "y"), row("c", "x", time="no"), row("d", "\0x")])
    first = run(home, "reindex", env=CHINESE)
    again = [run(home, "reindex", env=env) for env in (CHINESE, ENGLISH)]
    assert first.stderr.splitlines()[2:] == again[0].stderr.splitlines() and HAN.search(again[0].stderr)
    assert again[1].stderr.count("\n") == 3 and chinese_in(again[1].stderr) == [], again[1].stderr


@pytest.mark.parametrize("prepare", [no_data, damaged])
@pytest.mark.parametrize("command", ["reindex", "status", "check", "search"])
def test_failures_of_the_index_are_in_one_language(
    home: Home, prepare: Callable[[Home], None], command: str
) -> None:
    """Without data or index, and with a damaged one."""
    prepare(home)
    english = run(home, command, *(["x"] if command == "search" else []), env=ENGLISH)
    assert english.output and chinese_in(english.output) == [], english.output


def test_results_are_in_english(home: Home) -> None:
    """Labels around entries, explanations, analysis, figures and status."""
    rows = [row("a", "x", time="2022-01-05", agencies=["y"]), row("b", "x y z")]
    write_rows(home, "a.jsonl", rows)
    for args in (
        ("reindex",),
        ("search", "x y", "--explain", "--limit", "1"),
        ("search", "x y", "--fold"),
        ("show", "a", "--context", "1"),
        ("status",),
        ("check",),
        ("analyze", "x y"),
        ("figures", "x"),
        ("key", "a"),
    ):
        result = run(home, *args, env=ENGLISH)
        assert result.exit_code == 0 and chinese_in(result.output) == [], result.output


def test_figures_are_in_english(home: Home) -> None:
    """Kinds, bounds and contradictions; units and agencies are those of the entry."""
    body = "甘肃陇南洪水已造成至少12人死亡。"
    write_rows(
        home,
        "a.jsonl",
        [row("a", body, time="2024-05-01"), row("b", body.replace("12", "3"), time="2024-05-02")],
    )
    run(home, "reindex", env=ENGLISH)
    lines = run(home, "figures", "洪水", env=ENGLISH).stdout.splitlines()
    assert "killed" in lines[0] and "at least 12" in lines[0] and "死亡" not in lines[0]


def test_the_option_wins_wherever_it_stands(searched: Home) -> None:
    """Before the command and behind it, over the locale; errors in arguments are in its language as well."""
    for args in (
        ("--lang", "zh", "show", "none"),
        ("show", "none", "--lang=zh"),
        ("show", "--lang", "zh", "none"),
    ):
        assert "没有编号" in run(searched, *args, env=ENGLISH).stderr
    assert "There is no entry" in run(searched, "show", "none", "--lang", "en", env=CHINESE).stderr
    assert "缺少参数" in run(searched, "show", "--lang", "zh", env=ENGLISH).stderr
    assert "没有编号" in run(searched, "show", "none", "--lang", "zh", env={"LC_ALL": ""}).stderr
    assert "没有编号" in run(searched, "show", "none", env={"LC_ALL": "C"}).stderr


def test_json_is_chinese_unless_the_option_says_otherwise(searched: Home) -> None:
    """The locale of a program's user does not change what the program reads."""
    args = ("search", "x)", "--json")
    messages = [
        json.loads(run(searched, *args, *lang, env=ENGLISH).stdout)["problems"][0]["message"]
        for lang in ((), ("--lang", "zh"), ("--lang", "en"))
    ]
    assert HAN.search(messages[0]) and messages[0] == messages[1] and not HAN.search(messages[2])


def test_a_process_speaks_the_language_of_its_locale(searched: Home) -> None:
    """As installed, with the environment of a shell."""
    done = program("show", "none", home=searched, env={"LC_ALL": "en_GB.UTF-8", "PYTHONPATH": "."})
    assert (
        done.stderr
        == "Error: There is no entry with the id “none”; check the id, or find it with xunwen search\n"
    )


PAGES = [
    "/?q=x)",
    "/?q=x&from=whenever",
    "/entries/none",
    "/nothing",
    "/?page=x&sort=y",
    "/figures?kind=z&q=x",
]
PAGES += ["/cite/a?format=z", "/language?lang=tlh", "/?q=" + "x" * 10_001, "/export.csv?from=whenever"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path[:30])
def test_pages_are_in_one_language(searched: Home, path: str) -> None:
    """An English page has no Chinese sentence, also where it says what failed."""
    with create_app(searched.path).test_client() as client:
        page = client.get(path, headers={"Accept-Language": "en"}).text
    notes = "".join(re.findall(r'(?s)<div class="(?:notice|failure).*?</div>|<p class="fault".*?</p>', page))
    assert notes and chinese_in(notes) == [], notes


def test_the_api_answers_in_the_language_of_the_address(searched: Home) -> None:
    """Chinese unless `lang` says English, whatever the client accepts."""
    with create_app(searched.path).test_client() as client:
        for path in ("/api/v1/search?q=x)", "/api/v1/search?from=whenever", "/api/v1/entries/none"):
            chinese = client.get(path, headers={"Accept-Language": "en"}).text
            english = client.get(f"{path}{'&' if '?' in path else '?'}lang=en").text
            assert HAN.search(chinese) and chinese_in(english) == [], english
