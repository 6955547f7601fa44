"""Figures in words of the page's language: kind, number with its bound, and conflicts.

Kinds and numbers are translated; places, agencies and units stay as they are in the entry.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from search.figures import Figure
from search.figures.tally import Conflict, Tally
from search.times.ranges import format_time
from web.language.i18n import gettext, lang_attr_in, language

__all__ = ["conflict_note", "kind_name", "number_text"]


def kind_name(figure: Figure) -> str:
    """Return the kind of a figure, with a prefix for new cases."""
    kind = {
        "死亡": gettext("死亡"),
        "受伤": gettext("受伤"),
        "失踪": gettext("失踪"),
        "拘捕": gettext("拘捕"),
        "撤离": gettext("撤离"),
        "感染": gettext("感染"),
    }[figure.kind]
    return gettext("新增") + kind if figure.scope == "new" else kind


def number_text(figure: Figure) -> str:
    """Return the number with its bound: at least 1,234, 3–5."""
    sentence = {
        "": "%(n)s",
        "range": "%(n)s",
        "at_least": gettext("至少%(n)s"),
        "over": gettext("超过%(n)s"),
        "about": gettext("约%(n)s"),
        "nearly": gettext("近%(n)s"),
        "under": gettext("不到%(n)s"),
    }[figure.bound]
    high = f"–{figure.high:,}" if figure.high is not None else ""
    return sentence % {"n": f"{figure.value:,}{high}"}


def conflict_note(conflict: Conflict, tally: Tally, zone: ZoneInfo) -> Markup:
    """Describe the figure that the second row of a conflict contradicts."""
    other = tally.rows[conflict.first].figure
    lang_attr = lang_attr_in(language())(other.agency)
    values = {
        "when": format_time(other.time, zone) if other.time else "",
        "said": number_text(other),
        "agency": Markup("<span{}>{}</span>").format(lang_attr, other.agency),
    }
    if conflict.why == "falls":
        return Markup(gettext("低于 %(when)s 的 %(said)s")) % values
    if other.agency:
        return Markup(gettext("与 %(when)s %(agency)s的 %(said)s 不一致")) % values
    return Markup(gettext("与 %(when)s 的 %(said)s 不一致")) % values
