import numpy as np
from thespis.core.fit.warnings import outside_warnings, warnings_of


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


def cut_off(rows: slice, landmarks: list[int]) -> list[str]:
    """The lines about someone of whom these landmarks are outside in these of 60 frames."""
    inside = np.ones((60, 33))
    inside[rows, landmarks] = 0
    return outside_warnings(inside, np.ones(60, bool), np.arange(60) + 10, 30.0)


LEFT_LEG, RIGHT_LEG = [25, 27, 29, 31], [26, 28, 30, 32]


def test_what_the_picture_cuts_off_is_named_with_its_frames():
    (line,) = cut_off(slice(20, 50), LEFT_LEG + RIGHT_LEG)
    assert line.startswith("Frames 30 to 59: both legs outside of the picture")
    (line,) = cut_off(slice(20, 50), LEFT_LEG)
    assert line.startswith("Frames 30 to 59: the left leg outside")
    (line,) = cut_off(slice(0, 60), list(range(11)))
    assert line.startswith("Frames 10 to 69: the head outside")


def test_a_moment_outside_is_not_worth_a_line():
    assert cut_off(slice(20, 26), LEFT_LEG + RIGHT_LEG) == []
    assert cut_off(slice(0, 0), []) == []
