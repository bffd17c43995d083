"""Bake: what an armature shows becomes one clean action."""
