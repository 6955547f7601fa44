"""The load beside which the tests are run is there as long as their command, and no longer."""

import multiprocessing
import subprocess
import sys

import pytest

from tests.support.busy import busy
from tests.support.homes import ROOT


def test_the_processes_compute_until_the_block_ends() -> None:
    """They are alive in it and gone after it, also when it fails."""
    with pytest.raises(ZeroDivisionError), busy(2):
        inside = multiprocessing.active_children()
        assert len(inside) == 2 and all(process.is_alive() for process in inside)
        raise ZeroDivisionError
    assert not any(process in multiprocessing.active_children() for process in inside)


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_is_that_of_the_command(code: int) -> None:
    """A failure of the tests is a failure of the whole."""
    command = [sys.executable, "-c", f"raise SystemExit({code})"]
    done = subprocess.run([sys.executable, "-m", "tests.support.busy", *command], cwd=ROOT, check=False)
    assert done.returncode == code
