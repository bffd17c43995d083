"""Rendered truth: clips of the open body with known motion, shape and camera, for benches and tests."""
