"""What was measured, kept as JSON: by measure and corpus, with the machine and the day.

Figures of another machine or of other versions are dropped, so that a page never mixes them. Each measure of
one corpus is from one run, in which its peers were measured too.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from sqlite3 import sqlite_version
from typing import Any

__all__ = ["Results", "machine"]

_LIBRARIES = ("numpy", "whoosh3", "tantivy", "bm25s", "jieba", "rjieba")


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory() / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": f"{libraries}, SQLite {sqlite_version}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> int:
    if sys.platform == "win32":
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


class Results:
    """Figures by measure and corpus, saved after each, so that a run that is stopped loses only the last."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.machine = machine()
        self.measures: dict[str, dict[str, Any]] = {}
        if file.exists():
            kept = json.loads(file.read_text("utf-8"))
            if kept["machine"] == self.machine:
                self.measures = kept["measures"]

    def put(self, measure: str, corpus: str, found: Any) -> None:
        """Keep the figures of one measure of one corpus in place of earlier ones."""
        self.measures.setdefault(measure, {})[corpus] = {"day": date.today().isoformat(), "found": found}
        text = json.dumps({"machine": self.machine, "measures": self.measures}, ensure_ascii=False, indent=1)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text, "utf-8")

    def of(self, measure: str) -> dict[str, Any]:
        """Return the figures of a measure by corpus: the real one first, then by size."""
        kept = self.measures.get(measure, {})
        names = sorted(kept, key=lambda name: (name != "cctv", int(name) if name.isdigit() else 0))
        return {name: kept[name]["found"] for name in names}

    def days(self) -> str:
        """Return the first and the last day of the figures."""
        days = sorted({one["day"] for kept in self.measures.values() for one in kept.values()})
        return " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""
