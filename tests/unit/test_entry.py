"""Entries: what can be one, how one is kept, and when two are the same."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.entry import MAX_ID, Attribution, Entry, InvalidEntry

ZONE = ZoneInfo("Asia/Shanghai")
FULL = Entry(
    id="2022-01-06-kazakhstan/0105-1335",
    time=datetime(2022, 1, 5, 13, 35, tzinfo=ZONE),
    headline="机场恢复运行",
    body="第一段。\n第二段。",
    captions=("候机厅", "跑道"),
    agencies=("俄新社", "KazTag"),
    credit="总台记者 王斌",
    stream="哈萨克斯坦",
    url="https://example.org/",
    attributions=(Attribution("KazTag"), Attribution("俄新社", "via")),
)

anything = st.text(max_size=20)
times = st.datetimes(
    datetime(3, 1, 1), datetime(9997, 1, 1), timezones=st.just(UTC) | st.just(timezone(timedelta(hours=8)))
)
whole = st.builds(
    Entry,
    id=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20),
    time=st.none() | times,
    headline=anything,
    body=anything.map(lambda text: text + "正文"),
    captions=st.lists(anything, max_size=3).map(tuple),
    agencies=st.lists(anything, max_size=3).map(tuple),
    credit=anything,
    stream=anything,
    url=anything,
    attributions=st.lists(st.builds(Attribution, anything, st.sampled_from(["origin", "via"]))).map(tuple),
)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"id": ""}, "没有编号"),
        ({"id": " \t"}, "没有编号"),
        ({"id": "a" * (MAX_ID + 1)}, "200"),
        ({"id": "a\nb"}, "不可见"),
        ({"id": "a\x00"}, "不可见"),
        ({"id": "a\u202eb"}, "不可见"),
        ({"id": "\ud800"}, "不可见"),
        ({"headline": " ", "body": "\n\u3000"}, "标题"),
        ({"time": datetime(2022, 1, 5)}, "时区"),
        ({"time": datetime(1, 1, 1, tzinfo=ZONE)}, "年份"),
        ({"time": datetime(9999, 12, 31, tzinfo=UTC)}, "年份"),
    ],
)
def test_what_cannot_be_an_entry_is_refused(wrong: dict[str, Any], message: str) -> None:
    """Each rule has its own sentence, which names the field."""
    with pytest.raises(InvalidEntry, match=message):
        replace(FULL, **wrong)


@pytest.mark.parametrize("right", [{"headline": ""}, {"body": ""}, {"id": "编" * MAX_ID}, {"time": None}])
def test_little_is_needed(right: dict[str, Any]) -> None:
    """An id, and a headline or a body."""
    assert replace(FULL, **right).id


def test_an_entry_does_not_change() -> None:
    """It may be shared freely."""
    with pytest.raises(FrozenInstanceError):
        FULL.headline = "别的"  # type: ignore[misc]
    assert len({FULL, replace(FULL)}) == 1


def test_text_is_what_a_reader_sees() -> None:
    """From top to bottom; what is empty leaves no line."""
    assert FULL.text == "机场恢复运行\n第一段。\n第二段。\n候机厅\n跑道"
    assert replace(FULL, headline="", captions=("", "跑道")).text == "第一段。\n第二段。\n跑道"


@given(whole)
def test_an_entry_survives_json(entry: Entry) -> None:
    """`as_dict` is plain JSON in the order of the fields, and leads back to an equal entry."""
    kept = entry.as_dict()
    assert list(kept) == [field.name for field in fields(Entry)]
    again = Entry.from_dict(json.loads(json.dumps(kept)))
    assert again == entry
    assert again.as_dict() == kept
    assert again.digest() == entry.digest()


def test_a_short_record_is_enough() -> None:
    """Fields that were not written are empty."""
    assert Entry.from_dict({"id": "a", "body": "正文"}) == Entry(id="a", body="正文")
    with pytest.raises(KeyError):
        Entry.from_dict({"body": "正文"})


@pytest.mark.parametrize("field", [field.name for field in fields(Entry)])
def test_the_digest_sees_every_field(field: str) -> None:
    """Whatever is changed, the digest changes; that is how a reindex knows."""
    other: dict[str, Any] = {
        "time": datetime(2022, 1, 5, 13, 36, tzinfo=ZONE),
        "captions": ("候机厅跑道",),
        "agencies": ("KazTag", "俄新社"),
        "attributions": (Attribution("KazTag", "via"), Attribution("俄新社")),
    }
    changed = replace(FULL, **{field: other.get(field, "别的")})
    assert changed.digest() != FULL.digest()
    assert len(FULL.digest()) == 32


def test_even_a_broken_text_has_a_digest() -> None:
    """A lone surrogate is no reason to fail."""
    assert replace(FULL, body="\ud83d").digest() != FULL.digest()
