"""`kill -9` of `xunwen reindex` at random moments: the old state or the new one is there, to the letter.

Each run is the command line itself, in a process that is forked from this one, which has loaded everything:
so the moments fall into the work and not into the start of Python. What killed runs leave behind stays for
the next ones.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.cli import main as command_line
from search.engines.whoosh.compat.toc import latest_generation, read_toc
from search.output.export import as_jsonl
from tests.soak.corpus import News, fill_home
from tests.soak.outcome import Failures, Outcome, progress
from tests.soak.processes import ChildFailed, in_child

_ENTRIES = 240
#: Share of moments beyond the measured duration, so that some kills come after the end of the work.
_BEYOND = 1.15
_AIM = "nothing lost, check clean, next reindex completes"
_PUBLISHING = "正在写入索引".encode()


@dataclass(frozen=True, slots=True)
class DataState:
    """One state of the data: a seed, a version, and whether the user dictionary has one word more."""

    news: News
    version: int

    def write(self, home: Home) -> None:
        """Make the data of a home this state."""
        rows = self.news.entries(self.version)
        fill_home(home, rows[: -7 * self.version or None])
        if self.version:
            with home.words.open("a", encoding="utf-8") as words:
                words.write("\n救援人员 nz\n")


@dataclass(slots=True)
class Timing:
    """How long the work takes, adapted as the machine becomes faster or slower, in seconds."""

    whole: float
    publishing: float
    ends: Counter[str] = field(default_factory=Counter)

    def adapt(self, in_the_end: bool, killed: bool, published: bool) -> None:
        """Keep the moments within the work, and around its last step."""
        if in_the_end:
            self.publishing *= 0.8 if published else 1.25
        else:
            self.whole *= 1.02 if killed else 0.9


def run(folder: Path, count: int, seed: int) -> Outcome:
    """Kill a reindex `count` times and check the index after each."""
    default_analyzer().terms("阿拉木图机场")
    home, failures, drawn = Home(folder), Failures("kill"), random.Random(seed)
    states = [DataState(News(seed, _ENTRIES), version) for version in (0, 1)]
    contents = [in_child(_contents_of, home, state) for state in states]
    timing = Timing(*in_child(_durations, home, states))
    current = 0
    for number in range(count):
        try:
            current = _turn(home, states, contents, current, timing, drawn, number % 2 == 1)
        except (AssertionError, ChildFailed) as error:
            failures.add(f"seed {seed}, kill {number}: {error}")
            current = 0
            in_child(_contents_of, home, states[0])
        if number % max(10, count // 20) == 0:
            progress("kill", f"{number} of {count}: {dict(timing.ends)}, {len(failures)} failed")
    for name in in_child(_leftovers, home):
        failures.add(f"{name} was left behind")
    spread = ", ".join(f"{timing.ends[key]} {key}" for key in ("killed", "old state", "new state"))
    return Outcome(
        "kill", count, f"{len(failures)} failed; {spread}", f"0 failed: {_AIM}", not failures.messages
    )


def _turn(
    home: Home,
    states: list[DataState],
    contents: list[str],
    current: int,
    timing: Timing,
    drawn: random.Random,
    in_the_end: bool,
) -> int:
    """Kill one reindex from the current state to the other one; return which is current afterwards."""
    following = 1 - current
    states[following].write(home)
    moment = drawn.uniform(0, _BEYOND) * (timing.publishing if in_the_end else timing.whole)
    killed = _kill_reindex(home, moment, in_the_end)
    content = in_child(_content, home)
    assert content in contents, "the index holds neither the old state nor the new one"
    published = content == contents[following]
    timing.ends["killed"] += killed
    timing.ends["new state" if published else "old state"] += 1
    timing.adapt(in_the_end, killed, published)
    assert in_child(_complete, home) == contents[following], "the next reindex gives another state"
    return following


def _kill_reindex(home: Home, moment: float, in_the_end: bool) -> bool:
    """Run `xunwen reindex` and kill it some seconds after its start, or after it begins to publish.

    Return whether it was still at work.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _reindex_command(home, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as output:
        while in_the_end and (line := output.readline()) and not line.startswith(_PUBLISHING):
            pass
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        rest = output.read()
    assert os.WIFSIGNALED(status) or status == 0, f"xunwen reindex failed: {rest.decode(errors='replace')}"
    return os.WIFSIGNALED(status)


def _reindex_command(home: Home, output: int) -> None:
    """Be `xunwen reindex` with its output on a descriptor; never returns."""
    code = 70
    # New streams: those of the parent remember what kind of file they were opened on.
    sys.stdout = sys.stderr = os.fdopen(output, "w", buffering=1, encoding="utf-8")
    try:
        command_line(["--home", str(home.path), "reindex"])
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _contents_of(home: Home, state: DataState) -> str:
    """Bring a home to a state; return its content."""
    state.write(home)
    return _complete(home)


def _durations(home: Home, states: list[DataState]) -> tuple[float, float]:
    """Measure a reindex, and its part from the beginning of publishing, in seconds."""
    states[1].write(home)
    started = publishing = time.monotonic()

    class Watch:
        def start(self, lines: int) -> None: ...

        def step(self, lines: int, entries: int) -> None: ...

        def publishing(self) -> None:
            nonlocal publishing
            publishing = time.monotonic()

    reindex(home, progress=Watch())
    ended = time.monotonic()
    _contents_of(home, states[0])
    return ended - started, ended - publishing


def _complete(home: Home) -> str:
    """Reindex, and check that this was all there was to do; return the content."""
    report = reindex(home)
    generation = latest_generation(home.index)
    again = reindex(home)
    assert (again.unchanged, again.entries) == (report.entries, report.entries), f"still to do: {again}"
    assert latest_generation(home.index) == generation, "nothing changed, and a generation was published"
    return _content(home)


def _content(home: Home) -> str:
    """Return a digest of all entries with their files and digests; the index must be sound."""
    searcher = Searcher(home)
    problems = searcher.check()
    assert problems == [], f"check says {problems}"
    found = blake2b(digest_size=16)
    export = searcher.export("")
    assert export.listing.total == searcher.search("", limit=1).total
    # The first line tells the moment and the generation.
    for line in sorted(list(as_jsonl(export))[1:]):
        found.update(line)
    return found.hexdigest()


def _leftovers(home: Home) -> list[str]:
    """Return the files of the index that belong to no segment, after a reindex with something to do."""
    reindex(home, full=True)
    toc = read_toc(home.index, latest_generation(home.index))
    names = {segment.file_stem for segment in toc.segments}
    files = [path for path in home.index.iterdir() if path.stem not in names]
    known = {"MAIN_WRITELOCK", "files.json", "corrections.json", f"_MAIN_{toc.generation}.toc"}
    extra = [path.name for path in files if path.name not in known and not path.name.startswith("words-")]
    return extra + [path.name for path in files if path.name.endswith(".new")]
