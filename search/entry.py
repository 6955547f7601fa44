"""Entry: the document that Xunwen indexes, immutable and validated when it is built.

An entry has an id, a headline or a body, and a time with a zone or no time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

from search.jsonable import JsonObject
from search.language.message import InvalidValue

__all__ = ["MAX_ID", "Attribution", "Entry", "InvalidEntry", "Role"]

#: Maximum length of an id, in characters; an id must fit into a URL.
MAX_ID = 200

#: `origin` is the first source of a report, `via` an agency that relayed it.
Role = Literal["origin", "via"]


_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class InvalidEntry(InvalidValue):
    """The given fields do not make a valid entry; the message names the field."""


@dataclass(frozen=True, slots=True, order=True)
class Attribution:
    """An agency credited in an entry, and its role in the report."""

    agency: str
    role: Role = "origin"


@dataclass(frozen=True, slots=True)
class Entry(JsonObject):
    """One timestamped update.

    `time` has a zone (Beijing time for a live blog) or is None; paragraphs of `body` are separated by a
    newline; `agencies` lists each credited agency once, in order of appearance; `attributions` gives the
    roles that the text states.

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
            raise InvalidEntry("编号超过 {max} 个字符", max=MAX_ID)
        if not self.id.isprintable():
            raise InvalidEntry("编号含有不可见字符")
        if not self.headline.strip() and not self.body.strip():
            raise InvalidEntry("条目既无标题也无正文")
        if self.time is not None and self.time.utcoffset() is None:
            raise InvalidEntry("时间没有时区")
        # A margin of one year at either end: converting to any zone stays within datetime's range.
        if self.time is not None and not 1 < self.time.year < 9999:
            raise InvalidEntry("时间的年份 {year} 不在 2 至 9998 之间", year=self.time.year)

    @property
    def credited(self) -> tuple[Attribution, ...]:
        """Each agency with its role in the report; `origin` where the text states none."""
        roles = {attribution.agency: attribution.role for attribution in self.attributions}
        return tuple(Attribution(agency, roles.get(agency, "origin")) for agency in self.agencies)

    @property
    def text(self) -> str:
        """Headline, body and captions, joined by newlines."""
        return "\n".join(part for part in (self.headline, self.body, *self.captions) if part)

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
        """Return the entry as one line of canonical JSON."""
        return _ENCODE(self.as_dict()).encode("utf-8", "surrogatepass")

    def digest(self) -> str:
        """Return a 128-bit hash of all fields, as hexadecimal digits."""
        return blake2b(self.packed(), digest_size=16).hexdigest()


def _attributions(items: Iterable[Mapping[str, Any]]) -> tuple[Attribution, ...]:
    return tuple(Attribution(item["agency"], item["role"]) for item in items)
