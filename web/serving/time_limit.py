"""The time that an answer may take: each request runs under a deadline, and what misses it is answered 503.

The deadline covers everything up to the answer's first byte. The body of an export is produced later, while
it is being read, and is bounded by the server (`web/serving/server.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Flask

from search.deadline import time_limit

__all__ = ["REQUEST_SECONDS", "limit_time"]

#: Seconds that an answer may take.
REQUEST_SECONDS: Final = 10.0
#: The key of the limit in the application's configuration.
_SETTING: Final = "XUNWEN_REQUEST_SECONDS"


def limit_time(app: Flask) -> None:
    """Answer every request of an application within its `XUNWEN_REQUEST_SECONDS`."""
    app.config.setdefault(_SETTING, REQUEST_SECONDS)
    answer: Callable[[dict[str, Any], Any], Iterable[bytes]] = app.wsgi_app

    def limited(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with time_limit(app.config[_SETTING]):
            return answer(environ, start_response)

    app.wsgi_app = limited  # type: ignore[method-assign]
