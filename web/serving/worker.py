"""A worker process: gunicorn's master starts, reloads and replaces it, waitress handles its connections.

One thread reads and writes all connections. A complete request is passed to a computing thread, and its
answer is buffered until the client has read it, so slow clients hold memory but no thread.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from socket import socket
from typing import Any, Final

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask, WSGITask

from search.language.catalogue import CHINESE, ENGLISH, translate
from search.language.message import Message
from web.serving.security import HEADERS

__all__ = ["Connections", "WaitressWorker", "Watch", "tune_garbage_collector"]

#: A WSGI application.
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

#: Seconds between two heartbeats, and between two checks for slow connections.
_BEAT_SECONDS: Final = 1.0
#: Limits of sending a request's headers, and of an idle connection, in seconds.
HEADER_SECONDS: Final = 30
IDLE_SECONDS: Final = 60
#: Open connections per process; further ones wait in the kernel's queue.
MAX_CONNECTIONS: Final = 1000
#: Bytes of a request before its body: a query of 100,000 characters fits, and is refused with a sentence.
MAX_HEADER_BYTES: Final = 1024 * 1024
#: Bytes of a request's body, which no address reads.
MAX_BODY_BYTES: Final = 64 * 1024
#: Bytes of an answer that are buffered for a client before the export behind it pauses.
MAX_UNSENT_BYTES: Final = 1024 * 1024
#: Delay of accepting a connection, for each open one, and its maximum, in seconds. Of 16 clients that connect
#: at once to two processes the busier one gets 9.0; without the delay 10.8, and all of one burst in four (12
#: bursts).
ACCEPT_DELAY_SECONDS: Final = 0.00025
MAX_ACCEPT_DELAY_SECONDS: Final = 0.002
#: Seconds that a stopping process keeps idle connections, as a request may be in transit.
LINGER_SECONDS: Final = 2.0
#: Seconds that a stopping process waits for running requests; less than its master waits for the process.
DRAIN_SECONDS: Final = 8.0

#: Thresholds of the three generations of the garbage collector: a request allocates thousands of objects.
GC_THRESHOLDS: Final = (20_000, 50, 100)

_REFUSALS: Final = {
    400: ("bad_request", Message("请求无法理解；请检查地址")),
    413: ("too_large", Message("请求太大；请缩短后再试")),
    431: ("too_large", Message("请求头太大；请缩短后再试")),
    500: ("internal_error", Message("服务器出错了，错误已记入日志；请稍后再试")),
}


class _Task(WSGITask):  # type: ignore[misc]
    """A request; while the process stops, its answer closes the connection."""

    def service(self) -> None:
        if not self.channel.server.accepting:
            self.request.headers["CONNECTION"] = "close"
        super().service()


class _Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to an invalid HTTP request: a sentence, with the headers of every answer."""

    def execute(self) -> None:
        error = self.request.error
        # waitress answers an unknown transfer coding with 501, which is an error of the client.
        status = error.code if error.code in _REFUSALS else 400
        code, sentence = _REFUSALS[status]
        error_object = {"code": code, "message": translate(sentence, self._language())}
        body = json.dumps({"error": error_object}, ensure_ascii=False).encode()
        self.status = f"{status} {error.reason if status == error.code else 'Bad Request'}"
        self.response_headers += [("Content-Type", "application/json"), ("Cache-Control", "no-cache")]
        self.response_headers += HEADERS.items()
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)

    def _language(self) -> str:
        """Return the language of the address, if that was read before the fault."""
        query = getattr(self.request, "query", None) or ""
        return ENGLISH if "lang=en" in query.split("&") else CHINESE


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    task_class = _Task
    error_task_class = _Refusal


class Connections:
    """The connections of one process on its listening sockets: the main port, and the port for metrics."""

    def __init__(self, app: Application, listeners: Sequence[socket], threads: int) -> None:
        self._map: dict[int, Any] = {}
        self._servers = [
            self._server(app, listener, 1 if index else threads) for index, listener in enumerate(listeners)
        ]
        self._began: dict[Any, float] = {}
        self._checked = 0.0

    def _server(self, app: Application, listener: socket, threads: int) -> Any:
        server = create_server(
            app,
            map=self._map,
            sockets=[listener],
            threads=threads,
            asyncore_use_poll=True,
            # The host of redirects where a request names none.
            server_name=str(listener.getsockname()[0]),
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=int(_BEAT_SECONDS),
            connection_limit=MAX_CONNECTIONS,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=MAX_BODY_BYTES,
            outbuf_high_watermark=MAX_UNSENT_BYTES,
            clear_untrusted_proxy_headers=False,
            log_socket_errors=False,
            ident="",
        )
        server.channel_class = _Channel
        # Called when a connection waits, which each process may accept.
        accept = server.handle_accept
        server.handle_accept = lambda: self._delay_accept(server) or accept()
        return server

    @staticmethod
    def _delay_accept(server: Any) -> None:
        """Wait, so that a process with fewer connections accepts first."""
        if count := len(server.active_channels):
            time.sleep(min(count * ACCEPT_DELAY_SECONDS, MAX_ACCEPT_DELAY_SECONDS))

    def poll(self, seconds: float) -> None:
        """Read and write ready connections; waits up to `seconds` for one."""
        wasyncore.loop(seconds, True, self._map, 1)
        now = time.monotonic()
        if now - self._checked >= _BEAT_SECONDS:
            self._checked = now
            self._close_trickling(now)

    def _close_trickling(self, now: float) -> None:
        """Close connections whose request stays incomplete for too long; waitress closes idle ones."""
        partial = [channel for channel in self._channels() if channel.request is not None]
        self._began = {channel: self._began.get(channel, now) for channel in partial}
        for channel, began in self._began.items():
            channel.will_close |= now - began > HEADER_SECONDS

    def _channels(self) -> list[Any]:
        return [channel for server in self._servers for channel in server.active_channels.values()]

    def wake(self) -> None:
        """End a waiting `poll`; may be called by a signal handler."""
        self._servers[0].pull_trigger()

    def stop_accepting(self) -> None:
        """Accept the connections that wait, then close the listening sockets.

        The system refuses new connections when no process listens.
        """
        for server in self._servers:
            for _ in range(MAX_CONNECTIONS):
                count = len(server.active_channels)
                server.handle_accept()
                if len(server.active_channels) == count:
                    break
            server.accepting = False
            server.del_channel()
            server.socket.close()

    @property
    def are_open(self) -> bool:
        """Whether there is any connection."""
        return any(self._channels())

    @property
    def are_busy(self) -> bool:
        """Whether an answer is being made or sent."""
        return any(channel.requests or channel.total_outbufs_len for channel in self._channels())

    def close(self) -> None:
        """Close all connections and end the threads that wait."""
        wasyncore.close_all(self._map, ignore_all=True)
        for server in self._servers:
            server.task_dispatcher.shutdown(timeout=1)


class Watch:
    """Wraps an application and measures its longest running request."""

    def __init__(self, app: Application, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._clock = app, clock
        self._began: dict[int, float] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        thread = threading.get_ident()
        self._began[thread] = self._clock()
        try:
            return self._app(environ, start_response)
        finally:
            del self._began[thread]

    @property
    def longest(self) -> float:
        """Seconds since the oldest running request began; 0 when none is running."""
        return self._clock() - min(list(self._began.values()), default=self._clock())


def tune_garbage_collector() -> None:
    """Exempt the loaded application from collections, and make them rarer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


class WaitressWorker(Worker):  # type: ignore[misc]
    """A process that serves connections until its master stops it or has ended."""

    #: Seconds after which a running request is stuck, and the process is replaced.
    stuck_seconds = 60.0
    _connections: Connections | None = None

    def run(self) -> None:
        """Serve, then finish running requests."""
        tune_garbage_collector()
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        watch = Watch(self.wsgi)
        listeners = [listener.sock for listener in self.sockets]
        connections = self._connections = Connections(watch, listeners, self.cfg.threads)
        while self.alive and self.ppid == os.getppid():
            self.notify()
            connections.poll(_BEAT_SECONDS)
            if watch.longest > self.stuck_seconds:
                self.log.error(
                    "a request did not end within %s seconds: replacing this process", watch.longest
                )
                break
        self._drain(connections)

    def _drain(self, connections: Connections) -> None:
        connections.stop_accepting()
        began = time.monotonic()
        while (seconds := time.monotonic() - began) < DRAIN_SECONDS:
            lingering = seconds < LINGER_SECONDS and connections.are_open
            if not lingering and not connections.are_busy:
                break
            self.notify()
            connections.poll(0.1)
        connections.close()

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop after running requests (SIGTERM)."""
        super().handle_exit(sig, frame)
        if self._connections is not None:
            self._connections.wake()
