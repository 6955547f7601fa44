"""Which dictionary made a segment's terms, and which of its entries would have others now.

A segment says in its fingerprint which dictionary its entries were cut with, and the dictionary itself lies
beside it in a file named after its content. So nothing depends on when a process died: a segment and its
dictionary belong together whatever was written last, and where the file is missing or not what its name
says, all entries of the segment count as stale.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer, Dictionary
from search.engines.whoosh.matching.segment_matcher import SegmentMatcher
from search.engines.whoosh.storage.segment_reader import SegmentReader
from search.query.logical import Phrase
from search.regular_file import read_regular

__all__ = ["clean_dictionaries", "keep_dictionary", "made_by", "stale_entries"]

Mask = npt.NDArray[np.bool_]

#: Largest dictionary that is read, in bytes; it comes from a `words.txt` of 16 MiB at most.
_MAX_SIZE: Final = 1 << 26
_OURS: Final = re.compile(r"words-([0-9a-f]{24})\.json(\.new)?\Z")


def keep_dictionary(folder: Path, dictionary: Dictionary) -> None:
    """Lay down the dictionary that a segment is about to be made with; raises OSError."""
    if not dictionary.weights:
        return
    path = _path(folder, dictionary.fingerprint)
    if _read(folder, dictionary.fingerprint) == dictionary:
        return
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(dictionary.packed())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def stale_entries(matcher: SegmentMatcher, leaf: SegmentReader, analyzer: Analyzer, folder: Path) -> Mask:
    """Return which live entries of a leaf, shape (N,), the analyzer would give other terms than they have.

    These are entries that hold a word in which the dictionary of then and that of now differ.
    """
    if leaf.docs.fingerprint == analyzer.fingerprint:
        return np.zeros(leaf.count, dtype=np.bool_)
    chain, _, name = leaf.docs.fingerprint.partition("-")
    before = _read(folder, name)
    changed = before.changed_words(analyzer.dictionary) if before else None
    if chain != analyzer.chain or changed is None:
        return leaf.live.copy()
    stale = np.zeros(leaf.count, dtype=np.bool_)
    for word in changed:
        if all(leaf.units.number(unit) >= 0 for unit in word):
            stale[matcher.row(Phrase(tuple(word), tuple(range(len(word)))))] = True
    return stale & leaf.live


def made_by(leaf: SegmentReader, analyzer: Analyzer, folder: Path) -> str:
    """Return the fingerprint of a leaf's live entries: that of now where none of them is stale."""
    if leaf.docs.fingerprint == analyzer.fingerprint:
        return analyzer.fingerprint
    matcher = SegmentMatcher(leaf, analyzer)
    stale = stale_entries(matcher, leaf, analyzer, folder).any()
    return leaf.docs.fingerprint if stale else analyzer.fingerprint


def clean_dictionaries(folder: Path, fingerprints: Iterable[str]) -> None:
    """Delete the dictionaries that no segment names any more."""
    kept = {fingerprint.partition("-")[2] for fingerprint in fingerprints}
    for path in folder.iterdir():
        match = _OURS.match(path.name)
        if match is None or (match[1] in kept and not match[2]):
            continue
        try:
            path.unlink()
        except OSError:
            continue


def _path(folder: Path, name: str) -> Path:
    return folder / f"words-{name}.json"


def _read(folder: Path, name: str) -> Dictionary | None:
    """Return the dictionary of a fingerprint, or None where it is not there as it was written."""
    if not name:
        return Dictionary()
    try:
        found = Dictionary.unpacked(read_regular(_path(folder, name), _MAX_SIZE))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return found if found.fingerprint == name else None
