"""A real clip through the whole product: what the folder holds must agree with itself, with the clip, and with smplx."""

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from thespis.core.camera import Camera
from thespis.core.commandline import main
from thespis.core.errors import ThespisError
from thespis.core.footage import open_clip, read_pictures
from thespis.core.motion import read_motion
from thespis.core.take.fit_clip import fit_clip
from thespis.core.take.holes import with_holes
from thespis.core.take.options import FitOptions
from thespis.core.take.placing import moved_motion
from thespis.core.take.proxy import backdrop_movie
from thespis.core.take.take import Take, read_take, write_take
from thespis.models.body.load import load_body
from thespis.tests.clips import make_clip
from thespis.tests.motions import lively_motion, true_joints

SAMPLE = Path(__file__).parent.parent / ".cache" / "walk.mp4"
FRAMES = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The sample's man doing jumping jacks, frames 20 to 31, with everything that can be asked for."""
    if not SAMPLE.exists():
        pytest.skip("the sample clip is not there: ./dev test obtains it")
    out = tmp_path_factory.mktemp("take") / "take"
    fit_clip(SAMPLE, out, FitOptions(start=20, end=20 + FRAMES - 1, overlay=True, obj=True))
    return out


def test_everything_asked_for_is_there(folder):
    names = {path.name for path in folder.iterdir()}
    assert {"person_0.npz", "take.json", "overlay.mp4", "strip.png", "mesh_0020.obj", f"mesh_{19 + FRAMES:04d}.obj"} <= names
    assert not any(name.startswith(".") for name in names)


def test_the_motion_agrees_with_its_camera(folder):
    """Forward kinematics of poses and trans, seen by the take's camera, is joints_camera."""
    motion, camera = read_motion(folder / "person_0.npz"), read_take(folder / "take.json").camera
    for frame in (0, FRAMES - 1):
        x, y, z = true_joints(motion, frame).T
        world = np.stack([x, z, -y], axis=1)
        np.testing.assert_allclose(camera.to_camera(world), motion.joints_camera[frame], atol=1e-3)


def test_the_frames_are_those_of_the_clip(folder):
    motion, take = read_motion(folder / "person_0.npz"), read_take(folder / "take.json")
    np.testing.assert_array_equal(motion.frames, np.arange(20, 20 + FRAMES))
    assert take.frame_range == (20, 19 + FRAMES)
    assert take.clip == SAMPLE
    assert set(take.seconds) >= {"open", "landmarks", "fit", "overlay"}
    assert json.loads((folder / "take.json").read_text())["focal_known"] is False


def test_the_person_stands_where_the_footage_shows(folder):
    """The man is on the roof, left of the middle: his joints fall inside the box about him, measured by eye in the picture."""
    motion, camera = read_motion(folder / "person_0.npz"), read_take(folder / "take.json").camera
    pixels = camera.project(motion.joints_camera[0])
    assert ((pixels > [480, 0]) & (pixels < [850, 480])).all()
    head, foot = pixels[15], pixels[10]
    assert 250 < foot[1] - head[1] < 430


def test_he_stands_on_the_floor(folder):
    motion = read_motion(folder / "person_0.npz")
    lowest = min(true_joints(motion, frame)[[7, 8, 10, 11], 2].min() for frame in range(FRAMES))
    assert -0.05 < lowest < 0.2
    assert true_joints(motion, 0)[15, 2] > 1.2


def test_the_overlay_is_a_movie_of_the_same_frames(folder):
    clip, overlay = open_clip(SAMPLE), open_clip(folder / "overlay.mp4")
    assert overlay.frame_count == FRAMES
    assert overlay.fps == clip.fps
    original = next(iter(read_pictures(clip, 20))).image
    drawn = next(iter(read_pictures(overlay))).image[: original.shape[0], : original.shape[1]]
    changed = np.abs(drawn.astype(int) - original[: drawn.shape[0], : drawn.shape[1]]).max(axis=-1) > 40
    assert 0.003 < changed.mean() < 0.2  # the man and nothing else


def test_meshes_are_the_motion(folder):
    """Against the smplx package, an implementation of its own, with the open body loaded into it."""
    smplx = pytest.importorskip("smplx")
    torch = pytest.importorskip("torch")
    from thespis.models.body.load import OPEN_BODY

    motion, body = read_motion(folder / "person_0.npz"), load_body()
    model = smplx.SMPLX(
        str(OPEN_BODY), use_pca=False, flat_hand_mean=True, num_betas=body.beta_count,
        num_expression_coeffs=body.expression_count, ext="npz",
    )  # fmt: skip
    flat = torch.tensor(motion.poses[:1].reshape(1, -1), dtype=torch.float32)
    with torch.no_grad():
        vertices = model(
            betas=torch.tensor(motion.betas[None], dtype=torch.float32),
            expression=torch.tensor(motion.expression[:1], dtype=torch.float32),
            global_orient=flat[:, :3], body_pose=flat[:, 3:66], jaw_pose=flat[:, 66:69], leye_pose=flat[:, 69:72],
            reye_pose=flat[:, 72:75], left_hand_pose=flat[:, 75:120], right_hand_pose=flat[:, 120:],
            transl=torch.tensor(motion.trans[:1], dtype=torch.float32),
        ).vertices[0].numpy()  # fmt: skip
    lines = (folder / "mesh_0020.obj").read_text().splitlines()
    written = np.array([[float(n) for n in line.split()[1:]] for line in lines if line.startswith("v ")])
    np.testing.assert_allclose(written, vertices, atol=1e-4)


def test_nobody_in_the_clip_is_said(tmp_path, capsys):
    clip = make_clip(tmp_path / "empty_room.mp4")
    assert main(["fit", str(clip), "--out", str(tmp_path / "take")]) == 2
    error = capsys.readouterr().err
    assert "empty_room.mp4" in error
    assert "person" in error
    assert [path.name for path in tmp_path.iterdir()] == ["empty_room.mp4"]


def test_a_range_outside_the_clip_is_said(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4")
    for options, cause in ((FitOptions(start=6), "0 to 5"), (FitOptions(start=3, end=2), "before")):
        with pytest.raises(ThespisError, match=cause):
            fit_clip(clip, tmp_path / "take", options)
    assert not (tmp_path / "take").exists()


def test_cancelling_leaves_nothing(tmp_path):
    from thespis.core.progress import Progress

    class Impatient(Progress):
        def update(self, done: float) -> None:
            raise KeyboardInterrupt

    clip = make_clip(tmp_path / "clip.mp4")
    with pytest.raises(KeyboardInterrupt):
        fit_clip(clip, tmp_path / "take", FitOptions(), Impatient())
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def some_take(clip: Path, **changes) -> Take:
    camera = Camera((320, 240), (300.0, 310.0), (159.0, 121.0), (0.1, -0.2, 0.001, 0.002, 0.03), focal_known=True)
    people = [{"file": "person_0.npz"}]
    take = Take(clip, Fraction(30000, 1001), (2, 5), 6, camera, people, {"fit": 1.5}, True, False, ["careful"])
    return dataclasses.replace(take, **changes)


def test_a_take_survives_its_file(tmp_path):
    take = some_take(tmp_path / "clip.mp4")
    write_take(take, tmp_path / "take.json")
    again = read_take(tmp_path / "take.json")
    np.testing.assert_array_equal(again.camera.rotation, take.camera.rotation)
    np.testing.assert_array_equal(again.camera.translation, take.camera.translation)
    same = dataclasses.replace(again, camera=take.camera)
    assert same == take
    assert again.camera.focal == take.camera.focal
    assert again.camera.distortion == take.camera.distortion


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 99}', "not json", '{"version": 1, "size": 3}'])
def test_a_malformed_take_is_refused(tmp_path, text):
    (tmp_path / "take.json").write_text(text)
    with pytest.raises(ThespisError, match=r"take\.json"):
        read_take(tmp_path / "take.json")


def test_the_clip_itself_is_the_backdrop_when_it_fits(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", fps=Fraction(30))
    take = some_take(clip, fps=Fraction(30))
    assert backdrop_movie(take, tmp_path, Fraction(30)) == clip
    slower = backdrop_movie(take, tmp_path, Fraction(24))
    assert open_clip(slower).fps == 24
    made = slower.stat().st_mtime_ns
    assert backdrop_movie(take, tmp_path, Fraction(24)).stat().st_mtime_ns == made, "made once"
    assert backdrop_movie(dataclasses.replace(take, plain=False), tmp_path, Fraction(30)) != clip
    clip.unlink()
    with pytest.raises(ThespisError, match=r"clip\.mp4"):
        backdrop_movie(take, tmp_path, Fraction(24))


def test_a_motion_moves_as_a_whole():
    from scipy.spatial.transform import Rotation

    motion = lively_motion(6)
    turn, shift = Rotation.from_rotvec([0.3, -1.0, 0.4]).as_matrix(), np.array([1.0, 2, 3])
    moved = moved_motion(motion, load_body(), turn, shift)
    for frame in range(6):
        x, y, z = true_joints(motion, frame).T
        a, b, c = true_joints(moved, frame).T
        np.testing.assert_allclose(np.stack([a, c, -b], 1), np.stack([x, z, -y], 1) @ turn.T + shift, atol=1e-5)


def test_holes_are_frames_in_which_nobody_is_seen():
    from thespis.core.observe.tracks import Track

    rows = 4
    shapes = {
        "box": (3,), "body_score": (), "body": (33, 2), "body_visibility": (33,), "body_presence": (33,), "body_world": (33, 3),
        "hands": (2, 21, 2), "hands_world": (2, 21, 3), "hands_score": (2,), "face": (478, 2), "face_depth": (478,),
        "face_score": (), "blendshapes": (52,),
    }  # fmt: skip
    arrays = {name: np.random.default_rng(0).uniform(size=(rows, *shape)) for name, shape in shapes.items()}
    track = Track(frames=np.arange(rows), **arrays)
    spread = with_holes(track, np.array([3, 4, 7, 8]))
    np.testing.assert_array_equal(spread.frames, [3, 4, 5, 6, 7, 8])
    np.testing.assert_array_equal(spread.body_score > 0, [True, True, False, False, True, True])
    assert np.isnan(spread.body[2:4]).all()
    np.testing.assert_array_equal(spread.face[[0, 1, 4, 5]], track.face)
