"""The agencies of an entry as HTML links: first reports, then agencies that passed the report on.

Every hit has such a line and most name the same few agencies, so each link is made once for a page.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from search.entry import Attribution, Role
from web.language.i18n import gettext, lang_attr_in, language
from web.request.links import link
from web.request.params import Params

__all__ = ["Credits"]


class Credits:
    """Makes the agency links of one page; each sets the filter of its agency, as its check box does.

    With `alone`, a link starts a new search for only that agency.
    """

    def __init__(self, params: Params, *, alone: bool = False) -> None:
        self._params, self._alone = params, alone
        self._lang_attr = lang_attr_in(language())
        self._title = gettext("只看这一来源")
        self._separator, self._comma = Markup(gettext("、")), Markup(gettext("，"))
        self._passed_on = Markup(gettext("经%(names)s转引"))
        self._links: dict[str, Markup] = {}

    def line(self, attributions: Sequence[Attribution]) -> Markup:
        """Return all agencies in one line: KazTag通讯社，经俄新社转引."""
        origins, vias = self.names(attributions, "origin"), self.names(attributions, "via")
        if not vias:
            return origins
        return (origins + self._comma if origins else origins) + self._passed_on % {"names": vias}

    def names(self, attributions: Sequence[Attribution], role: Role) -> Markup:
        """Return the agencies of one role as links."""
        links = [self._link(attribution) for attribution in attributions if attribution.role == role]
        return links[0] if len(links) == 1 else self._separator.join(links)

    def _link(self, attribution: Attribution) -> Markup:
        agency = attribution.agency
        if agency not in self._links:
            href = escape(self._href(agency))
            self._links[agency] = Markup(
                f'<a{self._lang_attr(agency)} href="{href}" title="{self._title}">{escape(agency)}</a>'
            )
        return self._links[agency]

    def _href(self, agency: str) -> str:
        if not self._alone:
            return link(self._params, agency=(agency,))
        return link(
            self._params, q="", agency=(agency,), stream=(), from_="", to="", asof="", corrected=False
        )
