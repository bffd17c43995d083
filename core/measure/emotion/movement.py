"""What no take may do: slide, jump at a join, bend beyond limits, go through the body; and how long a take takes."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....models.emotion.emotions import EMOTION_INDEX, EMOTIONS
from ....models.emotion.features import FRAME_RATE, to_motion
from ....models.emotion.rest import canonical
from ....models.prior.pose_prior import load_pose_prior
from ...act.act import act
from ...act.cues import Cues, steady
from ...act.joins import JOIN
from ...act.request import ActRequest
from ...motion import Motion
from ...skeleton import BODY_JOINT_COUNT
from ..bench.report import Section, machine, row_of
from ..feet import slides
from ..piercing import TOUCH, PiercingTest
from ..regions import Regions, regions_of
from ..synthetic import pose_motion
from ..table import number
from .generate import Way, request_of
from .rows import middle
from .study import Study, asked_like, evenly

Array = NDArray[np.floating[Any]]

_SLIDING, _JUMP, _PIERCED, _SPEED = 40.0, 2.0, 1.0, 100.0
_BEYOND: Final = 1.0
"""Degrees beyond a limit from which on it counts."""
_ON_FLOOR: Final = 0.01
"""Metres over the floor."""
_EVERY: Final = 7
"""Frames from one to the next that is tested on the mesh; not in step with those that act looks at."""
_TEN: Final = 10.0
_FPS: Final = 30.0
_BESIDE: Final = 4
"""Frames beside a join that are looked at, too."""


@dataclass(frozen=True)
class Moved:
    """What was seen of motions. slides: (n,) m/s of sole points that are said to be planted. low: (l,) m/s of those that
    lie on the floor, whatever is said. beyond: (m,) degrees that the joint farthest beyond its
    limits is, in each frame. depths: (k,) metres that a limb is inside another part, in the frames tested."""

    slides: Array
    low: Array
    beyond: Array
    depths: Array


def section(study: Study) -> Section:
    """Figures of generated takes, beside the same of the corpus's performances."""
    wanted = asked_like(study.new_actors, study.counts.moved, seed=14)
    study.say(f"{len(wanted)} takes on the mesh")
    takes = [act(study.model, request_of(one, Way(), fps=_FPS)) for one in wanted]
    corpus = evenly(study.new_actors, study.counts.moved, seed=15)
    made, real = (looked_at(motions) for motions in (takes, (to_motion(v.astype(np.float64), FRAME_RATE) for v in corpus.values)))
    rows = [
        _row("planted feet slide, mean, mm/s", made.slides, real.slides, lambda v: float(v.mean() * 1e3), _SLIDING),
        _row(
            "planted feet slide, 99 of 100, mm/s", made.slides, real.slides, lambda v: float(np.percentile(v, 99) * 1e3), _SLIDING
        ),
        _row("soles on the floor slide, planted or not, mean, mm/s", made.low, real.low, lambda v: float(v.mean() * 1e3), None),
        _row(f"a joint {_BEYOND:g} degree beyond its limits, % of frames", made.beyond, real.beyond, _share_beyond, 0.0),
        _row("  farthest, degrees", made.beyond, real.beyond, lambda v: float(v.max()), None),
        _row("limbs through the body, % of frames", made.depths, real.depths, _share_pierced, _PIERCED),
        _row("  deepest, mm", made.depths, real.depths, lambda v: float(v.max() * 1e3), None),
    ]
    study.say("joins")
    for name, ratios in joins(study, takes).items():
        worst = float(ratios.max()) if len(ratios) else float("nan")
        rows.append([*row_of(f"join, {name}: acceleration, times the take's own", worst, _JUMP, number(worst)), ""])
        rows.append([*row_of("  median", middle(ratios), None, number(middle(ratios))), ""])
    processor, wall = milliseconds_of_ten(study)
    rows.append([*row_of("a take of ten seconds, processor time, ms", middle(processor), _SPEED, number(middle(processor))), ""])
    rows.append([*row_of(f"  the slowest of {len(processor)}", max(processor), None, number(max(processor))), ""])
    rows.append([*row_of("  by the clock (other work beside it counts), ms", middle(wall), None, number(middle(wall))), ""])
    words = (
        f"{len(takes)} takes at {_FPS:g} frames a second as act makes them, and as many performances of the corpus laid onto the "
        f"mean body at {FRAME_RATE:g}. Through the body: a limb more than {TOUCH * 1e3:g} mm inside another part of the mesh, "
        f"every {_EVERY}th frame. Joins: the highest acceleration of any joint from just before the join until {JOIN:g} s after "
        "it, over the 99th percentile of what the take does elsewhere, and there where it is "
        "not joined; the worst counts. Ten seconds: warm, one thread, median; "
        f"{machine()}."
    )
    return Section("Movement and speed", ["", "bar", "generated", "holds", "performances"], rows, words)


def _row(title: str, made: Array, real: Array, reduce: Any, bar: float | None) -> list[str]:
    value, own = (float(reduce(part)) if len(part) else float("nan") for part in (made, real))
    return [*row_of(title, value, bar, number(value)), number(own)]


def _share_beyond(values: Array) -> float:
    return float((values > _BEYOND).mean() * 100)


def _share_pierced(values: Array) -> float:
    return float((values > TOUCH).mean() * 100)


def looked_at(motions: "Sequence[Motion] | Iterator[Motion]") -> Moved:
    """Everything about `motions` of the open body's mean."""
    body = canonical().body
    regions: Regions = regions_of(body)
    test = PiercingTest(body, regions)
    prior = load_pose_prior()
    slid, low, beyond, depths = [], [], [], []
    for motion in motions:
        soles, _ = pose_motion(body, motion, regions.soles)
        if motion.contacts is not None:
            slid.append(slides(soles, motion.contacts > 0.5, motion.fps))
        low.append(slides(soles, soles[..., 1] < _ON_FLOOR, motion.fps))
        pose = motion.poses[:, 1:BODY_JOINT_COUNT].reshape(len(motion), -1)
        excess = np.maximum(np.maximum(pose - prior.upper, prior.lower - pose), 0)
        beyond.append(np.degrees(excess.max(1)))
        step = max(1, round(_EVERY * motion.fps / _FPS))
        vertices, _ = pose_motion(body, _thinned(motion, step))
        depths.append(test.depths(vertices))
    return Moved(*(np.concatenate(parts) if parts else np.zeros(0) for parts in (slid, low, beyond, depths)))


def _thinned(motion: Motion, step: int) -> Motion:
    """Every step-th frame."""
    return Motion(
        motion.poses[::step],
        motion.trans[::step],
        motion.betas,
        motion.expression[::step],
        motion.fps / step,
        body_model=motion.body_model,
    )


def joins(study: Study, takes: Sequence[Motion]) -> dict[str, Array]:
    """For takes begun in the last pose of others, taken back to it, that change their emotion, and looped: the highest
    acceleration about each join as a share of the take's own."""
    known = [name for name in EMOTIONS if study.model.space.known[EMOTION_INDEX[name]]]
    found: dict[str, list[float]] = {
        name: [] for name in ("begun in another's pose", "back to the pose", "from one emotion to another", "looped")
    }
    longest = round(JOIN * _FPS)
    near = longest + _BESIDE
    for number_, first in enumerate(takes):
        request = ActRequest(steady(known[number_ % len(known)], 1.0), seed=number_, fps=_FPS)
        alone = _joints(act(study.model, request))
        next_ = _joints(act(study.model, replace(request, start=first, returns=True)))
        seam = len(first) - 1
        together = np.concatenate([_joints(first), next_[1:]])
        ratio = jump(together, seam, seam, _FPS, slice(seam, None), [alone[:near]])
        found["begun in another's pose"].append(ratio)
        back = np.concatenate([next_, np.repeat(next_[-1:], round(0.5 * _FPS), axis=0)])
        end = len(next_) - 1
        found["back to the pose"].append(jump(back, end - longest, end, _FPS, slice(0, len(next_)), [alone[-near:]]))
        pair = (1.0, known[number_ % len(known)]), (2.0, known[(number_ + 1) % len(known)])
        path = _joints(act(study.model, ActRequest(Cues(pair, ((0.0, 1.0),)), 6.0, number_, fps=_FPS)))
        first_frame, last_frame = round(1.0 * _FPS), round((2.0 - JOIN) * _FPS)
        both = [_joints(act(study.model, ActRequest(steady(name, 1.0), 6.0, number_, fps=_FPS))) for _, name in pair]
        there = [part[round(1.0 * _FPS) : round(2.0 * _FPS)] for part in both]
        found["from one emotion to another"].append(jump(path, first_frame, last_frame, _FPS, slice(0, len(path)), there))
        circle = _joints(act(study.model, replace(request, loops=True)))
        twice = np.concatenate([circle, circle[1:]])
        seam = len(circle) - 1
        ratio = jump(twice, seam - longest, seam, _FPS, slice(0, len(circle)), [alone[-near:], alone[:near]])
        found["looped"].append(ratio)
    return {name: np.array(values) for name, values in found.items()}


def _joints(motion: Motion) -> Array:
    return pose_motion(canonical().body, motion, np.zeros(1, np.int64))[1][:, :BODY_JOINT_COUNT]


def jump(joints: Array, first: int, last: int, fps: float, own: slice, alone: Sequence[Array] = ()) -> float:
    """Highest acceleration of any of joints (T, J, 3) from two frames before `first` to JOIN seconds after `last`, over the 99th
    percentile of the other frames of `own`.

    alone: (n, J, 3) each, what the take does there where it is not joined; it counts among its own, as a join is not to blame
    for a start that the take would give anyway.
    """
    strongest = _strongest(joints)  # of frames 1 to T - 2
    about = np.zeros(len(strongest), bool)
    about[max(0, first - _BESIDE + 1) : last + round(JOIN * fps)] = True
    mine = np.zeros(len(strongest), bool)
    mine[own] = True
    rest = np.concatenate([strongest[mine & ~about], *(_strongest(part) for part in alone)])
    if not len(rest):
        rest = strongest[mine]
    return float(strongest[about].max() / max(float(np.percentile(rest, 99)), 1e-9))


def _strongest(joints: Array) -> Array:
    return np.asarray(np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).max(1))


def milliseconds_of_ten(study: Study) -> tuple[list[float], list[float]]:
    """Milliseconds of the processor and of the clock that takes of ten seconds cost, the model warm."""
    known = [name for name in EMOTIONS if study.model.space.known[EMOTION_INDEX[name]]]
    processor, wall = [], []
    for number_ in range(study.counts.timed + 1):
        request = ActRequest(steady(known[number_ % len(known)], 1.0), _TEN, number_, fps=_FPS)
        started = time.process_time(), time.perf_counter()
        act(study.model, request)
        processor.append((time.process_time() - started[0]) * 1e3)
        wall.append((time.perf_counter() - started[1]) * 1e3)
    return processor[1:], wall[1:]
