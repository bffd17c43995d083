"""The thirteen emotions and their order (DIEM-A, Cheng et al. 2025: twelve and a neutral state)."""

import difflib
import math
from typing import Final

from ...core.errors import ThespisError

EMOTIONS: Final[tuple[str, ...]] = (
    "joy",
    "sadness",
    "anger",
    "surprise",
    "fear",
    "disgust",
    "contempt",
    "gratitude",
    "guilt",
    "jealousy",
    "shame",
    "pride",
    "neutral",
)
EMOTION_INDEX: Final[dict[str, int]] = {name: index for index, name in enumerate(EMOTIONS)}


def emotion_named(text: str) -> str:
    """The emotion that `text` names, whatever its case. Raises ThespisError that lists what there is."""
    name = text.strip().lower()
    if name in EMOTION_INDEX:
        return name
    near = difflib.get_close_matches(name, EMOTIONS, 1)
    advice = f"Did you mean {near[0]}?" if near else f"Choose one of: {', '.join(EMOTIONS)}."
    raise ThespisError(f"'{text}' is none of the emotions. {advice}")


def checked_intensity(value: float) -> float:
    """`value` if it lies in [0, 1]. Raises ThespisError otherwise."""
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise ThespisError(f"The intensity is {value:g}. Give a number from 0 (hardly seen) to 1 (as strong as it gets).")
    return float(value)
