"""The modules that import Whoosh: codec, schema, table of contents."""
