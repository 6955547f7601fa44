"""Writing: entries in, documents out, in the background and as fast as the cluster takes them.

What a batch adds is born with the generation to come, and what it replaces or removes dies with it; both are
written under keys of their own, so that sending anything twice does no harm. Nothing is seen before the alias
says so (`catalog.py`).
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
from search.engines.opensearch.client import pauses, translate_bad_answers, with_backoff
from search.engines.opensearch.documents import document, document_id, entry_of, token
from search.engines.opensearch.mapping import visible_clause
from search.engines.opensearch.reading.scan import STRICT, columns, scan
from search.engines.opensearch.reading.translate import all_of
from search.entry import Entry
from search.errors import CannotWrite, ClusterUnavailable

__all__ = ["Writer"]

#: So many documents, or characters of text, are sent at once.
_CHUNK, _TEXT = 400, 400_000
_BUSY: Final = (429, 502, 503, 504)
#: Columns that say of a stored version what a document of it needs.
_ABOUT: Final = ("id", "file", "source", "cut", "born")

Action = dict[str, Any]


class Writer:
    """A batch on its way; `base` is what is published now, which a `fresh` one replaces."""

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
        self._text = 0
        self._gone: set[str] = set()
        # What the batch adds and what it takes away, by the hashes of ids: the counts must agree in the end.
        self._held: set[int] = set()
        self._dead: set[int] = set()
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
        self._gone.discard(entry.id)
        self._added[entry.id] = entry, file, source
        self._text += len(entry.body) + len(entry.headline)
        if len(self._added) >= _CHUNK or self._text >= _TEXT:
            self._hand_over()

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries by id."""
        for entry_id in ids:
            self._added.pop(entry_id, None)
            self._gone.add(entry_id)
            if len(self._gone) >= _CHUNK:
                self._hand_over()

    def _hand_over(self) -> None:
        with translate_bad_answers():
            self._flush()

    def _flush(self) -> None:
        """Send what is at hand, once what was sent before has arrived."""
        added, gone = self._added, self._gone
        self._added, self._gone, self._text = {}, set(), 0
        if not added and not gone:
            return
        actions = self._dying([*added, *gone])
        self._changed |= bool(actions)
        for entry_id in gone:
            actions.append(_delete(self.target.index, document_id(entry_id, self.target.generation)))
        for entry, file, source in added.values():
            fields = document(entry, file, source, self._analyzer, self.target.generation)
            actions.append(_index(self.target.index, document_id(entry.id, self.target.generation), fields))
        self._held.difference_update(map(hash, gone))
        self._held.update(map(hash, added))
        self._arrived()
        self._lock.renew()
        self._sent = self._sender.submit(self._send, actions)

    def _arrived(self) -> None:
        if self._sent is not None:
            sent, self._sent = self._sent, None
            sent.result()

    def _dying(self, ids: Sequence[str]) -> list[Action]:
        """Return what makes the published versions of some entries end with the generation to come."""
        if self._fresh or self._base is None:
            return []
        wanted = all_of([visible_clause(self._base.generation), {"terms": {"id": list(map(token, ids))}}])
        body = {"query": wanted, "size": len(ids), "docvalue_fields": list(_ABOUT)}
        hits = self._client.search(index=self._base.index, body=body, params=STRICT)["hits"]["hits"]
        self._dead.update(hash(columns(hit)["id"]) for hit in hits)
        return [self._again(hit, self.target.generation) for hit in hits]

    def _again(self, hit: dict[str, Any], until_generation: int | None) -> Action:
        """Return what writes a version once more, with another end or none."""
        row = columns(hit)
        entry = entry_of(hit["_source"])
        fields = document(entry, row["file"], row["source"], self._analyzer, row["born"], until_generation)
        return _index(self.target.index, hit["_id"], fields | {"cut": row["cut"]})

    def _clean(self, base: Published) -> None:
        """Remove what an earlier writer left in the index: what is not yet there, or not any more."""
        self._client.indices.refresh(index=base.index)
        later = {"range": {"born": {"gt": base.generation}}}
        dead = {"range": {"died": {"lte": base.generation}}}
        query = {"query": {"bool": {"should": [later, dead], "minimum_should_match": 1}}}
        if self._client.count(index=base.index, body=query)["count"]:
            params = {"conflicts": "proceed", "refresh": "true"}
            with_backoff(partial(self._client.delete_by_query, index=base.index, body=query, params=params))
        dying = {"range": {"died": {"gt": base.generation}}}
        spared = (
            self._again(hit, None) for hit in scan(self._client, base.index, dying, docvalue_fields=_ABOUT)
        )
        while actions := list(islice(spared, _CHUNK)):
            self._send(actions)
            self._client.indices.refresh(index=base.index)

    def _send(self, actions: list[Action]) -> None:
        """Send documents until the cluster has taken all of them; raises CannotWrite, ClusterUnavailable."""
        for pause in pauses():
            actions = self._refused(actions)
            if not actions:
                return
            time.sleep(pause)
        raise ClusterUnavailable(
            "集群太忙，多次拒绝了写入（429）；什么也没有发布，请稍后再运行 xunwen reindex"
        )

    def _refused(self, actions: list[Action]) -> list[Action]:
        """Send documents and return those for which there was no room now."""
        body = [line for action in actions for line in action["lines"]]
        try:
            answer = self._client.bulk(body=body)
        except ConnectionTimeout:
            return actions  # some may have arrived: they are sent once more
        except TransportError as error:
            if error.status_code in _BUSY:
                return actions
            raise
        if not answer["errors"]:
            return []
        left = []
        for action, item in zip(actions, answer["items"], strict=True):
            (result,) = item.values()
            if not result.get("error"):
                continue
            if result["status"] not in _BUSY or _is_blocked(result):
                raise _rejected(result)
            left.append(action)
        return left

    def publish(self) -> bool:
        """Make the batch the published state; return False where it changed nothing."""
        self._flush()
        self._arrived()
        if not self._changed:
            return False
        index = self.target.index
        self._client.indices.refresh(index=index)
        self._client.cluster.health(index=index, params={"wait_for_status": "yellow"})
        before = 0 if self._fresh or self._base is None else self._count(self._base.generation)
        wanted, count = before - len(self._dead) + len(self._held), self._count(self.target.generation)
        if count != wanted:
            raise ClusterUnavailable(
                f"集群上有 {count} 条，应有 {wanted} 条；什么也没有发布，请再运行 xunwen reindex"
            )
        self._lock.renew()
        self._catalog.publish(self.target, self._base)
        return True

    def _count(self, generation: int) -> int:
        """Return how many entries a generation has."""
        body = {"query": visible_clause(generation), "size": 0, "track_total_hits": True}
        found = self._client.search(index=self.target.index, body=body, params=STRICT)
        count: int = found["hits"]["total"]["value"]
        return count

    def discard(self) -> None:
        """Take back what was written; what is published stays."""
        if self._sent is not None:
            self._sent.cancel()
        self._sender.shutdown(wait=True)
        if self._fresh:
            self._catalog.remove(self.target.index)
        elif self._base is not None:
            self._clean(self._base)

    def close(self) -> None:
        """Let go of the thread that sends."""
        self._sender.shutdown(wait=True)


def _index(index: str, key: str, fields: dict[str, Any]) -> Action:
    return {"lines": ({"index": {"_index": index, "_id": key}}, fields)}


def _delete(index: str, key: str) -> Action:
    return {"lines": ({"delete": {"_index": index, "_id": key}},)}


def _is_blocked(result: dict[str, Any]) -> bool:
    """Return whether an index takes nothing at all, which does not pass by itself."""
    return "cluster_block_exception" in str(result["error"])


def _rejected(result: dict[str, Any]) -> CannotWrite:
    if _is_blocked(result):
        return CannotWrite(
            "集群把索引设成了只读，多半是磁盘快满了；请腾出空间并解除只读，再运行 xunwen reindex"
        )
    return CannotWrite(f"集群不收一份文档（{result['status']}）；什么也没有发布，请查看集群的日志")
