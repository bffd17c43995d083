"""A request becomes a path through the latent, and the path becomes features."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.emotion.calm import calmed
from ...models.emotion.cvae import Condition
from ...models.emotion.detail.laid import laid_over
from ...models.emotion.detail.network import DETAIL, FOOTING, NOISES, smoothed, told_of, white_frames
from ...models.emotion.detail.posture import held
from ...models.emotion.emotions import EMOTION_INDEX, EMOTIONS
from ...models.emotion.features import FRAME_RATE
from ...models.emotion.latent_space import Draw, towards
from ...models.emotion.recogniser.judge import Judge
from ...models.emotion.weights import EmotionModel
from ..errors import ThespisError
from ..fit.device import one_thread
from .best import surest
from .crossfade import crossfaded
from .cues import faded_shares
from .request import LONGEST, SHORTEST, ActRequest

Array = NDArray[np.float64]

_QUIETER = 0.65
"""How large the noise is that detail is drawn from, where 1 is what the network was taught with: new takes lie a little beside
those that it learnt from, and there it draws too much. Chosen by how near takes come to performances in the features of a body
judge."""
_JOINED, _FOOTING = 0.8, 2.4
"""Seconds within which detail comes in after a join, and goes before one: what chance moves there would be a jump; and that of
pelvis and legs, since feet that are put down at a join are let go of later."""
_JUDGED_AT = 0.8
"""The intensity at which a recogniser chooses among tries."""


def seconds_of(model: EmotionModel, request: ActRequest, number: int = 0) -> float:
    """How long the take lasts: as asked, or as the first cue's emotion does, drawn with the latent of that try (the middle for
    the mean)."""
    if request.seconds is not None:
        return request.seconds
    draw: Draw = "normal"
    rng = np.random.default_rng((request.seed, 1))
    if request.mode in ("sample", "crossed"):
        rng, draw = _random(request.seed, number), request.mode
    (_, emotion), (_, intensity) = request.cues.emotions[0], request.cues.intensities[0]
    own = model.space.seconds(emotion, intensity, rng if request.draws else None, draw)
    return float(np.clip(own, SHORTEST, LONGEST))


def decoded(model: EmotionModel, request: ActRequest, seconds: float, start: Array | None, number: int = 0) -> Array:
    """(T, D) features at FRAME_RATE: calmed, and with detail. start: (D,) features of the pose to start from, in its own heading.
    number: of the try."""
    made = _tries(model, request, seconds, start, [number])[0]
    calm = calmed(made)
    if request.liveliness == 0:
        return calm
    joined = start is not None
    share = _away_from_joins(len(calm), joined or request.loops, (joined and request.returns) or request.loops)
    detail = _detail(model, request, calm, made) + _posture(model, request, len(calm), number)
    return laid_over(calm, request.liveliness * share * detail)


def _away_from_joins(frames: int, begins: bool, ends: bool) -> Array:
    """(T, DETAIL) how much of the detail there is: none where a take is joined to something, all of it a while away."""
    coming = np.full(DETAIL, _JOINED)
    coming[FOOTING] = _FOOTING
    away = np.arange(frames)[:, None] / FRAME_RATE / coming
    near = np.ones((frames, DETAIL))
    if begins:
        near = np.minimum(near, away)
    if ends:
        near = np.minimum(near, away[::-1])
    eased: Array = np.sin(np.pi / 2 * near) ** 2
    return eased


@torch.inference_mode()
def _detail(model: EmotionModel, request: ActRequest, calm: Array, made: Array) -> Array:
    """(T, DETAIL) what the decoder left out of what it made (T, D), drawn by the request's seed: at every intensity by the same
    noise, and of the most typical take, of which nothing is left to the seed, always."""
    seconds = np.arange(len(made)) / FRAME_RATE
    names, shares = request.cues.emotion_shares(seconds)
    emotion = np.asarray(shares) @ np.eye(len(EMOTIONS))[[EMOTION_INDEX[name] for name in names]]
    rng = np.random.default_rng((request.seed if request.draws else 0, 4))
    white = rng.standard_normal((white_frames(len(made)), NOISES)).T
    given = (calm, made, emotion, request.cues.intensity(seconds), white)
    values, decoded, emotions, intensity, noise = (torch.as_tensor(np.array(part, np.float32))[None] for part in given)
    with one_thread():
        drawn = model.detail(told_of(values, decoded, emotions, intensity), _QUIETER * smoothed(noise))
    return drawn[0].double().numpy()


def _posture(model: EmotionModel, request: ActRequest, frames: int, number: int) -> Array:
    """(T, DETAIL) how who plays it holds themselves, by the request's seed; the most typical take is nobody's in particular."""
    detail = np.zeros((frames, DETAIL))
    if not request.draws:
        return detail
    names, shares = request.cues.emotion_shares(np.arange(frames) / FRAME_RATE)
    for name, share in zip(names, np.asarray(shares).T, strict=True):
        other = np.random.default_rng((request.seed, 5))
        posture = model.space.posture(name, _random(request.seed, number), other)
        detail += share[:, None] * held(posture.double().numpy(), frames)
    return detail


def surest_try(model: EmotionModel, request: ActRequest, judge: Judge | None) -> int:
    """The number of the try that `judge` is surest of, 0 where the request has but one. It is the same at every intensity, length
    and start: a take that is made stronger stays that take."""
    if judge is None or request.best_of == 1 or not request.draws:
        return 0
    judged = replace(request, cues=replace(request.cues, intensities=((0.0, _JUDGED_AT),)), seconds=None)
    takes = _tries(model, judged, seconds_of(model, judged), None, range(request.best_of))
    names, _ = request.cues.emotion_shares(np.zeros(1))
    return surest(judge, takes, tuple(names))


@torch.inference_mode()
def _tries(model: EmotionModel, request: ActRequest, seconds: float, start: Array | None, numbers: Sequence[int]) -> Array:
    """(K, T, D) the tries of these numbers.

    Where emotions change, the way through the latent is gone in strides: a take is made at each of its knots, and they are faded
    one into the next. A latent that changes within a decoded take makes it lurch: halfway between two performances lies another.
    """
    frames = round(seconds * FRAME_RATE) + 1
    knots = request.cues.knots()
    names, shares = request.cues.emotion_shares(knots)
    _check_known(model, names)
    tries = len(numbers)
    share = torch.as_tensor(shares, dtype=torch.float32)
    latents = torch.stack([torch.stack([latent_of(model, request, name, number) for name in names]) for number in numbers])
    emotion = share @ torch.eye(len(EMOTIONS))[[EMOTION_INDEX[name] for name in names]]
    count = tries * len(knots)
    condition = Condition(emotion.repeat(tries, 1), _intensities(model, request, frames).expand(count, -1).squeeze(-1))
    begin = None if start is None else torch.as_tensor(start, dtype=torch.float32).expand(count, -1)
    with one_thread():  # so little is computed that a second thread only gets in the way
        made = model.network.decode((share @ latents).flatten(0, 1), torch.full((count,), frames), condition, begin)
        takes = made.double().numpy().reshape(tries, len(knots), frames, -1)
        seen = faded_shares(knots, np.arange(frames) / FRAME_RATE)
        return takes[:, 0] if len(knots) == 1 else np.stack([crossfaded(take, seen) for take in takes])


def _intensities(model: EmotionModel, request: ActRequest, frames: int) -> torch.Tensor:
    """(1, N) of each of the network's tokens; (1, 1) where it does not change."""
    patch = model.network.config.patch
    times = (np.arange(-(-frames // patch)) + 0.5) * patch / FRAME_RATE
    steady = len(request.cues.intensities) == 1
    return torch.as_tensor(request.cues.intensity(times[:1] if steady else times), dtype=torch.float32)[None]


def _random(seed: int, number: int) -> np.random.Generator:
    """What settles the latent of a seed's try, and with it how long the take lasts."""
    return np.random.default_rng((seed, 0, number) if number else (seed, 0))


def latent_of(model: EmotionModel, request: ActRequest, emotion: str, number: int = 0) -> torch.Tensor:
    """(L,) the latent that the request's mode, seeds and blend choose for `emotion`; number: of the try."""
    mean = model.space.mean[EMOTION_INDEX[emotion]]
    if request.mode == "mean":
        return mean
    if request.mode == "bias":
        return torch.zeros_like(mean)
    draw = request.mode

    def drawn(seed: int) -> torch.Tensor:
        return model.space.drawn(emotion, _random(seed, number), draw)

    first = drawn(request.seed)
    if request.other_seed is None or request.blend == 0:
        return first
    return mean + towards(first - mean, drawn(request.other_seed) - mean, request.blend)


def _check_known(model: EmotionModel, names: list[str]) -> None:
    missing = sorted({name for name in names if not model.space.known[EMOTION_INDEX[name]]})
    if missing:
        known = ", ".join(name for name in EMOTIONS if model.space.known[EMOTION_INDEX[name]])
        raise ThespisError(f"These weights were not taught {' and '.join(missing)}. They know: {known}.")
