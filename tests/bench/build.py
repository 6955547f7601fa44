"""Build one index in a process of its own, and print what it took as one line of JSON.

    python -m tests.bench.build SYSTEM TARGET SOURCE [LIMIT]

The clock starts when the libraries and dictionaries are loaded and stops when the index is on disk. The peak
is that of this process alone (`memory.py` looks at those that it starts as well).
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

__all__ = ["BUILDERS"]

Job = Callable[[], dict[str, Any] | None]
_COMMIT = 20_000


def _lines(source: Path, limit: int | None) -> Iterator[str]:
    with source.open(encoding="utf-8") as lines:
        yield from islice((line.rstrip("\n") for line in lines), limit)


def _texts(source: Path, limit: int | None) -> Iterator[str]:
    """Yield headline, body and agencies of each entry."""
    for line in _lines(source, limit):
        record = json.loads(line)
        yield "\n".join((record.get("headline", ""), record.get("body", ""), *record.get("agencies", ())))


def _reindex(target: Path, source: Path, limit: int | None) -> Job:
    """Prepare `xunwen reindex` of a home; `source` is not looked at."""
    from search import Home, reindex
    from search.analysis import default_analyzer

    default_analyzer().terms("新闻 F16")
    return lambda: reindex(Home(target)).as_dict()


def _tantivy(target: Path, source: Path, limit: int | None, full: bool = False) -> Job:
    import tantivy

    schema = tantivy.SchemaBuilder()
    option = "position" if full else "freq"
    schema.add_text_field("words", stored=full, tokenizer_name="whitespace", index_option=option)
    target.mkdir(parents=True)

    def job() -> None:
        index = tantivy.Index(schema.build(), path=str(target))
        writer = index.writer(heap_size=512_000_000, num_threads=1)
        for words in _lines(source, limit):
            writer.add_document(tantivy.Document(words=words))
        writer.commit()
        writer.wait_merging_threads()

    return job


def _tantivy_full(target: Path, source: Path, limit: int | None) -> Job:
    return _tantivy(target, source, limit, full=True)


def _whoosh(target: Path, source: Path, limit: int | None, full: bool = False) -> Job:
    """Prepare stock Whoosh; not `full` it keeps words and frequencies only."""
    import logging

    import jieba
    from jieba.analyse import ChineseAnalyzer
    from whoosh import fields, index

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    target.mkdir(parents=True)
    text = fields.TEXT(analyzer=ChineseAnalyzer(), phrase=full, stored=full)

    def job() -> None:
        writer = index.create_in(str(target), fields.Schema(text=text)).writer(limitmb=256)
        for entry in _texts(source, limit):
            writer.add_document(text=entry)
        writer.commit()

    return job


def _whoosh_full(target: Path, source: Path, limit: int | None) -> Job:
    return _whoosh(target, source, limit, full=True)


def _fts5(target: Path, tokenizer: str, texts: Iterator[str]) -> Job:
    def job() -> None:
        base = sqlite3.connect(target)
        base.execute(f"CREATE VIRTUAL TABLE entries USING fts5(text, content='', tokenize='{tokenizer}')")
        while rows := [(text,) for text in islice(texts, _COMMIT)]:
            base.executemany("INSERT INTO entries(text) VALUES (?)", rows)
        base.execute("INSERT INTO entries(entries) VALUES ('optimize')")
        base.commit()
        base.close()

    return job


def _fts5_words(target: Path, source: Path, limit: int | None) -> Job:
    # Numbers such as 7.8 and 23,876 and 5% stay whole, as they are in the words.
    return _fts5(target, "unicode61 tokenchars ''.,%-+''", _lines(source, limit))


def _fts5_trigram(target: Path, source: Path, limit: int | None) -> Job:
    return _fts5(target, "trigram", _texts(source, limit))


def _bm25s(target: Path, source: Path, limit: int | None) -> Job:
    import bm25s

    def job() -> None:
        numbers: dict[str, int] = {}
        ids = [
            [numbers.setdefault(word, len(numbers)) for word in line.split()]
            for line in _lines(source, limit)
        ]
        model = bm25s.BM25()
        model.index(bm25s.tokenization.Tokenized(ids=ids, vocab=numbers), show_progress=False)
        model.save(str(target), show_progress=False)

    return job


#: How each index is built from its source: JSON lines, or a file of words.
BUILDERS: dict[str, Callable[[Path, Path, int | None], Job]] = {
    "xunwen": _reindex,
    "tantivy": _tantivy,
    "tantivy-full": _tantivy_full,
    "whoosh": _whoosh,
    "whoosh-full": _whoosh_full,
    "fts5-words": _fts5_words,
    "fts5-trigram": _fts5_trigram,
    "bm25s": _bm25s,
}


def _user_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + children.ru_utime


def _peak_bytes() -> int:
    """Return the most that this process held; `ru_maxrss` may be that of its parent."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << (0 if sys.platform == "darwin" else 10)
    status = Path("/proc/self/status")
    if status.exists():
        marks = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        own = int(marks[0].split()[1]) << 10
    return own


def _main(system: str, target: str, source: str, limit: str = "") -> None:
    job = BUILDERS[system](Path(target), Path(source), int(limit) if limit else None)
    user, started = _user_seconds(), perf_counter()
    report = job()
    wall = perf_counter() - started
    took = {"wall": wall, "user": _user_seconds() - user, "peak": _peak_bytes(), "report": report}
    print(json.dumps(took))


if __name__ == "__main__":
    _main(*sys.argv[1:])
