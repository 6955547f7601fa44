"""Building and changing: characters a second, memory and disk, beside engines that get their words cut."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from search import Home, reindex
from tests.bench.corpus import Corpus
from tests.bench.shelf import Built, build
from tests.bench.timing import Effort

__all__ = ["measure_changes", "measure_indexing"]

#: Stock Whoosh takes minutes: above this number of entries it indexes a sample of this number of characters.
_WHOOSH_UP_TO = 100_000
_SAMPLE_CHARACTERS = 600_000
_SMALL_PEERS_UP_TO = 100_000
_FILE = 1_000
_REPEATS = 3


def measure_indexing(corpus: Corpus, _: Effort) -> dict[str, dict[str, float]]:
    """Build the index of every system anew; return what each took."""
    built = {name: build(corpus, name) for name in ("xunwen", "tantivy", "tantivy-full")}
    if corpus.entries <= _SMALL_PEERS_UP_TO:
        built |= {name: build(corpus, name) for name in ("fts5-words", "fts5-trigram", "bm25s")}
    sample = min(corpus.entries, _SAMPLE_CHARACTERS * corpus.entries // corpus.characters)
    whole = corpus.synthetic and corpus.entries <= _WHOOSH_UP_TO
    built["whoosh"] = build(corpus, "whoosh", None if whole else sample)
    built["whoosh-full"] = build(corpus, "whoosh-full", sample)
    return {name: _row(one) for name, one in built.items()}


def _row(built: Built) -> dict[str, float]:
    rate = built.characters / built.wall
    return asdict(built) | {"rate": rate, "per_byte": built.size / built.bytes}


def measure_changes(corpus: Corpus, _: Effort) -> dict[str, float]:
    """Return the seconds of reindexing after no change and after one, in one file and in many."""
    with _copy(corpus) as home:
        path = home.data / "news.jsonl"
        found = {
            "nothing": median(reindex(home).seconds for _ in range(_REPEATS)),
            "one_file": median(_seconds_of_a_change(home, path, n) for n in range(_REPEATS)),
        }
    with _pieces(corpus) as home:
        found["full"] = reindex(home).seconds
        found["nothing_many"] = median(reindex(home).seconds for _ in range(_REPEATS))
        paths = sorted(home.data.iterdir())
        many = (_seconds_of_a_change(home, paths[n], n) for n in range(min(_REPEATS, len(paths))))
        found["many_files"] = median(many)
        found["files"] = len(paths)
    return found


@contextmanager
def _copy(corpus: Corpus) -> Iterator[Home]:
    """Give a copy of the home, index included."""
    path = corpus.path / "changing"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(corpus.home.path, path)
    yield Home(path)
    shutil.rmtree(path)


@contextmanager
def _pieces(corpus: Corpus) -> Iterator[Home]:
    """Give a home with the same entries in files of a thousand, not indexed yet."""
    path = corpus.path / "pieces"
    shutil.rmtree(path, ignore_errors=True)
    home = Home(path)
    home.data.mkdir(parents=True)
    with corpus.lines.open(encoding="utf-8") as lines:
        number = 0
        while piece := [line for _, line in zip(range(_FILE), lines, strict=False)]:
            (home.data / f"{number:04d}.jsonl").write_text("".join(piece), "utf-8")
            number += 1
    yield home
    shutil.rmtree(path)


def _seconds_of_a_change(home: Home, path: Path, number: int) -> float:
    """Append a word to one entry in the middle of a file, and reindex."""
    lines = path.read_text("utf-8").splitlines()
    at = len(lines) // 2 + number
    record: dict[str, Any] = json.loads(lines[at])
    record["body"] += "更正。"
    lines[at] = json.dumps(record, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report = reindex(home)
    if report.changed != 1:
        raise RuntimeError(f"one entry was changed, but the report says {report.as_dict()}")
    return report.seconds
