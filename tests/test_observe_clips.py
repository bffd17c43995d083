"""The observer on real pictures and clips: what it sees, that a turned picture is seen turned, who stays who, odd clips."""

import weakref

import cv2
import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.observe.observer import Observer, main_track
from thespis.core.observe.view import ViewWatcher
from thespis.models.landmarks.names import BLENDSHAPE_NAMES, BODY_LANDMARK
from thespis.tests import samples
from thespis.tests.samples import walk_frames

FPS = 30.0
SHOULDERS = [BODY_LANDMARK["left_shoulder"], BODY_LANDMARK["right_shoulder"]]
TRUNK = [BODY_LANDMARK[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip")]
MIRRORED = np.array(
    [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(k + 1 if k % 2 else k - 1 for k in range(11, 33))]
)  # the number of each point's opposite
JUMPER = (slice(0, 480), slice(330, 1010))
"""Where the man on the roof is: rows, columns of the walking clip's first two seconds."""


@pytest.fixture(scope="module")
def observer():
    return Observer("cpu")


@pytest.fixture(scope="module")
def astronaut():
    return samples.astronaut()


@pytest.fixture(scope="module")
def jumper():
    """Frames 24 to 35: a jumping jack, the arms go up."""
    return [np.ascontiguousarray(frame[JUMPER]) for frame in walk_frames(24, 36)]


@pytest.fixture(scope="module")
def portrait(observer, astronaut):
    return main_track(observer.observe([astronaut], 1.0))


@pytest.fixture(scope="module")
def jump(observer, jumper):
    return main_track(observer.observe(jumper, FPS))


def transformed(image, turn: float, scale: float, size: tuple[int, int], at: tuple[float, float]):
    """The picture turned clockwise by `turn` degrees and scaled about its middle, which lands on `at`, and the (2, 3) map."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -turn, scale)
    matrix[:, 2] += np.array(at) - [(width - 1) / 2, (height - 1) / 2]
    warped = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_AREA, borderValue=(120, 120, 120))
    return warped, matrix


def span(points) -> float:
    """The diagonal of the trunk, in pixels: what errors are measured against."""
    return float(np.linalg.norm(points[TRUNK[0]] - points[TRUNK[3]]))


# ---- what is seen


def test_a_smiling_portrait(portrait):
    assert portrait.body_score[0] > 0.8 and portrait.face_score[0] > 0.9
    blendshapes = dict(zip(BLENDSHAPE_NAMES, portrait.blendshapes[0], strict=True))
    assert min(blendshapes["mouthSmileLeft"], blendshapes["mouthSmileRight"]) > 0.6
    assert max(blendshapes[name] for name in ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthFunnel", "mouthFrownLeft")) < 0.3
    body, face = portrait.body[0], portrait.face[0]
    # She faces the camera: her left is on the picture's right.
    assert body[BODY_LANDMARK["left_shoulder"], 0] > body[BODY_LANDMARK["right_shoulder"], 0] + 100
    # Measured by hand in the picture: right eye's and left eye's pupil, tip of the nose.
    for point, place in ((468, (202, 110)), (473, (250, 108)), (1, (232, 137))):
        assert np.hypot(*(face[point] - place)) < 12, point
    assert (np.ptp(face, axis=0) > 60).all() and (np.ptp(face, axis=0) < 180).all()


def test_what_the_picture_does_not_show_is_said_to_be_absent(portrait):
    """Legs and hands lie below the portrait's edge."""
    knees = [BODY_LANDMARK["left_knee"], BODY_LANDMARK["right_knee"]]
    assert (portrait.body_visibility * portrait.body_presence)[0, knees].max() < 0.3
    assert (portrait.body_visibility * portrait.body_presence)[0, SHOULDERS].min() > 0.8
    assert portrait.hands_score[0].max() == 0 and np.isnan(portrait.hands).all()


def test_depths_are_those_of_a_face_and_a_body(portrait, jump):
    """The nose is nearer the camera than the ears; a standing man is about as tall as men are."""
    depth = portrait.face_depth[0]
    assert depth[1] < min(depth[234], depth[454]) - 10
    world = jump.body_world[0]
    nose, ankles = world[0], world[[BODY_LANDMARK["left_ankle"], BODY_LANDMARK["right_ankle"]]].mean(axis=0)
    assert 1.2 < ankles[1] - nose[1] < 1.8
    assert np.abs(world[[BODY_LANDMARK["left_hip"], BODY_LANDMARK["right_hip"]]].mean(axis=0)).max() < 0.03


def test_hands_hang_on_their_own_wrists(jump):
    seen = jump.hands_score > 0
    assert seen.sum() >= 5
    for frame, side in np.argwhere(seen):
        wrists = jump.body[frame, [BODY_LANDMARK["left_wrist"], BODY_LANDMARK["right_wrist"]]]
        gaps = np.hypot(*(wrists - jump.hands[frame, side, 0]).T)
        assert gaps[side] < gaps[1 - side] and gaps[side] < 0.25 * span(jump.body[frame])


# ---- a changed picture is seen changed


@pytest.mark.parametrize(
    ("turn", "scale", "size", "at"),
    [
        (0, 0.75, (800, 600), (420, 300)),
        (20, 0.8, (900, 900), (450, 430)),
        (-35, 1.0, (1000, 1100), (500, 560)),
        (0, 0.5, (361, 481), (170, 200)),
        (90, 1.0, (700, 900), (330, 480)),
    ],
)
def test_a_turned_and_scaled_man_is_seen_turned_and_scaled(observer, jumper, jump, turn, scale, size, at):
    image, matrix = transformed(jumper[6], turn, scale, size, at)
    track = main_track(observer.observe([image], FPS))
    wanted = jump.body[6] @ matrix[:, :2].T + matrix[:, 2]
    error = np.hypot(*(track.body[0] - wanted).T) / span(wanted)
    assert np.median(error) < 0.06 and error[TRUNK].max() < 0.15
    # Metres do not shrink with the picture, but turn with it.
    turned = jump.body_world[6].astype(float)
    turned[:, :2] = turned[:, :2] @ (matrix[:, :2] / scale).T
    off = np.linalg.norm(track.body_world[0] - turned, axis=1)
    assert np.median(off) < 0.08


@pytest.mark.parametrize(("turn", "scale", "at"), [(15, 1.0, (330, 300)), (-25, 0.7, (300, 260)), (0, 1.6, (300, 380))])
def test_a_turned_and_scaled_face_is_seen_turned_and_scaled(observer, astronaut, portrait, turn, scale, at):
    image, matrix = transformed(astronaut, turn, scale, (640, 620), at)
    track = main_track(observer.observe([image], 1.0))
    wanted = portrait.face[0] @ matrix[:, :2].T + matrix[:, 2]
    extent = np.ptp(wanted, axis=0).max()
    assert np.hypot(*(track.face[0] - wanted).T).max() < 0.06 * extent
    assert np.abs(track.face_depth[0] - scale * portrait.face_depth[0]).max() < 0.1 * extent
    assert np.abs(track.blendshapes[0] - portrait.blendshapes[0]).max() < 0.25


def test_in_the_mirror_left_is_right(observer, jumper, jump):
    """Hands too: the mirrored man's left hand is where his right one was."""
    mirrored = main_track(observer.observe([np.ascontiguousarray(frame[:, ::-1]) for frame in jumper], FPS))
    width = jumper[0].shape[1]
    error = np.hypot(*(mirrored.body[:, MIRRORED] * [-1, 1] + [width - 1, 0] - jump.body).reshape(-1, 2).T)
    assert np.median(error) < 0.05 * span(jump.body[0])
    both = (jump.hands_score > 0) & (mirrored.hands_score[:, ::-1] > 0)
    assert both.sum() >= 3
    hands = mirrored.hands[:, ::-1][both] * [-1, 1] + [width - 1, 0]
    assert np.median(np.hypot(*(hands - jump.hands[both]).reshape(-1, 2).T)) < 0.05 * span(jump.body[0])


def test_the_fast_model_sees_the_same_man(jumper, jump):
    track = main_track(Observer("cpu", model="full").observe(jumper[:3], FPS))
    error = np.hypot(*(track.body[0] - jump.body[0]).T) / span(jump.body[0])
    assert np.median(error) < 0.08


def test_seeing_twice_is_seeing_the_same(observer, jumper, jump):
    again = main_track(observer.observe(iter(jumper), FPS))
    for name, values in vars(jump).items():
        np.testing.assert_array_equal(getattr(again, name), values)


# ---- odd clips


def test_a_cat_is_nobody(observer):
    tracks = observer.observe([samples.cat()] * 3, FPS)
    with pytest.raises(ThespisError, match=r"No person was found.*Choose"):
        main_track(tracks)


@pytest.mark.parametrize("frames", [[], [np.full((361, 481, 3), 128, np.uint8)], [np.zeros((1, 1, 3), np.uint8)] * 2])
def test_nothing_to_see_is_nobody(observer, frames):
    assert observer.observe(frames, FPS) == []


@pytest.fixture(scope="module")
def coming_and_going(observer, jumper):
    """Nobody for 6 frames, 8 frames of the man, 20 of the empty background, the man again."""
    rows, columns = jumper[0].shape[:2]
    empty = np.full((rows, columns, 3), np.mean(jumper[0], axis=(0, 1)), np.uint8)
    clip = [empty] * 6 + jumper[:8] + [empty] * 20 + jumper[4:]
    return observer.observe(clip, FPS)


def test_who_comes_late_leaves_and_comes_back_is_one_person(coming_and_going):
    assert len(coming_and_going) == 1
    seen = coming_and_going[0].body_score > 0
    assert len(seen) == 42
    assert not seen[:6].any() and not seen[14:34].any()
    assert seen[8:14].all() and seen[37:].all()


def test_where_nobody_is_there_is_nothing(coming_and_going):
    track = coming_and_going[0]
    away = track.body_score == 0
    for name in ("box", "body", "body_world", "hands", "face", "blendshapes"):
        assert np.isnan(getattr(track, name)[away]).all()
    for name in ("body_visibility", "body_presence", "hands_score", "face_score"):
        assert (getattr(track, name)[away] == 0).all()
    assert not np.isnan(track.body[~away]).any()


def test_a_cut_to_somebody_else_begins_somebody_else(observer, jumper, astronaut):
    rows, columns = jumper[0].shape[:2]
    other = cv2.resize(astronaut, (columns, rows), interpolation=cv2.INTER_AREA)
    tracks = observer.observe(jumper[:6] + [other] * 6, FPS)
    seen = sorted(np.flatnonzero(track.body_score > 0).tolist() for track in tracks)
    assert seen == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_after_a_cut_to_a_close_up_the_same_man_is_followed(observer, jumper):
    rows, columns = jumper[0].shape[:2]
    close = [cv2.resize(frame[20:270, 130:480], (columns, rows), interpolation=cv2.INTER_LINEAR) for frame in jumper[6:]]
    view = ViewWatcher(FPS)
    tracks = observer.observe(jumper[:6] + close, FPS, view=view)
    assert view.view().cuts == (6,)
    assert [np.flatnonzero(track.body_score > 0).tolist() for track in tracks] == [list(range(12))]


@pytest.mark.parametrize("in_front", [False, True])
def test_nobody_is_followed_twice(observer, in_front):
    """A man walks up to another who stands still, and one hides the other: the hidden one does not become the other."""
    standing = samples.man()
    walking = np.ascontiguousarray(standing[:, ::-1])
    frames = []
    for x in [*range(600, 99, -50), *[100] * 6]:
        frame = np.full((560, 1200, 3), 120, np.uint8)
        men = [(100, standing), (x, walking)]
        for left, man in men if in_front else men[::-1]:
            frame[20:540, left : left + 460] = man
        frames.append(frame)
    tracks = observer.observe(frames, 12.0)
    assert len(tracks) == 2
    seen = np.array([track.body_score > 0 for track in tracks])
    assert seen[:, 0].all()
    assert (seen[:, -6:].sum(axis=0) == 1).all()


@pytest.fixture(scope="module")
def two(observer):
    """Frames 56 to 79: the man on the roof and the woman who walks."""
    return observer.observe(walk_frames(56, 80), FPS)


def test_two_people_are_two_and_stay_themselves(two):
    assert len(two) == 2
    places = [np.nanmedian(track.body[:, 0], axis=0) for track in two]
    assert abs(places[0][1] - places[1][1]) > 300  # one on the roof, one on the ground
    for track in two:
        assert (track.body_score > 0).sum() >= 22
        steps = np.linalg.norm(np.diff(track.box[:, :2], axis=0), axis=1)
        assert np.nanmax(steps) < 0.15 * np.nanmedian(track.box[:, 2])


@pytest.fixture(scope="module")
def crowd():
    """The walking woman ten times: five in each of two rows."""
    frames = [np.ascontiguousarray(frame[480:980, 1010:1500]) for frame in walk_frames(64, 69)]
    smaller = [cv2.resize(frame, (294, 300), interpolation=cv2.INTER_AREA) for frame in frames]
    return [np.tile(frame, (2, 5, 1)) for frame in smaller]


def test_ten_people_are_ten(crowd):
    tracks = Observer("cpu", max_people=10).observe(crowd, FPS)
    assert len(tracks) == 10
    cells = {tuple((np.nanmedian(track.body[:, TRUNK], axis=(0, 1)) // [294, 300]).astype(int)) for track in tracks}
    assert len(cells) == 10


def test_no_more_are_followed_than_asked_for(crowd):
    tracks = Observer("cpu", max_people=3).observe(crowd, FPS)
    assert np.sum([track.body_score > 0 for track in tracks], axis=0).max() <= 3
    assert len(main_track(tracks)) == len(crowd)


# ---- one frame at a time


def test_frames_are_looked_at_one_by_one_and_dropped(observer, jumper):
    alive: set[int] = set()
    most = 0

    def frames():
        nonlocal most
        for number, image in enumerate(jumper):
            frame = image.copy()
            alive.add(number)
            weakref.finalize(frame, alive.discard, number)
            most = max(most, len(alive))
            yield frame
            del frame

    done: list[int] = []
    tracks = observer.observe(frames(), FPS, done.append)
    assert done == list(range(1, len(jumper) + 1))
    assert len(main_track(tracks)) == len(jumper)
    assert most <= 2
