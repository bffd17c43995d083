"""How alike two movements are in what they are made of: how much slow, how much quick movement there is, about when.

A squared error asks for the mean of all performances that a latent may stand for, and where the moment of a start is known only
to a tenth of a second, that mean starts slowly: everything sudden comes out smooth. The magnitudes of short Fourier transforms of
several lengths do not ask for the moment (as for sound: Yamamoto, Song and Kim 2020; Engel et al. 2020, the spectral loss).
"""

import math
from typing import Final

import torch
from torch import Tensor

from .features import FRAME_RATE

_WINDOWS: Final = (8, 16, 32)
"""Frames that are looked at together: a gesture's start, a gesture, a phrase."""
_SPEED, _ACCELERATION, _JERK = 0.06, 0.6, 6.0
"""Metres a second, a second squared, and cubed: spectra are not told apart much below them, where it is the noise of both."""


def spectral_distance(made: Tensor, true: Tensor, there: Tensor, metre: float) -> Tensor:
    """The mean distance of the logarithms of the magnitudes of two movements' speeds: at every frequency alike.

    made, true: (B, T, P, C), P things that move in C dimensions, in any unit; a magnitude is over all C, so that it does not
    depend on the axes. there: (B, T) which frames count, without gaps from the first on. metre: how much of that unit is as
    much as a metre of a joint's way. 0 for takes shorter than the shortest window.
    """
    both = there[:, 1:] & there[:, :-1]
    speeds = [points.diff(dim=1) * FRAME_RATE for points in (made, true)]
    parts = []
    for window in _WINDOWS:
        if both.shape[1] < window:
            continue
        whole = both[:, window - 1 :: window // 4].float()
        ours, theirs = (_magnitudes(speed, window, metre).log() for speed in speeds)
        apart = (ours - theirs).abs().mean((1, 2))
        parts.append((apart * whole).sum() / whole.sum().clamp(min=1))
    return torch.stack(parts).mean() if parts else made.sum() * 0


def _magnitudes(speed: Tensor, window: int, metre: float) -> Tensor:
    """(B, P, F, N) magnitudes of speeds (B, T, P, C), at F frequencies in N windows a quarter apart; none is 0, as noise
    is in all of them."""
    batch, frames, points, axes = speed.shape
    lines = speed.permute(0, 2, 3, 1).reshape(-1, frames)
    hann = torch.hann_window(window, device=speed.device)
    spectrum = torch.stft(lines, window, window // 4, window=hann, center=False, return_complex=True)
    power = (spectrum.real.square() + spectrum.imag.square()).reshape(batch, points, axes, *spectrum.shape[1:]).sum(2)
    turns = 2 * math.pi * torch.arange(window // 2 + 1, device=speed.device) * FRAME_RATE / window
    noise = metre / (1 / _SPEED + turns / _ACCELERATION + turns.square() / _JERK)
    return (power / hann.square().sum() + noise.square()[:, None]).sqrt()
