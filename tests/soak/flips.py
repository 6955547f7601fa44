"""Damage to the files of an index: every answer is right or a clear error, and no damage goes unnoticed.

Each case is a copy of a sound index with one damage, opened in a process of its own. Everything is asked at
once, while the background verification may still run, and again after it has ended. Then the index is
brought up to changed data: the result is that of the sound index, or a clear error.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from search import Home, Searcher, XunwenError, reindex
from search.analysis import default_analyzer
from search.suggest.pinyin import readings
from tests.soak.corpus import News, fill_home
from tests.soak.damage import Damage, Shelf, flip_named, flips, replacements
from tests.soak.outcome import Failures, Outcome, progress
from tests.soak.probes import Answers, ask, compare
from tests.soak.processes import ChildFailed, in_child, in_children
from tests.soak.verification import wait_for_verification

_ENTRIES = 120
#: Other damages than flips, as a share of the flips.
_OTHERS_SHARE = 0.1
#: Cases of segment files that are reindexed as well; those of notes always are.
_REINDEXED_SHARE = 0.1
#: How many processes try damages side by side.
_PROCESSES = 2
#: Seconds of wall clock after which a case counts as hanging.
_CASE_SECONDS = 120.0
_IDS = ("news/00022", "news/00001", "news/00057", "2022-01-06-kazakhstan/0106-1734", "news/99999")


@dataclass(frozen=True, slots=True)
class Expected:
    """The right answers, and those after a reindex with changed data: by an update or by a rebuild."""

    now: Answers
    updated: Answers
    rebuilt: Answers
    problems: list[str]


@dataclass(slots=True)
class Verdict:
    """What one damaged index did; empty lists are what is hoped for."""

    early: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    reindexed: list[str] = field(default_factory=list)
    errors: int = 0
    check: list[str] = field(default_factory=list)


def run(folder: Path, count: int, seed: int, only: str = "") -> Outcome:
    """Damage an index `count` times by one bit, and a tenth as often in other ways."""
    default_analyzer().terms("阿拉木图机场")
    readings("机场")
    shelf = _prepare(folder, seed)
    expected: Expected = in_child(_expect, Home(folder / "case"), shelf, seed, seconds=600)
    others = replacements(shelf, int(count * _OTHERS_SHARE), random.Random(seed + 1))
    damages = [flip_named(only)] if only else [*flips(shelf.sound, count, random.Random(seed)), *others]
    random.Random(seed).shuffle(damages)
    shares = [(folder / f"case{n}", shelf, damages[n::_PROCESSES], expected, seed) for n in range(_PROCESSES)]
    return _judge(len(damages), in_children(_try_all, shares, len(damages) * _CASE_SECONDS))


def _judge(count: int, results: list[tuple[Failures, Counter[str]]]) -> Outcome:
    """Put together what the processes found."""
    tally = sum((tally for _, tally in results), Counter[str]())
    failed = sum(len(failures) for failures, _ in results)
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(tally.items()))
    aim = "0 failed: every answer right or a clear error, nothing unnoticed"
    return Outcome("flips", count, f"{failed} failed; {kinds}", aim, not failed)


def _try_all(
    folder: Path, shelf: Shelf, damages: Sequence[Damage], expected: Expected, seed: int
) -> tuple[Failures, Counter[str]]:
    """Try some damages one after the other, in a home of this process."""
    home, failures, tally = Home(folder), Failures("flips"), Counter[str]()
    for number, damage in enumerate(damages, 1):
        _try(home, shelf, damage, expected, seed, failures, tally)
        if number % max(20, len(damages) // 10) == 0:
            progress("flips", f"{number} of {len(damages)}: {dict(tally)}, {len(failures)} failed")
    return failures, tally


def _prepare(folder: Path, seed: int) -> Shelf:
    """Build an index of several generations and segments, and another home's."""
    news, generations = News(seed, _ENTRIES), []
    home = Home(folder / "case")
    for version in (0, 1, 2):
        fill_home(home, news.entries(version, 0.1)[: _ENTRIES - 3 * version])
        in_child(reindex, home)
        generations.append(folder / f"generation{version}")
        shutil.copytree(home.index, generations[-1])
    other = Home(folder / "other")
    fill_home(other, News(seed + 1, _ENTRIES).entries())
    in_child(reindex, other)
    return Shelf(generations[-1], tuple(generations[-2::-1]), other.index)


def _write_data(home: Home, seed: int, changed: bool) -> None:
    """Write the data that the sound index was built from, or the same with changes."""
    rows = News(seed, _ENTRIES).entries(2, 0.1)[: _ENTRIES - 6]
    fill_home(home, rows)
    if changed:
        rows[5]["headline"] = "改写的标题：机场恢复运行"
        fill_home(home, [*rows[:40], *rows[41:], {**rows[40], "id": "news/new"}])
        with home.words.open("a", encoding="utf-8") as words:
            words.write("\n救援人员 nz\n")


def _expect(home: Home, shelf: Shelf, seed: int) -> Expected:
    """Ask the sound index."""
    _write_data(home, seed, changed=False)
    shelf.copy_to(home.index)
    now = ask(Searcher(home), _IDS)
    _write_data(home, seed, changed=True)
    report = reindex(home)
    updated = ask(Searcher(home), _IDS)
    reindex(home, full=True)
    return Expected(now, updated, ask(Searcher(home), _IDS), list(map(str, report.problems)))


def _try(
    home: Home,
    shelf: Shelf,
    damage: Damage,
    expected: Expected,
    seed: int,
    failures: Failures,
    tally: Counter[str],
) -> None:
    """Try one damage and count what came of it."""
    _write_data(home, seed, changed=False)
    shelf.copy_to(home.index)
    damage.apply(home.index)
    is_note = not damage.role.startswith("segment")
    with_reindex = is_note or random.Random(str(damage)).random() < _REINDEXED_SHARE
    try:
        verdict: Verdict = in_child(_case, home, expected, seed, with_reindex, seconds=_CASE_SECONDS)
    except ChildFailed as error:
        failures.add(f"{damage}: {error}")
        return
    tally[_kind(verdict)] += 1
    if faults := _faults(verdict):
        failures.add(f"{damage}: {'; '.join(faults)}")


def _faults(verdict: Verdict) -> list[str]:
    """Return what is wrong about a case, with the first wrong answer of each stage."""
    stages = (("before the verification ended", verdict.early), ("after it", verdict.late))
    faults = [
        f"{len(lines)} wrong answers {when}, first {lines[0]}"
        for when, lines in (*stages, ("after a reindex", verdict.reindexed))
        if lines
    ]
    if verdict.check and not verdict.errors:
        faults.append(f"unnoticed by the verification, but check says {verdict.check[0]}")
    return faults


def _kind(verdict: Verdict) -> str:
    """Return how a damage is counted."""
    if verdict.late:
        return "wrong answers"
    if verdict.early:
        return "wrong until verified"
    if verdict.errors:
        return "clear errors"
    return "unnoticed" if verdict.check else "without effect"


def _case(home: Home, expected: Expected, seed: int, with_reindex: bool) -> Verdict:
    """Open a damaged index and ask everything, before and after the verification and after a reindex."""
    verdict, searcher = Verdict(), Searcher(home)
    searcher.verify_in_background()
    verdict.early, _ = compare(ask(searcher, _IDS), expected.now)
    wait_for_verification(searcher)
    verdict.late, verdict.errors = compare(ask(searcher, _IDS), expected.now)
    verdict.check = searcher.check()
    if with_reindex:
        _write_data(home, seed, changed=True)
        verdict.reindexed = _reindexed(home, expected)
    return verdict


def _reindexed(home: Home, expected: Expected) -> list[str]:
    """Bring the index up to changed data; return what is wrong then, nothing where it is refused clearly."""
    try:
        report = reindex(home)
    except XunwenError:
        return []
    problems = list(map(str, report.problems))
    wrong = [] if problems == expected.problems else [f"reindex reports {problems}"]
    searcher = Searcher(home)
    wait_for_verification(searcher)
    answers = ask(searcher, _IDS)
    updated, _ = compare(answers, expected.updated)
    return wrong + (updated and compare(answers, expected.rebuilt)[0])
