"""`thespis emotion-set`: takes from an engine beside this process, then one file with all clips, and the manifest."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..engine.act_job import submit_act, take_of
from ..engine.client import EngineClient
from ..errors import ThespisError
from ..files import folder_written_beside
from ..motion import Motion, write_motion
from ..progress import Progress
from .plan import SetClip, SetWishes

_AHEAD: Final = 4
"""Takes that are asked for before they are needed."""


@dataclass(frozen=True)
class SetOutput:
    """Where a set goes. out: a file, whose ending says its format and beside which the manifest is put, or a folder to make.

    asked: of core.scene.export.wishes.ExportWishes. weights: of an own training, None for those that come along.
    """

    out: Path
    asked: dict[str, Any]
    weights: Path | None = None


def emotion_set(wishes: SetWishes, output: SetOutput, fps: float, progress: Progress) -> list[str]:
    """Make a set and write it; returns lines to show. Runs Blender as a Python module in this process, which must be ours alone.

    Raises ThespisError, having written nothing, when it cannot be done.
    """
    try:
        from ..scene.emotion_set.export_set import check_export
        from ..scene.emotion_set.to_file import set_to_file
        from ..scene.export.wishes import ExportWishes
    except ImportError as error:
        raise ThespisError("An emotion set needs Blender as a Python module: pip install bpy==5.0.1 (Python 3.11).") from error
    is_folder = not output.out.suffix
    clips, export_wishes = wishes.clips(), ExportWishes(**output.asked)
    if is_folder:
        with folder_written_beside(output.out) as beside:
            takes = made_takes(wishes, clips, fps, output.weights, progress)
            lines = set_to_file(clips, takes, beside / "emotion_set.glb", export_wishes, wishes.loops, progress)
            for clip, take in zip(clips, takes, strict=True):
                write_motion(take, beside / f"{clip.name}.npz")
        return [line.replace(str(beside), str(output.out)) for line in lines]
    check_export(output.out, clips, export_wishes.overwrite)
    takes = made_takes(wishes, clips, fps, output.weights, progress)
    return set_to_file(clips, takes, output.out, export_wishes, wishes.loops, progress)


def made_takes(wishes: SetWishes, clips: list[SetClip], fps: float, weights: Path | None, progress: Progress) -> list[Motion]:
    """The takes of the clips on the open body, made by an engine of their own, which is ended."""
    with tempfile.TemporaryDirectory(prefix="thespis-set-") as folder:
        client = EngineClient(Path(sys.executable), Path(folder) / "log", Path(folder))
        try:
            waiting = [submit_act(client, wishes.request(clip, fps), weights) for clip in clips[:_AHEAD]]
            takes = []
            with progress.stage("acting", len(clips)):
                for number in range(len(clips)):
                    takes.append(take_of(client.wait(waiting[number])))
                    if len(waiting) < len(clips):
                        waiting.append(submit_act(client, wishes.request(clips[len(waiting)], fps), weights))
                    progress.update(number + 1)
            return takes
        finally:
            client.stop()
