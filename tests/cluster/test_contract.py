"""The contract of all engines, on one node, and on three with as many shards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import engines
from tests.cluster.nodes import Cluster
from tests.engines.contract import EngineContract
from tests.support.engine_corpus import MakeEngine

pytestmark = pytest.mark.cluster


class _OnCluster(EngineContract):
    @pytest.mark.xfail(
        strict=True,
        reason="weights count what was removed until the cluster merges it away: same entries, other scores",
    )
    def test_scores_do_not_remember_what_was_removed(self, make_engine: MakeEngine) -> None:
        """Not so on a cluster."""
        super().test_scores_do_not_remember_what_was_removed(make_engine)

    @pytest.mark.xfail(
        strict=True, reason="weights count every entry of the index, those after the moment too: other scores"
    )
    def test_weights_know_nothing_of_what_came_later(self, make_engine: MakeEngine) -> None:
        """Not so on a cluster."""
        super().test_weights_know_nothing_of_what_came_later(make_engine)


class TestOneNode(_OnCluster):
    """All facts of the contract."""

    @pytest.fixture
    def make_engine(self, one_node: Cluster) -> Iterator[MakeEngine]:
        """Engines on one node."""
        yield from engines(one_node)


class TestThreeNodes(_OnCluster):
    """All facts of the contract, over three shards and their copies."""

    @pytest.fixture
    def make_engine(self, three_nodes: Cluster) -> Iterator[MakeEngine]:
        """Engines on three nodes."""
        yield from engines(three_nodes, shards=3)
