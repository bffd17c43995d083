"""Scores performed: the same every time, feet that stay, motion without jumps, labels, and plain words for what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.models.emotion.choreography.actor import actor
from thespis.models.emotion.choreography.figure import figure_of
from thespis.models.emotion.choreography.gates import examine
from thespis.models.emotion.choreography.perform import perform
from thespis.models.emotion.choreography.score import load_score, load_scores
from thespis.models.emotion.choreography.turns import from_vectors
from thespis.models.emotion.emotions import EMOTIONS

SCORES = load_scores()


def by_name(name):
    return next(score for score in SCORES if score.name == name)


@pytest.fixture(scope="module")
def proud():
    return perform(by_name("pride/stands_tall"), 0.8, actor(3), 5)


def test_the_same_arguments_give_the_same_motion(proud):
    again = perform(by_name("pride/stands_tall"), 0.8, actor(3), 5)
    assert np.array_equal(again.motion.poses, proud.motion.poses)
    assert np.array_equal(again.motion.trans, proud.motion.trans)
    assert np.array_equal(again.motion.expression, proud.motion.expression)


@pytest.mark.parametrize(("number", "seed", "intensity"), [(4, 5, 0.8), (3, 6, 0.8), (3, 5, 0.7)])
def test_actor_take_and_intensity_each_make_a_difference(proud, number, seed, intensity):
    other = perform(by_name("pride/stands_tall"), intensity, actor(number), seed)
    frames = min(len(other.motion), len(proud.motion))
    assert np.abs(other.motion.poses[:frames] - proud.motion.poses[:frames]).max() > 0.05


def test_labels_say_what_was_played(proud):
    assert (proud.emotion, proud.scenario, proud.intensity, proud.actor) == ("pride", "stands_tall", 0.8, 3)
    assert proud.contacts.shape == (len(proud.motion), 4) and proud.contacts.dtype == bool
    names = [name for name, _ in proud.phases]
    starts = [start for _, start in proud.phases]
    assert names[0] == names[-1] == "neutral" and "apex" in names
    assert starts == sorted(starts) and starts[-1] < len(proud.motion)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_every_score_passes_its_gates(score):
    for intensity, number in ((0.25, 7), (1.0, 0)):
        assert examine(score, perform(score, intensity, actor(number), 1), mesh=False).faults() == []


@pytest.mark.parametrize("score", SCORES[::3], ids=lambda score: score.name)
def test_motion_has_no_jumps(score):
    motion = perform(score, 1.0, actor(2), 3).motion
    local = from_vectors(motion.poses[:, :22])
    turned = np.swapaxes(local[1:], -1, -2) @ local[:-1]
    angle = np.degrees(np.arccos(np.clip((np.trace(turned, axis1=-2, axis2=-1) - 1) / 2, -1, 1)))
    # 30 frames a second: nobody turns a joint by more than 1000 degrees a second.
    assert angle.max() < 34
    assert np.abs(np.diff(motion.trans, axis=0)).max() < 0.12


def test_a_foot_on_the_floor_is_on_the_floor():
    for score in SCORES[::4]:
        played = perform(score, 1.0, actor(1), 2)
        figure = figure_of(actor(1).betas)
        _, places = figure.pose(from_vectors(played.motion.poses[:, :12]), played.motion.trans)
        for column, joint in ((1, 10), (3, 11)):
            height = places[played.contacts[:, column], joint, 1] - (figure.ankle_height + figure.ball[1])
            assert np.abs(height).max() < 0.012


def test_the_frame_rate_changes_how_often_and_not_what():
    score = by_name("pride/stands_tall")
    slow, fast = (perform(score, 0.9, actor(2), 4, fps) for fps in (30.0, 60.0))
    assert abs(len(fast.motion) - 2 * len(slow.motion)) <= 2
    frames = min(len(slow.motion), len(fast.motion) // 2)
    assert np.abs(fast.motion.trans[: 2 * frames : 2] - slow.motion.trans[:frames]).max() < 0.02


def test_intensity_makes_it_larger():
    score = by_name("pride/stands_tall")

    def size(intensity):
        poses = [perform(score, intensity, actor(n), n).motion.poses[:, 1:22] for n in range(4)]
        return np.mean([np.linalg.norm(p - p[:1], axis=-1).mean() for p in poses])

    assert size(0.2) < 0.85 * size(0.6) < 0.95 * size(1.0)


@pytest.mark.parametrize("intensity", [-0.1, 1.1, np.nan])
def test_an_intensity_out_of_range_is_told(intensity):
    with pytest.raises(ThespisError, match="from 0 to 1"):
        perform(SCORES[0], intensity, actor(0), 0)


GOOD = """
emotion = "joy"
story = "Something good."
[pose.glad]
use = "open_light"
[[phrase]]
to = "glad"
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("joy", "jo"), "did you mean 'joy'"),
        (("story", "tale"), "'tale' is no key"),
        (("open_light", "open_ligth"), "did you mean 'open_light'"),
        (('use = "open_light"', "lean = 200"), "a number from -35 to 75"),
        (('use = "open_light"', "leen = 20"), "did you mean 'lean'"),
        (('use = "open_light"', "right = { to = [0, -1, 0], at = 'chin' }"), "both 'to' and 'at'"),
        (('use = "open_light"', "right = { at = 'chinn' }"), "did you mean 'chin'"),
        (('use = "open_light"', "right = { to = [0, 0, 0.1] }"), "nearer to the shoulder"),
        (('use = "open_light"', "right = { to = [0, 0, 1], palm = 'ahead' }"), "directions are made of"),
        (('use = "open_light"', "face = { AU99 = 1 }"), "'AU99' is no key"),
        (('to = "glad"', "seconds = 1"), "'to' is missing"),
        (('to = "glad"', 'to = "gladd"'), "did you mean 'glad'"),
        (('to = "glad"', 'to = "glad"\nease = "quick"'), "not known"),
        (("[[phrase]]", "[phrase]"), "has no"),
        (("emotion =", "emotion"), "cannot be read"),
    ],
)
def test_a_mistake_in_a_score_is_told_in_one_line(tmp_path, change, words):
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    assert load_score(path).emotion == "joy"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(ThespisError, match=words) as caught:
        load_score(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_score_is_told(tmp_path):
    with pytest.raises(ThespisError, match="no such score"):
        load_score(tmp_path / "none.toml")
    with pytest.raises(ThespisError, match="holds no scores"):
        load_scores(tmp_path)


def test_a_left_handed_actor_mirrors():
    score, right = by_name("pride/stands_tall"), replace(actor(0), left_handed=False)
    one, two = perform(score, 1.0, right, 1), perform(score, 1.0, replace(right, left_handed=True), 1)
    assert np.allclose(one.motion.trans, two.motion.trans * (-1, 1, 1))
    assert np.allclose(one.motion.poses[:, 0], two.motion.poses[:, 0] * (1, -1, -1))
    assert np.array_equal(one.contacts, two.contacts[:, [2, 3, 0, 1]])


def test_scores_are_of_the_emotions():
    assert {score.emotion for score in SCORES} <= set(EMOTIONS)


def test_a_score_is_played_on_other_motion():
    base = perform(by_name("neutral/waits"), 1.0, actor(0), 8).motion
    played = perform(by_name("shame/hides_face"), 1.0, actor(0), 1, base=base)
    frames = len(played.motion)
    assert frames <= len(base)
    # Planted where the base stands, and the hands come to the face all the same.
    figure = figure_of(actor(0).betas)
    _, places = figure.pose(from_vectors(played.motion.poses[:, :22]), played.motion.trans)
    assert played.contacts.mean() > 0.8
    assert np.linalg.norm(places[:, 20] - places[:, 15], axis=1).min() < 0.25


def test_what_cannot_be_played_on_other_motion_is_told():
    base = perform(by_name("neutral/waits"), 1.0, actor(0), 8).motion
    with pytest.raises(ThespisError, match="steps or jumps"):
        perform(by_name("joy/jumps_and_claps"), 1.0, actor(0), 1, base=base)
    with pytest.raises(ThespisError, match="at least 3 s"):
        perform(by_name("shame/hides_face"), 1.0, actor(0), 1, base=base.slice(0, 30))
