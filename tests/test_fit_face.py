"""Expression, jaw and eyes of a known face; the smoother that they go through."""

from dataclasses import replace

import numpy as np
import pytest
from thespis.core.fit.face import fit_face
from thespis.core.fit.fit import fit_track
from thespis.core.fit.smooth import smooth
from thespis.core.measure.metrics import aligned
from thespis.core.measure.synthetic import pose_motion, synthetic_track
from thespis.core.motion import Motion
from thespis.models.landmarks.names import BLENDSHAPE_NAMES

from .fit_cases import FPS, camera, gesture, open_body

UNITS = ("mouthSmileLeft", "mouthSmileRight", "browInnerUp", "eyeBlinkLeft", "eyeBlinkRight", "mouthPucker")


def _talking(frames: int = 45) -> Motion:
    """Someone who smiles, raises the brows, blinks, opens the mouth and looks about."""
    motion, t = gesture(frames), np.arange(frames) / FPS
    expression = np.zeros((frames, open_body().expression_count))
    for k, name in enumerate(UNITS):
        expression[:, open_body().expression_names.index(name)] = np.clip(0.8 * np.sin(2 * np.pi * (0.8 * t + k / 6)), 0, 1)
    motion.poses[:, 22, 0] = 0.15 + 0.15 * np.sin(6 * t)
    motion.poses[:, 23:25, 1] = (0.3 * np.sin(3 * t))[:, None]
    motion.poses[:, 23:25, 0] = (0.15 * np.cos(3 * t))[:, None]
    return replace(motion, expression=expression)


def _face_vertices(motion: Motion) -> np.ndarray:
    body = open_body()
    chosen = np.unique(body.faces[body.landmark_faces])
    return pose_motion(body, motion, chosen)[0]


@pytest.fixture(scope="module")
def close_up():
    motion = _talking()
    view = camera(focal=3000.0)
    return motion, view, synthetic_track(open_body(), motion, view)


def test_a_face_is_followed(close_up):
    motion, view, track = close_up
    rng = np.random.default_rng(0)
    # What the network says of a unit that is not there trembles far less than what it says of one that is.
    trembling = np.exp(0.25 * rng.normal(size=track.blendshapes.shape))
    rough = np.clip(track.blendshapes * rng.uniform(0.6, 1.3, (1, 52)) * trembling, 0, 1)
    noisy = replace(track, face=track.face + 0.5 * rng.normal(size=track.face.shape), blendshapes=rough)
    result = fit_track(noisy, open_body(), view, FPS, betas=motion.betas).motion
    named = [open_body().expression_names.index(name) for name in UNITS]
    for column in named:
        assert np.corrcoef(result.expression[:, column], motion.expression[:, column])[0, 1] > 0.8
    assert result.expression.min() >= 0 and result.expression.max() <= 1
    assert np.abs(result.poses[:, 22, 0] - motion.poses[:, 22, 0]).mean() < 0.06
    assert np.abs(result.poses[:, 23:25, :2] - motion.poses[:, 23:25, :2]).mean() < 0.10

    truth = _face_vertices(motion)
    blank = replace(
        motion, expression=np.zeros_like(motion.expression), poses=motion.poses * (np.arange(55) != 22)[None, :, None]
    )
    found, neutral = (np.linalg.norm(aligned(_face_vertices(m), truth) - truth, axis=-1).mean() for m in (result, blank))
    assert found < 0.65 * neutral


def test_a_face_turned_away_or_unseen_goes_over_to_neutral(close_up):
    motion, view, track = close_up
    head = np.tile([0.0, 0.0, 4.0], (len(track), 1))
    away = np.tile(np.diag([-1.0, -1, 1]), (len(track), 1, 1))  # the back of the head
    from thespis.core.fit.lens import lens_from_camera

    found = fit_face(track, open_body(), np.zeros(16), lens_from_camera(view), head, away, view.focal[0], FPS)
    assert not found.expression.any() and not found.jaw.any() and not found.eyes.any() and not found.seen.any()
    half = replace(track, face_score=np.where(np.arange(len(track)) < 20, 1.0, 0.0))
    result = fit_track(half, open_body(), view, FPS, betas=motion.betas).motion
    assert result.expression[:18].max() > 0.4
    assert result.expression[-3:].max() < 0.3
    assert result.confidence[30:, 22].max() <= 0.1 + 1e-9


def test_a_body_whose_expressions_have_no_names_is_still_followed(close_up):
    motion, view, track = close_up
    nameless = replace(open_body(), expression_names=("",) * open_body().expression_count)
    result = fit_track(track, nameless, view, FPS, betas=motion.betas).motion
    truth = _face_vertices(motion)
    still = replace(result, expression=np.zeros_like(result.expression))
    found, neutral = (np.linalg.norm(aligned(_face_vertices(m), truth) - truth, axis=-1).mean() for m in (result, still))
    assert found < 0.9 * neutral


def test_names_are_mediapipes():
    assert len(BLENDSHAPE_NAMES) == 52 and all(name in BLENDSHAPE_NAMES for name in UNITS)


@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_smoothing_keeps_what_is_slow_halves_the_cutoff_and_bridges_gaps(fps):
    t = np.arange(int(8 * fps)) / fps
    inner = slice(int(fps), -int(fps))
    ones = np.ones(len(t))

    def gain(frequency):
        wave = np.sin(2 * np.pi * frequency * t)[:, None]
        out = smooth(wave, ones, fps, cutoff=5.0)
        return out[inner].std() / wave[inner].std()

    assert gain(1.0) > 0.97
    assert gain(5.0) == pytest.approx(0.5, abs=0.05)
    assert gain(10.0) < 0.2
    weight = np.where((t > 3) & (t < 3.3), 0.0, 1.0)
    line = (0.2 * t)[:, None]
    assert np.abs(smooth(np.where(weight[:, None] > 0, line, np.nan), weight, fps, 5.0) - line)[inner].max() < 0.05
    assert smooth(np.array([[2.0]]), np.array([1.0]), fps, 5.0)[0, 0] == pytest.approx(2.0, rel=2e-3)
