"""One file for each thing an animator does."""
