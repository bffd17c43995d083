"""Mending as Blender's side asks for it: frames of a take go to the engine, their motion comes back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError
from ..motion import Motion, read_motion
from ..take.mending import Mend, mend_arguments
from ..take.take import TAKE_FILE
from .client import EngineClient, Job


@dataclass(frozen=True)
class MendedStretch:
    """motion: in the take's world. before, after: whether frames of the same shot come before it and after it. pelvis: (3,) where
    the body has it at rest."""

    motion: Motion
    before: bool
    after: bool
    pelvis: NDArray[np.floating[Any]]


def submit_mend(client: EngineClient, folder: Path, mend: Mend) -> Job:
    """Ask for a mend of the take in `folder`; `stretch_of` reads it. Raises ThespisError."""
    if not (folder / TAKE_FILE).exists():
        raise ThespisError(f"{folder}: the take is not there any more. Relink it, or fit the clip again.")
    return client.submit("mend", {**mend_arguments(mend), "folder": str(folder.absolute())})


def stretch_of(job: Job) -> MendedStretch:
    """What a job of `submit_mend` made, once; its file goes. Raises ThespisError with the job's own line."""
    done = job.outcome()
    (path,) = done.files
    try:
        motion = read_motion(path)
    finally:
        path.unlink(missing_ok=True)
    return MendedStretch(motion, bool(done.values["before"]), bool(done.values["after"]), np.array(done.values["pelvis"], float))
