"""Expression directions: a dozen whole expressions by name, then the 52 face units with ARKit's names."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from .grid import mean_of_neighbours
from .makehuman import Array, MakeHuman
from .parts import GROUPS, Figure

NAMED: Final[Mapping[str, Mapping[str, float]]] = {
    "smile": {"mouthSmileLeft": 1, "mouthSmileRight": 1, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6},
    "frown": {"mouthFrownLeft": 1, "mouthFrownRight": 1, "mouthShrugLower": 0.3},
    "browsUp": {"browInnerUp": 1, "browOuterUpLeft": 1, "browOuterUpRight": 1},
    "browsDown": {"browDownLeft": 1, "browDownRight": 1},
    "browsSad": {"browInnerUp": 1, "browDownLeft": 0.3, "browDownRight": 0.3},
    "blink": {"eyeBlinkLeft": 1, "eyeBlinkRight": 1},
    "eyesWide": {"eyeWideLeft": 1, "eyeWideRight": 1},
    "squint": {"eyeSquintLeft": 1, "eyeSquintRight": 1, "cheekSquintLeft": 1, "cheekSquintRight": 1},
    "pucker": {"mouthPucker": 1},
    "funnel": {"mouthFunnel": 1},
    "stretch": {"mouthStretchLeft": 1, "mouthStretchRight": 1},
    "sneer": {"noseSneerLeft": 1, "noseSneerRight": 1, "mouthUpperUpLeft": 0.7, "mouthUpperUpRight": 0.7},
}
"""What an animator asks for first, as sums of face units. SMPL-X's own first ten are unnamed principal components."""

_FULLEST: Final = {"eyeBlinkLeft": 0.76, "eyeBlinkRight": 0.76}
"""At 1 the units as drawn push the upper lid past the lower one; here 1 just closes the eye, for thin and heavy faces alike."""

_ROUNDS: Final = 6
_SHARP: Final = (0.006, 0.016)
"""Metres from lips and lids: nearer than the first the units stay as drawn, beyond the second they are smoothed in full."""


def expression_directions(human: MakeHuman, figure: Figure) -> tuple[tuple[str, ...], Array]:
    """Names (E,) and directions (V, 3, E) in metres a unit of coefficient; 1 is the expression at its fullest.

    The eyeballs are turned by the eye joints alone: the units that look about move the lids only.
    """
    units = human.face_units()
    balls = np.isin(figure.part, ("helper-l-eye", "helper-r-eye"))
    smooth = _smoother(figure, figure.placement @ human.mesh.vertices)
    directions = {}
    for name in units:
        other = name.replace("Left", "@").replace("Right", "Left").replace("@", "Right")
        symmetric = 0.5 * (units[name] + human.mirrored(units[other]))
        directions[name] = _FULLEST.get(name, 1.0) * smooth(figure.placement @ symmetric)
        directions[name][balls] = 0
    combined = {name: sum(amount * directions[unit] for unit, amount in mix.items()) for name, mix in NAMED.items()}
    everything = combined | directions
    return tuple(everything), np.stack(list(everything.values()), axis=-1)


def _smoother(figure: Figure, vertices: Array) -> Callable[[Array], Array]:
    """A function that evens out displacements (V, 3) over the cheeks, brows and chin: the units as drawn leave dents there.

    Lips and lids keep their sharp edges.
    """
    neighbours = mean_of_neighbours(figure.quads, len(vertices))
    mouth, skin = (np.unique(figure.quads[figure.quad_group == GROUPS.index(name)]) for name in ("mouth", "body"))
    away = cKDTree(vertices[np.intersect1d(mouth, skin)]).query(vertices)[0]
    for ball in ("helper-l-eye", "helper-r-eye"):
        points = vertices[figure.part == ball]
        middle = points.mean(axis=0)
        radius = np.linalg.norm(points - middle, axis=1).mean()
        away = np.minimum(away, np.linalg.norm(vertices - middle, axis=1) - radius)
    share = 0.5 * np.clip((away - _SHARP[0]) / (_SHARP[1] - _SHARP[0]), 0, 1)[:, None]
    share[figure.part != ""] = 0

    def smooth(displacements: Array) -> Array:
        for _ in range(_ROUNDS):
            displacements = displacements + share * (neighbours @ displacements - displacements)
        return displacements

    return smooth
