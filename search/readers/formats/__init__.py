"""One module for each input format."""
