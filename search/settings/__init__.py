"""The two files of settings in `data/`: aliases and user words."""
