"""Clusters for the tests: one node, and three; started for the first test that asks, skipped without Java."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from search.engines.opensearch import OpenSearchEngine, read_address
from search.engines.opensearch.client import connect
from tests.cluster.nodes import Cluster, missing
from tests.support.engine_corpus import MakeEngine


def _cluster(count: int) -> Iterator[Cluster]:
    if why := missing():
        pytest.skip(why)
    with Cluster(count) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def one_node() -> Iterator[Cluster]:
    """A cluster of one node."""
    yield from _cluster(1)


@pytest.fixture(scope="session")
def three_nodes() -> Iterator[Cluster]:
    """A cluster of three nodes, each a process of its own."""
    yield from _cluster(3)


def engines(cluster: Cluster, shards: int = 1) -> Iterator[MakeEngine]:
    """Give what makes engines under names of this test alone, and take their indexes away afterwards."""
    mark = uuid4().hex[:12]
    environ = {"XUNWEN_ENGINE_SHARDS": str(shards)}

    def make(name: str = "index") -> OpenSearchEngine:
        return OpenSearchEngine(read_address(f"{cluster.url}/{mark}-{name}", environ))

    try:
        yield make
    finally:
        client = connect(read_address(cluster.url))
        for index in client.indices.get_settings(index=f"xunwen-{mark}-*", name="index.number_of_shards"):
            client.indices.delete(index=index)
        client.close()
