"""The inputs of the shared folder: each is a home of one kind of real file, with the right values."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.homes import ROOT
from tests.support.shared import find_shared

INPUTS = find_shared("inputs")
FOLDERS = sorted(path.parent.name for path in INPUTS.glob("*/expect.json")) if INPUTS else []
PROGRAM = f"""#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT)!r})
from search.cli import main
main()
"""


@pytest.fixture(scope="module")
def xunwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command line of this checkout, with its Python in the same folder."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "xunwen"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return program


@pytest.mark.skipif(not FOLDERS, reason="the shared folder with the inputs is not there")
@pytest.mark.parametrize("name", FOLDERS)
def test_an_input_is_read_as_expected(xunwen: Path, name: str) -> None:
    """Indexed by the command line, exported and searched."""
    assert INPUTS
    command = [sys.executable, str(INPUTS / "check.py"), "--xunwen", str(xunwen), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
