"""Templates of each language: sentences stand in them as text, and what is filled in is escaped."""

from pathlib import Path

import pytest
from flask import Flask
from jinja2 import DictLoader, TemplateAssertionError

from search import Home
from web import create_app
from web.language.i18n import LANGUAGES
from web.language.templates import Templates

HOSTILE = '<b title="x">&'
ESCAPED = "&lt;b title=&#34;x&#34;&gt;&amp;"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application over nothing."""
    folder: Path = tmp_path_factory.mktemp("home")
    return create_app(Home(folder))


def said(app: Flask, source: str, tag: str = "zh-CN", **known: object) -> str:
    """Render a source in a language."""
    assert isinstance(app.jinja_env, Templates)
    templates = app.jinja_env.within(LANGUAGES[tag])
    templates.loader = DictLoader({"page.html": source})
    return templates.get_template("page.html").render(known)


@pytest.mark.parametrize(
    ("tag", "expected"), [("zh-CN", "共 {} 条"), ("zh-TW", "共 {} 條"), ("en", "{} in all")]
)
@pytest.mark.parametrize(
    "source",
    [
        '{{ _("共 %(n)s 条", n=n) }}',
        '{% set text = _("共 %(n)s 条", n=n) %}{{ text }}',
        '{{ _("共 %(n)s 条", n=n) if n else 0 }}',
        '{% macro say(text) %}{{ text }}{% endmacro %}{{ say(_("共 %(n)s 条", n=n)) }}',
    ],
)
def test_what_is_filled_in_is_escaped(app: Flask, source: str, tag: str, expected: str) -> None:
    """Written out at once or handed on as a value, once and no more, whatever stands around it."""
    assert said(app, source, tag, n=HOSTILE) == expected.format(ESCAPED)


def test_a_sentence_is_html_and_a_per_cent_sign_is_written_twice(app: Flask) -> None:
    """As with any catalogue of sentences."""
    assert said(app, '{{ _("<b>5%%</b>") }}') == "<b>5%</b>"


def test_a_sentence_is_written_out(app: Flask) -> None:
    """A sentence that is a variable cannot be translated."""
    with pytest.raises(TemplateAssertionError, match="written out"):
        said(app, "{{ _(text) }}", text="机场")
