"""The whole way from a request to a Motion."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.features import FRAME_RATE, Placement, at_times, from_motion, layout, resampled, to_motion
from ...models.emotion.recogniser.judge import Judge
from ...models.emotion.rest import RestBody, canonical, rest_body_of
from ...models.emotion.weights import EmotionModel
from ..motion import Motion
from .arms import kept_out
from .contacts import as_the_feet_go
from .cues import Cues
from .decode import decoded, seconds_of, surest_try
from .feet import Ends, planted
from .joins import begun_in, ended_in, fingers_met, join_seconds, looped, where_it_stands
from .limits import feet_within_limits, within_limits
from .liveliness import alive
from .request import ActRequest
from .variation import learnt_walk, stepped_aside

Array = NDArray[np.float64]


def act(model: EmotionModel, request: ActRequest, judge: Judge | None = None) -> Motion:
    """The take that is asked for; with a start, where that stands and facing as it does, on its body, joined to it if asked.

    judge: chooses where the best of several takes is asked for. The same model, request and
    judge give the same motion. Raises ThespisError for an emotion that the model was not taught.
    """
    number = surest_try(model, request, judge)
    seconds = seconds_of(model, request, number)
    begin = None if request.start is None else beginning(request.start)
    values = decoded(model, request, seconds, begin.pose if begin is not None and request.joins else None, number)
    if request.walk:
        emotion, intensity = request.cues.emotions[0][1], request.cues.intensities[0][1]
        walk = learnt_walk(model, emotion, intensity)
        values = walk.walked(values, request.walk, np.random.default_rng((request.seed, 2)))
    times = np.arange(round(seconds * request.fps) + 1) / request.fps
    values = at_times(values, FRAME_RATE, times)
    # Nothing of the most typical take is left to the seed.
    values = alive(values, request.fps, request.cues, request.seed if request.draws else 0, request.liveliness)
    return finished(values, request, begin)


@dataclass(frozen=True)
class Beginning:
    """pose: (D,) features; velocity: (D,) their change a second; placement: where it stands and faces; rest: whose pose it is."""

    pose: Array
    velocity: Array
    placement: Placement
    rest: RestBody


def beginning(motion: Motion) -> Beginning:
    """The last frame of `motion`, as something to start from."""
    last = slice(max(0, len(motion) - 2), len(motion))
    # Features are told from the first frame's place and heading: the last frame is put first.
    poses, trans, expression = (part[last][::-1] for part in (motion.poses, motion.trans, motion.expression))
    rest = rest_body_of(motion)
    back = Motion(poses, trans, motion.betas, expression, motion.fps, body_model=motion.body_model)
    features = from_motion(back, rest)
    velocity = (features.values[0] - features.values[-1]) * motion.fps
    return Beginning(features.values[0], velocity, features.placement, rest)


def finished(values: Array, request: ActRequest, begin: Beginning | None = None) -> Motion:
    """The Motion of features (T, D) at the request's rate: joined to what it starts from, limits kept, feet planted."""
    fps = request.fps
    first = last = 0.0
    if begin is not None and request.joins:
        place = layout().place
        speed = float(np.hypot(begin.velocity[place.start], begin.velocity[place.start + 2]))
        first = join_seconds(values, begin.pose, fps, speed)
        values = begun_in(values, begin.pose, fps, first, begin.velocity, coasts=True)
        if request.returns:
            end = where_it_stands(begin.pose, values[-1])
            last = join_seconds(values[::-1], end, fps)
            values = ended_in(values, end, fps, last)
    if request.loops:
        last = join_seconds(values[::-1], values[0], fps)
        values = looped(values, fps, last)
    motion = _made(values, fps, Ends(first or last * request.loops, last, request.cues.changes()), begin, request.start)
    if request.start is None or not first:
        return motion
    given = request.start.poses[-1]
    poses = fingers_met(motion.poses, given, fps, first)
    if request.returns:
        poses = fingers_met(poses[::-1], given, fps, last)[::-1].copy()
    return replace(motion, poses=poses)


def _made(values: Array, fps: float, ends: Ends, begin: Beginning | None, body_of: Motion | None) -> Motion:
    """The Motion of joined features: limits kept, feet planted, on the body of `body_of`."""
    rest = canonical() if begin is None else begin.rest
    near = ends.nearness(len(values), fps).max(0)[:, None]
    values = near * values + (1 - near) * within_limits(values)
    values = planted(as_the_feet_go(values, fps), fps, rest, ends)
    values = near * values + (1 - near) * feet_within_limits(values)
    motion = to_motion(values, fps, None if begin is None else begin.placement, rest)
    if body_of is not None and body_of.body_model == motion.body_model:
        motion = replace(motion, betas=body_of.betas, gender=body_of.gender)
    return kept_out(motion, ends)


def varied(model: EmotionModel, motion: Motion, cues: Cues, scale: float, seed: int) -> Motion:
    """`motion` encoded, moved aside in the latent by `scale` standard deviations of its emotion's takes, and decoded again.

    cues: what it shows (the first emotion and intensity count). It stands where it stood, at its own rate.
    Raises ThespisError when it is longer than a take can be.
    """
    seconds = (len(motion) - 1) / motion.fps
    request = ActRequest(cues, seconds, seed, fps=motion.fps)
    rest = rest_body_of(motion)
    features = from_motion(motion, rest)
    seen = resampled(features, FRAME_RATE).values
    values = stepped_aside(model, seen, cues.emotions[0][1], cues.intensities[0][1], scale, seed)
    times = np.arange(len(motion)) / motion.fps
    begin = Beginning(np.zeros(0), np.zeros(0), features.placement, rest)
    return _made(at_times(values, FRAME_RATE, times), request.fps, Ends(), begin, motion)
