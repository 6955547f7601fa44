"""Bytes to text: the encoding of a file, its damaged bytes, its lines."""
