"""The bars of the histogram and the rows of its table as HTML: a page has up to a hundred of each.

Written here and not in a template, as there are so many. Words and addresses are escaped like everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup, escape

from web.language.i18n import gettext
from web.pages.format import number
from web.pages.histogram import Bar, Timeline
from web.request.links import stretches
from web.request.params import Params

__all__ = ["drawn"]

_GAP = '<li aria-hidden="true"></li>'


def drawn(timeline: Timeline, params: Params) -> tuple[Markup, Markup]:
    """Return all bars, and a row of the table for each that counts anything; they lead to the same."""
    filled = timeline.filled
    hrefs = [str(escape(href)) for href in stretches(params, [(bar.from_, bar.to) for bar in filled])]
    rows = (_row(bar, href) for bar, href in zip(filled, hrefs, strict=True))
    return Markup("\n".join(_bars(timeline, hrefs))), Markup("\n".join(rows))


def _bars(timeline: Timeline, hrefs: list[str]) -> Iterator[str]:
    sentence, places = gettext("%(name)s：%(count)s 条"), iter(hrefs)
    for bar in timeline.bars:
        if bar.count:
            said = escape(sentence % {"name": bar.name, "count": number(bar.count)})
            yield (
                f'<li><a href="{next(places)}" aria-label="{said}" title="{said}">'
                '<svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
                f'<rect x="1" y="{100 - bar.height}" width="8" height="{bar.height}"/></svg></a></li>'
            )
        else:
            yield _GAP


def _row(bar: Bar, href: str) -> str:
    name = escape(bar.name)
    return f'<tr><th scope="row"><a href="{href}">{name}</a></th><td>{number(bar.count)}</td></tr>'
