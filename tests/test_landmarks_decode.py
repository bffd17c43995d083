"""From the networks' numbers to points: detectors, heatmaps, hands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from thespis.models.landmarks.decode import (
    FACE_DETECTOR,
    PERSON_DETECTOR,
    anchor_centres,
    decode_body,
    decode_face,
    decode_hand,
    refine_with_heatmap,
    sigmoid,
)

DETECTORS = (PERSON_DETECTOR, FACE_DETECTOR)


@given(st.floats(-1e6, 1e6))
def test_sigmoid(value):
    assert sigmoid(np.array(value)) == pytest.approx(expit(value), abs=1e-12)


@pytest.mark.parametrize(("detector", "count"), zip(DETECTORS, (2254, 896), strict=True))
def test_anchors_are_as_many_as_the_network_answers_and_cover_the_picture_evenly(detector, count):
    """2254 and 896: the sizes of the output tensors of pose_detection and face_detector."""
    centres = anchor_centres(detector.size, detector.strides)
    assert centres.shape == (count, 2)
    assert centres.min() > 0 and centres.max() < 1
    np.testing.assert_allclose(centres.mean(axis=0), 0.5)
    # The first stride's cells: their first two anchors share the first cell, and x runs faster than y.
    cell = detector.strides[0] / detector.size
    np.testing.assert_allclose(centres[:3], [[cell / 2, cell / 2], [cell / 2, cell / 2], [3 * cell / 2, cell / 2]])


@given(data=st.data(), detector=st.sampled_from(DETECTORS))
@settings(max_examples=60, deadline=None)
def test_an_encoded_box_is_decoded(data, detector):
    """The encoding of BlazeFace: everything in pixels of the input, relative to the anchor's centre."""
    centres = anchor_centres(detector.size, detector.strides) * detector.size
    anchor = data.draw(st.integers(0, len(centres) - 1))
    number = st.floats(0, detector.size)
    corners = np.sort(np.array(data.draw(st.lists(st.tuples(number, number), min_size=2, max_size=2))), axis=0)
    keypoints = data.draw(st.lists(st.tuples(number, number), min_size=detector.keypoints, max_size=detector.keypoints))
    boxes = np.zeros((1, len(centres), 4 + 2 * detector.keypoints), np.float32)
    scores = np.full((1, len(centres), 1), -20, np.float32)
    scores[0, anchor] = 1.5
    boxes[0, anchor, :2] = corners.mean(axis=0) - centres[anchor]
    boxes[0, anchor, 2:4] = corners[1] - corners[0]
    boxes[0, anchor, 4:] = (np.array(keypoints) - centres[anchor]).ravel()
    found_scores, found = detector.decode(boxes, scores, 0.5)
    assert found_scores == pytest.approx([expit(1.5)])
    # The middle of the first pixel, not its corner, is (0, 0).
    np.testing.assert_allclose(found[0], np.concatenate([corners, keypoints]) - 0.5, atol=1e-3)
    assert detector.decode(boxes, scores, 0.9)[1].shape == (0, 2 + detector.keypoints, 2)


@given(st.floats(8, 56), st.floats(8, 56), st.floats(-1.4, 1.4), st.floats(-1.4, 1.4))
@settings(max_examples=80, deadline=None)
def test_a_point_moves_to_the_peak_of_its_heatmap(x, y, off_x, off_y):
    """A peak at cell (x, y) of a 64 x 64 map over a 256 pixel crop, the point some cells off it."""
    rows, columns = np.mgrid[:64, :64]
    chance = 0.999 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 0.8**2)) + 1e-9
    if chance.max() < 0.5:
        return
    heatmap = np.log(chance / (1 - chance))[..., None].astype(np.float32)
    moved = refine_with_heatmap(np.array([[(x + off_x) * 4, (y + off_y) * 4]]), heatmap, 256)
    # The window reaches three cells: of a peak 1.4 cells beside the point, half a percent of the weight lies outside it.
    np.testing.assert_allclose(moved[0], [4 * x, 4 * y], atol=1.0)


def test_refining_as_mediapipe_describes_it():
    """Cell by cell, as RefineLandmarksFromHeatmapCalculator does; independent of the vectorised code."""
    random = np.random.default_rng(3)
    heatmap = random.normal(-1, 2, (64, 64, 39)).astype(np.float32)
    points = random.uniform(-20, 276, (39, 2))
    wanted = points.copy()
    for k, (x, y) in enumerate(points):
        column, row = int(np.floor(x / 256 * 64)), int(np.floor(y / 256 * 64))
        if not (0 <= column < 64 and 0 <= row < 64):
            continue
        total, sum_x, sum_y, peak = 0.0, 0.0, 0.0, 0.0
        for r in range(max(0, row - 3), min(64, row + 4)):
            for c in range(max(0, column - 3), min(64, column + 4)):
                weight = float(expit(heatmap[r, c, k]))
                total, sum_x, sum_y, peak = total + weight, sum_x + weight * c, sum_y + weight * r, max(peak, weight)
        if peak >= 0.5:
            wanted[k] = sum_x / total / 64 * 256, sum_y / total / 64 * 256
    assert (wanted != points).any(axis=1).sum() > 10
    np.testing.assert_allclose(refine_with_heatmap(points, heatmap, 256), wanted, atol=1e-4)


def test_an_unsure_heatmap_moves_nothing():
    points = np.random.default_rng(0).uniform(0, 256, (39, 2))
    np.testing.assert_array_equal(refine_with_heatmap(points, np.full((64, 64, 39), -1, np.float32), 256), points)


def test_a_bodys_numbers_come_apart():
    landmarks = np.arange(39 * 5, dtype=np.float32).reshape(39, 5) / 10
    world = np.arange(39 * 3, dtype=np.float32).reshape(39, 3)
    outputs = {
        "landmarks": landmarks.reshape(1, 195),
        "score": np.array([[0.75]], np.float32),
        "heatmap": np.full((1, 64, 64, 39), -9, np.float32),
        "world": world.reshape(1, 117),
    }
    body = decode_body(outputs)
    assert body.score == 0.75
    np.testing.assert_allclose(body.points, landmarks[:, :2] - 0.5, atol=1e-6)
    np.testing.assert_allclose(body.visibility, expit(landmarks[:, 3]), atol=1e-6)
    np.testing.assert_allclose(body.presence, expit(landmarks[:, 4]), atol=1e-6)
    np.testing.assert_array_equal(body.world, world)


@given(st.floats(0, 1))
def test_the_hand_network_sees_as_in_a_mirror(handedness):
    outputs = {
        "landmarks": np.zeros((1, 63), np.float32),
        "score": np.array([[0.9]], np.float32),
        "handedness": np.array([[handedness]], np.float32),
        "world": np.zeros((1, 63), np.float32),
    }
    assert decode_hand(outputs).right == pytest.approx(1 - handedness, abs=1e-6)


def test_a_faces_depth_stays_with_its_points():
    landmarks = np.random.default_rng(1).uniform(0, 256, (478, 3)).astype(np.float32)
    face = decode_face({"landmarks": landmarks.reshape(1, 1, 1, 1434), "score": np.array([[[[2.0]]]], np.float32)})
    assert face.score == pytest.approx(expit(2.0))
    np.testing.assert_allclose(face.points, landmarks[:, :2] - 0.5, atol=1e-5)
    np.testing.assert_allclose(face.depth, landmarks[:, 2], atol=1e-5)
