"""The process beside Blender that does the heavy work."""
