"""Runs an application with several processes: gunicorn's master, and the workers of `web.serving.worker`.

The sockets are bound first, so that a taken port is refused with a sentence, and passed to the master. The
master loads the tables that all processes need and share. Each process makes its own application, which
notices a new generation by itself, and shows one page to itself before it answers others.
"""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from flask import Flask

from search import Home, Searcher
from search.errors import IndexProblem, UsageError
from search.language.message import Message, reason_of
from search.language.terminal import say
from search.searcher.searcher import LoadedTables
from web.serving.access import check_settings, prepare_server
from web.serving.time_limit import REQUEST_SECONDS

__all__ = ["run"]

#: Threads that compute answers, in each process; another thread handles the connections.
THREADS: Final = 8
#: Multiple of the time limit after which a request is stuck, and its process is replaced.
STUCK_FACTOR: Final = 3
#: Seconds without a heartbeat after which the master kills a process: code that never releases the GIL.
LIFELESS_SECONDS: Final = 30
#: Seconds that the master waits for its processes before it kills them.
STOP_SECONDS: Final = 10
#: Characters of the query of a first page.
_WARMING_CHARACTERS: Final = 8
#: Milliseconds without progress of a client after which the system closes its connection (Linux).
STALL_MILLISECONDS: Final = 30_000


def run(
    make_app: Callable[[Home], Flask],
    home: Home | str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 2,
    *,
    metrics_port: int | None = None,
    metrics_host: str = "127.0.0.1",
    timeout: float = REQUEST_SECONDS,
) -> None:
    """Serve a home until stopped, with an application that each process makes.

    Port 0 takes any free one. With `metrics_port`, metrics are served there and not on `port`. `timeout` is
    the limit of an answer in seconds.

    Raises:
        UsageError: The server cannot start; the message names the option to change.
    """
    if sys.platform == "win32":
        raise UsageError("xunwen serve 不支持 Windows；请在 WSL 或 Linux、macOS 上运行")
    for given in (port, metrics_port or 0):
        if not 0 <= given <= 65535:
            raise UsageError("端口 {number} 不存在；请用 --port 给出 0 到 65535 之间的数", number=given)
    if workers < 1:
        raise UsageError("--workers 至少为 1")
    if not timeout > 0:
        raise UsageError("--timeout 必须大于 0；请给出秒数，如 10")
    check_settings()
    listeners = [_bind(host, port)]
    if metrics_port is not None:
        listeners.append(_bind(metrics_host, metrics_port))
    prepare_server(listeners[0].getsockname()[0])
    served = home if isinstance(home, Home) else Home(home)
    tables = _load_tables(served)
    _run_master(lambda: _warmed(make_app(served), tables), listeners, workers, timeout)


def _load_tables(home: Home) -> LoadedTables | None:
    """Load the tables of a local index, None without one; the memory is shared with all processes."""
    if not isinstance(home.engine_location, Path):
        return None  # The processes must not share connections to a cluster.
    with suppress(IndexProblem):
        tables = Searcher(home).load_tables()
        gc.collect()
        # A collection would write to all objects, and the system would then copy them for each process.
        gc.freeze()
        return tables
    return None


def _warmed(app: Flask, tables: LoadedTables | None) -> Flask:
    """Return the application after pages of its own, which read columns and compile templates."""
    searcher: Searcher = app.extensions["xunwen"]
    if tables is not None:
        searcher.use_tables(tables)
    # An error is reported to the client that requests a page.
    with suppress(Exception):
        newest = searcher.search("", limit=1, sort="newest").hits
        known = "".join(hit.headline[:_WARMING_CHARACTERS] for hit in newest)
        # Backwards it has no match, so that corrections are sought.
        for query in ("", known, known[::-1]):
            with app.test_request_context("/", query_string={"q": query}):
                app.view_functions["pages.search"]()
    return app


def _bind(host: str, port: int) -> socket.socket:
    """Listen on the first address of `host`; raises UsageError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise UsageError(
            "不认识主机「{host}」；请用 --host 给出本机的地址，如 127.0.0.1", host=host
        ) from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted connections inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALL_MILLISECONDS)
    try:
        listener.bind(address)
        # bind() alone may succeed on a port that another server listens on.
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(_refusal(error, host, port)) from None
    return listener


def _refusal(error: OSError, host: str, port: int) -> Message:
    if isinstance(error, PermissionError):
        return Message("没有权限使用端口 {port}；请用 --port 换一个大于 1023 的端口", port=port)
    if error.errno == errno.EADDRINUSE:
        return Message("端口 {port} 已被占用；请用 --port 换一个，或先停止占用它的程序", port=port)
    return Message(
        "无法在 {host}:{port} 上提供服务（{reason}）；请检查 --host 和 --port",
        host=host,
        port=port,
        reason=reason_of(error),
    )


def _run_master(
    make_app: Callable[[], Flask], listeners: list[socket.socket], workers: int, timeout: float
) -> None:
    # Imported here, as gunicorn cannot be imported on systems without fork().
    from gunicorn.app.base import BaseApplication

    from web.serving.shared_counts import shared_folder
    from web.serving.worker import WaitressWorker

    class Process(WaitressWorker):
        stuck_seconds = STUCK_FACTOR * timeout

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> object:
            app = make_app()
            app.config["XUNWEN_REQUEST_SECONDS"] = timeout
            app.config["XUNWEN_METRICS_PORT"] = metrics_port
            return app

    metrics_port = listeners[1].getsockname()[1] if len(listeners) > 1 else None
    with shared_folder() as folder:
        # Read by `web.serving.metrics` in each process.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        # Made once, as a reload loads the same settings again.
        settings = {**_settings(listeners, workers), "worker_class": Process}
        Server().run()


def _settings(listeners: list[socket.socket], workers: int) -> dict[str, Any]:
    urls = [_url(listener) for listener in listeners]

    def announce(_: object) -> None:
        sentence = "寻闻在 {address} 提供服务（{workers} 个进程），按 Ctrl-C 停止"
        print(say(sentence, address=urls[0], workers=workers), file=sys.stderr, flush=True)
        for url in urls[1:]:
            print(say("指标在 {place}metrics", place=url), file=sys.stderr, flush=True)

    return {
        # The master owns the descriptors from here on.
        "bind": [f"fd://{listener.detach()}" for listener in listeners],
        "workers": workers,
        "threads": THREADS,
        "timeout": LIFELESS_SECONDS,
        "graceful_timeout": STOP_SECONDS,
        "errorlog": "-",
        "loglevel": "warning",
        "when_ready": announce,
        "proc_name": "xunwen",
        # Newer versions open a control socket, which is not used here.
        "control_socket_disable": True,
    }


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
