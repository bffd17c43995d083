"""A user's own set: a folder of motions (.npz as AMASS has them, SMPL to SMPL-X, or .bvh) and a table (see `table`)."""

from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ....core.errors import ThespisError
from ....core.motion import Motion, read_motion
from ....core.progress import Progress
from ....core.scene.amass import lies_in_z_up, stood_up
from ....core.skeleton import JOINT_COUNT
from ..features import from_motion, sole_points
from ..rest import canonical
from .bvh import read_bvh
from .table import read_table
from .takes import TakeSet, takes_of, together

_GROUND = 0.05
"""Share of the frames that may lie under the floor laid under motions of other bodies, whose soles are not known exactly."""


def read_folder(folder: Path, progress: Progress | None = None) -> TakeSet:
    """All takes of `folder`, checked. Raises ThespisError naming the file, the cause and the next step."""
    progress = progress or Progress()
    rows = read_table(folder)
    sets = []
    with progress.stage("reading", len(rows)):
        for done, row in enumerate(rows):
            found = takes_of(read_any(row.file), row.label)
            if not len(found):
                raise ThespisError(f"{row.file}: is shorter than half a second. Take its line out of the table.")
            sets.append(found)
            progress.update(done + 1)
    return together(sets)


def read_any(path: Path) -> Motion:
    """The motion of an .npz or .bvh, standing up on the floor y = 0. Raises ThespisError."""
    motion = read_bvh(path) if path.suffix.lower() == ".bvh" else _read_npz(path)
    if motion.body_model == canonical().body.model_id:
        return motion
    if lies_in_z_up(motion):
        motion = stood_up(motion, canonical().joints[0])
    lowest = sole_points(from_motion(motion).values)[..., 1].min(1)
    return replace(motion, trans=motion.trans - (0, float(np.quantile(lowest, _GROUND)), 0))


def _read_npz(path: Path) -> Motion:
    """As `read_motion`, and SMPL's own 72 numbers a frame: 22 body joints and two hands without fingers."""
    try:
        with np.load(path, allow_pickle=False) as file:
            smpl = "poses" in file.files and file["poses"].ndim == 2 and file["poses"].shape[1] == 72
            if not smpl:
                return read_motion(path)
            arrays = {name: np.asarray(file[name]) for name in file.files if name in ("poses", "trans", "mocap_framerate", "fps")}
    except (OSError, ValueError, EOFError, BadZipFile):
        return read_motion(path)  # says what is wrong with it
    if "trans" not in arrays:
        raise ThespisError(f"{path}: holds no trans. Choose an .npz made by Thespis or AMASS.")
    length = len(arrays["poses"])
    poses = np.zeros((length, JOINT_COUNT, 3))
    poses[:, :22] = arrays["poses"][:, :66].reshape(length, 22, 3)
    rate = float(arrays.get("mocap_framerate", arrays.get("fps", np.array(30.0))))
    return Motion(poses, arrays["trans"].astype(np.float64), np.zeros(10), np.zeros((length, 0)), rate, body_model="smpl")
