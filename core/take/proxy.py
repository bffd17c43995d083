"""The clip as Blender can show it behind the camera: the file itself where that is right, else an upright movie made for it."""

from fractions import Fraction
from pathlib import Path

from ..clip_path import changed_at, clip_exists, clip_name
from ..errors import ThespisError
from ..footage import open_clip
from ..footage.write import write_proxy
from ..progress import Progress
from .take import Take


def backdrop_movie(take: Take, folder: Path, fps: Fraction, progress: Progress | None = None) -> Path:
    """A movie of the take's clip that is upright and has exactly `fps` frames a second.

    Blender advances movies by frame, whatever their rate, and pays no heed to uneven frames. The clip itself is returned when
    it already is such a movie; else a proxy is made in `folder`, once for each rate. Raises ThespisError when the clip is gone.
    """
    if not clip_exists(take.clip):
        raise ThespisError(f"{take.clip}: the clip is gone. Put it back, or relink it.")
    if take.plain and take.fps == fps:
        return take.clip
    proxy = folder / f"{clip_name(take.clip)}_{float(fps):g}fps.mp4"
    if proxy.exists() and proxy.stat().st_mtime >= changed_at(take.clip):
        return proxy
    progress = progress or Progress()
    clip = open_clip(take.clip, take.fps)
    with progress.stage("proxy", max(1, round(clip.duration * fps))):
        return write_proxy(clip, proxy, fps, progress.update)
