"""Filming: a performance, a room, an obstacle and a camera become a movie and its truth."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....models.body.load import Body
from ...camera import Camera
from ...footage.write import MovieWriter
from ...render.mesh import Rendered, render
from ...render.surface import Surface, plain_surface
from .backdrop import build_room
from .case import Truth
from .places import posed, sole_places, true_contacts

Array = NDArray[np.floating[Any]]

QUALITY = 16
"""H.264's constant rate factor: a good camera's file."""
_AROUND = 0.04
"""Metres about a joint that must be seen for the joint to be seen in full."""


@dataclass(frozen=True)
class Performance:
    """What the performer does: poses (T, 55, 3) axis-angle, trans (T, 3), expression (T, E), as in core.motion; fps."""

    poses: Array
    trans: Array
    expression: Array
    fps: float = 30.0


@dataclass(frozen=True)
class Box:
    """An obstacle. low, high: (3,) world corners in metres; colour: linear RGB."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    colour: tuple[float, float, float] = (0.25, 0.17, 0.1)


@dataclass(frozen=True)
class Setting:
    """body: the performer; surface: how they look; camera; room: seed of the room; boxes: obstacles in it.

    samples: a side of each pixel, for smooth edges."""

    body: Body
    surface: Surface
    camera: Camera
    room: int = 0
    boxes: tuple[Box, ...] = ()
    samples: int = 2


def film(performance: Performance, setting: Setting, path: Path, progress: Callable[[int], None] | None = None) -> Truth:
    """Render the performance into the movie at `path` and return its truth. progress is told the frames written."""
    vertices, joints = posed(setting.body, performance.poses, performance.trans, performance.expression)
    camera = setting.camera
    room = build_room(camera, setting.room)
    obstacle = _obstacle(setting)
    before = None if obstacle is None else obstacle.full_depth()
    with MovieWriter(path, Fraction(performance.fps).limit_denominator(1001), camera.size, quality=QUALITY) as movie:
        for frame, world in enumerate(vertices):
            picture = room.with_shadow(world)
            if obstacle is not None:
                picture = obstacle.over(picture)
            person = render(camera.to_camera(np.asarray(world, np.float64)), setting.surface, camera, setting.samples)
            if before is not None:
                person.alpha[person.depth > before[person.window]] = 0
            movie.write(person.over(picture))
            if progress:
                progress(frame + 1)
    soles = sole_places(setting.body, performance.poses, performance.trans)
    return Truth(
        vertices=vertices,
        joints=joints,
        template=setting.body.v_template,
        poses=performance.poses.reshape(len(vertices), -1).astype(np.float32),
        trans=performance.trans.astype(np.float32),
        expression=performance.expression.astype(np.float32),
        rotation=np.asarray(camera.rotation),
        translation=np.asarray(camera.translation),
        focal=np.array(camera.focal[0]),
        size=np.array(camera.size),
        contacts=true_contacts(soles, performance.fps),
        soles=soles.astype(np.float32),
        visible=visible_share(camera.to_camera(np.asarray(joints, np.float64)), camera, before).astype(np.float32),
        fps=np.array(performance.fps),
    )


def visible_share(joints: Array, camera: Camera, before: Array | None) -> NDArray[np.float64]:
    """(T, 55) share of a small disc about each joint (T, 55, 3; camera's frame) that is in the picture and not behind `before`.

    before: (H, W) depth of obstacles, infinite where there is none; None without any.
    """
    turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = np.stack([np.cos(turns), np.sin(turns), np.zeros(8)], axis=1)
    disc = _AROUND * np.concatenate([np.zeros((1, 3)), 0.5 * ring, ring])
    points = joints[..., None, :] + disc
    ahead = points[..., 2] > 0.05
    places = np.round(camera.project(np.where(ahead[..., None], points, (0.0, 0.0, 1.0)))).astype(np.int64)
    width, height = camera.size
    seen = ahead & (places >= 0).all(axis=-1) & (places[..., 0] < width) & (places[..., 1] < height)
    if before is not None:
        column, row = np.clip(places[..., 0], 0, width - 1), np.clip(places[..., 1], 0, height - 1)
        seen &= before[row, column] > points[..., 2]
    return np.asarray(seen.mean(axis=-1))


def _obstacle(setting: Setting) -> Rendered | None:
    """The boxes as the camera sees them, or None without any."""
    if not setting.boxes:
        return None
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    vertices: list[Array] = []
    faces: list[tuple[int, int, int]] = []
    colours: list[tuple[float, float, float]] = []
    for box in setting.boxes:
        places = np.asarray(box.low) + corners * (np.asarray(box.high) - box.low)
        for quad in quads:  # corners of its own for each side: sharp edges
            start = len(vertices)
            vertices += [places[k] for k in quad]
            faces += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
            colours += [box.colour] * 2
    surface = plain_surface(np.array(faces), len(vertices), (1.0, 1.0, 1.0))
    surface.face_colours[:] = colours
    return render(setting.camera.to_camera(np.array(vertices)), surface, setting.camera)
