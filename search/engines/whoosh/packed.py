"""Ascending lists of numbers in few bytes, decoded by a handful of array operations.

A list of n numbers takes 5 + w · (n − 1) bytes:

    1  w, the width of a step in bytes: 1, 2, 3 or 4
    4  the first number, little-endian
    w  each step to the next number, little-endian

The width is the smallest that holds the list's largest step. Frequent terms have small steps and take about
one byte an entry; nothing has to be read but the list itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["HEADER", "decode", "decode_all", "encode", "length"]

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

#: Bytes before the first step.
HEADER = 5


def encode(values: Ints, starts: Ints) -> tuple[Bytes, Ints]:
    """Pack lists laid end to end; list i is `values[starts[i]:starts[i + 1]]`, never empty, ascending.

    Returns the bytes and where each list begins in them, with the end of the last: shape (lists + 1,).
    """
    if not len(starts):
        return np.empty(0, dtype=np.uint8), np.zeros(1, dtype=np.int64)
    counts = np.diff(np.append(starts, len(values)))
    steps = np.diff(values, prepend=0)
    firsts = steps[starts] = values[starts]
    steps[starts] = 0
    largest = np.maximum.reduceat(steps, starts)
    widths = 1 + (largest >= 1 << 8) + (largest >= 1 << 16) + (largest >= 1 << 24).astype(np.int64)
    ends = np.concatenate(([0], np.cumsum(HEADER + widths * (counts - 1))))
    data = np.zeros(int(ends[-1]), dtype=np.uint8)
    data[ends[:-1]] = widths
    for byte in range(4):
        data[ends[:-1] + 1 + byte] = (firsts >> (8 * byte)) & 255
    _write_steps(data, steps, starts, counts, widths, ends)
    return data, ends


def _write_steps(data: Bytes, steps: Ints, starts: Ints, counts: Ints, widths: Ints, ends: Ints) -> None:
    width = np.repeat(widths.astype(np.uint8), counts)
    # Where a step goes: behind its list's header and the steps before it.
    place = np.repeat(ends[:-1] + HEADER - widths - widths * starts, counts)
    place += width * np.arange(len(steps))
    is_step = np.ones(len(steps), dtype=np.bool_)
    is_step[starts] = False
    for wide in range(1, 5):
        rows = np.flatnonzero(is_step & (width == wide))
        for byte in range(wide):
            data[place[rows] + byte] = (steps[rows] >> (8 * byte)) & 255


def length(data: Bytes, start: int, end: int) -> int:
    """Return how many numbers the list in `data[start:end]` has, without decoding it."""
    return 1 + (end - start - HEADER) // int(data[start])


def decode(data: Bytes, start: int, end: int) -> Ints:
    """Return the numbers of the list in `data[start:end]`; int64, ascending."""
    header = data[start : start + HEADER].tobytes()
    width, first = header[0], int.from_bytes(header[1:], "little")
    body = data[start + HEADER : end]
    values = np.empty(1 + len(body) // width, dtype=np.int64)
    values[0] = first
    values[1:] = _steps(body, width)
    return np.cumsum(values, out=values)


def _steps(body: Bytes, width: int) -> npt.NDArray[Any]:
    if width == 1:
        return body
    if width == 2:
        return body.view("<u2")
    if width == 4:
        return body.view("<u4")
    rows = body.reshape(-1, 3).astype(np.uint32)
    return rows[:, 0] | rows[:, 1] << 8 | rows[:, 2] << 16


def decode_all(data: Bytes, ends: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of all lists laid end to end, and how many each list has."""
    begins = ends[:-1].astype(np.int64)
    if not len(begins):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    widths = data[begins].astype(np.int64)
    counts = 1 + (np.diff(ends).astype(np.int64) - HEADER) // widths
    starts = np.concatenate(([0], np.cumsum(counts)))[:-1]
    steps = np.zeros(int(counts.sum()), dtype=np.int64)
    width = np.repeat(widths.astype(np.uint8), counts)
    place = np.repeat(begins + HEADER - widths - widths * starts, counts)
    place += width * np.arange(len(steps))
    is_step = np.ones(len(steps), dtype=np.bool_)
    is_step[starts] = False
    for wide in range(1, 5):
        rows = np.flatnonzero(is_step & (width == wide))
        for byte in range(wide):
            steps[rows] |= data[place[rows] + byte].astype(np.int64) << (8 * byte)
    firsts = np.zeros(len(begins), dtype=np.int64)
    for byte in range(4):
        firsts |= data[begins + 1 + byte].astype(np.int64) << (8 * byte)
    running = np.cumsum(steps)
    return running + np.repeat(firsts - running[starts], counts), counts
