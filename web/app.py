"""The application: its parts put together for one home. Nothing here is decided, only connected."""

from __future__ import annotations

import os
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
from web.api.openapi import openapi
from web.api.views import api
from web.bars import drawn
from web.language.i18n import translate
from web.language.templates import Templates, speak
from web.pages import format as say
from web.pages.citation import citations
from web.pages.figures import figures
from web.pages.views import pages
from web.request.links import address, link
from web.serving.access import guard
from web.serving.compression import compress
from web.serving.errors import handle_errors
from web.serving.security import secure
from web.serving.time_limit import limit_time

__all__ = ["create_app"]


#: Addresses of static files that are remembered, for each place that the application may be mounted at.
_ASSETS = 64


class EntryIdConverter(BaseConverter):
    """An entry's id in a path, whatever it consists of: slashes anywhere, even first or last."""

    part_isolating = False
    regex = r"(?s:.+)"


def create_app(home: Home | str | Path | None = None) -> Flask:
    """Make the application for one home; without it, XUNWEN_HOME's or the working directory."""
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
    app.register_blueprint(pages)
    app.register_blueprint(api)
    for part in (citations, figures, feeds, export, opensearch, openapi):
        app.register_blueprint(part)
    # Only now, as counts are shared between processes as their library finds it when it is first loaded.
    from web.serving.metrics import measure

    measure(app)
    # After measuring, so that refusals are counted too.
    guard(app)
    _equip_templates(app, home)
    translate(app)
    speak(app)
    limit_time(app)
    return app


def _equip_templates(app: Flask, home: Home) -> None:
    """Give the templates their words: filters, the one link helper, and addresses of static files."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        delay_text=say.delay_text,
        marked=say.marked,
        number=say.number,
        paragraphs=say.paragraphs,
        time_typed=partial(say.time_typed, zone=home.zone),
        time_text=partial(say.time_text, zone=home.zone),
        web_url=say.web_url,
        when=partial(say.when, zone=home.zone),
    )
    app.jinja_env.globals.update(
        address=address,
        drawn=drawn,
        asset=_asset(Path(app.static_folder or "")),
        groups=say.groups,
        link=link,
        page_numbers=say.page_numbers,
        spot=say.spot,
        zone_name=partial(say.zone_name, home.zone),
    )


def _asset(folder: Path) -> object:
    """Return a function that gives a static file's address, which changes when the file does."""

    @cache
    def version(name: str) -> str:
        return blake2b((folder / name).read_bytes(), digest_size=6).hexdigest()

    @lru_cache(maxsize=_ASSETS)
    def placed(root: str, name: str) -> str:
        return url_for("static", filename=name, v=version(name))

    return lambda name: placed(request.script_root, name)
