"""Landmarks that a perfect observer would have seen: a known motion's points, projected. The truth for tests and benches."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.body.load import Body
from ...models.body.skin import BodySkin
from ...models.face.units import load_face_units
from ...models.hand.solid import LEAST_SPREAD
from ...models.landmarks.names import BLENDSHAPE_NAMES
from ..camera import Camera
from ..fit.landmarks import BODY_LANDMARKS, FACE_LANDMARKS, HAND_LANDMARKS, HAND_TIPS, IRIS
from ..fit.observations import ray_rotations, unbowed
from ..motion import Motion
from ..observe.tracks import BLENDSHAPES, BODY_POINTS, FACE_POINTS, HAND_DIRECTIONS, HAND_POINTS, Track
from ..skeleton import JAW, JOINT_INDEX
from .mesh_points import MeshPoints

Array = NDArray[np.floating[Any]]

STRETCH = 32
"""Frames whose meshes are posed at once: memory does not grow with the clip."""
BOX_MARGIN = 1.25
"""Side of the body network's region over the circle about the hips that holds the body."""


def pose_motion(body: Body, motion: Motion, vertex_ids: NDArray[np.int64] | None = None) -> tuple[Array, Array]:
    """Vertices (T, V or n, 3) and joints (T, 55, 3) of a motion in its world, metres, float64."""
    skin = BodySkin(body, torch.float64, torch.device("cpu"))
    ids = None if vertex_ids is None else torch.as_tensor(vertex_ids)
    vertices = np.empty((len(motion), body.vertex_count if vertex_ids is None else len(vertex_ids), 3))
    joints = np.empty((len(motion), len(body.parents), 3))

    def tensor(values: Array) -> torch.Tensor:
        return torch.as_tensor(np.asarray(values, np.float64))

    for start in range(0, len(motion), STRETCH):
        here = slice(start, start + STRETCH)
        expression = tensor(motion.expression[here]) if motion.expression.shape[1] else None
        with torch.no_grad():
            posed = skin(tensor(motion.poses[here]), tensor(motion.trans[here]), tensor(motion.betas), expression, ids)
        vertices[here], joints[here] = (part.numpy() for part in posed)
    return vertices, joints


def synthetic_track(body: Body, motion: Motion, camera: Camera) -> Track:
    """What a perfect observer sees of `motion` through `camera`: the very points that the fit compares landmarks with, and in 3D
    the body network's own bow."""
    vertices, joints = (camera.to_camera(part) for part in pose_motion(body, motion))
    frames, on = len(motion), MeshPoints(body)

    solid, shown = (np.full((frames, BODY_POINTS, 3), np.nan) for _ in range(2))
    for index, name in BODY_LANDMARKS.items():
        solid[:, index] = on.named(name).of(joints, vertices)
        shown[:, index] = on.body_landmark(index).of(joints, vertices)
    seen = np.isfinite(solid[0, :, 0]).astype(float)
    flat = camera.project(shown)
    hips = solid[:, [23, 24]].mean(1)
    centre = camera.project(hips)
    side = 2 * BOX_MARGIN * np.nanmax(np.linalg.norm(flat - centre[:, None], axis=-1), axis=1)

    rays = (hips[:, :2] / hips[:, 2:]) * camera.focal[0]
    to_camera = ray_rotations(rays, camera.focal[0])
    body_world = np.einsum("tji,tpj->tpi", to_camera, unbowed(solid - hips[:, None], -1.0))

    hands = np.full((frames, 2, HAND_POINTS, 3), np.nan)
    for k, hand in enumerate(("left", "right")):
        for index, name in HAND_LANDMARKS.items():
            hands[:, k, index] = joints[:, JOINT_INDEX[f"{hand}_{name}"]]
        hands[:, k, 0] = on.named(f"seen_{hand}_wrist").of(joints, vertices)
        for index, finger in HAND_TIPS.items():
            hands[:, k, index] = vertices[:, body.vertex_ids[f"{hand[0]}{finger}"]]
    hand_middle = hands.mean(2)
    hands_world = np.empty_like(hands)
    for k in range(2):
        turn = ray_rotations(hand_middle[:, k, :2] / hand_middle[:, k, 2:] * camera.focal[0], camera.focal[0])
        hands_world[:, k] = np.einsum("tji,tpj->tpi", turn, hands[:, k] - hand_middle[:, k, None])

    face = np.full((frames, FACE_POINTS, 3), np.nan)
    for number, vertex in FACE_LANDMARKS.items():
        face[:, vertex] = on.landmark(number).of(joints, vertices)
    if body.mediapipe_indices is not None and body.mediapipe_faces_idx is not None and body.mediapipe_bary_coords is not None:
        corners = body.faces[body.mediapipe_faces_idx]
        share = np.asarray(body.mediapipe_bary_coords, np.float64)
        face[:, body.mediapipe_indices] = np.einsum("nc,tncd->tnd", share, vertices[:, corners])
    for vertex, eye in zip(IRIS, ("leye", "reye"), strict=True):
        face[:, vertex] = vertices[:, body.vertex_ids[eye]]
    face_middle = np.nanmean(face, axis=1)
    turn = ray_rotations(face_middle[:, :2] / face_middle[:, 2:] * camera.focal[0], camera.focal[0])
    along = np.einsum("tji,tpj->tpi", turn, face - face_middle[:, None])[..., 2]

    return Track(
        frames=motion.frames,
        box=np.concatenate([centre, side[:, None]], 1),
        body_score=np.ones(frames),
        body=flat,
        body_visibility=np.broadcast_to(seen, (frames, BODY_POINTS)).copy(),
        body_presence=np.broadcast_to(seen, (frames, BODY_POINTS)).copy(),
        body_world=body_world,
        hands=camera.project(hands),
        hands_world=hands_world,
        hands_score=np.ones((frames, 2)),
        hands_spread=np.full((frames, 2, HAND_DIRECTIONS), LEAST_SPREAD),
        face=camera.project(face),
        face_depth=along * camera.focal[0] / face_middle[:, 2:],
        face_score=np.ones(frames),
        blendshapes=_blendshapes(body, motion),
    )


def _blendshapes(body: Body, motion: Motion) -> Array:
    """(T, 52) what the network answers, on average, to the expressions that carry ARKit's names and to the jaw."""
    units = np.zeros((len(motion), BLENDSHAPES))
    for column, name in enumerate(body.expression_names[: motion.expression.shape[1]]):
        if name in BLENDSHAPE_NAMES:
            units[:, BLENDSHAPE_NAMES.index(name)] = np.clip(motion.expression[:, column], 0, 1)
    return load_face_units().blendshapes(units, motion.poses[:, JAW])
