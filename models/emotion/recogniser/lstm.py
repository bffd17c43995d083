"""The recogniser of the paper: an LSTM over the joints, frame by frame (Hochreiter and Schmidhuber 1997)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..dataset.takes import TakeSet
from ..emotions import EMOTIONS
from .judge import Judge, train_judge

_JOINTS = 66


class LSTMJudge(Judge):
    """hidden: numbers of each of the two layers' states."""

    def __init__(self, hidden: int = 96) -> None:
        super().__init__(_JOINTS)
        self.lstm = nn.LSTM(_JOINTS, hidden, num_layers=2, batch_first=True, dropout=0.3)
        self.dropout = nn.Dropout(0.4)
        self.out = nn.Linear(hidden, len(EMOTIONS))

    def read(self, joints: NDArray[np.float32]) -> Tensor:
        """(M, LENGTH, 66) the joints, every other frame: ten a second tell emotions as well and cost half."""
        return torch.as_tensor(joints[:, ::2].reshape(len(joints), -1, _JOINTS))

    def features(self, seen: Tensor) -> Tensor:
        """(M, hidden) the upper layer's states, averaged over time."""
        return self.lstm(seen)[0].mean(1)

    def decide(self, features: Tensor) -> Tensor:
        """One linear layer."""
        return self.out(self.dropout(features))


def train_lstm(takes: TakeSet, seed: int = 0, epochs: int = 8) -> LSTMJudge:
    """The LSTM judge of `takes`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        judge = LSTMJudge()
    train_judge(judge, takes, epochs, 2e-3, seed, noise=0.1)
    return judge
