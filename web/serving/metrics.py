"""Metrics: how much is asked, how it is answered and how long it takes, in Prometheus' text format.

Where several processes serve (`PROMETHEUS_MULTIPROC_DIR` names a folder, as `xunwen serve` sees to), each
writes its counts into that folder, and whichever is asked adds up all of them. Without it, a process tells
its own counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import perf_counter

from flask import Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from search.errors import IndexProblem
from web.request.searching import searcher

__all__ = ["FOLDER", "PORT", "measure"]

#: The variable that names the folder which the processes share.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: The setting that names the port to which counts are confined; without it they are served on every port.
PORT = "XUNWEN_METRICS_PORT"
#: What a port for counts serves.
_MONITORING = ("metrics", "api.health")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def measure(app: Flask) -> None:
    """Count and time every request of an application, and tell it at /metrics."""
    own = CollectorRegistry()
    requests = Counter("xunwen_requests", "Requests answered.", ("endpoint", "status"), registry=own)
    seconds = Histogram(
        "xunwen_request_seconds", "Time to the answer.", ("endpoint",), registry=own, buckets=_SECONDS
    )

    @app.before_request
    def begin() -> None:
        g.began = perf_counter()
        _keep_apart(current_app.config.get(PORT))

    @app.after_request
    def end(response: Response) -> Response:
        # The names of endpoints are few; addresses that nobody serves are counted as one.
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, response.status_code).inc()
        seconds.labels(endpoint).observe(perf_counter() - g.began)
        return response

    @app.get("/metrics", endpoint="metrics")
    def tell() -> Response:
        return Response(generate_latest(_told(own)), content_type=CONTENT_TYPE_LATEST)


def _keep_apart(port: int | None) -> None:
    """Answer 404 to queries on the port for counts, and to questions for counts on the other."""
    if port is None:
        return
    if request.environ["SERVER_PORT"] == str(port):
        if request.endpoint not in _MONITORING:
            abort(404)
    elif request.endpoint == "metrics":
        abort(404)


def _told(own: CollectorRegistry) -> CollectorRegistry:
    """Return what is told now: the counts of one process or of all, and the index as it is."""
    told = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(told)  # type: ignore[no-untyped-call]
    else:
        told.register(own)
    told.register(_Index())
    return told


class _Index(Collector):
    """What is indexed, looked up when asked; where nothing can be answered from, `up` is 0 and alone."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            state = searcher().status().state
        except IndexProblem:
            yield GaugeMetricFamily("xunwen_index_up", "Whether there is an index to answer from.", 0)
            return
        yield GaugeMetricFamily("xunwen_index_up", "Whether there is an index to answer from.", 1)
        yield GaugeMetricFamily("xunwen_index_entries", "Entries in the index.", state.entries)
        yield GaugeMetricFamily("xunwen_index_generation", "The published generation.", state.generation)
        yield GaugeMetricFamily("xunwen_index_stale", "Entries that a reindex would renew.", state.stale)
        yield GaugeMetricFamily("xunwen_index_bytes", "Size of the index on disk.", state.bytes)
