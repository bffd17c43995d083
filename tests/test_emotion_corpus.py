"""The corpus as takes: same options, same takes; one performance at three intensities; kept; trained on through the command."""

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.progress import Progress
from thespis.models.emotion.choreography.gestures import gestures_of
from thespis.models.emotion.choreography.score import SCORES, load_score
from thespis.models.emotion.dataset.corpus import CorpusOptions, corpus_takes, performed
from thespis.models.emotion.dataset.source import training_takes
from thespis.models.emotion.dataset.takes import Label, TakeSet
from thespis.models.emotion.features import FRAME_RATE, layout, sole_points
from thespis.models.emotion.recogniser.folds import by_gestures, recognised
from thespis.tests.emotion_sets import write_npz_set

ROUNDING = 1e-9
"""A matrix product may round otherwise when its operands lie elsewhere in memory."""


@pytest.fixture(scope="module")
def one_score(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scores") / "pride"
    folder.mkdir()
    source = SCORES / "pride" / "stands_tall.toml"
    (folder / source.name).write_bytes(source.read_bytes())
    return folder.parent


def test_a_performance_at_three_intensities(one_score):
    score = load_score(next(one_score.rglob("*.toml")))
    takes, again, other = performed(score, 1, 0), performed(score, 1, 0), performed(score, 2, 0)
    assert len(takes) == 3 and len({label.take for label in takes.labels}) == 1
    low, middle, high = takes.intensities
    assert low < 0.4 <= middle < 0.7 <= high
    for ours, theirs in zip(takes.values, again.values, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=ROUNDING)
    assert takes.intensities.tolist() != other.intensities.tolist()
    assert takes.has_face.all() and takes.has_hands.all()
    assert takes.values[0][:, layout().contacts].mean() > 0.8


class Counting(Progress):
    played = 0

    def update(self, done: float) -> None:
        self.played += 1


def test_feet_stand_on_the_floor_whoever_plays(one_score):
    # Laid from an actor's legs onto the body of all takes, soles stood millimetres off it, and slid.
    score = load_score(next(one_score.rglob("*.toml")))
    for actor in (1, 2, 3):
        for values in performed(score, actor, 0).values:
            soles, down = sole_points(values), values[:, layout().contacts] > 0.5
            assert down.any() and np.abs(soles[down][:, 1]).max() < 3e-3
            stays = down[1:] & down[:-1]
            assert np.linalg.norm(np.diff(soles, axis=0) * FRAME_RATE, axis=-1)[stays].max() < 5e-3


def test_what_was_played_is_kept_until_something_changes(one_score, tmp_path):
    options = CorpusOptions(actors=2, processes=1, scores=one_score)
    progress = Counting()
    first = corpus_takes(options, progress, tmp_path)
    again = corpus_takes(options, progress, tmp_path)
    assert progress.played == 2 and first.labels == again.labels
    next(one_score.rglob("*.toml")).open("a").write("\n# a remark\n")
    corpus_takes(options, progress, tmp_path)
    assert progress.played == 4


def test_several_processes_play_the_same(one_score, tmp_path):
    alone, many = (
        corpus_takes(CorpusOptions(actors=2, processes=count, scores=one_score), keep=tmp_path / str(count)) for count in (1, 2)
    )
    assert alone.labels == many.labels
    for ours, theirs in zip(alone.values, many.values, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=ROUNDING)


def test_a_folder_and_the_corpus_together(one_score, tmp_path, monkeypatch):
    folder = tmp_path / "own"
    folder.mkdir()
    write_npz_set(folder)
    options = CorpusOptions(actors=1, processes=1, scores=one_score)
    monkeypatch.setattr("thespis.models.emotion.dataset.corpus.CACHE", tmp_path / "kept")
    takes, told = training_takes(folder, True, options)
    assert len(takes) == 7 and "4 takes of the folder own and 3 takes of the corpus" in told
    assert len(training_takes(folder, False, options)[0]) == 4
    with pytest.raises(ThespisError, match="at least one actor"):
        corpus_takes(CorpusOptions(actors=0))


def test_gestures_do_not_tell_the_emotion():
    gestures = gestures_of()
    labels = [Label(name.split("/")[0], 1.0, actor, name) for actor in "abcde" for name in gestures]
    nothing = np.zeros((1, layout().size), np.float32)
    known = np.ones(len(labels), bool)
    takes = TakeSet((nothing,) * len(labels), tuple(labels), known, known)
    assert recognised(takes, by_gestures(gestures)).accuracy <= 0.20
