"""Run the application with several processes, by a server made for that.

The socket is bound before anything else, so that a taken port is told in one sentence, and handed to the
server as it is. Each process makes its own application, and finds a new index by itself.
"""

from __future__ import annotations

import errno
import gc
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from search import Home
from search.errors import UsageError
from web.access import check_settings, prepare_server

__all__ = ["one_at_a_time", "serve"]

#: A WSGI application: an environment and a function that begins the answer, to the body.
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

#: Threads in each process: enough that a slow reader does not hold up the others.
THREADS = 4
#: When the collector looks for cycles of garbage, as `gc.set_threshold` takes it.
GARBAGE = 20_000, 50, 100
#: How long a thread waits until the one that is computing has done, in seconds; then both go on.
PATIENCE = 0.5
#: How long a worker leaves a new connection to the others, for each one that it has, and at most.
HESITATION, MOST_HESITATION = 0.00025, 0.002
#: A request line must hold a query of 100,000 characters, so that it can be refused in a sentence.
LONGEST_LINE = 1024 * 1024


def serve(home: Home | str | Path, host: str = "127.0.0.1", port: int = 8000, workers: int = 2) -> None:
    """Serve a home until stopped; port 0 takes any free one. Raises UsageError when it cannot begin."""
    if sys.platform == "win32":
        raise UsageError("xunwen serve 不支持 Windows；请在 WSL 或 Linux、macOS 上运行")
    if not 0 <= port <= 65535:
        raise UsageError(f"端口 {port} 不存在；请用 --port 给出 0 到 65535 之间的数")
    if workers < 1:
        raise UsageError("--workers 至少为 1")
    check_settings()
    listener = _bind(host, port)
    prepare_server(listener.getsockname()[0])
    _run(home if isinstance(home, Home) else Home(home), listener, workers)


def _bind(host: str, port: int) -> socket.socket:
    """Bind the first address of `host`; raises UsageError with the next step."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise UsageError(f"不认识主机「{host}」；请用 --host 给出本机的地址，如 127.0.0.1") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        # Listening finds out what binding alone may not: that another server has the port.
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(_refusal(error, host, port)) from None
    return listener


def _refusal(error: OSError, host: str, port: int) -> str:
    if isinstance(error, PermissionError):
        return f"没有权限使用端口 {port}；请用 --port 换一个大于 1023 的端口"
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用；请用 --port 换一个，或先停止占用它的程序"
    return f"无法在 {host}:{port} 上提供服务（{error.strerror}）；请检查 --host 和 --port"


def _run(home: Home, listener: socket.socket, workers: int) -> None:
    # Only here, because the server cannot even be imported where there is no fork().
    from gunicorn.app.base import BaseApplication
    from gunicorn.http import message
    from gunicorn.workers.gthread import ThreadWorker

    class Worker(ThreadWorker):  # type: ignore[misc]
        def accept(self, listener: socket.socket) -> None:
            """Accept a connection, unless a worker that has fewer is quicker: so all get their share."""
            if self.nr_conns and workers > 1:
                time.sleep(min(self.nr_conns * HESITATION, MOST_HESITATION))
            super().accept(listener)

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _settings(listener, workers, Worker).items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> object:
            from web import create_app

            # The server knows "no bound" and at most 8190 bytes; this is the bound between.
            message.MAX_REQUEST_LINE = LONGEST_LINE + 1
            app = create_app(home)
            # What is there by now stays, and a request makes more objects than the collector expects.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GARBAGE)
            return one_at_a_time(app)

    Server().run()


def one_at_a_time(app: Application) -> Application:
    """Let one thread compute while the others read and write; answers are whole before they are sent.

    Threads that compute at the same time share one core anyway, and get in each other's way.
    """
    turn = threading.Lock()

    def gated(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        mine = turn.acquire(timeout=PATIENCE)
        try:
            return app(environ, start_response)
        finally:
            if mine:
                turn.release()

    return gated


def _settings(listener: socket.socket, workers: int, worker: type) -> dict[str, Any]:
    host, port = listener.getsockname()[:2]
    place = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    counts = tempfile.mkdtemp(prefix="xunwen-metrics-")
    # Read by `web.metrics` in each process.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts

    def clear(_: object) -> None:
        shutil.rmtree(counts, ignore_errors=True)

    def announce(_: object) -> None:
        print(f"寻闻在 {place} 提供服务（{workers} 个进程），按 Ctrl-C 停止", file=sys.stderr, flush=True)

    return {
        # The server takes the descriptor over and closes it.
        "bind": f"fd://{listener.detach()}",
        "workers": workers,
        "worker_class": worker,
        "threads": THREADS,
        "preload_app": False,
        "graceful_timeout": 10,
        "limit_request_line": LONGEST_LINE,
        "errorlog": "-",
        "loglevel": "warning",
        "when_ready": announce,
        # Called in the parent alone, when all others have ended.
        "on_exit": clear,
        "proc_name": "xunwen",
        # Newer servers open a socket for remote control, which nothing here uses.
        "control_socket_disable": True,
    }
