"""What one part of the soak found, as a row of the table that is printed at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Failures", "Outcome", "report"]

#: Failures printed in full, for each part.
_PRINTED_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one part: how many cases ran, the figure that was found, and the aim it is held to."""

    part: str
    count: int
    figure: str
    aim: str
    ok: bool


@dataclass(slots=True)
class Failures:
    """Counts the failures of a part; the first ones are printed at once, so that they can be repeated."""

    part: str
    messages: list[str] = field(default_factory=list)

    def add(self, message: str) -> None:
        """Count one failure."""
        self.messages.append(message)
        if len(self.messages) <= _PRINTED_FAILURES:
            progress(self.part, f"FAILED {message}")

    def __len__(self) -> int:
        return len(self.messages)


def progress(part: str, message: str) -> None:
    """Print one line about a running part to stderr."""
    print(f"[{part}] {message}", file=sys.stderr, flush=True)


def report(outcomes: Sequence[Outcome]) -> bool:
    """Print the table; return whether every part reached its aim."""
    print("| part | cases | figure | aim | |")
    print("|---|---:|---|---|---|")
    for one in outcomes:
        print(f"| {one.part} | {one.count:,} | {one.figure} | {one.aim} | {'ok' if one.ok else 'SHORT'} |")
    return all(one.ok for one in outcomes)
