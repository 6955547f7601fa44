"""The dictionary that made the terms of a segment, and the entries whose terms the current one would change.

The fingerprint of a segment names the dictionary that segmented its entries; the dictionary is stored in
a file that is named after its content. So the two match at whatever moment a process ended. If the file is
missing, or its content does not match its name, all entries of the segment are stale.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis import Analyzer, Dictionary
from search.engines.whoosh.matching.segment_matcher import SegmentMatcher
from search.engines.whoosh.storage.reader import SegmentReader
from search.query.logical import Phrase
from search.regular_file import read_regular

__all__ = ["clean_dictionaries", "keep_dictionary", "made_by", "stale_entries"]

Mask = npt.NDArray[np.bool_]

#: Largest dictionary that is read, in bytes; its source `words.txt` has 16 MiB at most.
_MAX_BYTES: Final = 1 << 26
_NAME: Final = re.compile(r"words-([0-9a-f]{24})\.json(\.new)?\Z")


def keep_dictionary(folder: Path, dictionary: Dictionary) -> None:
    """Store the dictionary of a segment that is about to be written; raises OSError."""
    if not dictionary.weights or _read(folder, dictionary.fingerprint) == dictionary:
        return
    path = _path(folder, dictionary.fingerprint)
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(dictionary.packed())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def stale_entries(matcher: SegmentMatcher, reader: SegmentReader, analyzer: Analyzer, folder: Path) -> Mask:
    """Return which live documents (N,) of a segment contain a word whose weight differs between dictionaries.

    The analyzer would give them other terms than they have.
    """
    if reader.docs.fingerprint == analyzer.fingerprint:
        return np.zeros(reader.count, dtype=np.bool_)
    chain, _, name = reader.docs.fingerprint.partition("-")
    dictionary = _read(folder, name)
    changed = dictionary.changed_words(analyzer.dictionary) if dictionary else None
    if chain != analyzer.chain or changed is None:
        return reader.live.copy()
    stale = np.zeros(reader.count, dtype=np.bool_)
    for word in changed:
        if all(reader.units.term_ord(unit) >= 0 for unit in word):
            stale[matcher.phrase(Phrase(tuple(word), tuple(range(len(word)))))] = True
    return stale & reader.live


def made_by(reader: SegmentReader, analyzer: Analyzer, folder: Path) -> str:
    """Return the fingerprint of a segment's live entries: the analyzer's own if none of them is stale."""
    if reader.docs.fingerprint == analyzer.fingerprint:
        return analyzer.fingerprint
    stale = stale_entries(SegmentMatcher(reader, analyzer), reader, analyzer, folder)
    return reader.docs.fingerprint if stale.any() else analyzer.fingerprint


def clean_dictionaries(folder: Path, fingerprints: Iterable[str]) -> None:
    """Delete the dictionaries that no segment names."""
    names = {fingerprint.partition("-")[2] for fingerprint in fingerprints}
    for path in folder.iterdir():
        match = _NAME.match(path.name)
        if match is not None and (match[1] not in names or match[2]):
            with suppress(OSError):
                path.unlink()


def _path(folder: Path, name: str) -> Path:
    return folder / f"words-{name}.json"


def _read(folder: Path, name: str) -> Dictionary | None:
    """Return the dictionary with a fingerprint, or None if its file is missing or altered."""
    if not name:
        return Dictionary()
    try:
        return Dictionary.unpacked(read_regular(_path(folder, name), _MAX_BYTES), name)
    except (OSError, ValueError):
        return None
