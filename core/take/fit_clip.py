"""The job "fit a clip": footage in, a folder with motions, camera and take out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body, load_body
from ..errors import CancelledError, ThespisError
from ..files import folder_written_beside
from ..fit.lens import lens_of
from ..footage import Clip, open_clip, read_pictures
from ..motion import Motion, write_motion
from ..observe.camera_move import camera_moves
from ..observe.files import save_tracks
from ..observe.observer import Observer, main_track
from ..observe.tracks import Track
from ..observe.view import View, ViewWatcher
from ..progress import Progress
from .holes import view_with_holes, with_holes
from .options import FitOptions
from .pictures import write_meshes, write_overlay_and_strip
from .shots import FittedShots, cast_people, fit_shots
from .take import TAKE_FILE, TRACKS_FILE, Take, write_take

MOST_NAMED = 3
MOST_PEOPLE = 10
LEAST_FOLLOWED = 3
FILM_DIAGONAL_MM = 43.27
"""Of 35 mm film: phones and cameras write their equivalent focal length for it (CIPA DCG-001)."""


def fit_clip(path: Path, out: Path, options: FitOptions, progress: Progress | None = None) -> Take:
    """Fit the people in the clip at `path` and make the folder `out` with person_<k>.npz, take.json and what was asked for.

    Raises ThespisError, one line with the cause and the next step, for a clip that cannot be read, nobody in it, a folder
    that is not empty, a full disk. The folder is either whole or not there.
    """
    progress = progress or Progress()
    with folder_written_beside(out) as folder:
        with progress.stage("open"):
            clip = open_clip(path, options.rate)
            last = _check_range(clip, options)
            body = load_body(options.body)
        tracks, count, view = _observe(clip, options, last, progress)
        tracks, warnings = cast_people(tracks, view.cuts, count)
        fitted = _fit(tracks, view, clip, body, options, progress)
        motions = fitted.motions
        with progress.stage("write"):
            save_tracks(tracks, folder / TRACKS_FILE)
            people = [
                _write_person(folder / f"person_{k}.npz", motion, track)
                for k, (motion, track) in enumerate(zip(motions, tracks, strict=True))
            ]
        if options.overlay:
            write_overlay_and_strip(clip, motions, body, fitted.shots, folder, progress)
        if options.obj:
            write_meshes(motions, body, fitted.shots, folder, progress)
        moves = _camera_moves(view, tracks[0], float(clip.fps))
        warnings += [*fitted.warnings, *_move_warnings(moves), *_clip_warnings(clip, tracks[0], options, last)]
        take = Take(
            clip=path.resolve(),
            fps=clip.fps,
            frame_range=(int(tracks[0].frames[0]), int(tracks[0].frames[-1])),
            clip_frames=clip.frame_count,
            camera=fitted.shots[0].camera,
            people=people,
            seconds=progress.seconds,
            plain=not clip.files and clip.rotation == 0 and not clip.variable_rate and clip.square_pixels,
            has_sound=clip.has_sound,
            warnings=list(dict.fromkeys(warnings)),
            shots=fitted.shots if len(fitted.shots) > 1 else [],
            moves=moves,
        )
        write_take(take, folder / TAKE_FILE)
    return take


def _check_range(clip: Clip, options: FitOptions) -> int:
    last = clip.frame_count - 1
    if not 0 <= options.start <= last:
        raise ThespisError(f"{clip.path}: has frames 0 to {last}; --start {options.start} is not one of them.")
    if options.end is not None and options.end < options.start:
        raise ThespisError(f"--end {options.end} lies before --start {options.start}. Give a later end.")
    last = last if options.end is None else min(options.end, last)
    for at in options.persons:
        if not options.start <= at.frame <= last:
            raise ThespisError(
                f"{clip.path}: the person was chosen in frame {at.frame}, outside of the range {options.start} to {last}. "
                "Choose the person anew."
            )
    return last


def observe_clip(clip: Clip, options: FitOptions, last: int, progress: Progress) -> list[Track]:
    """The tracks of the people to fit, the main person first, over the frames options.start to `last` of the clip.

    Raises ThespisError when nobody is seen.
    """
    tracks, people, view = _observe(clip, options, last, progress)
    return cast_people(tracks, view.cuts, people)[0]


def _observe(clip: Clip, options: FitOptions, last: int, progress: Progress) -> tuple[list[Track], int | None, View]:
    """Everybody's tracks, those who are wanted first, how many they are (None: all), and what the picture did as a whole; raises
    as observe_clip."""
    count = last - options.start + 1
    chosen = [(_picture_number(clip, options.start, at.frame), at) for at in options.persons]
    people = len(chosen) or options.people
    observer = Observer(
        device=options.device,
        model="full" if options.fast else "heavy",
        # A passer-by or a statue may come first: more are followed than are fitted.
        max_people=MOST_PEOPLE if chosen else max(people or MOST_PEOPLE, LEAST_FOLLOWED),
        attended=people,
    )
    present: list[int] = []
    watcher = ViewWatcher(float(clip.fps))

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for picture in read_pictures(clip, options.start, last):
            progress.update(picture.index - options.start)
            if picture.image is not None:
                present.append(picture.index)
                yield picture.image

    with progress.stage("landmarks", count):
        try:
            tracks = observer.observe(pictures(), float(clip.fps), view=watcher, wanted=chosen)
            main_track(tracks)  # there has to be somebody
        except CancelledError:
            raise
        except ThespisError as error:
            if str(error).startswith(str(clip.path)):
                raise
            raise ThespisError(f"{clip.path}: {error}") from error
    there = np.array(present)
    ranked = [with_holes(track, there) for track in tracks]
    return ranked, observer.chosen or people, view_with_holes(watcher.view(), there)


def _picture_number(clip: Clip, start: int, frame: int) -> int:
    """How many pictures the file has in the frames from `start` to before `frame`."""
    return int((clip.source[start:frame] >= 0).sum())


def _fit(tracks: list[Track], view: View, clip: Clip, body: Body, options: FitOptions, progress: Progress) -> FittedShots:
    lens = lens_of(clip.size, _focal_pixels(clip, options), distortion=options.distortion)
    steps = 100 * len(tracks)
    with progress.stage("fit", steps):
        return fit_shots(tracks, view.cuts, body, lens, float(clip.fps), options, lambda share: progress.update(steps * share))


def _focal_pixels(clip: Clip, options: FitOptions) -> float | None:
    if options.focal:
        return options.focal.pixels(clip.size)
    if clip.focal_35mm:
        return clip.focal_35mm / FILM_DIAGONAL_MM * float(np.hypot(*clip.size))
    return None


def _write_person(path: Path, motion: Motion, track: Track) -> dict[str, Any]:
    write_motion(motion, path)
    return {
        "file": path.name,
        "gender": motion.gender,
        "body_model": motion.body_model,
        "frames_seen": int((track.body_score > 0).sum()),
    }


def _camera_moves(view: View, track: Track, fps: float) -> list[tuple[int, int, float]]:
    """Clip frames from which to which the camera moves, and the pixels a second."""
    return [(int(track.frames[move.first]), int(track.frames[move.last]), move.speed) for move in camera_moves(view, fps)]


def _move_warnings(moves: list[tuple[int, int, float]]) -> list[str]:
    named = [f"from frame {first} to {last} (some {speed:.0f} pixels a second)" for first, last, speed in moves[:MOST_NAMED]]
    more = " and later again" if len(moves) > MOST_NAMED else ""
    return (
        [
            f"The camera moves {', '.join(named)}{more}: the fit takes it to stand still, so the feet may slide there and the "
            "way over the floor is not to be trusted. The poses are."
        ]
        if named
        else []
    )


def _clip_warnings(clip: Clip, track: Track, options: FitOptions, last: int) -> list[str]:
    warnings = []
    wanted, got = last - options.start + 1, len(track)
    if got < wanted or 0 < len(clip.source) < clip.declared_frames:
        warnings.append(f"The file ends early: {got} of {max(wanted, clip.declared_frames)} frames could be read.")
    if clip.variable_rate:
        warnings.append(f"The clip's frame rate varies; it was fitted at {float(clip.fps):g} frames a second.")
    if any(options.distortion):
        warnings.append("Blender's camera has no lens distortion: the character lines up with the undistorted picture.")
    return warnings
