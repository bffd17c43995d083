"""Turns a score, an intensity and an actor into motion of the whole body."""
