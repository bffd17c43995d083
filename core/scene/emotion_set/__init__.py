"""Emotion sets in a scene: actions, assets, a line of strips."""
