"""Draws the icons of the thirteen emotions: faces that are told apart at 20 pixels, by colour, mouth and one sign each.

python bootstrap.py --module core.render.emotion_icons panels/icons
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...models.emotion.emotions import EMOTIONS

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

SIZE: Final = 64
_FINE: Final = 16
"""Times finer than SIZE it is drawn."""
_INK: Final = (38, 30, 30)
_WHITE: Final = (255, 255, 255)

_SKIN: Final[dict[str, Colour]] = {
    "joy": (255, 205, 40),
    "sadness": (70, 130, 225),
    "anger": (225, 50, 40),
    "surprise": (255, 150, 30),
    "fear": (160, 110, 225),
    "disgust": (105, 175, 50),
    "contempt": (70, 165, 165),
    "gratitude": (255, 190, 205),
    "guilt": (160, 115, 80),
    "jealousy": (185, 200, 60),
    "shame": (240, 180, 150),
    "pride": (215, 165, 45),
    "neutral": (175, 180, 188),
}


class _Sheet:
    """A face to draw on, from -1 to 1 each way, y down; (S, S, 4) colours and opacity."""

    def __init__(self, skin: Colour) -> None:
        self.pixels: Picture = np.zeros((SIZE * _FINE, SIZE * _FINE, 4), np.uint8)
        self.spot(0, 0.02, 0.94, 0.94, skin)

    def spot(self, x: float, y: float, wide: float, high: float, colour: Colour, first: float = 0, last: float = 360) -> None:
        """A filled ellipse, or a part of it between two angles (degrees, clockwise from the right)."""
        points = self._arc(x, y, wide, high, first, last)
        cv2.fillPoly(self.pixels, [points], (*colour, 255), cv2.LINE_8)

    def arc(self, x: float, y: float, wide: float, high: float, first: float, last: float, thick: float = 0.13) -> None:
        """A line along an ellipse."""
        self._along(self._arc(x, y, wide, high, first, last), thick, _INK)

    def line(self, *points: tuple[float, float], thick: float = 0.13, colour: Colour = _INK) -> None:
        """A line through points."""
        self._along(self._placed(np.array(points)), thick, colour)

    def shape(self, colour: Colour, *points: tuple[float, float]) -> None:
        """A filled polygon."""
        cv2.fillPoly(self.pixels, [self._placed(np.array(points))], (*colour, 255), cv2.LINE_8)

    def eyes(self, apart: float = 0.36, y: float = -0.15, size: float = 0.12) -> None:
        """Two dots."""
        for side in (-1, 1):
            self.spot(side * apart, y, size, size * 1.25, _INK)

    def wide_eyes(self, look: float = 0.0, size: float = 0.25, pupil: float = 0.1, y: float = -0.2, down: float = 0.0) -> None:
        """Two eyes whose white shows, looking aside by `look` and down by `down`."""
        for side in (-1, 1):
            self.spot(side * 0.36, y, size, size * 1.1, _WHITE)
            self.spot(side * 0.36 + look, y + down, pupil, pupil * 1.2, _INK)

    def small(self) -> Picture:
        """(SIZE, SIZE, 4) as it is kept."""
        shares = self.pixels[..., 3:].astype(np.float64) / 255
        area = (SIZE, _FINE, SIZE, _FINE, -1)
        opacity = shares.reshape(area).mean((1, 3))
        colours = (self.pixels[..., :3] * shares).reshape(area).mean((1, 3)) / np.maximum(opacity, 1e-6)
        return np.concatenate([colours, 255 * opacity], -1).round().astype(np.uint8)

    def _along(self, points: Any, thick: float, colour: Colour) -> None:
        width = round(thick * SIZE * _FINE / 2)
        cv2.polylines(self.pixels, [points], False, (*colour, 255), width, cv2.LINE_8)
        for end in points[[0, -1]]:
            cv2.circle(self.pixels, end.tolist(), width // 2, (*colour, 255), -1)

    def _arc(self, x: float, y: float, wide: float, high: float, first: float, last: float) -> Any:
        angles = np.radians(np.linspace(first, last, 90))
        return self._placed(np.stack([x + wide * np.cos(angles), y + high * np.sin(angles)], 1))

    @staticmethod
    def _placed(points: NDArray[np.float64]) -> Any:
        return ((points + 1) / 2 * SIZE * _FINE).round().astype(np.int32)


def _joy(face: _Sheet) -> None:
    for side in (-1, 1):
        face.arc(side * 0.38, -0.12, 0.17, 0.2, 190, 350)
    face.spot(0, 0.15, 0.58, 0.58, _INK, 0, 180)
    face.spot(0, 0.15, 0.5, 0.16, _WHITE, 0, 180)


def _sadness(face: _Sheet) -> None:
    face.eyes(y=-0.1)
    for side in (-1, 1):
        face.line((side * 0.6, -0.3), (side * 0.22, -0.5))
    face.arc(0, 0.68, 0.36, 0.3, 200, 340)
    face.shape((205, 235, 255), (-0.42, 0.05), (-0.62, 0.42), (-0.24, 0.42))
    face.spot(-0.43, 0.46, 0.2, 0.2, (205, 235, 255))


def _anger(face: _Sheet) -> None:
    face.eyes(y=-0.03)
    for side in (-1, 1):
        face.line((side * 0.68, -0.5), (side * 0.12, -0.18), thick=0.2)
    face.shape(_INK, (-0.45, 0.66), (-0.3, 0.34), (0.3, 0.34), (0.45, 0.66))
    face.shape(_WHITE, (-0.31, 0.57), (-0.22, 0.43), (0.22, 0.43), (0.31, 0.57))


def _surprise(face: _Sheet) -> None:
    face.wide_eyes(size=0.27)
    for side in (-1, 1):
        face.arc(side * 0.38, -0.5, 0.22, 0.16, 200, 340, 0.1)
    face.spot(0, 0.5, 0.22, 0.3, _INK)


def _fear(face: _Sheet) -> None:
    face.wide_eyes(size=0.29, pupil=0.07)
    face.line((-0.5, 0.52), (-0.25, 0.36), (0, 0.58), (0.25, 0.36), (0.5, 0.52), thick=0.14)


def _disgust(face: _Sheet) -> None:
    for side in (-1, 1):
        face.line((side * 0.58, -0.38), (side * 0.2, -0.17), (side * 0.58, 0.03))
    face.line((-0.46, 0.38), (0.46, 0.38), thick=0.15)
    face.shape((250, 120, 140), (-0.12, 0.4), (0.36, 0.4), (0.36, 0.62), (-0.12, 0.62))
    face.spot(0.12, 0.62, 0.24, 0.2, (250, 120, 140))


def _contempt(face: _Sheet) -> None:
    for side in (-1, 1):
        face.spot(side * 0.36, -0.16, 0.24, 0.22, _WHITE, 0, 180)
        face.spot(side * 0.36 + 0.1, -0.15, 0.11, 0.14, _INK, 0, 180)
        face.line((side * 0.36 - 0.26, -0.17), (side * 0.36 + 0.26, -0.17))
    face.line((-0.42, 0.5), (0.1, 0.5), (0.5, 0.2), thick=0.15)


def _gratitude(face: _Sheet) -> None:
    for side in (-1, 1):
        face.arc(side * 0.38, -0.4, 0.17, 0.18, 20, 160)
    heart = (225, 30, 70)
    for side in (-1, 1):
        face.spot(side * 0.22, 0.22, 0.25, 0.24, heart)
    face.shape(heart, (-0.46, 0.28), (0.46, 0.28), (0, 0.84))


def _guilt(face: _Sheet) -> None:
    face.wide_eyes(look=-0.09, y=0.08, down=0.12)
    for side in (-1, 1):
        face.line((side * 0.62, -0.22), (side * 0.2, -0.48), thick=0.15)
    face.line((-0.2, 0.66), (0.2, 0.66))


def _jealousy(face: _Sheet) -> None:
    face.wide_eyes(look=0.15, size=0.26, pupil=0.12, y=-0.08)
    face.line((-0.68, -0.5), (-0.12, -0.26), thick=0.17)
    face.line((0.12, -0.26), (0.68, -0.5), thick=0.17)
    face.line((-0.4, 0.45), (-0.1, 0.6), (0.4, 0.45), thick=0.14)


def _shame(face: _Sheet) -> None:
    for side in (-1, 1):
        face.spot(side * 0.5, 0.2, 0.33, 0.24, (225, 45, 60))
        face.arc(side * 0.36, -0.18, 0.2, 0.17, 20, 160)
    face.arc(0, 0.66, 0.2, 0.16, 200, 340, 0.12)


def _pride(face: _Sheet) -> None:
    crown = (255, 240, 150)
    face.shape(_INK, (-0.78, -0.12), (-0.86, -0.98), (-0.36, -0.6), (0, -1), (0.36, -0.6), (0.86, -0.98), (0.78, -0.12))
    face.shape(crown, (-0.66, -0.24), (-0.72, -0.74), (-0.34, -0.44), (0, -0.82), (0.34, -0.44), (0.72, -0.74), (0.66, -0.24))
    for side in (-1, 1):
        face.arc(side * 0.38, 0.22, 0.17, 0.16, 190, 350)
    face.arc(0, 0.34, 0.36, 0.26, 15, 165)


def _neutral(face: _Sheet) -> None:
    face.eyes()
    face.line((-0.36, 0.4), (0.36, 0.4))


_DRAWN: Final[dict[str, Callable[[_Sheet], None]]] = {
    "joy": _joy, "sadness": _sadness, "anger": _anger, "surprise": _surprise, "fear": _fear, "disgust": _disgust,
    "contempt": _contempt, "gratitude": _gratitude, "guilt": _guilt, "jealousy": _jealousy, "shame": _shame, "pride": _pride,
    "neutral": _neutral,
}  # fmt: skip


def icon_of(emotion: str) -> Picture:
    """(SIZE, SIZE, 4) red, green, blue, opacity."""
    face = _Sheet(_SKIN[emotion])
    _DRAWN[emotion](face)
    return face.small()


def main(folder: Path) -> None:
    """Write an icon of each emotion."""
    folder.mkdir(parents=True, exist_ok=True)
    for emotion in EMOTIONS:
        cv2.imwrite(str(folder / f"{emotion}.png"), cv2.cvtColor(icon_of(emotion), cv2.COLOR_RGBA2BGRA))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
