"""The two files beside the data: aliases and user words."""
