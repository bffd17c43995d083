"""What is too slow, or too regular, for the network to draw: breathing, swaying, and trembling, laid over what it made."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...models.emotion import rotation6d
from ...models.emotion.choreography.noise import RMS, breathing, tremor, wander
from ...models.emotion.features import layout
from ..skeleton import BODY_JOINT_COUNT, JOINT_INDEX
from .cues import Cues

Array = NDArray[np.float64]

_BREATHS: Final = {"spine1": -0.2, "spine2": -0.45, "spine3": -0.65, "neck": 0.4, "head": 0.5}
"""Degrees about x at the top of a calm breath: the chest rises, and the gaze stays where it is."""
_CALM, _DEEPER = 0.25, 0.25
"""How hard the body breathes (noise.breathing) at intensity 0, and how much harder at 1: arousal deepens it (Boiten, Frijda and
Wientjes 1994)."""
_TREMBLES: Final = {"fear": 0.5, "anger": 0.15}
"""How much of a tremble there is at intensity 1: our own choice. Most of the corpus's scores of fear have one."""
_SHAKES: Final = {"head": (0.9, 0.9, 0.0), "left_elbow": (0.7, 0.7, 0.7), "right_elbow": (0.7, 0.7, 0.7)}
"""Degrees, root mean square, of a full tremble: 4 mm at the hand."""
_RISE: Final = 0.25
"""The share of a take in which a tremble comes and goes, at each end."""


def alive(values: Array, fps: float, cues: Cues, seed: int, amount: float) -> Array:
    """Features (T, D) at `fps` with quiet movement of `amount` (1: as in quiet standing; 0: none) laid over them; the same seed
    gives the same movement, at every intensity and frame rate."""
    if amount == 0:
        return values
    seconds = np.arange(len(values)) / fps
    random = {name: np.random.default_rng((seed, 3, number)) for number, name in enumerate(("sway", "air", "shake"))}
    intensity = np.asarray(cues.intensity(seconds), float)
    air = breathing(seconds, _CALM + _DEEPER * intensity, random["air"])
    shaken = {name: tremor(seconds, 3, random["shake"]) for name in _SHAKES}
    tremble = _tremble(cues, seconds, intensity)
    matrices = rotation6d.to_matrices(values[:, layout().rotations].reshape(len(values), BODY_JOINT_COUNT, 6))
    for name in sorted({*_BREATHS, *_SHAKES}):
        degrees = tremble[:, None] * shaken[name] * _SHAKES[name] if name in _SHAKES else np.zeros((len(values), 3))
        degrees[:, 0] += _BREATHS.get(name, 0.0) * air
        joint = JOINT_INDEX[name]
        matrices[:, joint] = matrices[:, joint] @ Rotation.from_rotvec(np.radians(amount * degrees)).as_matrix()
    out = values.copy()
    out[:, layout().rotations] = rotation6d.from_matrices(matrices).reshape(len(values), -1)
    place = layout().place
    out[:, [place.start, place.start + 2]] += amount * wander(seconds, 2, 0.5 * RMS["sway"], random["sway"])
    return out


def _tremble(cues: Cues, seconds: Array, intensity: Array) -> Array:
    """(T,) from 0 to 1: it comes with the emotion, and goes with it."""
    names, shares = cues.emotion_shares(seconds)
    of = np.array([_TREMBLES.get(name, 0.0) for name in names])
    length = max(seconds[-1], 1e-6)
    rise = np.clip(np.minimum(seconds, length - seconds) / (_RISE * length), 0, 1)
    held: Array = (np.asarray(shares, float) @ of) * intensity * np.sin(np.pi / 2 * rise) ** 2
    return held
