"""A clip: its frames upright and at a constant rate, its size, its rate, its lens where the file tells."""

from .clip import Clip, open_clip
from .read import Picture, read_moments, read_pictures

__all__ = ["Clip", "Picture", "open_clip", "read_moments", "read_pictures"]
