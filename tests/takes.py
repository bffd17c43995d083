"""Finished takes on disk for tests, as a fit would leave them, and an engine's stand-in that hands them over."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from thespis.core.camera import Camera
from thespis.core.motion import Motion, write_motion
from thespis.core.take.take import TAKE_FILE, Take, write_take
from thespis.tests.clips import make_clip
from thespis.tests.motions import lively_motion

CAMERA = Camera((320, 240), (300.0, 300.0), (159.5, 119.5))


def write_take_folder(folder: Path, clip: Path, motions: list[Motion], **changes: object) -> Path:
    """A take of these motions."""
    folder.mkdir(parents=True)
    for number, motion in enumerate(motions):
        write_motion(motion, folder / f"person_{number}.npz")
    people = [
        {"file": f"person_{number}.npz", "gender": "neutral", "body_model": "open", "frames_seen": len(motion)}
        for number, motion in enumerate(motions)
    ]
    first, last = int(motions[0].frames[0]), int(motions[0].frames[-1])
    take = Take(clip, Fraction(motions[0].fps), (first, last), last + 1, CAMERA, people, {}, True, False)
    write_take(replace(take, **changes), folder / TAKE_FILE)
    return folder


def some_motion(seed: int = 0, frames: int = 31, fps: float = 24.0) -> Motion:
    """A motion of its own shape."""
    return lively_motion(frames, fps=fps, seed=seed)


def look_answer(folder: Path, clip: Path, people: int = 2) -> dict:
    """What a look at a clip of 31 frames answers, for the stand-in."""
    files = []
    for name in ("first", *range(people)):
        files.append(str(folder / f"look_{name}.png"))
        cv2.imwrite(files[-1], np.full((16, 16, 3), 90, np.uint8))
    found = [{"x": 100.0 * k + 40, "y": 120.5, "frame": 5 * k, "times": 3} for k in range(people)]
    values = {
        "size": [320, 240], "fps": [24, 1], "frames": 31, "is_sequence": False, "variable_rate": False, "has_sound": False,
        "focal_35mm": 26.0, "looked_at": 8, "people": found,
    }  # fmt: skip
    return {"files": files, "values": values}


def small_clip(folder: Path, name: str = "clip.mp4") -> Path:
    """A movie of 31 frames."""
    return make_clip(folder / name, frames=31, fps=Fraction(24))
