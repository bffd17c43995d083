"""What lies between a rendered part of a body and a camera's picture of it: something behind it, softness, noise."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def background(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """(side, side, 3) soft patches of any colour."""
    coarse = rng.uniform(30, 225, (5, 5, 3)).astype(np.float32)
    return np.asarray(np.clip(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), 0, 255), np.uint8)


def filmed(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture as a camera gives it: a little soft, noisy, darker or lighter."""
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.2, 1.0)).astype(np.float32)
    noisy = soft * rng.uniform(0.6, 1.15) + rng.normal(0, rng.uniform(0.5, 5), picture.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
