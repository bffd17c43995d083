"""Slower methods that fit the same landmarks, run beside the project's own: what a claim of speed is measured against."""
