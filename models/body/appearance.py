"""What a body looks like: materials and texture, read by Blender's side and by the rasteriser. numpy only."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .load import Body

TEXTURE = Path(__file__).with_name("open_body_texture.png")
"""The open body's texture (sRGB): skin, hair, clothes, eyes, teeth, tongue; painted by models.body.build.texture."""


@dataclass(frozen=True)
class Material:
    """name: for people to read; colour: linear RGB in [0, 1], multiplied with the texture where there is one.

    roughness: in [0, 1] as in Blender's Principled BSDF; two_sided: thin sheets that are seen from behind as well.
    """

    name: str
    colour: tuple[float, float, float]
    roughness: float
    two_sided: bool = False


@dataclass(frozen=True)
class Appearance:
    """materials: one for each face group (Body.face_group indexes them); texture: a picture file, or None."""

    materials: tuple[Material, ...]
    texture: Path | None


WHITE = (1.0, 1.0, 1.0)
MANNEQUIN = Material("mannequin", (0.36, 0.41, 0.43), 0.55)
"""For a body of someone else, whose texture coordinates are unknown: calm blue-grey."""

_ROUGHNESS = (("eye", 0.12), ("teeth", 0.25), ("gums", 0.35), ("tongue", 0.4), ("mouth", 0.5))
"""By a part of the group's name; all else is skin and cloth."""
_SKIN_AND_CLOTH = 0.68


def appearance_of(body: "Body") -> Appearance:
    """Materials and texture of `body`: painted for the open body, one plain mannequin for any other."""
    if body.model_id != "open" or body.uv is None or body.faces_uv is None or body.face_group is None:
        return Appearance((MANNEQUIN,), None)
    return Appearance(tuple(_material(name) for name in body.group_names), TEXTURE)


def _material(group: str) -> Material:
    roughness = next((value for part, value in _ROUGHNESS if part in group), _SKIN_AND_CLOTH)
    return Material(group, WHITE, roughness)
