"""Fixtures for all tests: an empty home, and the command line as a user has it."""

from pathlib import Path

import pytest

from search import Home
from tests.homes import Cli


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
