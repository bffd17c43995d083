"""Rendered faces of the open body with what the landmark networks say of them: people, expressions and views at random."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...core.camera import Camera
from ...core.observe.face import FaceReader
from ...core.observe.regions import bounding_region
from ...core.render.mesh import render_mesh
from ...core.render.surface import Surface, body_surface
from ...core.skeleton import EYES, JAW, JOINT_COUNT, JOINT_INDEX
from ..body.load import Body, load_body
from ..body.skin import BodySkin
from ..filming import background, filmed
from ..landmarks.names import BLENDSHAPE_NAMES
from ..landmarks.run import Networks

Array = NDArray[np.floating[Any]]

_GROUPS = (
    *(("browDownLeft", "browDownRight"), ("browInnerUp",), ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")),
    *(("browOuterUpLeft",), ("browOuterUpRight",), ("cheekPuff",), ("cheekSquintLeft", "cheekSquintRight")),
    *(("eyeSquintLeft", "eyeSquintRight"), ("eyeWideLeft", "eyeWideRight"), ("jawForward",), ("mouthClose",)),
    *(("mouthDimpleLeft", "mouthDimpleRight"), ("mouthFrownLeft", "mouthFrownRight"), ("mouthFunnel",), ("mouthLeft",)),
    *(("mouthLowerDownLeft", "mouthLowerDownRight"), ("mouthPressLeft", "mouthPressRight"), ("mouthPucker",), ("mouthRight",)),
    *(("mouthRollLower",), ("mouthRollUpper",), ("mouthShrugLower",), ("mouthShrugUpper",), ("noseSneerLeft", "noseSneerRight")),
    *(("mouthSmileLeft", "mouthSmileRight"), ("mouthSmileLeft",), ("mouthSmileRight",)),
    *(("mouthStretchLeft", "mouthStretchRight"), ("mouthUpperUpLeft", "mouthUpperUpRight")),
    *(("mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight"), ("browDownLeft",), ("browDownRight",)),
)
"""Units that move together on people; a face shows up to four of these."""
_MOST_GROUPS = 4
_BLINKING, _TALKING = 0.25, 0.5
_WIDEST_JAW, _SIDEWAYS_JAW, _WIDEST_GAZE = 0.40, 0.10, 0.45
"""Radians."""
_SHOWN = ("head", "jaw", "left_eye_smplhf", "right_eye_smplhf", "neck", "spine3", "left_collar", "right_collar")
_DISTANCE, _PICTURE, _HEAD = 3.0, 2.4, 0.24
"""Metres; side of the picture in faces; metres that a face of so many pixels measures."""


@dataclass(frozen=True)
class FaceSample:
    """units: (52,) and jaw: (3,) of the rendered face, in the order of BLENDSHAPE_NAMES; blendshapes: (52,) the answer;
    person: number of the person."""

    units: Array
    jaw: Array
    blendshapes: Array
    person: int


def face_samples(people: int, each: int, seed: int = 0) -> Iterator[FaceSample]:
    """`each` faces of so many people, those left out that the network does not see."""
    body = load_body()
    reader = FaceReader(Networks("cpu", 1))
    rng = np.random.default_rng(seed)
    for person in range(people):
        someone = _person(body, rng)
        surface, skin = _head_surface(someone, rng), BodySkin(someone)
        for _ in range(each):
            units, jaw, eyes = _expression(rng)
            vertices, camera, points = _before_camera(someone, skin, units, jaw, eyes, rng)
            picture = render_mesh(vertices, surface, camera, background(rng, camera.size[0]))
            picture = filmed(picture, rng)
            read = reader.look(picture, bounding_region(points, 0.0, 1.5))
            if read is not None:
                yield FaceSample(units, jaw, read.blendshapes, person)


def _person(body: Body, rng: np.random.Generator) -> Body:
    """Somebody else: other betas, and a head of another width, length and depth."""
    betas = rng.normal(0, 0.8, body.beta_count)
    shape = body.v_template + body.shapedirs @ betas.astype(np.float32)
    head = (np.asarray(body.J_regressor, np.float64) @ shape)[JOINT_INDEX["head"]]
    share = body.weights[:, [JOINT_INDEX[name] for name in _SHOWN[:4]]].sum(1, keepdims=True)
    stretched = shape + share * (shape - head) * rng.normal(0, 0.04, 3)
    return replace(body, v_template=stretched.astype(np.float32))


def _head_surface(body: Body, rng: np.random.Generator) -> Surface:
    surface = body_surface(body)
    shown = body.weights[:, [JOINT_INDEX[name] for name in _SHOWN]].sum(1) > 0.5
    kept = shown[surface.faces].all(1)
    tone = rng.uniform(0.25, 1.1) * np.array([1.0, rng.uniform(0.85, 1.0), rng.uniform(0.75, 1.0)])
    assert surface.faces_uv is not None
    return replace(
        surface,
        faces=surface.faces[kept],
        face_colours=surface.face_colours[kept] * tone.astype(np.float32),
        two_sided=surface.two_sided[kept],
        faces_uv=surface.faces_uv[kept],
    )


def _expression(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """(52,) units, (3,) jaw and (3,) gaze at random; the lids go where the eyes look."""
    value = dict.fromkeys(BLENDSHAPE_NAMES, 0.0)
    for k in rng.choice(len(_GROUPS), rng.integers(0, _MOST_GROUPS + 1), replace=False):
        strength = rng.uniform(0.2, 1.0)
        for name in _GROUPS[k]:
            value[name] = max(value[name], float(np.clip(strength * rng.uniform(0.8, 1.2), 0, 1)))
    if rng.random() < _BLINKING:
        both = rng.uniform(0.3, 1.0, 1 if rng.random() < 0.8 else 2)
        value["eyeBlinkLeft"], value["eyeBlinkRight"] = both[0], both[-1]
    jaw = np.zeros(3)
    if rng.random() < _TALKING:
        jaw[:2] = rng.uniform(0, _WIDEST_JAW), rng.normal(0, 0.3 * _SIDEWAYS_JAW)
    gaze = np.array([*rng.normal(0, 0.4 * _WIDEST_GAZE, 2), 0.0])
    up, aside = np.clip(-gaze[0] / _WIDEST_GAZE, -1, 1), np.clip(gaze[1] / _WIDEST_GAZE, -1, 1)
    for side, out in (("Left", aside), ("Right", -aside)):
        for name, amount in (("Up", up), ("Down", -up), ("Out", out), ("In", -out)):
            value[f"eyeLook{name}{side}"] = max(0.0, float(amount))
    return np.array([value[name] for name in BLENDSHAPE_NAMES]), jaw, gaze


def _before_camera(
    body: Body, skin: BodySkin, units: Array, jaw: Array, gaze: Array, rng: np.random.Generator
) -> tuple[Array, Camera, Array]:
    """Vertices (V, 3) in the frame of a camera in front of the face, the camera, and the face's landmarks in its picture."""
    value = dict(zip(BLENDSHAPE_NAMES, units, strict=True))
    expression = torch.tensor([[value.get(name, 0.0) for name in body.expression_names]], dtype=torch.float32)
    poses = torch.zeros(1, JOINT_COUNT, 3)
    poses[0, 0, :] = torch.as_tensor(rng.normal(0, (0.18, 0.45, 0.08)))
    poses[0, JAW], poses[0, list(EYES)] = torch.as_tensor(jaw).float(), torch.as_tensor(gaze).float()
    with torch.no_grad():
        posed, joints = skin(poses, torch.zeros(1, 3), torch.zeros(1, body.beta_count)[0], expression)
    vertices = posed[0].numpy().astype(np.float64) - joints[0, JOINT_INDEX["head"]].numpy() - (0, 0.08, 0)
    vertices = vertices * (1, -1, -1) + (0, 0, _DISTANCE)
    size = rng.uniform(50, 200)
    side = int(_PICTURE * size)
    focal = size * _DISTANCE / _HEAD
    camera = Camera((side, side), (focal, focal), ((side - 1) / 2, (side - 1) / 2))
    corners = body.faces[body.landmark_faces]
    marks = np.einsum("nc,ncd->nd", np.asarray(body.landmark_barycentric, np.float64), vertices[corners])
    return vertices, camera, camera.project(marks)
