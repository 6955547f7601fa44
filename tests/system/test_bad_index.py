"""An index that cannot be read or written: one clear sentence, the next step, and nothing is lost."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from whoosh import fields
from whoosh import index as whoosh_index

from search import Home
from tests.support.homes import Cli, as_somebody, content, give_away, program, row, write_rows


def other_arrays(folder: Path) -> None:
    """Make the arrays those of a later version."""
    for path in folder.glob("MAIN_*.*"):
        content = path.read_bytes()
        path.write_bytes(content[:7] + b"9" + content[8:])


def other_contents(folder: Path) -> None:
    """Make the table of contents that of a later version."""
    for path in folder.glob("*.toc"):
        path.write_bytes(path.read_bytes().replace(b"XWTABLE1", b"XWTABLE9"))


def earlier_contents(folder: Path) -> None:
    """Leave of the table of contents what the versions before had: the part that Whoosh reads."""
    for path in folder.glob("*.toc"):
        whole = path.read_bytes()
        path.write_bytes(whole[: json.loads(whole[whole.rindex(b'{"generation"') : -28])["whoosh"]])


def plain_whoosh(folder: Path) -> None:
    """Put an index in its place that Whoosh made for another program."""
    for path in folder.iterdir():
        path.unlink()
    other = whoosh_index.create_in(str(folder), fields.Schema(title=fields.TEXT(stored=True)))
    writer = other.writer()
    writer.add_document(title="hello")
    writer.commit()
    other.close()


@pytest.mark.parametrize("damage", [other_arrays, other_contents, earlier_contents, plain_whoosh])
def test_an_index_of_another_version_is_told(indexed: Cli, damage) -> None:  # type: ignore[no-untyped-def]
    """Exit 1 and how to build it anew, from every command; `reindex --full` does it."""
    damage(indexed.home.index)
    for command in (("search", "机场"), ("show", "1"), ("status",), ("reindex",)):
        write_rows(indexed.home, "b.jsonl", [row("4")])
        message = indexed.refused(*command, code=1)
        assert "版本" in message and "xunwen reindex --full" in message
    assert "reindex --full" in indexed.run("check", code=1).stdout
    assert indexed.json("reindex", "--full")["entries"] == 4
    assert set(content(indexed.home)) == {"1", "2", "3", "4"}


def test_a_damaged_index_is_told(indexed: Cli) -> None:
    """Exit 1 and how to build it anew."""
    for path in indexed.home.index.glob("MAIN_*.docs"):
        path.write_bytes(path.read_bytes()[:1000])
    message = indexed.refused("search", "机场", code=1)
    assert "损坏" in message and "xunwen reindex --full" in message
    indexed.run("reindex", "--full")
    assert indexed.json("search", "机场")["total"] == 2


def test_no_index_is_told(cli: Cli) -> None:
    """Exit 1 and what to run."""
    for command in (("search", "机场"), ("show", "1"), ("status",)):
        assert "请先运行 xunwen reindex" in cli.refused(*command, code=1)


def full_disk_leaves_all_as_it_was(cli: Cli, done_stderr: str, before: dict[str, object]) -> None:
    """Check what every failed write has in common."""
    assert "磁盘空间不足" in done_stderr and "Traceback" not in done_stderr
    assert content(cli.home) == before
    assert cli.json("search", "机场")["total"] == 2


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_a_full_disk_leaves_the_old_index(indexed: Cli, full: tuple[str, ...]) -> None:
    """Where no file may grow, reindex exits 1, says so, and clears away what it had begun."""
    before = content(indexed.home)
    names = {path.name for path in indexed.home.index.iterdir()}
    write_rows(indexed.home, "b.jsonl", [row(f"b{n}", f"第{n}条消息，说了很多") for n in range(3000)])
    done = program("reindex", "--json", *full, home=indexed.home, file_limit=50_000)
    assert done.returncode == 1 and done.stdout == ""
    full_disk_leaves_all_as_it_was(indexed, done.stderr, before)
    assert {path.name for path in indexed.home.index.iterdir()} == names
    assert indexed.json("reindex", *full)["entries"] == 3003


@pytest.fixture
def small_disk(indexed: Cli) -> Iterator[Path]:
    """The index on a disk of 600 kB; skipped where one may not mount."""
    folder = indexed.home.index
    moved = folder.rename(folder.with_name("moved"))
    folder.mkdir()
    if os.geteuid() or os.system(f"mount -t tmpfs -o size=600k none '{folder}' 2>/dev/null"):
        pytest.skip("mounting a small disk needs root")
    try:
        for path in moved.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        yield folder
    finally:
        os.system(f"umount -l '{folder}'")


def test_a_disk_that_is_really_full(indexed: Cli, small_disk: Path) -> None:
    """On a real small disk the old index stays, and with more room the next reindex completes."""
    before = content(indexed.home)
    write_rows(indexed.home, "b.jsonl", [row(f"b{n}", f"第{n}条消息，说了很多") for n in range(9000)])
    done = program("reindex", "--json", home=indexed.home)
    assert done.returncode == 1 and done.stdout == ""
    full_disk_leaves_all_as_it_was(indexed, done.stderr, before)
    assert os.system(f"mount -o remount,size=100m '{small_disk}'") == 0
    assert indexed.json("reindex")["entries"] == 9003


# -- permissions ------------------------------------------------------------------------------------------


def test_a_read_only_index_is_told(indexed: Cli, unprivileged: None) -> None:
    """Reindex exits 1 and names the folder; searching goes on, and with nothing to do reindex is content."""
    give_away(indexed.home)
    indexed.home.index.chmod(0o555)
    (indexed.home.index / "MAIN_WRITELOCK").chmod(0o444)
    assert as_somebody(indexed.home, "reindex").returncode == 0
    write_rows(indexed.home, "b.jsonl", [row("4")])
    for full in ((), ("--full",)):
        done = as_somebody(indexed.home, "reindex", *full)
        assert done.returncode == 1 and done.stdout == ""
        assert "没有权限写入 index" in done.stderr and "Traceback" not in done.stderr
    assert as_somebody(indexed.home, "search", "机场", "--json").returncode == 0
    assert set(content(indexed.home)) == {"1", "2", "3"}


def test_a_home_where_nothing_may_be_made_is_told(home: Home, unprivileged: None) -> None:
    """Where `index/` cannot be made, reindex exits 1 and says so."""
    write_rows(home, "a.jsonl", [row("1")])
    home.path.chmod(0o555)
    done = as_somebody(home, "reindex")
    assert done.returncode == 1 and "没有权限写入" in done.stderr


COMMANDS = ("search 机场", "show 1", "status", "check", "reindex")
CLOSED = [("index", command) for command in COMMANDS] + [
    (f"index/*.{part}", command) for part in ("toc", "docs", "words") for command in COMMANDS[::3]
]


@pytest.mark.parametrize(("what", "command"), CLOSED)
def test_an_index_that_may_not_be_read_is_told(
    indexed: Cli, unprivileged: None, what: str, command: str
) -> None:
    """Exit 1 and a sentence on permissions, never that the index be damaged or missing."""
    give_away(indexed.home)
    for path in indexed.home.path.glob(what):
        path.chmod(0)
    done = as_somebody(indexed.home, *command.split())
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    said = done.stdout + done.stderr
    assert "权限" in said and "损坏" not in said, said


def test_data_that_may_not_be_looked_into_is_told(indexed: Cli, unprivileged: None) -> None:
    """A closed folder is not an empty one: nothing is taken for removed."""
    give_away(indexed.home)
    write_rows(indexed.home, "sub/b.jsonl", [row("4")])
    indexed.run("reindex")
    give_away(indexed.home)
    (indexed.home.data / "sub").chmod(0)
    done = as_somebody(indexed.home, "reindex")
    assert done.returncode == 1 and "sub" in done.stderr and "权限" in done.stderr
    assert len(content(indexed.home)) == 4


def test_a_file_without_permission_is_named(cli: Cli, unprivileged: None) -> None:
    """Exit 1, the file and the reason; what it gave before stays."""
    write_rows(cli.home, "a.jsonl", [row("1")])
    write_rows(cli.home, "b.jsonl", [row("2")])
    cli.run("reindex")
    give_away(cli.home)
    (cli.home.data / "b.jsonl").chmod(0)
    done = as_somebody(cli.home, "reindex", "--json")
    assert done.returncode == 1 and "b.jsonl" in done.stderr and "权限" in done.stderr
    assert set(content(cli.home)) == {"1", "2"}
