"""`kill -9` at any moment of a reindex leaves the old index or the new one, whole; readers see nothing else.

The reindex runs in real processes. One that has loaded everything waits and forks for each run. The moments
are counted in events of the reindex, so that they fall into the same parts of it on any machine.
"""

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from search import Home, Searcher, reindex
from search.engines.whoosh.compat.toc import latest_generation, read_toc
from tests.support.homes import ROOT, Cli, content, files_of, listed, row, write_rows
from tests.support.shared import find_shared, rows
from tests.support.waiting import HANG_SECONDS, wait_until

KILLS = 12
WRITER = """
import os, signal, sys, time, traceback
from search import Home, reindex
from search.analysis import default_analyzer

signal.signal(signal.SIGALRM, signal.SIG_DFL)

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

class Count:
    # Counts the events of one part of a reindex; at `moment` it ends the process, as SIGKILL does.
    def __init__(self, moment):
        self.moment, self.events, self.began = moment, 0, 0.0

    def add(self):
        if not self.events:
            self.began = time.monotonic()
        self.events += 1
        if self.events == int(self.moment) + 1:
            average = (time.monotonic() - self.began) / self.events
            signal.setitimer(signal.ITIMER_REAL, 1e-6 + self.moment % 1 * average)

class Watch:
    def __init__(self, part, moment):
        self.counts = {name: Count(moment if name == part else -1) for name in ("entries", "files")}
        self.process, self.ends = os.getpid(), False

    def start(self, lines): say("start")
    def step(self, lines, entries): self.counts["entries"].add()

    def publishing(self):
        say("publishing")
        self.ends = True
        self.counts["files"].add()

    def audit(self, event, args):
        written = event in ("os.rename", "os.remove") or (event == "open" and args[2] & os.O_CREAT)
        if self.ends and written and os.getpid() == self.process:
            self.counts["files"].add()

default_analyzer().terms("阿拉木图机场")
while line := sys.stdin.readline().strip():
    home, part, moment = line.split("\\t")
    child = os.fork()
    if not child:
        try:
            watch = Watch(part, float(moment))
            sys.addaudithook(watch.audit)
            reindex(Home(home), progress=watch)
            watch.ends = False
            say("events", *(count.events for count in watch.counts.values()))
            say("ended")
        except BaseException:
            say("failed", ascii(traceback.format_exc()))
        os._exit(0)
    sys.stdin.readline()
    say("status", os.waitpid(child, 0)[1])
"""


@dataclass(frozen=True)
class DataState:
    """One state of the data: the entries of each file."""

    files: Mapping[str, Sequence[Mapping[str, object]]]

    @property
    def count(self) -> int:
        """How many entries there are."""
        return sum(map(len, self.files.values()))

    def write(self, home: Home) -> None:
        """Make the data of a home this state."""
        for name, entries in self.files.items():
            write_rows(home, name, entries)


@dataclass
class Writer:
    """A process that runs one reindex after another and says how far it is."""

    process: "subprocess.Popen[str]"

    def start(self, home: Home, part: str = "", moment: float = 0) -> None:
        """Begin a reindex; with `part`, it is killed after `moment` of the events of that part.

        The events of the part "entries" are the entries that are read; those of "files" are `publishing`,
        and then each creation, renaming and removal of a file. A fraction of an event is that fraction of
        the average time between two of them.
        """
        self._say(f"{home.path}\t{part}\t{moment}")

    def finish(self) -> int:
        """Wait for the end of the reindex; return the signal that ended it, 0 if none."""
        self._say("")
        return int(self.wait("status"))

    def wait(self, word: str) -> str:
        """Read on until it says this, and return what follows."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said, _, rest = line.strip().partition(" ")
            if said == word:
                return rest
            assert said != "ended" or word == "status", f"the reindex ended before it came to {word}"
            assert said != "failed", rest
        raise AssertionError("the writer is gone")

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@pytest.fixture
def writer() -> Iterator[Writer]:
    """The waiting process."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", WRITER], cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    with process:
        yield Writer(process)
        assert process.stdin is not None
        process.stdin.close()


def news() -> list[dict[str, Any]]:
    """Return the rolling news of the shared folder, or as many entries made up with a fixed seed."""
    path = find_shared("collections/dxy_covid_news/entries.jsonl")
    if path is not None:
        return rows(path)
    draw = random.Random(1)
    signs = [chr(0x4E00 + draw.randrange(3000)) for _ in range(1500)]
    return [row(f"made-{n}", "".join(draw.choices(signs, k=150))) for n in range(2767)]


def states() -> tuple[DataState, DataState]:
    """Return the news in three files, and the same with half of the entries changed and some removed."""
    old = news()
    draw = random.Random(2)
    changed = set(draw.sample(range(len(old)), len(old) // 2))
    gone = set(draw.sample(sorted(changed), 111))
    new = [
        {**one, "headline": f"改写：第{n}条"} if n in changed else one
        for n, one in enumerate(old)
        if n not in gone
    ]
    names = ("a.jsonl", "b/c.jsonl", "d.jsonl")
    return (
        DataState({name: old[place::3] for place, name in enumerate(names)}),
        DataState({name: new[place::3] for place, name in enumerate(names)}),
    )


def events(writer: Writer, home: Home, there: DataState, back: DataState) -> dict[str, int]:
    """Count the events of each part of a reindex there; then go back."""
    there.write(home)
    writer.start(home)
    entries, files = map(int, writer.wait("events").split())
    assert writer.finish() == 0
    back.write(home)
    reindex(home)
    return {"entries": entries, "files": files}


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing(home: Home, cli: Cli, writer: Writer) -> None:
    """After each of 12 kills `check` is clean, old or new is there to the letter, and reindex completes.

    Half of the moments are spread over the entries that are read, half over the last part, in which the new
    state is written and published. What killed runs leave behind stays there for the next ones.
    """
    old, new = states()
    old.write(home)
    reindex(home)
    whole = {id(old): content(home)}
    new.write(home)
    reindex(home)
    whole[id(new)] = content(home)
    assert len(whole[id(old)]) == old.count != new.count == len(whole[id(new)])
    counts = events(writer, home, old, new)
    draw = random.Random(20220105)
    ends = {"old": 0, "new": 0, "unfinished": 0}
    before, after = new, old
    for turn in range(KILLS):
        after.write(home)
        part = ("entries", "files")[turn % 2]
        writer.start(home, part, draw.uniform(0, 1.1) * counts[part])
        ends["unfinished"] += writer.finish() == signal.SIGALRM
        served = Searcher(home).search("", limit=1).total
        assert served in (before.count, after.count)
        assert cli.json("check") == {"ok": True, "problems": []}
        was = after if served == after.count else before
        ends["new" if was is after else "old"] += 1
        assert listed(home) == whole[id(was)]
        report = reindex(home)
        assert report.entries == after.count
        assert listed(home) == whole[id(after)]
        before, after = after, before
    print(ends)
    # The moments were spread as they should: killed in the work, before and after the step that publishes.
    assert ends["unfinished"] >= 8 and ends["old"] >= 2 and ends["new"] >= 2, f"badly spread: {ends}"
    names = {segment.file_stem for segment in read_toc(home.index, latest_generation(home.index)).segments}
    left = [path.name for path in home.index.glob("MAIN_*.*") if path.stem not in names]
    assert left == [], "what killed runs left behind was not cleared away"


@pytest.mark.slow
def test_readers_see_the_old_state_or_the_new_one(home: Home, writer: Writer) -> None:
    """Queries in a loop while another process reindexes: no error, no count but the old and the new one."""
    old, new = states()
    old.write(home)
    reindex(home)
    searcher = Searcher(home)
    seen: set[int] = set()
    last: list[int] = []
    errors: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                seen.add(searcher.search("", limit=3).total)
                last[:] = [Searcher(home).search("", limit=1).total]
                seen.update(last)
            except BaseException as error:
                errors.append(error)
                return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for state in (new, old, new, old):
            state.write(home)
            writer.start(home)
            writer.wait("ended")
            assert searcher.search("").total == state.count
            wait_until(lambda count=state.count: last == [count] or errors, "query of the new state")
            assert writer.finish() == 0
    finally:
        stop.set()
        thread.join()
    assert errors == []
    assert seen == {old.count, new.count}


def test_an_interrupted_reindex_says_so(home: Home) -> None:
    """Ctrl-C in the middle: exit 1, one sentence, the old index as it was and nothing left beside it."""
    write_rows(home, "a.jsonl", [row("1")])
    reindex(home)
    before = files_of(home.index)
    write_rows(home, "b.jsonl", [row(f"b{n}", f"第{n}条消息，说了很多很多") for n in range(40_000)])
    # Who was started in the background was told to ignore Ctrl-C, and so are its children.
    code = (
        "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from search.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "--home", str(home.path), "reindex"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stderr is not None and process.stdout is not None
        assert process.stderr.readline().startswith("正在索引")
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "已中断；原索引未受影响\n"
        assert (process.stdout.read(), process.wait(timeout=HANG_SECONDS)) == ("", 1)
    assert files_of(home.index) == before
