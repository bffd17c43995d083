"""Clips of every kind, made here with PyAV: what is read must be upright, on time and complete, or refused in one line."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.errors import ThespisError
from thespis.core.footage import open_clip, read_pictures
from thespis.core.footage.timeline import constant_rate
from thespis.core.footage.write import MovieWriter, write_proxy


def picture(number: int, size=(96, 64)) -> np.ndarray:
    """Grey level tells the number; the top left quarter is red, so that turning shows."""
    image = np.full((size[1], size[0], 3), 20 + 4 * number, np.uint8)
    image[: size[1] // 2, : size[0] // 2] = (220, 20, 20)
    return image


def number_of(image: np.ndarray) -> int:
    """The number that `picture` wrote."""
    return round((float(image[-8:, -8:].mean()) - 20) / 4)


def make_movie(path, ticks, size=(96, 64), rotation=0, time_base=Fraction(1, 600), rate=30, options=None, aspect=None):
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        stream.codec_context.time_base = time_base
        stream.options = {"crf": "12", "bf": "0"}
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number, tick in enumerate(ticks):
            frame = av.VideoFrame.from_ndarray(picture(number, size), format="rgb24")
            frame.pts, frame.time_base = tick, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_an_even_movie_maps_one_to_one(tmp_path):
    clip = open_clip(make_movie(tmp_path / "a.mp4", range(0, 20 * 24, 20)))
    assert (clip.fps, clip.frame_count, clip.size, clip.variable_rate) == (30, 24, (96, 64), False)
    pictures = list(read_pictures(clip))
    assert [number_of(p.image) for p in pictures] == list(range(24))
    assert [p.index for p in pictures] == list(range(24))


def test_a_range_is_inclusive(tmp_path):
    clip = open_clip(make_movie(tmp_path / "a.mp4", range(0, 20 * 24, 20)))
    assert [number_of(p.image) for p in read_pictures(clip, 5, 8)] == [5, 6, 7, 8]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_phone_video_comes_out_upright(tmp_path, rotation):
    """The display matrix says how to turn the stored picture; the oracle is numpy's own rot90."""
    clip = open_clip(make_movie(tmp_path / "phone.mp4", range(0, 100, 20), rotation=rotation))
    stored = picture(2)
    image = list(read_pictures(clip))[2].image
    expected = np.rot90(stored, rotation // 90)
    assert (clip.size[1], clip.size[0]) == expected.shape[:2] == image.shape[:2]
    assert np.abs(image.astype(int) - expected).mean() < 6


def test_wide_pixels_are_made_square(tmp_path):
    clip = open_clip(make_movie(tmp_path / "wide.mkv", range(0, 100, 20), aspect=Fraction(2)))
    assert clip.size == (192, 64)
    assert next(iter(read_pictures(clip))).image.shape == (64, 192, 3)
    assert not clip.square_pixels


def test_a_variable_rate_keeps_time(tmp_path):
    """Holes of several frames stay holes: frame 8 of the file is shown when its time has come."""
    ticks = [0, 30, 60, 90, 240, 270, 300, 450, 480]  # twentieths of a second, with two holes
    clip = open_clip(make_movie(tmp_path / "vfr.mp4", ticks, rate=20))
    assert clip.variable_rate
    assert clip.fps == 20
    assert clip.frame_count == 17
    seen = {p.index: number_of(p.image) for p in read_pictures(clip) if p.image is not None}
    assert seen == {tick // 30: number for number, tick in enumerate(ticks)}


@settings(max_examples=60, deadline=None)
@given(
    fps=st.sampled_from([10, 23.976, 24, 25, 29.97, 30, 59.94, 60, 120]),
    count=st.integers(2, 400),
    jitter=st.floats(0, 0.2),
    seed=st.integers(0, 999),
)
def test_jitter_does_not_move_frames(fps, count, jitter, seed):
    noise = np.random.default_rng(seed).uniform(-jitter, jitter, count) / fps
    seconds = np.sort(np.arange(count) / fps + noise)
    timeline = constant_rate(seconds - seconds[0], None, None)
    if not timeline.variable:
        assert len(timeline.source) == count
        shorter = 2 * jitter / (count - 1)  # share by which both ends' jitter shortens the clip, at most
        assert float(timeline.fps) == pytest.approx(fps, rel=1.1 * shorter / (1 - shorter) + 1e-3)
    shown = np.arange(len(timeline.source))[timeline.source >= 0] / float(timeline.fps)
    kept = timeline.source[timeline.source >= 0]
    assert np.abs(shown - (seconds - seconds[0])[kept]).max() < 1 / fps
    assert (np.diff(kept) > 0).all()


def test_ntsc_rates_are_exact():
    timeline = constant_rate(np.arange(300) * 1001 / 30000, Fraction(30000, 1001), None)
    assert timeline.fps == Fraction(30000, 1001)


def test_a_folder_of_pictures_in_natural_order(tmp_path):
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), picture(number)[..., ::-1])
    (tmp_path / "notes.txt").write_text("not a picture")
    clip = open_clip(tmp_path)
    assert (clip.frame_count, clip.fps, clip.size) == (12, 24, (96, 64))
    assert [number_of(p.image) for p in read_pictures(clip)] == list(range(12))


def test_one_picture_is_a_clip_of_one_frame(tmp_path):
    cv2.imwrite(str(tmp_path / "still.jpg"), picture(3)[..., ::-1])
    clip = open_clip(tmp_path / "still.jpg")
    assert clip.frame_count == 1
    assert number_of(next(iter(read_pictures(clip))).image) == 3


def test_a_movie_cut_off_in_the_middle_gives_what_is_there(tmp_path):
    whole = make_movie(tmp_path / "whole.mp4", range(0, 20 * 60, 20), size=(320, 240), options={"movflags": "faststart"})
    part = tmp_path / "part.mp4"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size * 7 // 10])
    clip = open_clip(part)
    pictures = [p for p in read_pictures(clip) if p.image is not None]
    assert 5 < len(pictures) < 60
    assert clip.declared_frames == 60
    assert [number_of(p.image) for p in pictures[:5]] == list(range(5))


def _zero(path):
    path.write_bytes(b"")


def _text(path):
    path.write_text("this is not a movie\n" * 50)


def _no_index(path):
    whole = make_movie(path.with_name("whole.mp4"), range(0, 600, 20))
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])


def _sound_only(path):
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _half_a_picture(path):
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    data = cv2.imencode(".jpg", noise)[1].tobytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("zero.mp4", _zero),
        ("text.mp4", _text),
        ("no_index.mp4", _no_index),
        ("sound.mp4", _sound_only),
        ("half.jpg", _half_a_picture),
    ],
)
def test_a_broken_file_is_refused_in_one_line(tmp_path, name, make):
    make(tmp_path / name)
    with pytest.raises(ThespisError, match=name) as caught:
        open_clip(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".") or str(caught.value).endswith(")")


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("nowhere.mp4", "empty"):
        with pytest.raises(ThespisError, match=name):
            open_clip(tmp_path / name)


def test_reading_may_stop_halfway(tmp_path):
    clip = open_clip(make_movie(tmp_path / "a.mp4", range(0, 20 * 24, 20)))
    pictures = read_pictures(clip)
    next(pictures)
    pictures.close()  # must end the decoding thread and not hang


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30000, 1001), Fraction(60)])
def test_a_proxy_shows_each_picture_at_its_time(tmp_path, rate):
    clip = open_clip(make_movie(tmp_path / "a.mp4", range(0, 10 * 48, 10)))  # 60 frames a second
    proxy = open_clip(write_proxy(clip, tmp_path / "proxy.mp4", rate))
    assert proxy.fps == rate
    assert proxy.duration == pytest.approx(clip.duration, abs=1.01 / float(rate))
    for shown in read_pictures(proxy):
        assert abs(number_of(shown.image) / 60 - shown.index / float(rate)) <= 1.6 / 60  # the grey level reads one off at most


def test_a_cancelled_movie_leaves_nothing(tmp_path):
    def cancelled() -> None:
        with MovieWriter(tmp_path / "a.mp4", Fraction(30), (96, 64)) as movie:
            movie.write(picture(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancelled()
    assert list(tmp_path.iterdir()) == []
