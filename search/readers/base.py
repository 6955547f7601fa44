"""What all formats share: where a file is, how its text is cleaned, and how its entries are named.

A reader yields a Record for each entry and a Problem for each thing left out or put right, in the order of
the file. It raises UnreadableFile when the file as a whole cannot be read, and nothing else whatever the
bytes are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from search.entry import MAX_ID, Attribution, Entry, InvalidEntry
from search.errors import Problem, UnreadableFile
from search.readers.extraction.attribution import attributions

__all__ = [
    "EntryBuilder",
    "EntryDraft",
    "Item",
    "Record",
    "Source",
    "few_problems",
    "one_line",
    "paragraphs",
    "short_hash",
]

#: Longest stem that ids and streams begin with; the rest of an id must fit behind it.
_MAX_STEM = MAX_ID - 40
#: Problems of one file that are listed; a million of them help nobody.
MAX_PROBLEMS = 1000
#: Agencies and captions of an entry; the others are left out.
MAX_AGENCIES = 1000
MAX_CAPTIONS = 10_000
#: Characters of all texts of an entry, and distinct words, numbers and characters among them: a segment of
#: the index holds 131,072 distinct ones.
MAX_CHARACTERS = 1_000_000
MAX_DISTINCT = 100_000

# Tabs and line ends stay; the mark that some editors put at the start of a file is no text either.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HAN_OR_BLANK = re.compile(r"[\s一-鿿]+")
_RUN = re.compile("[^\\W_一-鿿]+")
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """One entry and the line it begins at, counted from 1."""

    line: int
    entry: Entry


Item = Record | Problem
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """One data file: where it lies, what it is called in `data/`, and the zone of its times.

    `data` stands in for the bytes of the file when somebody has read them already.
    """

    path: Path
    name: str
    zone: ZoneInfo
    data: bytes | None = None

    @property
    def packed(self) -> bool:
        """Whether the file is compressed by gzip."""
        return self.path.name.lower().endswith(".gz")

    @property
    def stem(self) -> str:
        """The name without its extension: the default stream, and what ids begin with.

        >>> Source(Path("x"), "sub/2022-01-06-kazakhstan.txt.gz", ZoneInfo("UTC")).stem
        'sub/2022-01-06-kazakhstan'
        """
        name = re.sub(r"(?<=[^/])\.gz$", "", self.name, flags=re.IGNORECASE)
        stem = re.sub(r"(?<=[^/])\.[^./]+$", "", name)
        return stem if len(stem) <= _MAX_STEM else f"{stem[: _MAX_STEM - 9]}~{short_hash(stem)[:8]}"

    def problem(self, line: int, message: str) -> Problem:
        """Name something in this file; line 0 is the file as a whole."""
        return Problem(self.name, line, message)

    def refuse(self, message: str, line: int = 0) -> UnreadableFile:
        """Return the error that gives up this file."""
        return UnreadableFile(self.problem(line, message))


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """What a format says of one entry, before it is cleaned, named and checked.

    Without an id one is made; without agencies they are looked for in the text.
    """

    line: int
    id: str = ""
    time: datetime | None = None
    headline: str = ""
    body: str = ""
    captions: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    credit: str = ""
    stream: str = ""
    url: str = ""
    attributions: tuple[Attribution, ...] = ()


class EntryBuilder:
    """The desk that one file passes over: cleans its text, names its entries, collects its problems."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._taken: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._told: set[str] = set()
        self._problems: list[Problem] = []

    def problems(self) -> Iterator[Problem]:
        """Yield, and forget, what has come up since the last call."""
        found, self._problems = self._problems, []
        yield from found

    def note(self, line: int, message: str) -> None:
        """Keep a problem for the next call of `problems()`."""
        self._problems.append(self.source.problem(line, message))

    def clean(self, text: str, line: int) -> str:
        """Drop control characters, mend line ends and lone surrogates; each told once per file."""
        if text.isprintable():
            return text
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if _CONTROL.search(text):
            self._tell_once(line, "含有 NUL 等控制字符，已去掉（本文件只报告一次）")
            text = _CONTROL.sub("", text)
        if _SURROGATE.search(text):
            self._tell_once(line, "含有不成对的代理字符，已换成 \ufffd（本文件只报告一次）")
            text = _SURROGATE.sub("\ufffd", text)
        return text

    def build(self, draft: EntryDraft) -> Iterator[Item]:
        """Yield the entry of a draft, or the problem that keeps it out, after what was put right in it."""
        try:
            item: Item = Record(draft.line, self._entry(draft))
        except InvalidEntry as error:
            item = self.source.problem(draft.line, f"{error}，已略过")
        if isinstance(item, Record):
            item = self._first_of_its_id(item)
        yield from self.problems()
        yield item

    def _first_of_its_id(self, record: Record) -> Item:
        taken = self._taken.get(record.entry.id)
        if taken is None:
            self._taken[record.entry.id] = record.line
            return record
        message = f"编号「{record.entry.id}」与第 {taken} 行的条目重复，只保留前者"
        return self.source.problem(record.line, message)

    def _entry(self, draft: EntryDraft) -> Entry:
        line = draft.line
        headline = one_line(self.clean(draft.headline, line))
        body = paragraphs(self.clean(draft.body, line))
        credited = self._credited(draft) or attributions(headline, body)
        if len(credited) > MAX_AGENCIES:
            self.note(line, f"来源有 {len(credited)} 个，只保留前 {MAX_AGENCIES} 个；请检查这一条")
        captions = tuple(filter(None, (one_line(self.clean(text, line)) for text in draft.captions)))
        if len(captions) > MAX_CAPTIONS:
            self.note(line, f"图注有 {len(captions)} 条，只保留前 {MAX_CAPTIONS} 条；请检查这一条")
        credited, captions = credited[:MAX_AGENCIES], captions[:MAX_CAPTIONS]
        entry = Entry(
            id=one_line(self.clean(draft.id, line)) or self._made_id(draft.time, headline, body),
            time=draft.time,
            headline=headline,
            body=body,
            captions=captions,
            agencies=tuple(dict.fromkeys(one.agency for one in credited)),
            credit=one_line(self.clean(draft.credit, line)),
            stream=one_line(self.clean(draft.stream, line)) or self.source.stem,
            url=self.link(self.clean(draft.url, line).strip(), line),
            attributions=credited,
        )
        _refuse_too_long(entry)
        return entry

    def _credited(self, draft: EntryDraft) -> tuple[Attribution, ...]:
        """Return what the format itself says of agencies, each once."""
        named = draft.attributions or tuple(Attribution(name) for name in draft.agencies)
        roles: dict[str, Attribution] = {}
        for one in named:
            agency = one_line(self.clean(one.agency, draft.line))
            if agency:
                roles.setdefault(agency, Attribution(agency, one.role))
        return tuple(roles.values())

    def link(self, url: str, line: int) -> str:
        """Keep links that a browser may be sent to, so that no page can be made to run a script."""
        if url and not _LINK.fullmatch(url):
            self.note(line, "链接不是 http:// 或 https:// 开头的网址，已略去链接")
            return ""
        return url

    def _made_id(self, time: datetime | None, headline: str, body: str) -> str:
        """Name an entry by its minute, numbered in the order of admission, or else by what it says."""
        if time is None:
            return f"{self.source.stem}/{short_hash(headline, body)}"
        base = f"{self.source.stem}/{time:%m%d-%H%M}"  # as it is written, whatever the zone of the home
        made = base
        while made in self._taken:
            self._counts[base] = self._counts.get(base, 1) + 1
            made = f"{base}-{self._counts[base]}"
        return made

    def _tell_once(self, line: int, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self.note(line, message)


def _refuse_too_long(entry: Entry) -> None:
    """Raise InvalidEntry for more text than one entry of the index can hold."""
    names = (entry.credit, entry.stream, entry.url)
    text = "\n".join((entry.headline, entry.body, *entry.captions, *entry.agencies, *names))
    if len(text) > MAX_CHARACTERS:
        raise InvalidEntry(f"文字超过 {MAX_CHARACTERS // 10_000} 万个字符（请拆成几条）")
    if len(text) > MAX_DISTINCT and _max_distinct(text) > MAX_DISTINCT:
        raise InvalidEntry(f"不同的字词超过 {MAX_DISTINCT // 10_000} 万个（请拆成几条）")


def _max_distinct(text: str) -> int:
    """Return an upper bound of the distinct units of a text: characters, and runs in distinct words."""
    words = {*_HAN_OR_BLANK.split(text)}
    return len({*text}) + sum(len(_RUN.findall(word)) for word in words)


def few_problems(items: Iterable[T | Problem]) -> Iterator[T | Problem]:
    """Pass items on, but only the first MAX_PROBLEMS problems, and at the end how many others there are."""
    listed, first, others = 0, None, 0
    for item in items:
        if not isinstance(item, Problem) or (listed := listed + 1) <= MAX_PROBLEMS:
            yield item
        else:
            first, others = first or item, others + 1
    if first is not None:
        message = f"从这里起另有 {others} 处问题，不再一一列出；请先修正以上各处，再运行 xunwen reindex"
        yield replace(first, message=message)


def one_line(text: str) -> str:
    """Put a text that has no paragraphs on one line."""
    if "\n" not in text:
        return text.strip()
    return " ".join(part for part in (piece.strip() for piece in text.split("\n")) if part)


def paragraphs(text: str) -> str:
    """Strip the lines of a text and drop the empty ones."""
    if "\n" not in text:
        return text.strip()
    return "\n".join(part for part in (piece.strip() for piece in text.split("\n")) if part)


def short_hash(*texts: str) -> str:
    """Return twelve hexadecimal digits that stand for these texts."""
    packed = "\n".join(texts).encode("utf-8", "surrogatepass")
    return blake2b(packed, digest_size=6).hexdigest()
