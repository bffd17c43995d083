"""A performance laid over other motion: legs, way and the swing of idle arms from real walking, standing or gesturing."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation, Slerp

from ....core.errors import ThespisError
from ....core.motion import Motion
from .figure import ANKLE, BALL, COLLAR, ELBOW, SHOULDER, SIDES, WRIST, Figure, figure_of, open_body
from .legs import Pelvis
from .timeline import Key
from .turns import about, apply, nearest_rotation

Array = NDArray[np.floating[Any]]

LEGS: Final = (1, 2, 4, 5, 7, 8, 10, 11)
TRUNK: Final = (3, 6, 9, 12, 15)
_BODY: Final = 22
SHORTEST: Final = 3.0
"""Seconds; in less nothing can be told."""
_LOW, _SLOW = 0.03, 0.1
"""A heel or a ball of the foot nearer to its lowest place than so many metres and slower than so many m/s is on the floor."""


@dataclass(frozen=True)
class Ground:
    """What a performance stands on. local: (T, 22, 3, 3) rotations of the base; pelvis; contacts: (T, 4)."""

    local: Array
    pelvis: Pelvis
    contacts: NDArray[np.bool_]


def ground_from(base: Motion, figure: Figure, frames: int, fps: float, random: np.random.Generator) -> Ground:
    """`frames` frames at `fps` out of `base`, from a random moment on, begun at the origin and facing ahead.

    The way is scaled to the legs of `figure`. Raises ThespisError when the base is too short.
    """
    length = (frames - 1) / fps
    if length < SHORTEST:
        raise ThespisError(f"The motion to play on lasts only {length:.1f} s. Give one of at least {SHORTEST:g} s.")
    spare = max(0.0, (len(base) - 1) / base.fps - length)
    times = random.random() * spare + np.arange(frames) / fps
    given = np.arange(len(base)) / base.fps
    times = np.clip(times, 0, given[-1])
    local = np.stack([Slerp(given, Rotation.from_rotvec(base.poses[:, j]))(times).as_matrix() for j in range(_BODY)], 1)
    of_base = figure_of(_betas_of(base))
    trans = np.stack([np.interp(times, given, base.trans[:, axis]) for axis in range(3)], 1)
    place = (trans + of_base.joints[0]) * ((figure.thigh + figure.shin) / (of_base.thigh + of_base.shin))
    place[:, 1] += figure.ankle_height - of_base.ankle_height
    ahead = local[0, 0, :, 2]
    back = about(1, np.array(-np.arctan2(ahead[0], ahead[2])))
    local[:, 0] = back @ local[:, 0]
    place = (place - place[0] * (1, 0, 1)) @ back.T
    forward = local[:, 0, :, 2]
    heading = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    heading = np.asarray(gaussian_filter1d(heading, 0.25 * fps, mode="nearest"))
    pelvis = Pelvis(place, local[:, 0], heading, np.zeros(frames))
    return Ground(local, pelvis, _contacts(local, place, figure, fps))


def _betas_of(motion: Motion) -> tuple[float, ...]:
    """The betas that make the open body's figure; those of another body say nothing here."""
    return tuple(float(beta) for beta in motion.betas[:16]) if motion.body_model == open_body().model_id else ()


def lay_over(ground: Ground, local: Array) -> None:
    """Legs of the base, and its spine under the performance's, into `local` (T, 55, 3, 3)."""
    local[:, 0] = ground.pelvis.turned
    local[:, list(LEGS)] = ground.local[:, list(LEGS)]
    local[:, list(TRUNK)] = ground.local[:, list(TRUNK)] @ local[:, list(TRUNK)]


def swing_idle_arms(ground: Ground, keys: list[Key], weights: dict[str, NDArray[np.float64]], local: Array) -> None:
    """Where an arm just hangs it does what it does in the base: walks along, gestures."""
    for side in SIDES:
        idle = [k for k, key in enumerate(keys) if key.pose.hands.get(side) is None]
        share = np.clip(weights[f"{side}_arm"][:, idle].sum(1), 0, 1)[:, None, None]
        for joint in (COLLAR[side], SHOULDER[side], ELBOW[side], WRIST[side]):
            local[:, joint] = nearest_rotation(share * ground.local[:, joint] + (1 - share) * local[:, joint])


def _contacts(local: Array, place: Array, figure: Figure, fps: float) -> NDArray[np.bool_]:
    world, places = figure.pose(local[:, :12], place - figure.joints[0])
    points = []
    for side in SIDES:
        sign = np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
        turned = about(1, np.array(sign[0] * figure.toe_out))
        points += [places[:, ANKLE[side]] + apply(world[:, ANKLE[side]], turned @ (figure.heel * sign)), places[:, BALL[side]]]
    spots = np.stack(points, 1)
    speed = np.linalg.norm(np.gradient(spots, axis=0), axis=-1) * fps
    return np.asarray((spots[..., 1] < np.percentile(spots[..., 1], 2, axis=0) + _LOW) & (speed < _SLOW))
