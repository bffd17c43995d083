"""take.json: where the motions came from, the camera, the seconds, the warnings. numpy and the standard library only."""

import json
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..camera import Camera
from ..errors import ThespisError
from ..files import written_beside

TAKE_FILE = "take.json"
VERSION = 1


@dataclass(frozen=True)
class Take:
    """One fit of one clip.

    clip: the movie, picture or folder that was fitted. fps: its constant rate. frame_range: first and last fitted frame,
    0-based. camera: intrinsics, lens and world-to-camera. people: one dictionary a person with `file`, `gender`,
    `body_model`, `frames_seen`. seconds: by stage, in order. plain: whether Blender may show the clip's own file behind the
    camera (upright, constant rate, square pixels), so that no proxy is needed.
    """

    clip: Path
    fps: Fraction
    frame_range: tuple[int, int]
    clip_frames: int
    camera: Camera
    people: list[dict[str, Any]]
    seconds: dict[str, float]
    plain: bool
    has_sound: bool
    warnings: list[str] = field(default_factory=list)


def write_take(take: Take, path: Path) -> None:
    """Write take.json at `path`."""
    camera = take.camera
    content = {
        "version": VERSION,
        "clip": str(take.clip),
        "fps": float(take.fps),
        "fps_fraction": [take.fps.numerator, take.fps.denominator],
        "size": list(camera.size),
        "frame_range": list(take.frame_range),
        "clip_frames": take.clip_frames,
        "intrinsics": {
            "focal": list(camera.focal),
            "centre": list(camera.centre),
            "matrix": camera.matrix.tolist(),
            "distortion": list(camera.distortion),
        },
        "focal_known": camera.focal_known,
        "world_to_camera": {"rotation": camera.rotation.tolist(), "translation": camera.translation.tolist()},
        "people": take.people,
        "seconds": {name: round(value, 4) for name, value in take.seconds.items()},
        "plain": take.plain,
        "has_sound": take.has_sound,
        "warnings": take.warnings,
    }
    with written_beside(path) as beside:
        beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_take(path: Path) -> Take:
    """Read take.json; raises ThespisError naming the file when it is missing or malformed."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ThespisError(f"{path}: made by another version of Thespis. Fit the clip again.")
        intrinsics, pose = content["intrinsics"], content["world_to_camera"]
        camera = Camera(
            size=(int(content["size"][0]), int(content["size"][1])),
            focal=(float(intrinsics["focal"][0]), float(intrinsics["focal"][1])),
            centre=(float(intrinsics["centre"][0]), float(intrinsics["centre"][1])),
            distortion=tuple(float(k) for k in intrinsics["distortion"]),
            rotation=np.array(pose["rotation"], np.float64).reshape(3, 3),
            translation=np.array(pose["translation"], np.float64).reshape(3),
            focal_known=bool(content["focal_known"]),
        )
        return Take(
            clip=Path(content["clip"]),
            fps=Fraction(*(int(n) for n in content["fps_fraction"])),
            frame_range=(int(content["frame_range"][0]), int(content["frame_range"][1])),
            clip_frames=int(content["clip_frames"]),
            camera=camera,
            people=list(content["people"]),
            seconds=dict(content["seconds"]),
            plain=bool(content["plain"]),
            has_sound=bool(content["has_sound"]),
            warnings=[str(w) for w in content["warnings"]],
        )
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Choose a folder made by a fit.") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError, ZeroDivisionError) as error:
        raise ThespisError(f"{path}: not a take that can be read ({error!r}). Fit the clip again.") from error
