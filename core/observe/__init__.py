"""Pixels to landmarks: every person in every frame, with hands and face."""
