"""Which faces and hands are believed, who is who, and what a track holds: on bodies made of numbers."""

from dataclasses import replace

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.observe.body import BodyReading
from thespis.core.observe.face import FaceReading, agrees, turned_away
from thespis.core.observe.files import load_tracks, save_tracks
from thespis.core.observe.hands import HandReader, HandReading, belongs, region_from_body, same_hand
from thespis.core.observe.looks import clothes, likeness
from thespis.core.observe.observer import Observer, main_track
from thespis.core.observe.people import Person, recognise, same_body
from thespis.core.observe.reading import NOTHING, reading_of, steadied, track_of
from thespis.core.observe.regions import Region
from thespis.models.landmarks.names import BODY_LANDMARK

SCALE = 200.0
"""Pixels of a metre."""
FRAME = np.zeros((600, 800, 3), np.uint8)
# Somebody who faces the camera with arms stretched out: x right, y down, metres about the hips' middle.
JOINTS = {
    "nose": (0, -0.62), "left_eye_inner": (0.015, -0.65), "left_eye": (0.03, -0.65), "left_eye_outer": (0.045, -0.65),
    "left_ear": (0.075, -0.63), "mouth_left": (0.025, -0.58), "left_shoulder": (0.18, -0.45), "left_elbow": (0.43, -0.45),
    "left_wrist": (0.68, -0.45), "left_pinky": (0.76, -0.43), "left_index": (0.77, -0.47), "left_thumb": (0.71, -0.5),
    "left_hip": (0.1, 0), "left_knee": (0.1, 0.42), "left_ankle": (0.1, 0.83), "left_heel": (0.1, 0.87),
    "left_foot_index": (0.13, 0.88),
}  # fmt: skip


def somebody(x: float = 400, y: float = 300, scale: float = SCALE) -> BodyReading:
    world = np.zeros((33, 3))
    for name, place in JOINTS.items():
        world[BODY_LANDMARK[name], :2] = place
        opposite = name.replace("left", "right")
        world[BODY_LANDMARK[opposite], :2] = (-place[0] if opposite != name else place[0], place[1])
    region = Region(x, y, 2.5 * scale)
    ones = np.ones(33)
    return BodyReading(region, region, 0.99, world[:, :2] * scale + [x, y], ones, ones, world)


def moved(body: BodyReading, **places: tuple[float, float]) -> BodyReading:
    points = body.points.copy()
    for name, place in places.items():
        points[BODY_LANDMARK[name]] = place
    return replace(body, points=points)


# ---- hands


def hand_points() -> np.ndarray:
    """A flat hand, wrist at the origin, fingers up, 18 cm: (21, 2) metres."""
    points = [(0.0, 0.0), (-0.03, -0.03), (-0.05, -0.06), (-0.06, -0.08), (-0.07, -0.1)]
    for x in (-0.03, -0.01, 0.01, 0.03):
        points += [(x, -0.09), (x, -0.12), (x, -0.15), (x, -0.18)]
    return np.array(points)


def a_hand(wrist, right: float, score: float = 0.95, size: float = 1.0) -> HandReading:
    world = np.column_stack([hand_points(), np.zeros(21)])
    return HandReading(score, hand_points() * SCALE * size + np.asarray(wrist), world, right)


LEFT, RIGHT = (somebody().points[BODY_LANDMARK[f"{side}_wrist"]] for side in ("left", "right"))


def test_a_hand_belongs_to_its_own_wrist():
    assert belongs(a_hand(LEFT, right=0.05), somebody(), 0)
    assert belongs(a_hand(RIGHT, right=0.95), somebody(), 1)
    assert not belongs(a_hand(LEFT, right=0.05), somebody(), 1)
    assert not belongs(a_hand(RIGHT, right=0.95), somebody(), 0)


def test_with_both_wrists_in_one_place_the_handedness_decides():
    body = moved(somebody(), left_wrist=(400, 250), right_wrist=(404, 250))
    for right, side in ((0.05, 0), (0.95, 1)):
        hand = a_hand((402, 250), right)
        assert belongs(hand, body, side)
        assert not belongs(hand, body, 1 - side)


@pytest.mark.parametrize(
    "hand",
    [
        a_hand(LEFT, 0.05, score=0.2),
        a_hand(LEFT + [0, 60], 0.05),
        a_hand(LEFT, 0.05, size=3.0),
        a_hand(LEFT, 0.05, size=0.2),
    ],
    ids=["unsure", "off the wrist", "too large", "too small"],
)
def test_hands_that_cannot_be_are_refused(hand):
    assert not belongs(hand, somebody(), 0)


def test_the_region_for_a_hand_lies_beyond_the_wrist_and_never_vanishes():
    body = somebody()
    region = region_from_body(body, 0)
    assert region.x > LEFT[0] and abs(region.y - LEFT[1]) < 20
    assert region.side > 0.28 * body.pixels_per_metre()
    at_camera = moved(body, left_index=tuple(LEFT), left_pinky=tuple(LEFT))
    assert region_from_body(at_camera, 0).side >= 0.28 * at_camera.pixels_per_metre() - 1e-6


class Recropped:
    """Networks of which only hand_recrop is asked, for a square in the middle of what it is shown."""

    def run(self, name, value):
        assert name == "hand_recrop" and value.shape == (1, 256, 256, 3)
        return {"points": np.array([[128.0, 128.0, 128.0, 60.0]], np.float32)}


@pytest.fixture
def reader_of(monkeypatch):
    """Readers to whom one and the same hand is shown wherever they look."""

    def make(hand: HandReading) -> HandReader:
        monkeypatch.setattr(HandReader, "_look", lambda self, frame, region, side: hand)
        return HandReader(Recropped())

    return make


@pytest.mark.parametrize(("right", "side"), [(0.05, 0), (0.95, 1), (0.45, 0), (0.55, 1)])
def test_two_hands_are_never_on_the_same_pixels(reader_of, right, side):
    """Both wrists near one another, one hand to be seen: it is given once, to the side it looks like."""
    body = moved(
        somebody(), left_wrist=(402, 250), left_index=(402, 230), left_pinky=(404, 230),
        right_wrist=(398, 250), right_index=(398, 230), right_pinky=(396, 230),
    )  # fmt: skip
    hands = reader_of(a_hand((400, 250), right)).read(FRAME, body)
    assert hands[side] is not None and hands[1 - side] is None


def test_a_hand_that_looks_like_the_other_one_is_looked_at_in_the_mirror_and_counts_little(reader_of, monkeypatch):
    certain = reader_of(a_hand(LEFT, 0.05)).read(FRAME, somebody())[0]
    mistaken = reader_of(a_hand(LEFT, 0.58)).read(FRAME, somebody())[0]
    assert certain is not None and mistaken is not None and mistaken.score < 0.1 * certain.score

    seen = {0: a_hand(LEFT, 0.58), 1: a_hand(LEFT, 0.05)}
    monkeypatch.setattr(HandReader, "_look", lambda self, frame, region, side: seen[side])
    mended = HandReader(Recropped()).read(FRAME, somebody())[0]
    assert mended is not None and mended.score == pytest.approx(certain.score)


def test_a_wrist_that_is_not_seen_has_no_hand(reader_of):
    reader = reader_of(a_hand(LEFT, 0.05))
    assert reader.read(FRAME, somebody())[0] is not None
    hidden = replace(somebody(), visibility=np.where(np.arange(33) == BODY_LANDMARK["left_wrist"], 0.01, 1.0))
    assert reader.read(FRAME, hidden) == (None, None)


def test_hands_of_few_pixels_count_little(reader_of):
    large = reader_of(a_hand(LEFT, 0.05, 0.97)).read(FRAME, somebody())[0]
    assert large is not None and large.score == pytest.approx(0.97)
    body = somebody(scale=80)
    small = a_hand(body.points[BODY_LANDMARK["left_wrist"]], 0.05, 0.97, size=80 / SCALE)
    read = reader_of(small).read(FRAME, body)[0]
    assert read is not None and 0 < read.score < 0.5
    tiny = somebody(scale=30)
    few = a_hand(tiny.points[BODY_LANDMARK["left_wrist"]], 0.05, 0.97, size=30 / SCALE)
    assert reader_of(few).read(FRAME, tiny) == (None, None)


def test_same_hand():
    assert same_hand(a_hand((0, 0), 0), a_hand((3, 3), 1))
    assert not same_hand(a_hand((0, 0), 0), a_hand((30, 0), 1))


# ---- faces


def a_face(body: BodyReading, turn: float = 0.0, shift=(0, 0), score: float = 0.99) -> FaceReading:
    """An oval of points where the body's head is, turned about the nose."""
    points = np.zeros((478, 2))
    angle = np.linspace(0, 2 * np.pi, 478)
    points[:] = np.column_stack([0.07 * np.sin(angle), -0.09 * np.cos(angle) - 0.01])
    points[1], points[33], points[263], points[10], points[152] = (0, 0), (-0.045, -0.03), (0.045, -0.03), (0, -0.1), (0, 0.08)
    c, s = np.cos(turn), np.sin(turn)
    points = points @ np.array([[c, s], [-s, c]]) * SCALE + body.points[0] + shift
    return FaceReading(score, points, np.zeros(478), np.zeros(52))


def test_a_face_that_lies_on_the_bodys_face_is_believed():
    assert agrees(a_face(somebody()), somebody())
    assert agrees(a_face(somebody(), turn=0.3), somebody())


@pytest.mark.parametrize(
    "face",
    [
        a_face(somebody(), turn=np.pi),
        a_face(somebody(), turn=np.pi / 2),
        a_face(somebody(), shift=(40, 0)),
        a_face(somebody(), score=0.1),
    ],
    ids=["upside down", "lying", "beside", "unsure"],
)
def test_faces_that_contradict_the_body_are_refused(face):
    assert not agrees(face, somebody())


def test_the_back_of_a_head_has_no_face():
    """Seen from behind, the body's left eye lies left of its right one, above the mouth."""
    assert not turned_away(somebody())
    behind = somebody()
    assert turned_away(replace(behind, points=(behind.points - [400, 0]) * [-1, 1] + [400, 0]))
    # Standing on the head before the camera is not turned away.
    assert not turned_away(replace(behind, points=(behind.points - [400, 300]) * [-1, -1] + [400, 300]))


# ---- who is who


def look(colour) -> np.ndarray:
    frame = np.zeros((600, 800, 3), np.uint8)
    frame[:] = colour
    return clothes(frame, somebody())


RED, BLUE = look((200, 30, 30)), look((30, 30, 200))


def lost(body: BodyReading, colours: np.ndarray, missing: int = 10, shot: int = 0) -> Person:
    return Person(body, colours, shot, missing=missing)


def test_colours_tell_people_apart():
    assert likeness(RED, RED) == pytest.approx(1)
    assert likeness(RED, BLUE) < 0.45


def test_who_comes_back_is_recognised():
    person = lost(somebody(), RED)
    assert recognise([person], [somebody(450)], [RED], 0) == [person]
    assert recognise([person], [somebody(450)], [BLUE], 0) == [None]


def test_two_who_come_back_with_changed_places_are_told_apart_by_their_clothes():
    red, blue = lost(somebody(300), RED), lost(somebody(500), BLUE)
    assert recognise([red, blue], [somebody(320), somebody(480)], [BLUE, RED], 0) == [blue, red]


def test_after_a_cut_somebody_is_known_by_the_clothes_wherever_they_are():
    person = lost(somebody(), RED, missing=1, shot=0)
    assert recognise([person], [somebody(scale=600)], [RED], 1) == [person]
    assert recognise([person], [somebody(405)], [BLUE], 1) == [None]


def test_nobody_is_two_people():
    person = lost(somebody(), RED)
    assert recognise([person], [somebody(410), somebody(420)], [RED, RED], 0).count(person) == 1


def test_one_body_seen_twice():
    assert same_body(somebody(), somebody(410))
    assert not same_body(somebody(), somebody(600))


# ---- tracks


def a_reading(hand: bool = True, face: bool = True):
    body = somebody()
    return reading_of(body, (a_hand(LEFT, 0.1) if hand else None, None), a_face(body) if face else None)


def test_a_track_is_as_long_as_the_clip_and_empty_where_nobody_was():
    track = track_of({2: a_reading(), 4: a_reading(hand=False, face=False)}, 6)
    assert len(track) == 6 and track.frames.tolist() == list(range(6))
    assert (track.body_score > 0).tolist() == [False, False, True, False, True, False]
    assert (track.hands_score[:, 0] > 0).tolist() == [False, False, True, False, False, False]
    assert (track.face_score > 0).tolist() == [False, False, True, False, False, False]
    for name in ("body", "body_world", "box", "hands", "hands_world", "face", "face_depth", "blendshapes"):
        values = getattr(track, name)
        assert values.dtype == np.float32 and np.isnan(values[[0, 1, 3, 5]]).all()
    assert np.isnan(track.hands[:, 1]).all() and not np.isnan(track.hands[2, 0]).any()
    np.testing.assert_allclose(track.body[2], somebody().points, rtol=1e-5)
    assert track.face.shape == (6, 478, 2) and track.blendshapes.shape == (6, 52)


def test_hands_and_faces_that_flash_up_are_dropped_and_lasting_ones_kept():
    readings = {k: a_reading(hand=k == 10 or 20 <= k < 28, face=k in (5, 6) or k >= 38) for k in range(40)}
    track = track_of(steadied(readings, 40), 40)
    assert np.flatnonzero(track.hands_score[:, 0] > 0).tolist() == list(range(20, 28))
    assert np.flatnonzero(track.face_score > 0).tolist() == [38, 39]  # cut off by the clip's end: it may have gone on
    assert (track.body_score > 0).all()
    assert steadied({0: a_reading()}, 1)[0].face_score > 0


def test_nothing_is_nothing():
    assert NOTHING.body_score == 0 and NOTHING.hands_score.sum() == 0 and np.isnan(NOTHING.body).all()


def test_the_main_person_is_the_largest_and_steadiest():
    def standing(scale: float, frames: range):
        body = somebody(scale=scale)
        return track_of({k: reading_of(body, (None, None), None) for k in frames}, 20)

    small, large, passing = standing(100, range(20)), standing(200, range(20)), standing(250, range(6))
    assert main_track([small, passing, large]) is large
    with pytest.raises(ThespisError, match="No person was found"):
        main_track([])


def test_tracks_survive_the_disk(tmp_path):
    tracks = [track_of({0: a_reading(), 2: a_reading(face=False)}, 4), track_of({1: a_reading()}, 4)]
    save_tracks(tracks, tmp_path / "tracks.npz")
    again = load_tracks(tmp_path / "tracks.npz")
    assert len(again) == 2
    for first, second in zip(tracks, again, strict=True):
        for name, values in vars(first).items():
            np.testing.assert_array_equal(values, getattr(second, name))
    save_tracks([], tmp_path / "none.npz")
    assert load_tracks(tmp_path / "none.npz") == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["none.npz", "tracks.npz"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_files_that_hold_no_tracks_are_refused(tmp_path, content):
    path = tmp_path / "tracks.npz"
    with pytest.raises(ThespisError, match="no such file"):
        load_tracks(path)
    path.write_bytes(content)
    with pytest.raises(ThespisError, match=r"tracks\.npz.*Observe the clip again"):
        load_tracks(path)
    np.savez(path, something=np.zeros(3))
    with pytest.raises(ThespisError, match="Observe the clip again"):
        load_tracks(path)


def test_what_cannot_be_asked_for_is_refused():
    with pytest.raises(ThespisError, match="heavy, full"):
        Observer("cpu", model="enormous")
    with pytest.raises(ThespisError, match="1 or more"):
        Observer("cpu", max_people=0)
    with pytest.raises(ThespisError, match="no such device"):
        Observer("toaster")


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([np.zeros((40, 60, 3), np.float32)], "Frame 0 is not an 8-bit RGB picture"),
        ([np.zeros((40, 60), np.uint8)], "Frame 0 is not"),
        ([np.zeros((40, 60, 4), np.uint8)], "Frame 0 is not"),
        ([np.zeros((40, 60, 3), np.uint8), np.zeros((60, 40, 3), np.uint8)], "Frame 1 is 40 x 60.*were 60 x 40"),
    ],
)
def test_frames_that_are_no_pictures_are_refused(frames, reason):
    with pytest.raises(ThespisError, match=reason):
        Observer("cpu").observe(frames, 30.0)
