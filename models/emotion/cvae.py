"""The conditional variational autoencoder of emotional motion, after ACTOR (Petrovich, Black, Varol 2021).

Encoder: the tokens mu_e and Sigma_e of the emotion stand before the clip's own tokens (four frames each); what comes out at their
places is the mean and the variance of the latent, one for a clip of any length. Decoder: the latent, moved by the emotion's bias
b_e, is the memory that queries of nothing but time read. Beyond the paper: the intensity is a continuous condition of both, and
the decoder may be given the pose to start from. And the latent is made of parts, each about one moment of the clip, be it short
or long: the emotion's tokens stand there once for each of them, and a query begins with the parts of the moments it lies
between. One token that has to tell all that happens, and when, was learnt more slowly.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from .attention import Block, time_code
from .emotions import EMOTIONS
from .parts import parted

_CLIP_IN_TOKENS = 32
"""As how many tokens' time a whole clip counts where only the share of it matters."""


@dataclass(frozen=True)
class CVAEConfig:
    """Sizes. features: numbers a frame; patch: frames a token (even); latent: numbers of the latent, a multiple of moments, the
    number of its parts."""

    features: int
    patch: int = 4
    width: int = 160
    heads: int = 5
    layers: int = 4
    latent: int = 192
    moments: int = 12
    dropout: float = 0.0


@dataclass(frozen=True)
class Condition:
    """What the decoder is told besides the latent; B clips, or with the middle dimension N the same for each token of a clip.

    emotion: (B, 13) or (B, N, 13) shares that sum to 1. intensity: (B,) or (B, N) in [0, 1].
    """

    emotion: Tensor
    intensity: Tensor


class EmotionCVAE(nn.Module):
    """config: sizes. mean, std: (D,) of the features, by which they are centred and scaled on entry and given back on exit."""

    def __init__(self, config: CVAEConfig, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.config = config
        emotions, width, part = len(EMOTIONS), config.width, config.latent // config.moments
        self.mean, self.std = nn.Buffer(mean.float()), nn.Buffer(std.float())
        self.mean_token = nn.Parameter(torch.randn(emotions, width) * 0.02)
        self.spread_token = nn.Parameter(torch.randn(emotions, width) * 0.02)
        self.bias = nn.Parameter(torch.randn(emotions, width) * 0.02)
        self.intensity = nn.Sequential(nn.Linear(1, width), nn.GELU(), nn.Linear(width, width))
        self.enter = nn.Linear(config.patch * config.features, width)
        self.when_seen, self.when_made = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.encoder = nn.ModuleList(Block(width, config.heads, False, config.dropout) for _ in range(config.layers))
        self.to_mean, self.to_spread = nn.Linear(width, part), nn.Linear(width, part)
        # Drawn with little noise at first: a decoder that only ever heard noise learns not to listen.
        nn.init.constant_(self.to_spread.bias, -5.0)
        self.unfold, self.along = nn.Linear(part, width), nn.Linear(part, width)
        self.start = nn.Linear(config.features, width)
        self.no_start = nn.Parameter(torch.randn(width) * 0.02)
        self.remaining = nn.Linear(width, width, bias=False)
        self.decoder = nn.ModuleList(Block(width, config.heads, True, config.dropout) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, 2 * config.patch * config.features)
        with torch.no_grad():
            # All frames of a token start out alike: chance differences would tremble at the frame rate, and go slowly.
            frames = 2 * config.patch
            self.leave.weight.copy_(self.leave.weight[: config.features].repeat(frames, 1))
            self.leave.bias.copy_(self.leave.bias[: config.features].repeat(frames))

    @property
    def options(self) -> dict[str, int | float]:
        """The config as plain numbers, for the weights' file."""
        return asdict(self.config)

    def encode(self, values: Tensor, lengths: Tensor, condition: Condition) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (B, L) of the latent of features (B, T, D), of which lengths (B,) frames count."""
        patch = self.config.patch
        padded = nn.functional.pad(values, (0, 0, 0, -values.shape[1] % patch))
        there = torch.arange(padded.shape[1], device=values.device) < lengths[:, None]
        normal = (padded - self.mean) / self.std * there[..., None]
        tokens = self.enter(normal.reshape(len(normal), -1, patch * normal.shape[-1]))
        position = torch.arange(tokens.shape[1], device=values.device)
        tokens = (
            tokens + time_code(position, self.config.width) + self.when_seen(self._moment_code(self._share(position, lengths)))
        )
        intensity = self.intensity(condition.intensity[:, None])
        heads = torch.stack([condition.emotion @ self.mean_token, condition.emotion @ self.spread_token], 1) + intensity[:, None]
        moments = self._moments(values.device)
        heads = heads[:, :, None] + self.when_seen(self._moment_code(moments))
        count = len(moments)
        tokens = torch.cat([heads.flatten(1, 2), tokens], 1)
        visible = torch.cat([there.new_ones(len(values), 2 * count), there[:, ::patch]], 1)
        for block in self.encoder:
            tokens = block(tokens, visible)
        mean, spread = self.to_mean(tokens[:, :count]), self.to_spread(tokens[:, count : 2 * count])
        return mean.flatten(1), spread.flatten(1)

    def decode(self, latent: Tensor, lengths: Tensor, condition: Condition, start: Tensor | None = None) -> Tensor:
        """Features (B, T, D), T being the longest of lengths (B,) in frames; what lies beyond a clip's length means nothing.

        latent: (B, L) or, to change over time, (B, N, L) with N = ceil(T / patch). start: (B, D) features of the pose to start
        from; a row of NaN, or None, for any.
        """
        patch, width = self.config.patch, self.config.width
        longest = int(lengths.max())
        position = torch.arange(-(-longest // patch), device=latent.device)
        visible = position * patch < lengths[:, None]
        left = (lengths[:, None] / patch - position - 0.5).clamp(min=0)
        share = self._share(position, lengths)
        tokens = time_code(position, width) + self.remaining(time_code(left, width)) + self.when_made(self._moment_code(share))
        tokens = tokens + self._read_along(latent, share)
        memory = self._memory(latent, condition, start)
        for block in self.decoder:
            tokens = block(tokens, visible, memory)
        normal = self._laid_over(self.leave(self.norm(tokens)), visible)[:, :longest]
        parts = parted(normal * self.std + self.mean)
        return torch.cat([*parts.values()][:-1] + [parted(normal)["contacts"].sigmoid()], -1)

    def _moments(self, device: torch.device) -> Tensor:
        """(M,) where in a clip the latent's parts lie, 0 its beginning and 1 its end."""
        count = self.config.moments
        return (torch.arange(count, device=device) + 0.5) / count

    def _share(self, position: Tensor, lengths: Tensor) -> Tensor:
        """(B, N) where in clips of lengths (B,) frames the tokens at position (N,) lie."""
        return (position + 0.5) * self.config.patch / lengths[:, None]

    def _moment_code(self, share: Tensor) -> Tensor:
        """(..., W) of where in the clip something is, (...,)."""
        return time_code(share * _CLIP_IN_TOKENS, self.config.width)

    def _parts(self, latent: Tensor) -> Tensor:
        """(..., M, L / M) of the latent (..., L)."""
        return latent.reshape(*latent.shape[:-1], self.config.moments, -1)

    def _read_along(self, latent: Tensor, share: Tensor) -> Tensor:
        """(B, N, W) what the latent's parts say about where in the clip each token is, share (B, N): between two of them, of
        both."""
        moments = self._moments(latent.device)
        apart = (share.clamp(moments[0], moments[-1])[..., None] - moments).abs() * len(moments)
        weight = (1 - apart).clamp(min=0)
        parts = self.along(self._parts(latent))
        return torch.einsum("bnm,bnmw->bnw", weight, parts) if parts.ndim == 4 else weight @ parts

    def _laid_over(self, made: Tensor, visible: Tensor) -> Tensor:
        """Frames (B, N * patch, D) of what each token made (B, N, 2 * patch * D): its own frames and half a token more on either
        side, faded over into its neighbours', so that no seam between tokens is seen."""
        patch = self.config.patch
        fade = torch.sin(torch.pi / 2 * (torch.arange(patch, device=made.device) + 0.5) / patch).square()
        weight = torch.cat([fade, fade.flip(0)]) * visible[..., None]
        parts = made.reshape(*made.shape[:2], 2 * patch, -1) * weight[..., None]
        # The first halves, then the second ones of the tokens before.
        first, second = torch.split(parts, patch, dim=2)
        earlier = nn.functional.pad(first, (0, 0, 0, 0, 0, 1))
        later = nn.functional.pad(second, (0, 0, 0, 0, 1, 0))
        before = nn.functional.pad(weight[..., :patch], (0, 0, 0, 1))
        after = nn.functional.pad(weight[..., patch:], (0, 0, 1, 0))
        laid = (earlier + later) / (before + after).clamp(min=1e-6)[..., None]
        half = patch // 2
        return laid.flatten(1, 2)[:, half : half + made.shape[1] * patch]

    def _memory(self, latent: Tensor, condition: Condition, start: Tensor | None) -> Tensor:
        """(B, M, W), or (B, N, M, W) where latent or condition change over time."""
        bias = condition.emotion @ self.bias
        intensity = self.intensity(condition.intensity[..., None])
        if start is None:
            begin = self.no_start.expand(len(latent), -1)
        else:
            unknown = start.isnan().any(-1, keepdim=True)
            normal = torch.where(unknown, 0.0, (start - self.mean) / self.std)
            begin = torch.where(unknown, self.no_start, self.start(normal))
        if any(part.ndim == 3 for part in (latent, bias, intensity)):
            steps = max(part.shape[1] for part in (latent, bias, intensity) if part.ndim == 3)
            latent, bias, intensity, begin = (
                part if part.ndim == 3 else part[:, None].expand(-1, steps, -1) for part in (latent, bias, intensity, begin)
            )
        # As b_e, the intensity moves every token of the latent: one token beside many was hardly listened to.
        when = self.when_made(self._moment_code(self._moments(latent.device)))
        told = self.unfold(self._parts(latent)) + when + (bias + intensity)[..., None, :]
        return torch.cat([told, intensity[..., None, :], begin[..., None, :]], -2)


def sampled(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """The latent drawn from N(mean, exp(log_variance)) by standard normal `noise` (Kingma and Welling 2014, 2.4)."""
    return mean + (0.5 * log_variance).exp() * noise
