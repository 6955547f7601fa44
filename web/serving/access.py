"""Access control: keys and rate limits, checked before every request of an application.

Both are off by default and configured by the environment (`XUNWEN_KEYS`, `XUNWEN_RATE_LIMIT`); a server that
other machines can reach has a rate limit by default.
"""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from flask import Flask, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, ServiceUnavailable, TooManyRequests, Unauthorized

from search.language.catalogue import translate
from search.language.message import Message
from search.language.terminal import terminal_language
from web.serving import keys
from web.serving.errors import answers_json
from web.serving.keys import Key, KeySource

if TYPE_CHECKING:
    from web.serving.limits import RateLimiter

__all__ = ["EXPENSIVE", "check_settings", "guard", "prepare_server"]

#: Endpoints without keys and rate limits: static files and the health check.
_OPEN: Final = frozenset({"static", "api.health"})
#: Rights of endpoints that do not need `read`.
_RIGHTS: Final = {"metrics": keys.METRICS}
#: Cost of a request in ordinary requests: exports and figures read every hit, the others as measured.
_EVERY_HIT: Final = 20
EXPENSIVE: Final = {
    "export.table": _EVERY_HIT,
    "export.lines": _EVERY_HIT,
    "figures.page": _EVERY_HIT,
    "figures.table": _EVERY_HIT,
    "figures.api": _EVERY_HIT,
    "api.similar": 5,
}
_EXPLAIN: Final = 20
#: The blank makes werkzeug quote it, as RFC 7235 requires of a realm (section 2.2).
_REALM: Final = "Xunwen search"

#: The environment variable that sets the limit of each client: `600/minute; 20/second`, or `off`.
_LIMIT: Final = "XUNWEN_RATE_LIMIT"
_OFF: Final = "off"
#: The limit of a server that other machines can reach.
_DEFAULT_LIMIT: Final = "600/minute"
_EXPOSED: Final = Message(
    "注意：没有设密钥，凡能连到这个端口的人都能读全部条目、导出和 /metrics；"
    "若不该如此，请设 {variable}（先运行 xunwen key 名称），或用 --host 127.0.0.1",
    variable=keys.VARIABLE,
)

#: The limiter that the processes of a server inherit; without it, an application makes its own.
_shared_limiter: RateLimiter | None = None
#: Whether this process belongs to a server, which has checked the settings.
_running = False


def check_settings() -> None:
    """Read keys and rate limit from the environment; raises UsageError."""
    keys.configured_keys()
    _configured_limiter()


def prepare_server(address: str) -> None:
    """Make the shared limiter of a server before its processes are forked.

    If `address` can be reached from other machines, the default rate limit applies, and a server without keys
    prints a warning.
    """
    global _shared_limiter, _running
    if not ip_address(address.partition("%")[0]).is_loopback:
        os.environ.setdefault(_LIMIT, _DEFAULT_LIMIT)
        if keys.VARIABLE not in os.environ:
            print(translate(_EXPOSED, terminal_language()), file=sys.stderr, flush=True)
    _shared_limiter = _configured_limiter()
    _running = True


def _configured_limiter() -> RateLimiter | None:
    """Return the limiter that the environment configures, or None; raises UsageError."""
    text = os.environ.get(_LIMIT, _OFF)
    if text.strip().lower() == _OFF:
        return None
    # Imported only for a limit: the library takes a tenth of a second to load.
    from web.serving.limits import RateLimiter

    return RateLimiter(text)


def guard(app: Flask) -> None:
    """Check keys and rate limits, if configured, before each request of an application."""
    source = keys.configured_keys(running=_running)
    limiter = _shared_limiter or _configured_limiter()

    @app.before_request
    def check() -> None:
        if request.endpoint in _OPEN:
            return
        g.key = _presented_key(source) if source else None
        # Before the key is checked, so that guesses are limited as well.
        if limiter and (seconds := limiter.wait_seconds(_client(g.key), _cost())):
            raise TooManyRequests(retry_after=seconds)
        if source:
            _check_right(g.key)


def _presented_key(source: KeySource) -> Key | None:
    """Return the key that the request presents: as a Bearer token, or as the password of Basic."""
    current = source.current()
    if current is None:
        raise ServiceUnavailable
    try:
        credentials = request.authorization
    except ValueError:  # invalid base64
        return None
    if credentials is None or credentials.type not in ("basic", "bearer"):
        return None
    secret = credentials.token if credentials.type == "bearer" else credentials.password
    return keys.find_key(current, secret or "")


def _check_right(key: Key | None) -> None:
    """Raise Unauthorized without a valid key, Forbidden if its rights do not suffice."""
    if key is None:
        raise Unauthorized(www_authenticate=_challenge())
    if _RIGHTS.get(request.endpoint or "", keys.READ) not in key.rights:
        raise Forbidden


def _challenge() -> WWWAuthenticate:
    """Return the challenge: Bearer for JSON; Basic, for which browsers open a dialog, for pages."""
    if answers_json():
        return WWWAuthenticate("bearer", {"realm": _REALM})
    return WWWAuthenticate("basic", {"realm": _REALM, "charset": "UTF-8"})


def _client(key: Key | None) -> str:
    """Return the client that a request is counted for."""
    from web.serving.limits import client_network

    return f"key {key.name}" if key else f"address {client_network(request.remote_addr)}"


def _cost() -> int:
    """Return the cost of the request, in ordinary requests."""
    explain = request.endpoint == "api.search" and request.args.get("explain", "0").strip() not in ("", "0")
    return _EXPLAIN if explain else EXPENSIVE.get(request.endpoint or "", 1)
