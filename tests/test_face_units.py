"""What the blendshape network's answers mean: the maps, their training, the rendered faces they are learnt from."""

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.models.face import train
from thespis.models.face.samples import FaceSample, face_samples
from thespis.models.face.units import load_face_units
from thespis.models.landmarks.names import BLENDSHAPE_NAMES, other_side


def _units(**values: float) -> np.ndarray:
    return np.array([[values.get(name, 0.0) for name in BLENDSHAPE_NAMES]])


@pytest.mark.parametrize(
    "units", [{}, {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}]
)
def test_a_clear_expression_comes_back_through_the_network_s_eyes(units):
    known, wanted, jaw = load_face_units(), _units(**units), np.array([[0.3, 0.0, 0.0]])
    found, found_jaw = known.units(known.blendshapes(wanted, jaw))
    assert found[wanted == 0].max() < 0.3
    for name, value in units.items():
        assert found[0, BLENDSHAPE_NAMES.index(name)] > 0.4 * value
    assert found_jaw[0] == pytest.approx(jaw[0], abs=0.1)


def test_a_neutral_face_s_answer_means_nothing():
    known = load_face_units()
    found, jaw = known.units(known.blendshapes(_units(), np.zeros((1, 3))))
    assert found.max() < 0.02 and np.abs(jaw).max() < 0.01


def test_any_answer_means_units_that_can_be():
    rng = np.random.default_rng(0)
    found, jaw = load_face_units().units(rng.uniform(0, 1, (200, 52)))
    assert found.min() >= 0 and found.max() <= 1 and np.abs(jaw).max() < 1.0


def test_left_and_right_are_alike():
    known, answers = load_face_units(), np.random.default_rng(1).uniform(0, 0.6, (20, 52))
    other = [BLENDSHAPE_NAMES.index(other_side(name)) for name in BLENDSHAPE_NAMES]
    assert [other[k] for k in other] == list(range(52)) and other != list(range(52))
    symmetric = answers * 0.5 + answers[:, other] * 0.5
    found, jaw = known.units(symmetric)
    assert np.allclose(found, found[:, other], atol=1e-3) and np.abs(jaw[:, 1:]).max() < 1e-3


def test_training_finds_what_the_answers_mean(tmp_path, monkeypatch):
    rng, jaw_open = np.random.default_rng(2), BLENDSHAPE_NAMES.index("jawOpen")

    def samples(people, each, seed):
        for k in range(people * each):
            units, jaw = rng.uniform(0, 1, 52), np.array([rng.uniform(0, 0.4), 0.0, 0.0])
            answer = (0.5 * units + 0.1) ** 2
            units[jaw_open], answer[jaw_open] = 0, (2 * jaw[0]) ** 2
            yield FaceSample(units, jaw, answer, k % people)

    monkeypatch.setattr(train, "face_samples", samples)
    path = tmp_path / "weights" / "units.safetensors"
    figures = train.train(path, 10, 400)
    assert figures["units"] < 0.25 * figures["units_mean"] and figures["jaw"] < 0.25 * figures["jaw_mean"]
    found, _ = load_face_units(path).units(np.full((1, 52), (0.5 * 0.7 + 0.1) ** 2))
    assert np.median(found) == pytest.approx(0.7, abs=0.03)


def test_a_broken_file_is_said(tmp_path):
    path = tmp_path / "units.safetensors"
    path.write_bytes(b"no tensors")
    with pytest.raises(ThespisError, match="cannot be read"):
        load_face_units(path)


def test_rendered_faces_are_seen_and_read_better_than_the_network_s_own_words():
    first, again = ([*face_samples(1, 6, seed=77)] for _ in range(2))
    assert len(first) >= 5
    assert all(
        np.array_equal(a.blendshapes, b.blendshapes) and np.array_equal(a.units, b.units)
        for a, b in zip(first, again, strict=True)
    )
    answers, true = (np.stack([getattr(sample, name) for sample in first]) for name in ("blendshapes", "units"))
    found, _ = load_face_units().units(answers)
    assert np.square(found - true).mean() < 0.8 * np.square(answers - true).mean()
