"""The texts that are measured: a real news corpus, and larger ones made from its sentences."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from search.entry import Entry

__all__ = ["cctv_entries", "headlines", "load", "synthetic_entries"]

_SENTENCE = re.compile(r"[^。！？\n]+[。！？]")
_START = datetime(2022, 1, 1, tzinfo=timezone(timedelta(hours=8)))
_AGENCIES = ("新华社", "俄新社", "路透社", "法新社", "美联社", "塔斯社", "中新社", "央视新闻")
_LENGTH = 120


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


def headlines() -> list[str]:
    """Return the headlines of the real corpus of about 20 characters."""
    return [entry.headline for entry in cctv_entries() if 18 <= len(entry.headline) <= 22]


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


def load(name: str) -> list[Entry]:
    """Return a corpus by name: `cctv`, or a number of entries such as `100000`."""
    return list(cctv_entries() if name == "cctv" else synthetic_entries(int(name)))
