"""The same landmarks give the same body wherever the solver runs."""

import numpy as np
import pytest
import torch
from thespis.core.errors import ThespisError
from thespis.core.fit.device import choose_device
from thespis.core.fit.fit import fit_track
from thespis.tests.fit_cases import FPS, camera, gesture, open_body, seen


def test_the_cpu_gives_the_same_twice():
    motion, view = gesture(12), camera()
    first, second = (fit_track(seen(motion, view), open_body(), view, FPS, device="cpu").motion for _ in range(2))
    np.testing.assert_array_equal(first.poses, second.poses)
    np.testing.assert_array_equal(first.trans, second.trans)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cpu_and_gpu_agree():
    motion, view = gesture(30), camera()
    on_cpu, on_gpu = (fit_track(seen(motion, view), open_body(), view, FPS, device=d).motion for d in ("cpu", "cuda"))
    assert np.abs(on_cpu.joints_camera - on_gpu.joints_camera).max() < 1e-3


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_a_device_that_is_not_there_is_said():
    with pytest.raises(ThespisError, match="CUDA"):
        choose_device("cuda")
    assert choose_device("auto").type == "cpu"


def test_a_graphics_card_that_fails_is_replaced_by_the_processor(monkeypatch):
    """A stand-in device that cannot hold numbers ("meta") stands for a card that runs out of memory."""
    from thespis.core.fit import fit as module

    monkeypatch.setattr(module, "choose_device", lambda name: torch.device("cpu" if name == "cpu" else "meta"))
    motion, view = gesture(6), camera()
    result = fit_track(seen(motion, view), open_body(), view, FPS, device="auto")
    assert any("processor did the work" in line for line in result.warnings)
    wanted = fit_track(seen(motion, view), open_body(), view, FPS, device="cpu").motion
    np.testing.assert_array_equal(result.motion.poses, wanted.poses)
    with pytest.raises(RuntimeError):
        fit_track(seen(motion, view), open_body(), view, FPS, device="cuda")
