"""Feet that stood in a take, in the loop that was made of it: they stand there, too, and over the seam.

A loop moves the pelvis and turns the legs a little, so that a foot that stood slides. Each stance is put back: as the take has
it, moved and turned on the ground as a whole to where the loop has it in the mean. While the foot is in the air that fades out,
and in again. The last stance goes on in the first.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..joining import joined_values
from ..retarget.limbs import turns_to_reach
from ..retarget.turns import orthonormal
from ..scene.rotations import (
    axis_angle_from_quaternions,
    matrices_from_quaternions,
    quaternions_from_axis_angle,
    quaternions_from_matrices,
)
from .bones import Bones
from .feet import Leg, Standing, runs

Array = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

_STRETCHED: Final = 0.9995
"""Share of its length that a leg reaches at most."""


def planted(bones: Bones, made: Array, taken: Array, feet: Sequence[Standing], up: Array, fps: float) -> Array:
    """The looped poses `made` (T, B, 4, 4) of those `taken` (T, B, 4, 4), all in the world, with `feet` that stand as they stood.

    The last pose made is the first one, moved as a whole, and stays so. up: (3,) the vertical.
    """
    out = made.copy()
    for foot in feet:
        leg, stances = foot.leg, runs(foot.frames)
        if stances:
            around = made[-1, leg.hip] @ np.linalg.inv(made[0, leg.hip])
            moves = _moves(made[:, leg.ankle], taken[:, leg.ankle], stances, up)
            offsets = [_offsets(made[:, bone], taken[:, bone], moves, stances, around[:3, :3], fps) for bone in leg.foot]
            _reach(bones, out, leg, offsets)
    return out


def _moves(made: Array, taken: Array, stances: list[tuple[int, int]], up: Array) -> list[Array]:
    """For each stance (4, 4) what moves and turns it on the ground, so that it is where the ankle (T, 4, 4) is made in the mean.

    Where the foot stands at both ends, that pose decides which is the same in both.
    """
    last = len(made) - 1
    moves = [_on_ground(made[first:end], taken[first:end], up) for first, end in stances]
    if len(stances) > 1 and stances[0][0] == 0 and stances[-1][1] > last:
        moves[0], moves[-1] = (_on_ground(made[at : at + 1], taken[at : at + 1], up) for at in (0, last))
    return moves


def _on_ground(made: Array, taken: Array, up: Array) -> Array:
    """(4, 4) the move on the ground, with a turn about `up`, that brings poses taken (T, 4, 4) nearest to those made."""
    turned = quaternions_from_matrices(orthonormal(made[:, :3, :3]) @ np.swapaxes(orthonormal(taken[:, :3, :3]), -1, -2))
    about = np.arctan2((turned[:, 1:] @ up * turned[:, 0]).sum(), (turned[:, 0] ** 2).sum())
    move = np.eye(4)
    move[:3, :3] = matrices_from_quaternions(quaternions_from_axis_angle(2 * about * up))
    apart = (made[:, :3, 3] - taken[:, :3, 3] @ move[:3, :3].T).mean(0)
    move[:3, 3] = apart - (apart @ up) * up
    return move


def _offsets(made: Array, taken: Array, moves: list[Array], stances: list[tuple[int, int]], around: Array, fps: float) -> Array:
    """(T, 6) by how much a bone has to move and turn (axis-angle) away from where it is made (T, 4, 4)."""
    offsets = np.zeros((len(made), 6))
    for (first, end), move in zip(stances, moves, strict=True):
        there, here = move @ taken[first:end], made[first:end]
        offsets[first:end, :3] = there[:, :3, 3] - here[:, :3, 3]
        turned = quaternions_from_matrices(orthonormal(there[:, :3, :3]) @ np.swapaxes(orthonormal(here[:, :3, :3]), -1, -2))
        offsets[first:end, 3:] = axis_angle_from_quaternions(turned)
    for (_, end), (first, _) in pairwise(stances):
        offsets[end - 1 : first + 1] = joined_values(
            np.zeros((first + 2 - end, 6)), fps, offsets[end - 2 : end], offsets[first : first + 2]
        )
    return _closed(offsets, stances, np.kron(np.eye(2), around), fps)


def _closed(offsets: Array, stances: list[tuple[int, int]], around: Array, fps: float) -> Array:
    """The offsets (T, 6), known from the first stance to the last, that go on over the seam; `around` (6, 6) turns axes there."""
    out, last = offsets.copy(), len(offsets) - 1
    first, end = stances[0][0], stances[-1][1] - 1
    if first > 0 or end < last:  # in the air at the seam, or on one side of it
        before, after = offsets[end - 1 : end + 1], offsets[first : first + 2] @ around.T
        air = joined_values(np.zeros((last - end + first + 1, 6)), fps, before, after)
        out[end:], out[: first + 1] = air[: last - end + 1], air[last - end :] @ around
        return out
    apart = offsets[-1] - around @ offsets[0]
    if len(stances) == 1:  # it never leaves the ground, so it has to slide, as slowly as can be
        return out - np.linspace(0, 1, len(out))[:, None] * apart
    # What is left is how the foot is tilted at both ends: that goes over within these stances.
    (_, lifted), (lands, _) = stances[0], stances[-1]
    starts, ends = offsets[0] + apart @ around / 2, offsets[-1] - apart / 2
    out[:lifted] = joined_values(offsets[:lifted], fps, np.stack([starts + offsets[0] - offsets[1], starts]), None)
    out[lands:] = joined_values(offsets[lands:], fps, None, np.stack([ends, ends + offsets[-1] - offsets[-2]]))
    return out


def _reach(bones: Bones, poses: Array, leg: Leg, offsets: list[Array]) -> None:
    """Turn a leg in `poses`, in place, so that its foot's bones are moved by their offsets (T, 6); the knee keeps its plane."""
    root, middle, end = (poses[:, bone, :3, 3].copy() for bone in (leg.hip, leg.knee, leg.ankle))
    length = np.linalg.norm(middle - root, axis=-1) + np.linalg.norm(end - middle, axis=-1)
    thigh = orthonormal(poses[:, leg.hip, :3, :3])
    hinge = np.einsum("tji,tj->i", thigh, np.cross(root - middle, end - middle))
    hinge = thigh @ (hinge / max(float(np.linalg.norm(hinge)), 1e-12))
    whole, second = turns_to_reach(root, middle, end, end + offsets[0][:, :3], hinge, _STRETCHED * length)
    _swing(bones, poses, leg.hip, whole)
    _swing(bones, poses, leg.knee, whole @ second @ np.swapaxes(whole, -1, -2))
    shown = whole @ second
    for bone, offset in zip(leg.foot, offsets, strict=True):
        wanted = matrices_from_quaternions(quaternions_from_axis_angle(offset[:, 3:]))
        _swing(bones, poses, bone, wanted @ np.swapaxes(shown, -1, -2))
        shown = wanted


def _swing(bones: Bones, poses: Array, bone: int, turns: Array) -> None:
    """Turn a bone, and all that hangs from it, by (T, 3, 3) about its head."""
    moved = np.tile(np.eye(4), (len(poses), 1, 1))
    moved[:, :3, :3] = turns
    head = poses[:, bone, :3, 3]
    moved[:, :3, 3] = head - (turns @ head[..., None])[..., 0]
    below = bones.below(bone)
    poses[:, below] = moved[:, None] @ poses[:, below]
