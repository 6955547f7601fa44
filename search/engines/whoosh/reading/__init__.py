"""One published generation, open for reading."""
