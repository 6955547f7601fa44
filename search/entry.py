"""Entry, the one thing that Xunwen stores and finds, and how it is named and compared.

An Entry that exists is valid: it has an id, something to read, and a time that knows its zone or none
at all. Readers build entries, the engines keep them, and nothing in between changes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

__all__ = ["MAX_ID", "Attribution", "Entry", "InvalidEntry", "Role"]

#: Longest id in characters; it must fit into a URL.
MAX_ID = 200

#: `origin` is who first said it, `via` who passed it on.
Role = Literal["origin", "via"]


_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class InvalidEntry(ValueError):
    """What was given cannot be an entry; the message names the field."""


@dataclass(frozen=True, slots=True, order=True)
class Attribution:
    """One agency credited in an entry, and the part it had in the report."""

    agency: str
    role: Role = "origin"


@dataclass(frozen=True, slots=True)
class Entry:
    """One timestamped update.

    `time` is aware (Beijing time for a live blog) or None; `body` has its paragraphs separated by a
    newline; `agencies` names every credited agency once, in order of appearance; `attributions` says
    which part each had, as far as the text tells.

    >>> Entry(id="a/1", headline="机场恢复运行").text
    '机场恢复运行'
    >>> Entry(id="a/1")
    Traceback (most recent call last):
        ...
    search.entry.InvalidEntry: 条目既无标题也无正文
    """

    id: str
    time: datetime | None = None
    headline: str = ""
    body: str = ""
    captions: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    credit: str = ""
    stream: str = ""
    url: str = ""
    attributions: tuple[Attribution, ...] = ()

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise InvalidEntry("条目没有编号")
        if len(self.id) > MAX_ID:
            raise InvalidEntry(f"编号超过 {MAX_ID} 个字符")
        if not self.id.isprintable():
            raise InvalidEntry("编号含有不可见字符")
        if not self.headline.strip() and not self.body.strip():
            raise InvalidEntry("条目既无标题也无正文")
        if self.time is not None and self.time.utcoffset() is None:
            raise InvalidEntry("时间没有时区")
        # A year of room at either end, so that no zone leads out of what a calendar can hold.
        if self.time is not None and not 1 < self.time.year < 9999:
            raise InvalidEntry(f"时间的年份 {self.time.year} 不在 2 至 9998 之间")

    @property
    def credited(self) -> tuple[Attribution, ...]:
        """Every agency with its part in the report; where nothing says which, it first said it."""
        roles = {one.agency: one.role for one in self.attributions}
        return tuple(Attribution(agency, roles.get(agency, "origin")) for agency in self.agencies)

    @property
    def text(self) -> str:
        """Headline, body and captions, as a reader sees them from top to bottom."""
        return "\n".join(part for part in (self.headline, self.body, *self.captions) if part)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as plain JSON values, in the order of the fields."""
        return {
            "id": self.id,
            "time": self.time.isoformat() if self.time else None,
            "headline": self.headline,
            "body": self.body,
            "captions": list(self.captions),
            "agencies": list(self.agencies),
            "credit": self.credit,
            "stream": self.stream,
            "url": self.url,
            "attributions": [{"agency": a.agency, "role": a.role} for a in self.attributions],
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Entry:
        """Rebuild an entry from `as_dict()`; raises InvalidEntry, KeyError or ValueError."""
        time = fields.get("time")
        return cls(
            id=fields["id"],
            time=datetime.fromisoformat(time) if time else None,
            headline=fields.get("headline", ""),
            body=fields.get("body", ""),
            captions=tuple(fields.get("captions", ())),
            agencies=tuple(fields.get("agencies", ())),
            credit=fields.get("credit", ""),
            stream=fields.get("stream", ""),
            url=fields.get("url", ""),
            attributions=_attributions(fields.get("attributions", ())),
        )

    def packed(self) -> bytes:
        """Return the entry as one line of JSON, always the same for equal entries."""
        return _ENCODE(self.as_dict()).encode("utf-8", "surrogatepass")

    def digest(self) -> str:
        """Return a short hash of all that the entry says: equal exactly when the entries are."""
        return blake2b(self.packed(), digest_size=16).hexdigest()


def _attributions(items: Iterable[Mapping[str, Any]]) -> tuple[Attribution, ...]:
    return tuple(Attribution(item["agency"], item["role"]) for item in items)
