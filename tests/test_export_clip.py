"""Trees of bones told by places, turns and scales from their parents."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.scene.export.clip import tree_parts

PARENTS = (-1, 0, 1, 1, -1)


def built(places, turns, scales, still=None):
    """The bones where their parts put them."""
    shown = []
    for bone, parent in enumerate(PARENTS):
        own = np.tile(np.eye(4), (len(places), 1, 1))
        own[:, :3, :3], own[:, :3, 3] = turns[:, bone] * scales[:, bone, None, :], places[:, bone]
        above = shown[parent] if parent >= 0 else np.eye(4)
        shown.append(above @ (still[bone] if still is not None else np.eye(4)) @ own)
    return np.stack(shown, axis=1)


def random_bones(seed: int, stretch: float) -> np.ndarray:
    """(3, 5, 4, 4) bones anywhere, each stretched by itself."""
    rng = np.random.default_rng(seed)
    matrices = np.tile(np.eye(4), (3, 5, 1, 1))
    turns = Rotation.random(15, rng=rng).as_matrix().reshape(3, 5, 3, 3)
    matrices[..., :3, :3] = turns * (1 + stretch * rng.uniform(-1, 1, (3, 5, 1, 3)))
    matrices[..., :3, 3] = rng.normal(0, 1, (3, 5, 3))
    return matrices


@settings(deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_without_stretch_everything_is_kept(seed, offset):
    matrices = random_bones(seed, 0.0)
    matrices[..., :3, :3] *= np.random.default_rng(seed).uniform(0.5, 2, (3, 5, 1, 1))
    still = random_bones(seed + 1, 0.0)[0] if offset else None
    places, turns, scales = tree_parts(matrices, PARENTS, still)
    np.testing.assert_allclose(built(places, turns, scales, still), matrices, atol=1e-9)
    np.testing.assert_allclose(turns @ np.swapaxes(turns, -1, -2), np.broadcast_to(np.eye(3), turns.shape), atol=1e-9)


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_with_stretch_every_place_and_where_bones_point_are_kept(seed):
    matrices = random_bones(seed, 0.5)
    shown = built(*tree_parts(matrices, PARENTS))
    np.testing.assert_allclose(shown[..., :3, 3], matrices[..., :3, 3], atol=1e-9)
    np.testing.assert_allclose(shown[..., :3, 1], matrices[..., :3, 1], atol=1e-9)
    np.testing.assert_allclose(shown[:, [0, 4]], matrices[:, [0, 4]], atol=1e-9)
