"""Left and right do not change places from one frame to the next."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.observe.reading import Reading, reading_of
from thespis.core.observe.sides import OTHER_SIDE, named_otherwise, settle
from thespis.models.landmarks.names import BODY_LANDMARK, BODY_LANDMARK_NAMES
from thespis.tests.observe_cases import hand_at, standing

FPS = 30.0
LEFT_WRIST = BODY_LANDMARK["left_wrist"]


def test_the_other_side_of_the_other_side_is_this_one():
    assert OTHER_SIDE[OTHER_SIDE].tolist() == list(range(33))
    assert OTHER_SIDE[0] == 0  # the nose
    pairs = {(BODY_LANDMARK_NAMES[k], BODY_LANDMARK_NAMES[other]) for k, other in enumerate(OTHER_SIDE)}
    assert {("left_heel", "right_heel"), ("mouth_left", "mouth_right"), ("right_ear", "left_ear")} <= pairs


def walk(length: int) -> list[Reading]:
    """Somebody crosses the picture, a left hand in sight."""
    bodies = [standing(300 + 4 * k) for k in range(length)]
    hands = [hand_at(body.points[LEFT_WRIST], right=0.1) for body in bodies]
    return [reading_of(body, (hand, None), None) for body, hand in zip(bodies, hands, strict=True)]


def misnamed(reading: Reading, k: int = 0) -> Reading:
    """What a network gives that takes the front for the back."""
    body = standing(300 + 4 * k).exchanged()
    hand = hand_at(body.points[BODY_LANDMARK["right_wrist"]], right=0.1)
    return reading_of(body, (None, hand), None)


def test_a_frame_named_otherwise_is_noticed_and_a_step_is_not():
    first, second = walk(2)
    side = float(first.box[2])
    assert not named_otherwise(second.body, first.body, side)
    assert named_otherwise(misnamed(second, 1).body, first.body, side)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 59), max_size=20))
def test_frames_named_otherwise_are_put_right(wrong):
    truth = walk(60)
    given_readings = {k: misnamed(reading, k) if k in wrong else reading for k, reading in enumerate(truth)}
    for k, reading in settle(given_readings, set(), FPS).items():
        for name, value in vars(truth[k]).items():
            np.testing.assert_allclose(getattr(reading, name), value, atol=1e-4, err_msg=f"{name} in frame {k}")


def test_what_was_exchanged_on_the_way_is_given_back_when_the_network_was_right():
    """The first frames were misnamed, and all that follows was held to them."""
    truth = walk(60)
    held = {k: misnamed(reading, k) for k, reading in enumerate(truth)}
    settled = settle(held, exchanged=set(range(5, 60)), fps=FPS)
    assert all(np.allclose(settled[k].body, truth[k].body) for k in range(60))
    assert all(settled[k].hands_score.tolist() == truth[k].hands_score.tolist() for k in range(60))


def test_somebody_who_turns_round_is_left_alone():
    """Half a turn in a second: the shoulders pass each other in profile."""
    front = standing(500)
    middle = 500.0
    readings = {}
    for k in range(30):
        points = front.points.copy()
        points[:, 0] = middle + (points[:, 0] - middle) * np.cos(np.pi * k / 29)
        body = standing(500)
        object.__setattr__(body, "points", points)
        readings[k] = reading_of(body, (None, None), None)
    settled = settle(readings, set(), FPS)
    assert all(settled[k] is readings[k] for k in range(30))


def test_after_a_gap_the_network_is_believed_again():
    truth = walk(40)
    readings = {k: reading for k, reading in enumerate(truth) if k < 15}
    readings |= {k: misnamed(reading, k) for k, reading in enumerate(truth) if k >= 25}
    settled = settle(readings, set(), FPS)
    assert all(settled[k] is readings[k] for k in readings)


@pytest.mark.parametrize("length", [0, 1])
def test_short_clips_are_left_as_they_are(length):
    readings = dict(enumerate(walk(length)))
    assert settle(readings, set(), FPS) == readings
