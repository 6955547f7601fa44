"""The catalog of one index name: published index and generation, old indexes, and the write lock.

The alias `xunwen-<name>` points to one index `xunwen-<name>-<number>`; its filter selects the published
generation. Documents of the next generation are written before it is published, so one change of the alias
publishes a rebuild or an update atomically.

What an earlier writer left behind, killed or not, is removed by the next one: indexes without the alias,
including the previous one, which readers may still use until then; and documents of no published generation.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import uuid4

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConflictError, NotFoundError, TransportError

from search.analysis import Analyzer
from search.engines.opensearch import mapping
from search.engines.opensearch.address import Address
from search.engines.opensearch.client import translate_bad_answers, with_backoff
from search.engines.opensearch.mapping import visible_clause
from search.errors import IndexLocked, NoIndex, OtherVersion
from search.language.message import Message

__all__ = ["Catalog", "Lock", "Published"]

#: Clauses of a query of a thousand characters at most, scoring and exclusions included.
_MAX_CLAUSES: Final = 8192
_LOCK_INDEX: Final = "xunwen-locks"
#: Seconds after which a lock that is not renewed expires.
_LOCK_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Published:
    """The target of the alias: an index, and its published generation."""

    index: str
    generation: int


class Catalog:
    """Creates, publishes and removes the indexes of one name on a cluster."""

    def __init__(self, client: OpenSearch, address: Address) -> None:
        self._client = client
        self._address = address
        self.alias = f"xunwen-{address.name}"
        self._index_name = re.compile(rf"\A{re.escape(self.alias)}-(\d{{6,}})\Z")
        # Format and chain of an index never change.
        self._formats: dict[str, tuple[Any, Any]] = {}

    def latest(self) -> Published | None:
        """Return what is published; None if nothing is."""
        try:
            indexes = self._client.indices.get_alias(name=self.alias)
        except NotFoundError:
            return None
        for index, settings in indexes.items():
            if self._index_name.match(index):
                return Published(index, _generation(settings["aliases"][self.alias]))
        return None

    def published(self) -> Published:
        """Return what is published; raises NoIndex."""
        published = self.latest()
        if published is None:
            raise NoIndex(Message("集群 {address}", address=str(self._address)))
        return published

    def require_analyzer(self, index: str, analyzer: Analyzer) -> None:
        """Raise OtherVersion if an index has another format or the terms of another analyzer."""
        indexed = self._formats.get(index)
        if indexed is None:
            meta = self.meta(index)
            indexed = self._formats[index] = meta.get(mapping.VERSION), meta.get(mapping.CHAIN)
        if indexed != (mapping.FORMAT, analyzer.chain):
            raise OtherVersion(f"{indexed[0]}/{indexed[1]}", f"{mapping.FORMAT}/{analyzer.chain}")

    def meta(self, index: str) -> dict[str, Any]:
        """Return the metadata of an index."""
        mappings = self._client.indices.get_mapping(index=index)[index]["mappings"]
        meta: dict[str, Any] = mappings.get("_meta", {})
        return meta

    def indexes(self) -> dict[str, int]:
        """Return every index of this name with its number, published or not."""
        names = self._client.indices.get_settings(index=f"{self.alias}-*", name="index.number_of_shards")
        return {name: int(match[1]) for name in names if (match := self._index_name.match(name))}

    def create(self, analyzer: Analyzer) -> str:
        """Create an empty index and return its name."""
        number = max(self.indexes().values(), default=0) + 1
        name = f"{self.alias}-{number:06}"
        meta = {mapping.VERSION: mapping.FORMAT, mapping.CHAIN: analyzer.chain, mapping.DICTIONARIES: {}}
        body = {
            "settings": mapping.settings(self._address.shards, self._address.replicas),
            "mappings": mapping.mapping(meta),
        }
        self._allow_long_queries()
        self._client.indices.create(index=name, body=body)
        return name

    def _allow_long_queries(self) -> None:
        """Raise the cluster's limit of clauses if permitted; otherwise queries of 500 words fail."""
        with suppress(TransportError):
            name = "indices.query.bool.max_clause_count"
            scopes = self._client.cluster.get_settings(
                params={"include_defaults": "true", "flat_settings": "true"}
            )
            values = [scopes[s][name] for s in ("transient", "persistent", "defaults") if name in scopes[s]]
            if int(values[0] if values else 0) < _MAX_CLAUSES:
                self._client.cluster.put_settings(body={"persistent": {name: _MAX_CLAUSES}})

    def remove_others(self, keep: str | None) -> None:
        """Delete every index of this name but one."""
        for name in self.indexes():
            if name != keep:
                self.remove(name)

    def remove(self, index: str) -> None:
        """Delete an index if it exists."""
        with suppress(NotFoundError):
            self._client.indices.delete(index=index)

    def publish(self, new: Published, old: Published | None) -> None:
        """Publish a generation in one step."""
        actions: list[dict[str, Any]] = []
        if old is not None and old.index != new.index:
            actions.append({"remove": {"index": old.index, "alias": self.alias}})
        added = {"index": new.index, "alias": self.alias, "filter": visible_clause(new.generation)}
        actions.append({"add": added})
        self._client.indices.update_aliases(body={"actions": actions})

    def keep_dictionary(self, index: str, analyzer: Analyzer) -> None:
        """Store the user dictionary of an analyzer before entries are analyzed with it."""
        dictionary = analyzer.dictionary
        meta = self.meta(index)
        stored = meta.setdefault(mapping.DICTIONARIES, {})
        if dictionary.weights and dictionary.fingerprint not in stored:
            stored[dictionary.fingerprint] = dictionary.packed().decode()
            self._client.indices.put_mapping(index=index, body={"_meta": meta})

    @contextmanager
    def locked(self) -> Iterator[Lock]:
        """Hold the write lock; raises IndexLocked."""
        lock = Lock(self._client, self._address)
        with translate_bad_answers():
            lock.take()
        try:
            yield lock
        finally:
            lock.release()


def _generation(alias: dict[str, Any]) -> int:
    from_generation: int = alias["filter"]["bool"]["filter"][0]["range"]["born"]["lte"]
    return from_generation


class Lock:
    """The write lock: a document that expires unless it is renewed, or its process on this host has ended."""

    def __init__(self, client: OpenSearch, address: Address) -> None:
        self._client = client
        self._address = address
        self._owner = uuid4().hex
        self._version: dict[str, Any] = {}
        self._renewed = 0.0

    def take(self) -> None:
        """Take the lock; raises IndexLocked."""
        self._create_index()
        try:
            self._write({"op_type": "create"})
        except ConflictError:
            self._take_over()

    def _create_index(self) -> None:
        if not self._client.indices.exists(index=_LOCK_INDEX):
            body = {"settings": {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1"}}}
            # 400: another process has created it in the meantime.
            self._client.indices.create(index=_LOCK_INDEX, body=body, params={"ignore": 400})

    def _take_over(self) -> None:
        try:
            lock = self._client.get(index=_LOCK_INDEX, id=self._address.name)
        except NotFoundError:
            self._write_or_fail({"op_type": "create"})
            return
        if _is_alive(lock["_source"]):
            raise IndexLocked(Message("集群 {address}", address=str(self._address)))
        self._write_or_fail({"if_seq_no": lock["_seq_no"], "if_primary_term": lock["_primary_term"]})

    def _write_or_fail(self, params: dict[str, Any]) -> None:
        try:
            self._write(params)
        except ConflictError:
            raise IndexLocked(Message("集群 {address}", address=str(self._address))) from None

    def renew(self) -> None:
        """Extend the lock; raises IndexLocked if another process has taken it over."""
        if time.monotonic() - self._renewed > _LOCK_SECONDS / 4:
            self._write_or_fail(self._version)

    def _write(self, params: dict[str, Any]) -> None:
        fields = {
            "who": self._owner,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "until": time.time() + _LOCK_SECONDS,
        }
        write = partial(self._client.index, index=_LOCK_INDEX, id=self._address.name, body=fields)
        written = with_backoff(lambda: write(params=dict(params)))
        self._version = {"if_seq_no": written["_seq_no"], "if_primary_term": written["_primary_term"]}
        self._renewed = time.monotonic()

    def release(self) -> None:
        """Release the lock; if the cluster cannot be reached, it expires."""
        with suppress(Exception):
            delete = partial(self._client.delete, index=_LOCK_INDEX, id=self._address.name)
            with_backoff(lambda: delete(params=dict(self._version)))


def _is_alive(lock: dict[str, Any]) -> bool:
    if float(lock["until"]) < time.time():
        return False
    if lock["host"] != socket.gethostname():
        return True
    try:
        os.kill(int(lock["process"]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
