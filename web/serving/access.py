"""Who may ask, and how often: keys and rate limits before every request of an application.

Both are off unless the environment turns them on (`XUNWEN_KEYS`, `XUNWEN_RATE_LIMIT`); only a server that
other machines can reach has a rate limit of its own accord.
"""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from flask import Flask, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, ServiceUnavailable, TooManyRequests, Unauthorized

from web.serving import keys
from web.serving.errors import answers_json
from web.serving.keys import Key, KeySource

if TYPE_CHECKING:
    from web.serving.limits import RateLimiter

__all__ = ["EXPENSIVE", "check_settings", "guard", "prepare_server"]

#: Endpoints that need no key and are not counted: files of the page, and the health check.
_OPEN: Final = frozenset({"static", "api.health"})
#: Endpoints that need another right than `read`.
_RIGHTS: Final = {"metrics": keys.METRICS}
#: What a request costs, in ordinary ones: exports and figures read every hit, the others as measured.
_WHOLE_ANSWER: Final = 20
EXPENSIVE: Final = {
    "export.table": _WHOLE_ANSWER,
    "export.lines": _WHOLE_ANSWER,
    "figures.page": _WHOLE_ANSWER,
    "figures.table": _WHOLE_ANSWER,
    "figures.api": _WHOLE_ANSWER,
    "api.similar": 5,
}
_EXPLAIN: Final = 20
#: With a blank, so that it is quoted, as the standard demands of a realm (RFC 7235, 2.2).
_REALM: Final = "Xunwen search"

#: The environment variable that sets the limit of each client: `600/minute; 20/second`, or `off`.
_LIMIT: Final = "XUNWEN_RATE_LIMIT"
_OFF: Final = "off"
#: The limit where the server is reached from other machines: ten requests a second over a minute.
_DEFAULT_LIMIT: Final = "600/minute"
_EXPOSED: Final = (
    "注意：没有设密钥，凡能连到这个端口的人都能读全部条目、导出和 /metrics；"
    f"若不该如此，请设 {keys.VARIABLE}（先运行 xunwen key 名称），或用 --host 127.0.0.1"
)

#: The limiter of a server, whose processes inherit it; an application without one makes its own.
_shared_limiter: RateLimiter | None = None
#: Whether this process is of a server whose settings were checked when it started.
_running = False


def check_settings() -> None:
    """Read what the environment configures, before anything is started; raises UsageError."""
    keys.configured_keys()
    _configured_limiter()


def prepare_server(address: str) -> None:
    """Set up what the processes of a server share, before they are forked.

    `address` is the one that it is bound to: where other machines reach it, the default rate limit applies,
    and a server without keys says on stderr what that means.
    """
    global _shared_limiter, _running
    if not ip_address(address.partition("%")[0]).is_loopback:
        os.environ.setdefault(_LIMIT, _DEFAULT_LIMIT)
        if keys.VARIABLE not in os.environ:
            print(_EXPOSED, file=sys.stderr, flush=True)
    _shared_limiter = _configured_limiter()
    _running = True


def _configured_limiter() -> RateLimiter | None:
    """Return a limiter as the environment sets it, None without a limit; raises UsageError."""
    text = os.environ.get(_LIMIT, _OFF)
    if text.strip().lower() == _OFF:
        return None
    # Only where there is a limit: the library takes a tenth of a second to load.
    from web.serving.limits import RateLimiter

    return RateLimiter(text)


def guard(app: Flask) -> None:
    """Put keys and rate limits, where they are configured, before the requests of an application."""
    source = keys.configured_keys(running=_running)
    limiter = _shared_limiter or _configured_limiter()

    @app.before_request
    def build() -> None:
        if request.endpoint in _OPEN:
            return
        g.key = _presented_key(source) if source else None
        # First, so that guessing keys is limited as well.
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
    except ValueError:  # bytes that are no base64
        return None
    if credentials is None or credentials.type not in ("basic", "bearer"):
        return None
    secret = credentials.token if credentials.type == "bearer" else credentials.password
    return keys.find_key(current, secret or "")


def _check_right(key: Key | None) -> None:
    """Raise Unauthorized for a request without a known key, Forbidden where its rights do not suffice."""
    if key is None:
        raise Unauthorized(www_authenticate=_challenge())
    if _RIGHTS.get(request.endpoint or "", keys.READ) not in key.rights:
        raise Forbidden


def _challenge() -> WWWAuthenticate:
    """Name the scheme to use: Bearer for programs; Basic, for which browsers open a dialog, for pages."""
    if answers_json():
        return WWWAuthenticate("bearer", {"realm": _REALM})
    return WWWAuthenticate("basic", {"realm": _REALM, "charset": "UTF-8"})


def _client(key: Key | None) -> str:
    """Return whose requests are counted together."""
    from web.serving.limits import client_network

    return f"key {key.name}" if key else f"address {client_network(request.remote_addr)}"


def _cost() -> int:
    """Return what the request costs, in ordinary ones."""
    explained = request.endpoint == "api.search" and request.args.get("explain", "0").strip() not in ("", "0")
    return _EXPLAIN if explained else EXPENSIVE.get(request.endpoint or "", 1)
