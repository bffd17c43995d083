"""Small plots for the docs: lines over axes, and bars beside their bar. Drawn at twice the size and scaled down.

Labels are ASCII, which is all that OpenCV's letters have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

COLOURS: Final[tuple[Colour, ...]] = ((31, 95, 160), (214, 106, 32), (70, 140, 70), (150, 60, 130), (120, 120, 120))
"""RGB, one a series."""
_INK, _GRID, _PAPER, _BAR = (40, 40, 40), (222, 222, 222), (255, 255, 255), (190, 40, 40)
_OVER: Final = 2
_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 18, 50, 48


@dataclass(frozen=True)
class Line:
    """One series: x and y (n,), NaN where the line breaks."""

    x: Array
    y: Array


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its value, the mark it is to keep (None without), and the text beside it."""

    label: str
    value: float
    mark: float | None = None
    text: str = ""


class _Sheet:
    """A white picture; places and sizes are in pixels of the finished one."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels = np.full((height * _OVER, width * _OVER, 3), _PAPER, np.uint8)

    def line(self, points: Array, colour: Colour, thick: float = 1.5) -> None:
        place = np.round(points * _OVER * 16).astype(np.int32)
        cv2.polylines(self.pixels, [place], False, colour, max(1, round(thick * _OVER)), cv2.LINE_AA, 4)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        corners = [tuple(round(v * _OVER) for v in place) for place in ((x0, y0), (x1, y1))]
        cv2.rectangle(self.pixels, corners[0], corners[1], colour, -1)

    def text(self, text: str, x: float, y: float, align: float = 0.0, size: float = 0.42, colour: Colour = _INK) -> None:
        """Middle of the letters' height at y; align: 0 begins at x, 1 ends there."""
        scale = size * _OVER
        (wide, high), _ = cv2.getTextSize(text, _FONT, scale, 1 + (_OVER > 1))
        place = (round(x * _OVER - align * wide), round(y * _OVER + high / 2))
        cv2.putText(self.pixels, text, place, _FONT, scale, colour, 1 + (_OVER > 1), cv2.LINE_AA)

    def finished(self) -> Picture:
        height, width = (side // _OVER for side in self.pixels.shape[:2])
        small: Picture = np.asarray(cv2.resize(self.pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        return small


def line_plot(
    title: str,
    lines: Mapping[str, Line],
    x_label: str,
    y_label: str,
    marks: Sequence[float] = (),
    size: tuple[int, int] = (760, 340),
    y_range: tuple[float, float] | None = None,
) -> Picture:
    """(H, W, 3) RGB: lines over axes with a legend; marks: heights of dashed lines across. Raises ValueError without a number."""
    width, height = size
    sheet = _Sheet(width, height)
    every_x = np.concatenate([line.x for line in lines.values()])
    every_y = np.concatenate([line.y for line in lines.values()] + [np.asarray(marks, np.float64)])
    x_ticks = nice_ticks(float(np.nanmin(every_x)), float(np.nanmax(every_x)), 8)
    low, high = y_range or (min(0.0, float(np.nanmin(every_y))), float(np.nanmax(every_y)))
    y_ticks = nice_ticks(low, high, 6)
    x_span, y_span = (x_ticks[0], x_ticks[-1]), (y_ticks[0], y_ticks[-1])

    def place(x: Array, y: Array) -> Array:
        across = _LEFT + (x - x_span[0]) / (x_span[1] - x_span[0]) * (width - _LEFT - _RIGHT)
        up = height - _BOTTOM - (y - y_span[0]) / (y_span[1] - y_span[0]) * (height - _TOP - _BOTTOM)
        return np.stack([across, up], -1)

    for tick in x_ticks:
        x, y = place(tick, y_span[0])
        sheet.line(np.array([[x, y], [x, _TOP]]), _GRID, 0.5)
        sheet.text(f"{tick:g}", x, y + 12, 0.5)
    for tick in y_ticks:
        x, y = place(x_span[0], tick)
        sheet.line(np.array([[x, y], [width - _RIGHT, y]]), _GRID, 0.5)
        sheet.text(f"{tick:g}", x - 6, y, 1.0)
    for mark in marks:
        y = float(place(x_span[0], np.asarray(mark))[1])
        for x in range(_LEFT, width - _RIGHT, 10):
            sheet.line(np.array([[x, y], [x + 5, y]]), _BAR, 1)
    legend = width - _RIGHT - sum(38 + 7.6 * len(name) for name in lines)
    for (name, line), colour in zip(lines.items(), COLOURS * len(lines), strict=False):
        points = place(np.asarray(line.x, np.float64), np.asarray(line.y, np.float64))
        for part in np.split(points, np.flatnonzero(~np.isfinite(points).all(1))):
            part = part[np.isfinite(part).all(1)]
            if len(part) > 1:
                sheet.line(part, colour)
        sheet.line(np.array([[legend, 16], [legend + 18, 16]]), colour, 2.5)
        sheet.text(name, legend + 23, 16)
        legend += 38 + 7.6 * len(name)
    sheet.text(title, 12, 16, size=0.5)
    sheet.text(x_label, (_LEFT + width - _RIGHT) / 2, height - 14, 0.5)
    sheet.text(y_label, 12, 34)
    return sheet.finished()


def bar_plot(title: str, bars: Sequence[Bar], log: bool = False, width: int = 860, label_width: int = 300) -> Picture:
    """(H, W, 3) RGB: one bar a row from the left, its mark as a red stroke. log: lengths by decades, for positive values."""
    row, height = 26, 48 + 26 * len(bars)
    texts = [bar.text or f"{bar.value:g}" for bar in bars]
    text_width = 16 + 8 * max(map(len, texts))
    sheet = _Sheet(width, height)
    ends = [v for bar in bars for v in (bar.value, bar.mark) if v is not None and np.isfinite(v)]
    room = width - label_width - text_width
    if log:
        low, high = (float(f(np.log10(end(ends)))) for f, end in ((np.floor, min), (np.ceil, max)))
    else:
        low, high = min(0.0, *ends), max(0.0, *ends)

    def across(value: float) -> float:
        value = float(np.log10(value)) if log else value
        return label_width + room * (value - low) / max(high - low, 1e-9)

    for number, bar in enumerate(bars):
        y = 38 + row * number + row / 2
        sheet.text(bar.label, label_width - 8, y, 1.0)
        if np.isfinite(bar.value):
            start = label_width if log else across(0)
            reach = across(bar.value)
            sheet.box(min(start, reach), y - 8, max(start, reach), y + 8, COLOURS[0])
        sheet.text(texts[number], width - text_width + 8, y)
        if bar.mark is not None:
            mark = across(bar.mark)
            sheet.line(np.array([[mark, y - 11], [mark, y + 11]]), _BAR, 2)
    sheet.text(title, 12, 16, size=0.5)
    return sheet.finished()


def matrix_plot(title: str, shares: Array, rows: Sequence[str], columns: Sequence[str], cell: int = 40) -> Picture:
    """(H, W, 3) RGB: a table of shares (R, C) in [0, 1] as cells, darker for more, each with its percent."""
    label, top = 16 + 8 * max(map(len, rows)), 54
    sheet = _Sheet(label + cell * len(columns) + 12, top + cell * len(rows) + 12)
    for r, row in enumerate(rows):
        sheet.text(row, label - 8, top + (r + 0.5) * cell, 1.0)
        for c in range(len(columns)):
            x, y, value = label + c * cell, top + r * cell, float(np.clip(shares[r, c], 0, 1))
            red, green, blue = (round(255 + (full - 255) * value) for full in COLOURS[0])
            sheet.box(x + 1, y + 1, x + cell - 1, y + cell - 1, (red, green, blue))
            if value >= 0.005:
                sheet.text(f"{100 * value:.0f}", x + 0.7 * cell, y + cell / 2, 1.0, colour=_PAPER if value > 0.5 else _INK)
    for c, column in enumerate(columns):
        sheet.text(column, label + (c + 0.94) * cell, 42, 1.0, size=0.36)
    sheet.text(title, 12, 16, size=0.5)
    return sheet.finished()


def nice_ticks(low: float, high: float, most: int) -> Array:
    """Round numbers, evenly spread, from at or below `low` to at or above `high`, about `most` of them at the most."""
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("a plot needs numbers")
    largest = max(abs(low), abs(high))
    span = high - low
    if span < 1e-6 * largest or span < 1e-9:  # as good as one number
        span = max(largest, 1e-3)
    rough = span / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(m * power) for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = np.floor(low / step + 1e-9), np.ceil((low + span) / step - 1e-9)
    ticks: Array = np.arange(first, last + 1) * step
    return ticks
