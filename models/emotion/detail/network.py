"""A small network that draws, from noise, the quick detail which the decoder leaves out of what it makes.

The decoder gives the mean of all performances that a latent may stand for. What chance decides, such as how weight is shifted,
when exactly an arm starts and how it comes to rest, has the mean nothing: held poses become photographs, starts soft. The network
sees the decoded take and noise, and gives one of the many movements that may be missing; other noise, another one.
"""

from dataclasses import asdict, dataclass
from typing import Final

import torch
from torch import Tensor, nn

from ....core.skeleton import BODY_JOINT_COUNT, JOINT_INDEX, JOINT_NAMES
from ..emotions import EMOTIONS
from ..features import FRAME_RATE, layout

_STANDS_BY = ("pelvis", "hip", "knee", "ankle", "foot")
DETAIL: Final = 3 * BODY_JOINT_COUNT + 3
"""Numbers a frame: a turn of each body joint in its own frame (axis-angle, radians), and the pelvis's place (metres)."""
FOOTING: Final = [
    *(3 * JOINT_INDEX[name] + axis for name in JOINT_NAMES[:BODY_JOINT_COUNT] if name.endswith(_STANDS_BY) for axis in range(3)),
    *range(3 * BODY_JOINT_COUNT, DETAIL),
]
"""Which of them where the feet are depends on."""
TOLD: Final = 2 * (6 * BODY_JOINT_COUNT + 3) + 1 + 4 + 2 * len(EMOTIONS)
"""Numbers a frame of `told_of`."""

_SMOOTH: Final = (1.0,) * 6 + (3.0,) * 5 + (8.0,) * 5 + (24.0,) * 4
"""Frames, the standard deviation of the Gaussian by which each line of noise is smoothed: a tremor, a start, a gesture, a mood.
None is white: what the network leaves of white noise where the body rests would be a jerk in every frame."""
NOISES: Final = len(_SMOOTH)
_REACH: Final = 72
"""Frames to either side that smoothing looks at."""
_KERNEL: Final = 5
_DILATIONS: Final = (1, 2, 4, 8, 4, 1)
"""Together some two seconds to either side are seen."""
_LARGEST: Final = 3.0
"""Times its usual size, before the gain: so large, and hardly larger, detail is drawn. A draw in a thousand that throws an arm
aside is hardly seen by any score, and by everybody else."""
_LOUDEST: Final = 1.2
"""The logarithm of the largest gain: more where the body moves, next to nothing where it rests."""


@dataclass(frozen=True)
class DetailConfig:
    """width: numbers that the network keeps of each frame."""

    width: int = 96


class DetailNetwork(nn.Module):
    """config: sizes. mean, std: (TOLD,) of what it is told, by which that is centred and scaled. scale: (DETAIL,) how large the
    detail usually is."""

    def __init__(self, config: DetailConfig, mean: Tensor, std: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.config = config
        self.mean, self.std, self.scale = nn.Buffer(mean.float()), nn.Buffer(std.float()), nn.Buffer(scale.float())
        self.enter = nn.Conv1d(TOLD, config.width, 1)
        self.blocks = nn.ModuleList(_Block(config.width, dilation) for dilation in _DILATIONS)
        self.leave, self.gain = nn.Conv1d(config.width, DETAIL, 1), nn.Conv1d(config.width, DETAIL, 1)
        with torch.no_grad():
            self.leave.weight.mul_(0.3)
            self.gain.weight.mul_(0.1)

    @property
    def options(self) -> dict[str, int]:
        """The config as plain numbers, for the weights' file."""
        return asdict(self.config)

    def forward(self, told: Tensor, noise: Tensor) -> Tensor:
        """(B, T, DETAIL) detail of what is `told` (B, T, TOLD), drawn by `noise` (B, NOISES, T) of `smoothed`."""
        x = self.enter(((told - self.mean) / self.std).transpose(1, 2))
        for block in self.blocks:
            x = block(x, noise)
        x = nn.functional.gelu(x)
        gain = (_LOUDEST - nn.functional.softplus(_LOUDEST - self.gain(x))).exp()
        drawn = _LARGEST * torch.tanh(self.leave(x) / _LARGEST)
        return (drawn * gain).transpose(1, 2) * self.scale


class _Block(nn.Module):
    """Looks along time, with noise added, and adds what it finds."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.along = nn.Conv1d(width, width, _KERNEL, padding=_KERNEL // 2 * dilation, dilation=dilation)
        self.noise = nn.Conv1d(NOISES, width, 1, bias=False)
        self.mix = nn.Conv1d(width, width, 1)
        with torch.no_grad():
            self.mix.weight.mul_(0.3)

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        """x: (B, W, T)."""
        normal = self.norm(x.transpose(1, 2)).transpose(1, 2)
        return x + self.mix(nn.functional.gelu(self.along(normal) + self.noise(noise)))


def white_frames(frames: int) -> int:
    """How many frames of white noise `smoothed` makes `frames` of."""
    return frames + 2 * _REACH


def smoothed(white: Tensor) -> Tensor:
    """(B, NOISES, T) noise of unit variance, each line as smooth as _SMOOTH says, of white noise (B, NOISES, white_frames(T))."""
    time = torch.arange(-_REACH, _REACH + 1, device=white.device)
    kernel = torch.exp(-0.5 * (time / torch.tensor(_SMOOTH, device=white.device)[:, None]).square())
    kernel = kernel / kernel.square().sum(1, keepdim=True).sqrt()
    return nn.functional.conv1d(white, kernel[:, None], groups=NOISES)


def told_of(calm: Tensor, decoded: Tensor, emotion: Tensor, intensity: Tensor) -> Tensor:
    """(B, T, TOLD) what the network is told of decoded features (B, T, D) and of them calmed.

    emotion: (B, T, 13) shares. intensity: (B, T).
    """
    parts = layout()
    place = calm[..., parts.place]
    step = place.diff(dim=1)
    velocity = torch.cat([step, step[:, -1:]], 1) * FRAME_RATE
    body = slice(parts.rotations.start, parts.place.stop)
    rest = [calm[..., parts.rotations], velocity, place[..., 1:2], (decoded - calm)[..., body], calm[..., parts.contacts]]
    return torch.cat([*rest, emotion * intensity[..., None], emotion], -1)
