"""Progress on stderr: a bar with rate and time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from time import monotonic
from typing import IO, Any

from tqdm import tqdm

__all__ = ["StderrProgress"]

#: Seconds between two plain lines.
_PAUSE = 5.0


class StderrProgress:
    """Tells a person how a reindex goes on."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._total = 0
        self._told = 0.0

    def start(self, lines: int) -> None:
        """Show that parsing begins."""
        self._total, self._told = lines, monotonic()
        if self._stream.isatty():
            self._bar = tqdm(total=lines, unit="行", file=self._stream, desc="正在索引", leave=False)
        else:
            print(f"正在索引：共 {lines} 行数据", file=self._stream)

    def step(self, lines: int, entries: int) -> None:
        """Show how far it is."""
        if self._bar is not None:
            self._bar.update(lines - self._bar.n)
        elif monotonic() - self._told > _PAUSE:
            self._told = monotonic()
            share = 100 * lines // max(1, self._total)
            print(f"正在索引：{share}%，{entries} 条", file=self._stream)

    def publishing(self) -> None:
        """Show that the new state is being written."""
        self.close()
        print("正在写入索引 …", file=self._stream)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
