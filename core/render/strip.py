"""A film strip: one picture that shows a whole take.

A column for each of a few moments; rows: the footage, the overlay, the character as the camera sees it, and from the side
on the ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..files import written_beside
from .mesh import render
from .overlay import LOW_CONFIDENCE, draw_overlay
from .people import PersonFrame
from .skeleton import GUESSED
from .surface import Surface

Array = NDArray[np.floating[Any]]
Image = NDArray[np.uint8]

_PAPER = (246, 246, 244)
_STAGE = (228, 231, 233)
_FLOOR = (205, 209, 212)
_INK = (52, 58, 62)
_FAINT = (130, 136, 140)
_ROWS = ("footage", "overlay", "character", "from the side")
_GAP, _MARGIN, _HEAD, _LABEL = 6, 26, 64, 30
_SIDE_DISTANCE = 14.0
"""Metres; from so far the side view is nearly free of perspective."""


@dataclass(frozen=True)
class _Moment:
    """image: (H, W, 3) of the camera's size; person: who is shown; others: who else is in the picture;
    camera: that of the moment."""

    image: Image
    person: PersonFrame
    others: tuple[PersonFrame, ...]
    camera: Camera


def evenly_spaced(first: int, last: int, count: int) -> list[int]:
    """At most `count` different frames from first to last, both included."""
    return sorted({round(x) for x in np.linspace(first, last, count)})


class FilmStrip:
    """Collects the moments of a take as its frames pass by, then composes the picture.

    camera: that of the clip, its pose in the world included (the ground is y = 0). wanted: clip frames to show.
    title: one line at the top.
    """

    def __init__(
        self, camera: Camera, surface: Surface, fps: Fraction, wanted: Sequence[int], title: str = "", width: int = 2400
    ) -> None:
        self._camera, self._surface, self._fps = camera, surface, fps
        self._wanted = list(wanted)
        self._title, self._width = title, width
        self._moments: dict[int, _Moment] = {}

    def add(self, image: Image, people: Sequence[PersonFrame], camera: Camera | None = None) -> None:
        """Keep this frame if it is one of the wanted ones (the first of `people` is the one shown).

        camera: of this frame where it stands elsewhere in the world than the strip's; the lens is the same.
        """
        if people and people[0].frame in self._wanted:
            self._moments[people[0].frame] = _Moment(image.copy(), people[0], tuple(people[1:]), camera or self._camera)

    def write(self, path: Path) -> None:
        """Compose the strip and write it as a PNG; nothing when no moment was collected."""
        if self._moments:
            write_png(path, self.picture())

    def picture(self) -> Image:
        """(H, W, 3) RGB. Needs at least one moment."""
        moments = [self._moments[frame] for frame in sorted(self._moments)]
        columns = len(moments)
        cell_width = (self._width - 2 * _MARGIN - (columns - 1) * _GAP) // columns
        boxes = [self._box(moment.person) for moment in moments]
        # One scale for all columns, so that coming nearer is seen; no wider than the picture, where nothing is to be seen.
        extent = np.minimum(np.max([box[2:] for box in boxes], axis=0), self._camera.size)
        shape = float(np.clip(extent[1] / extent[0], 0.6, 2.0))
        extent = np.maximum(extent, [extent[1] / shape, extent[0] * shape])
        cell_height = round(cell_width * shape)
        cell = (cell_width, cell_height)
        rows = len(_ROWS)
        page = np.full((_HEAD + rows * (_LABEL + cell_height) + _MARGIN, self._width, 3), _PAPER, np.uint8)
        _write(page, self._title, (_MARGIN, 42), 0.9, _INK)
        side = self._side_scale(moments, cell)
        for k, (moment, box) in enumerate(zip(moments, boxes, strict=True)):
            x = _MARGIN + k * (cell_width + _GAP)
            for row, picture in enumerate(self._column(moment, box[:2], extent, cell, side)):
                y = _HEAD + row * (_LABEL + cell_height) + _LABEL
                page[y : y + cell_height, x : x + cell_width] = picture
                if k == 0:
                    _write(page, _ROWS[row], (x, y - 9), 0.55, _FAINT)
            self._label(page, moment.person, (x, x + cell_width), _HEAD + _LABEL - 9, shifted=k == 0)
        return page

    def _label(self, page: Image, person: PersonFrame, span: tuple[int, int], y: int, shifted: bool) -> None:
        """Frame and time over a column, at its right end; a red dot where the fit had to guess."""
        words = f"{person.frame}   {float(person.frame / self._fps):.2f} s"
        words = f"frame {words}" if shifted else words
        (width, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, 0.55, 1)
        _write(page, words, (span[1] - width, y), 0.55, _INK)
        if float(person.confidence.mean()) < LOW_CONFIDENCE:
            cv2.circle(page, (span[1] - width - 14, y - 6), 6, GUESSED, -1, cv2.LINE_AA)

    def _box(self, person: PersonFrame) -> Array:
        """Middle x and y, width and height in pixels of the person with some air around."""
        ahead = person.vertices[person.vertices[:, 2] > 0.05]
        points = self._camera.project(ahead if len(ahead) else person.joints)
        low, high = np.percentile(points, 0.1, axis=0), np.percentile(points, 99.9, axis=0)
        return np.concatenate([(low + high) / 2, np.maximum(high - low, 8) * 1.22])

    def _column(
        self, moment: _Moment, middle: Array, extent: Array, cell: tuple[int, int], side: tuple[float, float]
    ) -> list[Image]:
        crop, view = _crop(moment.image, self._camera, middle, extent, cell)
        everyone = (moment.person, *moment.others)
        overlay = draw_overlay(crop, everyone, self._surface, view)
        stage = np.full((cell[1], cell[0], 3), _STAGE, np.uint8)
        _, centred = _window(self._camera, middle, extent, cell)
        alone = render(moment.person.vertices, self._surface, centred, samples=3).over(stage)
        return [crop, overlay, alone, self._from_side(moment, cell, side)]

    def _side_scale(self, moments: Sequence[_Moment], cell: tuple[int, int]) -> tuple[float, float]:
        """Pixels a metre of the side view, and the row of the ground, right for all columns."""
        worlds = [moment.camera.to_world(moment.person.vertices) for moment in moments]
        top = max(1.0, max(float(world[:, 1].max()) for world in worlds))
        bottom = min(0.0, min(float(world[:, 1].min()) for world in worlds))
        sides = [_side_axes(moment.camera)[0] for moment in moments]
        across = max(float(np.ptp(world @ side)) for world, side in zip(worlds, sides, strict=True))
        scale = min(cell[1] * 0.86 / (top - bottom), cell[0] * 0.92 / max(across, 0.3))
        return scale, cell[1] * 0.93 + bottom * scale

    def _from_side(self, moment: _Moment, cell: tuple[int, int], side: tuple[float, float]) -> Image:
        scale, ground = side
        stage = np.full((cell[1], cell[0], 3), _STAGE, np.uint8)
        stage[round(ground) :] = _FLOOR
        right, ahead = _side_axes(moment.camera)
        world = moment.camera.to_world(moment.person.vertices)
        middle = (world.max(axis=0) + world.min(axis=0)) / 2
        rotation = np.stack([right, [0.0, -1.0, 0.0], ahead])
        view = replace(
            self._camera,
            size=cell,
            focal=(scale * _SIDE_DISTANCE, scale * _SIDE_DISTANCE),
            centre=(cell[0] / 2 - 0.5, ground),
            distortion=(0.0,) * 5,
            rotation=rotation,
            translation=np.array([0, 0, _SIDE_DISTANCE]) - rotation @ (middle * (1, 0, 1)),
        )
        seen = view.to_camera(world)
        _shadow(stage, world, seen, view)
        return render(seen, self._surface, view, samples=3).over(stage)


def _side_axes(camera: Camera) -> tuple[Array, Array]:
    """World directions that are right and ahead in the side view: the camera's own, turned by 90 degrees."""
    ahead = np.asarray(camera.rotation[2], np.float64) * (1, 0, 1)
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
    across = np.cross(ahead, [0.0, 1.0, 0.0])
    # Looking across: what was towards the camera is on the left.
    return ahead, -across


def _window(camera: Camera, middle: Array, extent: Array, cell: tuple[int, int]) -> tuple[Array, Camera]:
    """The (2, 3) map from the clip's pixels to a cell's that shows `extent` about `middle`, and the camera that sees it so."""
    scale = min(cell[0] / extent[0], cell[1] / extent[1])
    corner = middle - (np.array(cell) - 1) / 2 / scale
    view = replace(
        camera,
        size=cell,
        focal=(camera.focal[0] * scale, camera.focal[1] * scale),
        centre=((camera.centre[0] - corner[0]) * scale, (camera.centre[1] - corner[1]) * scale),
    )
    return np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]]), view


def _crop(image: Image, camera: Camera, middle: Array, extent: Array, cell: tuple[int, int]) -> tuple[Image, Camera]:
    """The part of the image about `middle` brought to the cell's size, and the camera that sees just this part."""
    scale = min(cell[0] / extent[0], cell[1] / extent[1])
    half = np.array(cell) / 2 / scale
    low, high = half - 0.5, np.array(camera.size) - 0.5 - half
    # Rather off the middle than half a cell of nothing.
    middle = np.where(low <= high, np.clip(middle, low, high), (low + high) / 2)
    matrix, view = _window(camera, middle, extent, cell)
    # Shrinking by more than two needs averaging, which warpAffine does not do.
    source = image
    for _ in range(max(0, int(np.floor(np.log2(1 / scale))))):
        shrunk = (source.shape[1] // 2, source.shape[0] // 2)
        source = np.asarray(cv2.resize(source, shrunk, interpolation=cv2.INTER_AREA), np.uint8)
    x, y = image.shape[1] / source.shape[1], image.shape[0] / source.shape[0]
    # From the halved picture's pixels to the whole one's, whose corner lies at (-0.5, -0.5).
    whole = np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1]])
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(source, matrix @ whole, cell, flags=interpolation, borderValue=_STAGE)
    return np.asarray(crop, np.uint8), view


def _shadow(stage: Image, world: Array, seen: Array, view: Camera) -> None:
    """A soft dark patch on the ground under what is near it."""
    height = stage.shape[0]
    low = world[:, 1] < world[:, 1].min() + 0.25
    columns = view.project(seen[low])[:, 0]
    left, right = float(columns.min()), float(columns.max())
    row = round(view.centre[1])
    mask = np.zeros(stage.shape[:2], np.float32)
    # Higher off the ground: wider and fainter.
    lift = max(0.0, float(world[:, 1].min()))
    half = (right - left) / 2 + 4 + 40 * lift
    middle = (round((left + right) / 2), min(row + 3, height - 1))
    cv2.ellipse(mask, middle, (round(half), 5), 0, 0, 360, (1.0,), -1, cv2.LINE_AA)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 4))[..., None] * 0.38 / (1 + 4 * lift)
    mask[:row] *= 0.4
    stage[:] = np.round(stage * (1 - mask)).astype(np.uint8)


def _write(page: Image, words: str, place: tuple[int, int], scale: float, colour: tuple[int, int, int]) -> None:
    cv2.putText(page, words, place, cv2.FONT_HERSHEY_DUPLEX, scale, colour, 1, cv2.LINE_AA)


def write_png(path: Path, image: Image) -> None:
    """Write an (H, W, 3) RGB picture; beside `path` first, then moved into place."""
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))
    assert done
    with written_beside(path) as beside:
        beside.write_bytes(encoded.tobytes())
