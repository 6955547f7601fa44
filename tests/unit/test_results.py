"""Results: the JSON shape that command line and page promise, key by key."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from search.entry import Attribution, Entry
from search.errors import QueryProblem
from search.highlight import Highlighted
from search.language.message import Message
from search.results import Bucket, Facet, Histogram, Hit, PartCount, Results

ZONE = ZoneInfo("Asia/Shanghai")
TIME = datetime(2022, 1, 5, 13, 35, tzinfo=ZONE)
ENTRY = Entry(
    id="a/1",
    time=TIME,
    headline="机场",
    body="正文",
    captions=("图",),
    agencies=("俄新社",),
    attributions=(Attribution("俄新社", "via"),),
    credit="王斌",
    stream="哈萨克斯坦",
)
HIT = Hit(
    ENTRY,
    score=1.23456789,
    partial=False,
    title=Highlighted("机场", ((0, 2),)),
    snippet=Highlighted("正文"),
)
RESULTS = Results(
    query="机场",
    total=21,
    partial_total=4,
    page=1,
    limit=10,
    sort="relevance",
    took_ms=1.235,
    asof=TIME,
    hits=(HIT, replace(HIT, entry=replace(ENTRY, time=None))),
    facets={"agency": (Facet("俄新社", 21, True),), "stream": ()},
    histogram=Histogram("hour", (Bucket(TIME, TIME + timedelta(hours=1), 21),)),
    did_you_mean=("机厂",),
    also_searched=("飞机场",),
    problems=(QueryProblem(3, Message("缺少引号")),),
    parts=(PartCount("机场", 21),),
)


def test_the_shape_is_the_contract() -> None:
    """Keys, their order and their values, and nothing that JSON could not say."""
    shape = RESULTS.as_dict()
    assert json.loads(json.dumps(shape)) == shape
    assert {name: value for name, value in shape.items() if name not in ("hits", "facets", "histogram")} == {
        "query": "机场",
        "total": 21,
        "partial_total": 4,
        "page": 1,
        "limit": 10,
        "sort": "relevance",
        "took_ms": 1.235,
        "asof": "2022-01-05T13:35:00+08:00",
        "did_you_mean": ["机厂"],
        "also_searched": ["飞机场"],
        "problems": [{"position": 3, "message": "缺少引号"}],
        "parts": [{"text": "机场", "total": 21}],
    }
    assert shape["facets"] == {"agency": [{"value": "俄新社", "count": 21, "selected": True}], "stream": []}
    assert shape["histogram"] == {
        "interval": "hour",
        "buckets": [{"start": "2022-01-05T13:35:00+08:00", "end": "2022-01-05T14:35:00+08:00", "count": 21}],
    }


def test_a_hit_has_all_of_its_entry() -> None:
    """And how it was found."""
    first, second = RESULTS.as_dict()["hits"]
    assert first == {
        "id": "a/1",
        "time": "2022-01-05T13:35:00+08:00",
        "headline": "机场",
        "body": "正文",
        "captions": ["图"],
        "agencies": ["俄新社"],
        "attributions": [{"agency": "俄新社", "role": "via"}],
        "credit": "王斌",
        "stream": "哈萨克斯坦",
        "url": "",
        "score": 1.234568,
        "partial": False,
        "highlights": {"headline": "<mark>机场</mark>", "body": "正文"},
        "missing": [],
        "corrections": [],
        "corrects": None,
    }
    assert second["time"] is None
    assert replace(RESULTS, asof=None).as_dict()["asof"] is None


@pytest.mark.parametrize(
    ("total", "partial", "pages"), [(0, 0, 1), (10, 0, 1), (10, 1, 2), (0, 20, 2), (21, 4, 3), (31, 0, 4)]
)
def test_pages_run_over_full_and_partial_matches(total: int, partial: int, pages: int) -> None:
    """There is always a first page."""
    assert replace(RESULTS, total=total, partial_total=partial).pages == pages
