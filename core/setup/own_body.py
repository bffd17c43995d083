"""A user's own SMPL-X file: where it comes from, what its licence allows, and whether a file is one."""

from pathlib import Path
from typing import Final

from ...models.body.npz import NpzReader
from ..skeleton import JOINT_COUNT

WHERE_FROM: Final = (
    "Your own SMPLX_NEUTRAL.npz, SMPLX_FEMALE.npz or SMPLX_MALE.npz: register on the SMPL-X website of the",
    "Max Planck Institute for Intelligent Systems, accept the licence, and download the models as .npz.",
    "That licence allows non-commercial research, education and art; for anything else ask for a commercial one.",
    "The open body that comes with Thespis is free for any use.",
)
_NEEDED: Final = ("shapedirs", "posedirs", "weights", "J_regressor", "f")


def describe_own_body(path: Path) -> str:
    """What the body in `path` is, in a few words, from the small arrays only (0.1 s; nothing is unpickled).

    Raises ThespisError naming the file, the cause and the next step when it is not a body in SMPL-X's format.
    """
    with NpzReader(path) as file:
        file.parents()
        vertices = len(file.floats("v_template", (None, 3)))
        for key in _NEEDED:
            if not file.has(key):
                raise file.error(f"holds no '{key}', so it is not a body in SMPL-X's format")
    return f"{vertices} vertices, {JOINT_COUNT} joints"
