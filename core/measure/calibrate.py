"""Finds the weights of the confidence in body joints from rendered clips: logistic regression, checked on each clip left out.

`core.measure.calibrate FOLDER`: FOLDER holds folders of rendered cases (see core.measure.stage.case).
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body, load_body
from ..errors import ThespisError
from ..fit.doubt import FEATURES, doubts
from ..fit.fit import fit_track
from ..fit.lens import lens_of
from ..skeleton import BODY_JOINT_COUNT
from ..terminal import print_table
from .bench.rendered import case_folders, track_of
from .ranking import auc
from .stage.case import StageCase

Array = NDArray[np.floating[Any]]

WRONG = 0.10
"""Metres from the true place, seen from the pelvis."""
RIDGE = 0.2
TOGETHER = 30
"""Joints and frames that err together and count as one."""


@dataclass(frozen=True)
class Clip:
    """features: (N, F) of its joints and frames; wrong: (N,)."""

    name: str
    features: Array
    wrong: NDArray[np.bool_]


def main(arguments: list[str] | None = None) -> int:
    """Print the weights, and how well clips are judged that they were not found on; returns the exit code."""
    parser = argparse.ArgumentParser(prog="core.measure.calibrate", description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    try:
        body = load_body()
        clips = [read_clip(case, body) for case in case_folders(options.folder)]
    except ThespisError as error:
        print(f"calibrate: {error}", file=sys.stderr)
        return 2
    judged = {clip.name: judge(clip.features, weights_of([other for other in clips if other is not clip])) for clip in clips}
    told, wrong = np.concatenate([judged[clip.name] for clip in clips]), np.concatenate([clip.wrong for clip in clips])
    rows = [[clip.name, f"{auc(judged[clip.name], clip.wrong):.2f}", f"{clip.wrong.mean():.2f}"] for clip in clips]
    rows.append(["all", f"{auc(told, wrong):.3f}", f"{wrong.mean():.2f}"])
    print_table("each clip judged by the others", ["", "AUC", "wrong"], rows)
    steps = [(low, (told >= low) & (told < low + 0.1)) for low in np.arange(0, 1, 0.1)]
    told_rows = [
        [f"{low:.1f} to {low + 0.1:.1f}", f"{1 - wrong[part].mean():.2f}", f"{part.sum()}"] for low, part in steps if part.any()
    ]
    print_table("what confidence means", ["confidence", "right", "joints"], told_rows)
    weights = weights_of(clips)
    print_table("weights", ["", "weight"], [[name, f"{w:.2f}"] for name, w in zip([*FEATURES, "bias"], weights, strict=True)])
    return 0


def read_clip(case: StageCase, body: Body) -> Clip:
    """Fit what is seen of the case and compare."""
    truth, track = case.truth(), track_of(case)
    camera = truth.camera
    fitted = fit_track(track, body, lens_of(camera.size, camera.focal), float(truth.fps))
    joints = fitted.motion.joints_camera
    assert joints is not None
    true = camera.to_camera(truth.joints[fitted.motion.frames])
    here, there = ((part - part[:, :1])[:, :BODY_JOINT_COUNT] for part in (joints, true))
    wrong = np.linalg.norm(here - there, axis=-1) > WRONG
    return Clip(case.name, doubts(track, fitted.camera, joints).reshape(-1, len(FEATURES)), wrong.ravel())


def weights_of(clips: list[Clip]) -> Array:
    """(F + 1,) weights and bias of the odds of being wrong: logistic regression with a ridge, by Newton's method."""
    rows = np.concatenate([clip.features for clip in clips])
    rows = np.column_stack([rows, np.ones(len(rows))])
    wrong = np.concatenate([clip.wrong for clip in clips]).astype(float)
    ridge = RIDGE * np.append(np.ones(len(FEATURES)), 1e-6)
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - wrong) / TOGETHER + ridge * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows / TOGETHER + np.diag(ridge)
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def judge(features: Array, weights: Array) -> Array:
    """(N,) confidence by these weights."""
    confidence: Array = 1 / (1 + np.exp(features @ weights[:-1] + weights[-1]))
    return confidence


if __name__ == "__main__":
    sys.exit(main())
