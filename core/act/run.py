"""`thespis act`: from what stands on a command line to a motion's file."""

from dataclasses import replace
from pathlib import Path

from ...models.body.load import load_body
from ...models.emotion.recogniser.weights import JUDGE, load_judge
from ...models.emotion.weights import PATH, load_model
from ...models.prior.pose_prior import load_pose_prior
from ..errors import ThespisError
from ..motion import Motion, read_motion, write_motion
from ..skeleton import BODY_JOINT_COUNT
from .act import act, varied
from .cues import Cues
from .mesh_pose import pose_of_mesh
from .request import ActRequest
from .variation import pose_aside

POSES = (".npz", ".obj")


def read_start(path: Path) -> Motion:
    """The pose to start from: the last frame of an .npz, or the mesh of an .obj. Raises ThespisError."""
    ending = path.suffix.lower()
    if ending not in POSES:
        raise ThespisError(f"{path}: cannot be started from. Give a motion (.npz) or a mesh of the character (.obj).")
    return pose_of_mesh(path, load_body()) if ending == ".obj" else read_motion(path)


def vary_to_file(path: Path, cues: Cues, scale: float, seed: int, out: Path, weights: Path | None) -> Motion:
    """Vary the take, or the single pose, that is in `path`, and write it. cues: what it shows. Raises ThespisError."""
    if not scale > 0:
        raise ThespisError("Nothing would change. Give --variation a number above 0.")
    _check_out(out)
    given = read_start(path)
    if len(given) == 1:
        poses = given.poses.copy()
        poses[0, 1:BODY_JOINT_COUNT] = pose_aside(load_pose_prior(), poses[0, 1:BODY_JOINT_COUNT].ravel(), scale, seed).reshape(
            -1, 3
        )
        motion = replace(given, poses=poses, joints_camera=None)
    else:
        motion = varied(load_model(weights or PATH), given, cues, scale, seed)
    write_motion(motion, out)
    return motion


def _check_out(out: Path) -> None:
    if out.suffix.lower() != ".npz":
        raise ThespisError(f"{out}: a take is written as .npz. Choose another --out.")


def act_to_file(request: ActRequest, start: Path | None, returns: bool, out: Path, weights: Path | None) -> Motion:
    """Make the take and write it.

    start: file of the pose to start from or stand at; returns: end there, too; weights: None: the shipped.
    """
    _check_out(out)
    if start is not None:
        request = replace(request, start=read_start(start), returns=returns)
    elif returns:
        raise ThespisError("There is no pose to return to. Give it with --from.")
    weights = weights or PATH
    beside = weights.with_name(JUDGE)
    judge = load_judge(beside) if request.best_of > 1 and beside.exists() else None
    motion = act(load_model(weights), request, judge)
    write_motion(motion, out)
    return motion
