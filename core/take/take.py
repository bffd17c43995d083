"""take.json: where the motions came from, the camera, the seconds, the warnings. numpy and the standard library only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..camera import Camera
from ..errors import ThespisError
from ..files import written_beside

TAKE_FILE = "take.json"
TRACKS_FILE = "landmarks.npz"
"""What was seen of the people that were fitted, in their order (core.observe.files)."""
VERSION = 1


@dataclass(frozen=True)
class Shot:
    """Frames first to last (inclusive, 0-based indices into the clip) between two cuts, and the camera that took them."""

    first: int
    last: int
    camera: Camera


@dataclass(frozen=True)
class Take:
    """One fit of one clip.

    clip: the movie, picture or folder that was fitted. fps: its constant rate. frame_range: first and last fitted frame,
    0-based. camera: intrinsics, lens and world-to-camera of the first shot. people: one dictionary a person with `file`,
    `gender`, `body_model`, `frames_seen`. seconds: by stage, in order. plain: whether Blender may show the clip's own file behind
    the camera (upright, constant rate, square pixels), so that no proxy is needed. shots: in order, each with a world-to-camera
    of its own and the lens of all; empty when there is one only. moves: first and last frames between which the camera moves, and
    the pixels a second: the fit takes it to stand still.
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
    shots: list[Shot] = field(default_factory=list)
    moves: list[tuple[int, int, float]] = field(default_factory=list)

    def camera_at(self, frame: int) -> Camera:
        """The camera that took this frame of the clip."""
        return camera_at(self.shots, frame) if self.shots else self.camera


def camera_at(shots: Sequence[Shot], frame: int) -> Camera:
    """The camera of the shot with this frame, or of the nearest one."""
    return next((shot.camera for shot in shots if frame <= shot.last), shots[-1].camera)


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
        "world_to_camera": _pose(camera),
        "shots": [{"frames": [shot.first, shot.last], "world_to_camera": _pose(shot.camera)} for shot in take.shots],
        "camera_moves": [{"frames": [first, last], "pixels_a_second": round(speed, 1)} for first, last, speed in take.moves],
        "people": take.people,
        "seconds": {name: round(value, 4) for name, value in take.seconds.items()},
        "plain": take.plain,
        "has_sound": take.has_sound,
        "warnings": take.warnings,
    }
    with written_beside(path) as beside:
        beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _pose(camera: Camera) -> dict[str, list[Any]]:
    return {"rotation": camera.rotation.tolist(), "translation": camera.translation.tolist()}


def _posed(camera: Camera, pose: dict[str, Any]) -> Camera:
    rotation, translation = np.array(pose["rotation"], np.float64), np.array(pose["translation"], np.float64)
    return replace(camera, rotation=rotation.reshape(3, 3), translation=translation.reshape(3))


def read_take(path: Path) -> Take:
    """Read take.json; raises ThespisError naming the file when it is missing or malformed."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ThespisError(f"{path}: made by another version of Thespis. Fit the clip again.")
        intrinsics = content["intrinsics"]
        camera = Camera(
            size=(int(content["size"][0]), int(content["size"][1])),
            focal=(float(intrinsics["focal"][0]), float(intrinsics["focal"][1])),
            centre=(float(intrinsics["centre"][0]), float(intrinsics["centre"][1])),
            distortion=tuple(float(k) for k in intrinsics["distortion"]),
            focal_known=bool(content["focal_known"]),
        )
        camera = _posed(camera, content["world_to_camera"])
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
            shots=[
                Shot(int(shot["frames"][0]), int(shot["frames"][1]), _posed(camera, shot["world_to_camera"]))
                for shot in content.get("shots", [])
            ],
            moves=[
                (int(move["frames"][0]), int(move["frames"][1]), float(move["pixels_a_second"]))
                for move in content.get("camera_moves", [])
            ],
        )
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Choose a folder made by a fit.") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError, ZeroDivisionError) as error:
        raise ThespisError(f"{path}: not a take that can be read ({error!r}). Fit the clip again.") from error
