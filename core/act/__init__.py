"""An emotion becomes a motion: drawn from the model, started from a pose, kept on its feet."""
