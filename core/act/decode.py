"""A request becomes a path through the latent, and the path becomes features."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from ...models.emotion.cvae import Condition
from ...models.emotion.emotions import EMOTION_INDEX, EMOTIONS
from ...models.emotion.features import FRAME_RATE, layout
from ...models.emotion.latent_space import Draw
from ...models.emotion.recogniser.judge import Judge
from ...models.emotion.weights import EmotionModel
from ..errors import ThespisError
from ..fit.device import one_thread
from ..skeleton import BODY_JOINT_COUNT
from .best import surest
from .crossfade import crossfaded
from .cues import faded_shares
from .request import LONGEST, SHORTEST, ActRequest

Array = NDArray[np.float64]

_FASTEST, _HEAVIEST = 3.5, 1.5
"""Hz: what the decoder made slower than this is movement, what is quicker may be its tremble: it makes five tokens a second. The
pelvis, which carries the body's weight, moves the slower. A Butterworth filter of fourth order, forth and back, tells them
apart, as is usual in biomechanics (Winter 2009)."""
_TREMBLE, _HUM = np.radians(0.2) * np.sqrt(2.0), 3e-3
"""What is quicker passes where about as much of it comes together as in something sudden, and less the less there is (a Wiener
filter's gain, of which these are the noise): of a joint's 6D rotation, for a turn of 0.2 degrees, and of the pelvis in metres."""
_TOGETHER = 2.0
"""Frames, the standard deviation of the Gaussian within which it comes together: it lasts as long as a start or a stop."""

_ENDING = 0.6, 0.3
"""Of the way from frame to frame before them, what is left in the last ones."""

_JUDGED_AT = 0.8
"""The intensity at which a recogniser chooses among tries."""


def seconds_of(model: EmotionModel, request: ActRequest, number: int = 0) -> float:
    """How long the take lasts: as asked, or as the first cue's emotion does, drawn with the latent of that try (the middle for
    the mean)."""
    if request.seconds is not None:
        return request.seconds
    draw: Draw = "normal"
    rng = np.random.default_rng((request.seed, 1))
    if request.mode == "sample":
        rng, draw = _random(request.seed, number), "sample"
    (_, emotion), (_, intensity) = request.cues.emotions[0], request.cues.intensities[0]
    own = model.space.seconds(emotion, intensity, rng if request.draws else None, draw)
    return float(np.clip(own, SHORTEST, LONGEST))


def decoded(model: EmotionModel, request: ActRequest, seconds: float, start: Array | None, number: int = 0) -> Array:
    """(T, D) features at FRAME_RATE. start: (D,) features of the pose to start from, in its own heading. number: of the try."""
    return _calmed(_tries(model, request, seconds, start, [number])[0])


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


def _calmed(values: Array) -> Array:
    """Features (T, D) without the decoder's tremble: sudden movement stays, quick small movement while the body is quiet goes.
    Contacts as they are."""
    parts = layout()
    contacts = values[:, parts.contacts]
    values = _run_out(_run_out(values)[::-1])[::-1]
    calm = _slow(values, _FASTEST)
    rotations, place = parts.rotations, parts.place
    quick = (values - calm)[:, rotations].reshape(len(values), BODY_JOINT_COUNT, 6)
    calm[:, rotations] += _sudden(quick, _TREMBLE).reshape(len(values), -1)
    carried = _slow(values[:, place], _HEAVIEST)
    calm[:, place] = carried + _sudden(values[:, place] - carried, _HUM)
    calm[:, parts.contacts] = contacts
    return calm


def _run_out(values: Array) -> Array:
    """Features (T, D) whose last frames go on as those before them: of the ends one token of the decoder alone speaks, and it now
    and then jerks there."""
    out = values.copy()
    step = values[-len(_ENDING) - 1] - values[-len(_ENDING) - 2]
    for frame, share in enumerate(_ENDING, len(values) - len(_ENDING)):
        out[frame] = out[frame - 1] + share * step
    return out


def _slow(values: Array, fastest: float) -> Array:
    low_pass = butter(4, fastest, fs=FRAME_RATE, output="sos")
    slow: Array = sosfiltfilt(low_pass, values, axis=0, padlen=min(15, len(values) - 1))
    return slow


def _sudden(quick: Array, tremble: float) -> Array:
    """What of quick movement (T, ..., C) is more than tremble, over all C together."""
    power = gaussian_filter1d((quick**2).sum(-1, keepdims=True), _TOGETHER, axis=0)
    kept: Array = quick * power / (power + tremble**2)
    return kept


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
    # Along a quarter of a circle about the mean: halfway, a take is as far from the mean as its two ends, not duller than both.
    angle = request.blend * np.pi / 2
    return mean + np.cos(angle) * (first - mean) + np.sin(angle) * (drawn(request.other_seed) - mean)


def _check_known(model: EmotionModel, names: list[str]) -> None:
    missing = sorted({name for name in names if not model.space.known[EMOTION_INDEX[name]]})
    if missing:
        known = ", ".join(name for name in EMOTIONS if model.space.known[EMOTION_INDEX[name]])
        raise ThespisError(f"These weights were not taught {' and '.join(missing)}. They know: {known}.")
