"""The job "mend": a stretch of a take fitted anew from the landmarks that the fit left, corrected by what somebody says."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.body.load import Body, load_body, rest_shape
from ...models.body.skin import BodySkin
from ..clip_path import clip_exists
from ..errors import ThespisError
from ..fit.fit import fit_track
from ..fit.known import Known, world_of
from ..fit.lens import lens_from_camera
from ..fit.settings import Settings
from ..footage import open_clip
from ..joining import joined_turns, joined_values, turned_by
from ..motion import Motion, read_motion
from ..observe.choose import PersonAt
from ..observe.files import load_tracks
from ..observe.sides import OTHER_SIDE
from ..observe.tracks import Track
from ..progress import Progress
from ..scene.rotations import quaternions_from_axis_angle
from .fit_clip import observe_clip
from .mending import Correction, Foot, Mend
from .options import FitOptions
from .placing import before_camera
from .take import TAKE_FILE, TRACKS_FILE, Shot, Take, read_take

AROUND: Final = 1.0
"""Seconds before and after the stretch that are fitted along, so that its ends know where they come from and go to."""
_ARMS, _LEGS = slice(11, 23), slice(23, 33)
"""Body landmarks: shoulders to hands, hips to feet."""
_SAID: Final[dict[Foot, float]] = {"down": 1.0, "up": 0.0}


@dataclass(frozen=True)
class Mended:
    """motion: of the stretch, in the take's world. before, after: whether frames of the same shot come before it and after it.
    pelvis: (3,) where the body has it at rest."""

    motion: Motion
    before: bool
    after: bool
    pelvis: NDArray[np.floating[Any]]


def mend_take(folder: Path, mend: Mend, progress: Progress | None = None) -> Mended:
    """The frames mend.first to mend.last of a person of the take in `folder`, fitted anew.

    Raises ThespisError when the take, its landmarks or, if it is to be read again, its clip is gone; when the frames are not of
    it, or lie across a cut.
    """
    progress = progress or Progress()
    with progress.stage("open"):
        take = read_take(folder / TAKE_FILE)
        motion = person_of(folder, take, mend.person)
        shot = _shot_of(take, mend, folder)
        track = _landmarks(folder, mend.person)
        body = load_body(mend.body)
        if body.model_id != motion.body_model:
            raise ThespisError(
                f"{folder}: was fitted with the body {motion.body_model}, not {body.model_id}. Name its file in the preferences."
            )
    around = round(AROUND * motion.fps)
    first, last = max(mend.first - around, shot.first), min(mend.last + around, shot.last)
    track = _rows(track, first, last)
    if mend.again:
        track = _read_again(take, track, mend, progress)
    for one in mend.corrections:
        track = swapped(track, one)
    settings = Settings()
    settings = replace(
        settings,
        acceleration=settings.acceleration / mend.smoothness,
        turn_acceleration=settings.turn_acceleration / mend.smoothness,
        finger_cutoff=settings.finger_cutoff / mend.smoothness**0.25,
    )
    camera = replace(take.camera_at(mend.first), focal_known=True)
    known = Known(world_of(camera), told_contacts(track.frames, mend.corrections))
    with progress.stage("fit", 100):
        result = fit_track(
            track,
            body,
            lens_from_camera(camera),
            motion.fps,
            motion.gender,
            mend.device,
            lambda share: progress.update(100 * share),
            settings,
            motion.betas,
            known,
        )
    fitted = before_camera(result.motion, body, result.camera, camera)
    part = fitted.slice(mend.first - first, mend.last - first + 1)
    pelvis = rest_shape(body, motion.betas)[1][0]
    return Mended(part, mend.first > shot.first, mend.last < shot.last, np.asarray(pelvis, np.float64))


def mended_motion(folder: Path, mend: Mend, progress: Progress | None = None) -> Motion:
    """The whole motion of the person with the stretch mended, its ends joined to what stays. Raises as `mend_take`."""
    whole = person_of(folder, read_take(folder / TAKE_FILE), mend.person)
    mended = mend_take(folder, mend, progress)
    new, start = mended.motion, int(np.flatnonzero(whole.frames == mend.first)[0])
    stop = start + len(new)

    def joined(name: str, turns: bool) -> NDArray[np.floating[Any]]:
        values, made = getattr(whole, name), getattr(new, name)
        if turns:
            values, made = quaternions_from_axis_angle(values), quaternions_from_axis_angle(made)
        before = values[start - 1 : start + 1] if mended.before else None
        after = values[stop - 1 : stop + 1] if mended.after else None
        made = (joined_turns if turns else joined_values)(made, whole.fps, before, after)
        out = getattr(whole, name).copy()
        out[start:stop] = turned_by(made) if turns else made
        return np.asarray(out)

    changed = {"poses": joined("poses", True), "trans": joined("trans", False), "expression": joined("expression", False)}
    for name in ("confidence", "contacts"):
        there, made = getattr(whole, name), getattr(new, name)
        if there is not None and made is not None:
            changed[name] = np.concatenate([there[:start], made, there[stop:]])
    motion: Motion = replace(whole, **changed)  # type: ignore[arg-type]
    if whole.joints_camera is not None:
        # The ends were joined: where the joints are is told by the poses that came of it.
        camera = read_take(folder / TAKE_FILE).camera_at(mend.first)
        seen = camera.to_camera(_joints(motion.slice(start, stop), load_body(mend.body)))
        joints = np.concatenate([whole.joints_camera[:start], seen, whole.joints_camera[stop:]])
        motion = replace(motion, joints_camera=joints)
    return motion


def _joints(motion: Motion, body: Body) -> NDArray[np.floating[Any]]:
    """(T, 55, 3) joints in the world, metres."""
    skin = BodySkin(body, torch.float64, torch.device("cpu"))
    poses, trans, betas, expression = (
        torch.as_tensor(part) for part in (motion.poses, motion.trans, motion.betas, motion.expression)
    )
    return np.asarray(skin.joints(poses, trans, betas, expression)[0].numpy())


def person_of(folder: Path, take: Take, person: int) -> Motion:
    """The motion of a person of a take; raises ThespisError when there is none."""
    if not 0 <= person < len(take.people):
        raise ThespisError(f"{folder}: has persons 0 to {len(take.people) - 1}; {person} is not one of them.")
    return read_motion(folder / str(take.people[person]["file"]))


def swapped(track: Track, said: Correction) -> Track:
    """`track` with left and right exchanged where it is said that they were taken for one another."""
    if said.swap == "none":
        return track
    rows = (track.frames >= said.first) & (track.frames <= said.last)
    order = np.arange(len(OTHER_SIDE))
    for part, swaps in ((slice(0, 11), ("all",)), (_ARMS, ("all", "arms")), (_LEGS, ("all", "legs"))):
        if said.swap in swaps:
            order[part] = OTHER_SIDE[part]
    changed: dict[str, NDArray[np.floating[Any]]] = {}
    for name in ("body", "body_visibility", "body_presence", "body_world"):
        changed[name] = _exchanged(getattr(track, name), rows, order)
    if said.swap != "legs":
        for name in ("hands", "hands_world", "hands_score", "hands_spread"):
            changed[name] = _exchanged(getattr(track, name), rows, np.array([1, 0]))
    return replace(track, **changed)  # type: ignore[arg-type]


def told_contacts(frames: NDArray[np.int64], corrections: Sequence[Correction]) -> NDArray[np.float64] | None:
    """(T, 4) what is said of heels and toes (fit.known.Known); None when nothing is."""
    told = np.full((len(frames), 4), np.nan)
    for one in corrections:
        rows = (frames >= one.first) & (frames <= one.last)
        for columns, foot in ((slice(0, 2), one.left), (slice(2, 4), one.right)):
            if foot in _SAID:
                told[rows, columns] = _SAID[foot]
    return told if np.isfinite(told).any() else None


def _exchanged(values: NDArray[np.floating[Any]], rows: NDArray[np.bool_], order: NDArray[np.int64]) -> Any:
    out = values.copy()
    out[rows] = values[rows][:, order]
    return out


def _shot_of(take: Take, mend: Mend, folder: Path) -> Shot:
    """The shot that the stretch lies in."""
    shots = take.shots or [Shot(*take.frame_range, take.camera)]
    begun = next((shot for shot in shots if shot.first <= mend.first <= shot.last), None)
    if begun is None or mend.last > shots[-1].last:
        first, last = take.frame_range
        raise ThespisError(f"{folder}: has frames {first} to {last} of the clip, not {mend.first} to {mend.last}. Choose others.")
    if mend.last > begun.last:
        raise ThespisError(f"There is a cut at frame {begun.last + 1}. Mend what is before it and what is after it one by one.")
    return begun


def _landmarks(folder: Path, person: int) -> Track:
    path = folder / TRACKS_FILE
    if not path.exists():
        raise ThespisError(f"{path}: is not there, so nothing can be mended. Fit the clip again; older takes have no landmarks.")
    tracks = load_tracks(path)
    if person >= len(tracks):
        raise ThespisError(f"{path}: holds the landmarks of {len(tracks)} people, not of person {person}. Fit the clip again.")
    return tracks[person]


def _rows(track: Track, first: int, last: int) -> Track:
    rows = (track.frames >= first) & (track.frames <= last)
    return Track(**{field.name: getattr(track, field.name)[rows] for field in fields(Track)})


def _read_again(take: Take, track: Track, mend: Mend, progress: Progress) -> Track:
    """The landmarks of the same frames, read again, attending to this person from the first frame on in which they were seen."""
    if not clip_exists(take.clip):
        raise ThespisError(
            f"{take.clip}: the clip is gone and cannot be read again. Relink it, or mend without reading it again."
        )
    seen = np.flatnonzero(track.body_score > 0)
    if not len(seen):
        raise ThespisError("The person was not seen in these frames or about them, so nobody knows where to look. Choose others.")
    row = int(seen[0])
    x, y = np.median(track.body[row], axis=0)
    clip = open_clip(take.clip, take.fps)
    start, last = int(track.frames[0]), int(track.frames[-1])
    options = FitOptions(
        persons=(PersonAt(float(x), float(y), int(track.frames[row])),), start=start, end=last, device=mend.device
    )
    (again,) = observe_clip(clip, options, last, progress)
    if len(again) != len(track):
        raise ThespisError(f"{take.clip}: not all of frames {start} to {last} can be read any more. Mend without reading again.")
    return again
