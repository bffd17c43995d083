"""Regions of a picture: there and back, the crop's pixels, turned vectors, tiles, merged hits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.observe.detect import merge_hits, tiles
from thespis.core.observe.regions import Region, bounding_region, heading, whole_picture, wrapped

COORDINATE = st.floats(-3000, 5000)
ANGLE = st.floats(-math.pi, math.pi)
REGIONS = st.builds(Region, COORDINATE, COORDINATE, st.floats(4, 4000), ANGLE)


@given(REGIONS, st.floats(-100, 400), st.floats(-100, 400), st.sampled_from([128, 224, 256]))
def test_a_point_goes_to_the_picture_and_back(region, x, y, size):
    point = np.array([x, y])
    assert region.to_crop(region.to_picture(point, size), size) == pytest.approx(point, abs=1e-6)


@given(REGIONS)
def test_the_crops_middle_is_the_regions_middle_and_its_top_is_up_in_it(region):
    middle = region.to_picture(np.array([127.5, 127.5]), 256)
    assert middle == pytest.approx([region.x, region.y], abs=1e-6)
    top = region.to_picture(np.array([127.5, -0.5]), 256)
    assert top - middle == pytest.approx(
        region.side / 2 * np.array([math.sin(region.rotation), -math.cos(region.rotation)]), abs=1e-6
    )
    assert wrapped(heading(middle, top) - region.rotation) == pytest.approx(0, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.floats(60, 140), st.floats(60, 140), st.floats(20, 90), ANGLE)
def test_a_crops_pixels_come_from_where_its_points_say(x, y, side, rotation):
    # A picture whose colours are its coordinates: what a crop pixel shows is where it came from.
    across, down = np.meshgrid(np.arange(200), np.arange(200))
    picture = np.stack([across, down, np.zeros_like(across)], axis=-1).astype(np.uint8)
    region = Region(x, y, side, rotation)
    crop = region.crop(picture, 64)
    for point in np.random.default_rng(1).integers(0, 64, (20, 2)):
        expected = region.to_picture(point.astype(float), 64)
        assert crop[point[1], point[0], :2] == pytest.approx(expected, abs=1.1)


def test_beyond_the_picture_the_edge_is_repeated_or_black():
    picture = np.full((50, 50, 3), 200, np.uint8)
    assert Region(0, 25, 40).crop(picture, 32).min() == 200
    assert Region(0, 25, 40).crop(picture, 32, black_outside=True)[:, 0].max() == 0


@given(REGIONS, st.tuples(*[st.floats(-2, 2)] * 3))
def test_vectors_turn_as_points_do(region, vector):
    turned = region.turn(np.array(vector))
    assert np.linalg.norm(turned) == pytest.approx(np.linalg.norm(vector))
    assert turned[2] == vector[2]
    start, end = np.array([30.0, 40.0]), np.array([30.0, 40.0]) + vector[:2]
    step = region.to_picture(end, 256) - region.to_picture(start, 256)
    assert step == pytest.approx(turned[:2] * region.side / 256, abs=1e-6)


@given(st.floats(-50, 50))
def test_wrapped_is_the_same_angle(angle):
    assert -math.pi < wrapped(angle) <= math.pi + 1e-12
    assert math.cos(wrapped(angle)) == pytest.approx(math.cos(angle), abs=1e-9)
    assert math.sin(wrapped(angle)) == pytest.approx(math.sin(angle), abs=1e-9)


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), min_size=2, max_size=20), ANGLE)
def test_a_bounding_region_holds_its_points_and_touches_them(points, rotation):
    points = np.array(points)
    region = bounding_region(points, rotation, 1.0)
    if region.side < 1:
        return
    inside = region.to_crop(points, 100)
    assert inside.min() > -0.51 and inside.max() < 99.51
    assert np.ptp(inside, axis=0).max() == pytest.approx(100, abs=0.01)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_the_whole_picture_is_in_its_square(width, height):
    region = whole_picture(width, height)
    corners = region.to_crop(np.array([[0, 0], [width - 1, height - 1]], float), 224)
    assert corners.min() > -0.51 and corners.max() < 223.51


@given(st.integers(50, 4000), st.integers(50, 4000), st.floats(0.2, 1.0))
def test_tiles_cover_the_picture_and_share_half(width, height, part):
    side = part * min(width, height)
    squares = tiles(width, height, side)
    for length, middles in ((width, sorted({tile.x for tile in squares})), (height, sorted({tile.y for tile in squares}))):
        if len(middles) == 1:
            assert side == pytest.approx(length)
            continue
        assert middles[0] - side / 2 == pytest.approx(-0.5, abs=1e-6)
        assert middles[-1] + side / 2 == pytest.approx(length - 0.5, abs=1e-6)
        assert max(np.diff(middles)) <= side / 2 + 1e-6


def test_hits_on_one_thing_are_blended_by_score_and_others_left_alone():
    points = np.array([[[0.0, 0.0]], [[4.0, 0.0]], [[100.0, 100.0]]])
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [95, 95, 105, 105]], float)
    merged = merge_hits(np.array([0.6, 0.9, 0.7]), points, boxes)
    assert [score for score, _ in merged] == [0.9, 0.7]
    assert merged[0][1] == pytest.approx(np.array([[4 * 0.9 / 1.5, 0]]))
    assert merged[1][1] == pytest.approx(np.array([[100, 100]]))


def test_no_hits_are_nobody():
    assert merge_hits(np.zeros(0), np.zeros((0, 6, 2)), np.zeros((0, 4))) == []
