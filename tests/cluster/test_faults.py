"""What a cluster does to people: nodes die, queues fill, disks fill, writers are killed. Nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from search import Home, Searcher, reindex
from search.engines import Engine, Request, open_engine
from search.engines.opensearch import OpenSearchEngine, read_address
from search.engines.opensearch.client import connect
from search.entry import Entry
from search.errors import CannotWrite, IndexProblem, OtherVersion
from search.query.logical import Filters, LogicalQuery
from tests.cluster.nodes import Cluster, missing
from tests.support.engine_corpus import ALL, CORPUS, EVERY, fill, ids
from tests.support.homes import ROOT, program
from tests.support.oracle import row
from tests.support.waiting import HANG_SECONDS, wait_until
from web import create_app

pytestmark = pytest.mark.cluster

MANY = 6000
#: The moment at which everything has been read, instead of a number of entries.
PUBLISHING = -1


@dataclass
class AtEvent:
    """Calls a function in the middle of a reindex: after a number of entries, or at `PUBLISHING`."""

    moment: int
    action: Callable[[], object]
    entries: int = 0

    def start(self, lines: int) -> None:
        """Wait for more."""

    def step(self, lines: int, entries: int) -> None:
        """Count an entry."""
        self.entries += 1
        if self.entries == self.moment:
            self.action()

    def publishing(self) -> None:
        """Everything has been read."""
        if self.moment == PUBLISHING:
            self.action()


@pytest.fixture(scope="module")
def frail() -> Iterator[Cluster]:
    """Three nodes of their own, which may be killed: the others see its connections close at once."""
    if why := missing():
        pytest.skip(why)
    with Cluster(3) as cluster:
        yield cluster


@pytest.fixture
def whole(frail: Cluster) -> Iterator[Cluster]:
    """The same, with all nodes there and all copies made, before the test and after it."""
    _heal(frail)
    yield frail
    _heal(frail)


def _heal(cluster: Cluster) -> None:
    for node in cluster.nodes:
        if not node.running:
            node.start()
    cluster.wait(3, "green")


def _home(folder: Path, cluster: Cluster, entries: int) -> Home:
    home = Home(folder / f"h{uuid4().hex[:8]}", engine=cluster.url)
    home.data.mkdir(parents=True)
    _write(home, entries)
    return home


def _write(home: Home, entries: int, version: int = 1) -> None:
    lines = (
        json.dumps(
            {
                "id": f"n{number}",
                "time": f"2022-01-{1 + number % 28:02}T10:00:00+08:00",
                "headline": f"阿拉木图机场第{number}号消息",
                "body": f"第{version}稿。机场恢复运行，{number}人离开。" * 3,
            },
            ensure_ascii=False,
        )
        for number in range(entries)
    )
    (home.data / "news.jsonl").write_text("\n".join(lines), "utf-8")


@dataclass
class Reader:
    """Asks a page again and again; `wrong` holds the answers that were none."""

    home: Home
    answers: int = 0
    wrong: list[Any] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until it is over."""
        client = create_app(self.home).test_client()
        while not self.over.is_set():
            answer = client.get("/api/v1/search?q=机场")
            if answer.status_code != 200 or answer.get_json()["total"] != MANY:
                self.wrong.append((answer.status_code, answer.text[:200]))
            self.answers += 1

    def wait_for_answers(self) -> None:
        """Wait until something was asked, and answered, after this call."""
        # The request that is in progress at the call began before it.
        goal = self.answers + 2
        wait_until(lambda: self.answers >= goal or self.wrong, "answers of the cluster")


@contextmanager
def _asking(home: Home) -> Iterator[Reader]:
    """Ask meanwhile."""
    reader = Reader(home)
    asker = threading.Thread(target=reader.run)
    asker.start()
    try:
        reader.wait_for_answers()
        yield reader
        reader.wait_for_answers()
    finally:
        reader.over.set()
        asker.join()


def test_a_node_may_die_while_people_ask(whole: Cluster, tmp_path: Path) -> None:
    """Every query gets its answer, whichever node is killed; a slower one is fine."""
    home = _home(tmp_path, whole, MANY)
    assert reindex(home).entries == MANY
    whole.wait(3, "green")
    with _asking(home) as reader:
        for node in whole.nodes[:2]:
            node.kill()
            whole.wait(2, "yellow|green")
            reader.wait_for_answers()
            node.start()
            whole.wait(3, "green")
            reader.wait_for_answers()
    assert reader.wrong == []


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_node_may_die_while_somebody_writes(whole: Cluster, tmp_path: Path, which: int) -> None:
    """No entry is lost, and those who ask see the old state or the new one, whole."""
    home = _home(tmp_path, whole, MANY)
    reindex(home)
    whole.wait(3, "green")
    _write(home, MANY, version=2)
    failed: list[BaseException] = []

    kill = AtEvent(MANY // 2, whole.nodes[which].kill)

    def write() -> None:
        try:
            reindex(home, progress=kill)
        except IndexProblem as error:
            failed.append(error)

    with _asking(home) as reader:
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(HANG_SECONDS)
        assert not writer.is_alive()
    print(f"\nnode {which} killed while writing: {failed or 'the reindex went on'}")
    assert reader.wrong == []
    assert all("Traceback" not in str(one) for one in failed)
    if failed:
        _heal(whole)
        reindex(home)
    searcher = Searcher(home)
    assert searcher.search('"第2稿"', exact=True).total == MANY
    assert searcher.search('"第1稿"', exact=True).total == 0
    assert searcher.check() == []


def test_a_cluster_that_is_gone_is_one_page_and_one_sentence(whole: Cluster, tmp_path: Path) -> None:
    """503 with Retry-After; the command ends with 1; when it is back, so is everything."""
    home = _home(tmp_path, whole, 20)
    reindex(home)
    whole.wait(3, "green")
    client = create_app(home).test_client()
    assert client.get("/?q=机场").status_code == 200
    for node in whole.nodes:
        node.kill()
    answer = client.get("/?q=机场")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert int(answer.headers["Retry-After"]) > 0 and "连不上集群" in answer.text
    done = program("--engine", whole.url, "search", "机场", home=home)
    assert done.returncode == 1 and done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1 and "连不上集群" in done.stderr
    _heal(whole)
    assert client.get("/api/v1/search?q=机场").get_json()["total"] == 20


# -- writers that are killed -----------------------------------------------------------------------


def test_a_killed_reindex_leaves_the_old_index_and_the_next_one_cleans_up(
    one_node: Cluster, tmp_path: Path
) -> None:
    """Killed at several moments, full and in part: the alias stays, the next one completes."""
    home = _home(tmp_path, one_node, MANY)
    reindex(home)
    address = read_address(str(home.engine_location), {})
    client, alias = connect(address), f"xunwen-{address.name}"
    version = 1
    for full in (True, False):
        for moment in (1, MANY // 2, PUBLISHING):
            before = client.indices.get_alias(name=alias)
            version += 1
            _write(home, MANY, version)
            _killed(home, moment, full)
            after = client.indices.get_alias(name=alias)
            total = Searcher(home).search(f'"第{version - 1}稿"', exact=True).total
            assert after == before and total == MANY
            reindex(home)
            searcher = Searcher(home)
            assert searcher.search(f'"第{version}稿"', exact=True).total == MANY
            assert searcher.search("机场", exact=True).total == MANY
            assert searcher.check() == []
    reindex(home, full=True)
    _write(home, MANY - 1, version)
    reindex(home)
    (last,) = client.indices.get_settings(index=f"{alias}-*", name="index.number_of_shards")
    assert client.indices.get_alias(name=alias).keys() == {last}
    assert client.count(index=last)["count"] <= 2 * MANY
    client.close()


def _killed(home: Home, moment: int, full: bool) -> None:
    """Run a reindex that is killed after a number of entries, or at `PUBLISHING`."""
    made = f"Home({str(home.path)!r}, engine={home.engine!r})"
    code = f"""
import os, signal
from search import Home, reindex
from tests.cluster.test_faults import AtEvent
reindex({made}, full={full}, progress=AtEvent({moment}, lambda: os.kill(os.getpid(), signal.SIGKILL)))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, timeout=HANG_SECONDS, check=False)
    assert done.returncode == -signal.SIGKILL


# -- a cluster with no room ------------------------------------------------------------------------


def test_a_storm_of_refusals_loses_nothing(tmp_path: Path) -> None:
    """With room for one request in the queue, several writers at once are all done in the end."""
    if why := missing():
        pytest.skip(why)
    with Cluster(1, ["thread_pool.write.queue_size=1", "thread_pool.write.size=1"]) as small:
        homes = [_home(tmp_path, small, 4000) for _ in range(6)]
        failed: list[BaseException] = []

        def write(home: Home) -> None:
            try:
                assert reindex(home).entries == 4000
            except BaseException as error:
                failed.append(error)

        writers = [threading.Thread(target=write, args=(home,)) for home in homes]
        for one in writers:
            one.start()
        for one in writers:
            one.join(HANG_SECONDS)
        client = connect(read_address(small.url, {}))
        (node,) = client.nodes.stats(metric="thread_pool")["nodes"].values()
        refused = node["thread_pool"]["write"]["rejected"]
        print(f"\n{refused} requests were refused")
        assert failed == [] and refused > 0
        assert [Searcher(home).search("机场", exact=True).total for home in homes] == [4000] * 6
        client.close()


def test_an_index_that_takes_nothing_is_told(one_node: Cluster) -> None:
    """The disk watermark makes an index read-only: a sentence, and the old state stays."""
    engine = _engine(one_node)
    fill(engine, CORPUS)
    index = engine._catalog.published().index
    block = {"index.blocks.read_only_allow_delete": True}
    engine._client.indices.put_settings(index=index, body=block)
    with pytest.raises(CannotWrite, match="只读"), engine.update() as batch:
        batch.add(Entry(id="fresh", headline="机场"), "b.txt")
    assert ids(engine) == EVERY
    engine._client.indices.put_settings(index=index, body={"index.blocks.read_only_allow_delete": None})
    with engine.update() as batch:
        batch.add(Entry(id="fresh", headline="机场"), "b.txt")
    assert ids(engine) == EVERY | {"fresh"}


def test_terms_of_another_analyzer_are_refused(one_node: Cluster) -> None:
    """An index whose terms are others' answers no query; a full reindex replaces it."""
    engine = _engine(one_node)
    fill(engine, CORPUS)
    index = engine._catalog.published().index
    meta = engine._catalog.meta(index) | {"chain": "0123456789abcdef"}
    engine._client.indices.put_mapping(index=index, body={"_meta": meta})
    other = _again(engine)
    with pytest.raises(OtherVersion, match="reindex --full"):
        other.snapshot().search(Request(LogicalQuery(row("机场"))))
    with pytest.raises(OtherVersion), other.update():
        raise AssertionError("written into")
    fill(other, CORPUS)
    assert ids(other) == EVERY


# -- long queries and far pages ------------------------------------------------------------------


def test_pages_go_on_beyond_ten_thousand(one_node: Cluster) -> None:
    """The page far down is that of the whole list."""
    engine = _engine(one_node)
    fill(engine, [Entry(id=f"n{number:05}", headline="机场") for number in range(10_050)])
    answer = engine.snapshot().search(Request(LogicalQuery(ALL), offset=10_020, limit=20))
    assert [one.entry.id for one in answer.found] == [f"n{number:05}" for number in range(10_020, 10_040)]
    assert answer.total == 10_050
    assert engine.snapshot().count([ALL], Filters()) == [10_050]
    assert sum(1 for _ in engine.snapshot().scan(Request(LogicalQuery(ALL))).found) == 10_050


@pytest.mark.parametrize(
    "query",
    [
        " ".join(chr(0x4E00 + number) for number in range(500)),
        "".join(chr(0x4E00 + 7 * number) for number in range(1000)),
        " OR ".join(f"机{chr(0x4E00 + number)}" for number in range(160)),
        " ".join(f'"{chr(0x4E00 + number)}场"' for number in range(200)),
        " ".join(f"-{chr(0x4E00 + number)}" for number in range(330)),
        "机" * 1000,
        "(" * 30 + "机场" + ")" * 30,
        "x" * 1000,
        "1* 于1* 机*",
        "标题:* 来源:? \\ 专题:*",
    ],
)
def test_any_query_gets_an_answer(one_node: Cluster, tmp_path: Path, query: str) -> None:
    """A thousand characters of anything, as one engine and as the other."""
    home = _home(tmp_path, one_node, 50)
    reindex(home)
    local = Home(home.path, engine="")
    reindex(local)
    ours, theirs = (Searcher(one).search(query, limit=50) for one in (local, home))
    assert (ours.total, ours.partial_total) == (theirs.total, theirs.partial_total)
    assert {hit.id for hit in ours.hits} == {hit.id for hit in theirs.hits}


def _engine(cluster: Cluster) -> OpenSearchEngine:
    engine: Engine = open_engine(f"{cluster.nodes[0].url}/faults-{uuid4().hex[:8]}")
    assert isinstance(engine, OpenSearchEngine)
    return engine


def _again(engine: OpenSearchEngine) -> OpenSearchEngine:
    return OpenSearchEngine(engine.address)
