"""Readers: from the files in `data/` to entries."""

from search.readers.base import Record
from search.readers.files import MAX_DEPTH, data_files
from search.readers.registry import FORMATS, read

__all__ = ["FORMATS", "MAX_DEPTH", "Record", "data_files", "read"]
