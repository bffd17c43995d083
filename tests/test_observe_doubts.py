"""Cases of doubt: bodies on bodies, jumps, blurred hands, heads below the hips."""

from dataclasses import replace

import numpy as np
from thespis.core.observe.face import agrees, turned_away
from thespis.core.observe.hands import KEPT, belongs
from thespis.core.observe.people import is_double, same_body, strayed
from thespis.models.landmarks.names import BODY_LANDMARK
from thespis.tests.observe_cases import SCALE, face_at, hand_at, standing

LEFT, RIGHT = 0, 1
RED, BLUE = np.eye(2) * 0.98 + 0.01


def wrist(body, side):
    return body.points[BODY_LANDMARK[f"{('left', 'right')[side]}_wrist"]]


def test_a_hand_that_was_seen_is_followed_through_blur():
    body = standing()
    blurred = hand_at(wrist(body, LEFT), right=0.1, score=(KEPT + 0.5) / 2)
    assert not belongs(blurred, body, LEFT)
    assert belongs(blurred, body, LEFT, KEPT)


def test_a_person_hanging_upside_down_is_not_taken_for_a_back():
    body = standing()
    over = body.points[BODY_LANDMARK["left_hip"]]
    hanging = replace(body, points=2 * over - body.points)
    assert not turned_away(hanging)
    assert agrees(face_at(hanging.points[0], upside_down=True), hanging)


def test_a_body_found_twice_is_one_and_a_neighbour_is_another():
    body = standing()
    assert is_double(standing(505, 402), RED, body, RED)
    assert not is_double(standing(700, 400), RED, body, RED)
    assert same_body(standing(505, 402), body) and not same_body(standing(700, 400), body)


def test_a_body_made_of_parts_of_another_is_not_believed_but_a_partner_is():
    body = standing()
    small = standing(500, 350, SCALE / 3)
    assert is_double(small, RED, body, RED)
    partner = standing(590, 400)  # half hidden behind, in other clothes, seen well
    assert not is_double(partner, BLUE, body, RED)
    assert is_double(partner, RED, body, RED)


def test_who_jumps_into_other_clothes_is_somebody_else():
    assert strayed(standing(), standing(700), likeness_now=0.2)
    assert not strayed(standing(), standing(700), likeness_now=0.9)
    assert not strayed(standing(), standing(510), likeness_now=0.2)  # an arm before the chest changes the colours, too
