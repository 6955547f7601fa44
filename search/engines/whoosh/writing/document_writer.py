"""Writes the stored entries, ids and columns of a segment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import zstandard

from search.analysis.batch import Vocabulary
from search.engines.whoosh.storage.document_store import BLOCK, SAMPLE_BLOCKS, sample_dictionary
from search.engines.whoosh.storage.postings_format import Arrays, blob_arrays
from search.entry import Attribution

__all__ = ["MAX_NAME_BYTES", "DocumentWriter", "name_bytes"]

#: Bytes of the names of streams, agencies and files after which a segment is written; a header has at most
#: 16 MiB, and one entry adds at most a few more.
MAX_NAME_BYTES = 4 << 20

#: Zstandard level; level 6 makes blocks 1/20 smaller and takes twice the time.
_LEVEL: Final = 3


class DocumentWriter:
    """Collects entries and makes the arrays of `document_store.py` that do not depend on terms."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._sample: list[bytes] | None = []
        self._streams, self._agencies, self._files = Vocabulary(), Vocabulary(), Vocabulary()
        #: Bytes that the names of streams, agencies and files take in the header of the segment.
        self.name_bytes = 0
        self._keys: list[bytes] = []
        self._digests: list[bytes] = []
        self._sources: list[int] = []
        self._times: list[int] = []
        self._stream_codes: list[int] = []
        self._file_codes: list[int] = []
        self._agency_codes: list[int] = []
        self._vias = bytearray()
        self._agency_counts: list[int] = []
        self._lines: list[bytes] = []
        self._blocks: list[bytes] = []

    def __len__(self) -> int:
        return len(self._keys)

    def add(
        self,
        key: str,
        packed: bytes,
        digest: bytes,
        time: int,
        stream: str,
        agencies: Sequence[Attribution],
        file: str,
        source: int,
    ) -> None:
        """Add an entry: id, JSON line, 16-byte digest, microseconds, and values of columns."""
        self._sources.append(source)
        self._keys.append(key.encode())
        self._digests.append(digest)
        self._times.append(time)
        self._stream_codes.append(self._code(self._streams, stream))
        self._file_codes.append(self._code(self._files, file))
        self._agency_codes.extend(self._code(self._agencies, credit.agency) for credit in agencies)
        self._vias.extend(credit.role == "via" for credit in agencies)
        self._agency_counts.append(len(agencies))
        self._lines.append(packed)
        if len(self._lines) == BLOCK:
            self._close_block()

    def _code(self, names: Vocabulary, name: str) -> int:
        if name not in names:
            self.name_bytes += name_bytes((name,))
        return names[name]

    def _close_block(self) -> None:
        if not self._lines:
            return
        block = b"\n".join(self._lines)
        self._blocks.append(self._compressor.compress(block))
        self._lines = []
        if self._sample is not None:
            self._sample.append(block)
            if len(self._sample) == SAMPLE_BLOCKS:
                self._compressor = zstandard.ZstdCompressor(_LEVEL, dict_data=sample_dictionary(self._sample))
                self._sample = None

    def arrays(self) -> tuple[Arrays, dict[str, Any]]:
        """Return arrays and metadata; the writer gives up its memory and cannot be used again."""
        self._close_block()
        order = sorted(range(len(self._keys)), key=self._keys.__getitem__)
        arrays: Arrays = {
            **blob_arrays(self._keys, "key_blob", "key_ends"),
            **blob_arrays(self._blocks, "blocks", "block_ends"),
            "key_order": np.array(order, dtype=np.uint32),
            "digests": np.frombuffer(b"".join(self._digests), dtype=np.uint8),
            "files": _codes(self._file_codes),
            "sources": np.array(self._sources, dtype=np.int64),
            "time": np.array(self._times, dtype=np.int64),
            "streams": _codes(self._stream_codes),
            "agency_ends": np.concatenate(([0], np.cumsum(self._agency_counts))).astype(np.uint32),
            "agencies": _codes(self._agency_codes),
            "vias": np.frombuffer(bytes(self._vias), dtype=np.uint8),
        }
        meta = {
            "count": len(self._keys),
            "streams": list(self._streams),
            "agencies": list(self._agencies),
            "files": list(self._files),
        }
        self._keys, self._digests, self._blocks = [], [], []
        return arrays, meta


def name_bytes(names: Sequence[str]) -> int:
    """Return the bytes that names take in the header of a segment, with their separators."""
    return sum(len(json.dumps(name, ensure_ascii=False).encode()) + 2 for name in names)


def _codes(codes: list[int]) -> npt.NDArray[Any]:
    """Return codes in two bytes if they fit, else in four."""
    array = np.array(codes, dtype=np.int64)
    return array.astype(np.uint16 if not len(array) or array.max() < 1 << 16 else np.uint32)
