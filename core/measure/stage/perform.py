"""A script performed by a body: key poses become SMPL-X poses over frames, with feet that stand where they are put."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d
from scipy.spatial.transform import Rotation

from ....models.body.fingers import finger_pose
from ....models.body.load import Body
from ...skeleton import EYES, JAW, JOINT_COUNT, JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from .film import Performance
from .keys import eased, keyed
from .limbs import SIDES, joint_frames, with_ankle, with_wrist
from .places import sole_places
from .script import Foot, Script

Array = NDArray[np.floating[Any]]

FPS = 30.0
_KNEES = 0.997
"""Share of the leg's length at which people stand: the rest is in slightly bent knees."""
_SOFTENED = 0.03
"""Seconds by which the tracks of trunk and arms are smoothed: muscles do not change their pull at once."""
_FRAMES_AROUND = 3
"""Frames to either side over which the height of the hips is smoothed."""
_BLINK = 0.1
"""Seconds from open to closed."""
_ELBOW = (0.45, -1.0, -0.6)
"""Where elbows point unless the script says otherwise: down, back and a little outward."""


def perform(body: Body, script: Script) -> Performance:
    """The script on this body at 30 frames a second."""
    seconds = np.arange(round(script.seconds * FPS)) / FPS
    frames = len(seconds)
    poses = np.zeros((frames, JOINT_COUNT, 3))
    poses[:, 0] = _turns(_soft(keyed(script.hips_turn, seconds))).as_rotvec()
    trunk, head = (_soft(keyed(keys, seconds)) for keys in (script.trunk, script.head))
    for name, share in (("spine1", 0.3), ("spine2", 0.35), ("spine3", 0.35)):
        poses[:, JOINT_INDEX[name]] = _turns(trunk * share).as_rotvec()
    for name, share in (("neck", 0.4), ("head", 0.6)):
        poses[:, JOINT_INDEX[name]] = _turns(head * share).as_rotvec()
    feet = {side: _foot(body, side, getattr(script, side), seconds) for side in SIDES}
    trans = _hips(body, poses, script, feet, seconds)
    for side in SIDES:
        ankle, foot, toes, yaw = feet[side]
        # The knee points between where hips and toes do.
        facing = keyed(script.hips_turn, seconds)[:, 1]
        poses[:, JOINT_INDEX[f"{side}_hip"], 1] = np.radians(0.5 * (yaw - facing))
        poses = with_ankle(body, poses, trans, side, ankle, foot)
        poses[:, JOINT_INDEX[f"{side}_foot"]] = toes
    for side in SIDES:
        poses = _arm(body, poses, trans, script, side, seconds)
    _hands(body, poses, script, seconds)
    return Performance(poses, trans, _face(body, poses, script, seconds), FPS)


def _soft(values: Array) -> NDArray[np.float64]:
    return np.asarray(gaussian_filter1d(values, _SOFTENED * FPS, axis=0, mode="nearest"))


def _turns(degrees: Array) -> Rotation:
    """(T, 3) pitch, yaw, roll: first about the vertical, then forward, then sideways."""
    return Rotation.from_euler("YXZ", degrees[:, [1, 0, 2]] * (1, 1, -1), degrees=True)


def _foot(body: Body, side: str, steps: tuple[Foot, ...], seconds: Array) -> tuple[Array, Rotation, Array, Array]:
    """World ankle (T, 3), world rotation, toes' axis-angle (T, 3) and yaw in degrees (T,) of one foot."""
    # In the air a foot goes from where it stood to where it will stand.
    place = eased([(step.seconds, (step.x, step.z, step.yaw)) for step in steps if step.lift == 0], seconds)
    tilt = eased([(step.seconds, (step.pitch,)) for step in steps], seconds)[:, 0]
    lift = keyed([(step.seconds, (step.lift,)) for step in steps], seconds)
    rest = np.asarray(body.J_regressor, np.float64) @ body.v_template
    ankle, ball = rest[JOINT_INDEX[f"{side}_ankle"]], rest[JOINT_INDEX[f"{side}_foot"]]
    at_rest = np.zeros((1, JOINT_COUNT, 3)), np.zeros((1, 3))
    heel, toes = sole_places(body, *at_rest)[0, 2 * SIDES.index(side) : 2 * SIDES.index(side) + 2]
    # Turned so that both soles are on the floor, then shifted so that they are at y = 0 and the ball is over the origin.
    flat = Rotation.from_euler("x", np.arctan2(toes[1] - heel[1], toes[2] - heel[2]))
    ankle, ball, heel, toes = (flat.apply(point - ball) for point in (ankle, ball, heel, toes))
    down = np.array([0.0, -heel[1], 0.0])
    ankle, ball, heel = ankle + down, ball + down, heel + down
    yaw = Rotation.from_euler("y", place[:, 2:], degrees=True)
    up, back = (Rotation.from_euler("x", limit(tilt, 0)[:, None], degrees=True) for limit in (np.maximum, np.minimum))
    # Heel off turns the foot about the ball, toes off about the heel.
    where = back.apply(up.apply(ankle - ball) + ball - heel) + heel
    origin = np.stack([place[:, 0], lift[:, 0], place[:, 1]], axis=1)
    bend = np.clip(np.maximum(tilt, 0) * (1 - np.clip(lift[:, 0] / 0.05, 0, 1)), 0, 60)
    toes_turn = np.radians(bend)[:, None] * (-1.0, 0.0, 0.0)
    return yaw.apply(where) + origin, yaw * back * up * flat, toes_turn, place[:, 2]


def _hips(
    body: Body, poses: Array, script: Script, feet: dict[str, tuple[Array, Rotation, Array, Array]], seconds: Array
) -> Array:
    """trans (T, 3): the pelvis where the script wants it, no higher than both legs reach."""
    joints, _ = joint_frames(body, poses, np.zeros((len(poses), 3)))
    hips = _soft(keyed(script.hips, seconds))
    trans = np.zeros((len(poses), 3))
    trans[:, [0, 2]] = hips[:, :2] - joints[:, 0][:, [0, 2]]
    height = np.full(len(poses), np.inf)
    for side in SIDES:
        hip, knee, low = (joints[:, JOINT_INDEX[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
        leg = np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - low, axis=1)
        away = feet[side][0] - (hip + trans)
        rise = np.sqrt(np.maximum((_KNEES * leg) ** 2 - away[:, 0] ** 2 - away[:, 2] ** 2, 0.01))
        height = np.minimum(height, feet[side][0][:, 1] + rise - hip[:, 1])
    # The lower of both has corners. Smoothed over as many frames as the least is taken of, it is never beyond reach.
    least = minimum_filter1d(height, 2 * _FRAMES_AROUND + 1, mode="nearest")
    trans[:, 1] = gaussian_filter1d(least, _FRAMES_AROUND / 2, radius=_FRAMES_AROUND, mode="nearest") - hips[:, 2]
    return trans


def _arm(body: Body, poses: Array, trans: Array, script: Script, side: str, seconds: Array) -> NDArray[np.float64]:
    joints, world = joint_frames(body, poses, trans)
    shoulder, elbow, wrist = (joints[:, JOINT_INDEX[f"{side}_{name}"]] for name in ("shoulder", "elbow", "wrist"))
    length = np.linalg.norm(elbow - shoulder, axis=1) + np.linalg.norm(wrist - elbow, axis=1)
    chest = Rotation.from_matrix(world[:, JOINT_INDEX["spine3"]])
    outward = np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
    target = _soft(keyed(script.wrists[side], seconds)) * outward * length[:, None]
    pole = _soft(keyed(script.elbows.get(side, ((0.0, _ELBOW),)), seconds)) * outward
    palm = np.radians(_soft(keyed(script.palms.get(side, ((0.0, (5, 0, 20)),)), seconds)))
    return with_wrist(body, poses, trans, side, shoulder + chest.apply(target), chest.apply(pole), palm)


def _hands(body: Body, poses: Array, script: Script, seconds: Array) -> None:
    for side, joints in zip(SIDES, (LEFT_HAND, RIGHT_HAND), strict=True):
        keys = script.fingers.get(side, ((0.0, "relaxed"),))
        shapes = [(time, finger_pose(body, name, side).ravel()) for time, name in keys]
        poses[:, list(joints)] = eased(shapes, seconds).reshape(len(poses), 15, 3)


def _face(body: Body, poses: Array, script: Script, seconds: Array) -> NDArray[np.float64]:
    """Expression (T, E); jaw and eyes are turned in `poses`."""
    names = list(body.expression_names)
    poses[:, JAW, 0] = np.radians(eased(script.jaw, seconds)[:, 0])
    gaze = np.radians(eased(script.gaze, seconds)) * (-1, 1)
    for eye in EYES:
        poses[:, eye, :2] = gaze
    expression = np.zeros((len(seconds), len(names)))
    keys = []
    for time, amounts in script.face:
        row = np.zeros(len(names))
        for name, amount in amounts.items():
            row[names.index(name)] = amount
        keys.append((time, row))
    if keys:
        expression += eased(keys, seconds)
    closed = np.zeros(len(seconds))
    for blink in script.blinks:
        closed = np.maximum(closed, np.clip(1.2 - np.abs(seconds - blink) / _BLINK, 0, 1))
    expression[:, names.index("blink")] = np.maximum(expression[:, names.index("blink")], closed)
    return expression
