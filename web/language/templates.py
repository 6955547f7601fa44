"""Templates compiled once for each language, with their texts translated at compile time.

A page has about a hundred texts that depend only on its language. The compiler replaces each by its
translation: a constant, or with places the pieces around them. A text is HTML; its arguments are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any, Final, cast

from flask import Flask, current_app
from flask.templating import Environment
from jinja2 import nodes
from jinja2.exceptions import TemplateAssertionError
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from web.language.i18n import LANGUAGES, SIMPLIFIED, Language, lang_attr_in, language, sentence_in

__all__ = ["Templates", "render", "speak"]

#: The function that marks a text, and its places: %(name)s; %% is a percent sign.
_MARK: Final = "_"
_FILLED: Final = re.compile(r"%(?:\((\w+)\)s|%)")
_KEY: Final = "xunwen.templates"


class Templates(Environment):
    """The templates of an application in one language."""

    language: Language = SIMPLIFIED

    def within(self, spoken: Language) -> Templates:
        """Return the same templates in another language."""
        other = self.overlay()
        other.language = spoken
        other.globals = {**self.globals, "language": spoken}
        other.filters = {**self.filters, "lang_attr": lang_attr_in(spoken)}
        return other

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template; without its own, one shared dictionary."""
        return super().make_globals(d) if d else self.globals

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = _Sentences(self.language).visit(super()._parse(source, name, filename))
        return cast(nodes.Template, parsed.set_environment(self))


def speak(app: Flask) -> None:
    """Make the templates of every language; called when all globals and filters are set."""
    own = cast(Templates, app.jinja_env)
    app.extensions[_KEY] = {one: own.within(one) for one in LANGUAGES.values()}


def render(name: str, **known: Any) -> str:
    """Render a template in the language of the request."""
    templates: dict[Language, Templates] = current_app.extensions[_KEY]
    return templates[language()].get_template(name).render(known)


class _Sentences(NodeTransformer):
    """Replaces marked texts by those of one language."""

    def __init__(self, spoken: Language) -> None:
        self._spoken = spoken

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """Replace a marked text by its translation, or by the pieces of it."""
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.node.name != _MARK:
            return node
        if [type(one) for one in node.args] != [nodes.Const]:
            raise TemplateAssertionError("a sentence must be written out", node.lineno)
        filled = {one.key: one.value for one in node.kwargs}
        pieces = list(self._pieces(cast(nodes.Const, node.args[0]).value, filled))
        made = nodes.Concat(pieces) if len(pieces) > 1 else pieces[0]
        return made.set_lineno(node.lineno)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        """Output pieces one after the other, without a concatenation."""
        self.generic_visit(node)
        parts = (one.nodes if isinstance(one, nodes.Concat) else [one] for one in node.nodes)
        node.nodes = [piece for part in parts for piece in part]
        return node

    def _pieces(self, sentence: str, filled: dict[str, nodes.Expr]) -> Iterator[nodes.Expr]:
        text, place = sentence_in(self._spoken, sentence), 0
        for found in _FILLED.finditer(text):
            yield nodes.Const(Markup(text[place : found.start()]))
            yield filled[found[1]] if found[1] else nodes.Const(Markup("%"))
            place = found.end()
        yield nodes.Const(Markup(text[place:]))
