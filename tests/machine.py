"""How fast the machine is just now, so that times hold beside other work and on slower processors."""

import time

import numpy as np
from scipy.spatial.transform import Rotation

_TURNS = np.random.default_rng(0).normal(0, 0.5, (6300, 3))
_ROUNDS = 22
"""Take a little less than a tenth of a second of one of two quiet server cores, so that there the bar is a tenth of a second."""


def a_tenth() -> float:
    """Processor seconds that a tenth of a second's work of a quiet core takes here and now, and no less than that."""
    started = time.process_time()
    for _ in range(_ROUNDS):
        Rotation.from_matrix(Rotation.from_rotvec(_TURNS).as_matrix()).as_rotvec()
        np.linalg.norm(np.diff(_TURNS, 2, axis=0), axis=1).max()
    return max(0.1, time.process_time() - started)
