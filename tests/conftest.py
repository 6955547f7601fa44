"""Fixtures for all tests: a home, empty or indexed, and the command line as a user has it."""

import os
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from search import Home
from search.suggest import suggester
from tests.support.homes import Cli, row, write_rows

# Whoever runs the tests may have a cluster of their own, which is none of the tests' business.
os.environ.pop("XUNWEN_ENGINE", None)
# Nor are keys and limits.
for variable in ("XUNWEN_KEYS", "XUNWEN_RATE_LIMIT"):
    os.environ.pop(variable, None)
# How fast the machine is decides no test: offers have all the time they need, but where a deadline is tested.
suggester._DID_YOU_MEAN_SECONDS = suggester._COMPLETION_SECONDS = inf

# How long an example takes depends on the machine. The search stays random: a failure prints what repeats it.
settings.register_profile(
    "xunwen", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("xunwen")


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


@pytest.fixture
def unprivileged() -> None:
    """Skip where the tests cannot step down from root, or are not root to begin with."""
    if os.geteuid():
        pytest.skip("only root can run a program as somebody else")
