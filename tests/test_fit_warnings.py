import numpy as np
from thespis.core.fit.warnings import warnings_of


def lines(present: list[int], length: int = 100, fps: float = 30.0, first: int = 10) -> list[str]:
    """The lines about gaps when all but the frames in `present` are missing."""
    seen = np.ones(length, bool)
    seen[present] = False
    return warnings_of(seen, np.arange(length) + first, (True, True), True, True, True, fps)


def test_nothing_missing_nothing_said():
    assert lines([]) == []


def test_a_short_gap_is_named_by_the_clips_frames():
    assert lines([20, 21]) == ["Frames 30 to 31: the person is not seen; the pose is interpolated there, with low confidence."]


def test_gaps_at_the_ends_are_held():
    found = lines([0, 99])
    assert len(found) == 1
    assert found[0].startswith("Frames 10, 109: ")
    assert "held" in found[0]


def test_many_gaps_make_one_line():
    found = lines(list(range(5, 95, 5)))
    assert len(found) == 1
    assert "and 15 more stretches (18 frames)" in found[0]
