"""The distributed engine: an index on a cluster of OpenSearch nodes, or of compatible ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from search.analysis import Analyzer, default_analyzer
from search.engines.base import Batch
from search.engines.opensearch.address import Address
from search.engines.opensearch.catalog import Catalog
from search.engines.opensearch.client import (
    connect,
    translate_bad_answers,
    translate_errors,
    translate_os_errors,
)
from search.engines.opensearch.reading.snapshot import Snapshot
from search.engines.opensearch.writing.writer import Writer
from search.errors import IndexLocked, IndexProblem
from search.home import DEFAULT_ZONE

__all__ = ["OpenSearchEngine"]

#: Attempts to open a generation while writers replace the index.
_MAX_ATTEMPTS: Final = 3


class OpenSearchEngine:
    """An engine over one index of a cluster; cheap to construct, safe to share between threads."""

    def __init__(
        self, address: Address, analyzer: Analyzer | None = None, zone: ZoneInfo = DEFAULT_ZONE
    ) -> None:
        self.address = address
        self._analyzer = analyzer or default_analyzer()
        self._zone = zone

    @cached_property
    def _client(self) -> OpenSearch:
        return connect(self.address)

    @cached_property
    def _catalog(self) -> Catalog:
        return Catalog(self._client, self.address)

    @cached_property
    def _old_scores(self) -> bool:
        """Whether the cluster scores as version 2 did."""
        number = str(self._client.info().get("version", {}).get("number", ""))
        return number.partition(".")[0] in ("1", "2")

    def set_analyzer(self, analyzer: Analyzer) -> None:
        """Use another analyzer from now on."""
        self._analyzer = analyzer

    def snapshot(self) -> Snapshot:
        """Return the newest published generation; raises NoIndex, OtherVersion or ClusterUnavailable."""
        with translate_errors(self.address):
            for _ in range(_MAX_ATTEMPTS - 1):
                with suppress(NotFoundError):
                    return self._open()
            return self._open()

    def _open(self) -> Snapshot:
        published, analyzer = self._catalog.published(), self._analyzer
        self._catalog.require_analyzer(published.index, analyzer)
        return Snapshot(
            self._client,
            self._catalog,
            published,
            analyzer,
            self._zone,
            translate_errors(self.address),
            old_scores=self._old_scores,
        )

    def generation(self) -> int:
        """Return the number of the published generation; raises NoIndex."""
        with translate_errors(self.address):
            return self._catalog.published().generation

    def verify_in_background(self) -> None:
        """Do nothing: a cluster verifies the checksums of its files itself."""

    def check(self) -> list[str]:
        """Read everything and return one sentence per problem."""
        try:
            return self.snapshot().problems()
        except IndexProblem as error:
            return [error.message]

    @contextmanager
    def rebuild(self) -> Iterator[Batch]:
        """Replace the whole index: published on a clean exit, discarded on an exception."""
        with self._writing(fresh=True) as writer:
            yield writer

    @contextmanager
    def update(self) -> Iterator[Batch]:
        """Change the index: published in one step on a clean exit, discarded on an exception."""
        with self._writing(fresh=False) as writer:
            yield writer

    @contextmanager
    def _writing(self, fresh: bool) -> Iterator[Writer]:
        with translate_os_errors(self.address, writing=True), self._catalog.locked() as lock:
            with translate_bad_answers():
                base = self._catalog.latest()
                if base is not None and not fresh:
                    self._catalog.require_analyzer(base.index, self._analyzer)
                writer = Writer(self._client, self._catalog, lock, self._analyzer, base, fresh)
            try:
                yield writer
                with translate_bad_answers():
                    writer.publish()
            except IndexLocked:
                # Another process has taken the lock over: the documents may be its own.
                raise
            except BaseException:
                with suppress(IndexProblem, OpenSearchException):
                    writer.discard()
                raise
            finally:
                writer.close()
