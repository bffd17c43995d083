"""Where the controls stand when a character moves as it is told to, by a take or by the other way to move a limb. numpy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import Layout
from .limbs import HEAD_BASE, LIMB_OF, LIMBS, Limb, by_ik, fk, shown, solver, twist
from .transforms import inverse, local_basis, placed, rigid
from .two_bone import pole_sides, poles, reach

Array = NDArray[np.floating[Any]]
Poses = dict[str, Array]
"""Control -> (T, 4, 4) where it stands, armature space."""


def fk_poses(layout: Layout, joints: dict[str, Array]) -> Poses:
    """The controls that turn joint by joint, so that the joints stand at (T, 4, 4); and what they are turned against where that
    does not depend on a switch."""
    poses = {fk(joint): rigid(matrix) @ layout.home[joint] for joint, matrix in joints.items()}
    poses |= {shown(joint): rigid(matrix) for joint, matrix in joints.items() if joint in LIMB_OF}
    for limb in LIMBS:
        if limb.is_leg:  # a foot that does not roll carries its toes along, whichever way the leg is moved
            ankle = rigid(joints[limb.end])
            rest = layout.standing.joints
            poses[limb.toes_base] = ankle @ (inverse(rest[limb.end]) @ rest[limb.toes])
    return poses


def head_base(layout: Layout, neck: Array, root: Array, hold: Array) -> Array:
    """(T, 4, 4) what the head is turned against. neck, root: (T, 4, 4) those controls. hold: (T,) 0 the neck's turn, 1 the
    root's."""
    head = layout.controls[HEAD_BASE].rest
    carried = neck @ (inverse(layout.controls[fk("neck")].rest) @ head)
    still = root @ (inverse(layout.controls["root"].rest) @ head)
    share = hold[:, None, None]
    mixed = (1 - share) * carried[:, :3, :3] + share * still[:, :3, :3]
    return placed(_nearest_turn(mixed), carried[:, :3, 3])


def _nearest_turn(matrix: Array) -> Array:
    """(T, 3, 3) the rotation next to it; for two of which it lies halfway that is the one between them."""
    left, _, right = np.linalg.svd(matrix)
    left[..., -1] *= np.linalg.det(left @ right)[..., None]
    found: Array = left @ right
    return found


def ik_poses(layout: Layout, limb: Limb, joints: dict[str, Array]) -> Poses:
    """The controls that move `limb` by its end, so that its joints stand at (T, 4, 4); and what they are turned against.

    Where Blender's IK leaves elbow or knee elsewhere, since the pole does not follow each tremble of a straight limb, or the
    bones are turned about themselves, the twist controls make up for it.
    """
    upper, middle, end = (rigid(joints[joint]) for joint in limb.joints)
    start, bend, tip = (matrix[:, :3, 3] for matrix in (upper, middle, end))
    rest = layout.standing.joints
    turns = upper[:, :3, :3] @ rest[limb.upper][:3, :3].T
    sides = pole_sides(start, bend, tip, turns, layout.ahead[limb.key])
    lengths = layout.lengths[limb.key]
    pole = poles(start, bend, tip, sides, 0.6 * sum(lengths))
    bent, at_rest = reach(start, tip, pole, lengths), layout.at_rest[limb.key]
    poses = {
        solver(limb.upper): placed(bent.upper, start),
        solver(limb.middle): placed(bent.lower, bent.middle),
        limb.pole: placed(layout.controls[limb.pole].rest[:3, :3], pole),
        by_ik(limb.end): end,
    }
    for joint, frame, own in ((limb.upper, at_rest[0], upper), (limb.middle, at_rest[1], middle)):
        poses[twist(joint)] = placed(own[:, :3, :3] @ (rest[joint][:3, :3].T @ frame), own[:, :3, 3])
    poses[limb.control] = end @ (inverse(rest[limb.end]) @ layout.controls[limb.control].rest)
    return poses


def bases(layout: Layout, poses: Poses, parents: Poses, names: list[str]) -> Poses:
    """(T, 4, 4) what the channels of the controls `names` hold: they stand at `poses`, their parents at `parents`."""
    found = {}
    for name in names:
        control = layout.controls[name]
        above = layout.controls[control.parent] if control.parent is not None else None
        found[name] = local_basis(
            poses[name], control.rest, parents[above.name] if above else None, above.rest if above else None
        )
    return found


def fk_names(layout: Layout) -> list[str]:
    """The controls that turn joint by joint, the hips with them."""
    return [fk(joint) for joint in layout.home]


def ik_names(limb: Limb) -> list[str]:
    """The controls that move a limb by its end."""
    return [limb.control, limb.pole, twist(limb.upper), twist(limb.middle)]
