"""What a living body never stops doing: breathing, swaying, small corrections, and trembling under tension."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_GRID: Final = 30.0
"""Random numbers are drawn on a grid of so many a second, whatever the frame rate."""
_BLOCK: Final = 16.0
"""Seconds."""
SLOPE: Final = 2.5
"""Power of quiet standing falls with the frequency to this power, above CORNER."""
CORNER: Final = 0.25
HIGHEST: Final = 4.0
"""Hz; above, capture holds its own jitter."""
RMS: Final = {"spine": 0.7, "neck": 1.1, "head": 1.2, "pelvis": 0.5, "shoulder": 1.2, "elbow": 1.0, "hand": 0.006, "sway": 0.006}
"""Root mean square of quiet standing: degrees, or metres for hand and sway. Found once, as are the slopes, with Welch's method on
five windows of quiet standing, and rounded: the right size rather than a measurement. The windows are of the CMU Graphics Lab
Motion Capture Database (mocap.cs.cmu.edu, created with funding from NSF EIA-0196217). Slopes are -2.3 along the spine,
-3.2 at head and arms; sway of the head and neck that looks around is left out."""
_TREMOR: Final = (6.0, 9.5)
"""Hz; physiological tremor of fear and strain (Elble and Koller 1990: 6 to 12)."""


def wander(seconds: Array, size: int, rms: float, random: np.random.Generator, slope: float = SLOPE) -> NDArray[np.float64]:
    """(T, size) noise of that root mean square with the spectrum of quiet standing."""
    return _coloured(seconds, size, rms, random, lambda f: np.where(f < HIGHEST, np.maximum(f, CORNER) ** (-slope / 2), 0.0))


def tremor(seconds: Array, size: int, random: np.random.Generator) -> NDArray[np.float64]:
    """(T, size) trembling of unit root mean square."""
    return _coloured(seconds, size, 1.0, random, lambda f: ((f > _TREMOR[0]) & (f < _TREMOR[1])).astype(float))


def _coloured(seconds: Array, size: int, rms: float, random: np.random.Generator, shape: Any) -> NDArray[np.float64]:
    # In whole blocks, so that the same seed gives the same noise at any frame rate.
    count = int(_BLOCK * _GRID) * int(np.ceil((seconds[-1] + 1) / _BLOCK))
    frequencies = np.fft.rfftfreq(count, 1 / _GRID)
    amplitude = shape(frequencies)
    amplitude[0] = 0
    spectrum = np.fft.rfft(random.normal(size=(count, size)), axis=0) * amplitude[:, None]
    drawn = np.fft.irfft(spectrum, count, axis=0)
    drawn *= rms / np.sqrt((amplitude**2).sum() * 2 / count)
    # Cubic interpolation would be smoother than the grid needs: nothing above a third of its rate is left.
    place = seconds * _GRID
    whole = np.floor(place).astype(int)
    share = (place - whole)[:, None]
    return np.asarray(drawn[whole] * (1 - share) + drawn[whole + 1] * share)


def breathing(seconds: Array, breath: Array, random: np.random.Generator) -> NDArray[np.float64]:
    """(T,) from -0.4 (out) to 0.6 (in), by how hard the body breathes, breath (T,) in [0, 1]: 0.2 to 0.75 a second.

    Breathing in is quicker than out, and deepens with arousal (Boiten, Frijda and Wientjes 1994).
    """
    rate = 0.17 + 0.58 * np.clip(breath, 0, 1)
    phase = 2 * np.pi * (np.cumsum(rate) * (seconds[1] - seconds[0]) + random.random()) if len(seconds) > 1 else np.zeros(1)
    depth = 0.6 + 1.7 * np.clip(breath - 0.25, 0, 0.75)
    return np.asarray(((0.5 - 0.5 * np.cos(phase + 0.35 * np.sin(phase))) - 0.4) * depth)
