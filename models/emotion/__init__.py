"""Emotions as motion: the corpus, the CVAE that learns its space, and the recognisers that judge what comes out."""
