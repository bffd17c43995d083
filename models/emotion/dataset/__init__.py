"""Labelled takes: from the corpus, or from a user's folder of motions and a table, as features ready to learn from."""
