"""A worker process: gunicorn's master starts, reloads and replaces it, waitress handles its connections.

One thread reads and writes all connections; a request reaches one of the threads that compute only when it is
complete, and its answer is buffered until the client takes it. So slow clients hold memory, never a thread.
"""

from __future__ import annotations

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

from web.serving.security import HEADERS

__all__ = ["Connections", "WaitressWorker", "Watch"]

#: A WSGI application: an environment and a function that begins the answer, to the body.
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

#: Seconds between two signs of life, and between two looks at slow connections.
_BEAT_SECONDS: Final = 1.0
#: Seconds that a request's headers may take, and that a connection may do nothing.
HEADER_SECONDS: Final = 30
IDLE_SECONDS: Final = 60
#: Open connections per process; beyond it new ones wait in the kernel's queue.
MAX_CONNECTIONS: Final = 1000
#: Bytes of a request before its body: a query of 100,000 characters fits, and is refused in a sentence.
MAX_HEADER_BYTES: Final = 1024 * 1024
#: Bytes of a request's body, which no address here reads.
MAX_BODY_BYTES: Final = 64 * 1024
#: Bytes of an answer that are buffered for a client before the export behind it pauses.
MAX_UNSENT_BYTES: Final = 1024 * 1024
#: Seconds before a connection is accepted, for each one that is open, and at most. Of 16 clients that connect
#: at once to two processes the busier one gets 9.0, without it 10.8 and in one burst of four all (12 bursts).
HESITATION_SECONDS: Final = 0.00025
MAX_HESITATION_SECONDS: Final = 0.002
#: Seconds that a stopping process keeps idle connections, for a request that is already on its way.
LINGER_SECONDS: Final = 2.0
#: Seconds that a stopping process waits for answers; less than its master waits for the process.
DRAIN_SECONDS: Final = 8.0

_REFUSALS: Final = {
    400: ("bad_request", "请求无法理解；请检查地址"),
    413: ("too_large", "请求太大；请缩短后再试"),
    431: ("too_large", "请求头太大；请缩短后再试"),
    500: ("internal_error", "服务器出错了，错误已记入日志；请稍后再试"),
}


class _Task(WSGITask):  # type: ignore[misc]
    """A request; in a process that stops, its answer tells the client to connect anew."""

    def service(self) -> None:
        if not self.channel.server.accepting:
            self.request.headers["CONNECTION"] = "close"
        super().service()


class _Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to what is no HTTP request: a sentence, with the headers of every other answer."""

    def execute(self) -> None:
        error = self.request.error
        # 501 says that a transfer coding is unknown, which is the client's fault.
        status = error.code if error.code in _REFUSALS else 400
        code, sentence = _REFUSALS[status]
        body = json.dumps({"error": {"code": code, "message": sentence}}, ensure_ascii=False).encode()
        self.status = f"{status} {error.reason if status == error.code else 'Bad Request'}"
        self.response_headers += [("Content-Type", "application/json"), ("Cache-Control", "no-cache")]
        self.response_headers += HEADERS.items()
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    task_class = _Task
    error_task_class = _Refusal


class Connections:
    """The connections of one process, on all its listening sockets; the first one serves queries."""

    def __init__(self, app: Application, listeners: Sequence[socket], threads: int) -> None:
        self._map: dict[int, Any] = {}
        self._servers = [
            self._server(app, listener, 1 if number else threads) for number, listener in enumerate(listeners)
        ]
        self._began: dict[Any, float] = {}
        self._swept = 0.0

    def _server(self, app: Application, listener: socket, threads: int) -> Any:
        server = create_server(
            app,
            map=self._map,
            sockets=[listener],
            threads=threads,
            asyncore_use_poll=True,
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
        # Called when a connection waits, which any of the processes may take.
        accept = server.handle_accept
        server.handle_accept = lambda: self._hesitate(server) or accept()
        return server

    @staticmethod
    def _hesitate(server: Any) -> None:
        """Leave a connection for a moment to a process that has fewer."""
        if count := len(server.active_channels):
            time.sleep(min(count * HESITATION_SECONDS, MAX_HESITATION_SECONDS))

    def poll(self, seconds: float) -> None:
        """Read and write what is ready, or wait so long for something to be."""
        wasyncore.loop(seconds, True, self._map, 1)
        now = time.monotonic()
        if now - self._swept >= _BEAT_SECONDS:
            self._swept = now
            self._close_trickling(now)

    def _close_trickling(self, now: float) -> None:
        """Close connections whose request has been incomplete for too long; idle ones waitress closes."""
        partial = [channel for channel in self._channels() if channel.request is not None]
        self._began = {channel: self._began.get(channel, now) for channel in partial}
        for channel, began in self._began.items():
            channel.will_close |= now - began > HEADER_SECONDS

    def _channels(self) -> list[Any]:
        return [channel for server in self._servers for channel in server.active_channels.values()]

    def wake(self) -> None:
        """End a `poll` that waits; may be called by a signal handler."""
        self._servers[0].pull_trigger()

    def stop_accepting(self) -> None:
        """Close the listening sockets, after the connections that already wait were taken.

        The system refuses new connections when no process listens any more.
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
    """Wraps an application, and tells how long the slowest of its running requests has been computing."""

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


class WaitressWorker(Worker):  # type: ignore[misc]
    """A process that serves connections until its master stops it, or is gone."""

    #: Seconds after which a request that ignores its deadline is stuck, and the process is replaced.
    stuck_seconds = 60.0
    _connections: Connections | None = None

    def run(self) -> None:
        """Serve, then finish what was begun."""
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
        """Stop, after what was begun (SIGTERM)."""
        super().handle_exit(sig, frame)
        if self._connections is not None:
            self._connections.wake()
