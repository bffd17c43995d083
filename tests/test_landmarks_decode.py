"""What the networks' numbers mean: anchors, boxes, heatmaps."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


@pytest.mark.parametrize(("detector", "count"), [(PERSON_DETECTOR, 2254), (FACE_DETECTOR, 896)])
def test_there_is_an_anchor_for_each_row_the_detector_gives(detector, count):
    centres = anchor_centres(detector.size, detector.strides)
    assert centres.shape == (count, 2)
    assert centres.min() > 0 and centres.max() < 1
    # The first layer's cells come first, row by row, two anchors each.
    cell = detector.strides[0] / detector.size
    assert centres[:4] == pytest.approx(np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [1.5, 0.5]]) * cell)


@settings(deadline=None)
@given(st.integers(0, 2253), st.integers(0, 2**32 - 1))
def test_what_is_encoded_against_an_anchor_is_decoded(row, seed):
    random = np.random.default_rng(seed)
    corner, extent = random.uniform(0, 100, 2), random.uniform(10, 100, 2)
    keypoints = random.uniform(0, 224, (4, 2))
    centre = anchor_centres(224, PERSON_DETECTOR.strides)[row] * 224
    boxes, scores = np.zeros((1, 2254, 12)), np.full((1, 2254, 1), -10.0)
    boxes[0, row] = np.concatenate([corner + extent / 2 - centre, extent, (keypoints - centre).ravel()])
    scores[0, row, 0] = math.log(0.8 / 0.2)
    found, points = PERSON_DETECTOR.decode(boxes, scores, 0.5)
    assert found == pytest.approx([0.8])
    # Half a pixel: the network counts from the crop's corner, the crop's own pixels from their middles.
    assert points[0] == pytest.approx(np.vstack([corner, corner + extent, keypoints]) - 0.5, abs=1e-9)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6))
def test_sigmoid_stays_a_probability(value):
    assert 0 <= sigmoid(value) <= 1
    assert sigmoid(value) + sigmoid(-value) == pytest.approx(1)


def refined_by_loops(point, heatmap, size, window=7):
    """RefineLandmarksFromHeatmapCalculator, told in loops."""
    height, width = heatmap.shape
    column, row = math.floor(point[0] / size * width), math.floor(point[1] / size * height)
    if not (0 <= column < width and 0 <= row < height):
        return point
    total = x = y = largest = 0.0
    for r in range(max(0, row - window // 2), min(height, row + window // 2 + 1)):
        for c in range(max(0, column - window // 2), min(width, column + window // 2 + 1)):
            weight = 1 / (1 + math.exp(-heatmap[r, c]))
            total, x, y, largest = total + weight, x + weight * c, y + weight * r, max(largest, weight)
    return point if largest < 0.5 else (x / total / width * size, y / total / height * size)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_heatmaps_move_points_as_told_in_loops(seed):
    random = np.random.default_rng(seed)
    heatmap = random.normal(-4, 3, (64, 64, 6))
    points = random.uniform(-20, 276, (6, 2))
    expected = [refined_by_loops(points[k], heatmap[:, :, k], 256) for k in range(6)]
    assert refine_with_heatmap(points, heatmap, 256) == pytest.approx(np.array(expected), abs=1e-9)


def test_a_clear_peak_draws_its_point():
    heatmap = np.full((64, 64, 1), -20.0)
    heatmap[30, 20, 0] = 8.0
    moved = refine_with_heatmap(np.array([[85.0, 118.0]]), heatmap, 256)
    assert moved == pytest.approx(np.array([[80.0, 120.0]]), abs=0.01)


def test_body_numbers_are_told_apart():
    landmarks = np.zeros((1, 195), np.float32)
    landmarks[0, 15 * 5 : 15 * 5 + 5] = [100, 60, 9, 3, -3]  # the left wrist: x, y, depth, visibility, presence
    outputs = {
        "landmarks": landmarks,
        "score": np.array([[0.9]], np.float32),
        "heatmap": np.full((1, 64, 64, 39), -9, np.float32),
        "world": np.arange(117, dtype=np.float32)[None],
    }
    body = decode_body(outputs)
    assert body.score == pytest.approx(0.9)
    assert body.points[15] == pytest.approx([99.5, 59.5])
    assert body.visibility[15] == pytest.approx(0.9526, abs=1e-4)
    assert body.presence[15] == pytest.approx(0.0474, abs=1e-4)
    assert body.world[15] == pytest.approx([45, 46, 47])


def test_hand_numbers_are_told_apart():
    """Asked without a mirror, the network's handedness is the chance of a right hand."""
    outputs = {
        "landmarks": np.arange(63, dtype=np.float32)[None],
        "score": np.array([[0.8]], np.float32),
        "handedness": np.array([[0.96]], np.float32),
        "world": np.arange(63, dtype=np.float32)[None] / 1000,
        "features": np.arange(1152, dtype=np.float32)[None, None, None],
    }
    hand = decode_hand(outputs)
    assert (hand.score, hand.right) == pytest.approx((0.8, 0.96))
    assert hand.points[2] == pytest.approx([5.5, 6.5])
    assert hand.world[2] == pytest.approx([0.006, 0.007, 0.008])
    assert hand.features.shape == (1152,) and hand.features[7] == 7


def test_face_numbers_are_told_apart():
    numbers = np.arange(1434, dtype=np.float32).reshape(1, 1, 1, 1434)
    face = decode_face({"landmarks": numbers, "score": np.full((1, 1, 1, 1), 2, np.float32)})
    assert face.score == pytest.approx(0.8808, abs=1e-4)
    assert face.points[1] == pytest.approx([2.5, 3.5])
    assert face.depth[1] == pytest.approx(5)
