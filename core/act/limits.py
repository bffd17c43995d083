"""Joints kept within the limits of the pose prior."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...models.emotion import rotation6d
from ...models.emotion.features import layout
from ...models.prior.pose_prior import load_pose_prior
from ..skeleton import BODY_JOINT_COUNT, JOINT_INDEX

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_KNEE = 0.15
"""Radians before a limit from which on a joint is held back, so that it never stops dead."""
_LAST_KNEE: Final = 0.05
"""The same for a foot, which ought to stay on the floor as long as it can."""
_FEET: Final = tuple(JOINT_INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("ankle", "foot"))


def within_limits(values: Array) -> Array:
    """Features (T, D) with every body joint but the pelvis within its limits."""
    return _bounded(values, np.arange(1, BODY_JOINT_COUNT), _KNEE)


def feet_within_limits(values: Array) -> Array:
    """Features (T, D) with ankles and toe joints within their limits."""
    return _bounded(values, np.array(_FEET), _LAST_KNEE)


def _bounded(values: Array, joints: Index, knee: float) -> Array:
    part = layout().rotations
    six = values[:, part].reshape(len(values), BODY_JOINT_COUNT, 6)
    lower, upper = (bound[joints - 1] for bound in joint_limits())
    turns = rotation6d.to_matrices(six[:, joints])
    # Who never turns as far as the nearest of its limits is within all of them: axis-angles take long.
    farthest = np.arccos(np.clip((np.trace(turns, axis1=2, axis2=3).min(0) - 1) / 2, -1, 1))
    far = np.flatnonzero(farthest > np.minimum(upper, -lower).min(1) - knee)
    if not len(far):
        return values
    pose = Rotation.from_matrix(turns[:, far].reshape(-1, 3, 3)).as_rotvec().reshape(len(values), -1, 3)
    beyond = ((pose > upper[far] - knee) | (pose < lower[far] + knee)).any((0, 2))
    if not beyond.any():
        return values
    far = far[beyond]
    held = _held(pose[:, beyond], lower[far], upper[far], knee)
    out, changed = values.copy(), six.copy()
    matrices = Rotation.from_rotvec(held.reshape(-1, 3)).as_matrix().reshape(*held.shape, 3)
    changed[:, joints[far]] = rotation6d.from_matrices(matrices)
    out[:, part] = changed.reshape(len(values), -1)
    return out


def _held(pose: Array, lower: Array, upper: Array, knee: float) -> Array:
    """Beyond the knee the way to the limit is gone ever more slowly and never to its end; slopes meet."""
    over, under = np.maximum(pose - (upper - knee), 0), np.maximum((lower + knee) - pose, 0)
    held: Array = pose - over + knee * np.tanh(over / knee) + under - knee * np.tanh(under / knee)
    return held


@lru_cache(maxsize=1)
def joint_limits() -> tuple[Array, Array]:
    """(21, 3) lowest and highest axis-angles of the body joints but the pelvis, radians."""
    prior = load_pose_prior()
    return prior.lower.reshape(-1, 3), prior.upper.reshape(-1, 3)
