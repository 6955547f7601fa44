"""Text to terms: folding, units, grams and words. `analyzer.py` has the whole chain."""

from search.analysis.analyzer import Analyzer, Terms, bigram, default_analyzer, split_bigram
from search.analysis.dictionary import Dictionary
from search.analysis.units import FIELD_BREAK, Units

__all__ = [
    "FIELD_BREAK",
    "Analyzer",
    "Dictionary",
    "Terms",
    "Units",
    "bigram",
    "default_analyzer",
    "split_bigram",
]
