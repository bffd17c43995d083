"""The Blender side: a Motion becomes a rigged, keyframed character with its camera, and leaves as a file others read."""
