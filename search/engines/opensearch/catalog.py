"""Which index on the cluster is the published one, of which generation, and who may write.

An alias names it: `xunwen-<name>` leads to one index `xunwen-<name>-<number>`, and its filter says which
generation is published. Entries of a generation to come, or that are to go with it, are there before it is;
so one change of the alias publishes a rebuild, an update, and both sides of a change, at once and whole.

What an earlier writer left behind, killed or not, is removed by the next one: indexes that the alias does not
name, among them the one before, which those who are still reading it go on with; and in the index that it
names, what belongs to no published generation.
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

__all__ = ["Catalog", "Lock", "Published"]

#: What a query of a thousand characters may need; the scores and exclusions of one count as well.
_CLAUSES: Final = 8192
_LOCKS: Final = "xunwen-locks"
#: A writer that was not heard of for so many seconds is gone.
_PATIENCE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Published:
    """What the alias says: an index, and the generation of it that is published."""

    index: str
    generation: int


class Catalog:
    """Names, publishes and removes the indexes of one name on a cluster."""

    def __init__(self, client: OpenSearch, address: Address) -> None:
        self._client = client
        self._address = address
        self.alias = f"xunwen-{address.name}"
        self._ours = re.compile(rf"\A{re.escape(self.alias)}-(\d{{6,}})\Z")
        # Whose terms an index has never changes.
        self._chains: dict[str, tuple[Any, Any]] = {}

    def latest(self) -> Published | None:
        """Return what is published, None where nothing is."""
        try:
            found = self._client.indices.get_alias(name=self.alias)
        except NotFoundError:
            return None
        for index, row in found.items():
            if self._ours.match(index):
                return Published(index, _generation(row["aliases"][self.alias]))
        return None

    def published(self) -> Published:
        """Return what is published; raises NoIndex."""
        found = self.latest()
        if found is None:
            raise NoIndex(f"集群 {self._address}")
        return found

    def hold_to(self, index: str, analyzer: Analyzer) -> None:
        """Raise OtherVersion where an index has the terms of another analyzer."""
        known = self._chains.get(index)
        if known is None:
            meta = self.meta(index)
            known = self._chains[index] = meta.get(mapping.VERSION), meta.get(mapping.CHAIN)
        if known != (mapping.FORMAT, analyzer.chain):
            raise OtherVersion(f"{known[0]}/{known[1]}", f"{mapping.FORMAT}/{analyzer.chain}")

    def meta(self, index: str) -> dict[str, Any]:
        """Return what an index says of itself."""
        found = self._client.indices.get_mapping(index=index)
        meta: dict[str, Any] = found[index]["mappings"].get("_meta", {})
        return meta

    def indexes(self) -> dict[str, int]:
        """Return every index of this name with its number, published or not."""
        names = self._client.indices.get_settings(index=f"{self.alias}-*", name="index.number_of_shards")
        found = [(name, self._ours.match(name)) for name in names]
        return {name: int(match[1]) for name, match in found if match}

    def create(self, analyzer: Analyzer) -> str:
        """Make a new, empty index and return its name."""
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
        """Raise the limit of clauses, which 500 words reach; where that may not be, they are too many."""
        with suppress(TransportError):
            name = "indices.query.bool.max_clause_count"
            found = self._client.cluster.get_settings(
                params={"include_defaults": "true", "flat_settings": "true"}
            )
            known = [
                found[part][name] for part in ("transient", "persistent", "defaults") if name in found[part]
            ]
            if int(known[0] if known else 0) < _CLAUSES:
                self._client.cluster.put_settings(body={"persistent": {name: _CLAUSES}})

    def remove_others(self, keep: str | None) -> None:
        """Delete every index of this name but one."""
        for name in self.indexes():
            if name != keep:
                self.remove(name)

    def remove(self, index: str) -> None:
        """Delete an index, if it is there."""
        with suppress(NotFoundError):
            self._client.indices.delete(index=index)

    def publish(self, new: Published, old: Published | None) -> None:
        """Make a generation the published one, in one step."""
        actions: list[dict[str, Any]] = []
        if old is not None and old.index != new.index:
            actions.append({"remove": {"index": old.index, "alias": self.alias}})
        added = {"index": new.index, "alias": self.alias, "filter": visible_clause(new.generation)}
        actions.append({"add": added})
        self._client.indices.update_aliases(body={"actions": actions})

    def keep_dictionary(self, index: str, analyzer: Analyzer) -> None:
        """Lay down the dictionary of the user's that entries are about to be cut with."""
        dictionary = analyzer.dictionary
        meta = self.meta(index)
        kept = meta.setdefault(mapping.DICTIONARIES, {})
        if dictionary.weights and dictionary.fingerprint not in kept:
            kept[dictionary.fingerprint] = dictionary.packed().decode()
            self._client.indices.put_mapping(index=index, body={"_meta": meta})

    @contextmanager
    def locked(self) -> Iterator[Lock]:
        """Be the one who writes; raises IndexLocked."""
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
    """Says who writes. Whoever does not renew it in time, or died on this machine, is gone."""

    def __init__(self, client: OpenSearch, address: Address) -> None:
        self._client = client
        self._address = address
        self._mine = uuid4().hex
        self._version: dict[str, Any] = {}
        self._renewed = 0.0

    def take(self) -> None:
        """Take the lock; raises IndexLocked."""
        self._prepare()
        try:
            self._write({"op_type": "create"})
        except ConflictError:
            self._take_over()

    def _prepare(self) -> None:
        if not self._client.indices.exists(index=_LOCKS):
            body = {"settings": {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1"}}}
            # Somebody else may be faster.
            self._client.indices.create(index=_LOCKS, body=body, params={"ignore": 400})

    def _take_over(self) -> None:
        try:
            found = self._client.get(index=_LOCKS, id=self._address.name)
        except NotFoundError:
            found = None
        if found is None:
            self._again({"op_type": "create"})
        elif _is_alive(found["_source"]):
            raise IndexLocked(f"集群 {self._address}")
        else:
            self._again({"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]})

    def _again(self, params: dict[str, Any]) -> None:
        try:
            self._write(params)
        except ConflictError:
            raise IndexLocked(f"集群 {self._address}") from None

    def renew(self) -> None:
        """Tell that the writer is still at work; raises IndexLocked where another has taken over."""
        if time.monotonic() - self._renewed > _PATIENCE / 4:
            self._again(self._version)

    def _write(self, params: dict[str, Any]) -> None:
        row = {
            "who": self._mine,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "until": time.time() + _PATIENCE,
        }
        write = partial(self._client.index, index=_LOCKS, id=self._address.name, body=row)
        done = with_backoff(lambda: write(params=dict(params)))
        self._version = {"if_seq_no": done["_seq_no"], "if_primary_term": done["_primary_term"]}
        self._renewed = time.monotonic()

    def release(self) -> None:
        """Let others write; where that cannot be told, they will see for themselves."""
        with suppress(Exception):
            free = partial(self._client.delete, index=_LOCKS, id=self._address.name)
            with_backoff(lambda: free(params=dict(self._version)))


def _is_alive(row: dict[str, Any]) -> bool:
    if float(row["until"]) < time.time():
        return False
    if row["host"] != socket.gethostname():
        return True
    try:
        os.kill(int(row["process"]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
