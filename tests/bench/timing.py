"""How long a question takes: the same questions to each system in turn, round after round.

Rounds alternate between the systems, so that a slow minute of the machine falls on all of them. No round
finds the texts of the one before in the analyzer's memory.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median
from time import perf_counter
from typing import TypeVar

import numpy as np

from search.analysis import default_analyzer

__all__ = ["Effort", "Speed", "agreement", "measure"]

Question = TypeVar("Question")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure. A system gets `seconds` for its rounds, but one whole round in any case."""

    queries: int = 1000
    rounds: int = 25
    seconds: float = 8.0
    warm_up: float = 20.0
    requests: int = 4000
    http_seconds: float = 30.0
    openings: int = 15


@dataclass(frozen=True, slots=True)
class Speed:
    """Percentiles in milliseconds: the median of each over the rounds."""

    p50: float
    p95: float
    rounds: int
    queries: int
    #: Of the first pass, when nothing was asked before.
    first_p50: float
    first_p95: float


@dataclass
class _Course:
    """The measured times of one system."""

    ask: Callable[..., object]
    spent: float = 0.0
    first: tuple[float, float] = (0.0, 0.0)
    rounds: list[tuple[float, float]] = field(default_factory=list)

    def warm_up(self, questions: Sequence[object], seconds: float) -> None:
        self.first = _percentiles(self._times(questions, seconds))

    def run(self, questions: Sequence[object]) -> None:
        times = self._times(questions, inf)
        self.spent += sum(times)
        self.rounds.append(_percentiles(times))

    def _times(self, questions: Sequence[object], seconds: float) -> list[float]:
        gc.collect()
        _forget()
        ask, times = self.ask, []
        deadline = perf_counter() + seconds
        for question in questions:
            started = perf_counter()
            ask(question)
            ended = perf_counter()
            times.append(ended - started)
            if ended > deadline:
                break
        return times


def _percentiles(times: list[float]) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds."""
    return float(1000 * np.percentile(times, 50)), float(1000 * np.percentile(times, 95))


def _forget() -> None:
    """Make the analyzer forget the texts of the last round: reading the query is part of the work."""
    for value in vars(default_analyzer()).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


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
            p50=median(p50 for p50, _ in course.rounds),
            p95=median(p95 for _, p95 in course.rounds),
            rounds=len(course.rounds),
            queries=len(questions),
            first_p50=course.first[0],
            first_p95=course.first[1],
        )
        for name, course in courses.items()
    }


def agreement(
    ours: Callable[[Question], int], theirs: Callable[[Question], int], questions: Sequence[Question]
) -> float:
    """Return for which share of the questions two systems count the same number of entries."""
    same = sum(ours(question) == theirs(question) for question in questions)
    return same / max(1, len(questions))
