"""Motion: the SMPL-X parameters of one person over time, and its .npz file (AMASS/SMPL-X convention). numpy only."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ThespisError
from .files import written_beside
from .skeleton import JOINT_COUNT

Array = NDArray[np.floating[Any]]

UNNAMED_BODY = "smplx"
"""body_model of a file that names none: AMASS and most others."""


@dataclass(frozen=True)
class Motion:
    """SMPL-X parameters over T frames, in a world whose floor is y = 0, Y up; a person at rest faces +Z. Metres, radians.

    poses: (T, 55, 3) local rotations as axis-angle, in the joint order of core.skeleton.
    trans: (T, 3) SMPL-X translation (added to the posed body; the pelvis is at trans + rest pelvis).
    betas: (B,) shape, one for the clip.
    expression: (T, E) expression coefficients of the body named by body_model.
    fps: frames a second.
    gender: neutral, female or male.
    body_model: id of the body that betas and expression belong to (models.body.Body.model_id).
    frames: (T,) 0-based indices into the clip.
    joints_camera: (T, 55, 3) joints in the camera's frame (x right, y down, z forward), or None without a camera.
    confidence: (T, 55) in [0, 1].
    contacts: (T, 4) in [0, 1]: left heel, left toes, right heel, right toes (core.skeleton.CONTACT_NAMES).
    cuts: (C,) those of `frames` that begin another shot of the clip, rising: the motion jumps there.
    """

    poses: Array
    trans: Array
    betas: Array
    expression: Array
    fps: float
    gender: str = "neutral"
    body_model: str = "open"
    frames: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    joints_camera: Array | None = None
    confidence: Array | None = None
    contacts: Array | None = None
    cuts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        length = len(self.poses)
        if len(self.frames) == 0:
            object.__setattr__(self, "frames", np.arange(length, dtype=np.int64))
        expected = {
            "poses": (self.poses, (length, JOINT_COUNT, 3)),
            "trans": (self.trans, (length, 3)),
            "expression": (self.expression, (length, self.expression.shape[-1])),
            "frames": (self.frames, (length,)),
            "joints_camera": (self.joints_camera, (length, JOINT_COUNT, 3)),
            "confidence": (self.confidence, (length, JOINT_COUNT)),
            "contacts": (self.contacts, (length, 4)),
        }
        if length == 0:
            raise ThespisError("The motion has no frames. Choose a longer range.")
        for name, (value, shape) in expected.items():
            if value is not None and value.shape != shape:
                raise ThespisError(f"The motion's {name} has shape {value.shape}, {shape} was expected. Make the file again.")
            if value is not None and not np.isfinite(value).all():
                raise ThespisError(f"The motion's {name} holds values that are not numbers. Make the file again.")
        if self.betas.ndim != 1 or not np.isfinite(self.betas).all():
            raise ThespisError("The motion's betas must be one list of numbers. Make the file again.")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise ThespisError(f"The motion's frame rate is {self.fps}. Make the file again with a positive rate.")

    def __len__(self) -> int:
        return len(self.poses)

    def slice(self, start: int, stop: int) -> "Motion":
        """Frames start to stop (exclusive, counted from the motion's own first frame)."""
        part = slice(start, stop)
        return replace(
            self,
            poses=self.poses[part],
            trans=self.trans[part],
            expression=self.expression[part],
            frames=self.frames[part],
            joints_camera=None if self.joints_camera is None else self.joints_camera[part],
            confidence=None if self.confidence is None else self.confidence[part],
            contacts=None if self.contacts is None else self.contacts[part],
            cuts=self.cuts[np.isin(self.cuts, self.frames[part][1:])],
        )


def joined(parts: Sequence[Motion]) -> Motion:
    """Motions of one body, one after another; where a part begins, the motion jumps. What one of them lacks, all lack."""

    def maybe(values: list[Array | None]) -> Array | None:
        given = [value for value in values if value is not None]
        return np.concatenate(given) if len(given) == len(parts) else None

    return replace(
        parts[0],
        poses=np.concatenate([part.poses for part in parts]),
        trans=np.concatenate([part.trans for part in parts]),
        expression=np.concatenate([part.expression for part in parts]),
        frames=np.concatenate([part.frames for part in parts]),
        joints_camera=maybe([part.joints_camera for part in parts]),
        confidence=maybe([part.confidence for part in parts]),
        contacts=maybe([part.contacts for part in parts]),
        cuts=np.concatenate([parts[0].cuts, *(np.r_[part.frames[:1], part.cuts] for part in parts[1:])]),
    )


def write_motion(motion: Motion, path: Path, compressed: bool = True, more: Mapping[str, Any] | None = None) -> None:
    """Write `motion` as an .npz that AMASS tools read; beside the target first, then moved into place.

    compressed: False for a file that is read at once and thrown away: that is ten times as fast. more: arrays to put in besides.
    """
    arrays: dict[str, Any] = {
        **(more or {}),
        "poses": motion.poses.reshape(len(motion), -1).astype(np.float32),
        "trans": motion.trans.astype(np.float32),
        "betas": motion.betas.astype(np.float32),
        "expression": motion.expression.astype(np.float32),
        "gender": np.array(motion.gender),
        "mocap_frame_rate": np.array(motion.fps, np.float64),
        "body_model": np.array(motion.body_model),
        "frames": motion.frames.astype(np.int64),
    }
    for name in ("joints_camera", "confidence", "contacts"):
        value = getattr(motion, name)
        if value is not None:
            arrays[name] = value.astype(np.float32)
    if len(motion.cuts):
        arrays["cuts"] = motion.cuts.astype(np.int64)
    with written_beside(path) as beside, beside.open("wb") as file:
        (np.savez_compressed if compressed else np.savez)(file, **arrays)


def read_motion(path: Path) -> Motion:
    """Read an .npz written by `write_motion`, or an AMASS file (SMPL-X, 165 numbers a frame, or SMPL-H, 156).

    Raises ThespisError naming the file, the cause and the next step when it is anything else.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return _motion_from(file, path)
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Check the path.") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ThespisError(
            f"{path}: not a motion file that can be read ({error}). Choose an .npz made by Thespis or AMASS."
        ) from error


def _motion_from(file: Any, path: Path) -> Motion:
    if not hasattr(file, "files"):
        raise ThespisError(f"{path}: a single array, not a motion. Choose an .npz made by Thespis or AMASS.")
    missing = [key for key in ("poses", "trans") if key not in file.files]
    if missing:
        raise ThespisError(f"{path}: holds no {' and no '.join(missing)}. Choose an .npz made by Thespis or AMASS.")
    poses = np.asarray(file["poses"], np.float64)
    if poses.ndim == 3:
        poses = poses.reshape(len(poses), -1)
    if poses.ndim == 2 and poses.shape[1] == 156:  # SMPL-H: no jaw, no eyes
        poses = np.concatenate([poses[:, :66], np.zeros((len(poses), 9)), poses[:, 66:]], axis=1)
    if poses.ndim != 2 or poses.shape[1] != JOINT_COUNT * 3:
        raise ThespisError(f"{path}: poses has shape {poses.shape}, (frames, 165) was expected. Choose an SMPL-X motion.")
    length = len(poses)
    rate = next((file[key] for key in ("mocap_frame_rate", "mocap_framerate", "fps") if key in file.files), 30.0)
    optional = {
        key: np.asarray(file[key], np.float64) for key in ("joints_camera", "confidence", "contacts") if key in file.files
    }
    return Motion(
        poses=poses.reshape(length, JOINT_COUNT, 3),
        trans=np.asarray(file["trans"], np.float64),
        betas=np.asarray(file["betas"], np.float64).ravel() if "betas" in file.files else np.zeros(10),
        expression=np.asarray(file["expression"], np.float64) if "expression" in file.files else np.zeros((length, 0)),
        fps=float(np.asarray(rate)),
        gender=str(file["gender"]) if "gender" in file.files else "neutral",
        body_model=str(file["body_model"]) if "body_model" in file.files else UNNAMED_BODY,
        frames=np.asarray(file["frames"], np.int64) if "frames" in file.files else np.arange(length),
        joints_camera=optional.get("joints_camera"),
        confidence=optional.get("confidence"),
        contacts=optional.get("contacts"),
        cuts=np.asarray(file["cuts"], np.int64).ravel() if "cuts" in file.files else np.zeros(0, np.int64),
    )
