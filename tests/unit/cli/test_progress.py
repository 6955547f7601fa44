"""Progress: a bar on a terminal, plain lines elsewhere, and nothing but stderr either way."""

import io
import os
import pty
import re
import subprocess
import sys
import termios
import threading

import pytest

from search import Home
from search.cli import progress
from search.cli.progress import StderrProgress
from tests.support.homes import ROOT, Cli, program, row, write_rows
from tests.support.waiting import HANG_SECONDS


def on_a_terminal(*args: str) -> tuple[str, str]:
    """Run `xunwen` with stderr on a terminal; return its stdout, and what the terminal got."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    seen: list[bytes] = []

    def watch() -> None:
        try:
            while chunk := os.read(ours, 4096):
                seen.append(chunk)
        except OSError:  # how Linux says that the other end is closed
            return

    code = "from search.cli import main; main()"
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *args],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=theirs,
            timeout=HANG_SECONDS,
        )
    finally:
        os.close(theirs)
        watcher.join()
        os.close(ours)
    assert done.returncode == 0
    return done.stdout.decode(), b"".join(seen).decode()


def fill(home: Home) -> None:
    """Write enough for the bar to move."""
    write_rows(home, "a.jsonl", [row(f"a{n}") for n in range(4000)])


def test_a_terminal_gets_a_bar_with_rate_and_time_left(home: Home) -> None:
    """The bar has a percentage, a rate and the time left, and is taken off the screen at the end."""
    fill(home)
    out, terminal = on_a_terminal("--home", str(home.path), "reindex", "--json")
    assert out.startswith("{") and out.rstrip().endswith("}")
    assert re.search(r"正在索引:? +\d+%\|", terminal), terminal
    assert re.search(r"\d+:\d\d<(\d+:\d\d|\?)", terminal), terminal
    assert "行/s" in terminal
    assert terminal.rindex("正在写入索引") > terminal.rindex("%|")
    last = terminal[: terminal.index("正在写入索引")].rsplit("\r", 1)[-1]
    assert last.strip() == "", "the bar was left on the screen"


def test_elsewhere_plain_lines_tell_the_same(home: Home) -> None:
    """Into a file or pipe go whole lines without control characters."""
    fill(home)
    done = program("reindex", "--json", home=home)
    assert done.stderr.splitlines() == ["正在索引：共 4001 行数据", "正在写入索引 …"]
    assert "\r" not in done.stderr and "\x1b" not in done.stderr


def test_a_long_run_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between start and end a line comes every few seconds, not for every entry."""
    monkeypatch.setattr(progress, "_PAUSE", 0.0)
    stream = io.StringIO()
    told = StderrProgress(stream)
    told.start(200)
    told.step(50, 49)
    monkeypatch.setattr(progress, "_PAUSE", 60.0)
    for line in range(51, 200):
        told.step(line, line - 1)
    told.publishing()
    told.close()
    assert stream.getvalue().splitlines() == [
        "正在索引：共 200 行数据",
        "正在索引：25%，49 条",
        "正在写入索引 …",
    ]


def test_progress_never_passes_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """More lines than were counted, as of files that are read again, are the whole."""
    monkeypatch.setattr(progress, "_PAUSE", -1.0)
    stream = io.StringIO()
    printed = StderrProgress(stream)
    printed.start(10)
    for lines in (5, 10, 25):
        printed.step(lines, lines)
    assert re.findall(r"\d+%", stream.getvalue()) == ["50%", "100%", "100%"]


def test_lines_that_end_in_cr_are_the_whole(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reindex counts lines by LF; the reader, which also knows CR, may count more of them."""
    monkeypatch.setattr(progress, "_PAUSE", -1.0)
    text = "1月6日13:35\r\r标题\r\r正文\r" * 50
    (cli.home.data / "a-2022-01-06.txt").write_bytes(text.encode())
    percents = [int(n) for n in re.findall(r"(\d+)%", cli.run("reindex").stderr)]
    assert percents and max(percents) <= 100


def test_nothing_to_do_says_nothing(home: Home) -> None:
    """A reindex without changes prints no progress."""
    fill(home)
    program("reindex", home=home)
    assert program("reindex", home=home).stderr == ""
