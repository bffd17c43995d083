"""Where the camera stands: looking at a performance from a side, a height and with a lens, near enough to fill the picture."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from ...camera import Camera

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class View:
    """side: degrees about the vertical from +Z towards +X, where the camera stands; height: metres of the lens over the floor.

    focal: pixels; size: (width, height). roll: degrees the camera is tilted sideways. fill: share of the picture's width or
    height that the whole performance takes. aside: share of the picture by which the aim is shifted (right, down).
    """

    side: float
    height: float
    focal: float
    size: tuple[int, int] = (1920, 1080)
    roll: float = 0.0
    fill: float = 0.88
    aside: tuple[float, float] = (0.0, 0.0)


def camera_at(position: Array, target: Array, view: View) -> Camera:
    """The camera at a world position (3,), aimed at a world target (3,)."""
    ahead = np.asarray(target, np.float64) - position
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(ahead, right)
    roll = np.radians(view.roll)
    rotation = np.stack([np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, ahead])
    width, height = view.size
    return Camera(
        size=view.size,
        focal=(view.focal, view.focal),
        centre=((width - 1) / 2, (height - 1) / 2),
        rotation=rotation,
        translation=-rotation @ position,
        focal_known=True,
    )


def framing_camera(points: Array, view: View, nearest: float = 1.2, farthest: float = 12.0) -> Camera:
    """The camera of `view` at the least distance from which all world points (N, 3) lie in the picture's filled part."""
    # What bounds the picture lies on the hull.
    points = points[ConvexHull(points).vertices]
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    out = np.array([np.sin(np.radians(view.side)), 0.0, np.cos(np.radians(view.side))])
    for _ in range(40):
        distance = (nearest + farthest) / 2
        camera = _aimed(middle + distance * out, middle, points, view)
        if _fits(points, camera, view):
            farthest = distance
        else:
            nearest = distance
    return _moved_aside(_aimed(middle + farthest * out, middle, points, view), view)


def _aimed(ground: Array, middle: Array, points: Array, view: View) -> Camera:
    """Aimed so that the points' bounds lie about the picture's middle."""
    position = np.array([ground[0], view.height, ground[2]])
    target = np.array(middle, np.float64)
    camera = camera_at(position, target, view)
    for _ in range(4):
        seen = camera.to_camera(points)
        flat = seen[:, :2] / np.maximum(seen[:, 2:], 0.1)
        off = (flat.min(axis=0) + flat.max(axis=0)) / 2
        depth = float(camera.rotation[2] @ (target - position))
        target = target + depth * (off[0] * camera.rotation[0] + off[1] * camera.rotation[1])
        camera = camera_at(position, target, view)
    return camera


def _fits(points: Array, camera: Camera, view: View) -> bool:
    seen = camera.to_camera(points)
    if float(seen[:, 2].min()) < 0.4:
        return False
    flat = camera.project(seen) - camera.centre
    return bool((np.abs(flat).max(axis=0) <= view.fill * np.array(view.size) / 2).all())


def _moved_aside(camera: Camera, view: View) -> Camera:
    """The camera turned so that what it looked at lies aside by the shares of the picture that the view wants."""
    width, height = view.size
    turn_right, turn_down = (-np.arctan(s * n / view.focal) for s, n in zip(view.aside, (width, height), strict=True))
    cos, sin = np.cos(turn_right), np.sin(turn_right)
    turned = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    cos, sin = np.cos(turn_down), np.sin(turn_down)
    turned = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ turned
    return replace(camera, rotation=turned @ camera.rotation, translation=turned @ camera.translation)
