"""The writer: documents are sent in the background, in bulk, with repetitions of what is rejected.

Documents that a batch adds belong to the next generation; those that it replaces or removes end with it. Both
have keys of their own, so sending one twice does no harm. Nothing is visible until the alias is changed
(`catalog.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, Final

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionTimeout, TransportError

from search.analysis import Analyzer
from search.engines.opensearch.catalog import Catalog, Lock, Published
from search.engines.opensearch.client import BUSY, is_blocked, pauses, translate_bad_answers, with_backoff
from search.engines.opensearch.documents import document, document_id, entry_of, token
from search.engines.opensearch.mapping import visible_clause
from search.engines.opensearch.reading.scan import STRICT, columns, scan_documents
from search.engines.opensearch.reading.translate import all_of, any_of
from search.entry import Entry
from search.errors import CannotWrite, ClusterUnavailable

__all__ = ["Writer"]

#: Documents, and characters of text, per bulk request.
_CHUNK, _CHUNK_CHARACTERS = 400, 400_000
#: Fields of a document that are needed to write it again, besides its entry.
_FIELDS: Final = ("id", "file", "source", "cut", "born")

Action = dict[str, Any]


class Writer:
    """A batch over the published generation `base`; a `fresh` one replaces it with a new index."""

    def __init__(
        self,
        client: OpenSearch,
        catalog: Catalog,
        lock: Lock,
        analyzer: Analyzer,
        base: Published | None,
        fresh: bool,
    ) -> None:
        self._client, self._catalog, self._lock, self._analyzer = client, catalog, lock, analyzer
        self._base = base
        self._fresh = fresh or base is None
        self._changed = self._fresh
        self._added: dict[str, tuple[Entry, str, int]] = {}
        self._characters = 0
        self._deleted: set[str] = set()
        # Hashes of the ids of added and of ended documents: the final count is compared with them.
        self._added_ids: set[int] = set()
        self._ended_ids: set[int] = set()
        self._sender = ThreadPoolExecutor(1)
        self._sent: Future[None] | None = None
        catalog.remove_others(base.index if base else None)
        if self._fresh or base is None:
            self.target = Published(catalog.create(analyzer), base.generation + 1 if base else 0)
        else:
            self.target = Published(base.index, base.generation + 1)
            self._clean(base)
        catalog.keep_dictionary(self.target.index, analyzer)

    def add(self, entry: Entry, file: str, source: int = 0) -> None:
        """Add an entry; one of the same id is replaced."""
        self._changed = True
        self._deleted.discard(entry.id)
        self._added[entry.id] = entry, file, source
        self._characters += len(entry.body) + len(entry.headline)
        if len(self._added) >= _CHUNK or self._characters >= _CHUNK_CHARACTERS:
            self._send_pending()

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries by id."""
        for entry_id in ids:
            self._added.pop(entry_id, None)
            self._deleted.add(entry_id)
            if len(self._deleted) >= _CHUNK:
                self._send_pending()

    def _send_pending(self) -> None:
        with translate_bad_answers():
            self._flush()

    def _flush(self) -> None:
        """Send pending changes after the previous request has completed."""
        added, deleted = self._added, self._deleted
        self._added, self._deleted, self._characters = {}, set(), 0
        if not added and not deleted:
            return
        actions = self._ending([*added, *deleted])
        self._changed |= bool(actions)
        for entry_id in deleted:
            actions.append(_delete(self.target.index, document_id(entry_id, self.target.generation)))
        for entry, file, source in added.values():
            fields = document(entry, file, source, self._analyzer, self.target.generation)
            actions.append(_index(self.target.index, document_id(entry.id, self.target.generation), fields))
        self._added_ids.difference_update(map(hash, deleted))
        self._added_ids.update(map(hash, added))
        self._wait_for_sender()
        self._lock.renew()
        self._sent = self._sender.submit(self._send, actions)

    def _wait_for_sender(self) -> None:
        if self._sent is not None:
            sent, self._sent = self._sent, None
            sent.result()

    def _ending(self, ids: Sequence[str]) -> list[Action]:
        """Return the actions that end the published versions of entries with the next generation."""
        if self._fresh or self._base is None:
            return []
        query = all_of([visible_clause(self._base.generation), {"terms": {"id": list(map(token, ids))}}])
        body = {"query": query, "size": len(ids), "docvalue_fields": list(_FIELDS)}
        hits = self._client.search(index=self._base.index, body=body, params=STRICT)["hits"]["hits"]
        self._ended_ids.update(hash(columns(hit)["id"]) for hit in hits)
        return [self._rewritten(hit, self.target.generation) for hit in hits]

    def _rewritten(self, hit: dict[str, Any], until_generation: int | None) -> Action:
        """Return the action that writes a document again with another last generation, or none."""
        old, entry = columns(hit), entry_of(hit["_source"])
        fields = document(entry, old["file"], old["source"], self._analyzer, old["born"], until_generation)
        return _index(self.target.index, hit["_id"], fields | {"cut": old["cut"]})

    def _clean(self, base: Published) -> None:
        """Undo what an earlier writer left in the index, and delete documents that have ended."""
        self._client.indices.refresh(index=base.index)
        later = {"range": {"born": {"gt": base.generation}}}
        ended = {"range": {"died": {"lte": base.generation}}}
        query = {"query": any_of([later, ended])}
        if self._client.count(index=base.index, body=query)["count"]:
            params = {"conflicts": "proceed", "refresh": "true"}
            with_backoff(partial(self._client.delete_by_query, index=base.index, body=query, params=params))
        ending = {"range": {"died": {"gt": base.generation}}}
        hits = scan_documents(self._client, base.index, ending, _FIELDS)
        restored = (self._rewritten(hit, None) for hit in hits)
        while actions := list(islice(restored, _CHUNK)):
            self._send(actions)
            self._client.indices.refresh(index=base.index)

    def _send(self, actions: list[Action]) -> None:
        """Send actions until the cluster has accepted all; raises CannotWrite, ClusterUnavailable.

        Unlike `opensearchpy.helpers.bulk`, it repeats after a failover too, and fails at once on a read-only
        index.
        """
        for pause in pauses():
            actions = self._rejected_of(actions)
            if not actions:
                return
            time.sleep(pause)
        raise ClusterUnavailable(
            "集群太忙，多次拒绝了写入（429）；什么也没有发布，请稍后再运行 xunwen reindex"
        )

    def _rejected_of(self, actions: list[Action]) -> list[Action]:
        """Send actions once and return those that a busy cluster has rejected."""
        body = [line for action in actions for line in action["lines"]]
        try:
            answer = self._client.bulk(body=body)
        except ConnectionTimeout:
            return actions  # Some may have been accepted; sending them again does no harm.
        except TransportError as error:
            if error.status_code in BUSY:
                return actions
            raise
        if not answer["errors"]:
            return []
        rejected = []
        for action, item in zip(actions, answer["items"], strict=True):
            (result,) = item.values()
            if not result.get("error"):
                continue
            if result["status"] not in BUSY or is_blocked(result):
                raise _write_error(result)
            rejected.append(action)
        return rejected

    def publish(self) -> bool:
        """Publish the batch; return False if it changed nothing."""
        self._flush()
        self._wait_for_sender()
        if not self._changed:
            return False
        index = self.target.index
        self._client.indices.refresh(index=index)
        self._client.cluster.health(index=index, params={"wait_for_status": "yellow"})
        before = 0 if self._fresh or self._base is None else self._count(self._base.generation)
        expected = before - len(self._ended_ids) + len(self._added_ids)
        count = self._count(self.target.generation)
        if count != expected:
            raise ClusterUnavailable(
                "集群上有 {count} 条，应有 {expected} 条；什么也没有发布，请再运行 xunwen reindex",
                count=count,
                expected=expected,
            )
        self._lock.renew()
        self._catalog.publish(self.target, self._base)
        return True

    def _count(self, generation: int) -> int:
        """Return the number of entries of a generation."""
        body = {"query": visible_clause(generation), "size": 0, "track_total_hits": True}
        answer = self._client.search(index=self.target.index, body=body, params=STRICT)
        count: int = answer["hits"]["total"]["value"]
        return count

    def discard(self) -> None:
        """Remove what was written; the published generation stays."""
        if self._sent is not None:
            self._sent.cancel()
        self._sender.shutdown(wait=True)
        if self._fresh:
            self._catalog.remove(self.target.index)
        elif self._base is not None:
            self._clean(self._base)

    def close(self) -> None:
        """End the sending thread."""
        self._sender.shutdown(wait=True)


def _index(index: str, key: str, fields: dict[str, Any]) -> Action:
    return {"lines": ({"index": {"_index": index, "_id": key}}, fields)}


def _delete(index: str, key: str) -> Action:
    return {"lines": ({"delete": {"_index": index, "_id": key}},)}


def _write_error(result: dict[str, Any]) -> CannotWrite:
    if is_blocked(result):
        return CannotWrite(
            "集群把索引设成了只读，多半是磁盘快满了；请腾出空间并解除只读，再运行 xunwen reindex"
        )
    return CannotWrite(
        "集群不收一份文档（{status}）；什么也没有发布，请查看集群的日志", status=result["status"]
    )
