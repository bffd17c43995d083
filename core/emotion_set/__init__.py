"""Emotion sets: many takes at once, named, and told of in a manifest. numpy only."""
