"""Figures in words of the page's language: kind, number with its bound, and conflicts.

Kinds and numbers are translated; places, agencies and units stay as they are in the entry.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from search.figures import Figure, wording
from search.figures.conflicts import Conflict
from search.figures.tally import Tally
from web.language.i18n import lang_attr_in, language, translated, translated_html

__all__ = ["conflict_note", "kind_name", "number_text"]


def kind_name(figure: Figure) -> str:
    """Return the kind of a figure, with a prefix for new cases."""
    return translated(wording.kind_name(figure))


def number_text(figure: Figure) -> str:
    """Return the number with its bound: at least 1,234, 3–5."""
    return translated(wording.number_text(figure))


def conflict_note(conflict: Conflict, tally: Tally, zone: ZoneInfo) -> Markup:
    """Describe the figure that the second row of a conflict contradicts."""
    agency = tally.rows[conflict.first].figure.agency
    marked = Markup("<span{}>{}</span>").format(lang_attr_in(language())(agency), agency)
    return translated_html(wording.conflict_note(conflict, tally, zone), agency=marked)
