"""The project's fit beside SMPLify-X's method and batched L-BFGS: same clip, landmarks, lens, start, beliefs and one thread.

python bootstrap.py --module core.measure.reference.compare CLIP [--track TRACKS.npz] [--truth TRUTH.npz] [--focal PX]
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ....models.body.load import Body, load_body
from ....models.body.skin import BodySkin
from ....models.prior.pose_prior import load_pose_prior
from ...errors import ThespisError
from ...fit.body import BodyFit, BodyFitter
from ...fit.device import one_thread
from ...fit.fit import body_fitter, fit_track
from ...fit.lens import Lens, lens_of
from ...fit.problem import SHARED_BESIDES, BodyProblem, BodyState
from ...fit.rotations import exponential, logarithm
from ...fit.solver import minimise
from ...fit.terms.belief import LikelyShape
from ...fit.terms.pose import JointLimits, LikelyPose
from ...fit.terms.reprojection import Reprojection
from ...fit.terms.term import Term
from ...footage import open_clip
from ...motion import Motion
from ...observe.files import load_tracks
from ...observe.tracks import Track
from ...progress import Progress
from ...skeleton import BODY_JOINT_COUNT, JOINT_COUNT
from ...take.fit_clip import observe_clip
from ...take.options import FitOptions, parse_focal
from ...terminal import print_table
from ..synthetic import pose_motion
from ..truth import LIMB_JOINTS, Truth, read_truth, score
from .landmarks import mesh_landmarks
from .lbfgs import ENOUGH, descend
from .smplifyx import BETAS, EXPRESSIONS, HAND_COMPONENTS, Parameters, SmplifyX, parameters_at
from .smplx_package import smplx_module

PICTURE_ITERATIONS, PICTURE_TOLERANCE = 60, 1e-4
LONGEST_DESCENT = 20.0
"""Batched L-BFGS gets so many times as long as the project's fit of the body took."""


@dataclass(frozen=True)
class Row:
    """One method, measured on the frames that all methods share.

    frames: that it fitted in the time taken; seconds: a frame of these; evaluations: of loss and gradient, a frame.
    body_px, hand_px, face_px: mean distance in pixels from landmarks that are well seen to the posed mesh's points; NaN for a
    part that the method does not fit.
    cost: the project's own of a frame, without what needs time or 3D: landmarks in the picture, pose prior, joint limits.
    reached: seconds a frame until that cost was within a hundredth of what the project's fit has, mean over the frames where it
    came to that; reached_share: share of such frames. For batched L-BFGS the same of the whole clip's cost.
    clip_cost: the project's cost of the whole clip, over what its own fit has; NaN for a method of single pictures.
    pa_mpjpe: of the limbs, millimetres; NaN without truth.
    """

    method: str
    frames: int
    seconds: float
    evaluations: float = float("nan")
    body_px: float = float("nan")
    hand_px: float = float("nan")
    face_px: float = float("nan")
    cost: float = float("nan")
    reached: float = float("nan")
    reached_share: float = float("nan")
    clip_cost: float = float("nan")
    pa_mpjpe: float = float("nan")


def compare(track: Track, lens: Lens, body: Body, fps: float, frames: int = 8, truth: Truth | None = None) -> list[Row]:
    """The project's whole fit, its fit of the body alone, its solver on single pictures, batched L-BFGS on the cost of the body's
    fit, and SMPLify-X's method.

    frames: how many pictures, spread over the clip, SMPLify-X's method fits; all methods are measured on them. A focal length
    that is not known is found by the project's fit and then given to all.
    Raises ThespisError without the package smplx, or when nobody is seen.
    """
    with one_thread(), torch.no_grad():
        module = smplx_module(body, BETAS, EXPRESSIONS, HAND_COMPONENTS)
        fit_track(track, body, lens, fps, device="cpu")  # warm
        started = time.process_time()
        result = fit_track(track, body, lens, fps, device="cpu")
        whole_seconds = time.process_time() - started
        fitter = body_fitter(track, body, lens, fps)
        started = time.process_time()
        fitted = fitter.fit()
        body_seconds = time.process_time() - started

        shared = _Shared(track, lens, body, fitter, fitted, frames, truth)
        k = shared.chosen.numpy()
        motion = result.motion
        part = Motion(motion.poses[k], motion.trans[k], motion.betas, motion.expression[k], motion.fps)
        vertices, joints = (torch.as_tensor(result.camera.to_camera(places)) for places in pose_motion(body, part))
        whole = Row("this project: body, hands, face", len(track), whole_seconds / len(track))
        alone = Row("this project: body alone", len(track), body_seconds / len(track), clip_cost=1.0)
        state = fitted.state.frames(shared.chosen)
        return [
            shared.measured(whole, joints, vertices, shared.wanted),
            _body_only(shared.measured(alone, *shared.posed(state), shared.wanted)),
            shared.pictures(),
            shared.descent(LONGEST_DESCENT * body_seconds, lens.focal_known),
            shared.smplifyx(module),
        ]


class _Shared:
    """What all methods share: the frames on which they are measured, the landmarks there, start, focal length and beliefs."""

    def __init__(
        self, track: Track, lens: Lens, body: Body, fitter: BodyFitter, fitted: BodyFit, frames: int, truth: Truth | None
    ) -> None:
        self.fitter, self.fitted, self.truth, self.height = fitter, fitted, truth, lens.size[1]
        landmarks = mesh_landmarks(track, lens, body)
        present = np.flatnonzero(landmarks.present)
        spread = np.linspace(0, len(present) - 1, min(frames, len(present))).round().astype(int)
        self.chosen = torch.as_tensor(present[spread])
        self.landmarks = landmarks.frames(self.chosen)
        self.clip_frames = np.asarray(track.frames)[self.chosen.numpy()]
        self.focal = float(fitted.state.log_focal.exp())
        self.skin = BodySkin(body, torch.float64, torch.device("cpu"))
        self.problems = [self._still_problem(frame) for frame in self.chosen]
        self.wanted = self.costs(fitted.state.frames(self.chosen))

    def _still_problem(self, frame: Tensor, *besides: Term) -> BodyProblem:
        """The project's cost of one frame, of what a method of single pictures sees as well, and terms `besides`."""
        settings, prior = self.fitter.settings, self.fitter.prior
        strength = torch.full((1,), settings.prior, dtype=torch.float64)
        terms: list[Term] = [
            Reprojection(self.fitter.seen.frames(frame[None]), settings.scale_2d),
            LikelyPose(prior, strength, settings.prior_scale),
            JointLimits(prior, settings.limit, torch.device("cpu")),
        ]
        return BodyProblem(self.fitter.points, [*terms, *besides], 1)

    def costs(self, state: BodyState) -> list[float]:
        """Of each frame of `state`, which are the chosen ones."""
        return [problem.cost(state.frames(slice(k, k + 1))) for k, problem in enumerate(self.problems)]

    def posed(self, state: BodyState) -> tuple[Tensor, Tensor]:
        """Joints (T, 55, 3) and vertices (T, V, 3) of the body with open hands and a calm face, in the camera's frame."""
        rotations = torch.eye(3, dtype=torch.float64).repeat(len(state.pelvis), JOINT_COUNT, 1, 1)
        rotations[:, :BODY_JOINT_COUNT] = state.rotations
        vertices, joints = self.skin(rotations, state.pelvis - self._pelvis_at_rest(state.betas), state.betas)
        return joints, vertices

    def _pelvis_at_rest(self, betas: Tensor) -> Tensor:
        return self.skin.joints_at_rest(betas)[0, 0]

    def measured(self, row: Row, joints: Tensor, vertices: Tensor, costs: list[float]) -> Row:
        """`row` with the figures of its fit on the shared frames, posed in the camera's frame, and of its costs there."""
        body_px, hand_px, face_px = self.landmarks.errors(joints, vertices, self.focal)
        row = replace(row, body_px=body_px, hand_px=hand_px, face_px=face_px, cost=float(np.mean(costs)))
        if self.truth is None:
            return row
        limbs = joints[:, list(LIMB_JOINTS)].numpy().astype(np.float64)
        return replace(row, pa_mpjpe=score(limbs, self.clip_frames, self.truth)["PA-MPJPE"])

    def pictures(self) -> Row:
        """The project's solver on what SMPLify-X's method has: a picture at a time, from the same start, betas unknown, no 3D, no
        time, no floor."""
        belief, shape = self.fitter.belief, self.fitter.settings.shape
        likely = LikelyShape(belief.mean, belief.deviation, shape)
        held = torch.ones(len(belief.mean) + SHARED_BESIDES, dtype=torch.bool)
        held[: len(belief.mean)] = False
        states, seconds, iterations = [], 0.0, 0
        for frame in self.chosen:
            start = replace(self.fitted.start.frames(frame[None]), log_focal=self.fitted.state.log_focal, betas=belief.mean)
            problem = self._still_problem(frame, likely)
            started = time.process_time()
            state, outcome = minimise(problem, start, PICTURE_ITERATIONS, PICTURE_TOLERANCE, fixed=held)
            seconds, iterations = seconds + time.process_time() - started, iterations + outcome.iterations
            states.append(state)
        joints, vertices = (torch.cat(parts) for parts in zip(*map(self.posed, states), strict=True))
        row = Row("this project: body, single pictures", len(states), seconds / len(states), iterations / len(states))
        costs = [problem.cost(state) for problem, state in zip(self.problems, states, strict=True)]
        return _body_only(self.measured(row, joints, vertices, costs))

    def descent(self, longest: float, focal_known: bool) -> Row:
        """Batched L-BFGS on the cost that the project's fit ended with; contacts, trust in landmarks and the world are given to
        it as that fit found them."""
        problem, found_world = self.fitted.problem, {name: getattr(self.fitted.state, name) for name in ("tilt", "floor")}
        start = replace(self.fitted.start, **found_world)
        wanted = problem.cost(self.fitted.state)
        found = descend(problem, start, wanted, longest, focal_known)
        frames = len(start.pelvis)
        reached = float("nan") if found.reached is None else found.reached / frames
        row = Row("batched L-BFGS, joints only", frames, found.seconds / frames, found.evaluations / frames)
        state = found.state.frames(self.chosen)
        row = self.measured(row, *self.posed(state), self.costs(state))
        share, ratio = float(found.reached is not None), found.cost / wanted
        return replace(_body_only(row), reached=reached, reached_share=share, clip_cost=ratio)

    def smplifyx(self, module: object) -> Row:
        """SMPLify-X's method, a picture at a time, each from the project's start for that frame."""
        mean, deviation = self.fitter.belief.mean, self.fitter.belief.deviation
        method = SmplifyX(module, load_pose_prior(), (mean, deviation), self.focal, self.height)
        posed, states, seconds, evaluations, reached = [], [], 0.0, 0, []
        for k, frame in enumerate(self.chosen.tolist()):
            start = self.fitted.start.frames(slice(frame, frame + 1))
            pose = logarithm(start.rotations[0])
            place = start.pelvis[0] - self._pelvis_at_rest(torch.nn.functional.pad(mean[:BETAS], (0, len(mean) - BETAS)))
            found = method.fit(self.landmarks.frames(torch.tensor([k])), parameters_at(place, pose[0], pose[1:].flatten(), mean))
            seconds, evaluations = seconds + found.seconds, evaluations + found.evaluations
            posed.append([part.to(torch.float64) for part in method.posed(found.parameters)])
            states.append(self._state(found.parameters))
            enough = ENOUGH * self.wanted[k]
            reached += [after for after, had in found.history if self.problems[k].cost(self._state(had)) <= enough][:1]
        joints, vertices = (torch.cat(parts) for parts in zip(*posed, strict=True))
        count = len(states)
        row = Row("SMPLify-X's method", count, seconds / count, evaluations / count)
        row = replace(row, reached=float(np.mean(reached)) if reached else float("nan"), reached_share=len(reached) / count)
        return self.measured(row, joints, vertices, [p.cost(s) for p, s in zip(self.problems, states, strict=True)])

    def _state(self, found: Parameters) -> BodyState:
        """The picture's parameters as the solver's state of one frame."""
        missing = len(self.fitter.belief.mean) - BETAS
        betas = torch.nn.functional.pad(found.betas[0].to(torch.float64), (0, missing))
        pose = torch.cat([found.global_orient, found.body_pose], 1).to(torch.float64).reshape(1, BODY_JOINT_COUNT, 3)
        pelvis = found.transl.to(torch.float64) + self._pelvis_at_rest(betas)
        return replace(self.fitted.state, rotations=exponential(pose), pelvis=pelvis, betas=betas)


def _body_only(row: Row) -> Row:
    return replace(row, hand_px=float("nan"), face_px=float("nan"))


def table_of(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the table, each method beside the first."""

    def number(value: float, digits: int = 1) -> str:
        return "-" if np.isnan(value) else f"{value:.{digits}f}"

    columns = ["method", "frames", "ms a frame", "times ours", "loss and gradient", "body px", "hands px", "face px", "cost"]
    columns += ["reached our cost", "after ms", "clip's cost, times ours", "PA-MPJPE mm"]
    table = [
        [
            *(row.method, str(row.frames), number(row.seconds * 1e3), number(row.seconds / rows[0].seconds)),
            *(number(row.evaluations), number(row.body_px, 2), number(row.hand_px, 2), number(row.face_px, 2), number(row.cost)),
            *("-" if np.isnan(row.reached_share) else f"{row.reached_share:.0%}", number(row.reached * 1e3)),
            *(number(row.clip_cost, 2), number(row.pa_mpjpe)),
        ]
        for row in rows
    ]
    return columns, table


def main(arguments: list[str] | None = None) -> int:
    """Compare on a clip and print the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--track", type=Path, help="landmarks of the clip that were saved before")
    parser.add_argument("--frames", type=int, default=8, help="pictures that SMPLify-X's method fits")
    parser.add_argument("--focal", help="as of thespis fit")
    parser.add_argument("--truth", type=Path, help="npz with the joints that several cameras saw")
    parser.add_argument("--camera", default="", help="prefix of R and t in the truth")
    options = parser.parse_args(arguments)
    try:
        clip, focal = open_clip(options.clip), parse_focal(options.focal)
        observed = (
            load_tracks(options.track) if options.track else observe_clip(clip, FitOptions(), clip.frame_count - 1, Progress())
        )
        lens = lens_of(clip.size, focal.pixels(clip.size) if focal else None)
        truth = read_truth(options.truth, options.camera) if options.truth else None
        rows = compare(observed[0], lens, load_body(), float(clip.fps), options.frames, truth)
        print_table("same clip, landmarks, lens, start, beliefs; one thread", *table_of(rows))
    except ThespisError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
