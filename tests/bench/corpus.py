"""The texts that are measured: a real news corpus, and larger ones made from its sentences.

A corpus lies on disk as a home with one file of JSON lines, and beside it as a file of its words, an entry
a line, so that engines that cannot cut Chinese are given the same words as Xunwen. Everything is made with a
fixed seed and streamed; it is made once and kept until the analysis changes.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from search import Home
from search.analysis import default_analyzer
from search.entry import Entry
from search.readers.base import Record
from search.readers.registry import read

__all__ = ["Corpus", "cctv_entries", "entries_of", "folder", "load", "prepare", "synthetic_entries"]
__all__ += ["whole_text"]

_SENTENCE = re.compile(r"[^。！？\n]+[。！？]")
_START = datetime(2022, 1, 1, tzinfo=timezone(timedelta(hours=8)))
_AGENCIES = ("新华社", "俄新社", "路透社", "法新社", "美联社", "塔斯社", "中新社", "央视新闻")
_LENGTH = 120
#: Raise when the texts or the files made from them change.
_VERSION = 2


def folder() -> Path:
    """Return where the collections lie."""
    shared = os.environ.get("XUNWEN_SHARED", Path(__file__).resolve().parents[3] / "shared")
    return Path(shared) / "collections"


def cctv_entries() -> Iterator[Entry]:
    """Yield the 29,803 items of an evening news programme, about 340 characters each."""
    with gzip.open(folder() / "cctv_news" / "entries.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            time = record.get("time")
            yield Entry(
                id=record["id"],
                headline=record["title"],
                body=record["text"],
                time=datetime.fromisoformat(time).astimezone(_START.tzinfo) if time else None,
                stream="cctv",
            )


def synthetic_entries(count: int, seed: int = 7) -> Iterator[Entry]:
    """Yield entries of about 120 characters made by recombining sentences of the real corpus."""
    rng = random.Random(seed)
    sentences = [
        sentence
        for entry in cctv_entries()
        for sentence in _SENTENCE.findall(entry.body)
        if 8 <= len(sentence) <= 100
    ]
    for number in range(count):
        body = ""
        while len(body) < _LENGTH - 20:
            body += rng.choice(sentences)
        yield Entry(
            id=f"n{number:07d}",
            headline=rng.choice(sentences)[:20],
            body=body,
            time=_START + timedelta(minutes=number),
            agencies=(rng.choice(_AGENCIES),),
            stream=f"stream-{number // 10_000}",
        )


def _entries(name: str) -> Iterator[Entry]:
    """Yield a corpus by name: `cctv`, or a number of entries such as `100000`."""
    return cctv_entries() if name == "cctv" else synthetic_entries(int(name))


def load(name: str) -> list[Entry]:
    """Return a corpus by name, all of it in memory."""
    return list(_entries(name))


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus on disk. `characters` and `bytes` (of UTF-8) count headlines and bodies."""

    name: str
    path: Path
    entries: int
    characters: int
    bytes: int

    @property
    def home(self) -> Home:
        """The home that holds it, with one data file."""
        return Home(self.path / "home")

    @property
    def lines(self) -> Path:
        """Its entries as JSON lines."""
        return self.home.data / "news.jsonl"

    @property
    def words(self) -> Path:
        """The words of each entry, one entry a line, with blanks between."""
        return self.path / "words.txt"

    @property
    def synthetic(self) -> bool:
        """Whether its entries are recombined sentences."""
        return self.name != "cctv"


def entries_of(corpus: Corpus) -> Iterator[Entry]:
    """Yield the entries as Xunwen's own reader sees them, which may find agencies in the text."""
    for item in read(corpus.lines, name=corpus.lines.name, zone=corpus.home.zone):
        if isinstance(item, Record):
            yield item.entry


def whole_text(entry: Entry) -> str:
    """Return all of an entry that Xunwen indexes as text."""
    parts = (entry.headline, entry.body, *entry.captions, *entry.agencies, entry.credit)
    return "\n".join(part for part in parts if part)


def prepare(name: str, work: Path) -> Corpus:
    """Return a corpus on disk, made now unless it is there already."""
    path = work / name
    about = path / "corpus.json"
    analyzer = default_analyzer()
    key = f"{_VERSION} {analyzer.fingerprint} {analyzer.segmenter.name}"
    if about.exists():
        known = json.loads(about.read_text("utf-8"))
        if known.pop("key") == key:
            return Corpus(name, path, **known)
    shutil.rmtree(path, ignore_errors=True)
    made = _write(Corpus(name, path, 0, 0, 0))
    counts = {key: value for key, value in asdict(made).items() if key not in ("name", "path")}
    about.write_text(json.dumps({"key": key, **counts}), "utf-8")
    return made


def _write(corpus: Corpus) -> Corpus:
    entries = characters = size = 0
    corpus.lines.parent.mkdir(parents=True)
    with corpus.lines.open("w", encoding="utf-8") as lines:
        for entry in _entries(corpus.name):
            record = {key: value for key, value in entry.as_dict().items() if value}
            print(json.dumps(record, ensure_ascii=False), file=lines)
            entries += 1
            characters += len(entry.headline) + len(entry.body)
            size += len(entry.headline.encode()) + len(entry.body.encode())
    analyzer = default_analyzer()
    with corpus.words.open("w", encoding="utf-8") as words:
        for entry in entries_of(corpus):
            print(" ".join(analyzer.words(whole_text(entry))), file=words)
    return Corpus(corpus.name, corpus.path, entries, characters, size)
