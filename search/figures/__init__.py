"""Figures 数字: numbers of dead, injured, missing, arrested, evacuated or infected people in entries.

Precision comes before recall: doubtful numbers are left out. Figures are neither added up nor reconciled;
each has the offsets of its text.
"""

from search.figures.extract import figures_of, holds_figures
from search.figures.figure import BOUND_ZH, KINDS, Bound, Figure, Kind, Scope

__all__ = [
    "BOUND_ZH",
    "KINDS",
    "Bound",
    "Figure",
    "Kind",
    "Scope",
    "figures_of",
    "holds_figures",
]
