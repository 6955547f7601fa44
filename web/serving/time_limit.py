"""The time limit of requests: each runs under a deadline, and is answered 503 when it misses it.

The deadline covers everything up to the first byte of the answer. The body of an export is made while it is
read, and has a limit of its own (`web/api/export.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Flask

from search.deadline import time_limit

__all__ = ["REQUEST_SECONDS", "limit_time"]

#: Seconds until the first byte of an answer.
REQUEST_SECONDS: Final = 10.0
#: The key of the limit in the application's configuration.
_SETTING: Final = "XUNWEN_REQUEST_SECONDS"


def limit_time(app: Flask) -> None:
    """Limit every request of an application to its `XUNWEN_REQUEST_SECONDS`."""
    app.config.setdefault(_SETTING, REQUEST_SECONDS)
    answer: Callable[[dict[str, Any], Any], Iterable[bytes]] = app.wsgi_app

    def limited(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with time_limit(app.config[_SETTING]):
            return answer(environ, start_response)

    app.wsgi_app = limited  # type: ignore[method-assign]
