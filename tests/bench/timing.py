"""How long a question takes: the same questions to each system in turn, round after round.

Rounds alternate between the systems, so that a slow minute of the machine falls on all of them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import TypeVar

import numpy as np

__all__ = ["Effort", "Speed", "agreement", "measure"]

Question = TypeVar("Question")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure. A system gets `seconds` for its rounds, but one whole round in any case."""

    queries: int = 1000
    rounds: int = 5
    seconds: float = 12.0
    warm_up: float = 8.0
    requests: int = 4000
    http_seconds: float = 30.0
    openings: int = 7


@dataclass(frozen=True, slots=True)
class Speed:
    """Percentiles in milliseconds: the median of each over the rounds."""

    p50: float
    p95: float
    rounds: int
    queries: int


@dataclass
class _Course:
    """One system on its way through the rounds."""

    ask: Callable[..., object]
    spent: float = 0.0
    rounds: list[tuple[float, float]] = field(default_factory=list)

    def warm_up(self, questions: Sequence[object], seconds: float) -> None:
        started = perf_counter()
        for question in questions:
            self.ask(question)
            if perf_counter() - started > seconds:
                break

    def run(self, questions: Sequence[object]) -> None:
        gc.collect()
        ask, times = self.ask, np.empty(len(questions))
        for number, question in enumerate(questions):
            started = perf_counter()
            ask(question)
            times[number] = perf_counter() - started
        self.spent += float(times.sum())
        self.rounds.append((float(np.percentile(times, 50)), float(np.percentile(times, 95))))


def measure(
    systems: Mapping[str, Callable[[Question], object]], questions: Sequence[Question], effort: Effort
) -> dict[str, Speed]:
    """Return how fast each system answers the questions, one after the other."""
    courses = {name: _Course(ask) for name, ask in systems.items()}
    for course in courses.values():
        course.warm_up(questions, effort.warm_up)
    for _ in range(effort.rounds):
        for course in courses.values():
            if not course.rounds or course.spent < effort.seconds:
                course.run(questions)
    return {
        name: Speed(
            p50=1000 * median(p50 for p50, _ in course.rounds),
            p95=1000 * median(p95 for _, p95 in course.rounds),
            rounds=len(course.rounds),
            queries=len(questions),
        )
        for name, course in courses.items()
    }


def agreement(
    ours: Callable[[Question], int], theirs: Callable[[Question], int], questions: Sequence[Question]
) -> float:
    """Return for which share of the questions two systems count the same number of entries."""
    same = sum(ours(question) == theirs(question) for question in questions)
    return same / max(1, len(questions))
