"""Cuts and a moving camera, from made-up scenes whose cuts and moves are known."""

import cv2
import numpy as np
import pytest
from thespis.core.observe.camera_move import camera_moves
from thespis.core.observe.regions import Region
from thespis.core.observe.view import ViewWatcher

FPS = 30.0
SIZE = (960, 540)
NOISE = np.random.default_rng(0).integers(0, 8, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def scene(seed: int, size: tuple[int, int] = (1400, 900)) -> np.ndarray:
    """A picture with structure at every scale, larger than the frames cut out of it."""
    random = np.random.default_rng(seed)
    width, height = size
    image = np.zeros((height, width), np.float32)
    for cells in (4, 8, 16, 64, 200):
        rough = random.normal(0, 1, (cells * height // width + 2, cells + 2)).astype(np.float32)
        image += cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC)
    image = (image - image.min()) / np.ptp(image)
    return (30 + 190 * image[..., None].repeat(3, 2)).astype(np.uint8)


def frame_of(picture: np.ndarray, x: float = 200, y: float = 150, zoom: float = 1.0, noise: int = 0) -> np.ndarray:
    """SIZE pixels of `picture` whose top left is at (x, y), enlarged about their middle."""
    middle = np.array(SIZE) / 2
    matrix = np.array([[1 / zoom, 0, x + middle[0] * (1 - 1 / zoom)], [0, 1 / zoom, y + middle[1] * (1 - 1 / zoom)]])
    out = cv2.warpAffine(picture, matrix, SIZE, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT)
    return cv2.add(out, np.roll(NOISE, 7919 * noise))


def walker(frame: np.ndarray, x: float, height: int = 400) -> tuple[np.ndarray, Region]:
    """Somebody in stripes who walks through the frame, and the region round them."""
    out = frame.copy()
    left, width = int(x), height // 3
    stripes = (np.arange(height)[:, None, None] // 20 % 2 * 150 + 50).repeat(width, 1).repeat(3, 2).astype(np.uint8)
    first, stop = max(left, 0), max(min(left + width, SIZE[0]), 0)
    out[100 : 100 + height, first:stop] = stripes[:, first - left : stop - left]
    return out, Region(x + width / 2, 100 + height / 2, height)


def watched(frames, people=()):
    watcher = ViewWatcher(FPS)
    for k, frame in enumerate(frames):
        watcher.see(frame, people[k] if people else [])
    return watcher.view()


FIRST, SECOND, THIRD = (scene(seed) for seed in (1, 2, 3))


@pytest.mark.parametrize("after", [1, 2, 12])
def test_cuts_are_found_where_they_are(after):
    frames = [frame_of(FIRST, noise=k) for k in range(12)]
    frames += [frame_of(SECOND, noise=k) for k in range(after)] + [frame_of(THIRD, noise=k) for k in range(12)]
    assert watched(frames).cuts == (12, 12 + after)


def test_a_cut_to_a_close_up_of_the_same_scene_is_a_cut():
    frames = [frame_of(FIRST, noise=k) for k in range(12)] + [frame_of(FIRST, 260, 180, 2.2, k) for k in range(12)]
    assert watched(frames).cuts == (12,)


def test_a_cut_in_the_middle_of_a_pan_is_found():
    frames = [frame_of(FIRST, 12 * k, noise=k) for k in range(15)] + [frame_of(SECOND, 12 * k, noise=k) for k in range(15)]
    assert watched(frames).cuts == (15,)


def test_a_jump_cut_before_the_same_background_is_found():
    """The camera stays, time is left out: who was on the left is on the right."""
    places = [100 + 2 * k for k in range(15)] + [600 + 2 * k for k in range(15)]
    frames = [walker(frame_of(FIRST, noise=k), x, 430)[0] for k, x in enumerate(places)]
    assert watched(frames).cuts == (15,)


@pytest.mark.parametrize("length", [1, 2, 4])
@pytest.mark.parametrize("brightness", [255, 0])
def test_flashes_and_dropouts_are_no_cuts(length, brightness):
    frames = [frame_of(FIRST, noise=k) for k in range(40)]
    for k in range(12, 12 + length):
        frames[k] = np.full_like(frames[k], brightness)
    assert watched(frames).cuts == ()


def test_light_that_goes_on_is_no_cut():
    frames = [frame_of(FIRST, noise=k) for k in range(30)]
    frames[15:] = [np.clip(frame.astype(int) * 1.3 + 25, 0, 255).astype(np.uint8) for frame in frames[15:]]
    assert watched(frames).cuts == ()


@pytest.mark.parametrize("length", [6, 15, 30])
def test_a_cross_fade_is_no_cut(length):
    shares = np.concatenate([np.zeros(12), np.linspace(0, 1, length + 2)[1:-1], np.ones(12)])
    frames = [cv2.addWeighted(frame_of(FIRST, noise=k), 1 - s, frame_of(SECOND, noise=k), s, 0) for k, s in enumerate(shares)]
    assert watched(frames).cuts == ()


def test_somebody_who_runs_past_close_by_is_no_cut():
    frames = [walker(frame_of(FIRST, noise=k), -150 + 60 * k, 440)[0] for k in range(18)]
    assert watched(frames).cuts == ()


# ---- the camera


def moves_of(view):
    return camera_moves(view, FPS)


def test_a_still_camera_is_still_whoever_walks_by():
    pairs = [walker(frame_of(FIRST, noise=k), -100 + 12 * k) for k in range(60)]
    view = watched([frame for frame, _ in pairs], [[region] for _, region in pairs])
    assert moves_of(view) == []
    known = np.isfinite(view.motion).all((1, 2))
    assert known.mean() > 0.9
    assert np.abs(view.motion[known][:, :, 2]).max() < 1.0


def test_a_pan_is_found_with_its_frames_and_its_way():
    """Half a second still, a second of panning at 120 pixels a second, still again; someone walks in the picture."""
    x = 200 + np.concatenate([np.zeros(15), np.linspace(0, 120, 30), np.full(25, 120)])
    pairs = [walker(frame_of(FIRST, x[k], noise=k), 100 + 6 * k) for k in range(len(x))]
    view = watched([frame for frame, _ in pairs], [[region] for _, region in pairs])
    np.testing.assert_allclose(view.motion[-1, :, 2], [-120, 0], atol=2)
    (move,) = moves_of(view)
    assert abs(move.first - 15) <= 12 and abs(move.last - 44) <= 12
    assert move.speed == pytest.approx(120, rel=0.35)


def test_a_slow_pan_is_found_by_the_way_it_goes_in_the_end():
    frames = [frame_of(FIRST, 200 + 0.3 * k, noise=k) for k in range(200)]
    (move,) = moves_of(watched(frames))
    assert move.first <= 20 and move.last >= 180


def test_a_zoom_is_a_move():
    frames = [frame_of(FIRST, zoom=1 + 0.004 * max(0, k - 15), noise=k) for k in range(60)]
    (move,) = moves_of(watched(frames))
    assert move.last >= 50


def test_a_handheld_tremble_is_not_reported():
    random = np.random.default_rng(0)
    shake = cv2.GaussianBlur(random.normal(0, 6, (90, 2)), (1, 9), 2)
    frames = [frame_of(FIRST, 200 + shake[k, 0], 150 + shake[k, 1], noise=k) for k in range(90)]
    view = watched(frames)
    assert moves_of(view) == []
    np.testing.assert_allclose(view.motion[:, :, 2], shake[:1] - shake, atol=1.0)


def test_where_no_background_is_seen_nothing_is_said():
    blank = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    pairs = [walker(blank, -100 + 12 * k, 430) for k in range(40)]
    view = watched([frame for frame, _ in pairs], [[region] for _, region in pairs])
    assert moves_of(view) == []


def test_a_flash_in_a_pan_leaves_the_pan_whole():
    frames = [frame_of(FIRST, 100 + 4 * k, noise=k) for k in range(60)]
    frames[30] = np.full_like(frames[30], 255)
    view = watched(frames)
    assert view.cuts == ()
    (move,) = moves_of(view)
    assert move.first <= 8 and move.last >= 52


def test_each_shot_s_camera_is_looked_at_by_itself():
    """Two still shots of places far apart are no move."""
    frames = [frame_of(FIRST, noise=k) for k in range(40)] + [frame_of(SECOND, 300, noise=k) for k in range(40)]
    view = watched(frames)
    assert view.cuts == (40,) and moves_of(view) == []
