"""The emotion bench: each measure against a case whose answer is known, the strips for readers, the command from end to end."""

import csv
import itertools
import shutil

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import spearmanr
from thespis.core.act.joins import JOIN
from thespis.core.commandline import main as thespis
from thespis.core.errors import ThespisError
from thespis.core.measure.emotion.augmentation import at_once, in_rounds
from thespis.core.measure.emotion.bench import main
from thespis.core.measure.emotion.movement import jump
from thespis.core.measure.emotion.recognition import gesture_held_out, joined, told_by
from thespis.core.measure.emotion.rows import between, repeated, row
from thespis.core.measure.emotion.sheet import ANSWERS, CLEAR, LEVELS, answers_section, key_path
from thespis.core.measure.emotion.slider import Answer
from thespis.core.measure.emotion.statistics import (
    courses,
    distances,
    manner_of,
    nearest,
    rank_correlation,
    ridge,
    scenarios_apart,
)
from thespis.core.measure.emotion.study import asked_like, evenly
from thespis.core.measure.plot import COLOURS, matrix_plot
from thespis.core.motion import write_motion
from thespis.models.emotion.choreography.gestures import gestures_of
from thespis.models.emotion.choreography.score import SCORES
from thespis.models.emotion.dataset import corpus
from thespis.models.emotion.dataset.corpus import CorpusOptions, corpus_takes
from thespis.models.emotion.dataset.splits import split
from thespis.models.emotion.dataset.takes import Label, TakeSet, takes_of
from thespis.models.emotion.emotions import EMOTION_INDEX, EMOTIONS
from thespis.models.emotion.features import layout
from thespis.models.emotion.recogniser.folds import by_face
from thespis.models.emotion.train import TrainOptions, train
from thespis.tests.emotion_sets import small_set, waving, write_table

SEEDS = st.integers(0, 2**31)


def labelled(labels: list[Label], values: np.ndarray | None = None) -> TakeSet:
    """Takes of one second with these labels; values: (N, D) what each holds throughout."""
    rows = np.zeros((len(labels), layout().size)) if values is None else values
    takes = tuple(np.repeat(one[None], 20, axis=0).astype(np.float32) for one in rows)
    known = np.ones(len(labels), bool)
    return TakeSet(takes, tuple(labels), known, known)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_nearest_is_the_nearest(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(30, 5)), rng.normal(size=(17, 5))
    np.testing.assert_allclose(distances(one, other), cdist(one, other), atol=1e-7)
    np.testing.assert_allclose(nearest(one, other, portion=7), cdist(one, other).min(1), atol=1e-7)
    np.testing.assert_allclose(nearest(other, other), 0, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_rank_correlation_is_spearmans(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 6, 20), rng.normal(size=20)  # with ties
    if np.ptp(one):
        assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    rising = np.sort(other)
    assert rank_correlation(np.arange(20), np.exp(rising)) == pytest.approx(1)
    assert rank_correlation(np.arange(20), -rising) == pytest.approx(-1)
    assert rank_correlation(np.arange(20), np.ones(20)) == 0


def test_courses_lie_as_far_apart_as_the_joints_do():
    takes = small_set().subset([0, 0])
    moved = takes.values[1].copy()
    moved[:, layout().place] += (0.3, 0, 0.4)  # all joints by half a metre
    pair = TakeSet((takes.values[0], moved), takes.labels, takes.has_hands, takes.has_face)
    rows = courses(pair)
    assert distances(rows, rows)[0, 1] == pytest.approx(0.5, abs=1e-5)


def test_scenarios_are_two_when_their_takes_are():
    rng = np.random.default_rng(0)
    labels = [Label("joy", 1.0, f"actor{actor}", f"joy/{name}") for name in "abc" for actor in range(40)]
    places = np.repeat([[0.0, 0], [0, 0], [3, 4]], 40, axis=0)
    rows = places + rng.normal(0, 0.2, (120, 2))
    found = {pair.scenarios: pair for pair in scenarios_apart(labelled(labels), rows)}
    assert set(found) == {("joy/a", "joy/b"), ("joy/a", "joy/c"), ("joy/b", "joy/c")}
    assert found["joy/a", "joy/c"].told == 1.0 and found["joy/a", "joy/c"].between == pytest.approx(5, rel=0.02)
    assert found["joy/a", "joy/b"].told == pytest.approx(0.5, abs=0.2)
    alone = [Label("joy", 1.0, "actor", f"joy/{name}") for name in "ab"]
    assert scenarios_apart(labelled(alone), rows[:2]) == []


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_the_regressor_finds_what_is_linear(seed):
    rng = np.random.default_rng(seed)
    rows, weights = rng.uniform(-1, 1, (400, 6)), rng.normal(size=6)
    read = ridge(rows, rows @ weights + 3, penalty=1e-6)
    fresh = rng.uniform(-1, 1, (50, 6))
    np.testing.assert_allclose(read(fresh), fresh @ weights + 3, atol=1e-4)


def test_tempo_is_speed_for_the_extent():
    motion = waving(np.random.default_rng(0), 120)
    label = Label("joy", 1.0, "a", "s")
    slow = manner_of(takes_of(motion, label).values[0])
    quick = manner_of(takes_of(type(motion)(**{**vars(motion), "fps": 60.0}), label).values[0])
    assert slow.seconds == pytest.approx(4, abs=0.1) and quick.seconds == pytest.approx(2, abs=0.1)
    assert quick.tempo == pytest.approx(2 * slow.tempo, rel=0.05)
    assert quick.extent == pytest.approx(slow.extent, rel=0.02)
    np.testing.assert_allclose(quick.posture, slow.posture, atol=2e-3)


def test_a_jump_at_a_join_is_seen_and_a_smooth_one_is_not():
    time = np.arange(150) / 30
    joints = np.sin(2 * time[:, None, None] + np.arange(4)[:, None]) * np.ones(3)
    assert jump(joints, 60, 60, 30.0, slice(0, 150)) < 1.3
    broken = joints.copy()
    broken[61:] += 0.05
    assert jump(broken, 60, 60, 30.0, slice(0, 150)) > 10
    after = 61 + round((JOIN + 0.5) * 30)
    elsewhere = joints.copy()
    elsewhere[after:] += 0.05  # not at the join
    assert jump(elsewhere, 60, 60, 30.0, slice(0, 150)) < 1.3


def test_the_slider_s_answer():
    levels = np.array([0.0, 0.3, 0.6, 1.0])
    told = np.array([[0, 1, 2, 3], [5, 6, 7, 8], [3, 2, 1, 0.0]])
    right = np.array([[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 0]], bool)
    nothing = np.zeros(3)
    one = Answer(levels, told, right, 0.5, nothing, nothing, nothing, nothing)
    assert one.rho == 1.0
    assert one.pooled == pytest.approx(spearmanr(np.tile(levels, 3), told.ravel()).statistic)
    strong, kept, share = one.kept
    assert (strong, kept) == (2, 1) and share == pytest.approx(5 / 6)


def test_what_a_judge_says_becomes_a_confusion_matrix():
    takes = labelled([Label(name, 1.0, "a", "s") for name in ("joy", "joy", "anger", "fear")])
    joy, anger, fear = (EMOTION_INDEX[name] for name in ("joy", "anger", "fear"))
    one = told_by(np.array([joy, fear, anger, joy]), takes, 3)
    both = joined([one, one])
    table = both.confusion()
    assert table.sum() == 8
    assert (table[joy, joy], table[joy, fear], table[anger, anger], table[fear, joy]) == (2, 2, 2, 2)
    assert both.accuracy == pytest.approx((0.5 + 1 + 0) / 3)
    assert one.scenarios[0] == "3 s"


def test_the_face_tells_where_it_was_made_to_tell():
    labels = [Label(name, 0.5, f"a{actor}", "s") for name in ("joy", "anger", "fear") for actor in range(12)]
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1e-4, (36, layout().size))
    chance = labelled(labels, values)
    face = layout().face
    values = values.copy()
    values[:, face.start + 20 : face.start + 23] += np.repeat(np.eye(3), 12, axis=0)
    telling = labelled(labels, values)
    odd, even = np.arange(1, 36, 2), np.arange(0, 36, 2)

    def share(takes: TakeSet) -> float:
        return float((by_face(takes.subset(odd), takes.subset(even)) == takes.emotions[even]).mean())

    assert share(telling) == 1.0 and share(chance) < 0.8


def test_a_held_out_gesture_and_its_actors_are_not_seen():
    gestures = {"joy/a": {"wave"}, "joy/b": {"clap"}, "anger/a": {"wave"}, "anger/b": {"fist"}, "anger/c": {"wave"}}
    labels = [Label(name.split("/")[0], 1.0, f"a{actor}", name) for name in gestures for actor in range(4)]
    asked = []

    def guess(seen: TakeSet, unseen: TakeSet) -> np.ndarray:
        asked.append((seen, unseen))
        return np.full(len(unseen), EMOTION_INDEX["joy"])

    found = gesture_held_out(labelled(labels), {name: frozenset(own) for name, own in gestures.items()}, guess, 3)
    (seen, unseen) = asked[0]
    assert len(asked) == 1, "the others belong to one emotion"
    assert {label.scenario for label in seen.labels} == {"joy/b", "anger/b"}
    assert {label.scenario for label in unseen.labels} == {"joy/a", "anger/a", "anger/c"}
    assert not {label.actor for label in seen.labels} & {label.actor for label in unseen.labels}
    assert found.accuracy == 0.5 and len(found.true) == 6
    assert gesture_held_out(labelled(labels), {name: frozenset() for name in gestures}, guess, 3) is None


def test_rounds_fill_up_with_what_the_last_round_taught_to_admit():
    pool = labelled([Label("joy", 1.0, "good" if k % 3 else "bad", str(k)) for k in range(30)])
    taught = []

    def good(takes: TakeSet) -> np.ndarray:
        return np.array([label.actor == "good" for label in takes.labels])

    def teach(takes: TakeSet):
        taught.append([label.scenario for label in takes.labels])
        return lambda takes: ~good(takes)  # from now on the others

    rounds = in_rounds(pool, [4, 8], good, teach)
    assert [[label.scenario for label in one.labels] for one in rounds] == taught
    assert taught[0] == ["1", "2", "4", "5"] and taught[1] == [*taught[0], "15", "18", "21", "24"]
    once = at_once(pool, [4, 100], good)
    assert [label.scenario for label in once[0].labels] == taught[0] and len(once[1]) == 20


def test_gestures_are_found_through_the_poses_that_use_them(tmp_path):
    (tmp_path / "joy").mkdir()
    text = """emotion = "joy"
[pose.a]
use = ["open_light", "akimbo"]
[pose.b]
use = "a"
[pose.unused]
use = "crossed"
[[phrase]]
to = ["b", "fists_low"]
"""
    (tmp_path / "joy" / "one.toml").write_text(text)
    assert gestures_of(tmp_path) == {"joy/one": {"akimbo", "fists_low"}}
    assert len(frozenset().union(*gestures_of().values())) > 10, "the corpus uses the library"


def test_sets_are_drawn_with_every_emotion_the_same():
    labels = [Label("joy", 0.1, "a", "s")] * 90 + [Label("anger", 0.9, "a", "s")] * 10
    takes = labelled(labels)
    assert np.bincount(evenly(takes, 12, 0).emotions)[[0, 2]].tolist() == [6, 6]
    assert len(evenly(takes, 1000, 0)) == 100 and len(evenly(takes, 40, 0)) == 40
    wanted = asked_like(takes, 10, 0)
    assert sum(one.emotion == "joy" for one in wanted) == 5
    assert {(one.emotion, one.intensity) for one in wanted} == {("joy", 0.1), ("anger", 0.9)}
    assert len({one.seed for one in wanted}) == 10 and wanted == asked_like(takes, 10, 0)


def test_rows_say_whether_bars_hold():
    assert row("a", 2.0, 1.5)[1:] == ["≤ 1.5", "2.00", "NO"]
    assert row("a", 2.0, 1.5, most=False)[3] == "yes"
    assert between("a", 1.05, 0.9, 1.1)[3] == "yes" and between("a", 1.2, 0.9, 1.1)[3] == "NO"
    assert between("a", float("nan"), 0.9, 1.1)[2:] == ["–", ""]
    mean, error = repeated(lambda rng: rng.normal(3, 1), 400)
    assert mean == pytest.approx(3, abs=0.2) and error == pytest.approx(1.96 / 20, rel=0.2)


def test_a_larger_share_is_a_darker_cell():
    picture = matrix_plot("shares", np.array([[1.0, 0.0], [0.25, 0.75]]), ["a", "b"], ["c", "d"], cell=40).astype(int)
    height, width = picture.shape[:2]
    middles = [[picture[height - 12 - 40 * (2 - r) + 4, width - 12 - 40 * (2 - c) + 4] for c in range(2)] for r in range(2)]
    assert middles[0][0].tolist() == list(COLOURS[0]) and middles[0][1].tolist() == [255] * 3
    assert middles[0][0].sum() < middles[1][1].sum() < middles[1][0].sum() < middles[0][1].sum()


def write_rows(path, columns, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])


def test_readers_answers_are_counted(tmp_path):
    strips = [(name, level) for name in EMOTIONS for level in LEVELS]
    key = [(f"strip_{k:02d}.png", *strip) for k, strip in enumerate(strips)]
    write_rows(tmp_path / "key.csv", ["file", "emotion", "level"], key)
    # The first reader names everything at high intensity and nothing else; the other one says joy to all.
    first = [(file, emotion.upper() if level == "high" else "neutral") for file, emotion, level in key]
    write_rows(tmp_path / "first.csv", ["file", "guess"], first)
    write_rows(tmp_path / "other.csv", ["file", "guess"], [(file, "joy") for file, _, _ in key])
    section = answers_section(tmp_path / "key.csv", [tmp_path / "first.csv", tmp_path / "other.csv"])
    rows = {one[0].strip(): one for one in section.rows}
    assert rows["named at high intensity"][1:] == ["≥ 0.6", "0.54 (14 of 26)", "NO"]
    assert rows["named at low intensity"][2] == "0.08 (2 of 26)"
    assert rows[f"{', '.join(CLEAR)} at high intensity"][2:] == ["0.56 (9 of 16)", "NO"]
    assert rows["anger (also joy, neutral)"][2] == "0.17 (1 of 6)"
    for rows_, message in (
        ([("strip_00.png", "")], "has no guess"),
        ([("strip_00.png", "bliss")], "none of the emotions"),
        ([("strip_99.png", "joy")], "not in the key"),
        ([], "no rows"),
    ):
        write_rows(tmp_path / "wrong.csv", ["file", "guess"], rows_)
        with pytest.raises(ThespisError, match=message):
            answers_section(tmp_path / "key.csv", [tmp_path / "wrong.csv"])


@pytest.fixture(scope="module")
def few_scores(tmp_path_factory):
    """A corpus of two emotions with two scenarios each."""
    folder = tmp_path_factory.mktemp("scores")
    for emotion in ("joy", "sadness"):
        for path in sorted((SCORES / emotion).glob("*.toml"))[:2]:
            (folder / emotion).mkdir(exist_ok=True)
            shutil.copy(path, folder / emotion)
    return folder


@pytest.fixture(scope="module")
def weights(few_scores, tmp_path_factory):
    """Weights that were taught all but fold 0 of it; where the corpus is kept is the test's own folder from here on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "CACHE", tmp_path_factory.mktemp("kept"))
        takes = corpus_takes(CorpusOptions(actors=2, scores=few_scores))
        options = TrainOptions(steps=30, batch=4, rate=2e-3, width=40, layers=1, latent=12, device="cpu", threads=1)
        out = tmp_path_factory.mktemp("weights")
        train(takes.subset(split(takes, 0).train), out, options, "Made up.")
        yield out


def test_the_command_measures_everything(weights, few_scores, tmp_path, capsys):
    page = tmp_path / "docs" / "bench-emotion.md"
    page.parent.mkdir()
    told = ["--weights", str(weights), "--scores", str(few_scores), "--actors", "2", "--new-actors", "2", "--quick"]
    assert main([*told, "--fold", "0", "--page", str(page)]) == 0
    text = page.read_text()
    for title in (
        "Rebuilding", "Distance, diversity, multimodality", "Copies, and scenarios that are alike", "Augmentation",
        "Recognition of held-out performances", "Recognition of generated takes", "Classified, misclassified and typical takes",
        "Intensity", "Variation", "Movement and speed",
    ):  # fmt: skip
        assert f"## {title}\n" in text
    for bar in ("≤ 40", "≤ 70", "≤ 1.5", "0.9 to 1.1", "≥ 0.8", "≥ 0.45", "≥ 0.9", "≥ 0.95", "≥ 0.85", "≤ 100", "≤ 1 |"):
        assert f"| {bar}" in text, bar
    for figure in ("FID of generated against new actors in new scenarios", "performance of a new scenario to its nearest"):
        assert figure in text
    assert "What these figures are worth" in text
    images = {path.stem for path in (page.parent / "images").glob("*.png")}
    assert {f"bench-emotion-{name}" for name in ("slider", "noise", "augmentation", "generated", "fresh")} <= images
    capsys.readouterr()
    assert main([*told, "--only", "augmentation"]) == 0  # without a fold there is nothing honest to say
    assert "taught all scenarios" in capsys.readouterr().err
    assert main([*told, "--only", "rebuilding", "--strict"]) == 1  # thirty steps teach nothing
    out = capsys.readouterr().out
    assert "Rebuilding" in out and "Variation" not in out and "new scenarios" not in out


def test_a_fold_can_be_held_out_of_a_training(tmp_path, capsys):
    lines = [["file", "emotion", "intensity", "actor", "scenario"]]
    for number, (emotion, actor, scenario) in enumerate(itertools.product(("joy", "anger"), "xy", "ab")):
        write_motion(waving(np.random.default_rng(number), 40), tmp_path / f"{number}.npz")
        lines.append([f"{number}.npz", emotion, "0.5", actor, scenario])
    write_table(tmp_path, lines)
    small = [
        "--steps",
        "2",
        "--batch",
        "2",
        "--width",
        "20",
        "--layers",
        "1",
        "--latent",
        "12",
        "--threads",
        "1",
        "--device",
        "cpu",
    ]
    told = ["train", "--data", str(tmp_path), *small]
    assert thespis([*told, "--out", str(tmp_path / "out"), "--hold-out", "0"]) == 0
    card = (tmp_path / "out" / "emotion_cvae.md").read_text()
    assert "Left out" in card and "| joy | 1 | 1 | 1 |" in card and "| anger | 1 | 1 | 1 |" in card
    write_table(tmp_path, [line[:4] for line in lines])
    assert thespis([*told, "--out", str(tmp_path / "none"), "--hold-out", "0"]) == 2
    assert "leaves nothing to learn from" in capsys.readouterr().err


def test_strips_say_nothing_of_what_they_show(weights, tmp_path, capsys):
    folder = tmp_path / "strips"
    assert main(["--weights", str(weights), "--sheet", str(folder), "--quick"]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([ANSWERS, *(f"strip_{k:02d}.png" for k in range(1, 7))])
    rows = list(csv.DictReader(key_path(folder).open()))
    assert sorted((one["emotion"], one["level"]) for one in rows) == sorted(
        (name, level) for name in ("joy", "sadness") for level in LEVELS
    )
    assert not any(word in (folder / ANSWERS).read_text() for word in ("joy", "sadness", "high"))
    picture = cv2.imread(str(folder / "strip_01.png"))
    assert picture.shape[1] == 3 * 152 and picture.std() > 10
    assert main(["--weights", str(weights), "--sheet", str(folder)]) == 2
    assert "holds something already" in capsys.readouterr().err
    assert main(["--answers", str(folder / ANSWERS)]) == 2
    assert main(["--weights", str(tmp_path), "--quick"]) == 2
    assert "emotion_cvae.safetensors" in capsys.readouterr().err
    answers = [(one["file"], one["emotion"]) for one in rows]
    write_rows(folder / ANSWERS, ["file", "guess"], answers)
    assert main(["--answers", str(folder / ANSWERS), "--key", str(key_path(folder))]) == 0
    assert "1.00 (2 of 2)" in capsys.readouterr().out
