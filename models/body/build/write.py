"""Writes the open body's npz: SMPL-X's keys as the smplx package reads them, and the project's own beside them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....core.files import written_beside
from ....core.skeleton import JOINT_COUNT, PARENTS
from ..npz import EXPRESSION_COLUMNS, SHAPE_COLUMNS
from .makehuman import Array, Index

_ROOT_PARENT: Final = 2**32 - 1
"""What official files have for "no parent"."""


def triangles(quads: Index, vertices: Array) -> tuple[Index, Index]:
    """Triangles as (F, 2) pairs of quad and corners: faces (F, 3) into `vertices`, and (F, 4) which quad and which corners.

    Quads are cut along the shorter diagonal; the two triangles (p, q, r), (p, r, s) of a quad follow each other, so that
    the quads can be had back. A quad that repeats its last corner gives one triangle.
    """
    first = np.linalg.norm(vertices[quads[:, 0]] - vertices[quads[:, 2]], axis=1)
    second = np.linalg.norm(vertices[quads[:, 1]] - vertices[quads[:, 3]], axis=1)
    turned = (second < first - 1e-9) & (quads[:, 2] != quads[:, 3])
    corners = np.where(turned[:, None], (1, 2, 3, 0), (0, 1, 2, 3))
    pairs = np.stack([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
    quad = np.repeat(np.arange(len(quads)), 2)
    whole = ~((quads[quad, 2] == quads[quad, 3]) & (np.arange(len(quad)) % 2 == 1))
    picked = np.column_stack([quad[whole], pairs[whole]])
    return np.take_along_axis(quads[picked[:, 0]], picked[:, 1:], axis=1), picked


def shape_columns(shapes: Array, expressions: Array) -> NDArray[np.float16]:
    """(V, 3, 400) half-precision: shapes from column 0, expressions from column 300; the rest is empty."""
    columns = np.zeros((len(shapes), 3, SHAPE_COLUMNS + EXPRESSION_COLUMNS), np.float16)
    columns[:, :, : shapes.shape[2]] = shapes
    columns[:, :, SHAPE_COLUMNS : SHAPE_COLUMNS + expressions.shape[2]] = expressions
    # What lies below a hundredth of a millimetre is rounding; without it the file is half as large.
    columns[np.abs(columns) < 1e-5] = 0
    return columns


def kintree() -> NDArray[np.uint32]:
    """(2, 55) parents and joints as official files have them."""
    return np.array([[_ROOT_PARENT, *PARENTS[1:]], range(JOINT_COUNT)], np.uint32)


def write_body(arrays: Mapping[str, NDArray[Any]], out: Path) -> None:
    """Write the arrays compressed; none may hold Python objects, which only unpickling could read."""
    assert not any(array.dtype.hasobject for array in arrays.values())
    with written_beside(out) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **arrays)
