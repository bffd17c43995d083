"""What may be asked of a mend, as Blender's side and the command line say it. Standard library only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ..errors import ThespisError

Swap = Literal["none", "all", "arms", "legs"]
Foot = Literal["seen", "down", "up"]
SWAPS: Final = ("none", "all", "arms", "legs")
FEET: Final = ("seen", "down", "up")
LEAST, MOST = 0.05, 20.0
"""Of smoothness."""


@dataclass(frozen=True)
class Correction:
    """What somebody says of the frames first to last of the clip (inclusive, 0-based).

    swap: whose left and right were taken for one another. left, right: whether the foot is on the ground, or as it was seen.
    """

    first: int
    last: int
    swap: Swap = "none"
    left: Foot = "seen"
    right: Foot = "seen"

    def says_something(self) -> bool:
        """Whether it is anything but what was seen."""
        return (self.swap, self.left, self.right) != ("none", "seen", "seen")


@dataclass(frozen=True)
class Mend:
    """A stretch of a take to fit anew, first to last frame of the clip (inclusive).

    person: whose, counted from 0. smoothness: 1 as the fit is, more for calmer. corrections: all that was said so far, of
    whatever frames. again: read the pictures again, too, closely. body: "open" or the path of the SMPLX_*.npz that the take was
    fitted with. Raises ThespisError for what cannot be asked.
    """

    first: int
    last: int
    person: int = 0
    smoothness: float = 1.0
    corrections: tuple[Correction, ...] = ()
    again: bool = False
    body: str = "open"
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise ThespisError(f"Frames {self.first} to {self.last} are no stretch. Give a first frame and a later last one.")
        if not LEAST <= self.smoothness <= MOST:
            raise ThespisError(
                f"A smoothness of {self.smoothness:g} cannot be had. Give {LEAST:g} to {MOST:g}; 1 is as the fit is."
            )
        for one in self.corrections:
            if one.swap not in SWAPS or one.left not in FEET or one.right not in FEET:
                raise ThespisError(
                    f"What is said of frames {one.first} to {one.last} is not known. Choose among what is offered."
                )


def mend_arguments(mend: Mend) -> dict[str, Any]:
    """`mend` as JSON has it."""
    return asdict(mend)


def mend_of(arguments: Mapping[str, Any]) -> Mend:
    """The mend of `mend_arguments`; what is not of one is passed over. Raises ThespisError for what cannot be asked."""
    given = {name: arguments[name] for name in Mend.__dataclass_fields__ if name in arguments}
    given["corrections"] = tuple(Correction(**one) for one in given.get("corrections", ()))
    return Mend(**given)
