"""Act: the same seed gives the same keys; seeds, modes, cues, variation, poses of meshes, and the command."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.act.act import act, varied
from thespis.core.act.cues import Cues, parse_cues, steady
from thespis.core.act.decode import decoded, latent_of, seconds_of, surest_try
from thespis.core.act.mesh_pose import pose_of_mesh
from thespis.core.act.request import LONGEST, SHORTEST, ActRequest
from thespis.core.act.variation import learnt_walk, pose_aside, walk_of
from thespis.core.commandline import main
from thespis.core.errors import ThespisError
from thespis.core.motion import Motion, read_motion, write_motion
from thespis.core.render.obj import write_obj
from thespis.models.emotion.dataset.takes import Label, TakeSet
from thespis.models.emotion.emotions import EMOTIONS
from thespis.models.emotion.features import layout
from thespis.models.emotion.latent_space import KEPT
from thespis.models.emotion.recogniser.judge import probabilities
from thespis.models.emotion.recogniser.lstm import train_lstm
from thespis.models.emotion.rest import canonical
from thespis.models.emotion.weights import PATH, load_model, save_model
from thespis.models.prior.pose_prior import load_pose_prior
from thespis.tests.act_takes import JOY, a_pose, turn_between, vertices_of
from thespis.tests.emotion_sets import small_set, waving
from thespis.tests.machine import a_tenth


def test_the_same_seed_gives_the_same_keys(model):
    request = ActRequest(JOY, seconds=2.0, seed=7)
    first, again, other = act(model, request), act(model, request), act(model, replace(request, seed=8))
    np.testing.assert_array_equal(first.poses, again.poses)
    np.testing.assert_array_equal(first.trans, again.trans)
    assert np.abs(first.poses - other.poses).max() > 1e-3
    assert len(first) == 61 and first.fps == 30 and first.contacts is not None


def test_the_mean_take_does_not_depend_on_the_seed(model):
    for mode in ("mean", "bias"):
        first, other = (act(model, ActRequest(JOY, 2.0, seed, mode)) for seed in (1, 2))
        np.testing.assert_array_equal(first.poses, other.poses)


def test_a_take_lasts_as_long_as_its_emotion_unless_told(model):
    lengths = [len(act(model, ActRequest(JOY, seed=seed))) / 30 for seed in range(6)]
    assert len(set(lengths)) > 1 and all(1.0 <= seconds <= 3.0 for seconds in lengths)
    assert len(act(model, ActRequest(JOY, seconds=3.0, fps=24.0))) == 73


def test_a_crossed_take_is_settled_by_its_seed_and_lasts_as_the_take_it_starts_from(model):
    first, again, other, plain = (
        act(model, ActRequest(JOY, seed=seed, mode=mode, liveliness=0.0))
        for seed, mode in ((3, "crossed"), (3, "crossed"), (4, "crossed"), (3, "sample"))
    )
    np.testing.assert_array_equal(first.poses, again.poses)
    assert len(first) == len(plain)
    assert np.abs(first.poses - plain.poses).max() > 1e-5
    assert len(other) != len(first) or np.abs(first.poses - other.poses).max() > 1e-5


def test_between_two_takes(model):
    still = ActRequest(JOY, 2.0, 1, liveliness=0.0)  # which is the seed's own, whatever is between
    ends = [act(model, replace(still, seed=seed)).poses for seed in (1, 2)]
    start, middle, end = (act(model, replace(still, other_seed=2, blend=share)).poses for share in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(start, ends[0], atol=1e-9)
    np.testing.assert_allclose(end, ends[1], atol=1e-4)
    assert min(np.abs(middle - start).mean(), np.abs(middle - end).mean()) > 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 3), min_size=1, max_size=4), st.floats(0, 12))
def test_shares_of_emotions_always_sum_to_one(gaps, second):
    times = np.cumsum(gaps)
    names = ["joy", "anger", "fear", "joy"]
    cues = Cues(tuple((float(t), names[k]) for k, t in enumerate(times)), tuple((float(t), k / 4) for k, t in enumerate(times)))
    told, shares = cues.emotion_shares(np.array([second, *times]))
    np.testing.assert_allclose(shares.sum(1), 1)
    assert (shares >= 0).all() and told == names[: min(len(times), 3)]
    expected = [[float(name == names[k]) for name in told] for k in range(len(times))]
    np.testing.assert_allclose(shares[1:], expected, atol=1e-9)
    np.testing.assert_allclose(cues.intensity(times), np.arange(len(times)) / 4, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 8))
def test_a_second_emotion_takes_its_share(share, later, second):
    path = (((0.0, "joy"), (3.0, "anger")), ((0.0, 1.0),))
    mixed = Cues(*path, ((1.0, "fear", share), (5.0, "joy", later)))
    told, shares = mixed.emotion_shares(np.array([second, 0.0, 1.0, 5.0, 9.0]))
    assert told == ["joy", "anger", "fear"]
    np.testing.assert_allclose(shares.sum(1), 1)
    np.testing.assert_allclose(shares[1], [1 - share, 0, share], atol=1e-9)
    np.testing.assert_allclose(shares[3:], [[later, 1 - later, 0]] * 2, atol=1e-9)
    assert {0.0, 1.0, 3.0, 5.0} <= set(mixed.knots())
    held = Cues(((0.0, "joy"), (4.0, "joy"), (5.0, "anger")), ((0.0, 1.0),), ((0.0, "fear", share),))
    assert held.changes() == ((4.0, 5.0),) or share > 1 - 1e-6, "nothing changes while an emotion holds"


def test_a_mixture_is_neither_of_its_parts(model):
    joy, both, anger = (
        act(model, ActRequest(steady("joy", 1.0, "anger", share), 3.0, 3)).poses[:, 1:22] for share in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(joy, act(model, ActRequest(steady("joy", 1.0), 3.0, 3)).poses[:, 1:22], atol=1e-9)
    np.testing.assert_allclose(anger, act(model, ActRequest(steady("anger", 1.0), 3.0, 3)).poses[:, 1:22], atol=1e-5)
    apart = np.abs(joy - anger).mean()
    assert max(np.abs(both - joy).mean(), np.abs(both - anger).mean()) < apart


def test_a_path_begins_as_its_first_emotion_and_ends_as_its_last(model):
    path = Cues(((0.5, "joy"), (3.5, "anger")), ((0.0, 1.0),))
    both = act(model, ActRequest(path, 4.0, 3)).poses
    joy, anger = (act(model, ActRequest(steady(name, 1.0), 4.0, 3)).poses for name in ("joy", "anger"))
    early, late = slice(0, 10), slice(-10, None)
    assert np.abs(both[early] - joy[early]).mean() < np.abs(both[early] - anger[early]).mean()
    assert np.abs(both[late] - anger[late]).mean() < np.abs(both[late] - joy[late]).mean()
    steps = np.linalg.norm(np.diff(both[:, 1:], n=2, axis=0), axis=-1).max()
    own = max(np.linalg.norm(np.diff(one[:, 1:], n=2, axis=0), axis=-1).max() for one in (joy, anger))
    assert steps < 2 * own, "no jump on the way"


def test_the_best_of_several_is_the_one_that_a_recogniser_is_surest_of(model):
    judge = train_lstm(small_set(), epochs=2)
    request = ActRequest(steady("joy", 0.8), seed=1)
    alone = act(model, request, judge)
    np.testing.assert_array_equal(alone.poses, act(model, request).poses)

    def certainty(best_of: int) -> float:
        number = surest_try(model, replace(request, best_of=best_of), judge)
        plain = replace(request, liveliness=0.0)  # the recogniser chooses before detail is drawn
        values = decoded(model, plain, seconds_of(model, request), None, number).astype(np.float32)
        told = probabilities(judge, TakeSet((values,), (Label("joy", 1.0, "", ""),), np.ones(1, bool), np.ones(1, bool)))
        return float(told[0, 0])

    chances = [certainty(best_of) for best_of in (1, 4, 16)]
    assert chances[0] <= chances[1] <= chances[2] and chances[0] < chances[2]


def test_the_best_of_several_is_the_same_take_at_any_intensity_and_length(model):
    judge = train_lstm(small_set(), epochs=2)
    chosen = set()
    for seed in range(6):
        request = ActRequest(JOY, 2.0, seed, best_of=8)
        asked = [
            replace(request, cues=steady("joy", intensity), seconds=seconds) for intensity in (0.0, 1.0) for seconds in (2, 5)
        ]
        numbers = {surest_try(model, one, judge) for one in asked}
        assert len(numbers) == 1
        chosen |= numbers
    assert len(chosen) > 1, "the judge does choose"


def test_a_take_lasts_as_long_as_the_one_it_is_near_to(model):
    space, joy = model.space, EMOTIONS.index("joy")
    apart = torch.randn(space.takes.shape, generator=torch.Generator().manual_seed(0))
    none = torch.zeros_like(space.spread)
    space = replace(space, takes=apart, spread=none, variance=none[..., 0], lasting=torch.linspace(-1, 1, KEPT).repeat(13, 1))
    own = replace(model, space=space)
    for seed in range(4):
        request = ActRequest(JOY, None, seed)
        intensity = request.cues.intensities[0][1]
        take = int(np.random.default_rng((seed, 0)).integers(KEPT))
        wanted = space.seconds("joy", intensity) * float(space.lasting[joy, take].exp())
        assert seconds_of(own, request) == pytest.approx(np.clip(wanted, SHORTEST, LONGEST))
        latent = latent_of(own, request, "joy")
        assert (latent - space.takes[joy]).norm(dim=1).argmin() == take, "the latent lies near that take"


def test_variation_grows_with_its_scale(model):
    plain = act(model, ActRequest(JOY, 2.0, 1)).poses
    away = [np.abs(act(model, ActRequest(JOY, 2.0, 1, walk=scale)).poses - plain).mean() for scale in (0.0, 0.5, 2.0)]
    assert away[0] == 0 < away[1] < away[2]


def test_the_walk_is_learnt_once_for_takes_of_any_length(model):
    near, same, other = (learnt_walk(model, "joy", intensity) for intensity in (0.71, 0.69, 0.2))
    assert near is same and near is not other
    for seconds in (1.0, 3.0):
        assert len(act(model, ActRequest(JOY, seconds, 1, walk=0.5))) == round(seconds * 30) + 1


def test_the_walk_has_the_spread_that_it_was_learnt_from():
    """Takes made by a known walk: at scale 1 the walk learnt from them spreads about as they do."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(layout().contacts.start, 3)))[0].T
    off = np.zeros((200, 60, 3))
    for t in range(1, 60):
        off[:, t] = 0.9 * off[:, t - 1] + 0.05 * rng.standard_normal((200, 3))
    takes = np.zeros((200, 60, layout().size))
    takes[..., : layout().contacts.start] = off @ directions
    walk = walk_of(takes)
    still = np.zeros((60, layout().size))
    made = np.stack([walk.walked(still, 1.0, np.random.default_rng(k)) for k in range(200)])
    theirs, ours = (part[:, 40:].std((0, 1)).max() for part in (takes, made))
    assert 0.5 * theirs < ours < 1.2 * theirs
    np.testing.assert_array_equal(walk.walked(still, 0.0, rng), still)


def test_a_take_of_someone_elses_is_varied_where_it_stands(model):
    start = waving(np.random.default_rng(2), 60)
    motion = replace(start, trans=start.trans + (3, 0, 1))
    near, far = (varied(model, motion, JOY, scale, 1) for scale in (0.2, 3.0))
    assert len(near) == len(motion) and near.fps == motion.fps
    np.testing.assert_allclose(near.trans[:, [0, 2]].mean(0), (3, 1), atol=0.2)
    base = varied(model, motion, JOY, 0.0, 1)
    assert 0 < np.abs(near.poses - base.poses).mean() < np.abs(far.poses - base.poses).mean()


def test_a_single_pose_is_varied_among_likely_poses():
    prior = load_pose_prior()
    pose = prior.means[0] + 0.1
    np.testing.assert_allclose(pose_aside(prior, pose, 0.0, 1), pose, atol=1e-9)
    near, far = (np.abs(pose_aside(prior, pose, scale, 1) - pose).mean() for scale in (0.2, 1.0))
    assert 0 < near < far
    np.testing.assert_array_equal(pose_aside(prior, pose, 1.0, 5), pose_aside(prior, pose, 1.0, 5))


def test_the_pose_of_a_mesh_is_found(tmp_path):
    rng = np.random.default_rng(1)
    body = canonical().body
    poses, betas = rng.normal(0, 0.3, (1, 55, 3)), rng.normal(0, 0.7, 16)
    true = Motion(poses, np.array([[0.4, 1.1, -2.0]]), betas, np.zeros((1, 64)), 30.0)
    write_obj(tmp_path / "mesh.obj", vertices_of(true, np.arange(body.vertex_count))[0], body)
    found = pose_of_mesh(tmp_path / "mesh.obj", body)
    assert turn_between(found.poses[0, :22], poses[0, :22]) < np.radians(0.5)
    np.testing.assert_allclose(found.trans, true.trans, atol=1e-3)
    apart = vertices_of(found, np.arange(0, body.vertex_count, 50)) - vertices_of(true, np.arange(0, body.vertex_count, 50))
    assert np.linalg.norm(apart, axis=-1).max() < 1e-3


def test_a_mesh_of_something_else_is_refused(tmp_path):
    body = canonical().body
    path = tmp_path / "cube.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(ThespisError, match="has 3 vertices, the body has"):
        pose_of_mesh(path, body)
    path.write_text("nothing\n")
    with pytest.raises(ThespisError, match="holds no vertices"):
        pose_of_mesh(path, body)
    centimetres = np.asarray(body.v_template) * 100
    write_obj(path, centimetres, body)
    with pytest.raises(ThespisError, match="in metres"):
        pose_of_mesh(path, body)


def test_ten_seconds_take_less_than_a_tenth():
    shipped = load_model(PATH)
    act(shipped, ActRequest(JOY, 10.0))
    shares = []
    for seed, emotion in enumerate(EMOTIONS):
        started = time.process_time()
        act(shipped, ActRequest(steady(emotion, 1.0), 10.0, seed))
        shares.append((time.process_time() - started) / a_tenth())
    assert np.median(shares) < 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bliss"], "none of the emotions"),
        (["joy", "--intensity", "2"], "The intensity is 2"),
        (["joy", "--intensity", "loud"], "'loud' is no intensity"),
        (["joy", "--seconds", "0"], "0 seconds cannot be made"),
        (["joy", "--seconds", "99"], "99 seconds cannot be made"),
        (["3:joy,1:anger"], "do not rise"),
        (["joy,anger"], "several cues need their seconds"),
        (["joy", "--return"], "no pose to return to"),
        (["joy", "--from", "gone.npz"], "no such file"),
        (["joy", "--from", "pose.fbx"], "cannot be started from"),
        (["joy", "--blend", "3"], "The blend is 3"),
        (["joy", "--seed", "-1"], "A seed is a whole number"),
        (["joy", "--fps", "0"], "0 frames a second"),
        (["fear"], "were not taught fear"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(model, tmp_path, capsys, arguments, message):
    weights, out = tmp_path / "weights.safetensors", tmp_path / "take.npz"
    save_model(model, weights)
    assert main(["act", *arguments, "--weights", str(weights), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not out.exists()


def test_the_command_writes_a_motion(model, tmp_path, capsys):
    weights, out, pose = tmp_path / "weights.safetensors", tmp_path / "take.npz", tmp_path / "pose.npz"
    save_model(model, weights)
    write_motion(a_pose(), pose)
    told = ["--intensity", "0:0.2,1:1", "--seconds", "2", "--from", str(pose), "--return", "--weights", str(weights)]
    assert main(["act", "0:joy,1:anger", *told, "--out", str(out)]) == 0
    assert "61 frames" in capsys.readouterr().out
    motion = read_motion(out)
    np.testing.assert_allclose(motion.trans[0], a_pose().trans[0], atol=1e-5)
    assert main(["act", "joy", "--weights", str(Path("gone.safetensors")), "--out", str(out)]) == 2
    assert main(["act", "joy", "--weights", str(weights), "--out", str(tmp_path / "take.bvh")]) == 2


def test_the_command_varies_takes_and_poses(model, tmp_path):
    weights, take, pose, out = (tmp_path / name for name in ("weights.safetensors", "take.npz", "pose.npz", "out.npz"))
    save_model(model, weights)
    write_motion(waving(np.random.default_rng(0), 60), take)
    write_motion(a_pose(), pose)
    for path in (take, pose):
        told = ["act", "joy", "--vary", str(path), "--weights", str(weights), "--out", str(out)]
        assert main(told) == 2, "no variation was asked for"
        assert main([*told, "--variation", "0.5"]) == 0
        given, made = read_motion(path), read_motion(out)
        assert len(given) == len(made) and np.abs(given.poses - made.poses).max() > 0.01
        np.testing.assert_allclose(made.trans[0, [0, 2]], given.trans[0, [0, 2]], atol=0.1)


def test_parsing_of_cues():
    cues = parse_cues("0:Joy, 4:anger", "0.5")
    assert cues.emotions == ((0.0, "joy"), (4.0, "anger")) and cues.intensities == ((0.0, 0.5),)
    assert parse_cues("joy", "1", "Anger:0.3").mixes == ((0.0, "anger", 0.3),)
    for wrong in ("anger", "anger:lots"):
        with pytest.raises(ThespisError, match=r"Write anger:0\.3"):
            parse_cues("joy", "1", wrong)
    with pytest.raises(ThespisError, match=r"share is 1\.2"):
        parse_cues("joy", "1", "anger:1.2")
    with pytest.raises(ThespisError, match="Write joy, or"):
        parse_cues("joy,anger", "0.5")
