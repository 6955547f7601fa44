"""The wheel holds every file of the packages: modules, word lists, templates, static files, translations."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from search import compiled
from tests.support.homes import ROOT
from tests.support.waiting import HANG_SECONDS

_OPTIONS = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    """Nothing of `search` and `web` is missing, and nothing but metadata and compiled loops is added."""
    pytest.importorskip("setuptools", reason="no setuptools to build a wheel with")
    source = tmp_path / "source"
    ignore = shutil.ignore_patterns("__pycache__", "*.c", "*.so")
    for name in ("search", "web"):
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", *_OPTIONS, "--wheel-dir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, timeout=HANG_SECONDS)
    files = [path for name in ("search", "web") for path in (source / name).rglob("*") if path.is_file()]
    (wheel,) = tmp_path.glob("xunwen-*.whl")
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    built = {
        name for name in packed if name.startswith("search/compiled/") and name.endswith((".so", ".pyd"))
    }
    assert len(built) == (2 * compiled.AVAILABLE)
    # What Cython writes on the way is built from the files that are packed.
    files = [path for path in files if path.suffix not in (".c", ".so")]
    assert packed - built == {path.relative_to(source).as_posix() for path in files}
