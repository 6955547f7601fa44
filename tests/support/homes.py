"""What many tests share: writing data, running the command line, looking at an index from outside."""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from click.testing import CliRunner, Result

from search import Home, Report, Searcher
from search.cli import main
from search.engines import open_engine
from tests.support.waiting import HANG_SECONDS

__all__ = [
    "ROOT",
    "Cli",
    "as_somebody",
    "content",
    "files_of",
    "fill",
    "give_away",
    "listed",
    "program",
    "row",
    "tally",
    "write_blog",
    "write_rows",
]

ROOT = Path(__file__).resolve().parents[2]
#: The time of entries whose time does not matter; a file without any time is a problem.
MOMENT = "2022-01-05T10:00:00+08:00"


def row(id: str, body: str = "", **fields: object) -> dict[str, object]:
    """Return one JSON-lines entry, of one moment unless it has a time of its own."""
    return {"id": id, "time": MOMENT, "body": body or f"关于{id}的消息", **fields}


def write_rows(home: Home, name: str, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write entries as a JSON-lines file of `data/`."""
    path = home.data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in rows)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def write_blog(home: Home, text: str, name: str = "2022-01-06-blog.txt") -> Path:
    """Write a live blog into `data/`."""
    path = home.data / name
    path.write_text(text, encoding="utf-8")
    return path


def tally(report: Report) -> tuple[int, int, int, int]:
    """Return added, changed, removed, unchanged; and check that they add up."""
    assert report.added + report.changed + report.unchanged == report.entries
    return report.added, report.changed, report.removed, report.unchanged


def fill(home: Home, **files: str) -> None:
    """Write one file for each name, with an entry for each letter."""
    for name, letters in files.items():
        write_rows(home, f"{name}.jsonl", [row(letter) for letter in letters])


def content(home: Home) -> dict[str, tuple[str, str]]:
    """Return all that an index holds, which is sound: digest and data file of every entry, by id."""
    assert Searcher(home).check() == []
    return listed(home)


def listed(home: Home) -> dict[str, tuple[str, str]]:
    """Return the same without reading everything through."""
    held = {one.id: (one.digest, one.file) for one in open_engine(home.index).snapshot().indexed_entries()}
    assert len(held) == Searcher(home).search("", limit=1).total
    return held


def files_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return name, size, time of change and bytes of every file in a folder."""
    return {
        path.name: (path.stat().st_size, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.iterdir())
    }


@dataclass(frozen=True)
class Cli:
    """The command line over one home, in this process."""

    home: Home

    def run(self, *args: str, code: int = 0) -> Result:
        """Run a command and check its exit code."""
        result = CliRunner().invoke(main, ["--home", str(self.home.path), *args])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, f"exit {result.exit_code}: {result.output}"
        return result

    def json(self, command: str, *args: str, code: int = 0) -> Any:
        """Run a command with --json and return what it printed to stdout, which is one document."""
        return json.loads(self.run(command, "--json", *args, code=code).stdout)

    def refused(self, *args: str, code: int) -> str:
        """Run what must fail: stdout stays empty, and stderr holds one sentence, which is returned."""
        result = self.run(*args, code=code)
        assert result.stdout == ""
        said = [line for line in result.stderr.splitlines() if not line.startswith("正在")]
        assert len(said) == 1 and said[0].startswith("错误："), result.stderr
        return said[0]


PROGRAM = """
import os, sys
from search.cli import main
{prepare}
try:
    main()
finally:
{finish}
"""
LIMIT_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
TELL_PEAK = """
    with open("/proc/self/status") as status:
        print(*["peak " + line.split()[1] for line in status if line.startswith("VmHWM")], file=sys.stderr)
"""


def program(
    *args: str | bytes, home: Home | None = None, file_limit: int = 0, peak: bool = False, **options: Any
) -> "subprocess.CompletedProcess[str]":
    """Run `xunwen` in a process of its own.

    No file may grow beyond `file_limit` bytes. With `peak`, the last line of stderr is the most memory that
    was used, in kB (Linux).
    """
    prepare = LIMIT_FILES.format(limit=file_limit) if file_limit else ""
    code = PROGRAM.format(prepare=prepare, finish=TELL_PEAK if peak else "    pass")
    where = ("--home", str(home.path)) if home else ()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    environment.pop("PYTHONUNBUFFERED", None)
    options = {
        "cwd": ROOT,
        "capture_output": True,
        "text": True,
        "timeout": HANG_SECONDS,
        "env": environment,
    } | options
    return subprocess.run([sys.executable, "-c", code, *where, *args], check=False, **options)


def give_away(home: Home) -> None:
    """Make a home the property of another user."""
    for path in (home.path, *home.path.rglob("*")):
        os.lchown(path, 65534, 65534)


# Loads and uses everything once, as the libraries may lie where only root can look; then forks for each run.
FORKER = """
import json, os, pathlib, sys, tempfile
import importlib.metadata, search.cli.progress, search.indexing.preview, tqdm.std
from search import Home, Searcher, reindex
from search.cli import main

with tempfile.TemporaryDirectory() as folder:
    home = Home(folder)
    home.data.mkdir()
    (home.data / "a.jsonl").write_text('{"body": "机场恢复"}', "utf-8")
    reindex(home)
    Searcher(home).search("机厂").as_dict()
while line := sys.stdin.readline():
    folder, output, errors, arguments = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    for descriptor, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY), descriptor)
    os.chdir(folder)
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    sys.argv[1:] = ["--home", ".", *arguments]
    main()
"""


@cache
def _forker() -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", FORKER], cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    atexit.register(process.communicate)
    return process


def as_somebody(home: Home, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run `xunwen` without the rights of root, from within the home."""
    forker = _forker()
    assert forker.stdin is not None and forker.stdout is not None
    with NamedTemporaryFile("r+") as output, NamedTemporaryFile("r+") as errors:
        request = [str(home.path), output.name, errors.name, args]
        forker.stdin.write(json.dumps(request) + "\n")
        forker.stdin.flush()
        code = int(forker.stdout.readline())
        return subprocess.CompletedProcess(args, code, output.read(), errors.read())
