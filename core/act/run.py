"""`thespis act`: from what stands on a command line to a motion's file."""

from dataclasses import replace
from pathlib import Path

from ...models.body.load import load_body
from ...models.emotion.recogniser.weights import JUDGE, load_judge
from ...models.emotion.weights import PATH, load_model
from ..errors import ThespisError
from ..motion import Motion, read_motion, write_motion
from .act import act
from .mesh_pose import pose_of_mesh
from .request import ActRequest

POSES = (".npz", ".obj")


def read_start(path: Path) -> Motion:
    """The pose to start from: the last frame of an .npz, or the mesh of an .obj. Raises ThespisError."""
    ending = path.suffix.lower()
    if ending not in POSES:
        raise ThespisError(f"{path}: cannot be started from. Give a motion (.npz) or a mesh of the character (.obj).")
    return pose_of_mesh(path, load_body()) if ending == ".obj" else read_motion(path)


def act_to_file(request: ActRequest, start: Path | None, returns: bool, out: Path, weights: Path | None) -> Motion:
    """Make the take and write it. start: file of the pose to start from; returns: end there, too; weights: None: the shipped."""
    if out.suffix.lower() != ".npz":
        raise ThespisError(f"{out}: a take is written as .npz. Choose another --out.")
    if start is not None:
        request = replace(request, start=read_start(start), returns=returns)
    elif returns:
        raise ThespisError("There is no pose to return to. Give it with --from.")
    weights = weights or PATH
    judge = load_judge(weights.with_name(JUDGE)) if request.best_of > 1 else None
    motion = act(load_model(weights), request, judge)
    write_motion(motion, out)
    return motion
