"""Assembles the application of one home from blueprints, templates and request hooks."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, lru_cache, partial
from hashlib import blake2b
from pathlib import Path

from flask import Flask, request, url_for
from flask.json.provider import DefaultJSONProvider
from werkzeug.routing import BaseConverter

from search import Home, Searcher
from web.api.browser_search import opensearch
from web.api.export import export
from web.api.feeds import feeds
from web.api.json_feed import json_feed
from web.api.openapi import openapi
from web.api.site_files import site_files
from web.api.views import api
from web.language.i18n import translate
from web.language.templates import Templates, speak
from web.pages import chart, format
from web.pages.citation import citations
from web.pages.figures import figures
from web.pages.histogram import histogram_html
from web.pages.views import pages
from web.request.links import address, link
from web.serving.access import guard
from web.serving.compression import compress
from web.serving.errors import handle_errors
from web.serving.security import secure
from web.serving.server import run
from web.serving.time_limit import limit_time
from web.serving.unchanged import recognize

__all__ = ["create_app", "serve"]

#: Remembered addresses of static files; each mount point of the application needs its own.
_ASSET_ADDRESSES = 64


class EntryIdConverter(BaseConverter):
    """An entry's id in a path: any text, also with slashes at either end."""

    part_isolating = False
    regex = r"(?s:.+)"


def create_app(home: Home | str | Path | None = None) -> Flask:
    """Make the application of a home; by default that of XUNWEN_HOME, else the working directory."""
    if not isinstance(home, Home):
        home = Home(home or os.environ.get("XUNWEN_HOME") or Path.cwd())
    app = Flask("web")
    app.jinja_environment = Templates
    app.config["XUNWEN_HOME"] = home
    searcher = app.extensions["xunwen"] = Searcher(home)
    searcher.verify_in_background()
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.ensure_ascii, app.json.sort_keys = False, False
    app.url_map.converters["entry_id"] = EntryIdConverter
    app.url_map.merge_slashes = False
    secure(app)
    compress(app)
    handle_errors(app)
    for blueprint in (
        pages,
        api,
        citations,
        figures,
        feeds,
        json_feed,
        export,
        opensearch,
        openapi,
        site_files,
    ):
        app.register_blueprint(blueprint)
    # Imported late: prometheus_client reads PROMETHEUS_MULTIPROC_DIR when it is imported.
    from web.serving.metrics import measure

    measure(app)
    # After measuring, so that refusals are counted too.
    guard(app)
    recognize(app)
    _add_template_functions(app, home)
    translate(app)
    speak(app)
    limit_time(app)
    return app


#: Serve a home until stopped; the parameters are those of `web.serving.server.run` after the first.
serve = partial(run, create_app)


def _add_template_functions(app: Flask, home: Home) -> None:
    """Add the filters and functions that templates use in every language."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        clock=partial(format.clock, zone=home.zone),
        delay_text=format.delay_text,
        marked=format.marked,
        short_day=partial(format.short_day, zone=home.zone),
        number=format.number,
        paragraphs=format.paragraphs,
        time_typed=partial(format.time_typed, zone=home.zone),
        time_text=partial(format.time_text, zone=home.zone),
        web_url=format.web_url,
        when=partial(format.when, zone=home.zone),
        word_breaks=format.word_breaks,
    )
    app.jinja_env.globals.update(
        address=address,
        chart_layout=chart,
        days=partial(format.days, zone=home.zone),
        asset=_asset_address(Path(app.static_folder or "")),
        excerpt=format.excerpt,
        histogram_html=histogram_html,
        link=link,
        page_numbers=format.page_numbers,
        split_by_match=format.split_by_match,
        zone_name=partial(format.zone_name, home.zone),
    )


def _asset_address(folder: Path) -> Callable[[str], str]:
    """Return a function that gives the address of a static file, with a hash of its content."""

    @cache
    def version(name: str) -> str:
        return blake2b((folder / name).read_bytes(), digest_size=6).hexdigest()

    @lru_cache(maxsize=_ASSET_ADDRESSES)
    def address_at(root: str, name: str) -> str:
        return url_for("static", filename=name, v=version(name))

    return lambda name: address_at(request.script_root, name)
