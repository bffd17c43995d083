"""The clips of a character, read from the scene: what Blender shows, frame by frame."""

import bpy
import numpy as np

from ..clock import scene_rate
from ..sampled import Sampled, sample_armature
from .clip import Clip, grid
from .source import Source, placed, unscaled
from .spans import Span, playing, spans_of
from .wishes import ExportWishes


def sample_span(source: Source, span: Span, scene: bpy.types.Scene, fps: float) -> Sampled:
    """What the armature shows in the clip, at `fps` frames a second. What it plays is as before afterwards."""
    frames = grid(span.first, span.last, scene_rate(scene), fps)
    with playing(source.armature, span.action):
        return sample_armature(source.armature, frames, scene)


def read_clips(source: Source, wishes: ExportWishes, scene: bpy.types.Scene) -> list[Clip]:
    """The clips that are wished for. Raises ThespisError when there are none."""
    fps = wishes.fps or scene_rate(scene)
    return [
        clip_of(source, span, sample_span(source, span, scene, fps), fps) for span in spans_of(source.armature, wishes, scene)
    ]


def clip_of(source: Source, span: Span, sampled: Sampled, fps: float) -> Clip:
    """What was sampled as a clip: upright, in metres, seen from where the character stands at first."""
    place, _, _ = placed(sampled.worlds[0], source.armature.name)
    seen = np.linalg.inv(place) @ sampled.worlds
    matrices = unscaled(seen[:, None] @ sampled.matrices[:, list(source.columns)], source.scale)
    faces = {(key.owner.name, key.name): key.values for key in sampled.shape_keys}
    return Clip(span.name, fps, matrices, place, faces)
