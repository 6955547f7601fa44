"""Metrics in Prometheus' text format: requests by endpoint and status, their durations, and the index.

With `PROMETHEUS_MULTIPROC_DIR`, which `xunwen serve` sets, each process writes its counts into that folder,
and each answer adds up all of them. Without it, a process reports its own counts.
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

#: The environment variable of the folder that the processes share.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: The setting of the only port that serves metrics; without it every port does.
PORT = "XUNWEN_METRICS_PORT"
#: Endpoints of the port for metrics.
_MONITORING = ("metrics", "api.health")
#: Upper bounds of the duration buckets, in seconds.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def measure(app: Flask) -> None:
    """Count and time every request of an application, and serve the result at /metrics."""
    registry = CollectorRegistry()
    requests = Counter("xunwen_requests", "Requests answered.", ("endpoint", "status"), registry=registry)
    seconds = Histogram(
        "xunwen_request_seconds", "Time to the answer.", ("endpoint",), registry=registry, buckets=_SECONDS
    )

    @app.before_request
    def begin() -> None:
        g.began = perf_counter()
        _restrict_port(current_app.config.get(PORT))

    @app.after_request
    def end(response: Response) -> Response:
        # Endpoints, not addresses: their number is fixed. Unknown addresses count as one.
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, response.status_code).inc()
        seconds.labels(endpoint).observe(perf_counter() - g.began)
        return response

    @app.get("/metrics", endpoint="metrics")
    def metrics() -> Response:
        return Response(generate_latest(_collected(registry)), content_type=CONTENT_TYPE_LATEST)


def _restrict_port(port: int | None) -> None:
    """Answer 404 to other requests on the port for metrics, and to metrics on the other port."""
    if port is None:
        return
    if request.environ["SERVER_PORT"] == str(port):
        if request.endpoint not in _MONITORING:
            abort(404)
    elif request.endpoint == "metrics":
        abort(404)


def _collected(own_registry: CollectorRegistry) -> CollectorRegistry:
    """Return the counts of all processes, or of this one, and the state of the index."""
    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(own_registry)
    registry.register(_Index())
    return registry


class _Index(Collector):
    """The state of the index at each request; without an index there is only `up`, which is 0."""

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
