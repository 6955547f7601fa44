"""Progress of a reindex on stderr: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from time import monotonic
from typing import IO, Any

from tqdm import tqdm

from search.language.terminal import say

__all__ = ["StderrProgress"]

#: Seconds between two lines.
_PAUSE = 5.0


class StderrProgress:
    """Prints how far a reindex is."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._total = 0
        self._printed = 0.0

    def start(self, lines: int) -> None:
        """Show that parsing begins, with the number of lines of the changed files."""
        self._total, self._printed = lines, monotonic()
        if self._stream.isatty():
            self._bar = tqdm(
                total=lines, unit=say("行"), file=self._stream, desc=say("正在索引"), leave=False
            )
        else:
            print(say("正在索引：共 {lines} 行数据", lines=lines), file=self._stream)

    def step(self, lines: int, entries: int) -> None:
        """Show the lines read and the entries found in them."""
        # Lines are counted by LF: files that end them by CR have more, as have files that are read again.
        lines = min(lines, self._total)
        if self._bar is not None:
            self._bar.update(lines - self._bar.n)
        elif monotonic() - self._printed > _PAUSE:
            self._printed = monotonic()
            percent = 100 * lines // max(1, self._total)
            line = say("正在索引：{percent}%，{entries} 条", percent=percent, entries=entries)
            print(line, file=self._stream)

    def publishing(self) -> None:
        """Show that the new generation is being written."""
        self.close()
        print(say("正在写入索引 …"), file=self._stream)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
