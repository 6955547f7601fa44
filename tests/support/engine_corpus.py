"""A small collection that has one of everything, and how the engines' tests put questions to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from search.engines import Engine, Request, SearchResponse
from search.entry import Attribution, Entry
from search.query.logical import Everything, Filters, LogicalQuery, Node
from search.ranking import scoring_terms
from search.results import Sort
from tests.support.oracle import ANALYZER

#: `make_engine(name="index")`: the same name gives another handle on the same index.
MakeEngine = Callable[..., Engine]
ZONE = ZoneInfo("Asia/Shanghai")
ALL = Everything()


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


KZ, QUAKES = "哈萨克斯坦局势", "地震快讯"
AIRPORT = Entry(
    id="airport",
    time=beijing("2022-01-05 13:35"),
    headline="阿拉木图机场恢复运行",
    body="俄新社称，机场于13时恢复。F-16战机未参加。",
    captions=("△候机大厅",),
    agencies=("俄新社",),
    credit="总台记者 王斌",
    stream=KZ,
    url="https://example.org/1",
    attributions=(Attribution("俄新社"),),
)
BANK = Entry(
    id="bank",
    time=beijing("2022-01-05 13:35"),
    headline="银行停业",
    body="阿拉木图银行停业，机场路封闭。",
    agencies=("国际文传电讯社", "俄新社"),
    stream=KZ,
    attributions=(Attribution("国际文传电讯社", "via"), Attribution("俄新社")),
)
TALKS = Entry(
    id="talks",
    time=beijing("2022-01-06 05:48"),
    headline="集安组织通过决定",
    body="会议说：“派出维和部队”。托卡耶夫出席",
    agencies=("国际文传电讯社",),
    stream=KZ,
)
QUAKE = Entry(
    id="quake",
    time=beijing("2022-01-08 01:45:30"),
    headline="青海发生6.9级地震",
    body="震中距县城23,876米。伤员5人，15时止。",
    stream=QUAKES,
)
TRAINS = Entry(
    id="trains",
    time=beijing("2022-01-08 02:00"),
    body="地震，机场关闭；列车停运。CENC测定",
    agencies=("中国地震台网",),
    stream=QUAKES,
)
GUIDE = Entry(id="guide", headline="机场指南", body="阿拉木图国际机场指南")
APPENDIX = Entry(id="appendix", headline="指南附录", body="附录二", stream="资料")
CORPUS = (AIRPORT, BANK, TALKS, QUAKE, TRAINS, GUIDE, APPENDIX)
EVERY = {entry.id for entry in CORPUS}


def ask(
    engine: Engine,
    match: Node = ALL,
    filters: Filters | None = None,
    *,
    fallback: Node | None = None,
    text: str = "",
    sort: Sort = "relevance",
    offset: int = 0,
    limit: int = 100,
) -> SearchResponse:
    """Put a question; `text` is what scores."""
    query = LogicalQuery(match, fallback, scoring_terms(ANALYZER, [text]))
    return engine.snapshot().search(Request(query, filters or Filters(), sort, offset, limit))


def order(answer: SearchResponse) -> list[str]:
    return [found.entry.id for found in answer.found]


def ids(engine: Engine, match: Node = ALL, filters: Filters | None = None) -> set[str]:
    """Return what is found, and hold the counts to it."""
    answer = ask(engine, match, filters)
    found = order(answer)
    assert len(found) == len(set(found)) == answer.total
    assert engine.snapshot().count([match], filters or Filters()) == [answer.total]
    return set(found)


def fill(engine: Engine, entries: Iterable[Entry], file: str = "a.txt") -> Engine:
    with engine.rebuild() as batch:
        for entry in entries:
            batch.add(entry, file)
    return engine


def many(count: int, **fields: object) -> list[Entry]:
    """Make entries that differ in nothing but their ids, unless said."""
    return [replace(Entry(id=f"n{n:03}", headline="机场"), **fields) for n in range(count)]  # type: ignore[arg-type]
