"""JSON values of dataclasses: which keys, in which order, and how times and numbers are written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.entry import Entry
from search.jsonable import JsonObject, jsonable


@dataclass(frozen=True, slots=True)
class Inner:
    text: str
    score: float = 0.0
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chosen(JsonObject):
    JSON_KEYS: ClassVar = ("inner.text", "twice", "inner", "items")
    JSON_OPTIONAL: ClassVar = frozenset({"items"})

    inner: Inner
    items: tuple[Inner, ...] | None = None
    left_out: int = 0

    @property
    def twice(self) -> str:
        return 2 * self.inner.text


@dataclass(frozen=True, slots=True)
class Renamed:
    JSON_KEYS: ClassVar = {"name": "inner.text"}

    inner: Inner


def test_a_dataclass_is_an_object_of_its_fields() -> None:
    """In order, with tuples as lists and floats rounded to six decimals."""
    assert list(jsonable(Inner("a")).items()) == [("text", "a"), ("score", 0.0), ("time", None)]
    assert jsonable((Inner("a", 1 / 3),)) == [{"text": "a", "score": 0.333333, "time": None}]
    assert jsonable({"one": (1, True, None)}) == {"one": [1, True, None]}


def test_keys_may_be_chosen_read_by_a_path_and_renamed() -> None:
    """Properties count; a key that is optional is left out when it is None, and only then."""
    inner = {"text": "a", "score": 0.0, "time": None}
    shape = Chosen(Inner("a")).as_dict()
    assert list(shape.items()) == [("text", "a"), ("twice", "aa"), ("inner", inner)]
    assert Chosen(Inner("a"), ()).as_dict()["items"] == []
    assert Chosen(Inner("a"), (Inner("a"),)).as_dict()["items"] == [inner]
    assert jsonable(Renamed(Inner("a"))) == {"name": "a"}


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2022, 1, 5, tzinfo=UTC), "2022-01-05T00:00:00+00:00"),
        (datetime(2022, 1, 5, 9, 0, 0, 1000, ZoneInfo("Asia/Shanghai")), "2022-01-05T09:00:00.001000+08:00"),
        (datetime(1890, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")), "1890-01-01T00:00:00+08:05:43"),
    ],
)
def test_times_keep_their_offset(time: datetime, text: str) -> None:
    """To the second, and UTC as an offset; so what is written leads back to the time."""
    assert jsonable(Inner("", time=time))["time"] == jsonable([time])[0] == text
    assert datetime.fromisoformat(text) == time


# Python never calls two times of different zones equal in an hour that a clock repeats.
BEIJING = timezone(timedelta(hours=8))


@given(
    st.builds(
        Entry,
        id=st.just("a/1"),
        time=st.none()
        | st.datetimes(datetime(3, 1, 1), datetime(9998, 1, 1), timezones=st.sampled_from((UTC, BEIJING))),
        headline=st.text(),
        body=st.just("正文"),
        captions=st.lists(st.text(), max_size=2).map(tuple),
    )
)
def test_an_entry_leads_back(entry: Entry) -> None:
    """Whatever an entry has is in its JSON, which is plain."""
    shape = entry.as_dict()
    assert json.loads(json.dumps(shape)) == shape
    assert Entry.from_dict(shape) == entry
