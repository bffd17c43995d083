"""A character's control rig in Blender: made, put onto a motion, brought back to the bones, removed."""
