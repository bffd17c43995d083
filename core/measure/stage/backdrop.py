"""The room in which the performer is filmed: floor, walls with pictures and a skirting board, and the shadow on the floor."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...camera import Camera

Array = NDArray[np.floating[Any]]
Image = NDArray[np.uint8]

_HALF, _HEIGHT = 5.0, 2.9
"""Metres from the room's middle to its walls, and to the ceiling; a camera outside moves the walls out."""
_CELL, _REACH = 0.02, 4.0
"""Metres of one cell of the shadow, and how far from the middle it is kept."""
_LIGHT = np.array([0.25, 1.0, 0.15])
"""Towards the lamp; straight enough that the shadow stays at the feet."""
_PLANK = (0.16, 1.7)


@dataclass(frozen=True)
class Room:
    """The empty room as one camera sees it. picture: (H, W, 3) RGB; floor: (H, W, 2) world x and z, NaN off the floor."""

    camera: Camera
    picture: Image
    floor: NDArray[np.float32]

    def with_shadow(self, vertices: Array) -> Image:
        """A copy of the picture with the soft shadow of world vertices (V, 3) on the floor."""
        shade = _shadow(vertices)
        out = self.picture.copy()
        part = self._around(vertices)
        cells = ((np.nan_to_num(self.floor[part], nan=1e4) + _REACH) / _CELL).astype(np.float32)
        dark = cv2.remap(shade, cells[..., 0], cells[..., 1], cv2.INTER_LINEAR, borderValue=(0,))
        out[part] = out[part] * (1 - np.asarray(dark, np.float32))[..., None]
        return out

    def _around(self, vertices: Array) -> tuple[slice, slice]:
        """Rows and columns of the picture that the shadow can reach."""
        ground = vertices[:, [0, 2]]
        (left, back), (right, front) = ground.min(axis=0) - 0.9, ground.max(axis=0) + 0.9
        corners = self.camera.to_camera(np.array([[x, 0.0, z] for x in (left, right) for z in (back, front)]))
        width, height = self.camera.size
        if corners[:, 2].min() < 0.1:
            return slice(0, height), slice(0, width)
        low, high = (np.clip(f(self.camera.project(corners), axis=0), 0, self.camera.size).astype(int) for f in (np.min, np.max))
        return slice(low[1], max(high[1], low[1] + 1)), slice(low[0], max(high[0], low[0] + 1))


def build_room(camera: Camera, seed: int) -> Room:
    """The room of this seed (colours, pictures, planks or tiles) through a camera without lens distortion."""
    fine = 2
    width, height = camera.size
    position = camera.to_world(np.zeros(3))
    half = max(_HALF, float(np.abs(position[[0, 2]]).max()) + 0.5)
    picture = np.empty((height, width, 3), np.uint8)
    floor = np.empty((height, width, 2), np.float32)
    random = np.random.default_rng(seed)
    paint = _Paint(random, half)
    for top in range(0, height, 120):
        rows = np.arange(top * fine, min(height, top + 120) * fine)
        x, y = np.meshgrid((np.arange(width * fine) + 0.5) / fine - 0.5, (rows + 0.5) / fine - 0.5)
        ray = np.stack([(x - camera.centre[0]) / camera.focal[0], (y - camera.centre[1]) / camera.focal[1], np.ones_like(x)], -1)
        colour, ground = paint.seen(position, ray @ camera.rotation)
        band = slice(top, min(height, top + 120))
        picture[band] = cv2.resize(colour, (width, len(rows) // fine), interpolation=cv2.INTER_AREA)
        floor[band] = ground[::fine, ::fine]
    return Room(camera, picture, floor)


class _Paint:
    """Colours of the room's six sides."""

    def __init__(self, random: np.random.Generator, half: float) -> None:
        self._half = half
        warm = random.uniform(-0.06, 0.08)
        base = random.uniform(0.45, 0.8)
        self._wall = np.clip(base + np.array([warm, 0.3 * warm, -warm]), 0, 1) * 255
        self._floor = random.uniform(0.3, 0.6) * np.array([1.0, random.uniform(0.72, 0.95), random.uniform(0.5, 0.9)]) * 255
        self._tiles = bool(random.integers(2))
        self._noise = _noise(random)
        self._pictures = [
            (random.uniform(-half, half), random.uniform(1.0, 1.9), *random.uniform(0.25, 0.9, 2), random.uniform(20, 235, 3))
            for _ in range(14)
        ]

    def seen(self, position: Array, ray: Array) -> tuple[Image, NDArray[np.float32]]:
        """Colours (H, W, 3) of what lies along world rays (H, W, 3), and the floor's x and z (H, W, 2), NaN elsewhere."""
        bounds = np.array([[-self._half, 0.0, -self._half], [self._half, _HEIGHT, self._half]])
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (np.where(ray > 0, bounds[1], bounds[0]) - position) / ray
        side = np.argmin(np.where(reach > 0, reach, np.inf), axis=-1)
        hit = position + ray * np.take_along_axis(reach, side[..., None], axis=-1)
        colour = np.empty(ray.shape, np.float32)
        down, up = (side == 1) & (ray[..., 1] < 0), (side == 1) & (ray[..., 1] >= 0)
        colour[down] = self._floor_colour(hit[down])
        colour[up] = 232
        for axis in (0, 2):
            for sign in (-1, 1):
                chosen = (side == axis) & (np.sign(ray[..., axis]) == sign)
                if chosen.any():
                    colour[chosen] = self._wall_colour(hit[chosen], axis, sign)
        # Light falls off towards the corners.
        colour *= (1 - 0.25 * (np.linalg.norm(hit[..., [0, 2]], axis=-1) / (1.5 * self._half)) ** 2)[..., None]
        ground = np.where(down[..., None], hit[..., [0, 2]], np.nan).astype(np.float32)
        return np.asarray(np.clip(np.round(colour), 0, 255), np.uint8), ground

    def _floor_colour(self, hit: Array) -> Array:
        x, z = hit[:, 0], hit[:, 2]
        if self._tiles:
            row, column, edge = np.floor(z / 0.45), np.floor(x / 0.45), np.minimum(x % 0.45, z % 0.45) < 0.008
        else:
            row = np.floor(x / _PLANK[0])
            along = z / _PLANK[1] + (row * 0.37) % 1
            column, edge = np.floor(along), (x % _PLANK[0] < 0.005) | (along % 1 < 0.003)
        tint = 1 + 0.09 * np.sin(12.9898 * row + 78.233 * column + 3)
        grain = self._sample(x * (1 if self._tiles else 4), z) * 0.16
        return np.asarray(self._floor * (tint * (0.94 + grain) * np.where(edge, 0.72, 1))[:, None])

    def _wall_colour(self, hit: Array, axis: int, sign: int) -> Array:
        along, up = hit[:, 2 - axis] * sign, hit[:, 1]
        colour = np.tile(self._wall, (len(hit), 1)) * (0.95 + 0.1 * self._sample(along, up))[:, None]
        colour *= 0.93 if axis == 0 else 1.0
        for k, (left, middle, wide, tall, shade) in enumerate(self._pictures):
            if (k % 4) != axis + (sign > 0):
                continue
            across, over = np.abs(along - left) - wide / 2, np.abs(up - middle) - tall / 2
            inside, frame = (across < 0) & (over < 0), (across < 0.04) & (over < 0.04)
            colour[frame] = (46, 38, 32)
            swirl = self._sample(along[inside] * 3, up[inside] * 3)[:, None]
            colour[inside] = shade * (0.6 + 0.5 * swirl)
        colour[up < 0.09] = self._wall * 0.5 + 110
        return colour

    def _sample(self, u: Array, v: Array) -> Array:
        size = self._noise.shape[0]
        return np.asarray(self._noise[(v * 96).astype(np.int64) % size, (u * 96).astype(np.int64) % size])


def _noise(random: np.random.Generator, size: int = 512) -> Array:
    """(size, size) in about [0, 1]: soft blotches and fine grain, repeating."""
    total = np.zeros((size, size), np.float32)
    for blur, share in ((24, 0.5), (6, 0.3), (1, 0.2)):
        tiled = np.tile(random.normal(size=(size, size)).astype(np.float32), (3, 3))
        soft = cv2.GaussianBlur(tiled, (0, 0), blur)[size : 2 * size, size : 2 * size]
        total += share * soft / soft.std()
    return np.asarray(np.clip(0.5 + 0.22 * total, 0, 1))


def _shadow(vertices: Array) -> NDArray[np.float32]:
    """How dark each floor cell is, in [0, 1]: sharp and dark where the body is low, faint and wide from high up."""
    size = round(2 * _REACH / _CELL)
    dark: NDArray[np.float32] = np.zeros((size, size), np.float32)
    height = np.maximum(vertices[:, 1], 0)
    cells = ((vertices - height[:, None] * _LIGHT / _LIGHT[1])[:, [0, 2]] + _REACH) / _CELL
    for least, most, blur, share in ((0.0, 0.07, 1.6, 0.55), (0.0, 0.6, 4.5, 0.3), (0.4, 3.0, 11.0, 0.35)):
        under = cells[(height >= least) & (height < most)].astype(np.int64)
        under = under[((under >= 0) & (under < size)).all(axis=1)]
        covered = np.zeros((size, size), np.float32)
        covered[under[:, 1], under[:, 0]] = 1
        soft = cv2.GaussianBlur(cv2.dilate(covered, np.ones((3, 3), np.uint8)), (0, 0), blur)
        dark += (1 - dark) * share * np.asarray(soft, np.float32)
    return dark
