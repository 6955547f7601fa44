"""Compression of ascending integers, decoded by a few array operations.

A list of n integers, of which e steps (differences of neighbours) are exceptions:

    1          w, the width of a step in bytes: 1, 2, 3 or 4; plus 128 if e > 0
    4          the first integer, little-endian
    4          e, only if e > 0
    w·(n−1)    the steps, little-endian; if e > 0, a step with all bits set marks an exception
    4·e        the exceptions, in order

The width is the one that makes the list shortest. Frequent terms have small steps and take about one byte a
document. This is patched frame of reference (Zukowski and others, "Super-Scalar RAM-CPU Cache Compression",
ICDE 2006) with bytes instead of bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["decode", "decode_all", "encode", "length"]

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

#: Sizes in bytes: width and first integer; number of exceptions; one exception.
_HEADER: Final = 5
_COUNT: Final = 4
_EXCEPTION: Final = 4
#: Flag in the first byte of a list with exceptions.
_PATCHED: Final = 128


@dataclass(frozen=True, slots=True)
class _Layout:
    """The layout of lists: width, count, number of exceptions (`patches`) and offset of each."""

    widths: Ints
    counts: Ints
    patches: Ints
    begins: Ints

    @property
    def headers(self) -> Ints:
        """Bytes before the first step."""
        return _HEADER + _COUNT * (self.patches > 0)

    def step_offsets(self, starts: Ints) -> Ints:
        """Return the offset of every integer's step; the first one of each list is undefined."""
        before = self.begins + self.headers - self.widths - self.widths * starts
        width = np.repeat(self.widths, self.counts)
        offsets: Ints = np.repeat(before, self.counts) + width * np.arange(int(self.counts.sum()))
        return offsets

    def patch_offsets(self) -> Ints:
        """Return the offset of every exception, list by list."""
        before = self.begins + self.headers + self.widths * (self.counts - 1)
        first = np.cumsum(self.patches) - self.patches
        within = _EXCEPTION * np.arange(int(self.patches.sum()))
        offsets: Ints = np.repeat(before - _EXCEPTION * first, self.patches) + within
        return offsets


def encode(values: Ints, starts: Ints) -> tuple[Bytes, Ints]:
    """Pack concatenated lists; list i is `values[starts[i]:starts[i + 1]]`, ascending and not empty.

    Returns the bytes, and the offset of each list with the end of the last: shape (lists + 1,).
    """
    if not len(starts):
        return np.empty(0, dtype=np.uint8), np.zeros(1, dtype=np.int64)
    counts = np.diff(np.append(starts, len(values)))
    steps = np.diff(values, prepend=0)
    steps[starts] = 0
    layout, ends = _best_layout(steps, starts, counts)
    data = np.zeros(int(ends[-1]), dtype=np.uint8)
    patched = layout.patches > 0
    data[layout.begins] = layout.widths + _PATCHED * patched
    _put(data, layout.begins + 1, values[starts], 4)
    _put(data, layout.begins[patched] + _HEADER, layout.patches[patched], 4)
    limits = np.where(patched, (1 << (8 * layout.widths)) - 1, np.iinfo(np.int64).max)
    limit = np.repeat(limits, counts)
    _put(data, layout.patch_offsets(), steps[steps >= limit], 4)
    _put_steps(data, np.minimum(steps, limit), starts, layout)
    return data, ends


def _best_layout(steps: Ints, starts: Ints, counts: Ints) -> tuple[_Layout, Ints]:
    """Return the layout with the width that makes each list shortest, and the offsets of the lists."""
    best = np.full(len(starts), np.iinfo(np.int64).max)
    widths = np.zeros(len(starts), dtype=np.int64)
    patches = np.zeros(len(starts), dtype=np.int64)
    largest = np.maximum.reduceat(steps, starts)
    for width in range(1, 5):
        limit = (1 << (8 * width)) - 1
        large = np.add.reduceat((steps >= limit).astype(np.int64), starts)
        large[largest <= limit] = 0  # the limit itself fits where nothing is larger
        cost = width * (counts - 1) + _EXCEPTION * large + _COUNT * (large > 0)
        better = cost < best
        best[better], widths[better], patches[better] = cost[better], width, large[better]
    ends = np.concatenate(([0], np.cumsum(_HEADER + best)))
    return _Layout(widths, counts, patches, ends[:-1]), ends


def _put(data: Bytes, offsets: Ints, values: Ints, width: int) -> None:
    for byte in range(width):
        data[offsets + byte] = (values >> (8 * byte)) & 255


def _put_steps(data: Bytes, steps: Ints, starts: Ints, layout: _Layout) -> None:
    offsets = layout.step_offsets(starts)
    for width, indexes in _indexes_by_width(starts, layout):
        _put(data, offsets[indexes], steps[indexes], width)


def _indexes_by_width(starts: Ints, layout: _Layout) -> list[tuple[int, Ints]]:
    """Return the indexes of the steps of each width."""
    width = np.repeat(layout.widths.astype(np.uint8), layout.counts)
    width[starts] = 0
    return [(wide, np.flatnonzero(width == wide)) for wide in range(1, 5)]


def length(data: Bytes, start: int, end: int) -> int:
    """Return the count of the list in `data[start:end]` without decoding it."""
    width = int(data[start])
    body = end - start - _HEADER
    if width > _PATCHED:
        patches = int.from_bytes(data[start + _HEADER : start + _HEADER + _COUNT].tobytes(), "little")
        body -= _COUNT + _EXCEPTION * patches
    return 1 + body // (width & (_PATCHED - 1))


def decode(data: Bytes, start: int, end: int) -> Ints:
    """Return the integers of the list in `data[start:end]`; int64, ascending."""
    header = data[start : start + _HEADER + _COUNT].tobytes()
    width, begin, patches = header[0], start + _HEADER, 0
    if width > _PATCHED:
        width -= _PATCHED
        begin += _COUNT
        patches = int.from_bytes(header[_HEADER:], "little")
    body = data[begin : end - _EXCEPTION * patches]
    values = np.empty(1 + len(body) // width, dtype=np.int64)
    values[0] = int.from_bytes(header[1:_HEADER], "little")
    values[1:] = _steps(body, width)
    if patches:
        indexes = np.flatnonzero(values[1:] == (1 << (8 * width)) - 1) + 1
        values[indexes] = data[end - _EXCEPTION * patches : end].view("<u4")
    return np.cumsum(values, out=values)


def _steps(body: Bytes, width: int) -> npt.NDArray[Any]:
    if width == 1:
        return body
    if width == 2:
        return body.view("<u2")
    if width == 4:
        return body.view("<u4")
    triples = body.reshape(-1, 3).astype(np.uint32)
    return triples[:, 0] | triples[:, 1] << 8 | triples[:, 2] << 16


def decode_all(data: Bytes, ends: Ints) -> tuple[Ints, Ints]:
    """Return the integers of all lists, concatenated, and the count of each list."""
    begins = ends[:-1].astype(np.int64)
    if not len(begins):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    layout = _read_layout(data, begins, ends[1:].astype(np.int64) - begins)
    starts = np.cumsum(layout.counts) - layout.counts
    steps = np.zeros(int(layout.counts.sum()), dtype=np.int64)
    offsets = layout.step_offsets(starts)
    for width, indexes in _indexes_by_width(starts, layout):
        steps[indexes] = _get(data, offsets[indexes], width)
    limits = np.where(layout.patches > 0, (1 << (8 * layout.widths)) - 1, -1)
    steps[np.flatnonzero(steps == np.repeat(limits, layout.counts))] = _get(data, layout.patch_offsets(), 4)
    steps[starts] = 0
    firsts = _get(data, begins + 1, 4)
    running = np.cumsum(steps)
    return running + np.repeat(firsts - running[starts], layout.counts), layout.counts


def _read_layout(data: Bytes, begins: Ints, sizes: Ints) -> _Layout:
    widths = data[begins].astype(np.int64)
    patched = np.flatnonzero(widths > _PATCHED)
    widths[patched] -= _PATCHED
    patches = np.zeros(len(begins), dtype=np.int64)
    patches[patched] = _get(data, begins[patched] + _HEADER, 4)
    body = sizes - _HEADER - _COUNT * (patches > 0) - _EXCEPTION * patches
    return _Layout(widths, 1 + body // widths, patches, begins)


def _get(data: Bytes, offsets: Ints, width: int) -> Ints:
    values = np.zeros(len(offsets), dtype=np.int64)
    for byte in range(width):
        values |= data[offsets + byte].astype(np.int64) << (8 * byte)
    return values
