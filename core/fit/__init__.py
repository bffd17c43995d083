"""Landmarks to a Motion and a camera."""
