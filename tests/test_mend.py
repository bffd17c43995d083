"""Mending: a stretch fitted anew from stored landmarks, with sides exchanged, feet told, calmer; joined to what stays."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from thespis.core.commandline import main
from thespis.core.errors import ThespisError
from thespis.core.fit.fit import fit_track
from thespis.core.fit.lens import lens_of
from thespis.core.measure.metrics import pa_mpjpe
from thespis.core.measure.synthetic import pose_motion
from thespis.core.motion import read_motion, write_motion
from thespis.core.observe.files import load_tracks, save_tracks
from thespis.core.take.mend import mend_take, mended_motion, swapped, told_contacts
from thespis.core.take.mending import Correction, Mend, mend_arguments, mend_of
from thespis.core.take.take import TAKE_FILE, TRACKS_FILE, Take, read_take, write_take
from thespis.models.body.load import load_body

from .bodies import lifelike_layout, saved
from .fit_cases import camera, gesture, seen

FRAMES, FIRST, LAST = 40, 25, 34
"""The take has frames 10 to 49 of its clip; what is mended."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A take of somebody who waves, whose left and right arm were taken for one another in the stretch."""
    return waved(tmp_path_factory.mktemp("take"), load_body())


def waved(folder, body):
    track = seen(gesture(FRAMES), camera())
    track = replace(track, frames=track.frames + 10)
    wrong = swapped(track, Correction(FIRST, LAST, "arms"))
    fitted = fit_track(wrong, body, lens_of((1920, 1080), 1500.0), 30.0)
    write_motion(fitted.motion, folder / "person_0.npz")
    save_tracks([wrong], folder / TRACKS_FILE)
    people = [{"file": "person_0.npz", "gender": "neutral", "body_model": body.model_id, "frames_seen": FRAMES}]
    take = Take(folder / "clip.mp4", Fraction(30), (10, 49), 60, fitted.camera, people, {}, True, False)
    write_take(take, folder / TAKE_FILE)
    return folder


def truth() -> np.ndarray:
    return camera().to_camera(pose_motion(load_body(), gesture(FRAMES))[1])


def camera_of(folder):
    return read_take(folder / TAKE_FILE).camera


def error(motion, rows=slice(FIRST - 10, LAST - 9)) -> float:
    """Metres, of the stretch alone."""
    return float(pa_mpjpe(motion.joints_camera[:, :22], truth()[rows][:, :22]).mean())


def test_exchanged_sides_are_exchanged_back(folder):
    before = read_motion(folder / "person_0.npz").slice(FIRST - 10, LAST - 9)
    made = mend_take(folder, Mend(FIRST, LAST, corrections=(Correction(FIRST, LAST, "arms"),)))
    assert made.before and made.after and made.motion.frames.tolist() == list(range(FIRST, LAST + 1))
    assert error(made.motion) < 0.03 < 0.08 < error(before)
    whole = read_motion(folder / "person_0.npz")
    np.testing.assert_allclose(made.motion.betas, whole.betas, atol=1e-6)
    # It stands in the take's world, in which arms that were seen wrongly had moved the whole body a little.
    assert np.abs(made.motion.trans - whole.trans[FIRST - 10 : LAST - 9]).max() < 0.1


def test_what_was_fitted_with_ones_own_body_is_mended_with_it(tmp_path):
    file = saved(tmp_path, lifelike_layout(taller=1.03))
    body = load_body(file)
    folder = waved(tmp_path, body)
    before = read_motion(folder / "person_0.npz").slice(FIRST - 10, LAST - 9)
    said = (Correction(FIRST, LAST, "arms"),)
    made = mend_take(folder, Mend(FIRST, LAST, corrections=said, body=str(file)))
    assert made.motion.body_model == body.model_id != "open"
    assert error(made.motion) < 0.04 < 0.08 < error(before)
    with pytest.raises(ThespisError, match=f"fitted with the body {body.model_id}, not open. Name its file"):
        mend_take(folder, Mend(FIRST, LAST, corrections=said))


def test_the_whole_motion_goes_on_without_a_jump(folder, tmp_path, capsys):
    out = tmp_path / "mended.npz"
    arguments = ["mend", str(folder), "--frames", f"{FIRST}:{LAST}", "--swap", "arms", "--out", str(out)]
    assert main(arguments) == 0 and main(arguments) == 2 and "not overwritten" in capsys.readouterr().err
    whole, mended = read_motion(folder / "person_0.npz"), read_motion(out)
    start, stop = FIRST - 10, LAST - 9
    np.testing.assert_array_equal(mended.poses[:start], whole.poses[:start])
    np.testing.assert_array_equal(mended.poses[stop:], whole.poses[stop:])
    np.testing.assert_allclose(mended.poses[[start, stop - 1]], whole.poses[[start, stop - 1]], atol=1e-5)
    joints = camera_of(folder).to_camera(pose_motion(load_body(), mended)[1])
    np.testing.assert_allclose(joints[start:stop], mended.joints_camera[start:stop], atol=2e-3)
    middle = slice(start + 3, stop - 3)
    assert np.abs(mended.poses[middle, 16:22] - whole.poses[middle, 16:22]).max() > 0.3
    assert (mended.betas == whole.betas).all() and (mended.frames == whole.frames).all()


def test_calmer_is_calmer_and_a_told_foot_stands(folder, tmp_path):
    def restless(motion) -> float:
        return float(np.abs(np.diff(motion.joints_camera[:, :22], 2, axis=0)).mean())

    rng = np.random.default_rng(0)
    for path in folder.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (track,) = load_tracks(tmp_path / TRACKS_FILE)
    jitter = track.body + rng.normal(0, 6, track.body.shape)
    save_tracks([replace(track, body=jitter)], tmp_path / TRACKS_FILE)
    said = (Correction(FIRST, LAST, "arms"),)
    as_is = mend_take(tmp_path, Mend(FIRST, LAST, corrections=said)).motion
    calm = mend_take(tmp_path, Mend(FIRST, LAST, corrections=said, smoothness=8.0)).motion
    assert restless(calm) < 0.6 * restless(as_is)
    up = mend_take(folder, Mend(FIRST, LAST, corrections=(*said, Correction(FIRST, LAST, left="up", right="down")))).motion
    assert as_is.contacts[:, :2].min() > 0.5, "it stands on both feet"
    assert up.contacts[:, :2].max() < 0.5 and up.contacts[:, 2:].min() > 0.5


def test_what_is_said_reaches_the_landmarks():
    track = seen(gesture(6), camera())
    legs = swapped(track, Correction(2, 3, "legs"))
    np.testing.assert_array_equal(legs.body[2:4, 27], track.body[2:4, 28])
    np.testing.assert_array_equal(legs.body_world[2:4, 24], track.body_world[2:4, 23])
    np.testing.assert_array_equal(legs.body[:, :23], track.body[:, :23])
    np.testing.assert_array_equal(legs.body[[0, 1, 4, 5]], track.body[[0, 1, 4, 5]])
    np.testing.assert_array_equal(legs.hands, track.hands)
    whole = swapped(track, Correction(0, 5, "all"))
    np.testing.assert_array_equal(whole.hands_world[:, 0], track.hands_world[:, 1])
    np.testing.assert_array_equal(swapped(whole, Correction(0, 5, "all")).body, track.body)
    told = told_contacts(np.arange(6), [Correction(1, 2, left="down"), Correction(2, 2, left="up", right="down")])
    np.testing.assert_array_equal(told[:, 0], [np.nan, 1, 0, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(told[:, 3], [np.nan, np.nan, 1, np.nan, np.nan, np.nan])
    assert told_contacts(np.arange(6), [Correction(0, 5, "legs")]) is None


def test_a_mend_survives_the_wire():
    mend = Mend(3, 9, 1, 2.0, (Correction(3, 4, "legs"), Correction(1, 9, left="up")), again=True)
    assert mend_of({**mend_arguments(mend), "folder": "x"}) == mend


@pytest.mark.parametrize(
    ("mend", "cause"),
    [
        (Mend(5, 30), "has frames 10 to 49"),
        (Mend(30, 60), "has frames 10 to 49"),
        (Mend(20, 30, person=1), "persons 0 to 0"),
        (Mend(20, 30, again=True), r"clip\.mp4: the clip is gone"),
    ],
)
def test_what_cannot_be_mended_is_said(folder, mend, cause):
    with pytest.raises(ThespisError, match=cause) as refused:
        mend_take(folder, mend)
    assert "\n" not in str(refused.value)


def test_what_cannot_be_asked_is_said(folder, tmp_path):
    for first, last, more in ((9, 3, {}), (1, 2, {"smoothness": 0.0}), (1, 2, {"corrections": (Correction(1, 2, "ears"),)})):
        with pytest.raises(ThespisError):
            Mend(first, last, **more)
    with pytest.raises(ThespisError, match="no such file"):
        mended_motion(tmp_path, Mend(1, 2))
    (tmp_path / TAKE_FILE).write_bytes((folder / TAKE_FILE).read_bytes())
    (tmp_path / "person_0.npz").write_bytes((folder / "person_0.npz").read_bytes())
    with pytest.raises(ThespisError, match="Fit the clip again"):
        mend_take(tmp_path, Mend(20, 30))
