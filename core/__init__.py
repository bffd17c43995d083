"""What the program does: footage or an emotion in, a Motion out, and Blender's scene made from it."""
