"""Takes of an emotion set to one file with all of them, and its manifest, without a scene of the animator's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....models.body.load import Body, load_body
from ...emotion_set.plan import SetClip
from ...motion import Motion
from ...progress import Progress
from ..character import build_character
from ..clock import set_scene_rate
from ..export.wishes import ExportWishes
from ..mesh import expression_columns, set_slider_ranges
from ..rig import read_rig
from ..session import fresh_session
from .export_set import check_export, export_set
from .write_set import write_clip


def set_to_file(
    clips: Sequence[SetClip], takes: Sequence[Motion], out: Path, wishes: ExportWishes, loops: bool, progress: Progress
) -> list[str]:
    """Write the takes, all of one rate and on the open body, to `out`; returns lines to show. This process must be ours alone.

    Raises ThespisError naming the file, the cause and the next step.
    """
    check_export(out, clips, wishes.overwrite)
    with fresh_session() as scene, progress.stage("write", 2):
        set_scene_rate(scene, takes[0].fps)
        # A character at rest, from the first frame of a take.
        still = takes[0].slice(0, 1)
        body = load_body()
        character = build_character(still, body, "character", scene, scene.collection)
        character.rig.animation_data.action = None
        if character.figure.data.shape_keys.animation_data is not None:
            character.figure.data.shape_keys.animation_data.action = None
        rig = read_rig(character.rig)
        _widen(character.figure, body, takes)
        made = [write_clip(rig, clip, take, scene, loops) for clip, take in zip(clips, takes, strict=True)]
        progress.update(1)
        return export_set(character.rig, made, out, wishes, scene)


def _widen(figure: Any, body: Body, takes: Sequence[Motion]) -> None:
    """Open the sliders of the face as far as any take goes."""
    columns = expression_columns(body, takes[0].expression)
    set_slider_ranges(figure, columns, np.concatenate([take.expression for take in takes]))
