"""The languages of the pages: Chinese in simplified and in traditional characters, and English.

A sentence is named by its simplified Chinese text. English stands in a catalogue; traditional is made from
the name. Which language a page is in is decided once for each request: by `lang` in the address, else by
the cookie that only the switch sets, else by what the browser asks for, else it is simplified Chinese. An
answer that depends on this says so in `Vary`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from babel.dates import format_datetime
from babel.messages.pofile import read_po
from flask import Blueprint, Flask, Response, g, has_request_context, redirect, request
from markupsafe import Markup
from werkzeug import Response as AnyResponse

from search.analysis.script import is_traditional, to_traditional
from search.errors import UsageError
from web.said import in_english

__all__ = [
    "LANGUAGES",
    "Language",
    "axis_time",
    "chosen",
    "gettext",
    "lang_attr_in",
    "language",
    "sentence_in",
    "translate",
]


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages: its tag (BCP 47) in address, cookie and HTML, and its own name for itself."""

    tag: str
    name: str


SIMPLIFIED: Final = Language("zh-CN", "简体中文")
TRADITIONAL: Final = Language("zh-TW", "繁體中文")
ENGLISH: Final = Language("en", "English")
LANGUAGES: Final = {one.tag: one for one in (SIMPLIFIED, TRADITIONAL, ENGLISH)}

#: For each language of the page, what marks a text of an entry, by whether it is traditional.
_LANG_ATTRS: Final = {
    (page, traditional): Markup("" if page is own else f' lang="{tag}"')
    for page in LANGUAGES.values()
    for traditional, own, tag in ((False, SIMPLIFIED, "zh-Hans"), (True, TRADITIONAL, "zh-Hant"))
}

_PATTERNS: Final = {
    "minute": "d MMMM y, HH:mm",
    "hour": "d MMMM y, HH:'00'",
    "day": "d MMMM y",
    "month": "MMMM y",
    "year": "y",
}

_ON_AXIS: Final = {
    "minute": ("{0.day}日 {0:%H:%M}", "d MMM HH:mm"),
    "day": ("{0.month}月{0.day}日", "d MMM"),
    "month": ("{0.year}年{0.month}月", "MMM y"),
}
_COOKIE: Final = "lang"
_YEAR: Final = 365 * 24 * 3600
#: A longer query is not brought along when the language changes: no address should hold it twice.
_LONGEST: Final = 3000
_CATALOGUES: Final = Path(__file__).parents[1] / "translations"

languages: Final = Blueprint("languages", __name__)


def translate(app: Flask) -> None:
    """Give an application its languages: in templates, as a switch, and in what caches are told."""
    catalogue()
    app.jinja_env.globals.update(chosen_language=chosen, switches=switches, translated=translated)
    app.register_blueprint(languages)
    app.after_request(_tell_caches)


def language() -> Language:
    """Return the language of the request at hand; simplified Chinese outside of one."""
    try:
        found: Language = g.language
    except AttributeError:
        found = g.language = _wanted() if has_request_context() else SIMPLIFIED
    except RuntimeError:  # no application at all
        found = SIMPLIFIED
    return found


def _wanted() -> Language:
    return chosen() or LANGUAGES.get(request.cookies.get(_COOKIE, "")) or _accepted()


def chosen() -> Language | None:
    """Return the language that the address names; links within the site keep it."""
    return LANGUAGES.get(request.args.get("lang", ""))


def _accepted() -> Language:
    """Return the first language of the browser that there is."""
    for tag, quality in request.accept_languages:
        first, *rest = tag.lower().replace("_", "-").split("-")
        if first == "en" and quality:
            return ENGLISH
        if first == "zh" and quality:
            taiwan = not {"tw", "hk", "mo", "hant"}.isdisjoint(rest) and "hans" not in rest
            return TRADITIONAL if taiwan else SIMPLIFIED
    return SIMPLIFIED


def gettext(sentence: str) -> str:
    """Return a sentence in the language of the page; Chinese where there is no other."""
    return sentence_in(language(), sentence)


def sentence_in(spoken: Language, sentence: str) -> str:
    """Return a sentence in a language; Chinese where there is no other."""
    if spoken is ENGLISH:
        return catalogue().get(sentence, sentence)
    return to_traditional(sentence) if spoken is TRADITIONAL else sentence


def lang_attr_in(spoken: Language) -> Callable[[str], Markup]:
    """Return what gives the `lang` attribute for a text of an entry, "" where it is that of the page."""
    simplified, traditional = _LANG_ATTRS[spoken, False], _LANG_ATTRS[spoken, True]
    return lambda text: traditional if is_traditional(text) else simplified


@cache
def catalogue() -> dict[str, str]:
    """Return the English of each sentence."""
    with (_CATALOGUES / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id and one.string}


def date_time(local: datetime, unit: str = "minute") -> str:
    """Print a time as English pages do, to the minute, the hour, the day, the month or the year.

    >>> date_time(datetime(2022, 1, 5, 23, 39)), date_time(datetime(2022, 1, 5, 23), "hour")
    ('5 January 2022, 23:39', '5 January 2022, 23:00')
    """
    return format_datetime(local, _PATTERNS[unit], locale="en")


def axis_time(local: datetime, unit: str) -> str:
    """Print a time at an axis, where there is little room, to the minute, the day or the month.

    >>> axis_time(datetime(2022, 1, 5, 23, 39), "minute"), axis_time(datetime(2022, 1, 5), "month")
    ('5日 23:39', '2022年1月')
    """
    if language() is ENGLISH:
        return format_datetime(local, _ON_AXIS[unit][1], locale="en")
    return _ON_AXIS[unit][0].format(local)


def translated(message: str) -> Markup:
    """Return what the engine room says, which it says in Chinese, as HTML; what stays Chinese says so."""
    if language() is ENGLISH:
        known = in_english(message, catalogue())
        if known is not None:
            return Markup.escape(known)
        return Markup('<span lang="zh-CN">{}</span>').format(message)
    # Messages quote what was typed; without a bound on their number they would push the sentences out.
    text = to_traditional.__wrapped__(message) if language() is TRADITIONAL else message
    return Markup.escape(text)


def switches() -> list[tuple[Language, str]]:
    """Return each language, with the address that switches to it and comes back here."""
    root, query = request.script_root, request.query_string.decode("utf-8", "replace")
    here = root + quote(request.path, safe="/:@") + (f"?{query}" if query and len(query) <= _LONGEST else "")
    return [
        (one, f"{root}/language?{urlencode({'lang': tag, 'to': here})}") for tag, one in LANGUAGES.items()
    ]


@languages.get("/language")
def switch() -> AnyResponse:
    """Remember a language, and go back in it; only to a page of this site."""
    wanted = chosen()
    if wanted is None:
        raise UsageError(f"参数 lang：须为 {'、'.join(LANGUAGES)} 之一")
    answer = redirect(_back(request.args.get("to", ""), wanted), 303)
    answer.set_cookie(
        _COOKIE,
        wanted.tag,
        max_age=_YEAR,
        path=request.script_root or "/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _back(to: str, wanted: Language) -> str:
    """Return a path of this site in a language; whatever leads elsewhere leads to the first page."""
    try:
        parts = urlsplit(to)
    except ValueError:
        parts = urlsplit("/")
    home = f"{request.script_root}/"
    local = not parts.scheme and not parts.netloc and parts.path.startswith(home)
    # Browsers read a backslash as a slash, and two slashes as another site.
    path = parts.path if local and not parts.path.startswith("//") and "\\" not in to else home
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "lang"]
    return f"{path}?{urlencode([*(kept if path == parts.path else []), ('lang', wanted.tag)])}"


def _tell_caches(response: Response) -> Response:
    if "language" in g:
        response.vary.update(("Accept-Language", "Cookie"))
    return response
