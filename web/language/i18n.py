"""The languages of the pages: simplified Chinese, traditional Chinese, and English.

A text is named by its simplified Chinese. English comes from catalogues: that of the pages, and that of the
messages in `search.language`. Traditional Chinese is converted from simplified. The language of a request is
that of `lang` in the address, else of the cookie that the switch sets, else of `Accept-Language`, else
simplified Chinese; the response then has `Vary`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from babel.dates import format_date, format_datetime
from flask import Blueprint, Flask, Response, g, has_request_context, redirect, request
from markupsafe import Markup
from werkzeug import Response as AnyResponse

from search.analysis.script import is_traditional, to_traditional
from search.errors import UsageError
from search.language import catalogue as catalogues
from search.language.message import Message

__all__ = [
    "LANGUAGES",
    "Language",
    "api_language",
    "axis_time",
    "chosen",
    "day_text",
    "gettext",
    "lang_attr_in",
    "language",
    "sentence_in",
    "short_date",
    "translate",
    "translated",
    "translated_html",
]


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages: its tag (BCP 47) in address, cookie and HTML, and its name in itself."""

    tag: str
    name: str


SIMPLIFIED: Final = Language("zh-CN", "简体中文")
TRADITIONAL: Final = Language("zh-TW", "繁體中文")
ENGLISH: Final = Language("en", "English")
LANGUAGES: Final = {one.tag: one for one in (SIMPLIFIED, TRADITIONAL, ENGLISH)}

#: The `lang` attribute of a text, by the language of the page and whether the text is traditional.
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
#: Patterns of a day: with its weekday in Chinese and in English; in Chinese with and without its year.
_DATE: Final = ("y年M月d日 EEEE", "EEEE d MMMM y", "y年M月d日", "M月d日")
_COOKIE: Final = "lang"
_YEAR: Final = 365 * 24 * 3600
#: Characters of the longest query string that the switch keeps; the address contains it twice.
_LONGEST: Final = 3000
_PAGES: Final = Path(__file__).parents[1] / "translations" / "en" / "LC_MESSAGES" / "messages.po"
#: The language of messages for each language of the page.
_MESSAGES_IN: Final = {
    SIMPLIFIED: catalogues.CHINESE,
    TRADITIONAL: catalogues.CHINESE,
    ENGLISH: catalogues.ENGLISH,
}

languages: Final = Blueprint("languages", __name__)


def translate(app: Flask) -> None:
    """Set up languages for an application: in templates, the switch, and the `Vary` header."""
    catalogue()
    app.jinja_env.globals.update(chosen_language=chosen, switches=switches, translated=translated)
    app.register_blueprint(languages)
    app.after_request(_tell_caches)


def language() -> Language:
    """Return the language of the request; simplified Chinese outside of one."""
    try:
        spoken: Language = g.language
    except AttributeError:
        spoken = g.language = _requested() if has_request_context() else SIMPLIFIED
    except RuntimeError:  # no application at all
        spoken = SIMPLIFIED
    return spoken


def _requested() -> Language:
    return chosen() or LANGUAGES.get(request.cookies.get(_COOKIE, "")) or _accepted()


def chosen() -> Language | None:
    """Return the language of `lang` in the address, which links within the site keep."""
    return LANGUAGES.get(request.args.get("lang", ""))


def _accepted() -> Language:
    """Return the first language of `Accept-Language` that the pages have."""
    for tag, quality in request.accept_languages:
        first, *rest = tag.lower().replace("_", "-").split("-")
        if first == "en" and quality:
            return ENGLISH
        if first == "zh" and quality:
            taiwan = not {"tw", "hk", "mo", "hant"}.isdisjoint(rest) and "hans" not in rest
            return TRADITIONAL if taiwan else SIMPLIFIED
    return SIMPLIFIED


def gettext(sentence: str) -> str:
    """Return a text of the pages in the language of the request; Chinese without a translation."""
    return sentence_in(language(), sentence)


def sentence_in(spoken: Language, sentence: str) -> str:
    """Return a text of the pages in a language; Chinese without a translation."""
    if spoken is ENGLISH:
        return catalogue().get(sentence, sentence)
    return to_traditional(sentence) if spoken is TRADITIONAL else sentence


def lang_attr_in(spoken: Language) -> Callable[[str], Markup]:
    """Return a function that gives the `lang` attribute of a text of an entry, "" for that of the page."""
    simplified, traditional = _LANG_ATTRS[spoken, False], _LANG_ATTRS[spoken, True]
    return lambda text: traditional if is_traditional(text) else simplified


def catalogue() -> dict[str, str]:
    """Return the English of the texts of the pages."""
    return catalogues.read_catalogue(_PAGES)


def date_time(local: datetime, unit: str = "minute") -> str:
    """Format a time for English pages, to the minute, hour, day, month or year.

    >>> date_time(datetime(2022, 1, 5, 23, 39)), date_time(datetime(2022, 1, 5, 23), "hour")
    ('5 January 2022, 23:39', '5 January 2022, 23:00')
    """
    return format_datetime(local, _PATTERNS[unit], locale="en")


def day_text(day: date) -> str:
    """Format a day with its weekday, in the language of the page.

    >>> day_text(date(2022, 1, 5))
    '2022年1月5日 星期三'
    """
    if language() is ENGLISH:
        return format_date(day, _DATE[1], locale="en")
    return format_date(day, _DATE[0], locale="zh")


def short_date(local: datetime) -> str:
    """Format a day briefly, without the year if that is the present one.

    >>> short_date(datetime(2022, 1, 5, 23))
    '2022年1月5日'
    """
    now = datetime.now(local.tzinfo).year == local.year
    if language() is ENGLISH:
        return format_date(local, "d MMM" if now else "d MMM y", locale="en")
    return format_date(local, _DATE[3 if now else 2], locale="zh")


def axis_time(local: datetime, unit: str) -> str:
    """Format a time for an axis, to the minute, day or month.

    >>> axis_time(datetime(2022, 1, 5, 23, 39), "minute"), axis_time(datetime(2022, 1, 5), "month")
    ('5日 23:39', '2022年1月')
    """
    if language() is ENGLISH:
        return format_datetime(local, _ON_AXIS[unit][1], locale="en")
    return _ON_AXIS[unit][0].format(local)


def translated(message: str) -> str:
    """Return a message in the language of the page."""
    if language() is TRADITIONAL:
        # Without the cache of `to_traditional`: messages quote typed text, which differs each time.
        return to_traditional.__wrapped__(str(message))
    return catalogues.translate(message, _MESSAGES_IN[language()])


def translated_html(message: Message, **html: Markup) -> Markup:
    """Return a message as HTML; `html` are arguments that are HTML, the others are escaped."""
    args = {
        key: translated(value) if isinstance(value, str) else value for key, value in message.args.items()
    }
    return Markup(_template(message.template)).format(**{**args, **html})


def _template(template: str) -> str:
    if language() is ENGLISH:
        return catalogues.read_catalogue().get(template, template)
    return to_traditional(template) if language() is TRADITIONAL else template


def api_language() -> str:
    """Return the language of the messages in JSON: Chinese unless `lang` in the address says English."""
    return _MESSAGES_IN[chosen() or SIMPLIFIED]


def switches() -> list[tuple[Language, str]]:
    """Return each language with the address that switches to it and redirects to this page."""
    root, query = request.script_root, request.query_string.decode("utf-8", "replace")
    here = root + quote(request.path, safe="/:@") + (f"?{query}" if query and len(query) <= _LONGEST else "")
    return [
        (one, f"{root}/language?{urlencode({'lang': tag, 'to': here})}") for tag, one in LANGUAGES.items()
    ]


@languages.get("/language")
def switch() -> AnyResponse:
    """Set the cookie of a language, and redirect to a page of this site in it."""
    wanted = chosen()
    if wanted is None:
        raise UsageError("参数 lang：须为 {choices} 之一", choices=tuple(LANGUAGES))
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
    """Return a path of this site in a language; the first page for other addresses."""
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
