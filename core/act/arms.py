"""Arms kept out of the body after decoding: what of them is inside trunk, head, thighs or each other comes out.

Round by round over the whole take: every ball of an arm that is inside is to be moved out; the turns of shoulder, elbow and wrist
that do so with little turning and little change of it over time solve a banded system (a Gauss-Newton step of space-time
constraints, Witkin and Kass 1988, Gleicher 1997). Every round adds smooth turns, that come before a hand arrives and go after it
left, and none of what it moved is pulled back; where nothing is inside, nothing changes.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.linalg import solveh_banded
from scipy.spatial.transform import Rotation

from ..motion import Motion
from .arm_bones import CHAIN, Arms, PosedArms, arms_of, hand_balls, matrices, pose_arms, pose_trunk
from .arm_contacts import Depths, depths
from .feet import Ends
from .limits import joint_limits

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_RATE: Final = 10.0
"""Times a second, about, that arms are looked at: what is quicker may graze the body in between."""
_ROUNDS: Final = 8
_WORTH: Final = 0.9
"""Share of the depth that two rounds may leave for another to be worth its time."""
_GIVE: Final = np.array([0.03, 0.002, 0.0])
"""Metres that upper arm, forearm and hand may press into the body: flesh gives way, and what touches may touch."""
_DONE: Final = 0.003
"""Metres: who is no deeper than that beyond what may be is out."""
_SURE: Final = 0.002
"""Metres that a ball is moved farther than it is deep, to be out for good."""
_FIRM: Final = 0.1
"""Metres of depth left that weigh as much as a turn of a radian."""
_EASE: Final = 0.25
"""Seconds over which a correction comes and goes."""
_HELD: Final = 1e6
"""Cost of a turn, see _hold, from which on there is none."""
_STILL: Final = 2e-3
"""Radians that count as no turn."""
_STIFF: Final = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 20.0, 10.0, 4.0, 4.0])
"""How much the turns of shoulder, elbow and wrist about their parent's x, y and z cost: an elbow is a hinge about y, a forearm
turns about x, and a wrist keeps its pose sooner than an arm."""
_MOST: Final = 0.03
"""Metres that a ball is moved at most in a round: farther, slopes change."""


def kept_out(motion: Motion, ends: Ends) -> Motion:
    """`motion` with its arms out of its body, on the open body with its betas; given ends stay as they are."""
    arms = arms_of(tuple(float(beta) for beta in motion.betas))
    stride = max(1, round(motion.fps / _RATE))
    frames = np.unique(np.append(np.arange(0, len(motion), stride), len(motion) - 1))
    poses = motion.poses[frames]
    trunk, hands, own = pose_trunk(arms, poses, motion.trans[frames]), hand_balls(arms, poses), matrices(poses[:, CHAIN])
    hold = _hold(ends, len(motion), motion.fps)[frames]
    smooth = _smoothness(hold, _EASE * motion.fps / stride)
    turns = np.zeros((len(frames), 2, 9))
    live, before = np.arange(len(frames)), (np.inf, np.inf)
    for _ in range(_ROUNDS):
        posed = pose_arms(arms, trunk.frames(live), matrices(turns[live].reshape(-1, 2, 3, 3)) @ own[live], hands[live])
        found = depths(arms, trunk.frames(live), posed, _GIVE)
        left = float(np.maximum(found.depth, 0).sum())
        if found.depth.max() < _DONE or left > _WORTH * before[0]:
            break
        before = before[1], left
        further = np.zeros_like(turns)
        for side in (0, 1):
            if found.depth[:, side].max() > 0:
                further[:, side] = _solved(found, posed, arms, side, live, smooth)
        further[hold > _HELD] = 0
        turns += further
        live = np.flatnonzero(np.abs(further).max((1, 2)) > _STILL)  # the others are as they were, and were not inside
        if not len(live):
            break
    return _turned(motion, frames, turns) if turns.any() else motion


def _turned(motion: Motion, frames: Index, turns: Array) -> Motion:
    """`motion` with arms turned by `turns` (n, 2, 9), axis-angles in the parents' axes at some `frames` (n,); between these they
    go over smoothly."""
    every = np.arange(len(motion))
    if len(frames) < 4:
        turned = np.stack([np.interp(every, frames, column) for column in turns.reshape(len(frames), -1).T], axis=1)
    else:
        # At rest in the first and in the last frame: a loop goes on from one to the other.
        turned = CubicSpline(frames, turns.reshape(len(frames), -1), bc_type="clamped")(every)
    moved = np.flatnonzero(np.abs(turned).max(1) > 1e-5)
    first = motion.poses[moved][:, CHAIN]
    vectors = _vectors(matrices(turned[moved].reshape(-1, 2, 3, 3)) @ matrices(first))
    lower, upper = (part[CHAIN - 1] for part in joint_limits())
    poses = motion.poses.copy()
    # Within the limits, or no farther beyond them than before.
    poses[moved[:, None, None], CHAIN] = np.clip(vectors, np.minimum(lower, first), np.maximum(upper, first))
    return replace(motion, poses=poses)


def _solved(found: Depths, posed: PosedArms, arms: Arms, side: int, live: Index, smooth: tuple[Array, Array, Array]) -> Array:
    """(n, 9) further turns of one arm's joints that bring its balls out, as it looks from where they are now.

    found, posed: of the frames `live` (m,) of all n. smooth: see _smoothness."""
    deep = np.flatnonzero((found.depth[:, side] > 0).any((1, 2)))
    depth, way = (part[deep, side].swapaxes(1, 2).reshape(len(deep), -1, *part.shape[4:]) for part in (found.depth, found.way))
    balls, bone = np.tile(posed.balls[deep, side], (1, 2, 1)), np.tile(arms.bone, 2)
    pressed = (depth > 0).any(0)
    depth, way, balls, bone = depth[:, pressed], way[:, pressed], balls[:, pressed], bone[pressed]
    rows = np.empty((*depth.shape, 9))
    for joint in range(3):
        lever = _cross(balls - posed.pivots[deep, side, None, joint], way)
        rows[..., 3 * joint : 3 * joint + 3] = lever @ posed.parents[deep, side, joint]
        rows[:, bone < joint, 3 * joint : 3 * joint + 3] = 0
    weighted = (rows * ((depth > 0) / _FIRM**2)[..., None]).swapaxes(1, 2)
    squares, right = weighted @ rows, (weighted @ np.minimum(depth + _SURE, _MOST)[..., None])[..., 0]
    frames = len(smooth[0])
    banded, wanted = np.zeros((19, frames, 9)), np.zeros((frames, 9))
    wanted[live[deep]] = right
    for k in range(9):
        banded[k, live[deep], : 9 - k] = np.diagonal(squares, -k, 1, 2)
    for band, values in zip((0, 9, 18), smooth, strict=True):
        banded[band] += values[:, None] * _STIFF
    solved = solveh_banded(banded.reshape(19, -1), wanted.ravel(), lower=True, overwrite_ab=True, check_finite=False)
    return np.asarray(solved.reshape(frames, 9))


def _cross(one: Array, two: Array) -> Array:
    """(..., 3) cross products; far quicker than numpy's on small arrays."""
    out = np.empty(np.broadcast_shapes(one.shape, two.shape))
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        out[..., k] = one[..., i] * two[..., j] - one[..., j] * two[..., i]
    return out


def _hold(ends: Ends, frames: int, fps: float) -> Array:
    """(T,) how much a turn costs in each frame: 1, and far more than anything near a given end."""
    near = ends.nearness(frames, fps).max(0)
    return np.asarray(1 / np.maximum(1 - near, 1e-4) ** 2)


def _smoothness(hold: Array, ease: float) -> tuple[Array, Array, Array]:
    """The main and the two lower diagonals (n,) of the square form of a turn's size and of its second difference;
    ease: looks over which it comes and goes."""
    count = len(hold)
    main, one, two = hold.copy(), np.zeros(count), np.zeros(count)
    weight = ease**4
    for k, share in enumerate((1, 4, 1)):
        main[k : count - 2 + k] += share * weight
    for k in (0, 1):
        one[k : count - 2 + k] -= 2 * weight
    two[: count - 2] = weight
    return main, one, two


def _vectors(matrices: Array) -> Array:
    return np.asarray(Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_rotvec().reshape(matrices.shape[:-1]))
