"""Regions of a picture, tiles, merged hits: points go to a crop and come back."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from thespis.core.observe.detect import body_region, merge_hits, network_input, tiles
from thespis.core.observe.regions import Region, bounding_region, heading, whole_picture, wrapped

angles = st.floats(-math.pi, math.pi)
coordinates = st.floats(-500, 2500)
regions = st.builds(Region, coordinates, coordinates, st.floats(5, 3000), angles)
points = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=20).map(np.array)


@settings(deadline=None)
@given(regions, points, st.sampled_from([128, 192, 224, 256]))
def test_to_the_crop_and_back(region, where, size):
    np.testing.assert_allclose(region.to_picture(region.to_crop(where, size), size), where, atol=1e-6)


@settings(deadline=None)
@given(regions)
def test_the_crops_corners_are_the_squares_corners(region):
    """A crop pixel is an area: the square reaches half a pixel beyond the middles of the outer ones."""
    size = 64
    corners = region.to_picture(np.array([[-0.5, -0.5], [size - 0.5, -0.5], [size - 0.5, size - 0.5], [-0.5, size - 0.5]]), size)
    np.testing.assert_allclose(corners.mean(axis=0), [region.x, region.y], atol=1e-6)
    np.testing.assert_allclose(np.hypot(*(np.roll(corners, -1, axis=0) - corners).T), region.side, rtol=1e-9)
    across = corners[1] - corners[0]
    assert wrapped(math.atan2(across[1], across[0]) - region.rotation) == pytest.approx(0, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.floats(40, 280), st.floats(40, 200), st.floats(90, 200), angles, st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_pixels_go_where_points_go(x, y, side, rotation, along_x, along_y):
    """A soft spot painted into a picture is found in the crop where to_crop says."""
    region = Region(x, y, side, rotation)
    spot = np.array([x, y]) + region.axes() @ np.array([along_x, along_y]) * side
    assume(12 < spot[0] < 308 and 12 < spot[1] < 228)
    rows, columns = np.mgrid[:240, :320]
    brightness = 250 * np.exp(-((columns - spot[0]) ** 2 + (rows - spot[1]) ** 2) / (2 * 3**2))
    crop = region.crop(np.repeat(brightness[..., None], 3, axis=2).astype(np.uint8), 128)[..., 0].astype(float)
    rows, columns = np.mgrid[:128, :128]
    found = np.array([(crop * columns).sum(), (crop * rows).sum()]) / crop.sum()
    np.testing.assert_allclose(found, region.to_crop(spot, 128), atol=0.35)


@settings(deadline=None)
@given(regions, st.lists(st.tuples(*[st.floats(-2, 2)] * 3), min_size=1, max_size=9).map(np.array))
def test_vectors_turn_as_points_do_and_keep_their_depth_and_length(region, vectors):
    turned = region.turn(vectors)
    np.testing.assert_array_equal(turned[:, 2], vectors[:, 2])
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(vectors, axis=1), atol=1e-12)
    moved = region.to_picture(vectors[:, :2] * 100, 256) - region.to_picture(np.zeros((1, 2)), 256)
    np.testing.assert_allclose(turned[:, :2] * 100 * region.side / 256, moved, atol=1e-6)


def test_beyond_the_picture_there_is_its_edge_or_black():
    frame = np.full((40, 60, 3), 200, np.uint8)
    region = Region(0, 0, 100)
    assert region.crop(frame, 64).min() == 200
    black = region.crop(frame, 64, black_outside=True)
    assert black[0, 0].max() == 0 and black[40, 40].min() == 200


@settings(deadline=None)
@given(points, points)
def test_heading_points_up(start, end):
    start, end = start[0], end[0]
    assume(np.hypot(*(end - start)) > 1)
    up = Region(0, 0, 1, heading(start, end)).axes() @ np.array([0.0, -1.0])
    np.testing.assert_allclose(up, (end - start) / np.hypot(*(end - start)), atol=1e-9)


@settings(deadline=None)
@given(st.floats(-50, 50))
def test_wrapped_is_the_same_angle(angle):
    assert -math.pi <= wrapped(angle) <= math.pi
    assert math.cos(wrapped(angle)) == pytest.approx(math.cos(angle), abs=1e-9)
    assert math.sin(wrapped(angle)) == pytest.approx(math.sin(angle), abs=1e-9)


@settings(deadline=None)
@given(points, angles, st.floats(1, 3))
def test_a_bounding_region_holds_its_points(where, rotation, scale):
    region = bounding_region(where, rotation, scale)
    assume(region.side > 1e-3)
    inside = region.to_crop(where, 100)
    assert inside.min() > -0.5 - 1e-3 and inside.max() < 99.5 + 1e-3
    extent = np.ptp(inside, axis=0).max()
    assert extent * scale == pytest.approx(100, rel=1e-3)


@settings(deadline=None)
@given(regions, regions)
def test_overlap_is_mutual_and_whole_with_oneself(first, second):
    assert 0 <= first.overlap(second) <= 1 + 1e-9
    assert first.overlap(second) == pytest.approx(second.overlap(first))
    assert first.overlap(first) == pytest.approx(1)


def test_overlap_of_neighbours():
    assert Region(0, 0, 10).overlap(Region(5, 0, 10)) == pytest.approx(1 / 3)
    assert Region(0, 0, 10).overlap(Region(11, 0, 10)) == 0


@settings(deadline=None)
@given(st.integers(16, 4000), st.integers(16, 4000), st.floats(0.2, 1.5))
def test_tiles_cover_the_picture_and_share_half(width, height, part):
    side = part * min(width, height)
    laid = tiles(width, height, side)
    for along, length in ((np.array([t.x for t in laid]), width), (np.array([t.y for t in laid]), height)):
        middles = np.unique(np.round(along, 6))
        assert middles[0] - side / 2 <= 0 and middles[-1] + side / 2 >= length - 1
        assert len(middles) == 1 or np.diff(middles).max() <= side / 2 + 1e-6


def test_the_whole_picture():
    region = whole_picture(481, 361)
    assert region.side == 481
    np.testing.assert_allclose(region.to_crop(np.array([[-0.5, 180.0]]), 224), [[-0.5, 111.5]])


def test_a_body_region_stands_on_the_hips_and_points_to_the_head():
    """Upright, a point 100 pixels above the hips: the circle's radius is 100, the square 2.5 times as wide."""
    assert body_region(np.array([50.0, 80.0]), np.array([50.0, -20.0])) == Region(50, 80, 250, 0)
    assert body_region(np.array([0.0, 0.0]), np.array([100.0, 0.0])).rotation == pytest.approx(math.pi / 2)


@settings(deadline=None)
@given(st.data())
def test_hits_on_one_thing_become_one_weighted_by_score(data):
    count = data.draw(st.integers(1, 8))
    shift = np.array(data.draw(st.lists(st.floats(-4, 4), min_size=count, max_size=count)))
    scores = np.array(data.draw(st.lists(st.floats(0.5, 1), min_size=count, max_size=count)))
    hits = np.array([[0.0, 0.0], [100.0, 100.0]]) + shift[:, None, None]
    far = hits + 500
    boxes = np.concatenate([hits, far]).reshape(-1, 4)
    merged = merge_hits(np.concatenate([scores, scores * 0.9]), np.concatenate([hits, far]), boxes)
    assert len(merged) == 2
    assert [score for score, _ in merged] == pytest.approx([scores.max(), 0.9 * scores.max()])
    np.testing.assert_allclose(merged[0][1], [[0, 0], [100, 100]] + (shift * scores).sum() / scores.sum(), atol=1e-9)
    np.testing.assert_allclose(merged[1][1], merged[0][1] + 500, atol=1e-9)


def test_no_hits_no_things():
    assert merge_hits(np.zeros(0), np.zeros((0, 6, 2)), np.zeros((0, 4))) == []


def test_what_the_networks_are_given():
    crop = cv2.merge([np.full((8, 8), value, np.uint8) for value in (0, 51, 255)])
    np.testing.assert_allclose(network_input(crop)[0, 0, 0], [0, 0.2, 1], atol=1e-6)
    np.testing.assert_allclose(network_input(crop, signed=True)[0, 0, 0], [-1, -0.6, 1], atol=1e-6)
    assert network_input(crop).shape == (1, 8, 8, 3) and network_input(crop).dtype == np.float32
