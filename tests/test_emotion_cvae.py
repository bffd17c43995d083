"""The CVAE: padding, losses, learning, resuming, weights; training through the command."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch
from thespis.core.commandline import main
from thespis.core.errors import CancelledError, ThespisError
from thespis.core.progress import Progress
from thespis.models.emotion.batches import Batches, condition_of, make_batch
from thespis.models.emotion.cvae import Condition, CVAEConfig, EmotionCVAE
from thespis.models.emotion.dataset.takes import TakeSet
from thespis.models.emotion.detail.network import NOISES, TOLD
from thespis.models.emotion.emotions import EMOTION_INDEX
from thespis.models.emotion.features import layout
from thespis.models.emotion.latent_space import encode_all, latent_space
from thespis.models.emotion.losses import Losses, LossWeights, divergence, spread_vertices
from thespis.models.emotion.rest import canonical
from thespis.models.emotion.train import CHECKPOINT, LOG, TrainOptions, choose_device, train
from thespis.models.emotion.weights import load_model, save_model
from thespis.tests.emotion_sets import small_set, write_diem_a_set

SMALL = TrainOptions(steps=6, batch=4, width=40, layers=1, latent=12, device="cpu", threads=1)


@pytest.fixture(scope="module")
def takes() -> TakeSet:
    return small_set()


def small_network(takes: TakeSet, seed: int = 0) -> EmotionCVAE:
    torch.manual_seed(seed)
    mean, std = takes.statistics()
    return EmotionCVAE(
        CVAEConfig(layout().size, width=40, layers=2, latent=12), torch.as_tensor(mean), torch.as_tensor(std)
    ).eval()


def test_padding_never_changes_the_answer(takes):
    network = small_network(takes)
    order = np.argsort(takes.lengths)
    short, long = int(order[0]), int(order[-1])
    assert takes.lengths[short] % 4 and takes.lengths[short] < takes.lengths[long]
    plain = np.zeros(2, bool)
    together, alone = (
        make_batch(takes, np.array([short, long]), [short, long], plain, plain),
        make_batch(takes, np.array([short]), [short], plain[:1], plain[:1]),
    )
    with torch.no_grad():
        told = together.values.clone()
        told[0, takes.lengths[short] :] = 7.0  # whatever stands in the padding
        both, _ = network.encode(told, together.lengths, together.condition)
        one, _ = network.encode(alone.values, alone.lengths, alone.condition)
        torch.testing.assert_close(both[:1], one, atol=1e-5, rtol=1e-5)
        decoded = network.decode(both, together.asked_lengths, together.asked)
        single = network.decode(one, alone.asked_lengths, alone.asked)
    torch.testing.assert_close(decoded[:1, : takes.lengths[short]], single, atol=1e-4, rtol=1e-4)


def test_a_condition_that_stays_the_same_over_time_is_the_condition(takes):
    network = small_network(takes)
    latent, lengths = torch.randn(1, 12), torch.tensor([22])
    emotion = torch.nn.functional.one_hot(torch.tensor([EMOTION_INDEX["joy"]]), 13).float()
    with torch.no_grad():
        once = network.decode(latent, lengths, Condition(emotion, torch.tensor([0.4])))
        path = Condition(emotion[:, None].expand(1, 6, 13), torch.full((1, 6), 0.4))
        over_time = network.decode(latent[:, None].expand(1, 6, 12), lengths, path)
    torch.testing.assert_close(once, over_time, atol=1e-5, rtol=1e-5)


def test_no_seam_is_seen_between_tokens(takes):
    """Of tokens that each make one number for all of their frames: frames go from one number to the next in even steps."""
    network = small_network(takes)
    numbers = torch.tensor([[0.0, 1.0, 0.0, 0.5]])
    made = numbers[..., None].expand(1, 4, 2 * 4 * layout().size)
    frames = network._laid_over(made, torch.tensor([[True, True, True, False]]))[0, :, 0]
    assert frames.shape == (16,)
    torch.testing.assert_close(frames[:2], torch.zeros(2))
    assert frames.diff().abs().max() < 0.4 and frames.max() < 1
    torch.testing.assert_close(frames[10:14], torch.zeros(4))  # a token beyond the take's end says nothing


def test_an_untrained_decoder_does_not_tremble(takes):
    """Found in a young model: frames of one token that began differently shook it at the frame rate for hundreds of steps."""
    network = small_network(takes)
    condition = Condition(torch.eye(13)[:1], torch.tensor([0.5]))
    with torch.no_grad():
        values = network.decode(torch.randn(1, 12), torch.tensor([80]), condition)[0]
    bend, way = values.diff(n=2, dim=0).square().mean(), values.diff(dim=0).square().mean()
    assert bend < 0.6 * way, "of white noise it would be three times as much"


def test_losses_are_none_for_the_truth_and_see_what_is_wrong(takes):
    losses = Losses(canonical(), torch.as_tensor(takes.statistics()[1]), LossWeights(vertices=1.0))
    plain = np.zeros(2, bool)
    batch = make_batch(takes, np.array([0, 1]), [0, 1], plain, plain)
    true = losses(batch.target.values, batch.target)
    for name in ("rotations", "place", "joints", "velocity", "acceleration", "hands", "face", "vertices"):
        assert float(true[name]) < 1e-9, name
    moved = batch.target.values.clone()
    moved[..., layout().place.start] += 0.1
    wrong = losses(moved, batch.target)
    assert float(wrong["joints"]) < 1e-9 and float(wrong["place"]) == pytest.approx(0.01 / 3, rel=1e-4)
    assert float(wrong["velocity"]) < 1e-8 and float(wrong["vertices"]) < 1e-9
    beyond = batch.target.values.clone()
    beyond[0, batch.asked_lengths[0] :] = 3.0
    beyond[1, batch.asked_lengths[1] :] = 3.0
    for name, loss in losses(beyond, batch.target).items():
        torch.testing.assert_close(loss, true[name], msg=name)
    deaf = replace(batch.target, has_face=torch.zeros(2), has_hands=torch.zeros(2))
    grimace = batch.target.values.clone()
    grimace[..., layout().face] += 1
    assert float(losses(grimace, deaf)["face"]) == 0 < float(losses(grimace, batch.target)["face"])


def test_divergence_is_that_of_gaussians():
    mean, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    own = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    known = torch.distributions.kl_divergence(own, torch.distributions.Normal(0.0, 1.0)).sum(-1).mean()
    torch.testing.assert_close(divergence(mean, log_variance), known)


def test_the_vertices_looked_at_lie_all_over_the_body():
    chosen = spread_vertices(canonical(), 60)
    assert len(set(chosen.tolist())) == 60
    rest = canonical().body.v_template
    apart = np.linalg.norm(rest[:, None] - rest[chosen][None], axis=-1).min(1)
    assert apart.max() < 0.15


def test_it_learns(takes, tmp_path):
    takes = takes.subset(range(8))
    first = Losses(canonical(), torch.as_tensor(takes.statistics()[1]), LossWeights())
    model = train(takes, tmp_path, replace(SMALL, steps=300, batch=8, rate=3e-3, width=80, layers=2), "Made up.")
    means, _ = encode_all(model.network, takes)
    chosen = np.arange(len(takes))
    batch = make_batch(takes, chosen, chosen, np.zeros(len(chosen), bool), np.zeros(len(chosen), bool))
    with torch.no_grad():
        values = model.network.decode(means, batch.asked_lengths, batch.asked)
        mixed = model.network.decode(means.roll(5, 0), batch.asked_lengths, batch.asked)
    error, other = (float(first(part, batch.target)["joints"]) ** 0.5 for part in (values, mixed))
    assert error < 0.08, f"{error:.3f} m"
    assert error < 0.9 * other, f"the latent tells takes apart: {error:.4f}, {other:.4f}"


@pytest.mark.parametrize("stopped", ["training", "detail"])
def test_resumed_training_is_the_uninterrupted_one(takes, tmp_path, stopped):
    options = replace(SMALL, steps=12)
    whole = train(takes, tmp_path / "whole", options, "Made up.")

    class Impatient(Progress):
        stage_now = ""

        def begin(self, name: str, total: float = 0.0) -> None:
            self.stage_now = name

        def update(self, done: float) -> None:
            if done == 1 + (stopped == "training") and self.stage_now == stopped:
                raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        train(takes, tmp_path / "parts", options, "Made up.", Impatient())
    parts = train(takes, tmp_path / "parts", options, "Made up.")
    for name in ("network", "detail"):
        other = getattr(parts, name).state_dict()
        for key, value in getattr(whole, name).state_dict().items():
            torch.testing.assert_close(other[key], value, atol=0, rtol=0, msg=f"{name}: {key}")


def test_hours_set_the_number_of_steps(takes, tmp_path):
    train(takes, tmp_path, replace(SMALL, steps=None, hours=5 / 3600), "Made up.")
    last = (tmp_path / LOG).read_text().splitlines()[-1].split(",")
    assert int(last[0]) >= 30 and float(last[1]) < 60


def test_a_checkpoint_of_another_training_or_a_broken_one_is_refused(takes, tmp_path):
    train(takes, tmp_path, SMALL, "Made up.")
    with pytest.raises(ThespisError, match="other options"):
        train(takes, tmp_path, replace(SMALL, batch=5), "Made up.")
    (tmp_path / CHECKPOINT).write_bytes(b"nonsense")
    with pytest.raises(ThespisError, match="cannot go on"):
        train(takes, tmp_path, SMALL, "Made up.")
    with pytest.raises(ThespisError, match="no device abacus"):
        choose_device("abacus")


def test_weights_come_back_and_broken_ones_are_named(takes, tmp_path):
    model = train(takes, tmp_path / "trained", SMALL, "Made up.")
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    again = load_model(path)
    condition = condition_of(takes, [0])
    with torch.no_grad():
        ours, theirs = (one.network.decode(one.space.mean[:1], torch.tensor([20]), condition) for one in (model, again))
    torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=2e-2)
    told, noise = torch.randn(1, 20, TOLD), torch.randn(1, NOISES, 20)
    with torch.no_grad():
        ours, theirs = (one.detail(told, noise) for one in (model, again))
    torch.testing.assert_close(ours, theirs)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ThespisError, match="cannot be read"):
        load_model(path)
    with pytest.raises(ThespisError, match="there are no weights"):
        load_model(tmp_path / "gone.safetensors")


def test_new_takes_are_drawn_where_the_emotions_own_lie(takes):
    network = small_network(takes)
    space = latent_space(network, takes)
    means, _ = encode_all(network, takes)
    assert space.known.sum() == 3
    rng = np.random.default_rng(0)
    drawn = torch.stack([space.drawn("joy", rng, "normal") for _ in range(3000)])
    own = means[takes.emotions == EMOTION_INDEX["joy"]]
    torch.testing.assert_close(drawn.mean(0), own.mean(0), atol=0.1, rtol=0)
    both = torch.cov(own.T) + torch.diag(space.variance[EMOTION_INDEX["joy"]])
    assert torch.linalg.norm(torch.cov(drawn.T) - both) < 0.15 * torch.linalg.norm(both)
    sure = replace(space, variance=space.variance * 0)  # an untrained encoder's doubt is larger than all that it tells apart
    near, anywhere = (torch.stack([sure.drawn("joy", rng, draw) for _ in range(300)]) for draw in ("sample", "normal"))
    kept = space.takes[EMOTION_INDEX["joy"]]
    assert torch.cdist(near, kept).min(1).values.median() < 0.7 * torch.cdist(anywhere, kept).min(1).values.median()
    assert torch.cdist(near, kept).min() > 0
    crossed = torch.stack([sure.drawn("joy", rng, "crossed") for _ in range(3000)])
    assert torch.cdist(crossed[:300], kept).min(1).values.median() > torch.cdist(near, kept).min(1).values.median()
    torch.testing.assert_close(crossed.mean(0), own.mean(0), atol=0.1, rtol=0)
    spread = torch.cov(kept.T)
    assert torch.linalg.norm(torch.cov(crossed.T) - spread) < 0.15 * torch.linalg.norm(spread)
    paper = torch.stack([space.drawn("joy", rng, "paper") for _ in range(3000)])
    assert float(torch.cov(paper.T).trace()) < float(torch.cov(drawn.T).trace())
    joy = takes.subset(np.flatnonzero(takes.emotions == EMOTION_INDEX["joy"]))
    assert joy.lengths.min() / 20 < space.seconds("joy", 0.5) < joy.lengths.max() / 20


def test_batches_show_every_emotion_equally_often(takes):
    few = takes.subset([0, 1, *np.flatnonzero(takes.emotions == EMOTION_INDEX["anger"])])
    batches = Batches(few, 8, 0)
    joy = np.mean([float(batches(step).condition.emotion[:, EMOTION_INDEX["joy"]].mean()) for step in range(40)])
    assert 0.4 < joy < 0.6


def test_a_set_in_diem_as_layout_trains_through_the_command(tmp_path, capsys):
    folder = write_diem_a_set(tmp_path / "diem")
    out = tmp_path / "trained"
    small = [
        "--steps",
        "3",
        "--batch",
        "4",
        "--width",
        "40",
        "--layers",
        "1",
        "--latent",
        "12",
        "--device",
        "cpu",
        "--threads",
        "1",
    ]
    assert main(["train", "--data", str(folder), "--out", str(out), *small]) == 0
    assert load_model(out / "emotion_cvae.safetensors").space.known.sum() == 3
    card = (out / "emotion_cvae.md").read_text()
    assert "| joy | 6 | 1 | 2 |" in card and "diem" in card
    assert main(["train", "--data", str(folder), "--out", str(tmp_path / "defaults"), "--steps", "1"]) == 0
    assert main(["train", "--data", str(tmp_path / "gone"), "--out", str(out), *small]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main(["train", "--data", str(folder), "--out", str(out), "--hours", "0"]) == 2


def test_the_last_steps_of_a_training_are_the_sharper_ones(takes, tmp_path):
    train(takes.subset(range(8)), tmp_path, replace(SMALL, steps=200), "Made up.")
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        spectra = {int(row["step"]): float(row["joint_spectrum"]) for row in csv.DictReader(file)}
    assert spectra[50] == spectra[100] == 0 < spectra[150]
    weights = LossWeights()
    assert weights.sharper().joint_spectrum > 0 == weights.joint_spectrum and weights.sharper().velocity < weights.velocity
