"""Readers: from the files in `data/` to entries."""

from search.readers.base import Record
from search.readers.registry import FORMATS, MAX_DEPTH, data_files, read

__all__ = ["FORMATS", "MAX_DEPTH", "Record", "data_files", "read"]
