"""Levels: one take at several intensities, decoded ahead, from which a slider blends every intensity between. numpy only.

Stronger takes are a little longer, so two levels are blended at the same share of their way rather than at the same second, and
the blend is as long as the model itself would make it there.
"""

import zipfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError
from ..files import written_beside
from ..motion import Motion

Array = NDArray[np.floating[Any]]

INTENSITIES: Final = tuple(round(0.1 * level, 1) for level in range(11))
"""Where a take is decoded ahead."""


@dataclass(frozen=True)
class Levels:
    """One take at N intensities, the longest of T frames; a shorter one stands in its last frame from `frames` on.

    intensities: (N,) rising. frames: (N,) frames of each. poses: (N, T, 55, 3) axis-angle, trans: (N, T, 3) and expression:
    (N, T, E) as in Motion. like: what the takes have in common with a Motion (body, shape, rate); its own frames mean nothing.
    """

    intensities: Array
    frames: NDArray[np.int64]
    poses: Array
    trans: Array
    expression: Array
    like: Motion

    @classmethod
    def of(cls, intensities: tuple[float, ...], takes: list[Motion]) -> "Levels":
        """Of takes that differ in nothing but their intensity."""
        frames = np.array([len(take) for take in takes])

        def stacked(name: str) -> Array:
            parts = [getattr(take, name) for take in takes]
            held = [np.concatenate([part, np.repeat(part[-1:], frames.max() - len(part), 0)]) for part in parts]
            return np.stack(held).astype(np.float32)

        like = replace(takes[0].slice(0, 1), joints_camera=None, confidence=None, contacts=None)
        return cls(np.array(intensities), frames, stacked("poses"), stacked("trans"), stacked("expression"), like)

    def length(self, intensity: float) -> int:
        """Frames of the take at `intensity`, which is held to the range that was decoded."""
        return round(float(np.interp(intensity, self.intensities, self.frames)))

    def motion(self, intensity: float) -> Motion:
        """The whole take at `intensity`."""
        count = self.length(intensity)
        return self._blended(intensity, np.linspace(0.0, 1.0, count) if count > 1 else np.zeros(1))

    def frame(self, intensity: float, frame: float) -> Motion:
        """The take at `intensity` at `frame`, counted from its first and held to its length, as a Motion of one frame."""
        last = max(self.length(intensity) - 1, 1)
        return self._blended(intensity, np.clip([frame / last], 0.0, 1.0))

    def _blended(self, intensity: float, shares: Array) -> Motion:
        """shares: (F,) of the way from the take's first frame to its last."""
        place = float(np.interp(intensity, self.intensities, np.arange(len(self.frames))))
        below = min(int(place), len(self.frames) - 1)
        above = min(below + 1, len(self.frames) - 1)
        weight = place - below
        sides = [self._sampled(level, shares) for level in (below, above)]
        turns = _between(sides[0][0], sides[1][0], weight)
        trans, expression = (a + weight * (b - a) for a, b in zip(sides[0][1:], sides[1][1:], strict=True))
        frames = np.arange(len(shares), dtype=np.int64)
        return replace(self.like, poses=_axis_angle(turns), trans=trans, expression=expression, frames=frames)

    def _sampled(self, level: int, shares: Array) -> tuple[Array, Array, Array]:
        at = shares * (self.frames[level] - 1)
        first = np.minimum(at.astype(int), max(self.frames[level] - 2, 0))
        after = np.minimum(first + 1, self.frames[level] - 1)
        rest = (at - first)[:, None]
        turns = _between(self._turns[level, first], self._turns[level, after], rest[..., None])
        plain = [
            values[level, first] + rest * (values[level, after] - values[level, first])
            for values in (self.trans, self.expression)
        ]
        return turns, plain[0], plain[1]

    @cached_property
    def _turns(self) -> Array:
        """(N, T, 55, 4) quaternions, w first."""
        angle = np.linalg.norm(self.poses, axis=-1, keepdims=True)
        return np.concatenate([np.cos(angle / 2), np.sinc(angle / (2 * np.pi)) / 2 * self.poses], -1)


def _between(a: Array, b: Array, weight: Array | float) -> Array:
    """Unit quaternions `weight` of the way from a to b the short way round: neighbours are so near that a chord will do."""
    b = np.where((a * b).sum(-1, keepdims=True) < 0, -b, b)
    mixed = a + weight * (b - a)
    return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)


def _axis_angle(turns: Array) -> Array:
    """(..., 3) of unit quaternions (..., 4), w first, at most half a turn."""
    turns = np.where(turns[..., :1] < 0, -turns, turns)
    length = np.linalg.norm(turns[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(length, turns[..., :1])
    return turns[..., 1:] * np.where(length > 1e-9, angle / np.maximum(length, 1e-9), 2.0)


def write_levels(levels: Levels, path: Path) -> None:
    """Write `levels` as an .npz, not compressed: it is read once, at once."""
    names = ("intensities", "frames", "poses", "trans", "expression")
    with written_beside(path) as beside, beside.open("wb") as file:
        arrays: dict[str, Any] = {name: getattr(levels, name) for name in names}
        like = levels.like
        np.savez(
            file,
            **arrays,
            betas=like.betas,
            mocap_frame_rate=np.array(like.fps),
            gender=np.array(like.gender),
            body_model=np.array(like.body_model),
        )


def read_levels(path: Path) -> Levels:
    """Read what `write_levels` wrote. Raises ThespisError when it is anything else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {name: file[name] for name in ("intensities", "frames", "poses", "trans", "expression")}
            like = Motion(
                parts["poses"][0, :1],
                parts["trans"][0, :1],
                file["betas"],
                parts["expression"][0, :1],
                float(file["mocap_frame_rate"]),
                gender=str(file["gender"]),
                body_model=str(file["body_model"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ThespisError(f"{path}: the takes at several intensities cannot be read ({error}). Act again.") from error
    return Levels(**parts, like=like)
