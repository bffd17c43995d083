"""What the user may ask of a fit, and how it is written on a command line."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ..errors import ThespisError
from ..footage.timeline import snapped_rate
from ..observe.choose import PersonAt

FILM_WIDTH_MM = 36.0
"""Width of the film that a focal length in millimetres is meant for; Blender's own default sensor."""


@dataclass(frozen=True)
class FitOptions:
    """people: how many, None for all. persons: who, if not the most prominent; then people says nothing.
    start, end: first and last frame (inclusive, 0-based; None: the clip's last). focal: a length as `parse_focal` gives it, or
    None to take it from the file's metadata or estimate it. distortion: OpenCV's k1, k2, p1, p2, k3. body: "open" or the path of
    an SMPLX_*.npz. device: auto, cpu or cuda. rate: frames a second of a sequence of pictures. fast: the lighter body network.
    overlay: also overlay.mp4 and strip.png. obj: also mesh_####.obj.
    """

    people: int | None = 1
    persons: tuple[PersonAt, ...] = ()
    start: int = 0
    end: int | None = None
    focal: "FocalLength | None" = None
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    gender: Literal["neutral", "female", "male"] = "neutral"
    body: str = "open"
    device: str = "auto"
    rate: Fraction | None = None
    fast: bool = False
    overlay: bool = False
    obj: bool = False


@dataclass(frozen=True)
class FocalLength:
    """A focal length in pixels of the upright picture, or in millimetres for 36 mm wide film."""

    value: float
    unit: Literal["px", "mm"]

    def pixels(self, size: tuple[int, int]) -> float:
        """In pixels, for a picture of this (width, height); the film's width lies along the longer side."""
        return self.value if self.unit == "px" else self.value / FILM_WIDTH_MM * max(size)


def parse_focal(text: str | None) -> FocalLength | None:
    """1500 or 1500px, or 35mm; raises ThespisError for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(px|mm)?\s*", text.lower())
    if not match or not 0 < float(match[1]) < 1e6:
        raise ThespisError(f"--focal {text}: not a focal length. Give pixels, as in 1500, or millimetres, as in 35mm.")
    return FocalLength(float(match[1]), "mm" if match[2] == "mm" else "px")


def parse_distortion(text: str | None) -> tuple[float, ...]:
    """K1,K2,P1,P2 or with K3; raises ThespisError for anything else."""
    if text is None:
        return (0.0,) * 5
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 5) or not all(abs(number) < 100 for number in numbers):
        raise ThespisError(f"--distortion {text}: give four or five numbers, k1,k2,p1,p2,k3, as OpenCV's calibration has them.")
    return (*numbers, 0.0)[:5]


def parse_rate(text: str) -> Fraction:
    """24, 29.97 or 30000/1001; the written-out NTSC rates become exact. Raises ThespisError for anything else."""
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 1000:
        raise ThespisError(f"--fps {text}: not a frame rate. Give frames a second, as in 24 or 30000/1001.")
    return snapped_rate(rate)


def parse_people(text: str) -> int | None:
    """A number from 1 on, or "all" (None); raises ThespisError for anything else."""
    if text == "all":
        return None
    if not text.isdigit() or int(text) < 1:
        raise ThespisError(f"--people {text}: give a number from 1 on, or all.")
    return int(text)
