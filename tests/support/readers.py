"""What the tests of the readers share: read some bytes as a file of a given name."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from search.entry import Entry
from search.errors import Problem, UnreadableFile
from search.readers.base import Record
from search.readers.registry import read

BEIJING = ZoneInfo("Asia/Shanghai")
FIXTURES = Path(__file__).parents[1] / "fixtures"
SHARED = Path(os.environ.get("XUNWEN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SEED = SHARED / "seeds" / "000_3a2ad7a414f21038.txt"


def items(content: str | bytes, name: str, zone: ZoneInfo = BEIJING) -> list[Record | Problem]:
    """Read content as if it were the file `name` in data/; that all entries lack a time is left out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name.replace("/", "_")[-60:])
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        found = list(read(path, name=name, zone=zone))
    return [item for item in found if isinstance(item, Record) or not is_timeless(item)]


def is_timeless(problem: Problem) -> bool:
    """Return whether a problem says that no entry of the file has a time, as in most samples here."""
    return "没有时间，按时间" in problem.message and not problem.line


def split(found: Iterable[Record | Problem]) -> tuple[list[Entry], list[Problem]]:
    """Part the entries from the problems."""
    entries, problems = [], []
    for item in found:
        if isinstance(item, Record):
            entries.append(item.entry)
        else:
            problems.append(item)
    return entries, problems


def entries(content: str | bytes, name: str, zone: ZoneInfo = BEIJING) -> list[Entry]:
    """Read content that has nothing wrong with it."""
    found, problems = split(items(content, name, zone))
    assert problems == []
    return found


def refusal(content: str | bytes, name: str) -> UnreadableFile | None:
    """Return the error that reading raises, if it does."""
    try:
        items(content, name)
    except UnreadableFile as error:
        return error
    return None
