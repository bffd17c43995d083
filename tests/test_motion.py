from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.errors import ThespisError
from thespis.core.motion import Motion, read_motion, write_motion


def random_motion(seed: int, length: int, fps: float = 30.0) -> Motion:
    rng = np.random.default_rng(seed)
    return Motion(
        poses=rng.normal(size=(length, 55, 3)) * 0.4,
        trans=rng.normal(size=(length, 3)),
        betas=rng.normal(size=16),
        expression=rng.normal(size=(length, 62)),
        fps=fps,
        frames=np.arange(length) + 7,
        joints_camera=rng.normal(size=(length, 55, 3)),
        confidence=rng.uniform(size=(length, 55)),
        contacts=rng.uniform(size=(length, 4)),
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), length=st.integers(1, 40), fps=st.floats(1, 240))
def test_a_motion_survives_its_file(seed, length, fps, tmp_path_factory):
    motion = random_motion(seed, length, fps)
    path = tmp_path_factory.mktemp("motion") / "person_0.npz"
    write_motion(motion, path)
    again = read_motion(path)
    for name in ("poses", "trans", "betas", "expression", "frames", "joints_camera", "confidence", "contacts"):
        np.testing.assert_allclose(getattr(again, name), getattr(motion, name), atol=1e-5)
    assert (again.fps, again.gender, again.body_model) == (motion.fps, motion.gender, motion.body_model)


def test_the_file_is_in_the_amass_convention(tmp_path):
    write_motion(random_motion(0, 5), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file["poses"].shape == (5, 165)
        assert float(file["mocap_frame_rate"]) == 30.0
        assert str(file["gender"]) == "neutral"


def test_an_smplh_file_of_amass_gets_a_still_jaw_and_eyes(tmp_path):
    poses = np.random.default_rng(1).normal(size=(4, 156))
    np.savez(tmp_path / "amass.npz", poses=poses, trans=np.zeros((4, 3)), betas=np.zeros(16), mocap_framerate=120.0)
    motion = read_motion(tmp_path / "amass.npz")
    assert motion.fps == 120
    np.testing.assert_array_equal(motion.poses[:, 22:25], 0)
    np.testing.assert_allclose(motion.poses[:, 25:].reshape(4, -1), poses[:, 66:])


@pytest.mark.parametrize(
    ("arrays", "cause"),
    [
        ({"poses": np.zeros((3, 165))}, "no trans"),
        ({"poses": np.zeros((3, 72)), "trans": np.zeros((3, 3))}, "SMPL-X"),
        ({"poses": np.full((3, 165), np.nan), "trans": np.zeros((3, 3))}, "not numbers"),
        ({"poses": np.zeros((0, 165)), "trans": np.zeros((0, 3))}, "no frames"),
        ({"poses": np.zeros((3, 165)), "trans": np.zeros((2, 3))}, "trans"),
        ({"poses": np.array([{"a": 1}], object), "trans": np.zeros((1, 3))}, "cannot be|can be read|allow_pickle"),
    ],
)
def test_a_malformed_file_is_refused_in_one_line(arrays, cause, tmp_path):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ThespisError, match=cause) as caught:
        read_motion(tmp_path / "bad.npz")
    assert "\n" not in str(caught.value)


def test_text_and_missing_files_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("not a motion")
    for name in ("text.npz", "nowhere.npz"):
        with pytest.raises(ThespisError, match=name):
            read_motion(tmp_path / name)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "person_0.npz"
    write_motion(random_motion(0, 3), path)
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(ThespisError, match="disk is full"):
        write_motion(random_motion(1, 3), path)
    assert path.read_bytes() == before
    assert [p.name for p in Path(tmp_path).iterdir()] == ["person_0.npz"]
