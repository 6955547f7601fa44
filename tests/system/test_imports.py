"""What each command imports: help and version start without the libraries of a search."""

import subprocess
import sys

import pytest

import search
from tests.support.homes import ROOT

#: Prints which of some modules a command has imported.
PROBE = """
import sys
from search.cli import main
try:
    main({args!r})
finally:
    print("imported", *(name for name in {names!r} if name in sys.modules), file=sys.stderr)
"""


def imported(*args: str, names: tuple[str, ...]) -> set[str]:
    """Run a command in a process of its own; return which of the modules it has imported."""
    code = PROBE.format(args=list(args), names=names)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return set(done.stderr.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("args", [("--version",), ("--help",), ("search", "--help"), ("serve", "--help")])
def test_help_and_version_import_little(args: tuple[str, ...]) -> None:
    """They are printed before a number or a dictionary is read."""
    assert imported(*args, names=("numpy", "search.analysis", "flask", "tqdm", "yaml")) == set()


def test_a_search_reads_no_data(tmp_path: str) -> None:
    """It does not import the readers of data files, the indexer or the web server."""
    names = ("search.readers.base", "search.indexing.reindex", "flask", "tqdm", "numpy")
    assert imported("--home", str(tmp_path), "search", "机场", names=names) == {"numpy"}


def test_public_names_are_there() -> None:
    """Each name is listed, can be used, and nothing else can."""
    assert set(search.__all__) <= set(dir(search))
    assert all(getattr(search, name) for name in search.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        search.nothing  # noqa: B018
