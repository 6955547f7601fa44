"""Figures 数字: how many died, were hurt, are missing, were arrested, moved or infected, as entries say it.

Wrong readings are worse than missed ones: what is in doubt is left out. Nothing is added up and no conflict
is resolved; each figure points at the characters it was read from.
"""

from search.figures.extract import figures_of, holds_figures
from search.figures.figure import BOUND_ZH, KINDS, SCOPE_ZH, Bound, Figure, Kind, Scope

__all__ = [
    "BOUND_ZH",
    "KINDS",
    "SCOPE_ZH",
    "Bound",
    "Figure",
    "Kind",
    "Scope",
    "figures_of",
    "holds_figures",
]
