"""The indexes that are measured: each is built in a fresh process and kept until its maker changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from sqlite3 import sqlite_version

from tests.bench.corpus import Corpus
from tests.bench.memory import watched

__all__ = ["ROOT", "Built", "build", "ensure", "run_module", "size_of"]

ROOT = Path(__file__).resolve().parents[2]
#: What an index is made from: the entries, or their words.
_FROM_LINES = {"xunwen", "whoosh", "whoosh-full", "fts5-trigram"}


@dataclass(frozen=True, slots=True)
class Built:
    """What building took: seconds of wall and user CPU, bytes of memory and of disk, and how much text."""

    wall: float
    user: float
    peak: int
    size: int
    characters: int
    bytes: int
    entries: int
    #: What the engine itself counted; 0 where it does not say.
    indexed: int = 0


def place(corpus: Corpus, system: str) -> Path:
    """Return where the index of a system lies, or for Xunwen its home."""
    return corpus.home.path if system == "xunwen" else corpus.path / system


def build(corpus: Corpus, system: str, limit: int | None = None) -> Built:
    """Build an index anew, of the first `limit` entries or all, and remember what it took."""
    target, kept = place(corpus, system), _index_of(corpus, system)
    shutil.rmtree(kept, ignore_errors=True)
    kept.unlink(missing_ok=True) if kept.is_file() else None
    source = corpus.lines if system in _FROM_LINES else corpus.words
    part = share(corpus, limit)
    asked = [system, str(target), str(source), *([str(limit)] if limit else [])]
    printed, seen = watched(_command("tests.bench.build", *asked), ROOT)
    took = json.loads(printed)
    took["peak"] = max(took["peak"], seen)
    report = took.pop("report") or {}
    entries, characters, size = part
    built = Built(**took, size=size_of(kept), characters=characters, bytes=size, entries=entries)
    built = Built(**{**asdict(built), "indexed": report.get("entries", 0)})
    _stamp(corpus, system).write_text(json.dumps({"key": _key(system, limit), **asdict(built)}), "utf-8")
    return built


def ensure(corpus: Corpus, system: str) -> Path:
    """Return the folder of an index, built now unless an index of the same maker exists."""
    stamp = _stamp(corpus, system)
    there = stamp.exists() and _index_of(corpus, system).exists()
    if not there or json.loads(stamp.read_text("utf-8"))["key"] != _key(system, None):
        build(corpus, system)
    return place(corpus, system)


def share(corpus: Corpus, limit: int | None) -> tuple[int, int, int]:
    """Return how many entries, characters and bytes the first `limit` entries have."""
    if not limit or limit >= corpus.entries:
        return corpus.entries, corpus.characters, corpus.bytes
    characters = size = 0
    with corpus.lines.open(encoding="utf-8") as lines:
        for _, line in zip(range(limit), lines, strict=False):
            record = json.loads(line)
            text = record.get("headline", "") + record.get("body", "")
            characters += len(text)
            size += len(text.encode())
    return limit, characters, size


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def run_module(module: str, *arguments: str) -> str:
    """Run a module of this checkout in a fresh process and return what it printed."""
    command = _command(module, *arguments)
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def _command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", module, *arguments]


def _index_of(corpus: Corpus, system: str) -> Path:
    return corpus.home.index if system == "xunwen" else place(corpus, system)


def _stamp(corpus: Corpus, system: str) -> Path:
    return corpus.path / f"{system}.json"


@cache
def _key(system: str, limit: int | None) -> str:
    if system == "xunwen":
        return f"{_source()} {limit}"
    maker = system.partition("-")[0]
    numbers = {"fts5": lambda: sqlite_version, "whoosh": lambda: version("whoosh3")}
    return f"{numbers.get(maker, lambda: version(maker))()} {limit}"


def _source() -> str:
    """Return a hash of the program."""
    digest = blake2b(digest_size=8)
    for path in sorted((ROOT / "search").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
