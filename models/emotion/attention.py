"""The Transformer blocks of the CVAE (Vaswani et al. 2017; normalised before each step, Xiong et al. 2020), and time."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

_SLOWEST = 160.0
"""Tokens in the longest wave of time: somewhat more than the longest take."""


def time_code(position: Tensor, width: int) -> Tensor:
    """(..., width) sinusoids of positions (...,) in tokens (Vaswani et al. 2017, 3.5), but from waves of two tokens, the shortest
    that tokens tell, to _SLOWEST: the paper's begin with six, which are 1.3 seconds here, as long as a whole gesture."""
    rate = torch.linspace(math.log(math.pi), math.log(2 * math.pi / _SLOWEST), width // 2, device=position.device).exp()
    angle = position[..., None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2)


class Attention(nn.Module):
    """Several heads of attention of one sequence to another.

    width: numbers a token. heads: into how many parts they are split.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Tensor, memory: Tensor, visible: Tensor | None = None) -> Tensor:
        """(B, N, W) what tokens (B, N, W) read in memory (B, M, W); visible: (B, M) True where there is something to read."""
        query = self._split(self.query(tokens))
        key, value = (self._split(part) for part in self.key_value(memory).chunk(2, dim=-1))
        mask = None if visible is None else visible[:, None, None, :]
        read = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.out(read.transpose(1, 2).flatten(2))

    def _split(self, tokens: Tensor) -> Tensor:
        return tokens.reshape(*tokens.shape[:2], self.heads, -1).transpose(1, 2)


class Block(nn.Module):
    """Self-attention, attention to a memory where there is one, and a small network for each token.

    reads_memory: whether the block is a decoder's. dropout: share of numbers dropped in training.
    """

    def __init__(self, width: int, heads: int, reads_memory: bool, dropout: float) -> None:
        super().__init__()
        self.own_norm, self.own = nn.LayerNorm(width), Attention(width, heads)
        self.memory_norm = nn.LayerNorm(width) if reads_memory else None
        self.memory = Attention(width, heads) if reads_memory else None
        self.norm, self.wide, self.narrow = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, visible: Tensor, memory: Tensor | None = None) -> Tensor:
        """(B, N, W) from tokens (B, N, W); visible: (B, N). memory: (B, M, W), or (B, N, M, W) where each token has its own."""
        normed = self.own_norm(tokens)
        tokens = tokens + self.dropout(self.own(normed, normed, visible))
        if self.memory is not None and self.memory_norm is not None and memory is not None:
            normed = self.memory_norm(tokens)
            if memory.ndim == 3:
                read = self.memory(normed, memory)
            else:
                read = self.memory(normed.flatten(0, 1)[:, None], memory.flatten(0, 1)).reshape(tokens.shape)
            tokens = tokens + self.dropout(read)
        return tokens + self.dropout(self.narrow(gelu(self.wide(self.norm(tokens)))))
