"""What the source does: each bone's turn since upright rest and where its joints are, on a common stage (Z up)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rest import UP, Rest, rest_of
from .roles import NECK, SPINE, chain_of
from .turns import apply, between, orthonormal, transposed

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Performance:
    """T frames. turns: role -> (T, 3, 3) from upright axes to the stage's. places: role -> (T, 3) on the stage.

    rest: of the source, in the stage's unit. floor: (T,) height of the floor on which the source stands. fronts: how far its
    belly and chest stand out (see surface.fronts), where it has a mesh.
    """

    turns: Mapping[str, Array]
    places: Mapping[str, Array]
    rest: Rest
    floor: Array
    fronts: Mapping[str, float] = field(default_factory=dict)

    @property
    def hips(self) -> Array:
        """(T, 3) between the hip joints."""
        return (self.places["left_hip"] + self.places["right_hip"]) / 2


def performance_of(
    bones: Mapping[str, int], heads: Array, axes: Array, poses: Array, worlds: Array, name: str, on_own: bool
) -> Performance:
    """What the bones (role -> number among B) of an armature called `name` do.

    heads (B, 3), axes (B, 3, 3): at rest. poses: (T, B, 4, 4) in armature space. worlds: (T, 4, 4) of the armature's object, from
    whose space the stage is reached. on_own: the stage is the source's own place instead, upright, in the world's unit.
    """
    sizes = np.linalg.norm(worlds[:, :3, :3], axis=1).mean(-1)
    rest = rest_of({role: heads[bone] for role, bone in bones.items()}, float(sizes[0]), name)
    objects = orthonormal(worlds[:, :3, :3])
    origins = worlds[:, :3, 3]
    if on_own:
        objects, origins = np.broadcast_to(transposed(rest.axes), objects.shape), np.zeros_like(origins)
    turns, places = {}, {}
    for role, bone in bones.items():
        since = orthonormal(poses[:, bone, :3, :3]) @ transposed(axes[bone])
        turns[role] = objects @ since @ rest.axes
        places[role] = origins + sizes[:, None] * apply(objects, poses[:, bone, :3, 3])
    floor = (origins + apply(objects @ rest.axes, np.broadcast_to(rest.floor * UP, origins.shape)))[:, 2]
    return Performance(turns, places, rest, floor)


def turns_for(performance: Performance, roles: Mapping[str, Any]) -> dict[str, Array]:
    """Role -> (T, 3, 3) how bones of the target's `roles` turn when they rest as the source's do; none where the source tells
    nothing.

    A spine of another number of bones gets the turns in between, so that its last bone turns as the source's last one; so does
    a neck. Turns are since upright rest: what a bone that is missing did is in its children's.
    """
    found = {role: turn for role, turn in performance.turns.items() if role in roles and role not in (*SPINE, *NECK)}
    told = performance.turns
    spine = [told["pelvis"], *(told[role] for role in chain_of(told, SPINE))]
    found |= _spread(spine, chain_of(roles, SPINE), 0)
    neck = [spine[-1], *(told[role] for role in chain_of(told, NECK))]
    if len(neck) > 1:
        found |= _spread(neck, chain_of(roles, NECK), 0)
    elif "head" in told:
        found |= _spread([spine[-1], told["head"]], chain_of(roles, NECK), 1)
    return found


def _spread(nodes: list[Array], roles: list[str], left_over: int) -> dict[str, Array]:
    """Turns along a chain of `nodes` for as many bones as there are roles; left_over: bones after them up to the last node."""
    found = {}
    for number, role in enumerate(roles, 1):
        at = number * (len(nodes) - 1) / (len(roles) + left_over)
        lower = min(int(at + 1e-9), len(nodes) - 1)
        share = at - lower
        found[role] = between(nodes[lower], nodes[lower + 1], share) if share > 1e-6 else nodes[lower]
    return found
