"""Readers: the files in `data/` in, entries out; one file per format."""

from search.readers.base import Record
from search.readers.registry import FORMATS, MAX_DEPTH, data_files, read

__all__ = ["FORMATS", "MAX_DEPTH", "Record", "data_files", "read"]
