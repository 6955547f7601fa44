"""Corrections and denials: detecting them, finding the report that they correct, storing the links."""
