"""Before a fit: what a path names, single frames, who is in a clip, and who is meant when somebody is pointed at."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from thespis.core.clip_path import clip_exists, clip_name, pattern_of, pictures_of
from thespis.core.engine.client import EngineClient
from thespis.core.engine.look_job import look_of, submit_look
from thespis.core.errors import ThespisError
from thespis.core.footage import open_clip, read_moments, read_pictures
from thespis.core.footage.write import MovieWriter
from thespis.core.observe.choose import PersonAt, parse_person, pointed_at
from thespis.core.progress import Progress
from thespis.core.take.fit_clip import observe_clip
from thespis.core.take.look import PERSON_SIDE, look_at_clip
from thespis.core.take.options import FitOptions
from thespis.tests.clips import make_clip
from thespis.tests.samples import WALK

MAN, WOMAN = (656, 261), (1033, 738)
"""About where the two of the sample clip are in frame 98, measured by eye."""


# ---- paths


def test_numbered_pictures_are_named_by_a_pattern(tmp_path):
    for name in ("shot_0009.png", "shot_0010.png", "shot_9.png", "shot_0011.jpg", "note.txt", "alone_1.png"):
        (tmp_path / name).touch()
    pattern = pattern_of(tmp_path / "shot_0010.png")
    assert pattern == tmp_path / "shot_####.png"
    assert [path.name for path in pictures_of(pattern)] == ["shot_0009.png", "shot_0010.png"]
    assert clip_exists(pattern) and clip_name(pattern) == "shot" and not clip_exists(tmp_path / "shut_####.png")
    assert pattern_of(tmp_path / "alone_1.png") is None and pattern_of(tmp_path / "note.txt") is None
    assert clip_name(tmp_path / "walk.v2.mp4") == "walk.v2"
    (tmp_path / "take#1.png").touch()  # a name of its own
    assert clip_exists(tmp_path / "take#1.png") and clip_name(tmp_path / "take#1.png") == "take#1"


def test_a_pattern_is_a_clip(tmp_path):
    import cv2

    for number in (1, 2, 10):
        cv2.imwrite(str(tmp_path / f"a{number:03d}.png"), np.full((40, 60, 3), 10 * number, np.uint8))
        cv2.imwrite(str(tmp_path / f"b{number:03d}.png"), np.full((40, 60, 3), 255, np.uint8))
    clip = open_clip(tmp_path / "a###.png", fps=25)
    assert (clip.frame_count, clip.size, clip.fps) == (3, (60, 40), 25)
    assert [int(picture.image.mean()) for picture in read_pictures(clip)] == [10, 20, 100]
    assert [(p.index, int(p.image.mean())) for p in read_moments(clip, [0, 2])] == [(0, 10), (2, 100)]
    with pytest.raises(ThespisError, match="no such file"):
        open_clip(tmp_path / "c###.png")


def test_single_frames_are_those_of_the_whole(tmp_path):
    """A movie whose key frames are far apart, with every frame of another grey."""
    path = tmp_path / "grey.mp4"
    with MovieWriter(path, 30, (64, 48), keyframe_interval=25) as movie:
        for number in range(60):
            movie.write(np.full((48, 64, 3), 4 * number, np.uint8))
    clip = open_clip(path)
    whole = {picture.index: picture.image for picture in read_pictures(clip)}
    wanted = [0, 1, 24, 25, 26, 49, 59]
    single = {picture.index: picture.image for picture in read_moments(clip, wanted)}
    assert list(single) == wanted
    for index in wanted:
        np.testing.assert_array_equal(single[index], whole[index])


# ---- who is meant


@given(
    st.lists(st.tuples(st.floats(0, 1900), st.floats(0, 1000), st.floats(20, 400)), min_size=1, max_size=5),
    st.integers(0, 4),
)
def test_who_is_pointed_at_in_their_middle_is_meant(people, number):
    """Whoever else is there; of two on one another the one whose middle it is."""
    number %= len(people)
    rng = np.random.default_rng(0)
    shape = rng.uniform(-1, 1, (33, 2))
    shape = 2 * (shape - shape.min(0)) / np.ptp(shape, axis=0) - 1
    bodies = [(np.array([x, y]) + side * shape, np.ones(33)) for x, y, side in people]
    x, y, _ = people[number]
    found = pointed_at(x, y, bodies)
    assert found is not None and np.hypot(people[found][0] - x, people[found][1] - y) < 1e-6 + people[found][2] * 1e-3
    assert pointed_at(5000.0, 5000.0, bodies) is None


@pytest.mark.parametrize("text", ["", "12", "3,4", "a,b@2", "3,4@-1", "3,4@1.5", "-3,4@5"])
def test_a_person_that_is_written_wrongly_is_refused(text):
    with pytest.raises(ThespisError, match="--person"):
        parse_person(text)
    assert parse_person(" 640, 360.5 @12 ") == PersonAt(640.0, 360.5, 12)


# ---- a real clip


@pytest.fixture(scope="module")
def sample():
    if not WALK.exists():
        pytest.skip("the sample clip is not there: ./dev test obtains it")
    return WALK


def test_a_look_shows_who_is_there(sample):
    look = look_at_clip(sample)
    assert look.clip.frame_count == 230 and max(look.first.shape) == 512
    assert 2 <= len(look.people) <= 3 and look.people[0].times >= 4 and look.people[1].times >= 3
    assert all(person.picture.shape == (PERSON_SIDE, PERSON_SIDE, 3) for person in look.people)
    assert all(person.picture.std() > 20 for person in look.people)
    at = look.people[0].at
    picture = next(read_moments(look.clip, [at.frame])).image
    around = picture[int(at.y) - 20 : int(at.y) + 20, int(at.x) - 20 : int(at.x) + 20].mean((0, 1))
    middle = look.people[0].picture[54:74, 54:74].mean((0, 1))
    assert np.abs(around - middle).max() < 40, "they are cut out where they are said to be"


@pytest.mark.parametrize("where", [MAN, WOMAN])
def test_who_is_pointed_at_is_followed(sample, where):
    """In a range in which both are there; hands and face are read of the one who is wanted."""
    clip = open_clip(sample)
    options = FitOptions(start=92, end=106, persons=(PersonAt(*where, 98),), people=3)
    (track,) = observe_clip(clip, options, 106, Progress())
    assert (track.body_score[98 - 92 :] > 0.5).all(), "found at the latest in the frame in which they are pointed at"
    assert np.hypot(*(np.nanmedian(track.body, axis=(0, 1)) - where)) < 120


def test_pointing_at_nobody_is_said(sample, tmp_path):
    from thespis.core.take.fit_clip import fit_clip

    clip = open_clip(sample)
    with pytest.raises(ThespisError, match=r"walk\.mp4: Nobody is seen at 100,100 in frame 0"):
        observe_clip(clip, FitOptions(persons=(PersonAt(100, 100, 0),)), 40, Progress())
    with pytest.raises(ThespisError, match="outside of the range 5 to 9"):
        fit_clip(sample, tmp_path / "take", FitOptions(start=5, end=9, persons=(PersonAt(*MAN, 3),)))


def test_an_empty_room_and_a_broken_file(tmp_path):
    look = look_at_clip(make_clip(tmp_path / "room.mp4"))
    assert look.people == [] and look.first.shape == (240, 320, 3)
    (tmp_path / "text.mp4").write_text("no movie")
    with pytest.raises(ThespisError, match=r"text\.mp4"):
        look_at_clip(tmp_path / "text.mp4")


def test_the_engine_looks(tmp_path):
    import sys
    from pathlib import Path

    client = EngineClient(Path(sys.executable), tmp_path / "log")
    try:
        look = look_of(client.wait(submit_look(client, make_clip(tmp_path / "room.mp4"))))
        assert (look.size, look.fps, look.frames, look.people) == ((320, 240), 30, 6, [])
        assert look.first.read_bytes().startswith(b"\x89PNG") and look.first.parent == client.folder
        with pytest.raises(ThespisError, match=r"gone\.mp4"):
            submit_look(client, tmp_path / "gone.mp4")
    finally:
        client.stop()
