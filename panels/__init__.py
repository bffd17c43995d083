"""One file for each panel; panels read and never compute."""
