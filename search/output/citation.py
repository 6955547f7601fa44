"""Citations of an entry: a line after GB/T 7714, RIS, and CSL-JSON, all made of the same facts.

Sources of the forms: GB/T 7714—2015, on electronic resources (责任者. 题名[EB/OL]. (日期)[引用日期]. 路径.);
the RIS format specification of Reference Manager (two letters, two blanks, a dash, a blank, the value; CR LF
ends a line); the CSL-JSON schema 1.0 (citation-style-language/schema, csl-data.json). The text of an entry is
untrusted: no value contains a line break, so none can begin a field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from search.entry import Entry

__all__ = ["Citation", "cite"]

#: Maximum number of authors in a citation, then 等 (GB/T 7714, on 主要责任者).
_MAX_AUTHORS = 3
#: Length of the title of an entry without a headline, in characters of its body.
_TITLE_LENGTH = 40
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True, slots=True)
class Citation:
    """The facts of a citation. Texts have no line breaks; `issued` is in the zone of the home.

    >>> Citation("k/1", "机场恢复", ("俄新社",), "", None, "https://n.example", date(2026, 1, 2), "a").gbt()
    '俄新社. 机场恢复[EB/OL]. [2026-01-02]. https://n.example.'
    """

    id: str
    title: str
    authors: tuple[str, ...]
    container: str
    issued: datetime | None
    url: str
    accessed: date
    digest: str

    def gbt(self) -> str:
        """Return the line for a list of references, after GB/T 7714."""
        authors = [*self.authors[:_MAX_AUTHORS], *(["等"] if len(self.authors) > _MAX_AUTHORS else [])]
        by = f"{', '.join(authors)}. " if authors else ""
        issued = f"({self.issued:%Y-%m-%d})" if self.issued else ""
        return f"{by}{self.title}[EB/OL]. {issued}[{self.accessed:%Y-%m-%d}]. {self.url}."

    def ris(self) -> str:
        """Return the record for reference managers."""
        return "".join(f"{tag}  - {value}\r\n" for tag, value in self._fields())

    def _fields(self) -> Iterator[tuple[str, str]]:
        yield "TY", "ELEC"
        yield "TI", self.title
        # A comma would separate a family name from a given name.
        yield from (("AU", author.replace(",", "，")) for author in self.authors)
        if self.container:
            yield "T2", self.container
        if self.issued:
            yield "PY", f"{self.issued:%Y}"
            yield "DA", f"{self.issued:%Y/%m/%d/%H:%M}"
        yield "Y2", f"{self.accessed:%Y/%m/%d/}"
        yield "UR", self.url
        yield "LA", "zh-CN"
        yield "ID", self.id
        yield "N1", self._note
        yield "ER", ""

    def csl(self) -> str:
        """Return the list of one item that citation processors read."""
        item = {
            "id": self.id,
            "type": "webpage",
            "title": self.title,
            "author": [{"literal": author} for author in self.authors],
            "container-title": self.container,
            "issued": _parts(self.issued) if self.issued else None,
            "accessed": _parts(self.accessed),
            "URL": self.url,
            "language": "zh-CN",
            "note": self._note,
        }
        return json.dumps(
            [{key: value for key, value in item.items() if value}], ensure_ascii=False, indent=2
        )

    @property
    def _note(self) -> str:
        return f"BLAKE2b-128 {self.digest}"


def cite(entry: Entry, *, address: str, today: date, zone: ZoneInfo) -> Citation:
    """Return the citation of an entry; `address` is used if the entry has no URL.

    The authors are the credited agencies, or else the reporter.
    """
    web = entry.url.startswith(("http://", "https://"))
    return Citation(
        id=entry.id,
        title=_line(entry.headline) or _line(entry.body)[:_TITLE_LENGTH],
        authors=tuple(filter(None, map(_line, entry.agencies or (entry.credit,)))),
        container=_line(entry.stream),
        issued=entry.time.astimezone(zone) if entry.time else None,
        url=_line(entry.url).replace(" ", "%20") if web else address,
        accessed=today,
        digest=entry.digest(),
    )


def _line(text: str) -> str:
    """Return a text on one line, without invisible characters.

    >>> _line("一\\r\\nER  - 二\\x00")
    '一 ER - 二'
    """
    return _BLANKS.sub(" ", text).strip()


def _parts(day: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}
