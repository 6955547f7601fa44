"""One answer is read from one generation, in the zone of the home."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from search import Home, Searcher, reindex
from search.engines.whoosh.reading.snapshot import Snapshot
from search.engines.whoosh.storage import reader as segment_reader
from tests.support.waiting import HANG_SECONDS, wait_until

#: Methods of a snapshot that the answers below call.
METHODS = ("search", "count", "newest_time", "vocabulary", "entry", "scan")


def _write(home: Home, number: int) -> None:
    """Write the data of a state: counts, copies, links and suggestions differ between two of them."""
    home.data.mkdir(parents=True, exist_ok=True)
    report = {"id": "r", "time": "2022-01-05T10:00:00+08:00", "stream": "快讯", "headline": "水库溃坝"}
    denial = {
        "id": "d",
        "time": "2022-01-05T11:00:00+08:00",
        "stream": "快讯",
        "headline": "辟谣：水库没有溃坝",
    }
    others = [
        {
            "id": f"{number}/{n}",
            "time": f"2022-01-{6 + number:02}T1{n}:00:00+08:00",
            "stream": f"第{number}号",
            "headline": f"阿拉木图机场关闭，第{number}次通报",
            "body": "机场方面说，所有航班取消，何时恢复尚不知道。" * 2,
        }
        for n in range(2 + number)
    ]
    rows = [*others, report, *([denial] if number else [])]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (home.data / "a.jsonl").write_text(text, "utf-8")


def _hits(results: Any) -> dict[str, Any]:
    answer: dict[str, Any] = results.as_dict()
    answer.pop("took_ms")
    return answer


ANSWERS: dict[str, Callable[[Searcher], Any]] = {
    "page": lambda s: _hits(s.search("机场")),
    "links": lambda s: _hits(s.search("水库")),
    "folded": lambda s: _hits(s.search("机场", fold=True, limit=2)),
    "parts": lambda s: _hits(s.search("机场 火星")),
    "did you mean": lambda s: _hits(s.search("阿拉木途")),
    "corrected": lambda s: _hits(s.search("", corrected=True)),
    "short date": lambda s: _hits(s.search("机场", from_="1月6日")),
    "suggestions": lambda s: [one.as_dict() for one in s.suggest("第")],
    "similar": lambda s: [one.as_dict() for one in s.similar("r")],
    "links of one entry": lambda s: s.ties("r", asof="1月9日").as_dict(),
    "export": lambda s: [scored.entry.id for scored, _ in s.export("机场").hits],
    "facets": lambda s: s.facet_values(),
}


def _publish_after(patch: pytest.MonkeyPatch, home: Home, call: int) -> list[str]:
    """Publish another state after this call to a snapshot of the first; return the list of calls."""
    calls: list[str] = []

    def publishing(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def run(snapshot: Snapshot, *args: Any, **kwargs: Any) -> Any:
            result = method(snapshot, *args, **kwargs)
            if snapshot.generation == 0:
                calls.append(name)
                if len(calls) == call:
                    _write(home, 1)
                    reindex(home)
            return result

        return run

    for name in METHODS:
        patch.setattr(Snapshot, name, publishing(name, getattr(Snapshot, name)))
    return calls


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_does_not_mix_generations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whichever call to the index a publication follows, the answer is that of the state before it."""
    ask = ANSWERS[name]
    for call in range(1, 50):
        home = Home(tmp_path / str(call))
        _write(home, 0)
        reindex(home)
        searcher, before = Searcher(home), ask(Searcher(home))
        with monkeypatch.context() as patch:
            calls = _publish_after(patch, home, call)
            assert ask(searcher) == before
        if len(calls) < call:
            break
        assert ask(searcher) == ask(Searcher(home))
    assert 1 < call < 49


def test_terms_of_an_older_generation_are_counted_in_the_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the vocabulary of a new generation is loaded, that of the last one gives no stale counts."""
    home = Home(tmp_path)
    _write(home, 0)
    reindex(home)
    searcher = Searcher(home)
    assert {"水库溃坝": 1}.items() <= {one.text: one.count for one in searcher.suggest("水库")}.items()
    (home.data / "a.jsonl").write_text('{"id": "a", "headline": "水库无事"}', "utf-8")
    reindex(home)
    loaded, vocabulary = threading.Event(), Snapshot.vocabulary

    def waiting(snapshot: Snapshot, headlines: int) -> Any:
        loaded.wait(HANG_SECONDS)
        return vocabulary(snapshot, headlines)

    monkeypatch.setattr(Snapshot, "vocabulary", waiting)
    assert "水库溃坝" not in [one.text for one in searcher.suggest("水库")]
    loaded.set()
    wait_until(lambda: "水库无事" in [one.text for one in searcher.suggest("水库")], "the new vocabulary")


def test_a_new_generation_opens_only_new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers of unchanged segments are reused; with other deletions they share files and caches."""
    home = Home(tmp_path)
    home.data.mkdir()
    lines = [
        json.dumps({"id": f"n{n}", "body": f"机场第{n}号消息" * 20}, ensure_ascii=False) for n in range(300)
    ]
    (home.data / "a.jsonl").write_text("\n".join(lines), "utf-8")
    reindex(home)
    searcher = Searcher(home)
    assert searcher.search("机场").total == 300
    (old,) = searcher._engine.snapshot().readers  # type: ignore[attr-defined]
    opened: list[Path] = []
    opening = segment_reader.open_arrays
    monkeypatch.setattr(segment_reader, "open_arrays", lambda path: opened.append(path) or opening(path))

    def readers() -> list[Any]:
        opened.clear()
        assert searcher.search("机场").total > 0
        return list(searcher._engine.snapshot().readers)  # type: ignore[attr-defined]

    (home.data / "b.jsonl").write_text('{"id": "b", "body": "机场"}', "utf-8")
    reindex(home)
    same, new = readers()
    assert same is old
    assert sorted(opened) == sorted(file.path for file in new.files)
    (home.data / "a.jsonl").write_text("\n".join(lines[1:]), "utf-8")
    reindex(home)
    fewer, other = readers()
    assert opened == [] and other is new
    assert fewer.docs is old.docs and fewer.words is old.words and fewer.pairs is old.pairs
    assert (int(fewer.live.sum()), int(old.live.sum())) == (299, 300)
    assert searcher.search("机场").total == 300


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "Asia/Kathmandu"])
def test_a_bucket_leads_to_the_entries_that_it_counts(tmp_path: Path, zone: str) -> None:
    """Buckets are days of the home's zone, as are the days that a reader types."""
    home = Home(tmp_path, zone=ZoneInfo(zone))
    home.data.mkdir()
    times = ("2022-01-05T03:00", "2022-01-05T12:00", "2022-01-05T22:00", "2022-01-15T04:30")
    rows = [{"id": str(n), "time": f"{time}:00Z", "body": "机场"} for n, time in enumerate(times)]
    (home.data / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    reindex(home)
    searcher = Searcher(home)
    histogram = searcher.search("机场").histogram
    assert histogram.interval == "day"
    for bucket in histogram.buckets:
        assert (bucket.start.hour, bucket.start.utcoffset()) == (0, _offset(bucket.start, zone))
        day = f"{bucket.start:%Y-%m-%d}"
        assert searcher.search("机场", from_=day, to=day).total == bucket.count
    assert sum(bucket.count for bucket in histogram.buckets) == len(times)
    newest = searcher.status().state.newest
    assert newest and newest.utcoffset() == _offset(newest, zone)


def _offset(time: datetime, zone: str) -> Any:
    return time.replace(tzinfo=ZoneInfo(zone)).utcoffset()
