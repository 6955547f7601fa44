"""The real live blog: 28 entries, every time right, every caption and the credit found."""

import json
import re
import shutil
from pathlib import Path

import pytest

from search import Home, Searcher
from tests.support.homes import Cli, files_of
from tests.support.shared import SEED, shared

NAME = "2022-01-06-kazakhstan.txt"
CAPTIONS = [
    "萨基姆巴耶夫",
    "阿拉木图市(图片来自网络)",
    "抗议者冲入阿克托别市政府大楼",
    "阿拉木图市政府出现火情",
    "阿拉木图市检察院出现火情",
    "哈萨克斯坦总统托卡耶夫",
]


@pytest.fixture
def seed(home: Home) -> Path:
    """The seed as the only file of a home."""
    path = home.data / NAME
    shutil.copyfile(shared(SEED), path)
    return path


def times_of(text: str) -> list[str]:
    """Read the times independently of the readers: lines that are a month, a day, an hour and a minute."""
    found = re.findall(r"^(\d+)月(\d+)日(\d\d):(\d\d)\s*$", text, re.MULTILINE)
    return [
        f"2022-{int(month):02d}-{int(day):02d}T{hour}:{minute}:00+08:00" for month, day, hour, minute in found
    ]


def test_all_entries_are_indexed_with_their_times(seed: Path, cli: Cli) -> None:
    """The first reindex adds 28 entries, newest first in the answer, each at the time that the file says."""
    report = cli.json("reindex")
    assert (report["added"], report["entries"], report["problems"]) == (28, 28, [])
    newest = cli.json("search", "", "--limit", "50", "--sort", "newest")
    times = [hit["time"] for hit in newest["hits"]]
    assert times == times_of(seed.read_text(encoding="utf-8"))
    assert (times[0], times[-1]) == ("2022-01-06T13:59:00+08:00", "2022-01-05T04:12:00+08:00")
    assert len(times) == 28


def test_captions_and_credit_are_found(seed: Path, cli: Cli) -> None:
    """Each of the six captions finds its entry, and the credit 王斌 the one that he signed."""
    cli.run("reindex")
    for caption in CAPTIONS:
        hits = cli.json("search", f'"{caption}"', "--limit", "50")["hits"]
        assert [hit for hit in hits if not hit["partial"] and caption in hit["captions"]], caption
    (hit,) = [hit for hit in cli.json("search", "王斌")["hits"] if not hit["partial"]]
    assert hit["credit"] == "总台记者 王斌" and hit["time"] == "2022-01-06T05:48:00+08:00"
    held = [caption for hit in cli.json("search", "", "--limit", "50")["hits"] for caption in hit["captions"]]
    assert sorted(held) == sorted(CAPTIONS)


def test_nothing_that_can_be_read_is_lost(seed: Path, cli: Cli) -> None:
    """Every Han character of the file stands in an entry."""
    cli.run("reindex")
    hits = Searcher(cli.home).search("", limit=50).hits
    kept = "".join(json.dumps(hit.as_dict(), ensure_ascii=False) for hit in hits)
    lines = [line.strip() for line in seed.read_text(encoding="utf-8").splitlines()[1:]]
    for line in lines:
        for run in re.findall("[\u4e00-\u9fff]{2,}", re.sub(r"^\d+月\d+日\d\d:\d\d$", "", line)):
            assert run in kept, line


def test_a_second_reindex_changes_no_file(seed: Path, cli: Cli) -> None:
    """Names, sizes, times and bytes of all files of the index stay as they are."""
    cli.run("reindex")
    before = files_of(cli.home.index)
    report = cli.json("reindex")
    assert (report["added"], report["changed"], report["removed"], report["unchanged"]) == (0, 0, 0, 28)
    assert files_of(cli.home.index) == before
