"""What a take looks like: the overlay movie, the film strip, and meshes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..footage import Clip, read_pictures
from ..motion import Motion
from ..progress import Progress
from ..render.obj import write_obj
from ..render.overlay import LOW_CONFIDENCE, write_overlay
from ..render.people import PersonFrame, person_frames
from ..render.strip import FilmStrip, evenly_spaced
from ..render.surface import body_surface
from .take import Shot, camera_at

OVERLAY_FILE = "overlay.mp4"
STRIP_FILE = "strip.png"
STRIP_MOMENTS = 8


def write_overlay_and_strip(
    clip: Clip, motions: Sequence[Motion], body: Body, shots: Sequence[Shot], folder: Path, progress: Progress
) -> None:
    """Write overlay.mp4 and strip.png into `folder` in one pass over the clip."""
    frames = motions[0].frames
    first, last = int(frames[0]), int(frames[-1])
    surface = body_surface(body)
    seen = _frames_seen(motions[0])
    wanted = [int(seen[k]) for k in evenly_spaced(0, len(seen) - 1, STRIP_MOMENTS)]
    title = f"{clip.path.name}: frames {first} to {last}, {float(clip.fps):g} a second"
    camera = shots[0].camera  # the lens of all
    strip = FilmStrip(camera, surface, clip.fps, wanted, title)

    def images() -> Iterator[NDArray[np.uint8] | None]:
        for picture in read_pictures(clip, first, last):
            yield picture.image

    people: Iterator[Sequence[PersonFrame]] = zip(*(_as_seen(motion, body, shots) for motion in motions), strict=True)

    def show(image: NDArray[np.uint8], persons: Sequence[PersonFrame]) -> None:
        strip.add(image, persons, camera_at(shots, persons[0].frame))

    with progress.stage("overlay", len(frames)):
        write_overlay(folder / OVERLAY_FILE, images(), people, surface, camera, clip.fps, progress.update, shown=show)
    with progress.stage("strip"):
        strip.write(folder / STRIP_FILE)


def write_meshes(motions: Sequence[Motion], body: Body, shots: Sequence[Shot], folder: Path, progress: Progress) -> None:
    """Write mesh_####.obj for every frame of the clip that was fitted; of several people, person_<k>_mesh_####.obj."""
    with progress.stage("meshes", sum(len(motion) for motion in motions)):
        done = 0
        for k, motion in enumerate(motions):
            prefix = f"person_{k}_" if len(motions) > 1 else ""
            for person in _as_seen(motion, body, shots):
                camera = camera_at(shots, person.frame)
                write_obj(folder / f"{prefix}mesh_{person.frame:04d}.obj", camera.to_world(person.vertices), body)
                done += 1
                progress.update(done)


def _as_seen(motion: Motion, body: Body, shots: Sequence[Shot]) -> Iterator[PersonFrame]:
    """The motion's frames in order, each before the camera of its own shot."""
    for shot in shots:
        rows = np.flatnonzero((motion.frames >= shot.first) & (motion.frames <= shot.last))
        if len(rows):
            yield from person_frames(motion.slice(int(rows[0]), int(rows[-1]) + 1), body, shot.camera)


def _frames_seen(motion: Motion) -> NDArray[np.int64]:
    """Clip frames in which the person was seen well enough to be worth a look; all of them when that is none."""
    if motion.confidence is None:
        return motion.frames
    seen = motion.frames[motion.confidence.mean(axis=1) >= LOW_CONFIDENCE]
    return seen if len(seen) else motion.frames
