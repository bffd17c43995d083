"""What is believed and what is not: hands, faces, people."""

import math
from dataclasses import replace

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.observe.face import agrees, turned_away
from thespis.core.observe.files import load_tracks, save_tracks
from thespis.core.observe.hands import KEPT, belongs, misfit, region_from_body, same_hand
from thespis.core.observe.observer import Observer, main_track, prominence
from thespis.core.observe.people import Person, is_double, recognise, same_body, strayed
from thespis.core.observe.reading import NOTHING, reading_of, steadied, track_of
from thespis.models.landmarks.names import BODY_LANDMARK
from thespis.tests.observe_cases import SCALE, face_at, hand_at, standing

LEFT, RIGHT = 0, 1
RED, BLUE = np.eye(2) * 0.98 + 0.01


def wrist(body, side):
    return body.points[BODY_LANDMARK[f"{('left', 'right')[side]}_wrist"]]


def test_a_hand_belongs_to_the_wrist_it_hangs_from():
    body = standing()
    assert belongs(hand_at(wrist(body, LEFT), right=0.1), body, LEFT)
    assert belongs(hand_at(wrist(body, RIGHT), right=0.9), body, RIGHT)
    assert not belongs(hand_at(wrist(body, LEFT), right=0.1), body, RIGHT)


@pytest.mark.parametrize(
    "hand",
    [
        hand_at(wrist(standing(), LEFT), right=0.1, score=0.2),
        hand_at(wrist(standing(), LEFT), right=0.1, length=0.02 * SCALE),
        hand_at(wrist(standing(), LEFT), right=0.1, length=0.6 * SCALE),
        hand_at(wrist(standing(), LEFT) + 0.5 * SCALE, right=0.1),
    ],
    ids=["unsure", "too small", "too large", "too far off"],
)
def test_a_hand_that_cannot_be_right_is_not_read(hand):
    assert not belongs(hand, standing(), LEFT)


def test_a_hand_that_was_seen_is_followed_through_blur():
    body = standing()
    blurred = hand_at(wrist(body, LEFT), right=0.1, score=(KEPT + 0.5) / 2)
    assert not belongs(blurred, body, LEFT)
    assert belongs(blurred, body, LEFT, KEPT)


def folded():
    """The person with both wrists nearly together, as in a prayer."""
    body = standing()
    points = body.points.copy()
    for side, x in ((LEFT, 4.0), (RIGHT, -4.0)):
        moved = np.array([500 + x, 330.0]) - wrist(body, side)
        for part in ("wrist", "pinky", "index", "thumb"):
            points[BODY_LANDMARK[f"{('left', 'right')[side]}_{part}"]] += moved
    return replace(body, points=points)


def test_where_wrists_meet_handedness_decides():
    body = folded()
    between = np.array([500.0, 330.0])
    assert belongs(hand_at(between, right=0.95), body, RIGHT)
    assert not belongs(hand_at(between, right=0.95), body, LEFT)
    assert misfit(hand_at(between, right=0.05), body, LEFT) < misfit(hand_at(between, right=0.05), body, RIGHT)


def test_two_hands_on_the_same_pixels_are_one():
    hand = hand_at(np.array([500.0, 330.0]), right=0.9)
    assert same_hand(hand, hand_at(np.array([503.0, 330.0]), right=0.2))
    assert not same_hand(hand, hand_at(np.array([540.0, 330.0]), right=0.2))


def test_a_hand_that_points_at_the_camera_keeps_a_sensible_region():
    body = standing()
    points = body.points.copy()
    for part in ("pinky", "index", "thumb"):
        points[BODY_LANDMARK[f"left_{part}"]] = wrist(body, LEFT) + 0.5
    region = region_from_body(replace(body, points=points), LEFT)
    assert 0.2 * SCALE < region.side < 0.6 * SCALE


def test_a_face_at_the_nose_agrees():
    body = standing()
    nose = body.points[0]
    assert agrees(face_at(nose), body)
    assert agrees(face_at(nose, turn=math.radians(25)), body)


@pytest.mark.parametrize(
    "face",
    [
        face_at(standing().points[0], score=0.3),
        face_at(standing().points[0], upside_down=True),
        face_at(standing().points[0], turn=math.radians(80)),
        face_at(standing().points[0] + [0.3 * SCALE, 0]),
    ],
    ids=["unsure", "upside down", "askew", "beside the head"],
)
def test_a_face_that_cannot_be_right_does_not_agree(face):
    assert not agrees(face, standing())


def test_the_back_of_a_head_is_known():
    assert turned_away(standing(back=True))
    assert not turned_away(standing())


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


def lost_person(x, clothes, missing=10, shot=0):
    return Person(standing(x), clothes, shot, missing=missing)


def test_lost_people_are_recognised_together():
    red, blue = lost_person(300, RED), lost_person(700, BLUE)
    # They have changed places while nobody saw them.
    assert recognise([red, blue], [standing(300), standing(700)], [BLUE, RED], shot=0) == [blue, red]
    assert recognise([red], [standing(300)], [BLUE], shot=0) == [None]
    assert recognise([], [standing(300)], [RED], shot=0) == [None]


def test_after_a_cut_a_person_is_somebody_new_unless_nothing_changed():
    red = lost_person(300, RED, missing=1)
    assert recognise([red], [standing(900)], [RED], shot=1) == [None]
    assert recognise([red], [standing(302)], [RED], shot=1) == [red]


def person_readings(frames, x=500.0, scale=SCALE, face_in=()):
    body = standing(x, scale=scale)
    return {k: reading_of(body, (None, None), face_at(body.points[0]) if k in face_in else None) for k in frames}


def test_a_track_says_where_the_person_was_not_seen():
    track = track_of(person_readings([0, 1, 4]), 6)
    assert track.frames.tolist() == [0, 1, 2, 3, 4, 5]
    assert (track.body_score > 0).tolist() == [True, True, False, False, True, False]
    assert np.isnan(track.body[[2, 3, 5]]).all() and np.isfinite(track.body[[0, 1, 4]]).all()
    assert np.isnan(track.box[2]).all() and track.body_visibility[2].max() == 0
    assert np.isnan(track.hands).all() and track.hands_score.max() == 0
    assert np.isnan(track.blendshapes).all()


def test_a_face_that_flashes_up_is_left_out_and_a_lasting_one_kept():
    readings = person_readings(range(30), face_in=[3, 4, *range(10, 20), 29])
    track = track_of(steadied(readings, 30), 30)
    assert np.flatnonzero(track.face_score).tolist() == [*range(10, 20), 29]
    assert np.isnan(track.face[3]).all() and np.isfinite(track.body).all()
    assert steadied(person_readings([0], face_in=[0]), 1)[0].face_score == 1


def test_the_main_person_is_large_and_there_throughout():
    steady = track_of(person_readings(range(20)), 20)
    passing = track_of(person_readings(range(6), scale=1.5 * SCALE), 20)
    small = track_of(person_readings(range(20), scale=SCALE / 2), 20)
    assert main_track([small, passing, steady]) is steady
    assert prominence(track_of({0: NOTHING}, 1)) == 0


def test_nobody_is_said():
    with pytest.raises(ThespisError, match=r"No person was found.*Choose a clip"):
        main_track([])


def test_tracks_come_back_from_disk(tmp_path):
    tracks = [track_of(person_readings(range(5), face_in=[2]), 8), track_of(person_readings([7]), 8)]
    save_tracks(tracks, tmp_path / "tracks.npz")
    for written, read in zip(tracks, load_tracks(tmp_path / "tracks.npz"), strict=True):
        for name, value in vars(written).items():
            np.testing.assert_array_equal(getattr(read, name), value)
    save_tracks([], tmp_path / "nobody.npz")
    assert load_tracks(tmp_path / "nobody.npz") == []


def test_files_that_are_no_tracks_are_said(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.savez(tmp_path / "other.npz", poses=np.zeros(3))
    np.savez(tmp_path / "pickled.npz", people=np.array([{}], object))
    np.save(tmp_path / "single.npy", np.zeros(3))
    for name in ("text.npz", "empty.npz", "other.npz", "pickled.npz", "single.npy", "missing.npz"):
        with pytest.raises(ThespisError, match=name):
            load_tracks(tmp_path / name)


@pytest.mark.parametrize("wrong", [{"model": "huge"}, {"max_people": 0}, {"device": "toaster"}])
def test_wrong_settings_are_said(wrong):
    with pytest.raises(ThespisError, match="Choose"):
        Observer(**wrong)
