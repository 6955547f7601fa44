"""Named arrays in one file, opened by memory mapping in constant time.

    offset  size  content
    0       8     magic b"XWARRAY3"
    8       4     length H of the header, little-endian
    12      4     CRC-32 of the header
    16      H     header: JSON {"meta": {…}, "arrays": {name: [dtype, offset, count, crc32]}, "size": n}
    …             the arrays, each at a multiple of 64, little-endian, one-dimensional

A file contains no code: the header is JSON, the rest are integers and floats, and every offset is checked
against the size of the file before it is used. A writer flushes a file to the disk before a table of contents
names it, so readers never see an incomplete one.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from search.errors import DamagedIndex, OtherVersion
from search.language.message import Message

__all__ = ["ArrayFile", "Identity", "file_identity", "open_arrays", "write_arrays"]

Array = npt.NDArray[Any]
T = TypeVar("T")

_MAGIC: Final = b"XWARRAY3"
_PREFIX: Final = struct.Struct("<8sII")
_ALIGN: Final = 64
_DTYPES: Final = {"u1", "<u2", "<u4", "<u8", "<i4", "<i8", "<f4"}
#: Maximum size of a header in bytes: 16 MiB.
_MAX_HEADER: Final = 1 << 24
#: Bytes read between two pauses of a verification.
_CHUNK_BYTES: Final = 1 << 20

#: Device, inode, size and modification time of a file; they differ for another file or other content.
Identity = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Extent:
    """Offset and size of an array in its file, in bytes, and its CRC-32."""

    start: int
    size: int
    checksum: int


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """An open file: its metadata, and read-only views of its arrays by name."""

    path: Path
    identity: Identity
    meta: Mapping[str, Any]
    arrays: Mapping[str, Array]
    extents: Mapping[str, Extent]
    pages: mmap.mmap

    def __getitem__(self, name: str) -> Array:
        try:
            return self.arrays[name]
        except KeyError:
            raise DamagedIndex("{file} 缺少 {name}", file=self.path.name, name=name) from None

    def fact(self, name: str, kind: type[T]) -> T:
        """Return a value of the metadata; raises DamagedIndex if it is missing or of another type."""
        value = self.meta.get(name)
        if type(value) is not kind:
            raise DamagedIndex("{file} 缺少 {name}", file=self.path.name, name=name)
        return value

    def release(self) -> None:
        """Free the memory of pages that were read; they are read again when they are used."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self.pages.madvise(mmap.MADV_DONTNEED)

    @property
    def size(self) -> int:
        """Bytes in all arrays."""
        return sum(extent.size for extent in self.extents.values())

    def verify(self, names: Iterable[str] = (), pause: Callable[[], None] | None = None) -> list[str]:
        """Compare checksums, by default of all arrays; return one sentence for each that differs.

        Reads the file and not its mapping, because a truncated file or a bad sector would end the process.
        `pause` is called after each chunk. Raises FileNotFoundError.
        """
        extents = {name: self.extents[name] for name in names if self[name] is not None} or self.extents
        with self.path.open("rb", buffering=0) as file:
            return [
                Message("{file} 的 {name} 校验和不符", file=self.path.name, name=name)
                for name, extent in extents.items()
                if _checksum(file, extent, pause) != extent.checksum
            ]


def write_arrays(path: Path, arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> int:
    """Write a new file and flush it to the disk; return its size in bytes. Raises OSError."""
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    table: dict[str, list[Any]] = {}
    # Offsets are relative to the end of the header, whose length depends on them.
    offset = 0
    for name, array in plain.items():
        dtype = array.dtype.newbyteorder("<").str.replace("|", "")
        table[name] = [dtype, offset, array.size, zlib.crc32(_bytes(array))]
        offset = -(-(offset + array.nbytes) // _ALIGN) * _ALIGN
    header = json.dumps({"meta": dict(meta), "arrays": table, "size": offset}, ensure_ascii=False).encode()
    header += b" " * (-(_PREFIX.size + len(header)) % _ALIGN)
    with path.open("xb") as file:
        file.write(_PREFIX.pack(_MAGIC, len(header), zlib.crc32(header)) + header)
        for array in plain.values():
            file.write(_bytes(array))
            file.write(bytes(-array.nbytes % _ALIGN))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def open_arrays(path: Path) -> ArrayFile:
    """Map a file; raises DamagedIndex, OtherVersion or FileNotFoundError."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        size = status.st_size
        if size < _PREFIX.size:
            raise DamagedIndex("{file} 不完整", file=path.name)
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    data = np.frombuffer(pages, dtype=np.uint8)
    magic, length, checksum = _PREFIX.unpack(data[: _PREFIX.size].tobytes())
    if magic != _MAGIC:
        raise (OtherVersion if magic[:7] == _MAGIC[:7] else DamagedIndex)(*_magic_words(path, magic))
    if length > min(_MAX_HEADER, size - _PREFIX.size):
        raise DamagedIndex("{file} 的文件头不完整", file=path.name)
    header = data[_PREFIX.size : _PREFIX.size + length].tobytes()
    if zlib.crc32(header) != checksum:
        raise DamagedIndex("{file} 的文件头校验和不符", file=path.name)
    return _map(path, _identity(status), pages, _PREFIX.size + length, header)


def file_identity(path: Path) -> Identity:
    """Return the current identity of a file; raises OSError."""
    return _identity(os.stat(path))


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _bytes(array: Array) -> memoryview:
    """Return the bytes of a contiguous array without copying them."""
    return array.view(np.uint8).data


def _magic_words(path: Path, magic: bytes) -> tuple[str, ...]:
    if magic[:7] == _MAGIC[:7]:
        return magic[7:].decode("latin-1"), _MAGIC[7:].decode()
    return (Message("{file} 不是本程序的索引文件", file=path.name),)


def _checksum(file: RawIOBase, extent: Extent, pause: Callable[[], None] | None) -> int | None:
    """Return the CRC-32 of an extent, None if it cannot be read to its end."""
    buffer = memoryview(bytearray(min(extent.size, _CHUNK_BYTES)))
    checksum, remaining = 0, extent.size
    try:
        file.seek(extent.start)
        while remaining:
            count = file.readinto(buffer[: min(remaining, len(buffer))])
            if not count:
                return None
            checksum, remaining = zlib.crc32(buffer[:count], checksum), remaining - count
            if pause:
                pause()
    except OSError:
        return None
    return checksum


def _map(path: Path, identity: Identity, pages: mmap.mmap, begin: int, header: bytes) -> ArrayFile:
    data = np.frombuffer(pages, dtype=np.uint8)[begin:]
    try:
        content = json.loads(header)
        if content["size"] != len(data):
            raise DamagedIndex("{file} 长度不符", file=path.name)
        arrays = {
            name: _view(data, int(offset), dtype, int(length))
            for name, (dtype, offset, length, _) in content["arrays"].items()
        }
        extents = {
            name: Extent(begin + int(offset), arrays[name].nbytes, int(checksum))
            for name, (_, offset, _, checksum) in content["arrays"].items()
        }
        return ArrayFile(path, identity, dict(content["meta"]), arrays, extents, pages)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise DamagedIndex("{file} 的文件头无法解读", file=path.name) from error


def _view(data: npt.NDArray[np.uint8], start: int, dtype: str, length: int) -> Array:
    if dtype not in _DTYPES or length < 0 or start < 0:
        raise ValueError(dtype)
    end = start + length * np.dtype(dtype).itemsize
    if end > len(data):
        raise ValueError(end)
    return data[start:end].view(dtype)
