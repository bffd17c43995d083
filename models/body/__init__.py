"""SMPL-X-format bodies: load, skin, and the script that builds the open body."""
