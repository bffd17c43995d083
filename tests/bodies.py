"""Makes small files in the layout of official SMPL-X files, good and bad ones, for the tests."""

from pathlib import Path

import numpy as np
from thespis.core.skeleton import PARENTS
from thespis.models.body.load import load_body

VERTICES = 9950
"""A little more than the largest of SMPL-X's named vertices."""
FACES = 300


def official_layout(seed: int = 0, columns: int = 20, correctives: float = 0.0) -> dict:
    """The arrays of an SMPLX_*.npz filled with random numbers; weights and regressor sum to 1.

    correctives: size of the posedirs in metres.
    """
    rng = np.random.default_rng(seed)
    weights = np.zeros((VERTICES, 55))
    weights[:, 0] = 0.01
    weights[np.repeat(np.arange(VERTICES), 3), rng.integers(0, 55, 3 * VERTICES)] += rng.integers(1, 9, 3 * VERTICES)
    directions = np.zeros((VERTICES, 3, columns))
    directions[rng.choice(VERTICES, 500, replace=False)] = rng.normal(0, 0.02, (500, 3, columns))
    regressor = np.zeros((55, VERTICES))
    for joint in range(55):
        regressor[joint, rng.choice(VERTICES, 20, replace=False)] = rng.dirichlet(np.ones(20))
    return {
        "v_template": rng.normal(0, 0.5, (VERTICES, 3)).round(3),
        "shapedirs": directions,
        "posedirs": rng.normal(0, correctives, (VERTICES, 3, 486)) if correctives else np.zeros((VERTICES, 3, 486), np.float16),
        "J_regressor": regressor,
        "weights": weights / weights.sum(1, keepdims=True),
        "kintree_table": np.array([[2**32 - 1, *PARENTS[1:]], range(55)], np.uint32),
        "f": rng.integers(0, VERTICES, (FACES, 3)).astype(np.uint32),
        "hands_componentsl": np.linalg.qr(rng.normal(size=(45, 45)))[0],
        "hands_componentsr": np.linalg.qr(rng.normal(size=(45, 45)))[0],
        "hands_meanl": rng.normal(0, 0.2, 45),
        "hands_meanr": rng.normal(0, 0.2, 45),
        "lmk_faces_idx": rng.integers(0, FACES, 51),
        "lmk_bary_coords": rng.dirichlet(np.ones(3), 51),
        "dynamic_lmk_faces_idx": rng.integers(0, FACES, (79, 17)),
        "dynamic_lmk_bary_coords": rng.dirichlet(np.ones(3), (79, 17)),
    }


def lifelike_layout(taller: float = 1.0) -> dict:
    """The arrays of an SMPLX_*.npz with the figure of the open body, `taller` times as large."""
    body = load_body()
    return {
        "v_template": taller * body.v_template,
        "shapedirs": np.concatenate([body.shapedirs[..., :10], body.exprdirs[..., :10]], axis=2),
        "posedirs": np.zeros((len(body.v_template), 3, 486), np.float16),
        "J_regressor": body.J_regressor,
        "weights": body.weights,
        "kintree_table": np.array([[2**32 - 1, *PARENTS[1:]], range(55)], np.uint32),
        "f": body.faces.astype(np.uint32),
        **{name: getattr(body, name) for name in ("hands_componentsl", "hands_componentsr", "hands_meanl", "hands_meanr")},
        "lmk_faces_idx": body.landmark_faces,
        "lmk_bary_coords": body.landmark_barycentric,
        "dynamic_lmk_faces_idx": body.contour_faces,
        "dynamic_lmk_bary_coords": body.contour_barycentric,
    }


def saved(folder: Path, arrays: dict, name: str = "SMPLX_NEUTRAL.npz") -> Path:
    path = folder / name
    np.savez_compressed(path, **arrays)
    return path
