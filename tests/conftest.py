"""Fixtures for all tests: a home, empty or indexed, and the command line as a user has it."""

import os
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from search import Home, reindex
from search.suggest import suggester
from tests.support.homes import Cli, row, write_rows
from tests.support.samples import copy_samples

# The environment may name a cluster, which the tests must not touch,
os.environ.pop("XUNWEN_ENGINE", None)
# and keys and limits.
for variable in ("XUNWEN_KEYS", "XUNWEN_RATE_LIMIT"):
    os.environ.pop(variable, None)
# No test cuts the power: a file that was written survives the end of a process without waiting for the disk.
os.fsync = lambda descriptor: None
# The language of messages is that of the tests, whatever locale runs them.
for variable in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
    os.environ.pop(variable, None)
os.environ["LANG"] = "C.UTF-8"
# How fast the machine is decides no test: offers have all the time they need, but where a deadline is tested.
suggester._DID_YOU_MEAN_SECONDS = suggester._COMPLETION_SECONDS = inf

# How long an example takes depends on the machine. The search stays random: a failure prints what repeats it.
settings.register_profile(
    "xunwen", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("xunwen")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Give each file to one process, and all tests of the browser, in their order.

    So have those of the cluster, but for its faults, which take as long as the others together.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            folder = file.rpartition("/")[0]
            alone = file == "tests/cluster/test_faults.py"
            return folder if folder in ("tests/cluster", "tests/browser") and not alone else file

    config.option.loadscopereorder = False
    return Files(config, log)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with an empty `data/`, thrown away after the test."""
    home = Home(tmp_path / "home")
    home.data.mkdir(parents=True)
    return home


@pytest.fixture
def cli(home: Home) -> Cli:
    """The command line over that home."""
    return Cli(home)


@pytest.fixture
def indexed(cli: Cli) -> Cli:
    """A home with three entries in its index."""
    write_rows(cli.home, "a.jsonl", [row("1", "阿拉木图机场"), row("2", "机场恢复"), row("3", "宵禁")])
    cli.run("reindex")
    return cli


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The sample streams of `data/`, indexed once; a test that changes them makes a copy."""
    home = Home(tmp_path_factory.mktemp("samples"))
    copy_samples(home)
    assert reindex(home).problems == ()
    return home


@pytest.fixture
def unprivileged() -> None:
    """Skip where the tests cannot step down from root, or are not root to begin with."""
    if os.geteuid():
        pytest.skip("only root can run a program as somebody else")
