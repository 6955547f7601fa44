"""The ids, digests and files of indexed entries, which a reindex compares with the data."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from search.engines.base import IndexedEntry
from search.engines.whoosh.matching.doc_space import Mask
from search.engines.whoosh.storage.reader import SegmentReader

__all__ = ["read_indexed"]


def read_indexed(
    reader: SegmentReader, mask: Mask, files: Collection[str] | None = None
) -> Iterator[IndexedEntry]:
    """Yield the masked entries (N,) of a segment, of some data files if given."""
    store = reader.docs
    selected = [files is None or file in files for file in store.files]
    if not any(selected) or not mask.any():
        return
    digests, sources = store.digests(), store.file["sources"].tolist()
    codes, masked = store.file_codes.tolist(), mask.tolist()
    for doc, key in enumerate(store.keys()):
        if masked[doc] and selected[codes[doc]]:
            yield IndexedEntry(key, digests[doc], store.files[codes[doc]], sources[doc])
