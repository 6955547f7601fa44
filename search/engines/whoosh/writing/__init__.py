"""Building, merging and publishing segments."""
