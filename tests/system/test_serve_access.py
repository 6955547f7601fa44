"""Keys and rate limits before real servers: processes, sockets, what is said at start."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from search import Home
from tests.support.homes import ROOT
from tests.support.waiting import HANG_SECONDS
from tests.support.web import build_home
from tests.web.test_access import KEYS, MADE, SECRETS, basic, bearer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home."""
    return build_home(tmp_path_factory.mktemp("home"))


XUNWEN = (sys.executable, "-c", "from search.cli import main; main(prog_name='xunwen')")
FORKS = pytest.mark.skipif(sys.platform == "win32", reason="xunwen serve needs fork()")


class Running:
    """A server in a process of its own: where it is, and what it said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stderr is not None
        for line in process.stderr:
            self.lines.append(line)
            if found := re.search(r"http://\S+?:(\d+)/", line):
                self.address = f"http://127.0.0.1:{found[1]}"
                return
        raise AssertionError(f"the server did not start: {self.lines}")

    def get(self, path: str, headers: Mapping[str, str] = {}) -> int:
        """Ask over a connection of its own; returns the status."""
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.address + path, headers=dict(headers))
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def end(self) -> str:
        """End it; returns all that it said."""
        self.process.terminate()
        self.process.wait(timeout=HANG_SECONDS)
        assert self.process.stderr is not None
        return "".join(self.lines) + self.process.stderr.read()


@contextmanager
def running(home: Path, *options: str, **variables: str) -> Iterator[Running]:
    """Run `xunwen serve` on a free port."""
    command = [*XUNWEN, "--home", str(home), "serve", "--port", "0", *options]
    environment = {**os.environ, **variables}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Running(process)
        finally:
            process.terminate()


@FORKS
def test_processes_of_a_server_share_limit_and_keys(home: Home, tmp_path: Path) -> None:
    """Of 61 requests, 30 are let through, whichever process they meet.

    A change of the keys counts without a restart, and a faulty one for every process alike.
    """
    path = tmp_path / "keys"
    path.write_text(MADE["reader"][1].line(), encoding="utf-8")
    secrets = [SECRETS["reader"], SECRETS["chief"], "a-wrong-secret"]
    with running(home.path, "--workers", "3", XUNWEN_KEYS=str(path), XUNWEN_RATE_LIMIT="30/day") as server:
        assert [server.get("/help", bearer(secret)) for secret in secrets] == [200, 401, 401]
        assert [server.get("/help", bearer(secrets[0])) for _ in range(60)].count(200) == 29
        path.write_text(MADE["chief"][1].line(), encoding="utf-8")
        assert [server.get("/help", basic(secrets[1])) for _ in range(6)] == [200] * 6
        path.write_text(f"oops {secrets[1]}", encoding="utf-8")
        assert {server.get("/help", basic(secret)) for secret in secrets for _ in range(6)} == {503}
        assert server.get("/healthz") == 200
        said = server.end()
    assert "第 1 行" in said and not [secret for secret in secrets if secret in said]


@FORKS
@pytest.mark.parametrize(
    ("options", "keys", "told", "limit"),
    [
        (("--host", "127.0.0.1"), "", False, False),
        (("--host", "0.0.0.0"), "", True, True),
        (("--host", "0.0.0.0", "--rate-limit", "off"), "", True, False),
        (("--host", "0.0.0.0"), KEYS, False, True),
    ],
)
def test_a_server_for_other_machines_says_so(
    home: Home, options: tuple[str, ...], keys: str, told: bool, limit: bool
) -> None:
    """One sentence before it starts, unless there are keys; and a limit unless it is turned off."""
    variables = {"XUNWEN_KEYS": keys} if keys else {}
    with running(home.path, "--workers", "1", *options, **variables) as server:
        dear = [server.get("/figures.csv?q=almaty", bearer(SECRETS["reader"])) for _ in range(31)]
        said = server.end()
    assert (dear[-1] == 429) is limit and 429 not in dear[:30]
    assert len(re.findall("XUNWEN_KEYS", said)) == told
    assert said.count("\n") == 1 + told


@FORKS
@pytest.mark.parametrize(
    ("variables", "options", "said"),
    [
        ({"XUNWEN_KEYS": "/no/such/file"}, (), "密钥文件读不到"),
        ({"XUNWEN_KEYS": "reader sha256:12 read"}, (), "第 1 行的散列"),
        ({"XUNWEN_KEYS": ""}, (), "是空的"),
        ({"XUNWEN_RATE_LIMIT": "often"}, (), "看不懂限速「often」"),
        ({}, ("--rate-limit", "600"), "看不懂限速「600」"),
    ],
)
def test_faulty_settings_are_told_at_start(
    home: Home, variables: dict[str, str], options: tuple[str, ...], said: str
) -> None:
    """In a sentence with exit code 2, before anything is served."""
    command = [*XUNWEN, "--home", str(home.path), "serve", "--port", "0", *options]
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS
    )
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1


@FORKS
@pytest.mark.skipif(not shutil.which("curl"), reason="the example of the documentation uses curl")
def test_the_documentation_s_example_runs_as_printed(home: Home, tmp_path: Path) -> None:
    """Every line of docs/web.md, `Keys and limits`, as a person would copy it."""
    _, _, section = (ROOT / "docs" / "web.md").read_text(encoding="utf-8").partition("\n## Keys and limits\n")
    block = section.partition("```\n")[2].partition("```\n")[0]
    steps = [(part.splitlines()[0], part.splitlines()[1:]) for part in block.split("$ ")[1:]]
    serve = next(number for number, (command, _) in enumerate(steps) if "serve" in command)
    secret = ""
    for command, _ in steps[:serve]:
        done = shell(command, tmp_path)
        secret = done.stderr.splitlines()[0].rpartition("：")[2]
    assert steps[serve][0] == "XUNWEN_KEYS=keys.txt xunwen serve --host 0.0.0.0 --rate-limit 600/minute &"
    options = ("--host", "0.0.0.0", "--rate-limit", "600/minute", "--workers", "1")
    with running(home.path, *options, XUNWEN_KEYS=str(tmp_path / "keys.txt")) as server:
        for command, printed in steps[serve + 1 :]:
            command = command.replace("http://127.0.0.1:8000", server.address).replace("8c1f…", secret)
            assert shell(command, tmp_path).stdout.splitlines() == printed


def shell(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a line of the documentation in a folder."""
    command = command.replace("xunwen", shlex.join(XUNWEN), 1) if command.startswith("xunwen") else command
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=True,
    )
