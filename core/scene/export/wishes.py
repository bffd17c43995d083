"""What may be asked of an export."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from ...errors import ThespisError
from .presets import Preset, Root, preset_called

Clips = Literal["PRESENT", "SCENE", "STRIPS", "MARKED", "CHOSEN"]
Up = Literal["Y", "Z"]

SLOWEST, FASTEST = 1.0, 240.0
"""Frames a second."""


@dataclass(frozen=True)
class ExportWishes:
    """preset: the program that will read the file. mesh: False for the skeleton alone.

    clips: PRESENT: what the character plays now, over its keys. SCENE: what it shows over the scene's range. STRIPS: one clip for
    each strip of its NLA. MARKED: each action that is marked as an asset. CHOSEN: the actions named in `chosen`.
    fps: frames a second, None: the scene's. root, leaf_bones, at_origin, deform_only: None: as the preset has it.
    up: of an .npz: Z as AMASS has it, Y as SMPL-X and Thespis have it. overwrite: replace an existing file.
    Raises ThespisError for what cannot be asked.
    """

    preset: str = "plain"
    mesh: bool = True
    clips: Clips = "PRESENT"
    chosen: tuple[str, ...] = ()
    fps: float | None = None
    root: Root | None = None
    leaf_bones: bool | None = None
    at_origin: bool | None = None
    deform_only: bool | None = None
    up: Up = "Z"
    overwrite: bool = False

    def __post_init__(self) -> None:
        preset_called(self.preset)
        if self.fps is not None and not SLOWEST <= self.fps <= FASTEST:
            raise ThespisError(f"{self.fps:g} frames a second cannot be exported. Give {SLOWEST:g} to {FASTEST:g}.")

    @property
    def settled(self) -> Preset:
        """The preset with what was asked otherwise put in."""
        asked = {name: getattr(self, name) for name in _ASKED if getattr(self, name) is not None}
        return replace(preset_called(self.preset), **asked)


_ASKED: Final = ("root", "leaf_bones", "at_origin", "deform_only")
