"""How much of each key pose there is at each moment, for each part of the body: moves with ease, overlap and springs.

Springs filter the weights and not the joints, so that a hand that touches stays where it touches.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, lfilter_zi

from .actor import Actor
from .score import Effort
from .timeline import Key

Array = NDArray[np.floating[Any]]

_RATE: Final = 120.0


@dataclass(frozen=True)
class _Group:
    """frequency (Hz) and damping of the spring; delay: seconds after the key's start; stretch: factor on the move's time."""

    frequency: float
    damping: float
    delay: float
    stretch: float = 1.0
    side: str = ""


GROUPS: Final[dict[str, _Group]] = {
    "eyes": _Group(9.0, 0.9, -0.1, 0.5),
    "face": _Group(4.0, 1.0, -0.06, 0.8),
    "pelvis": _Group(2.6, 0.95, 0.0),
    "trunk": _Group(2.9, 0.82, 0.02),
    "girdle": _Group(3.4, 0.8, 0.04),
    "head": _Group(3.2, 0.74, 0.05, 1.05),
    "left_arm": _Group(3.6, 0.72, 0.07, 1.0, "left"),
    "right_arm": _Group(3.6, 0.72, 0.07, 1.0, "right"),
    "left_wrist": _Group(3.4, 0.62, 0.12, 1.12, "left"),
    "right_wrist": _Group(3.4, 0.62, 0.12, 1.12, "right"),
    "left_fingers": _Group(4.0, 0.85, 0.09, 1.1, "left"),
    "right_fingers": _Group(4.0, 0.85, 0.09, 1.1, "right"),
}
"""Face and eyes tell first, the trunk leads, hands follow, fingers last: successive joints peak later (overlap)."""


def _minimum_jerk(u: Array) -> Array:
    """Flash and Hogan 1985."""
    return np.asarray(u**3 * (10 - 15 * u + 6 * u * u))


_EASES: Final[dict[str, Callable[[Array], Array]]] = {
    "smooth": lambda u: 0.94 * _minimum_jerk(np.minimum(u, 1)) + 0.06 * _minimum_jerk(np.minimum(u / 1.9, 1)),
    "sudden": lambda u: 1 - (1 - np.minimum(u, 1)) ** 2.8,
    "strike": lambda u: np.minimum(u, 1) ** 2.3,
    "drop": lambda u: np.minimum(u, 1) ** 1.7,
    "linger": lambda u: 0.82 * _minimum_jerk(np.minimum(u, 1) ** 0.85) + 0.18 * _minimum_jerk(np.minimum(u / 2.4, 1)),
}
"""Share of the way by share of the time; smooth and lingering moves go on a little while the pose is held."""
_LONGEST: Final = 2.4


def blend_weights(
    keys: list[Key], effort: Effort, actor: Actor, intensity: float, seconds: Array
) -> dict[str, NDArray[np.float64]]:
    """Group -> (T, K): weights of the keys, which sum to 1 (springs may overshoot)."""
    fine = np.arange(int(np.ceil(seconds[-1] * _RATE)) + 2) / _RATE
    found = {}
    for name, group in GROUPS.items():
        # Bound flow holds back: more damping, less overlap; sudden time stiffens.
        frequency = group.frequency * actor.swing * np.exp(0.22 * effort.time * (0.4 + 0.6 * intensity))
        damping = group.damping * actor.damping * np.exp(0.22 * effort.flow)
        overlap = 1.0 - 0.3 * effort.flow if group.delay > 0 else 1.0
        raw = _moves(keys, fine, group.delay * overlap, group.stretch, group.side)
        found[name] = _sprung(raw, frequency, damping)[np.clip(np.round(seconds * _RATE).astype(int), 0, len(fine) - 1)]
    return found


def _moves(keys: list[Key], fine: Array, delay: float, stretch: float, side: str) -> NDArray[np.float64]:
    """(N, K) weights before the springs."""
    weights = np.zeros((len(fine), len(keys)))
    weights[:, 0] = 1
    starts = [max(key.start + delay + (key.lag[side] if side else 0.0), 0.02) for key in keys]
    for k, key in enumerate(keys[1:], 1):
        first = int(np.searchsorted(fine, starts[k]))
        last = int(np.searchsorted(fine, starts[k + 1])) if k + 1 < len(keys) else len(fine)
        if first >= last:
            continue
        current = weights[first - 1].copy()
        passed = fine[first:last] - starts[k]
        share = np.clip((passed - key.wind) / (key.move * stretch), 0, _LONGEST)
        done = _EASES[key.ease](share**key.skew)
        if key.windup:
            back = np.clip(passed / (key.wind + 0.5 * key.move), 0, 1)
            done = done - key.windup * np.sin(np.pi * back) ** 2
        target = np.zeros(len(keys))
        target[k] = 1
        weights[first:last] = current + (target - current) * done[:, None]
        weights[last:] = weights[last - 1]
    return weights


def _sprung(values: Array, frequency: float, damping: float) -> NDArray[np.float64]:
    """(N, K) filtered by a spring of that frequency (Hz) and damping ratio, at rest in the beginning."""
    omega = 2 * np.pi * frequency
    # The bilinear transform of omega^2 / (s^2 + 2 damping omega s + omega^2).
    k = omega / (2 * _RATE)
    a = np.array([1 + 2 * damping * k + k * k, 2 * k * k - 2, 1 - 2 * damping * k + k * k])
    b = np.array([1.0, 2.0, 1.0]) * k * k / a[0]
    a = a / a[0]
    start = lfilter_zi(b, a)[:, None] * values[0]
    return np.asarray(lfilter(b, a, values, axis=0, zi=start)[0])
