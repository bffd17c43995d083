"""Of several takes, the one that a recogniser is surest of."""

import numpy as np
from numpy.typing import NDArray

from ...models.emotion.dataset.takes import Label, TakeSet
from ...models.emotion.emotions import EMOTION_INDEX
from ...models.emotion.recogniser.judge import Judge, probabilities

Array = NDArray[np.float64]


def surest(judge: Judge, takes: Array, emotions: tuple[str, ...]) -> int:
    """Which of takes (K, T, D) `judge` is surest of; of several emotions, the mean of their probabilities counts."""
    count = len(takes)
    label = Label(emotions[0], 1.0, "", "")
    values = tuple(take.astype(np.float32) for take in takes)
    told = probabilities(judge, TakeSet(values, (label,) * count, np.ones(count, bool), np.ones(count, bool)))
    return int(told[:, [EMOTION_INDEX[name] for name in emotions]].mean(1).argmax())
