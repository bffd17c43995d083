"""The `smplx` package with a body of this project in it. The package is not part of the product: who wants the comparison
installs it (its licence allows non-commercial research only)."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ....models.body.load import Body
from ....models.body.npz import EXPRESSION_COLUMNS, SHAPE_COLUMNS
from ...errors import ThespisError

_SAME = (
    "v_template",
    "J_regressor",
    "weights",
    "hands_componentsl",
    "hands_componentsr",
    "hands_meanl",
    "hands_meanr",
)


def smplx_module(body: Body, betas: int, expressions: int, hand_components: int) -> Any:
    """`body` as the package's SMPLX module (float32) with so many coefficients, ready to be called with tensors.

    The package unpickles what it loads, so it is given a file written here from arrays that were read without pickle.
    Raises ThespisError when the package is not installed.
    """
    try:
        import smplx
    except ImportError as error:
        advice = "Install it (pip install smplx), or leave this comparison out."
        raise ThespisError(f"The package smplx is not installed. {advice}") from error
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "SMPLX_NEUTRAL.npz"
        write_smplx(body, path)
        return smplx.SMPLX(
            str(path),
            num_betas=betas,
            num_expression_coeffs=expressions,
            use_pca=True,
            num_pca_comps=hand_components,
            flat_hand_mean=False,
            create_transl=False,
            dtype=torch.float32,
        )


def write_smplx(body: Body, path: Path) -> None:
    """Write `body` as an SMPLX_*.npz: 300 columns of shape, then 100 of expression, those it lacks being zero."""
    directions = np.zeros((body.vertex_count, 3, SHAPE_COLUMNS + EXPRESSION_COLUMNS), np.float32)
    directions[..., : body.beta_count] = body.shapedirs
    directions[..., SHAPE_COLUMNS : SHAPE_COLUMNS + body.expression_count] = body.exprdirs
    posedirs = np.zeros((body.vertex_count, 3, 486), np.float32) if body.posedirs is None else body.posedirs
    root = np.iinfo(np.uint32).max
    np.savez(
        path,
        shapedirs=directions,
        posedirs=posedirs,
        kintree_table=np.stack([np.where(body.parents < 0, root, body.parents), np.arange(len(body.parents))]).astype(np.uint32),
        f=body.faces.astype(np.uint32),
        lmk_faces_idx=body.landmark_faces,
        lmk_bary_coords=body.landmark_barycentric,
        dynamic_lmk_faces_idx=body.contour_faces,
        dynamic_lmk_bary_coords=body.contour_barycentric,
        **{name: getattr(body, name) for name in _SAME},
    )
