"""Readers: the files in `data/` in, entries out; one file per format."""

from search.readers.base import Record
from search.readers.formats import FORMATS, data_files, read

__all__ = ["FORMATS", "Record", "data_files", "read"]
