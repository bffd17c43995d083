"""The engine's environment: made on the user's click, tested, kept, mended, gone back from. Runs in Blender's own Python."""
