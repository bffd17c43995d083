"""Expression, jaw and eyes, with the head where the body's fit has put it.

The network's blendshapes start it, by what they are known to mean (models.face.units: a body whose expressions carry ARKit's
names takes units as they are); the face's landmarks in the picture refine it by one ridge regression a frame: displacements are
linear in expression and nearly so in the jaw's angles. What of a landmark's place is this person's own face and not an
expression is the clip's median and is taken out. The better expressions explain the landmarks, the more those count.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ...models.face.units import load_face_units
from ...models.landmarks.names import BLENDSHAPE_NAMES
from ..observe.tracks import Track
from ..skeleton import EYES, JAW, JOINT_INDEX
from .landmarks import FACE_LANDMARKS, IRIS
from .lens import Lens
from .observations import undistort
from .parts import face_score
from .points import SKULL_LANDMARKS
from .smooth import smooth

Array = NDArray[np.floating[Any]]

JAW_SHAPES = ("jawOpen", "jawLeft", "jawRight")
"""Units that are the jaw joint's and not the expression's."""
SIGMA_LANDMARK = 0.02
"""Of the face's size; what a face landmark's place says about the expression."""
SIGMA_NAMED, SIGMA_UNNAMED, SIGMA_JAW = 0.15, 1.0, 0.12
INDEPENDENT = 20
"""Landmarks err together; they count as so many that do not."""
USUAL_REST, USUAL_SAY, MOST_SAY = 0.09, 0.1, 30.0
"""What a usual clip's landmarks leave unexplained, in sigmas; how much they then count beside the blendshapes; at most."""
STRETCH = 128
"""Frames whose derivatives are held in memory at once."""
CUTOFF, BLINK_CUTOFF, EYE_CUTOFF = 7.0, 12.0, 8.0
"""Hz; a blink lasts a tenth of a second."""
EVERY = 4
"""Of a table of all the face's vertices, those beside the 51 of the 68-point scheme are taken one in so many."""
WIDEST_GAZE = 0.6
SHUT = 0.5


@dataclass(frozen=True)
class FaceFit:
    """expression: (T, E); jaw: (T, 3); eyes: (T, 2, 3) axis-angle, left and right; seen: (T,) in [0, 1] how far it was seen."""

    expression: Array
    jaw: Array
    eyes: Array
    seen: Array


@dataclass(frozen=True)
class FaceModel:
    """The face at rest for the fitted betas, metres, relative to the head joint.

    vertices: (n,) of MediaPipe's face mesh; places: (n, 3); by_expression: (n, 3, E); by_jaw: (n, 3, 3) by the jaw's axis-angle;
    skull: (n,) whether the landmark stays with the skull; eyes: (2, 3) left and right eyeball.
    corners: (2, 3) middle of each eye's corners; eye_width: between them; eye_radius: from eyeball's middle to iris.
    """

    vertices: NDArray[np.int64]
    places: Array
    by_expression: Array
    by_jaw: Array
    skull: NDArray[np.bool_]
    eyes: Array
    corners: Array
    eye_width: float
    eye_radius: float


def face_model(body: Body, betas: Array) -> FaceModel:
    """The landmarks of `body`'s face: its own table of MediaPipe's vertices, or the 51 of the 68-point scheme."""
    of_scheme = {number: row for row, number in enumerate(range(17, 68))}
    if body.mediapipe_indices is not None and len(body.mediapipe_indices):
        table = np.asarray(body.mediapipe_indices, np.int64)
        chosen = np.flatnonzero(np.isin(table, list(FACE_LANDMARKS.values())) | (np.arange(len(table)) % EVERY == 0))
        vertices = table[chosen]
        assert body.mediapipe_faces_idx is not None and body.mediapipe_bary_coords is not None
        faces, share = body.mediapipe_faces_idx[chosen], body.mediapipe_bary_coords[chosen]
    else:
        vertices = np.array([FACE_LANDMARKS[number] for number in of_scheme])
        faces, share = body.landmark_faces, body.landmark_barycentric
    corners = body.faces[faces]
    bary = np.asarray(share, np.float64)
    shape = np.asarray(body.v_template, np.float64) + np.asarray(body.shapedirs, np.float64) @ betas
    joints = np.asarray(body.J_regressor, np.float64) @ shape
    head = joints[JOINT_INDEX["head"]]
    places = np.einsum("nc,ncd->nd", bary, shape[corners])
    by_expression = np.einsum("nc,ncde->nde", bary, np.asarray(body.exprdirs, np.float64)[corners])
    jaw_share = np.einsum("nc,nc->n", bary, np.asarray(body.weights, np.float64)[corners, JAW])
    arm = places - joints[JAW]
    by_jaw = np.stack([np.cross(axis, arm) for axis in np.eye(3)], -1) * jaw_share[:, None, None]

    skull = np.isin(vertices, [FACE_LANDMARKS[number] for number in SKULL_LANDMARKS])

    def ends_of(*numbers: int) -> Array:
        """(n, 3) landmarks of the 68-point scheme, whether or not the table has them."""
        index = [of_scheme[number] for number in numbers]
        ends = body.faces[body.landmark_faces[index]]
        found: Array = np.einsum("nc,ncd->nd", np.asarray(body.landmark_barycentric, np.float64)[index], shape[ends])
        return found - head

    if skull.sum() < 4:
        skull = np.ones(len(vertices), bool)
    return FaceModel(
        vertices=vertices,
        places=places - head,
        by_expression=by_expression,
        by_jaw=by_jaw,
        skull=skull,
        eyes=joints[list(EYES)] - head,
        corners=np.stack([ends_of(42, 45).mean(0), ends_of(36, 39).mean(0)]),
        eye_width=float(np.linalg.norm(np.diff(ends_of(42, 45), axis=0))),
        eye_radius=float(np.linalg.norm(shape[body.vertex_ids["leye"]] - joints[EYES[0]])),
    )


def fit_face(track: Track, body: Body, betas: Array, lens: Lens, head: Array, turn: Array, focal: float, fps: float) -> FaceFit:
    """The face over T frames, from the head joint's place (T, 3) and global rotation (T, 3, 3) in the camera's frame."""
    frames, count = len(track), body.expression_count
    model = face_model(body, betas)
    towards = -turn[:, 2, 2]  # cosine between the face's direction and the way to the camera
    score: Array = np.where(np.isfinite(track.blendshapes).all(1), face_score(track), 0.0)
    seen: Array = score * np.clip((towards - 0.1) / 0.4, 0, 1)
    if not seen.any():
        return FaceFit(np.zeros((frames, count)), np.zeros((frames, 3)), np.zeros((frames, 2, 3)), seen)

    start, sigma = _start(track, body)
    named = np.array([name != "" for name in body.expression_names])
    pixel = undistort(track.face, lens) * (focal / lens.focal[0])
    usable = np.isfinite(pixel[:, model.vertices]).all((1, 2)) & (seen > 0)
    solved = start.copy()
    if usable.any():
        stretches = [part for part in np.array_split(np.flatnonzero(usable), 1 + usable.sum() // STRETCH) if len(part)]

        def left_in(part: NDArray[np.int64]) -> tuple[Array, Array]:
            """What `start` leaves of the landmarks' displacements, and their derivatives."""
            moved, jacobian = _displacements(pixel[part], model, head[part], turn[part], focal)
            return moved - np.einsum("tnik,tk->tni", jacobian, start[part]), jacobian

        own_face = np.median(np.concatenate([left_in(part)[0] for part in stretches]), axis=0)
        say = 1.0
        for _ in range(2):
            rest = []
            for part in stretches:
                left, jacobian = left_in(part)
                change = _regress(say * (left - own_face), say * jacobian, sigma)
                solved[part] = start[part] + change
                rest.append(np.linalg.norm(left - own_face - np.einsum("tnik,tk->tni", jacobian, change), axis=-1).ravel())
            usual = USUAL_REST / max(float(np.median(np.concatenate(rest))), 1e-9)
            # Where blendshapes say nothing of expressions, landmarks are all there is.
            say = float(np.clip(USUAL_SAY * usual**2, 0.0 if named.any() else 1.0, MOST_SAY))
    expression, jaw = solved[:, :count], solved[:, count:]
    expression[:, named] = np.clip(expression[:, named], 0, 1)
    jaw = np.clip(jaw, [-0.05, -0.2, -0.1], [0.6, 0.2, 0.1])

    slow = smooth(expression, seen, fps, CUTOFF)
    fast = np.array([name.startswith(("eyeBlink", "blink")) for name in body.expression_names])
    if fast.any():
        slow[:, fast] = smooth(expression[:, fast], seen, fps, BLINK_CUTOFF)
    slow[:, named] = np.clip(slow[:, named], 0, 1)
    return FaceFit(slow, smooth(jaw, seen, fps, CUTOFF), _eyes(track, pixel, model, turn, seen, fps), seen)


def _start(track: Track, body: Body) -> tuple[Array, Array]:
    """(T, E + 3) expression and jaw that the blendshapes mean, and the (E + 3,) spread around them."""
    units, jaw = load_face_units().units(np.nan_to_num(track.blendshapes))
    count = body.expression_count
    start, sigma = np.zeros((len(track), count + 3)), np.full(count + 3, SIGMA_JAW)
    carries_names = any(name in BLENDSHAPE_NAMES for name in body.expression_names)
    for k, name in enumerate(body.expression_names):
        known = name in BLENDSHAPE_NAMES and name not in JAW_SHAPES
        if known:
            start[:, k] = units[:, BLENDSHAPE_NAMES.index(name)]
        # Beside units with ARKit's names, other columns would say the same twice.
        sigma[k] = SIGMA_NAMED if known else 1e-3 if carries_names else SIGMA_UNNAMED
    start[:, count:] = jaw
    sigma[count + 1 :] = SIGMA_JAW / 4
    return start, sigma


def _displacements(pixel: Array, model: FaceModel, head: Array, turn: Array, focal: float) -> tuple[Array, Array]:
    """How far the landmarks (T, n, 2) lie from the neutral face's, in sigmas of a landmark, and their derivatives
    (T, n, 2, E + 3) by expression and jaw. The seen face is laid over the projected one by the landmarks of the skull."""
    solid = np.einsum("tij,nj->tni", turn, model.places) + head[:, None]
    depth = np.clip(solid[..., 2:], 0.1, None)
    flat = focal * solid[..., :2] / depth
    seen = pixel[:, model.vertices]
    skull = model.skull
    about, about_seen = (p - p[:, skull].mean(1, keepdims=True) for p in (flat, seen))
    # Scale and turn in the picture's plane (complex least squares), so that neither passes for an expression.
    a, b = (p[:, skull, 0] + 1j * p[:, skull, 1] for p in (about, about_seen))
    spread = (abs(b) ** 2).sum(1)
    ratio = (a * b.conj()).sum(1) / np.where(spread > 1e-9, spread, 1)
    laid = (about_seen[..., 0] + 1j * about_seen[..., 1]) * ratio[:, None]
    size = np.linalg.norm(flat.max(1) - flat.min(1), axis=-1)
    scale = 1 / (SIGMA_LANDMARK * np.clip(size, 6, None)) * np.sqrt(min(1, INDEPENDENT / len(model.vertices)))
    moved = (np.stack([laid.real, laid.imag], -1) - about) * scale[:, None, None]
    directions = np.concatenate([model.by_expression, model.by_jaw], -1)
    jacobian = np.einsum("tij,njk->tnik", turn[:, :2], directions) * (focal / depth * scale[:, None, None])[..., None]
    jacobian -= jacobian[:, skull].mean(1, keepdims=True)
    return moved, jacobian


def _regress(left: Array, jacobian: Array, sigma: Array) -> Array:
    """(T, E + 3) ridge regression of displacements (T, n, 2) with derivatives (T, n, 2, E + 3) and spreads (E + 3,)."""
    frames = len(left)
    a = (jacobian * sigma).reshape(frames, -1, len(sigma))
    transposed = a.transpose(0, 2, 1)
    matrix = transposed @ a + np.eye(len(sigma))
    right = transposed @ left.reshape(frames, -1, 1)
    solved: Array = np.linalg.solve(matrix, right)[..., 0] * sigma
    return solved


def _eyes(track: Track, pixel: Array, model: FaceModel, turn: Array, seen: Array, fps: float) -> Array:
    """(T, 2, 3) axis-angle of both eyeballs: the iris on the ball's surface, seen from the corners of the eye; both eyes look
    the same way, so their mean is taken, and a shut eye says nothing."""
    corner = {0: (FACE_LANDMARKS[42], FACE_LANDMARKS[45]), 1: (FACE_LANDMARKS[36], FACE_LANDMARKS[39])}
    total, weight = np.zeros((len(track), 3)), np.zeros(len(track))
    for eye in (0, 1):
        inner, outer = pixel[:, corner[eye][0]], pixel[:, corner[eye][1]]
        width = np.linalg.norm(inner - outer, axis=-1)
        # Metres a pixel, from the width that the eye shows when turned as the head is.
        shown = model.eye_width * np.clip(np.hypot(turn[:, 0, 0], turn[:, 1, 0]), 0.3, 1)
        metres = shown / np.clip(width, 1, None)
        behind = np.einsum("tij,j->ti", turn, model.eyes[eye] - model.corners[eye])[:, :2]
        offset = (pixel[:, IRIS[eye]] - (inner + outer) / 2) * metres[:, None] - behind
        ball = offset / model.eye_radius
        ball *= np.clip(0.9 / np.clip(np.linalg.norm(ball, axis=-1, keepdims=True), 1e-9, None), None, 1)
        gaze = np.concatenate([ball, -np.sqrt(1 - (ball**2).sum(-1, keepdims=True))], -1)
        blink = track.blendshapes[:, BLENDSHAPE_NAMES.index(("eyeBlinkLeft", "eyeBlinkRight")[eye])]
        use = seen * (np.nan_to_num(blink, nan=1.0) < SHUT) * np.isfinite(gaze).all(-1)
        total += np.nan_to_num(np.einsum("tji,tj->ti", turn, gaze)) * use[:, None]
        weight += use
    yaw = np.arctan2(total[:, 0], np.clip(total[:, 2], 1e-6, None))
    pitch = -np.arctan2(total[:, 1], np.clip(np.hypot(total[:, 0], total[:, 2]), 1e-6, None))
    angles = np.clip(np.stack([pitch, yaw, np.zeros(len(track))], -1), -WIDEST_GAZE, WIDEST_GAZE)
    angles[weight == 0] = 0
    return np.repeat(smooth(angles, weight, fps, EYE_CUTOFF)[:, None], 2, axis=1)
