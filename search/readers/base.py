"""The parts that all formats share: the source file, the cleaning of its text, the ids of its entries.

A reader yields a Record for each entry and a Problem for each omission or correction, in the order of the
file. It raises UnreadableFile when the file as a whole cannot be read, and no other error for any bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from search.entry import Attribution, Entry, InvalidEntry
from search.errors import Problem, TimeError
from search.language.message import Message, reason_of
from search.readers.extraction.attribution import attributions
from search.readers.extraction.byline import split_credit
from search.readers.extraction.sources import is_rubric
from search.readers.markup import read_markup
from search.readers.source import Source, short_hash
from search.times.stamps import excerpt, parse_instant

__all__ = [
    "EntryBuilder",
    "EntryDraft",
    "Item",
    "Record",
    "one_line",
    "paragraphs",
]

#: Agencies and captions of an entry; the others are left out.
MAX_AGENCIES = 1000
MAX_CAPTIONS = 10_000
#: Characters of all texts of an entry, and distinct words, numbers and characters among them: a segment of
#: the index holds 131,072 distinct ones.
MAX_CHARACTERS = 1_000_000
MAX_DISTINCT = 100_000

# Tabs and line ends stay; a byte order mark is removed.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HAN_OR_BLANK = re.compile(r"[\s一-鿿]+")
_RUN = re.compile("[^\\W_一-鿿]+")
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_BETWEEN_NAMES = re.compile("[、；;，,]")
#: Longest id that other files may give to other entries, in characters, unless it is a path or an address.
_MAX_SHORT_ID = 15
_ADDRESS = re.compile("[/:]")


@dataclass(frozen=True, slots=True)
class Record:
    """One entry and the line it begins at, counted from 1.

    `own_id`: the file gives the id, so that the line alone determines the entry. `other_id` is used when
    another file has the id.
    """

    line: int
    entry: Entry
    own_id: bool = False
    other_id: str = ""


Item = Record | Problem


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """The fields of one entry as a format gives them: not cleaned, not parsed, not checked.

    `time` is a moment, or one as written (a number counts seconds or milliseconds from 1970). `agencies` is a
    list of names, or one text with signs between them. Texts may hold HTML, unless they are `plain`. Without
    an id, one is made; without agencies, they are extracted from the text; without a credit, that of the body
    counts.
    """

    line: int
    id: str = ""
    time: datetime | str | float | None = None
    headline: str = ""
    body: str = ""
    captions: tuple[str, ...] = ()
    agencies: tuple[str, ...] | str = ()
    credit: str = ""
    stream: str = ""
    url: str = ""
    attributions: tuple[Attribution, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of one draft, cleaned and plain."""

    headline: str
    body: str
    captions: tuple[str, ...]
    credit: str


class EntryBuilder:
    """Builds the entries of one file: cleans and parses their values, assigns ids, collects problems.

    `plain`: the format of the file has removed the HTML of its texts.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.plain = False
        self._taken: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._noted: set[str] = set()
        self._problems: list[Problem] = []

    def problems(self) -> Iterator[Problem]:
        """Yield the problems noted since the last call."""
        problems, self._problems = self._problems, []
        yield from problems

    def note(self, line: int, template: str, /, **args: object) -> None:
        """Add a problem for the next call of `problems()`."""
        self._problems.append(self.source.problem(line, template, **args))

    def clean(self, text: str, line: int) -> str:
        """Remove control characters, normalize line ends and lone surrogates; reported once per file."""
        if text.isprintable():
            return text
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if _CONTROL.search(text):
            self._note_once(line, "含有 NUL 等控制字符，已去掉（本文件只报告一次）")
            text = _CONTROL.sub("", text)
        if _SURROGATE.search(text):
            self._note_once(line, "含有不成对的代理字符，已换成 \ufffd（本文件只报告一次）")
            text = _SURROGATE.sub("\ufffd", text)
        return text

    def build(self, draft: EntryDraft) -> Iterator[Item]:
        """Yield the problems of a draft, then its entry, or the problem for which it is left out."""
        try:
            entry = self._entry(draft)
            item: Item = Record(draft.line, entry, bool(draft.id), self._other_id(entry, draft))
        except InvalidEntry as error:
            item = self.source.problem(draft.line, "{reason}，已略过", reason=reason_of(error))
        if isinstance(item, Record):
            item = self._first_of_its_id(item)
        yield from self.problems()
        yield item

    def _first_of_its_id(self, record: Record) -> Item:
        taken = self._taken.get(record.entry.id)
        if taken is None:
            self._taken[record.entry.id] = record.line
            return record
        message = Message("编号「{id}」与第 {line} 行的条目重复，只保留前者", id=record.entry.id, line=taken)
        return self.source.problem(record.line, message)

    def _entry(self, draft: EntryDraft) -> Entry:
        line = draft.line
        time, texts = self._time(draft), self._texts(draft)
        credited = self._credited(draft) or attributions(texts.headline, texts.body)
        if len(credited) > MAX_AGENCIES:
            self.note(
                line,
                "来源有 {count} 个，只保留前 {max} 个；请检查这一条",
                count=len(credited),
                max=MAX_AGENCIES,
            )
            credited = credited[:MAX_AGENCIES]
        entry = Entry(
            id=one_line(self.clean(draft.id, line)) or self._made_id(time, texts.headline, texts.body),
            time=time,
            headline=texts.headline,
            body=texts.body,
            captions=texts.captions,
            agencies=tuple(dict.fromkeys(attribution.agency for attribution in credited)),
            credit=texts.credit,
            stream=one_line(self._plain(draft.stream, draft)) or self.source.stem,
            url=self.link(self.clean(draft.url, line).strip(), line),
            attributions=credited,
        )
        _refuse_too_long(entry)
        return entry

    def _time(self, draft: EntryDraft) -> datetime | None:
        """Return the time of a draft; one that cannot be read is reported, and the entry has none."""
        written = draft.time
        if written is None or isinstance(written, datetime):
            return written
        if isinstance(written, float) and written.is_integer():
            written = int(written)
        text = one_line(self.clean(str(written), draft.line))
        try:
            return parse_instant(text, zone=self.source.zone) if text else None
        except TimeError as error:
            self.note(draft.line, "{reason}（此条按没有时间收录）", reason=reason_of(error))
            return None

    def _texts(self, draft: EntryDraft) -> _Texts:
        headline, more = self._markup(draft.headline, draft)
        body, captions = self._markup(draft.body, draft)
        body, credit = paragraphs(body), one_line(self._plain(draft.credit, draft))
        if not credit:
            body, credit = split_credit(body)
        texts = (*(self._plain(caption, draft) for caption in draft.captions), *more, *captions)
        return _Texts(one_line(headline), body, self._captions(texts, draft.line), credit)

    def _captions(self, texts: Iterable[str], line: int) -> tuple[str, ...]:
        captions = tuple(filter(None, map(one_line, texts)))
        if len(captions) > MAX_CAPTIONS:
            self.note(
                line,
                "图注有 {count} 条，只保留前 {max} 条；请检查这一条",
                count=len(captions),
                max=MAX_CAPTIONS,
            )
        return captions[:MAX_CAPTIONS]

    def _plain(self, text: str, draft: EntryDraft) -> str:
        return self._markup(text, draft)[0]

    def _markup(self, text: str, draft: EntryDraft) -> tuple[str, tuple[str, ...]]:
        """Return the clean text of a value without its HTML, and the captions in it."""
        text = self.clean(text, draft.line)
        if draft.plain or self.plain or ("<" not in text and "&" not in text):
            return text, ()
        text, captions = read_markup(text)
        return self.clean(text, draft.line), captions

    def _credited(self, draft: EntryDraft) -> tuple[Attribution, ...]:
        """Return the agencies that the format itself names, each once."""
        names = draft.agencies
        if isinstance(names, str):
            names = tuple(_BETWEEN_NAMES.split(self._plain(names, draft)))
        named = draft.attributions or tuple(Attribution(name) for name in names)
        roles: dict[str, Attribution] = {}
        for attribution in named:
            agency = one_line(self._plain(attribution.agency, draft))
            if agency and not self._is_rubric(agency, draft.line):
                roles.setdefault(agency, Attribution(agency, attribution.role))
        return tuple(roles.values())

    def _is_rubric(self, agency: str, line: int) -> bool:
        """Whether an agency of the format is a rubric, which credits nobody; reported once per file."""
        if not is_rubric(agency):
            return False
        self._note_once(
            line, "来源「{name}」是栏目名，不作来源（本文件只报告一次）；请写机构的名称", name=agency
        )
        return True

    def link(self, url: str, line: int) -> str:
        """Return an http(s) link; any other becomes empty, so that no page can run a script from it."""
        if url and not _LINK.fullmatch(url):
            self.note(line, "链接「{url}」不是 http:// 或 https:// 开头的网址，已略去链接", url=excerpt(url))
            return ""
        return url

    def _other_id(self, entry: Entry, draft: EntryDraft) -> str:
        """Return the id to use if another file has that of the entry; none for a unique id."""
        short = draft.id and len(entry.id) <= _MAX_SHORT_ID and not _ADDRESS.search(entry.id)
        return f"{self.source.stem}/{entry.id}" if short and not self.source.facts.own_export else ""

    def _made_id(self, time: datetime | None, headline: str, body: str) -> str:
        """Make an id from the minute of an entry and a count within it; without a time, from its text."""
        if time is None:
            return f"{self.source.stem}/{short_hash(headline, body)}"
        base = f"{self.source.stem}/{time:%m%d-%H%M}"  # in the zone of the entry
        made = base
        while made in self._taken:
            self._counts[base] = self._counts.get(base, 1) + 1
            made = f"{base}-{self._counts[base]}"
        return made

    def _note_once(self, line: int, template: str, /, **args: object) -> None:
        if template not in self._noted:
            self._noted.add(template)
            self.note(line, template, **args)


def _refuse_too_long(entry: Entry) -> None:
    """Raise InvalidEntry for more text than one entry of the index can hold."""
    names = (entry.credit, entry.stream, entry.url)
    text = "\n".join((entry.headline, entry.body, *entry.captions, *entry.agencies, *names))
    if len(text) > MAX_CHARACTERS:
        raise InvalidEntry("文字超过 {max:,} 个字符（请拆成几条）", max=MAX_CHARACTERS)
    if len(text) > MAX_DISTINCT and _max_distinct(text) > MAX_DISTINCT:
        raise InvalidEntry("不同的字词超过 {max:,} 个（请拆成几条）", max=MAX_DISTINCT)


def _max_distinct(text: str) -> int:
    """Return an upper bound of the distinct units of a text: characters, and runs in distinct words."""
    words = {*_HAN_OR_BLANK.split(text)}
    return len({*text}) + sum(len(_RUN.findall(word)) for word in words)


def one_line(text: str) -> str:
    """Return a text on one line, its lines stripped and joined by blanks."""
    if "\n" not in text:
        return text.strip()
    return " ".join(part for part in (piece.strip() for piece in text.split("\n")) if part)


def paragraphs(text: str) -> str:
    """Return a text with its lines stripped and the empty ones removed."""
    if "\n" not in text:
        return text.strip()
    return "\n".join(part for part in (piece.strip() for piece in text.split("\n")) if part)
