"""The law of 截至: limited to a moment, a home answers as it would have answered at that moment.

Random homes are cut at a random moment T and indexed again; then every question has the same answer there
and in the whole home with `asof=T`: the same entries in the same order, the same counts, facets and buckets.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.errors import EntryNotFound
from tests.support.homes import row, write_rows

ZONE = ZoneInfo("Asia/Shanghai")
PIECES = ["机场", "阿拉木图", "恢复运行", "宵禁", "关闭", "5人受伤", "7人受伤", "内务部", "广场", "，", "。"]
AGENCIES = ["俄新社", "国际文传电讯社", "新华社"]
STREAMS = ["哈萨克斯坦", "地震"]
# Some on the same minute and some a year apart, so that a day without a year is put to the test.
TIMES = [datetime(2022, 1, 5, 9) + timedelta(minutes=step) for step in (0, 0, 1, 59, 60, 300, 1440, 2000)]
TIMES += [datetime(2021, 1, 5, 12), datetime(2020, 12, 31, 23, 59, 30), datetime(2023, 2, 6, 9, 17, 5, 250)]
moments = st.sampled_from(TIMES).map(lambda time: time.replace(tzinfo=ZONE))

#: Where an answer must not look beyond: every field of it that speaks of entries.
SPOKEN = ("total", "partial_total", "facets", "histogram", "also_searched", "parts", "folded")


@st.composite
def collections(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw up to thirty entries, about one in ten without a time."""
    texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
    return [
        row(
            f"e/{number}",
            draw(texts),
            headline=draw(texts),
            agencies=draw(st.lists(st.sampled_from(AGENCIES), max_size=2, unique=True)),
            stream=draw(st.sampled_from(STREAMS)),
            **({"time": draw(moments).isoformat()} if draw(st.integers(0, 9)) else {}),
        )
        for number in range(draw(st.integers(3, 30)))
    ]


QUERIES = st.sampled_from(
    [
        "",
        "机场",
        "阿拉木图 机场",
        '"恢复运行"',
        "宵禁 OR 关闭",
        "机场 -内务部",
        "5人受伤",
        "没有的词 机场",
        "标题:机场",
        "机场 时间:1月5日",
        "时间:1月5日..1月6日",
        "来源:俄新社",
        "专题:地震 关闭",
        "机*",
    ]
)
CHOSEN = st.fixed_dictionaries(
    {
        "agency": st.lists(st.sampled_from(AGENCIES), max_size=2, unique=True),
        "stream": st.lists(st.sampled_from(STREAMS), max_size=1),
        "from_": st.sampled_from(["", "1月5日", "2022-01-05 10:00", "2021"]),
        "to": st.sampled_from(["", "1月5日", "12月31日", "2022"]),
        "sort": st.sampled_from(["relevance", "newest", "oldest"]),
        "fold": st.booleans(),
    }
)


def homes(rows: list[dict[str, Any]], moment: datetime) -> Iterator[Searcher]:
    """Yield a searcher over all entries, and one over those known at a moment."""
    known = [one for one in rows if "time" in one and datetime.fromisoformat(one["time"]) <= moment]
    for kept in (rows, known):
        with TemporaryDirectory(prefix="xunwen-law-") as folder:
            home = Home(Path(folder))
            write_rows(home, "news.jsonl", kept)
            reindex(home)
            yield Searcher(home)


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of entries, the scores to six digits apart."""
    hits = [
        {key: value for key, value in hit.items() if key != "score"} | {"score": pytest.approx(hit["score"])}
        for hit in answer["hits"]
    ]
    return {"hits": hits, **{key: answer.get(key) for key in SPOKEN}}


@settings(max_examples=40, deadline=None)
@given(rows=collections(), moment=moments, data=st.data())
def test_asof_answers_as_a_home_cut_at_that_moment(
    rows: list[dict[str, Any]], moment: datetime, data: st.DataObject
) -> None:
    """Ids, order, scores, counts, facets, histogram and parts are the same, also by 截至 in the query."""
    whole = homes(rows, moment)
    now = next(whole)
    questions = [(data.draw(QUERIES), data.draw(CHOSEN)) for _ in range(6)]
    said = f"截至:{moment.isoformat()}"
    limited = [now.search(q, asof=moment, limit=50, **chosen).as_dict() for q, chosen in questions]
    within = [
        now.search(f"{q} {said}", limit=50, **chosen).as_dict() for q, chosen in questions if "OR" not in q
    ]
    around = {one["id"]: neighbours(now, one["id"], moment) for one in rows}
    alike = {one["id"]: similar(now, one["id"], moment) for one in rows}
    then = next(whole)
    cut = [then.search(q, limit=50, **chosen).as_dict() for q, chosen in questions]
    assert [told(answer) for answer in limited] == [told(answer) for answer in cut]
    spoken = [told(answer) for (q, _), answer in zip(questions, cut, strict=True) if "OR" not in q]
    assert [ids(answer) for answer in within] == [ids(answer) for answer in spoken]
    for id, seen in around.items():
        if (own := neighbours(then, id, None)) is not None:
            assert seen == own
            assert alike[id] == similar(then, id, None)
    whole.close()


def ids(answer: dict[str, Any]) -> list[str]:
    """Return the ids of an answer, in order, with its total."""
    return [hit["id"] for hit in answer["hits"]] + [str(answer["total"])]


def neighbours(searcher: Searcher, id: str, moment: datetime | None) -> list[list[str]] | None:
    """Return the ids before and after an entry; None where the entry is not."""
    try:
        return [[one.id for one in side] for side in searcher.context(id, 4, moment)]
    except EntryNotFound:
        return None


def similar(searcher: Searcher, id: str, moment: datetime | None) -> list[str]:
    """Return the ids of what is like an entry."""
    return [one.entry.id for one in searcher.similar(id, 5, moment)]


@settings(max_examples=40, deadline=None)
@given(
    rows=collections(),
    moment=moments,
    typed=st.sampled_from(["机", "阿拉", "jichang", "国际", "5人", "俄新"]),
)
def test_suggestions_are_those_of_that_moment(
    rows: list[dict[str, Any]], moment: datetime, typed: str
) -> None:
    """What is offered finds something up to then, and no less than is said."""
    whole = homes(rows, moment)
    searcher = next(whole)
    for one in searcher.suggest(typed, asof=moment):
        assert 1 <= one.count <= searcher.search(one.text, asof=moment, limit=1).total
    whole.close()


def test_an_entry_of_later_has_only_what_was_known_around_it(tmp_path: Path) -> None:
    """Its neighbours end at the moment, whether the entry itself came before or after it."""
    home = Home(tmp_path)
    times = [datetime(2022, 1, 5, hour, tzinfo=ZONE) for hour in range(9, 14)]
    write_rows(home, "a.jsonl", [row(f"e/{time.hour}", time=time.isoformat(), stream="甲") for time in times])
    reindex(home)
    searcher = Searcher(home)
    assert neighbours(searcher, "e/10", times[2]) == [["e/9"], ["e/11"]]
    assert neighbours(searcher, "e/13", times[2]) == [["e/9", "e/10", "e/11"], []]
    assert neighbours(searcher, "e/13", None) == [["e/9", "e/10", "e/11", "e/12"], []]


def test_a_day_without_a_year_looks_back_from_the_moment(tmp_path: Path) -> None:
    """With asof in 2021, 1月5日 is that of 2021, though there are entries of 2023."""
    home = Home(tmp_path)
    days = [f"{year}-01-05T09:00:00+08:00" for year in (2021, 2022, 2023)]
    write_rows(home, "a.jsonl", [row(day[:4], time=day) for day in days])
    reindex(home)
    searcher = Searcher(home)
    found = [
        searcher.search(q, asof=asof).hits for q, asof in (("时间:1月5日", "2021-06"), ("时间:1月5日", ""))
    ]
    found.append(searcher.search("截至:2022-06 时间:1月5日").hits)
    found.append(searcher.search("", from_="1月5日", asof="2022-06").hits)
    assert [[hit.id for hit in hits] for hits in found] == [["2021"], ["2023"], ["2022"], ["2022"]]
