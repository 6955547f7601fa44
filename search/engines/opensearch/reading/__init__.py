"""One published generation of a cluster, open for reading."""
