"""perform: a score, an intensity, an actor and a seed become a performance of the whole body, hands and face."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ThespisError
from ....core.motion import Motion
from ....core.skeleton import EYES, JAW, JOINT_COUNT, MIRROR
from .actor import Actor
from .arms import place_collar, solve_arm
from .face import blinks, expression_of, limited_gaze, saccades, unit_weights
from .feet import stand
from .figure import COLLAR, SIDES, Figure, figure_of, open_body
from .hands import solve_fingers
from .landmarks import OTHER_ARM
from .layer import ground_from, lay_over, swing_idle_arms
from .legs import Tracks, carry_pelvis, solve_legs
from .noise import RMS, tremor, wander
from .plan import LONGEST, make_plan, trunk_extent
from .reach import Space, aim
from .score import Score
from .timeline import Key, Plan
from .trunk import body_tracks, solve_trunk
from .turns import about, from_vectors, to_vectors, transposed
from .weights import blend_weights

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Performance:
    """A performed score and its labels.

    motion: of the open body with the actor's betas. emotion, scenario: of the score. intensity: in [0, 1]. actor: its number.
    contacts: (T, 4) left heel, left toes, right heel, right toes on the floor. phases: (name, first frame) in order: neutral,
    anticipation, apex, settle, neutral.
    """

    motion: Motion
    emotion: str
    scenario: str
    intensity: float
    actor: int
    contacts: NDArray[np.bool_]
    phases: tuple[tuple[str, int], ...]


def perform(
    score: Score, intensity: float, actor: Actor, seed: int, fps: float = 30.0, base: Motion | None = None
) -> Performance:
    """Play `score` at an intensity in [0, 1]. The same arguments give the same motion.

    base: motion to play it on: its legs, its way, its trunk underneath, its arms where the score's hang. Only for scores that do
    not need the feet (Score.layers).
    Raises ThespisError for an intensity or a frame rate that makes no sense, or a base that is too short or not wanted.
    """
    if not (np.isfinite(intensity) and 0 <= intensity <= 1):
        raise ThespisError(f"The intensity is {intensity}; it goes from 0 to 1. Move the slider.")
    if not (np.isfinite(fps) and 1 <= fps <= 480):
        raise ThespisError(f"The frame rate is {fps}; 1 to 480 frames a second make sense. Give another rate.")
    if base is not None and not score.layers:
        raise ThespisError(f"{score.name}: steps or jumps, so it cannot be played on other motion. Choose a score that does not.")
    random = np.random.default_rng([seed, actor.number, _number_of(score.name)])
    figure = figure_of(actor.betas)
    longest = LONGEST if base is None else min(LONGEST, (len(base) - 1) / base.fps)
    plan = make_plan(score, intensity, actor, figure, random, longest)
    seconds = np.arange(max(2, round(plan.seconds * fps))) / fps
    weights = blend_weights(plan.keys, score.effort, actor, intensity, seconds)
    tracks = body_tracks(plan.keys, weights, actor, seconds, random)
    local = np.tile(np.eye(3), (len(seconds), JOINT_COUNT, 1, 1))
    if base is None:
        feet, air = stand(plan, actor, figure, seconds)
        pelvis = carry_pelvis(tracks, feet, air, figure, fps)
        solve_legs(pelvis, tracks, feet, figure, local)
        contacts = np.concatenate([feet[side].contacts for side in SIDES], axis=1)
        solve_trunk(tracks, pelvis, actor, seconds, local, random)
    else:
        ground = ground_from(base, figure, len(seconds), fps, random)
        pelvis, contacts = ground.pelvis, ground.contacts
        solve_trunk(tracks, pelvis, actor, seconds, local, random)
        lay_over(ground, local)
    trans = pelvis.place - figure.joints[0]
    for side in SIDES:
        solve_fingers(side, plan.keys, weights[f"{side}_fingers"], actor, seconds, local, random)
    _arms(plan, weights, tracks, pelvis.heading, trans, actor, figure, seconds, fps, local, random)
    expression = _face(plan, weights, tracks, intensity, actor, score, seconds, local, random)
    if base is not None:
        swing_idle_arms(ground, plan.keys, weights, local)
    motion = Motion(
        poses=to_vectors(local),
        trans=trans,
        betas=np.array(actor.betas, np.float64),
        expression=expression,
        fps=fps,
        body_model=open_body().model_id,
        contacts=contacts.astype(np.float64),
    )
    if actor.left_handed != (random.random() < 0.12):
        motion, contacts = _mirrored(motion), contacts[:, [2, 3, 0, 1]]
    return Performance(motion, score.emotion, score.scenario, float(intensity), actor.number, contacts, _phases(plan, seconds))


def _number_of(name: str) -> int:
    """A number that belongs to a score's name, the same on every machine."""
    return int.from_bytes(name.encode()[-8:], "big") + len(name)


def _arms(
    plan: Plan,
    weights: dict[str, NDArray[np.float64]],
    tracks: Tracks,
    heading: Array,
    trans: Array,
    actor: Actor,
    figure: Figure,
    seconds: Array,
    fps: float,
    local: Array,
    random: np.random.Generator,
) -> None:
    keys, frames = plan.keys, len(seconds)
    world, places = figure.pose(local[:, :16], trans)
    whole = np.tile(np.eye(3), (frames, JOINT_COUNT, 1, 1)), np.zeros((frames, JOINT_COUNT, 3))
    space = Space(*whole, _gesture_axes(world, heading, 0.75), _gesture_axes(world, heading, 0.2))
    space.world[:, :16], space.places[:, :16] = world, places
    jitter = {side: 0.03 * random.normal(size=(len(keys), 3)) for side in SIDES}
    drift = {side: wander(seconds, 3, RMS["hand"] * actor.restless, random, slope=2.8) for side in SIDES}
    shake = {side: 0.004 * tracks["tremble"][:, None] * tremor(seconds, 3, random) for side in SIDES}
    order = _order(keys)
    other = ""
    for side in order:
        arm, wrist = weights[f"{side}_arm"], weights[f"{side}_wrist"]
        for shoulder in (16, 17):
            figure.pose_joint(shoulder, local, space.world, space.places)
        rough = aim(side, keys, arm, wrist, space, figure, actor, jitter[side])
        local[:, COLLAR[side]] = place_collar(side, rough, tracks, space)
        for joint in (COLLAR[side], COLLAR[side] + 3):
            figure.pose_joint(joint, local, space.world, space.places)
        aimed = aim(side, keys, arm, wrist, space, figure, actor, jitter[side])
        free = (1 - aimed.contact)[:, None]
        lifted = replace(
            aimed, point=aimed.point + drift[side] * free + shake[side], elbow=aimed.elbow + np.radians(actor.elbows)
        )
        solve_arm(side, lifted, space, figure, local, fps, other)
        other = side


def _gesture_axes(world: Array, heading: Array, share: float) -> NDArray[np.float64]:
    """(T, 3, 3) axes that turn with the body, and with the chest by a share of what it turns and leans."""
    upright = about(1, heading)
    return upright @ from_vectors(share * to_vectors(transposed(upright) @ world[:, 9]))


def _order(keys: list[Key]) -> tuple[str, ...]:
    """The sides in the order in which arms are solved: one that touches the other arm comes second."""
    touches = {side: any((goal := key.pose.hands.get(side)) and goal.at in OTHER_ARM for key in keys) for side in SIDES}
    return ("right", "left") if touches["left"] and not touches["right"] else SIDES


def _face(
    plan: Plan,
    weights: dict[str, NDArray[np.float64]],
    tracks: Tracks,
    intensity: float,
    actor: Actor,
    score: Score,
    seconds: Array,
    local: Array,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """(T, E) expression; jaw and eyes are written into `local`."""
    names = list(open_body().expression_names)
    units = unit_weights(names)
    extent = trunk_extent(intensity) * actor.face
    rows = []
    for key in plan.keys:
        share = min(extent, key.extent * actor.face / actor.carriage) if key.phase == "neutral" else extent
        rows.append(share * expression_of(key.pose.face, units, len(names) + 1))
    alive = 1 + wander(seconds, 1, 0.07, random)
    face = np.clip(weights["face"] @ np.array(rows), 0, None) * alive
    local[:, JAW] = about(0, np.radians(np.clip(face[:, -1], 0, 28)))
    gaze = np.array([key.pose.gaze or (0.0, 0.0) for key in plan.keys]) * extent
    wide = 2.0 + 2.5 * max(0.0, -score.effort.space)
    looking = np.radians(weights["eyes"] @ gaze) + saccades(seconds, wide, random)
    # While the head is on its way the eyes keep what they look at.
    turning = np.radians(np.stack([tracks["turn"], -tracks["bow"]], 1))
    lag = turning - _late(turning, seconds)
    eyes = limited_gaze(looking - 0.7 * lag)
    for eye in EYES:
        local[:, eye] = about(1, eyes[:, 0]) @ about(0, -eyes[:, 1])
    moved = np.linalg.norm(np.gradient(np.radians(weights["eyes"] @ gaze) + turning, axis=0), axis=1) / (seconds[1] - seconds[0])
    closed = blinks(seconds, actor.blink, moved, random)
    expression = np.clip(face[:, :-1], 0, 1)
    for side in ("Left", "Right"):
        for name, amount in (("eyeBlink", closed), ("eyeLookDown", np.clip(-eyes[:, 1] / 0.5, 0, 1) * (1 - closed))):
            if f"{name}{side}" in names:
                column = names.index(f"{name}{side}")
                expression[:, column] = np.maximum(expression[:, column], amount)
    return expression


def _late(values: Array, seconds: Array) -> NDArray[np.float64]:
    """(T, n) values with a delay of about 0.12 s."""
    late = np.interp(seconds - 0.12, seconds, np.arange(len(seconds)))
    whole = np.floor(late).astype(int)
    share = (late - whole)[:, None]
    return np.asarray(values[whole] * (1 - share) + values[np.minimum(whole + 1, len(values) - 1)] * share)


def _mirrored(motion: Motion) -> Motion:
    """The same motion with left and right changed over."""
    names = list(open_body().expression_names)
    other = [names.index(_other_side(name)) if _other_side(name) in names else k for k, name in enumerate(names)]
    assert motion.contacts is not None
    return replace(
        motion,
        poses=motion.poses[:, list(MIRROR)] * (1.0, -1.0, -1.0),
        trans=motion.trans * (-1.0, 1.0, 1.0),
        expression=motion.expression[:, other],
        contacts=motion.contacts[:, [2, 3, 0, 1]],
    )


def _other_side(name: str) -> str:
    if "Left" in name:
        return name.replace("Left", "Right")
    return name.replace("Right", "Left")


def _phases(plan: Plan, seconds: Array) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = [("neutral", 0)]
    for key in plan.keys[1:]:
        if key.phase != found[-1][0]:
            found.append((key.phase, int(np.searchsorted(seconds, key.start))))
    return tuple(found)
