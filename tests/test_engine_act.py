"""Acting through the warm engine: the same take as without it, levels that a slider can blend, and what is kept loaded."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from thespis.core.act.act import act
from thespis.core.act.cues import Cues, steady
from thespis.core.act.request import ActRequest
from thespis.core.engine import tasks
from thespis.core.engine.act_job import levels_of, submit_act, submit_levels, take_of
from thespis.core.engine.client import EngineClient
from thespis.core.engine.levels import INTENSITIES, Levels, read_levels
from thespis.core.engine.wire import FitRequest, act_arguments, act_request, fit_arguments, fit_request
from thespis.core.errors import ThespisError
from thespis.core.progress import Progress
from thespis.models.emotion.train import TrainOptions, train
from thespis.models.emotion.weights import load_model, save_model
from thespis.tests.emotion_sets import small_set, waving
from thespis.tests.motions import lively_motion


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """A tiny model that was hardly trained."""
    folder = tmp_path_factory.mktemp("trained")
    options = TrainOptions(steps=5, batch=4, width=40, layers=1, latent=12, device="cpu", threads=1)
    save_model(train(small_set(), folder, options, "Made up."), folder / "small.safetensors")
    return folder / "small.safetensors"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    (folder / "temporary").mkdir()
    client = EngineClient(Path(sys.executable), folder / "log", folder / "temporary")
    yield client
    client.stop()
    assert not list((folder / "temporary").iterdir())


# ---- the way there and back


@pytest.mark.parametrize(
    "request_",
    [
        ActRequest(steady("joy", 0.8)),
        ActRequest(
            Cues(((0.0, "joy"), (2.5, "fear")), ((0.5, 0.2), (3.0, 1.0)), ((0.0, "pride", 0.25),)), 4.25, 7, "paper", 9, 0.25,
            returns=True, walk=1.5, best_of=4, fps=30 / float(np.float32(1.001)), start=waving(np.random.default_rng(1), 3),
        ),
        ActRequest(steady("anger", 0.1), loops=True, joins=False, mode="mean"),
    ],
    ids=["plain", "everything", "loop"],
)  # fmt: skip
def test_a_request_survives_its_way(request_):
    carried = json.loads(json.dumps(act_arguments(request_)))
    assert act_request(carried, request_.start) == request_


@pytest.mark.parametrize(
    "request_", [FitRequest(), FitRequest(None, ((12.0, 34.5, 6),), 3, 9, 35.0, "female", "SMPLX_NEUTRAL.npz", "cpu", True, True)]
)
def test_what_is_asked_of_a_fit_reaches_it(request_, tmp_path, monkeypatch):
    from thespis.core.take import fit_clip as fitting
    from thespis.core.take.options import FitOptions, FocalLength, PersonAt

    asked = []

    def fitted(clip, out, options, progress):
        asked.append((clip, options))
        out.mkdir()
        (out / "take.json").touch()

    monkeypatch.setattr(fitting, "fit_clip", fitted)
    carried = json.loads(json.dumps({**fit_arguments(request_), "clip": "a.mp4", "out": str(tmp_path / "take")}))
    assert fit_request(carried) == request_
    done = tasks.TASKS["fit"].run(carried, tmp_path / "1", Progress())
    expected = {**fit_arguments(request_), "focal": request_.focal_mm and FocalLength(request_.focal_mm, "mm")}
    expected.pop("focal_mm")
    expected["persons"] = tuple(PersonAt(*person) for person in request_.persons)
    assert asked == [(Path("a.mp4"), FitOptions(**expected))] and done.files == [tmp_path / "take" / "take.json"]
    stages = tasks.stages_of("fit", carried)
    assert ("overlay" in stages) == request_.overlay and list(stages)[:2] == [tasks.STARTING, "open"]


# ---- through the engine


def test_the_engine_makes_the_take_and_leaves_no_file(client, weights, tmp_path):
    start = waving(np.random.default_rng(3), 10)
    request = ActRequest(steady("joy", 0.7), 2.0, 5, start=start, fps=25.0)
    started = time.monotonic()
    made = take_of(client.wait(submit_act(client, request, weights)))
    cold = time.monotonic() - started
    expected = act(load_model(weights), request)
    np.testing.assert_allclose(made.poses, expected.poses, atol=1e-4)
    np.testing.assert_allclose(made.trans, expected.trans, atol=1e-4)
    assert made.fps == 25 and len(made) == 51 and not list(client.folder.glob("*.npz"))
    started = time.monotonic()
    take_of(client.wait(submit_act(client, request, weights)))
    assert time.monotonic() - started < cold / 4, "the second take is made by a warm engine"
    with pytest.raises(ThespisError, match=r"none\.safetensors: there are no such weights"):
        submit_act(client, request, tmp_path / "none.safetensors")
    with pytest.raises(ThespisError, match="start"):
        client.wait(
            client.submit("act", {**act_arguments(request), "start": str(tmp_path / "start.npz"), "weights": str(weights)})
        )


def test_levels_are_the_takes_and_what_lies_between(client, weights):
    request = ActRequest(steady("joy", 0.4), seed=3, start=waving(np.random.default_rng(3), 10))
    levels = levels_of(client.wait(submit_levels(client, request, weights)))
    assert tuple(levels.intensities) == INTENSITIES and not list(client.folder.glob("*.npz"))
    model = load_model(weights)
    for intensity in (0.0, 0.3, 1.0):
        exact = act(model, replace(request, cues=steady("joy", intensity)))
        blended = levels.motion(intensity)
        assert len(blended) == len(exact) == levels.length(intensity)
        np.testing.assert_allclose(turned(blended.poses, exact.poses), 0, atol=1e-3)
        np.testing.assert_allclose(blended.trans, exact.trans, atol=1e-5)
        np.testing.assert_allclose(blended.expression, exact.expression, atol=1e-5)
        assert (blended.fps, blended.body_model) == (exact.fps, exact.body_model)
        np.testing.assert_allclose(blended.betas, exact.betas, atol=1e-6)


def test_what_an_engine_knows_of_itself(client):
    told = client.wait(client.submit("hello", {})).values
    assert told["device"] in ("cpu", "cuda") and set(told["versions"]) == {"torch", "onnxruntime", "numpy"}


def test_weights_that_changed_are_loaded_again(weights, tmp_path):
    loaded = []

    def load(path):
        loaded.append(path)
        return len(loaded)

    one = tmp_path / "one"
    one.write_text("1")
    assert [tasks._kept(load, one) for _ in range(2)] == [1, 1]
    assert tasks._kept(load, tmp_path / "other") == 2
    assert tasks._kept(load, one) == 3
    import os

    os.utime(one, (5, 5))
    assert tasks._kept(load, one) == 4


# ---- levels


def turned(a, b):
    """Angles between turns (..., 3), in radians."""
    return (Rotation.from_rotvec(a.reshape(-1, 3)).inv() * Rotation.from_rotvec(b.reshape(-1, 3))).magnitude()


def three_levels() -> Levels:
    takes = [lively_motion(frames, seed=4) for frames in (21, 31, 41)]
    small = [replace(take, poses=take.poses * scale) for take, scale in zip(takes, (0.2, 0.5, 1.0), strict=True)]
    return Levels.of((0.0, 0.5, 1.0), small)


def test_a_blend_lies_between_its_levels_and_moves_smoothly_with_the_intensity():
    levels = three_levels()
    assert [levels.length(value) for value in (-1.0, 0.0, 0.25, 0.5, 1.0, 2.0)] == [21, 21, 26, 31, 41, 41]
    between = levels.motion(0.25)
    assert len(between) == 26
    sides = [levels.motion(value) for value in (0.0, 0.5)]
    for frame, of in ((0, (0, 0)), (-1, (-1, -1))):
        halves = [turned(between.poses[frame], side.poses[k]) for side, k in zip(sides, of, strict=True)]
        np.testing.assert_allclose(halves[0], halves[1], atol=1e-5)
    values = np.linspace(0, 1, 101)
    poses = np.stack([levels.frame(value, 10).poses[0] for value in values])
    steps = turned(poses[1:], poses[:-1]).reshape(100, -1).max(1)
    assert steps.max() < 0.1 and steps.max() < 20 * np.median(steps)


def test_a_frame_is_that_of_the_whole_take():
    levels = three_levels()
    whole = levels.motion(0.7)
    for frame in (0, 7, len(whole) - 1, len(whole) + 30):
        one = levels.frame(0.7, frame)
        assert len(one) == 1
        k = min(frame, len(whole) - 1)
        np.testing.assert_allclose(turned(one.poses[0], whole.poses[k]), 0, atol=1e-6)
        np.testing.assert_allclose(one.trans[0], whole.trans[k], atol=1e-9)


def test_a_slider_has_its_frame_in_a_few_milliseconds():
    levels = three_levels()
    levels.frame(0.1, 0)
    started = time.process_time()
    for step in range(50):
        levels.frame(step / 50, step)
    assert (time.process_time() - started) / 50 < 0.005


def test_levels_that_cannot_be_read(tmp_path):
    for name, content in (("text", b"no"), ("empty", b"")):
        (tmp_path / f"{name}.npz").write_bytes(content)
        with pytest.raises(ThespisError, match=f"{name}.npz: the takes"):
            read_levels(tmp_path / f"{name}.npz")
    with pytest.raises(ThespisError, match="cannot be read"):
        read_levels(tmp_path / "none.npz")
