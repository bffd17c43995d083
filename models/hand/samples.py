"""Rendered hands of the open body with what the hand network says of them: people, finger poses and views at random."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...core.camera import Camera
from ...core.fit.hands import HandModel, hand_model
from ...core.fit.points import WRIST_SHARE
from ...core.observe.hands import HandReader
from ...core.observe.regions import Region, heading
from ...core.render.mesh import render_mesh
from ...core.render.surface import Surface, body_surface
from ...core.skeleton import JOINT_COUNT, JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from ..body.load import Body, load_body
from ..body.skin import BodySkin
from ..filming import background, filmed
from ..landmarks.run import Networks
from .solid import CHAINS, blank_solid

Array = NDArray[np.floating[Any]]

SIDES = ("left", "right")
_DISTANCE, _PICTURE, _HAND = 3.0, 3.2, 0.19
"""Metres; side of the picture in hands; a hand's length in metres."""
_SMALLEST, _LARGEST = 22, 160
"""Pixels that a hand measures."""
_CLOSED = np.array([1.35, 1.6, 1.05])
"""Flexion (rad) of a closed finger's joints."""
_ARM = ("elbow", "shoulder")


@dataclass(frozen=True)
class HandSample:
    """One hand and the network's answer to it, mirrored if it is a left one, so that all are right hands.

    features: (1152,), and read: (21, 3) the points in metres that the network itself gives, in the axes of the region it saw.
    solid: (21, 3) where they truly are, metres, in the same axes. size: pixels of a hand's length; person: number of the person.
    """

    features: Array
    read: Array
    solid: Array
    size: float
    person: int


def hand_samples(people: int, each: int, seed: int = 0) -> Iterator[HandSample]:
    """`each` hands of so many people, those left out that the network does not see."""
    body = load_body()
    reader = HandReader(Networks("cpu", 1), blank_solid())
    rng = np.random.default_rng(seed)
    for person in range(people):
        someone, side = _person(body, rng), person % 2
        skin, model = BodySkin(someone), hand_model(someone, np.zeros(body.beta_count), SIDES[side])
        surface = _arm_surface(someone, SIDES[side], rng)
        for _ in range(each):
            pose = finger_pose(model, rng)
            size = float(np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST))))
            vertices, joints, tips = _before_camera(someone, skin, SIDES[side], pose, rng)
            edge = int(_PICTURE * size)
            focal = size * _DISTANCE / _HAND
            camera = Camera((edge, edge), (focal, focal), ((edge - 1) / 2, (edge - 1) / 2))
            picture = render_mesh(vertices, surface, camera, background(rng, edge))
            picture = _moved(_compressed(filmed(picture, rng), rng), rng, size)
            wrist, knuckle = camera.project(joints[[0, 4]])
            middle = camera.project(joints.mean(0)) + rng.normal(0, 0.06 * size, 2)
            turn = heading(wrist, knuckle) + rng.normal(0, 0.25)
            region = Region(float(middle[0]), float(middle[1]), 1.7 * size * rng.uniform(0.85, 1.25), turn)
            read = reader.look(picture, region, side)
            if read is not None:
                region = read.region()
                answer = reader.answer(picture, region, side)
                yield HandSample(answer.features, answer.world, _seen(joints, tips, region, side), size, person)


def finger_pose(model: HandModel, rng: np.random.Generator) -> Array:
    """(15, 3) axis-angle of a hand that does something: rests, closes or opens in part or whole, points, counts, spreads.

    The fingers share one grip, each has a part of its own in it; in some hands any of them are stretched and the others closed.
    """
    closed = np.clip(rng.beta(1.0, 1.4) + rng.normal(0, 0.10, 4), -0.05, 1.1)
    sign = rng.random()
    if sign < 0.3:
        stretched = rng.random(4) < 0.5
        closed = np.where(stretched, rng.normal(0.05, 0.06, 4), rng.normal(0.9, 0.12, 4))
    elif sign < 0.5:
        closed = rng.normal(0.25, 0.08) + 0.04 * np.arange(4) + rng.normal(0, 0.05, 4)
    order = np.array([0, 1, 3, 2])  # fingers side by side; the model has index, middle, pinky, ring
    angles = np.zeros((5, 3, 3))
    for place, finger in enumerate(order):
        share = closed[place] + rng.normal(0, (0.10, 0.08, 0.08))
        angles[finger, :, 0] = share * _CLOSED
    fan = rng.normal(0.02, 0.07) * (1 - np.clip(closed, 0, 1))
    angles[order, 0, 1] = fan * (1.2, 0.2, -0.7, -1.6) + rng.normal(0, 0.04, 4)
    angles[4, 0] = rng.normal((0.15, 0.0, 0.0), (0.35, 0.30, 0.20))
    angles[4, 1:, 0] = np.clip(rng.normal(0.25, 0.35, 2), -0.25, 1.1)
    pose: Array = (model.axes @ angles[..., None])[..., 0]
    return pose.reshape(15, 3)


def _person(body: Body, rng: np.random.Generator) -> Body:
    """Somebody else: other betas, and hands of another width, length and thickness."""
    betas = rng.normal(0, 0.8, body.beta_count)
    shape = np.asarray(body.v_template + body.shapedirs @ betas.astype(np.float32), np.float64)
    joints = np.asarray(body.J_regressor, np.float64) @ shape
    for side, fingers in zip(SIDES, (LEFT_HAND, RIGHT_HAND), strict=True):
        wrist = JOINT_INDEX[f"{side}_wrist"]
        share = body.weights[:, [wrist, *fingers]].sum(1, keepdims=True)
        shape += share * (shape - joints[wrist]) * rng.normal(0, 0.05, 3)
    return replace(body, v_template=shape.astype(np.float32))


def _arm_surface(body: Body, side: str, rng: np.random.Generator) -> Surface:
    """Hand and arm of one side, bare or in a sleeve."""
    surface = body_surface(body)
    fingers = LEFT_HAND if side == "left" else RIGHT_HAND
    hand = body.weights[:, [JOINT_INDEX[f"{side}_wrist"], *fingers]].sum(1)
    arm = body.weights[:, [JOINT_INDEX[f"{side}_{part}"] for part in _ARM]].sum(1)
    kept = (hand + arm > 0.5)[surface.faces].all(1)
    tone = rng.uniform(0.25, 1.1) * np.array([1.0, rng.uniform(0.85, 1.0), rng.uniform(0.75, 1.0)])
    colours = surface.face_colours[kept] * tone.astype(np.float32)
    if rng.random() < 0.5:
        sleeve = (arm > rng.uniform(0.5, 0.95))[surface.faces[kept]].all(1)
        colours[sleeve] = rng.uniform(0.02, 0.8, 3)
    assert surface.faces_uv is not None
    return replace(
        surface,
        faces=surface.faces[kept],
        face_colours=colours,
        two_sided=surface.two_sided[kept],
        faces_uv=surface.faces_uv[kept],
    )


def _before_camera(body: Body, skin: BodySkin, side: str, pose: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Vertices (V, 3), the hand's joints (16, 3: the wrist, then the fingers') and finger tips (5, 3) in the frame of a camera
    that the hand is held before, turned anyhow."""
    wrist = JOINT_INDEX[f"{side}_wrist"]
    fingers = list(LEFT_HAND if side == "left" else RIGHT_HAND)
    poses = torch.zeros(1, JOINT_COUNT, 3)
    poses[0, fingers] = torch.as_tensor(pose).float()
    poses[0, wrist] = torch.as_tensor(rng.normal(0, (0.3, 0.2, 0.4))).float()
    with torch.no_grad():
        posed, places = skin(poses, torch.zeros(1, 3), torch.zeros(body.beta_count))
    solid, joints = posed[0].numpy().astype(np.float64), places[0].numpy().astype(np.float64)
    middle = joints[[wrist, *fingers]].mean(0)
    turn = Rotation.random(random_state=rng).as_matrix()
    solid, joints = ((part - middle) @ turn.T + (0, 0, _DISTANCE) for part in (solid, joints))
    tips = solid[[body.vertex_ids[f"{side[0]}{finger}"] for finger in ("index", "middle", "pinky", "ring", "thumb")]]
    return solid, joints[[wrist, *fingers]], tips


def _seen(joints: Array, tips: Array, region: Region, side: int) -> Array:
    """(21, 3) the landmarks of a hand with `joints` (16, 3), the wrist first, and finger `tips` (5, 3), in the region's axes and
    as a right hand."""
    solid = np.empty((21, 3))
    solid[0] = joints[0] + WRIST_SHARE * (joints[4] - joints[0])
    for row, chain in enumerate(CHAINS):
        solid[list(chain)] = [*joints[1 + 3 * row : 4 + 3 * row], tips[row]]
    solid[:, :2] = solid[:, :2] @ region.axes()
    return np.asarray((solid - solid[0]) * ((-1 if side == 0 else 1), 1, 1))


def _compressed(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """What a video's compression leaves of it."""
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _moved(picture: NDArray[np.uint8], rng: np.random.Generator, size: float) -> NDArray[np.uint8]:
    """Smeared along a way of up to a sixth of the hand, in every third picture."""
    length = rng.uniform(0, size / 6)
    if rng.random() > 1 / 3 or length < 1.5:
        return picture
    reach = int(np.ceil(length / 2))
    kernel, angle = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32), rng.uniform(0, np.pi)
    for step in np.linspace(-length / 2, length / 2, 4 * reach + 1):
        kernel[round(reach + step * np.sin(angle)), round(reach + step * np.cos(angle))] += 1
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)
