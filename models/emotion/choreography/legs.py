"""Pelvis and legs: the pelvis over the feet, as high as both legs reach; legs solved from hip to ankle."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from .feet import Air, Foot
from .figure import ANKLE, BALL, HIP, KNEE, SIDES, Figure
from .turns import about, apply, axes, square_to, transposed, unit

Array = NDArray[np.floating[Any]]
Tracks = dict[str, NDArray[np.float64]]

_STRAIGHTEST: Final = 0.9965
"""Share of its length that a leg reaches at most: beyond, the knee snaps."""
_FORWARD: Final = np.array([[0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class Pelvis:
    """place: (T, 3) world; turned: (T, 3, 3); heading: (T,) radians; roll: (T,) radians that the hips tilt."""

    place: Array
    turned: Array
    heading: Array
    roll: Array


def carry_pelvis(tracks: Tracks, feet: dict[str, Foot], air: Air, figure: Figure, fps: float) -> Pelvis:
    """The pelvis that stands on the feet, with the lean, weight and crouch of `tracks`."""
    left, right = feet["left"], feet["right"]

    def soft(values: Array, seconds: float) -> NDArray[np.float64]:
        return np.asarray(gaussian_filter1d(values, seconds * fps, axis=0, mode="nearest"))

    heading = soft(0.5 * (left.yaw + right.yaw), 0.13)
    middle, half = 0.5 * (left.middle + right.middle), 0.5 * (left.middle - right.middle)
    # Away from the foot that lifts, a little before it does.
    carries = soft(np.clip((right.lift - left.lift) / 0.04, -1, 1), 0.11)
    weight = np.clip(tracks["weight"] * (1 - np.abs(carries)) + 1.1 * carries, -1, 1)
    crouch = np.clip(np.clip(tracks["crouch"], 0, 1) + 0.5 * np.maximum(air.dip, 0), 0, 1) * (1 - 0.93 * air.flight)
    lean, up = np.radians(tracks["lean"]), np.maximum(tracks["chest"], 0)
    roll = np.radians(3.5) * weight * (1 - crouch)
    turned = (
        about(1, heading + np.radians(0.14 * tracks["twist"]))
        @ about(0, 0.36 * lean + np.radians(2.0 * up + 14.0 * crouch))
        @ about(2, roll - np.radians(0.08 * tracks["bend"]))
    )
    place = soft(middle, 0.13) + 0.6 * weight[:, None] * soft(half, 0.13)
    # What goes forward above is balanced by hips that go back.
    back = 0.01 * tracks["hips"] - 0.15 * np.sin(lean) - 0.05 * crouch + 0.02
    place += back[:, None] * np.stack([np.sin(heading), np.zeros_like(heading), np.cos(heading)], 1)
    limit = np.full(len(heading), np.inf)
    for side in SIDES:
        hip = apply(turned, figure.joints[HIP[side]] - figure.joints[0])
        away = (feet[side].ankle - place - hip)[:, [0, 2]]
        leg = _STRAIGHTEST * (figure.thigh + figure.shin)
        rise = np.sqrt(np.maximum(leg**2 - (away**2).sum(1), 0.05))
        limit = np.minimum(limit, feet[side].ankle[:, 1] + rise - hip[:, 1])
    wanted = figure.hip_height * (1 - 0.4 * crouch) - 0.004 + air.height
    height = np.minimum(wanted, limit)
    # The lower of both has corners; smoothed over as far as the least is taken, it stays within reach.
    around = max(1, round(0.1 * fps))
    least = minimum_filter1d(height, 2 * around + 1, mode="nearest")
    calm = gaussian_filter1d(least, around / 2, radius=around, mode="nearest")
    place[:, 1] = np.where(air.flight > 0, np.minimum(height, limit), np.minimum(calm, limit))
    return Pelvis(place, turned, heading, roll)


def solve_legs(pelvis: Pelvis, tracks: Tracks, feet: dict[str, Foot], figure: Figure, local: Array) -> None:
    """Write pelvis, hips, knees, ankles and toes into the local rotations `local` (T, 55, 3, 3)."""
    local[:, 0] = pelvis.turned
    joints = figure.joints
    for side in SIDES:
        sign, foot = 1.0 if side == "left" else -1.0, feet[side]
        hip_number, knee_number, ankle_number = HIP[side], KNEE[side], ANKLE[side]
        hip = pelvis.place + apply(pelvis.turned, joints[hip_number] - joints[0])
        way = foot.ankle - hip
        along = unit(way)
        far = np.clip(np.linalg.norm(way, axis=1), 0.3, 0.999 * (figure.thigh + figure.shin))
        # The knee points between where hips and toes do.
        yaw = 0.5 * foot.yaw + 0.5 * pelvis.heading + sign * np.radians(5 - 15 * tracks["knees"])
        front = square_to(np.stack([np.sin(yaw), np.full_like(yaw, 0.02), np.cos(yaw)], 1), along)
        cosine = np.clip((figure.thigh**2 + far**2 - figure.shin**2) / (2 * figure.thigh * far), -1, 1)[:, None]
        knee = figure.thigh * (cosine * along + np.sqrt(1 - cosine**2) * front)
        thigh, shin = unit(knee), unit(far[:, None] * along - knee)
        upper = axes(thigh, front) @ transposed(axes((joints[knee_number] - joints[hip_number])[None], _FORWARD))
        lower = axes(shin, front) @ transposed(axes((joints[ankle_number] - joints[knee_number])[None], _FORWARD))
        local[:, hip_number] = transposed(pelvis.turned) @ upper
        local[:, knee_number] = transposed(upper) @ lower
        local[:, ankle_number] = transposed(lower) @ foot.turned
        local[:, BALL[side]] = about(0, -foot.toes)
