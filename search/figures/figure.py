"""Figure: a number of people in an entry, and the labels of its bounds and scopes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Final, Literal, get_args

__all__ = ["BOUND_ZH", "KINDS", "Bound", "Figure", "Kind", "Scope"]

Kind = Literal["死亡", "受伤", "失踪", "拘捕", "撤离", "感染"]
#: `new` is given as new (新增), `total` as the count so far (累计, 已, 升至), "" as neither.
Scope = Literal["new", "total", ""]
#: "" is exact; `range` runs from `value` to `high`.
Bound = Literal["", "at_least", "over", "about", "nearly", "under", "range"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
BOUND_ZH: Final[dict[Bound, str]] = {
    "": "",
    "at_least": "至少",
    "over": "超过",
    "about": "约",
    "nearly": "近",
    "under": "不到",
    "range": "",
}
#: The relative error of 约 and 近.
_SLACK: Final = 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its kind; `entry.text[start:end]` is its text and `sentence` the slice of its sentence.

    `term` is the word for the kind in the text (遇难, 无症状感染), `who` the people if named (警察); `place`
    and `agency` are "" where they are doubtful.
    """

    kind: Kind
    value: int
    unit: str
    bound: Bound = ""
    high: int | None = None
    scope: Scope = ""
    term: str = ""
    who: str = ""
    place: str = ""
    agency: str = ""
    entry_id: str = ""
    stream: str = ""
    time: datetime | None = None
    start: int = 0
    end: int = 0
    sentence: tuple[int, int] = (0, 0)

    @property
    def limits(self) -> tuple[float, float]:
        """The smallest and the largest possible value."""
        value = float(self.value)
        if not self.bound:
            return value, value
        return {
            "at_least": (value, inf),
            "over": (value, inf),
            "about": (value * (1 - _SLACK), value * (1 + _SLACK)),
            "nearly": (value * (1 - _SLACK), value),
            "under": (0.0, value),
            "range": (value, float(self.high or value)),
        }[self.bound]

    @property
    def amount(self) -> str:
        """The number with its bound: 至少1,234, 3–5."""
        high = f"–{self.high:,}" if self.high is not None else ""
        return f"{BOUND_ZH[self.bound]}{self.value:,}{high}"

    @property
    def stated_scope(self) -> Scope | None:
        """The scope, None if the text states none."""
        return self.scope or None

    @property
    def stated_bound(self) -> Bound | None:
        """The bound, None for an exact number."""
        return self.bound or None
