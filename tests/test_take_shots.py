"""Shots: each as good as if it were alone, joined into one motion that jumps; who is whom; what is said."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from thespis.core.camera import Camera
from thespis.core.fit.fit import fit_track
from thespis.core.fit.lens import lens_of
from thespis.core.measure.metrics import pa_mpjpe
from thespis.core.measure.synthetic import pose_motion, synthetic_track
from thespis.core.motion import joined, read_motion, write_motion
from thespis.core.observe.tracks import Track
from thespis.core.take.options import FitOptions
from thespis.core.take.placing import moved_camera, moved_motion, way_between
from thespis.core.take.shots import cast_people, fit_shots
from thespis.core.take.take import camera_at

from .fit_cases import FPS, camera, gesture, open_body, seen
from .motions import lively_motion

FIRST, SECOND = 16, 14
FOCAL = 1500.0


def other_camera() -> Camera:
    """To the left of the person, nearer, higher, looking down."""
    place = np.array([-2.4, 2.0, 2.2])
    z = np.array([0.0, 1.1, 0.0]) - place
    z /= np.linalg.norm(z)
    x = np.cross(z, [0.0, 1.0, 0.0])
    x /= np.linalg.norm(x)
    rotation = np.stack([x, np.cross(z, x), z])
    return replace(camera(FOCAL), rotation=rotation, translation=-rotation @ place)


def one_after_another(parts: list[Track]) -> Track:
    arrays = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Track)}
    return Track(**{**arrays, "frames": np.arange(len(arrays["frames"])) + 10})


def unseen(track: Track, rows: slice) -> Track:
    changed = {f.name: getattr(track, f.name).copy() for f in fields(Track)}
    for name, values in changed.items():
        if name != "frames":
            values[rows] = 0 if name.endswith(("score", "visibility", "presence")) else np.nan
    return Track(**changed)


@pytest.fixture(scope="module")
def two_shots():
    """A gesture whose second part is seen from the side; truth in each camera's frame; the fit of it all."""
    motion = gesture(FIRST + SECOND)
    parts = [(motion.slice(0, FIRST), camera(FOCAL)), (motion.slice(FIRST, FIRST + SECOND), other_camera())]
    track = one_after_another([synthetic_track(open_body(), part, view) for part, view in parts])
    truth = np.concatenate([view.to_camera(pose_motion(open_body(), part)[1]) for part, view in parts])
    fitted = fit_shots([track], [FIRST], open_body(), lens_of((1920, 1080), FOCAL), FPS, FitOptions())
    return track, truth, fitted


def test_each_shot_is_as_good_as_alone(two_shots):
    track, truth, fitted = two_shots
    joints = fitted.motions[0].joints_camera
    for rows in (slice(0, FIRST), slice(FIRST, None)):
        alone = Track(**{f.name: getattr(track, f.name)[rows] for f in fields(Track)})
        reference = fit_track(alone, open_body(), lens_of((1920, 1080), FOCAL), FPS).motion.joints_camera
        error = pa_mpjpe(joints[rows][:, :22], truth[rows][:, :22]).mean()
        assert error < pa_mpjpe(reference[:, :22], truth[rows][:, :22]).mean() + 0.004
        assert error < 0.025


def test_it_is_one_motion_with_a_camera_for_each_shot(two_shots):
    track, _, fitted = two_shots
    (motion,) = fitted.motions
    np.testing.assert_array_equal(motion.frames, track.frames)
    np.testing.assert_array_equal(motion.cuts, [10 + FIRST])
    assert [(shot.first, shot.last) for shot in fitted.shots] == [(10, 9 + FIRST), (10 + FIRST, 9 + FIRST + SECOND)]
    world = pose_motion(open_body(), motion)[1]
    for k, frame in enumerate(motion.frames):
        np.testing.assert_allclose(camera_at(fitted.shots, int(frame)).to_camera(world[k]), motion.joints_camera[k], atol=1e-4)


def test_the_person_goes_on_where_the_shot_before_left_them(two_shots):
    """The truth stands and turns nowhere at the cut; neither does the character, though the camera jumps by a quarter turn."""
    _, _, fitted = two_shots
    (motion,) = fitted.motions
    np.testing.assert_allclose(motion.trans[FIRST][[0, 2]], motion.trans[FIRST - 1][[0, 2]], atol=0.05)
    facing = Rotation.from_rotvec(motion.poses[[FIRST - 1, FIRST], 0]).apply([0, 0, 1])[:, [0, 2]]
    assert abs(np.degrees(np.diff(np.arctan2(*facing.T))[0])) < 2
    ahead = np.stack([shot.camera.rotation[2] for shot in fitted.shots])
    assert np.degrees(np.arccos(ahead[0] @ ahead[1])) > 40


def test_cuts_are_said_and_nothing_is_said_twice(two_shots):
    _, _, fitted = two_shots
    assert fitted.warnings[0].startswith(f"The clip has a cut at frame {10 + FIRST}")
    assert len(set(fitted.warnings)) == len(fitted.warnings)


def test_without_cuts_it_is_the_fit_of_the_track():
    track = seen(gesture(12), camera(FOCAL))
    alone = fit_track(track, open_body(), lens_of((1920, 1080), FOCAL), FPS)
    fitted = fit_shots([track], [], open_body(), lens_of((1920, 1080), FOCAL), FPS, FitOptions())
    np.testing.assert_allclose(fitted.motions[0].poses, alone.motion.poses, atol=1e-9)
    assert len(fitted.shots) == 1 and not len(fitted.motions[0].cuts)
    assert fitted.warnings == alone.warnings


def test_a_shot_without_the_person_holds_the_pose_and_says_so():
    track = unseen(one_after_another([seen(gesture(12), camera(FOCAL))] * 2), slice(12, 24))
    fitted = fit_shots([track], [12], open_body(), lens_of((1920, 1080), FOCAL), FPS, FitOptions())
    (motion,) = fitted.motions
    np.testing.assert_allclose(motion.poses[12:], np.tile(motion.poses[11], (12, 1, 1)))
    assert motion.confidence[12:].max() <= 0.1 < motion.confidence[:12].mean()
    assert any(line.startswith("Frames 22 to 33: The person is not seen") for line in fitted.warnings)


def test_whoever_is_there_plays_the_part_of_who_is_not():
    """Interview: A, then B, then A. One person is asked for, so B stands in, and it is said; with two, each is themselves."""
    whole = one_after_another([seen(gesture(10), camera(FOCAL))] * 3)
    first, second = unseen(whole, slice(10, 20)), unseen(unseen(whole, slice(0, 10)), slice(20, 30))
    (part,), warnings = cast_people([first, second], [10, 20], 1)
    assert (part.body_score > 0).all() and len(warnings) == 1 and warnings[0].startswith("Frames 20 to 29")
    both, nothing = cast_people([first, second], [10, 20], 2)
    assert both == [first, second] and nothing == []
    assert cast_people([first, second], [10, 20], None)[0] == [first, second]


def test_motions_are_joined_and_survive_the_disk(tmp_path):
    first, second = lively_motion(5), lively_motion(4, seed=1)
    second = replace(second, betas=first.betas, expression=second.expression, frames=np.arange(5, 9))
    both = joined([first, second])
    np.testing.assert_array_equal(both.poses[5:], second.poses)
    np.testing.assert_array_equal(both.cuts, [5])
    write_motion(both, tmp_path / "both.npz")
    np.testing.assert_array_equal(read_motion(tmp_path / "both.npz").cuts, [5])
    assert not len(both.slice(5, 9).cuts) and both.slice(4, 9).cuts.tolist() == [5]


def test_a_camera_moves_with_its_world_and_the_way_leads_there():
    body, motion = open_body(), gesture(6)
    turn, shift = Rotation.from_rotvec([0, 1.2, 0]).as_matrix(), np.array([1.0, 0.0, -2.0])
    moved = moved_motion(motion, body, turn, shift)
    view = camera(FOCAL)
    seen_before = view.to_camera(pose_motion(body, motion)[1])
    np.testing.assert_allclose(moved_camera(view, turn, shift).to_camera(pose_motion(body, moved)[1]), seen_before, atol=1e-9)
    way = way_between(moved, motion.slice(0, 1), body)
    back = moved_motion(moved, body, *way)
    np.testing.assert_allclose(pose_motion(body, back)[1][0], pose_motion(body, motion)[1][0], atol=1e-6)
