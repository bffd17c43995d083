"""The fit through its front door: motions whose truth is known, and clips with less in them than one would wish."""

from dataclasses import replace

import numpy as np
import pytest
from thespis.core.camera import Camera
from thespis.core.errors import ThespisError
from thespis.core.fit.fit import fit_track
from thespis.core.fit.lens import lens_of
from thespis.core.measure.metrics import foot_sliding, pa_mpjpe, pa_v2v
from thespis.core.measure.synthetic import pose_motion
from thespis.core.skeleton import JOINT_INDEX

from .fit_cases import FPS, SHAPE, camera, gesture, open_body, seen, sole_vertices, walk


def _vertices(motion, view):
    return view.to_camera(pose_motion(open_body(), motion)[0])


def _noisy(track, pixels, seed=0):
    rng = np.random.default_rng(seed)
    return replace(
        track,
        body=track.body + pixels * rng.normal(size=track.body.shape),
        hands=track.hands + pixels * rng.normal(size=track.hands.shape),
        face=track.face + pixels * rng.normal(size=track.face.shape),
    )


def _without(track, frames):
    """The track as if the person were not seen in `frames`."""
    score, body = track.body_score.copy(), track.body.copy()
    hands, face = track.hands_score.copy(), track.face_score.copy()
    score[frames], body[frames], hands[frames], face[frames] = 0, np.nan, 0, 0
    world = track.body_world.copy()
    world[frames] = np.nan
    box = track.box.copy()
    box[frames] = np.nan
    return replace(track, body_score=score, body=body, body_world=world, hands_score=hands, face_score=face, box=box)


@pytest.fixture(scope="module")
def fitted():
    """A gesture, what was seen of it, and its fit with the shape unknown."""
    motion, view = gesture(), camera()
    track = seen(motion, view)
    return motion, view, track, fit_track(track, open_body(), view, FPS)


def test_exact_landmarks_give_the_body_back(fitted):
    motion, view, _, result = fitted
    error = pa_v2v(_vertices(result.motion, result.camera), _vertices(motion, view))
    assert error.mean() < 0.015
    joints = view.to_camera(pose_motion(open_body(), motion)[1])
    assert np.linalg.norm(result.motion.joints_camera - joints, axis=-1).mean() < 0.12, "depth is the shape prior's to a share"


def test_exact_landmarks_of_a_known_shape_give_the_body_back_within_a_centimetre(fitted):
    motion, view, track, _ = fitted
    result = fit_track(track, open_body(), view, FPS, betas=motion.betas)
    assert np.array_equal(result.motion.betas[: len(SHAPE)], SHAPE)
    assert pa_v2v(_vertices(result.motion, result.camera), _vertices(motion, view)).mean() < 0.010
    joints = view.to_camera(pose_motion(open_body(), motion)[1])
    assert np.linalg.norm(result.motion.joints_camera - joints, axis=-1).mean() < 0.03


def test_three_pixels_of_noise_cost_little(fitted):
    motion, view, track, _ = fitted
    result = fit_track(_noisy(track, 3.0), open_body(), view, FPS)
    assert pa_v2v(_vertices(result.motion, result.camera), _vertices(motion, view)).mean() < 0.030
    assert pa_v2v(_vertices(gesture(betas=np.zeros(10)), view), _vertices(walk(30), view)).mean() > 0.02, (
        "the bar means something"
    )


def test_motion_camera_and_joints_agree(fitted):
    _, _, _, result = fitted
    joints = pose_motion(open_body(), result.motion)[1]
    assert np.allclose(result.camera.to_camera(joints), result.motion.joints_camera, atol=1e-9)
    assert np.allclose(result.camera.rotation @ result.camera.rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(result.camera.rotation) == pytest.approx(1)


def test_the_world_has_its_floor_under_the_feet_and_its_origin_under_the_body(fitted):
    motion, view, _, result = fitted
    assert abs(result.motion.trans[0, [0, 2]]).max() < 0.05
    up, true_up = result.camera.rotation[:, 1], view.rotation[:, 1]
    assert np.degrees(np.arccos(np.clip(up @ true_up, -1, 1))) < 5
    vertices = pose_motion(open_body(), result.motion)[0]
    assert abs(vertices[..., 1].min(1)).max() < 0.03
    assert result.motion.contacts.mean() > 0.8, "both feet stand the whole time"
    assert np.degrees(np.linalg.norm(result.motion.poses[:, 0], axis=1)).max() < 20, "who faces the camera faces +Z"
    assert motion.fps == result.motion.fps


def test_fingers_and_head_are_found(fitted):
    motion, _, _, result = fitted
    fingers = slice(25, 55)
    error = np.linalg.norm(result.motion.poses[:, fingers] - motion.poses[:, fingers], axis=-1)
    straight = np.linalg.norm(motion.poses[:, fingers], axis=-1)
    assert np.degrees(error.mean()) < 12
    assert error.mean() < 0.65 * straight.mean()
    assert result.motion.confidence[:, :55].min() >= 0
    assert result.motion.confidence[:, JOINT_INDEX["left_knee"]].min() > 0.6


def test_planted_feet_do_not_slide_and_swinging_feet_are_not_planted():
    motion, view = walk(), camera()
    result = fit_track(_noisy(seen(motion, view), 2.0), open_body(), view, FPS)
    vertices = pose_motion(open_body(), result.motion)[0]
    soles = vertices[:, sole_vertices()]
    contacts = result.motion.contacts
    assert 0.05 < contacts.mean() < 0.8
    sliding = foot_sliding(soles, contacts, FPS)
    assert sliding < 0.25 * foot_sliding(soles, 1 - contacts, FPS)
    assert sliding < 0.25
    true = view.to_camera(pose_motion(open_body(), motion)[1])
    assert pa_mpjpe(result.motion.joints_camera[:, :22], true[:, :22]).mean() < 0.03


def test_hands_that_a_perfect_network_sees_through_the_body_stay_behind_it():
    motion, view = walk(), camera()
    result = fit_track(seen(motion, view), open_body(), view, FPS, betas=motion.betas)
    fitted, true = (pose_motion(open_body(), of)[0][::6] for of in (result.motion, motion))
    assert pa_v2v(fitted, true).mean() < 0.01


def test_someone_who_stands_still_does_not_tremble():
    track = _noisy(seen(gesture(still=True), camera()), 3.0)
    result = fit_track(track, open_body(), camera(), FPS)
    acceleration = np.linalg.norm(np.diff(result.motion.joints_camera[:, :22], 2, axis=0), axis=-1)
    assert acceleration.mean() < 0.001


def test_a_fast_arm_keeps_its_speed():
    motion = gesture(40)
    motion.poses[:, JOINT_INDEX["left_shoulder"], 2] = -1.1 + 1.6 / (1 + np.exp(-(np.arange(40) - 20) / 1.2))
    view = camera()
    result = fit_track(_noisy(seen(motion, view), 1.0), open_body(), view, FPS)
    wrist = JOINT_INDEX["left_wrist"]
    true = np.linalg.norm(np.diff(pose_motion(open_body(), motion)[1][:, wrist], axis=0), axis=-1).max()
    assert np.linalg.norm(np.diff(result.motion.joints_camera[:, wrist], axis=0), axis=-1).max() > 0.85 * true


def test_a_short_gap_is_bridged_with_low_confidence_and_said(fitted):
    _, view, track, whole = fitted
    gap = slice(12, 17)
    result = fit_track(_without(track, gap), open_body(), view, FPS)
    error = np.linalg.norm(result.motion.joints_camera - whole.motion.joints_camera, axis=-1)
    assert error[gap].mean() < 0.06
    assert result.motion.confidence[gap].max() <= 0.3
    assert result.motion.confidence[:10, :22].mean() > 0.7
    assert any("Frames 12 to 16" in line for line in result.warnings)


def test_frames_before_and_after_the_person_hold_the_pose(fitted):
    _, view, track, _ = fitted
    result = fit_track(_without(track, np.r_[0:6, 24:30]), open_body(), view, FPS)
    places = result.motion.joints_camera
    assert np.linalg.norm(places[0] - places[6], axis=-1).max() < 0.15
    assert np.linalg.norm(places[29] - places[23], axis=-1).max() < 0.15
    assert result.motion.confidence[0].max() < result.motion.confidence[5].max() <= 0.3


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_clip_of_a_few_frames_is_fitted(frames):
    motion, view = gesture(frames), camera()
    result = fit_track(seen(motion, view), open_body(), view, FPS)
    assert len(result.motion) == frames
    assert pa_v2v(_vertices(result.motion, result.camera), _vertices(motion, view)).mean() < 0.04


def test_unseen_hands_relax_and_an_unseen_face_stays_neutral(fitted):
    _, view, track, _ = fitted
    bare = replace(
        track,
        hands=np.full_like(track.hands, np.nan),
        hands_world=np.full_like(track.hands_world, np.nan),
        hands_score=np.zeros_like(track.hands_score),
        face=np.full_like(track.face, np.nan),
        face_depth=np.full_like(track.face_depth, np.nan),
        face_score=np.zeros_like(track.face_score),
        blendshapes=np.full_like(track.blendshapes, np.nan),
    )
    result = fit_track(bare, open_body(), view, FPS)
    assert np.allclose(result.motion.poses[:, 25:40].reshape(len(bare), 45), open_body().hands_meanl, atol=1e-6)
    assert not result.motion.expression.any() and not result.motion.poses[:, 22:25].any()
    assert result.motion.confidence[:, 22:].max() <= 0.1 + 1e-9
    assert len([line for line in result.warnings if "hand" in line]) == 2


def test_an_unknown_focal_length_is_found_nearby_and_not_claimed(fitted):
    motion, _, track, _ = fitted
    result = fit_track(track, open_body(), lens_of((1920, 1080)), FPS)
    assert 1000 < result.camera.focal[0] < 2600
    assert not result.camera.focal_known
    assert any("focal" in line for line in result.warnings)
    assert pa_v2v(_vertices(result.motion, result.camera), _vertices(motion, camera())).mean() < 0.03


def test_a_rolled_camera_shows_the_same_body():
    motion = gesture(16)
    view, rolled = camera(), camera(roll=0.25)
    upright, tilted = (fit_track(seen(motion, v), open_body(), v, FPS) for v in (view, rolled))
    assert pa_mpjpe(upright.motion.joints_camera, tilted.motion.joints_camera).mean() < 0.01
    assert np.degrees(np.arccos(np.clip(tilted.camera.rotation[:, 1] @ rolled.rotation[:, 1], -1, 1))) < 6


def test_the_picture_s_resolution_does_not_matter():
    motion = gesture(16)
    view = camera()
    half = Camera(
        (960, 540), (750.0, 750.0), (479.5, 269.5), rotation=view.rotation, translation=view.translation, focal_known=True
    )
    large, small = (fit_track(seen(motion, v), open_body(), v, FPS) for v in (view, half))
    assert np.linalg.norm(large.motion.joints_camera - small.motion.joints_camera, axis=-1).max() < 0.01


def test_a_lens_is_taken_out():
    motion, straight = gesture(16), camera()
    bent = replace(straight, distortion=(-0.25, 0.08, 0.001, -0.001, 0.0))
    track = seen(motion, bent)
    result = fit_track(track, open_body(), bent, FPS)
    assert pa_v2v(_vertices(result.motion, result.camera), _vertices(motion, straight)).mean() < 0.02
    assert (
        np.abs(
            result.camera.project(result.motion.joints_camera[:, 15])
            - bent.project(bent.to_camera(pose_motion(open_body(), motion)[1])[:, 15])
        ).max()
        < 12
    )


def test_gender_chooses_the_shape_that_is_expected(fitted):
    _, view, track, _ = fitted
    far = _noisy(track, 12.0)
    betas = {g: fit_track(far, open_body(), view, FPS, gender=g).motion.betas for g in ("female", "male")}
    prior = open_body().shape_prior
    towards = np.asarray(prior["female"][0] - prior["male"][0], float)
    assert (betas["female"] - betas["male"]) @ towards > 0.2 * towards @ towards


def test_the_same_landmarks_give_the_same_fit(fitted):
    _, view, track, result = fitted
    again = fit_track(track, open_body(), view, FPS)
    assert np.array_equal(again.motion.poses, result.motion.poses)
    assert np.array_equal(again.motion.trans, result.motion.trans)


def test_a_clip_longer_than_a_window_has_no_seam(monkeypatch):
    from thespis.core.fit import body

    motion, view = gesture(50), camera()
    track = _noisy(seen(motion, view), 1.5)
    whole = fit_track(track, open_body(), view, FPS).motion
    monkeypatch.setattr(body, "WINDOW", 20)
    monkeypatch.setattr(body, "MARGIN", 8)
    parts = fit_track(track, open_body(), view, FPS).motion
    assert pa_mpjpe(parts.joints_camera, whole.joints_camera).max() < 0.015
    jerk = np.linalg.norm(np.diff(parts.joints_camera[:, :22], 3, axis=0), axis=-1).mean(1)
    assert jerk[[17, 18, 19, 37, 38, 39]].max() < 3 * np.median(jerk) + 1e-3


@pytest.mark.parametrize(
    ("change", "words"),
    [({"fps": 0.0}, "frame rate"), ({"gender": "other"}, "shape"), ({"device": "abacus"}, "device")],
)
def test_arguments_that_cannot_be_are_refused_in_words(fitted, change, words):
    _, view, track, _ = fitted
    with pytest.raises(ThespisError, match=words):
        fit_track(track, open_body(), view, **({"fps": FPS} | change))


def test_a_clip_without_anybody_says_so(fitted):
    _, view, track, _ = fitted
    with pytest.raises(ThespisError, match="Nobody is seen"):
        fit_track(_without(track, slice(None)), open_body(), view, FPS)


def test_a_hand_that_is_someone_else_s_is_not_believed(fitted):
    motion, view, track, _ = fitted
    hands = track.hands.copy()
    hands[:, 0] = np.array([1700.0, 200.0]) + 0.1 * (hands[:, 0] - hands[:, 0, :1])
    result = fit_track(replace(track, hands=hands), open_body(), view, FPS)
    assert pa_v2v(_vertices(result.motion, result.camera), _vertices(motion, view)).mean() < 0.02
    assert any("left hand" in line for line in result.warnings)
    assert result.motion.confidence[:, 25:40].max() <= 0.1 + 1e-9
