"""Reads a body in SMPL-X's npz format: the open body that ships with Thespis, or a user's own SMPLX_*.npz. numpy only.

The format is that of SMPL-X (Pavlakos et al. 2019) as the `smplx` package reads it. Official files carry pickled tables
beside the arrays; here `allow_pickle` stays False and only the keys that are needed are touched, so a hostile file cannot
run code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .npz import NpzReader
from .vertex_ids import VERTEX_IDS

Array = NDArray[np.float32]
Index = NDArray[np.int64]

OPEN_BODY: Final = Path(__file__).with_name("open_body.npz")
GENDERS: Final = ("neutral", "female", "male")


@dataclass(frozen=True)
class Body:
    """A body model at rest: metres, Y up, facing +Z, arms out to the sides. V vertices, B betas, E expressions, F triangles.

    model_id: "open", or "<file's stem>-<first 8 hex digits of its sha256>".
    v_template: (V, 3) mean shape. shapedirs: (V, 3, B), exprdirs: (V, 3, E) metres a unit of coefficient.
    posedirs: (V, 3, 486) pose correctives for (R - I) of joints 1 to 54, row by row; None when they are all zero.
    J_regressor: (55, V), rows sum to 1. weights: (V, 55), rows sum to 1. parents: (55,), -1 for the pelvis.
    faces: (F, 3) counter-clockwise seen from outside.
    hands_componentsl, hands_componentsr: (45, 45) rows are directions of axis-angle; hands_meanl, hands_meanr: (45,);
        hands_stdl, hands_stdr: (45,) standard deviation along each row, None when the file has no samples of it.
    expression_names: E names ("" when unnamed); ARKit units carry their ARKit names.
    shape_prior: gender -> mean (B,) and standard deviation (B,) of betas.
    landmark_faces, landmark_barycentric: (51,), (51, 3) inner face landmarks, 17 to 67 of the 68-point scheme.
    contour_faces, contour_barycentric: (79, 17), (79, 17, 3) points 0 to 16 by the head's turn; row 0 is frontal, rows 1 to 39
        turn by as many degrees to one side, rows 40 to 78 to the other (as in the smplx package).
    vertex_ids: nose, eyes, ears, fingertips, toes, heels, with the smplx package's names.
    uv: (U, 2) texture coordinates, faces_uv: (F, 3) index into them for each corner; None without a layout.
    face_group: (F,) index into group_names; None when the file names no groups.
    mediapipe_indices: (M,) indices of MediaPipe's 478 face points; mediapipe_faces_idx (M,), mediapipe_bary_coords (M, 3):
        where each lies on this body. None for a body without that table.
    """

    model_id: str
    v_template: Array
    shapedirs: Array
    exprdirs: Array
    posedirs: Array | None
    J_regressor: Array
    weights: Array
    parents: Index
    faces: NDArray[np.int32]
    hands_componentsl: Array
    hands_componentsr: Array
    hands_meanl: Array
    hands_meanr: Array
    hands_stdl: Array | None
    hands_stdr: Array | None
    expression_names: tuple[str, ...]
    shape_prior: Mapping[str, tuple[Array, Array]]
    landmark_faces: Index
    landmark_barycentric: Array
    contour_faces: Index
    contour_barycentric: Array
    vertex_ids: Mapping[str, int]
    uv: Array | None
    faces_uv: NDArray[np.int32] | None
    face_group: NDArray[np.uint8] | None
    group_names: tuple[str, ...]
    mediapipe_indices: Index | None
    mediapipe_faces_idx: Index | None
    mediapipe_bary_coords: Array | None

    @cached_property
    def joint_terms(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The joints at rest, (55, 3), and their derivatives by betas (55, 3, B) and by expression (55, 3, E); float64."""
        regressor = self.J_regressor.astype(np.float64)
        template, by_betas, by_expression = (
            np.tensordot(regressor, term, axes=(1, 0)) for term in (self.v_template, self.shapedirs, self.exprdirs)
        )
        return template, by_betas, by_expression

    @property
    def vertex_count(self) -> int:
        """V."""
        return len(self.v_template)

    @property
    def beta_count(self) -> int:
        """B."""
        return self.shapedirs.shape[2]

    @property
    def expression_count(self) -> int:
        """E."""
        return self.exprdirs.shape[2]

    def quads(self) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
        """(corners, triangles): four-sided faces for programs that like them, or None for a body made of triangles.

        The open body's triangles (p, q, r), (p, r, s) that follow each other are halves of one quad. corners: (Q, 4), a
        triangle left alone repeats its last corner; triangles: (Q, 2) rows of `faces` (the same for both halves of a lone
        one), for looking up faces_uv and face_group.
        """
        first, second = self.faces[:-1], self.faces[1:]
        paired = (first[:, 0] == second[:, 0]) & (first[:, 2] == second[:, 1])
        starts = []
        row = 0
        while row < len(self.faces):
            starts.append(row)
            row += 2 if row < len(paired) and paired[row] else 1
        begin = np.array(starts)
        size = np.diff(np.append(begin, len(self.faces)))
        if (size == 2).mean() < 0.5:
            return None
        end = begin + size - 1
        return np.column_stack([self.faces[begin], self.faces[end, 2]]), np.column_stack([begin, end]).astype(np.int32)


def load_body(source: str | Path = "open", max_betas: int = 16, max_expression: int | None = None) -> Body:
    """The open body, or the body in the npz file `source`, with at most so many betas and expressions.

    Raises ThespisError naming the file, what is wrong with it and what to do, when it is not such a body.
    """
    path = OPEN_BODY if source == "open" else Path(source)
    with NpzReader(path) as file:
        return _body_from(file, max_betas, max_expression)


def rest_shape(body: Body, betas: NDArray[Any], expression: NDArray[Any] | None = None) -> tuple[Array, Array]:
    """Vertices (V, 3) and joints (55, 3) in the rest pose, metres, for betas (up to B,) and expression (up to E,).

    Missing coefficients count as zero; those beyond what the body has are an error of the caller (ValueError).
    """
    vertices = body.v_template + _displacement(body.shapedirs, betas)
    if expression is not None:
        vertices = vertices + _displacement(body.exprdirs, expression)
    return vertices.astype(np.float32), (body.J_regressor.astype(np.float64) @ vertices).astype(np.float32)


def _displacement(directions: Array, coefficients: NDArray[Any]) -> NDArray[np.float64]:
    if coefficients.ndim != 1 or len(coefficients) > directions.shape[2]:
        raise ValueError(f"{coefficients.shape} coefficients for {directions.shape[2]} directions")
    return directions[:, :, : len(coefficients)] @ coefficients.astype(np.float64)


def _body_from(file: NpzReader, max_betas: int, max_expression: int | None) -> Body:
    parents = file.parents()
    v_template = file.floats("v_template", (None, 3))
    count = len(v_template)
    if count <= max(VERTEX_IDS.values()):
        raise file.error(f"has {count} vertices, too few for SMPL-X (10475)", "Choose an SMPLX_*.npz.")
    shapedirs, exprdirs = file.shape_columns(count, max_betas, max_expression)
    faces = file.indices("f", (None, 3), count).astype(np.int32)
    betas, expressions = shapedirs.shape[2], exprdirs.shape[2]
    posedirs = file.floats("posedirs", (count, 3, 486))
    contour = file.indices("dynamic_lmk_faces_idx", (79, 17), len(faces))
    uv, faces_uv = _texture_coordinates(file, len(faces))
    groups = file.names("group_names") or ()
    mediapipe = file.has("mediapipe_indices")
    names = (file.names("expression_names") or ())[:expressions]
    return Body(
        model_id="open" if file.path.resolve() == OPEN_BODY.resolve() else f"{file.path.stem}-{file.sha256()[:8]}",
        v_template=v_template,
        shapedirs=shapedirs,
        exprdirs=exprdirs,
        posedirs=posedirs if posedirs.any() else None,
        J_regressor=file.partition("J_regressor", (55, count)),
        weights=file.partition("weights", (count, 55)),
        parents=parents,
        faces=faces,
        hands_componentsl=file.floats("hands_componentsl", (45, 45)),
        hands_componentsr=file.floats("hands_componentsr", (45, 45)),
        hands_meanl=file.floats("hands_meanl", (45,)),
        hands_meanr=file.floats("hands_meanr", (45,)),
        hands_stdl=_spread(file, "hands_coeffsl"),
        hands_stdr=_spread(file, "hands_coeffsr"),
        expression_names=names + ("",) * (expressions - len(names)),
        shape_prior=_shape_prior(file, betas),
        landmark_faces=file.indices("lmk_faces_idx", (51,), len(faces)),
        landmark_barycentric=file.floats("lmk_bary_coords", (51, 3)),
        contour_faces=contour,
        contour_barycentric=file.floats("dynamic_lmk_bary_coords", (79, 17, 3)),
        vertex_ids=MappingProxyType(VERTEX_IDS),
        uv=uv,
        faces_uv=faces_uv,
        face_group=file.indices("face_group", (len(faces),), len(groups)).astype(np.uint8) if groups else None,
        group_names=groups,
        mediapipe_indices=file.indices("mediapipe_indices", (None,), 478) if mediapipe else None,
        mediapipe_faces_idx=file.indices("mediapipe_faces_idx", (None,), len(faces)) if mediapipe else None,
        mediapipe_bary_coords=file.floats("mediapipe_bary_coords", (None, 3)) if mediapipe else None,
    )


def _texture_coordinates(file: NpzReader, face_count: int) -> tuple[Array | None, NDArray[np.int32] | None]:
    if not (file.has("vt") and file.has("ft")):
        return None, None
    uv = file.floats("vt", (None, 2))
    return uv, file.indices("ft", (face_count, 3), len(uv)).astype(np.int32)


def _spread(file: NpzReader, key: str) -> Array | None:
    """Standard deviation of the hand samples along each component; official files carry the samples' coefficients."""
    if not file.has(key):
        return None
    spread: Array = np.std(file.floats(key, (None, 45)), axis=0).astype(np.float32)
    return spread


def _shape_prior(file: NpzReader, betas: int) -> Mapping[str, tuple[Array, Array]]:
    """Mean and spread of betas by gender; an official body's betas are standard normal by construction."""
    standard = (np.zeros(betas, np.float32), np.ones(betas, np.float32))
    prior = dict.fromkeys(GENDERS, standard)
    genders = file.names("shape_prior_gender") or ()
    if genders:
        mean = file.floats("shape_prior_mean", (len(genders), None))
        std = file.floats("shape_prior_std", (len(genders), None))
        if min(mean.shape[1], std.shape[1]) < betas:
            raise file.error("its shape prior has fewer columns than its shapes", "Make the body again with ./dev body.")
        prior |= {name: (mean[i, :betas], std[i, :betas]) for i, name in enumerate(genders)}
    return MappingProxyType(prior)
