"""How a take is chosen; see ActRequest. Standard library only: the command line names them before anything heavy is there."""

from typing import Final, Literal

Mode = Literal["sample", "crossed", "normal", "paper", "mean", "bias"]
MODES: Final[tuple[Mode, ...]] = ("sample", "crossed", "normal", "paper", "mean", "bias")

BEST_OF: Final = 4
"""Takes that are tried where nobody says how many."""
