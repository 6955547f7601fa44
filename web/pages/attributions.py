"""Who first reported and who passed it on, as HTML: each name narrows the answer to what has it in that part.

Every hit has such a line, and the same few names stand in most: each is written once for a page.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from search.entry import Attribution, Role
from web.language.i18n import gettext, language, tongue_in
from web.request.links import narrowed
from web.request.params import Params

__all__ = ["Credits"]


class Credits:
    """Writes who is credited in the entries of one page; `alone` is for links that ask for nothing else."""

    def __init__(self, params: Params, *, alone: bool = False) -> None:
        self._params, self._alone = params, alone
        self._tongue = tongue_in(language())
        self._titles = {"origin": gettext("只看它首发的"), "via": gettext("只看它转引的")}
        self._between, self._comma = Markup(gettext("、")), Markup(gettext("，"))
        self._passed_on = Markup(gettext("经%(names)s转引"))
        self._written: dict[Attribution, Markup] = {}

    def line(self, attributions: Sequence[Attribution]) -> Markup:
        """Return one line: KazTag通讯社，经俄新社转引."""
        origins, vias = self.names(attributions, "origin"), self.names(attributions, "via")
        if not vias:
            return origins
        return (origins + self._comma if origins else origins) + self._passed_on % {"names": vias}

    def names(self, attributions: Sequence[Attribution], role: Role) -> Markup:
        """Return those who had one part in it, as links."""
        found = [self._name(one) for one in attributions if one.role == role]
        return found[0] if len(found) == 1 else self._between.join(found)

    def _name(self, one: Attribution) -> Markup:
        found = self._written.get(one)
        if found is None:
            href = narrowed(self._params, one.role, one.agency, alone=self._alone)
            tongue, title, agency = self._tongue(one.agency), self._titles[one.role], escape(one.agency)
            found = Markup(f'<a{tongue} href="{escape(href)}" title="{title}">{agency}</a>')
            self._written[one] = found
        return found
