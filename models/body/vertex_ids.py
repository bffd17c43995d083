"""The 21 vertices that the field's keypoint sets name, at the numbers they have in SMPL-X's mesh.

The numbers are those that tools made for SMPL-X rely on; the open body's vertices are ordered so that they hold there too.
"""

from typing import Final

VERTEX_IDS: Final[dict[str, int]] = {
    "nose": 9120,
    "reye": 9929,
    "leye": 9448,
    "rear": 616,
    "lear": 6,
    "rthumb": 8079,
    "rindex": 7669,
    "rmiddle": 7794,
    "rring": 7905,
    "rpinky": 8022,
    "lthumb": 5361,
    "lindex": 4933,
    "lmiddle": 5058,
    "lring": 5169,
    "lpinky": 5286,
    "LBigToe": 5770,
    "LSmallToe": 5780,
    "LHeel": 8846,
    "RBigToe": 8463,
    "RSmallToe": 8474,
    "RHeel": 8635,
}
