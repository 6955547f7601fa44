"""Text to terms: folding, units, grams and words. `analyzer.py` shows the whole chain."""

from search.analysis.analyzer import Analyzer, Terms, bigram, default_analyzer, is_unigram
from search.analysis.units import Units

__all__ = ["Analyzer", "Terms", "Units", "bigram", "default_analyzer", "is_unigram"]
