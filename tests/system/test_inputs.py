"""The inputs of the shared folder: each is a home of one kind of real file, with the right values."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from search.cli import main
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

pytestmark = pytest.mark.skipif(not FOLDERS, reason="the shared folder with the inputs is not there")


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


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    """The program that compares an input with its right values, calling commands in this process."""
    assert INPUTS
    spec = importlib.util.spec_from_file_location("check_inputs", INPUTS / "check.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(_: Path, home: Path, *args: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, ["--home", str(home), *args])
        return result.exit_code, result.stdout, result.stderr

    module.__dict__["run"] = run
    return module


@pytest.mark.parametrize("name", FOLDERS)
def test_an_input_is_read_as_expected(xunwen: Path, checker: ModuleType, name: str) -> None:
    """Indexed by the command line, exported and searched."""
    assert INPUTS
    assert checker.check(str(xunwen), INPUTS / name) == []


def test_the_installed_program_does_the_same(xunwen: Path) -> None:
    """One input in processes of its own."""
    assert INPUTS
    command = [sys.executable, str(INPUTS / "check.py"), "--xunwen", str(xunwen), FOLDERS[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
