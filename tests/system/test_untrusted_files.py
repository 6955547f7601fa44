"""Files from strangers: none hangs `xunwen reindex`, takes its memory or passes in silence."""

import gzip
import os
import resource
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.engines.whoosh.storage.array_file import open_arrays, write_arrays
from search.engines.whoosh.storage.document_store import DocumentStore
from search.errors import DamagedIndex, Problem
from search.home import DEFAULT_ZONE
from search.readers.html import plain_text
from search.regular_file import open_regular, read_chunks, read_regular
from search.settings.aliases import read_aliases
from search.settings.words import read_words
from tests.support.homes import ROOT, row, write_rows

#: Fails only on what never ends: a hundred times what each of these needs.
HANG_SECONDS = 600
MEMORY_BYTES = 3 << 30
PROGRAM = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}))
from search.cli import main
main()
"""


def xunwen(home: Home, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line with bounded memory."""
    command = [sys.executable, "-c", PROGRAM, "--home", str(home.path), *args]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=HANG_SECONDS, check=False
    )


def bind(path: Path) -> None:
    """Leave a socket behind."""
    where = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(where)


def dangle(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


SPECIAL: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "socket": bind,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "loop": lambda path: path.symlink_to(path),
    "nowhere": dangle,
}


@pytest.mark.parametrize("make", SPECIAL.values(), ids=list(SPECIAL))
def test_what_is_no_file_is_named_and_never_waited_for(home: Home, make: Callable[[Path], None]) -> None:
    """As data of each way of reading, as words and as aliases; the rest of the data is indexed."""
    write_rows(home, "good.jsonl", [row("1")])
    names = ["a.jsonl", "b.jsonl.gz", "c.csv", "d.xml", "e.txt", "words.txt", "aliases.txt"]
    for name in names:
        make(home.data / name)
    for _ in range(2):
        done = xunwen(home, "reindex")
        assert done.returncode == 1 and "Traceback" not in done.stderr
        told = [line for line in done.stderr.splitlines() if line.startswith(tuple(names))]
        assert len(told) == len(names) and all("请" in line for line in told), done.stderr
    assert Searcher(home).search("").total == 1


@pytest.mark.parametrize("make", SPECIAL.values(), ids=list(SPECIAL))
def test_notes_of_an_index_that_are_no_files_cost_nothing_but_time(
    home: Home, make: Callable[[Path], None]
) -> None:
    """The manifest and the kept corrections are made anew."""
    write_rows(home, "good.jsonl", [row("1")])
    reindex(home)
    for name in ("files.json", "corrections.json"):
        (home.index / name).unlink(missing_ok=True)
        make(home.index / name)
    done = xunwen(home, "reindex")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert (home.index / "files.json").is_file() and not (home.index / "files.json").is_symlink()


def test_a_file_that_grows_is_read_as_it_was_when_opened(tmp_path: Path) -> None:
    """However much is added meanwhile."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    chunks = []
    for chunk in read_chunks(path, 10):
        chunks.append(chunk)
        with path.open("ab") as file:
            file.write(b"y" * 1000)
    assert b"".join(chunks) == b"x" * 100
    (tmp_path / "link").symlink_to(path)
    with open_regular(tmp_path / "link") as file:
        assert file.read(1) == b"x"
    with pytest.raises(OSError, match="超过"):
        read_regular(path, 100)


#: Data files, and what is said of each.
BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "blank lines": ("a.jsonl.gz", lambda: gzip.compress(b"\n" * (1 << 28)), "展开"),
    "blank rows": ("a.csv.gz", lambda: gzip.compress(b"body\n" + b"\n" * (1 << 28)), "展开"),
    "a long line": ("a.jsonl.gz", lambda: gzip.compress(b"x" * (500 << 20)), "展开"),
    "a line of 500 MB": ("a.jsonl", lambda: b'{"body": "' + b"x" * (500 << 20), "16 MiB"),
    "many wrong lines": ("a.jsonl", lambda: b"x\n" * 200_000, "共 200,000 处"),
    "two million lines": ("2022-01-01.txt", lambda: b"x\n" * 2_000_000, "拆成几个"),
    "deep JSON": ("a.jsonl", lambda: b'{"a":' * 100_000, "嵌套"),
    "a deep array": ("a.json", lambda: b"[" * 100_000, "没有写完"),
    "one column twice": ("a.csv", lambda: b"body" + b",body" * 200_000, "没有条目"),
    "a large cell": ("a.csv", lambda: b'body\n"' + b"x" * (1 << 28), "1 MiB"),
    "quotes never closed": ("a.csv", lambda: b"a,body\n" + b'x","\n' * 1_000_000, "引号"),
    "aliases of aliases": ("2022-01-01.txt", lambda: yaml_bomb(), "title 应为一行文字"),
    "deep YAML": ("2022-01-01.txt", lambda: b"---\na: " + b"[" * 16_000 + b"\n---\n", "---"),
    "long YAML": ("2022-01-01.txt", lambda: b"---\na: " + b"[x]," * 99_000 + b"\n---\n", "字符"),
    "billion laughs": ("a.xml", lambda: laughs(), "XML"),
    "surrogates": ("a.jsonl", lambda: b'{"body": "x' + b"\\ud800" * 1_000_000 + b'"}', "代理"),
    "NUL": ("a.jsonl", lambda: b'{"body": "x' + b"\0" * 1_000_000 + b'"}', "NUL"),
    "marks of byte order": ("a.jsonl", lambda: b"\xef\xbb\xbf" * 1_000_000, "没有条目"),
}


def yaml_bomb() -> bytes:
    """Return front matter that would be 9 to the 20th lists if aliases were copied."""
    names = "abcdefghijklmnopqrstu"
    steps = (f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]" for before, name in pairwise(names))
    return "\n".join(("---", "a: &a [x]", *steps, "title: *u", "---", "1月1日05:48", "标题", "")).encode()


def laughs() -> bytes:
    """Return a feed whose title would be ten to the twelfth characters."""
    steps = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 13))
    item = "<rss version='2.0'><channel><item><title>&a12;</title></item></channel></rss>"
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">{steps}]>{item}'.encode()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "content", "said"), BOMBS.values(), ids=list(BOMBS))
def test_a_bomb_is_named(home: Home, name: str, content: Callable[[], bytes], said: str) -> None:
    """Within the bounds of memory, and told; the rest of the data is indexed."""
    write_rows(home, "good.jsonl", [row("good")])
    (home.data / name).write_bytes(content())
    done = xunwen(home, "reindex")
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr[-2000:]
    assert any(line.startswith(name) and said in line for line in done.stderr.splitlines()), done.stderr[
        -2000:
    ]
    assert Searcher(home).entry("good").id == "good"


def test_entities_that_point_elsewhere_are_not_fetched(home: Home) -> None:
    """Neither files nor addresses."""
    (home.path / "secret").write_text("机密内容")
    feed = f"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "{(home.path / "secret").as_uri()}">]>
    <rss version="2.0"><channel><item><title>标题 &a;</title></item></channel></rss>"""
    (home.data / "a.xml").write_text(feed, encoding="utf-8")
    xunwen(home, "reindex")
    assert "机密" not in xunwen(home, "export", "").stdout


OPEN = ["<!--", "<!-- >", "<a ", "<a b=", "</a ", "<", "<![", "<?", "&", "<div>", "<figcaption>x<b>"]


@pytest.mark.parametrize("piece", OPEN)
def test_html_that_is_never_closed_takes_time_by_its_length(piece: str) -> None:
    """Four times the length takes less than ten times the processor time."""
    plain_text(piece * 100)
    short, long = (seconds(lambda n=n: plain_text(piece * n)) for n in (4_000, 16_000))  # type: ignore[misc]
    assert long < 10 * max(short, 0.02)


def seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of three runs."""
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        work()
        times.append(resource.getrusage(resource.RUSAGE_SELF).ru_utime - before)
    return min(times)


def test_settings_are_bounded(home: Home) -> None:
    """Both their bytes and their reported problems are bounded."""
    readers: tuple[Callable[[], Sequence[Problem]], ...] = (
        lambda: read_words(home).problems,
        lambda: read_aliases(home.aliases, default_analyzer(), DEFAULT_ZONE).problems,
    )
    for name in ("words.txt", "aliases.txt"):
        (home.data / name).write_bytes(b"x\n" * 5000)
    for read_problems in readers:
        (problem,) = read_problems()
        assert "5,000" in problem.message
    for name in ("words.txt", "aliases.txt"):
        os.truncate(home.data / name, 1 << 40)
    for read_problems in readers:
        (problem,) = read_problems()
        assert "16 MiB" in problem.message


def test_folders_in_folders_and_strange_names(home: Home) -> None:
    """Those too deep are named, and every name is printed on one line without control characters."""
    write_rows(home, "good.jsonl", [row("1")])
    names = ("a\nb\x1b[31m.jsonl", os.fsdecode(b"\xff\xfe.jsonl"), "长" * 80 + ".jsonl")
    for number, name in enumerate(names):
        write_rows(home, name, [row(f"n{number}")])
    os.mkfifo(home.data / "p\nq\x1b.jsonl")
    try:
        dig(home.data, 1500)
        done = xunwen(home, "reindex")
    finally:
        # pytest's own clearing away goes only so deep.
        subprocess.run(["rm", "-rf", home.data / "d"], check=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "嵌套超过 64 层" in done.stderr and "\x1b" not in done.stderr
    told = [line for line in done.stderr.splitlines() if "请" in line]
    assert len(told) == 2, done.stderr
    assert Searcher(home).search("").total == 4


def dig(folder: Path, depth: int) -> None:
    """Make folders in folders, deeper than any path reaches."""
    where = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(depth):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(where)


@pytest.mark.parametrize("claimed", [(1 << 30) + 1, 3 << 30, (1 << 63) + 5])
def test_a_block_that_claims_gigabytes_is_damage(home: Home, claimed: int) -> None:
    """Before anything is reserved for it."""
    write_rows(home, "good.jsonl", [row("1")])
    reindex(home)
    (path,) = home.index.glob("*.docs")
    file = open_arrays(path)
    frame = b"\x28\xb5\x2f\xfd\xe0" + claimed.to_bytes(8, "little") + b"\x01\x00\x00"
    kind, ends = file["blocks"].dtype, file["block_ends"].dtype
    blocks = np.frombuffer(frame, kind)
    other = {**file.arrays, "blocks": blocks, "block_ends": np.array([0, len(blocks)], ends)}
    write_arrays(home.path / "other.docs", other, file.meta)
    tracemalloc.start()
    try:
        with pytest.raises(DamagedIndex):
            DocumentStore(open_arrays(home.path / "other.docs")).entry(0)
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()
