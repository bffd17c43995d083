"""Each shot of a clip fitted by itself, and the shots joined into one motion a person that jumps at the cuts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..camera import Camera
from ..fit.fit import FitResult, fit_track
from ..fit.lens import Lens
from ..motion import Motion, joined
from ..observe.observer import prominence
from ..observe.tracks import Track
from .options import FitOptions
from .placing import moved_camera, moved_motion, same_world, way_between
from .take import Shot

MOST_NAMED = 8
SHARED = "The focal length"
"""How a warning begins that is about all shots."""
_NOBODY = "The person is not seen; the pose is held there, with low confidence."
UNSEEN = 0.05
"""Confidence in a person throughout a shot in which nobody was seen who could be them."""


@dataclass(frozen=True)
class FittedShots:
    """motions: one a person, over all shots; shots: with their cameras; warnings: for the user."""

    motions: list[Motion]
    shots: list[Shot]
    warnings: list[str]


@dataclass(frozen=True)
class _Fits:
    """Of one person: the fit of each shot, None where they are not seen; in the order in which they were made."""

    by_shot: list[FitResult | None]
    order: list[int]


def fit_shots(
    tracks: Sequence[Track],
    cuts: Sequence[int],
    body: Body,
    lens: Lens,
    fps: float,
    options: FitOptions,
    progress: Callable[[float], None] = lambda share: None,
) -> FittedShots:
    """Fit everyone in every shot.

    tracks: of one length, the main person's first. cuts: their rows that begin another shot, rising.

    A shot has a start, a smoothness and a floor of its own; nothing reaches across a cut. Betas come from the shot that shows
    the person best. So does the focal length when it is unknown: one camera then shows the character where every shot has the
    person, and a wrong focal length costs a few millimetres of shape only. Each shot has its own gravity; its world is laid so
    that the first person goes on where and whither the shot before left them, and the camera jumps, as it did.
    """
    edges = [0, *cuts, len(tracks[0])]
    spans = [slice(start, stop) for start, stop in pairwise(edges)]
    people: list[_Fits] = []
    given = lens.focal_known
    for number, track in enumerate(tracks):

        def advance(share: float, number: int = number) -> None:
            progress((number + share) / len(tracks))

        fits = _fit_person(track, spans, body, lens, fps, options, advance)
        if number == 0:
            # Everybody stands before the same camera: its focal length is that of the best-seen person.
            best = fits.by_shot[fits.order[0]]
            assert best is not None
            lens = _settled(lens, best)
        people.append(fits)
    placed, cameras = _placed(people, body)
    frames = tracks[0].frames
    shots = [
        Shot(int(frames[span.start]), int(frames[span.stop - 1]), replace(camera, focal_known=given))
        for span, camera in zip(spans, cameras, strict=True)
    ]
    motions = [_whole(parts, track, spans, cameras) for parts, track in zip(placed, tracks, strict=True)]
    warnings = _cut_warnings(shots[1:]) + _fit_warnings(people, shots)
    return FittedShots(motions, shots, warnings)


def cast_people(tracks: Sequence[Track], cuts: Sequence[int], people: int | None) -> tuple[list[Track], list[str]]:
    """The tracks of the `people` most wanted, all when None, and warnings.

    tracks: ranked. Where one of the wanted is in none of a shot's frames, the most prominent person who is there and is not one
    of the others takes the part: a cut may hide that it is the same person, and a wrong face is easier mended than a hole.
    """
    wanted = list(tracks[:people])
    warnings: list[str] = []
    if people is None or not cuts:
        return wanted, warnings
    edges = [0, *cuts, len(tracks[0])]
    spare = list(tracks[people:])
    for start, stop in pairwise(edges):
        free = [track for track in spare if _is_seen(track, start, stop)]
        free.sort(key=lambda track: prominence(_part(track, slice(start, stop))), reverse=True)
        for number, track in enumerate(wanted):
            if free and not _is_seen(track, start, stop):
                wanted[number] = _with_rows_of(track, free.pop(0), slice(start, stop))
                who = "the person" if people == 1 else f"person {number}"
                frames = track.frames
                warnings.append(
                    f"Frames {frames[start]} to {frames[stop - 1]}: whoever is seen there looks different and is taken for "
                    f"{who}. If it is somebody else, fit with more people."
                )
    return wanted, warnings


def _fit_person(
    track: Track,
    spans: Sequence[slice],
    body: Body,
    lens: Lens,
    fps: float,
    options: FitOptions,
    progress: Callable[[float], None],
) -> _Fits:
    parts = [_part(track, span) for span in spans]
    seen = [k for k, part in enumerate(parts) if bool((part.body_score > 0).any())]
    order = sorted(seen, key=lambda k: -_evidence(parts[k]))
    by_shot: list[FitResult | None] = [None] * len(spans)
    betas: NDArray[np.floating[Any]] | None = None
    total, done = sum(len(parts[k]) for k in seen), 0
    for k in order:

        def advance(share: float, before: int = done, length: int = len(parts[k])) -> None:
            progress((before + share * length) / total)

        result = fit_track(parts[k], body, lens, fps, options.gender, options.device, advance, betas=betas)
        if betas is None:
            betas = result.motion.betas
            lens = _settled(lens, result)
        by_shot[k] = result
        done += len(parts[k])
    return _Fits(by_shot, order)


def _settled(lens: Lens, result: FitResult) -> Lens:
    """The lens with the focal length that was found, for what else was seen through it."""
    return replace(lens.with_focal(result.camera.focal[0]), focal_known=True)


def _evidence(track: Track) -> float:
    """How much of the person is seen over the frames: what betas and focal length can be known from."""
    return float((track.body_visibility * track.body_presence).mean(axis=1) @ track.body_score)


def _placed(people: Sequence[_Fits], body: Body) -> tuple[list[list[Motion | None]], list[Camera]]:
    """Everybody's motions by person and shot, in one world, and the shots' cameras there."""
    shots = len(people[0].by_shot)
    motions: list[list[Motion | None]] = [[None] * shots for _ in people]
    cameras: dict[int, Camera] = {}
    latest: dict[int, Motion] = {}
    for k in range(shots):
        there = {number: result for number, fits in enumerate(people) if (result := fits.by_shot[k]) is not None}
        if not there:
            continue
        results = dict(zip(there, same_world(list(there.values()), body), strict=True))
        anchor = next((number for number in there if number in latest), None)
        way = (np.eye(3), np.zeros(3))
        if anchor is not None:
            way = way_between(results[anchor].motion, latest[anchor], body)
        for number, result in results.items():
            latest[number] = motions[number][k] = moved_motion(result.motion, body, *way) if anchor is not None else result.motion
        camera = next(iter(results.values())).camera
        cameras[k] = moved_camera(camera, *way)
    return motions, [cameras[min(cameras, key=lambda one: (abs(one - k), one))] for k in range(shots)]


def _whole(parts: Sequence[Motion | None], track: Track, spans: Sequence[slice], cameras: Sequence[Camera]) -> Motion:
    """The person's motion over all shots; in those without them they stay as the shot before, or the first with them, has it."""
    known = [k for k, part in enumerate(parts) if part is not None]
    filled = []
    for k, (part, span) in enumerate(zip(parts, spans, strict=True)):
        if part is None:
            earlier = [one for one in known if one < k]
            source = parts[earlier[-1]] if earlier else parts[known[0]]
            assert source is not None
            row = len(source) - 1 if earlier else 0
            before = cameras[earlier[-1] if earlier else known[0]]
            part = _held(source.slice(row, row + 1), track.frames[span], before, cameras[k])
        filled.append(part)
    return joined(filled)


def _held(pose: Motion, frames: NDArray[np.int64], before: Camera, camera: Camera) -> Motion:
    """One frame's pose over `frames`, in which it is a guess. before: the camera that saw it; camera: of these frames."""
    index = np.zeros(len(frames), int)
    assert pose.joints_camera is not None and pose.confidence is not None and pose.contacts is not None
    return replace(
        pose,
        poses=pose.poses[index],
        trans=pose.trans[index],
        expression=pose.expression[index],
        frames=frames,
        joints_camera=camera.to_camera(before.to_world(pose.joints_camera[index])),
        confidence=np.full((len(frames), pose.confidence.shape[1]), UNSEEN),
        contacts=pose.contacts[index],
    )


def _is_seen(track: Track, start: int, stop: int) -> bool:
    return bool((track.body_score[start:stop] > 0).any())


def _part(track: Track, rows: slice) -> Track:
    return Track(**{field.name: getattr(track, field.name)[rows] for field in fields(Track)})


def _with_rows_of(track: Track, other: Track, rows: slice) -> Track:
    """`track` with these rows from `other`."""
    changed = {field.name: getattr(track, field.name).copy() for field in fields(Track) if field.name != "frames"}
    for name, values in changed.items():
        values[rows] = getattr(other, name)[rows]
    return replace(track, **changed)


def _cut_warnings(later: Sequence[Shot]) -> list[str]:
    if not later:
        return []
    named = ", ".join(str(shot.first) for shot in later[:MOST_NAMED]) + (" and more" if len(later) > MOST_NAMED else "")
    where = f"a cut at frame {named}" if len(later) == 1 else f"cuts at frames {named}"
    return [f"The clip has {where}: each shot is fitted by itself; the character and the camera jump there."]


def _fit_warnings(people: Sequence[_Fits], shots: Sequence[Shot]) -> list[str]:
    """What the fits said, with whom and which frames it is about."""
    lines = []
    for number, fits in enumerate(people):
        for k, (result, shot) in enumerate(zip(fits.by_shot, shots, strict=True)):
            where = f"Frames {shot.first} to {shot.last}: " if len(shots) > 1 else ""
            who = f"Person {number}: " if len(people) > 1 else ""
            for line in [_NOBODY] if result is None else result.warnings:
                if not line.startswith(SHARED):
                    lines.append(who + (line if line.startswith("Frames ") else where + line))
                elif k == fits.order[0]:  # the shot that decides for all
                    lines.append(who + line)
    return list(dict.fromkeys(lines))
