"""Live blogs: every entry, every time right, every caption and the credit found.

The laws hold for the sample streams, and for the real live blog of the shared folder where it is present.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from search import Home, Searcher
from tests.support.homes import Cli, files_of
from tests.support.samples import DATA, STREAMS
from tests.support.shared import SEED, shared


@dataclass(frozen=True)
class Blog:
    """A live blog, with what a person counted and copied from it."""

    name: str
    entries: int
    first: str
    last: str
    captions: tuple[str, ...]
    #: A name, the credit that it is part of, and the time of the only entry that has it.
    signed: tuple[str, str, str]

    @property
    def source(self) -> Path:
        """The file; skips the test when it is in the shared folder and that is absent."""
        return DATA / self.name if self.name in STREAMS else shared(SEED)


BLOGS = {
    "kazakhstan": Blog(
        STREAMS[0],
        39,
        "2022-01-04T23:36:00+08:00",
        "2022-01-06T22:41:00+08:00",
        (
            "俄空降兵在机坪登上伊尔-76运输机",
            "阿拉木图市中心广场一角",
            "拜科努尔航天发射中心(资料图)",
            "新任国安委负责人萨基姆巴耶夫",
            "夜色中的阿拉木图街道",
            "托卡耶夫向全国发表讲话",
            "阿克托别市政府楼前的人群",
            "市政府大楼起火冒烟",
            "检察院大楼窗口可见火光",
            "托卡耶夫(资料图)",
        ),
        ("苏禾", "本站编辑 苏禾", "2022-01-06T10:19:00+08:00"),
    ),
    "earthquake": Blog(
        STREAMS[1],
        32,
        "2023-02-06T09:24:00+08:00",
        "2023-02-07T21:40:00+08:00",
        (
            "加济安泰普市区倒塌的居民楼",
            "中国救援队在首都机场集结",
            "伊斯肯德伦港上空的黑烟",
            "阿勒颇居民在废墟上寻找亲人",
            "马拉蒂亚街头的救援人员躲避余震",
            "哈塔伊机场断裂的跑道",
            "震前的加济安泰普城堡（资料图）",
            "卡赫拉曼马拉什市民在雪中等待救援",
        ),
        ("林远", "本站编辑 林远", "2023-02-06T19:40:00+08:00"),
    ),
    "shared": Blog(
        "2022-01-06-real.txt",
        28,
        "2022-01-05T04:12:00+08:00",
        "2022-01-06T13:59:00+08:00",
        (
            "萨基姆巴耶夫",
            "阿拉木图市(图片来自网络)",
            "抗议者冲入阿克托别市政府大楼",
            "阿拉木图市政府出现火情",
            "阿拉木图市检察院出现火情",
            "哈萨克斯坦总统托卡耶夫",
        ),
        ("王斌", "总台记者 王斌", "2022-01-06T05:48:00+08:00"),
    ),
}
_TIME = re.compile(r"^(\d+)月(\d+)日\s?(\d\d)[:：](\d\d)\s*$", re.MULTILINE)


@pytest.fixture(params=BLOGS.values(), ids=BLOGS)
def blog(request: pytest.FixtureRequest, home: Home) -> Blog:
    """A live blog that is the only file of the home."""
    blog: Blog = request.param
    shutil.copyfile(blog.source, home.data / blog.name)
    return blog


def times_of(blog: Blog) -> list[str]:
    """Read the times independently of the readers: lines that are a month, a day, an hour and a minute."""
    lines = _TIME.findall(blog.source.read_text(encoding="utf-8"))
    return [
        f"{blog.name[:4]}-{int(month):02d}-{int(day):02d}T{hour}:{minute}:00+08:00"
        for month, day, hour, minute in lines
    ]


def test_all_entries_are_indexed_with_their_times(blog: Blog, cli: Cli) -> None:
    """The first reindex adds each entry, newest first in the answer, at the time that the file gives."""
    report = cli.json("reindex")
    assert (report["added"], report["entries"], report["problems"]) == (blog.entries, blog.entries, [])
    newest = cli.json("search", "", "--limit", "50", "--sort", "newest")
    times = [hit["time"] for hit in newest["hits"]]
    assert times == times_of(blog)
    assert (times[-1], times[0], len(times)) == (blog.first, blog.last, blog.entries)


def test_captions_and_credit_are_found(blog: Blog, cli: Cli) -> None:
    """Each caption finds its entry, and the name of the person who signed an entry finds that."""
    cli.run("reindex")
    for caption in blog.captions:
        hits = cli.json("search", f'"{caption}"', "--limit", "50")["hits"]
        assert [hit for hit in hits if not hit["partial"] and caption in hit["captions"]], caption
    name, credit, time = blog.signed
    (hit,) = [hit for hit in cli.json("search", name)["hits"] if not hit["partial"]]
    assert (hit["credit"], hit["time"]) == (credit, time)
    hits = cli.json("search", "", "--limit", "50")["hits"]
    assert sorted(caption for hit in hits for caption in hit["captions"]) == sorted(blog.captions)


def test_nothing_that_can_be_read_is_lost(blog: Blog, cli: Cli) -> None:
    """Every run of Han characters of the file stands in an entry."""
    cli.run("reindex")
    hits = Searcher(cli.home).search("", limit=50).hits
    indexed = "".join(json.dumps(hit.as_dict(), ensure_ascii=False) for hit in hits)
    text = blog.source.read_text(encoding="utf-8").removeprefix("---\n").rpartition("---\n")[2]
    _, _, entries = text.partition("\n")
    runs = re.findall("[\u4e00-\u9fff]{2,}", _TIME.sub("", entries))
    assert len(runs) > 10 * blog.entries
    assert [run for run in runs if run not in indexed] == []


def test_a_second_reindex_changes_no_file(blog: Blog, cli: Cli) -> None:
    """Names, sizes, times and bytes of all files of the index stay as they are."""
    cli.run("reindex")
    before = files_of(cli.home.index)
    report = cli.json("reindex")
    counts = [report[name] for name in ("added", "changed", "removed", "unchanged")]
    assert counts == [0, 0, 0, blog.entries]
    assert files_of(cli.home.index) == before
