"""Bodies, landmark networks and weights."""
