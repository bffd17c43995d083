"""A take whose clip has moved is told where it lies now. numpy and the standard library only."""

from dataclasses import replace
from pathlib import Path

from ..engine.look_job import ClipLook
from ..errors import ThespisError
from .take import TAKE_FILE, Take, read_take, write_take


def relinked(folder: Path, clip: Path, look: ClipLook) -> Take:
    """Write into the take in `folder` that its clip lies at `clip`, which was looked at; returns the take as it is now.

    Raises ThespisError when it is another clip: of another length, size or rate.
    """
    path = folder / TAKE_FILE
    take = read_take(path)
    rate = take.fps if look.is_sequence else look.fps  # of pictures, somebody said it
    same = [
        ("frames", str(take.clip_frames), str(look.frames)),
        ("size", "{} x {}".format(*take.camera.size), "{} x {}".format(*look.size)),
        ("frames a second", f"{float(take.fps):g}", f"{float(rate):g}"),
    ]
    for what, was, is_now in same:
        if was != is_now:
            raise ThespisError(
                f"{clip}: is another clip ({what}: {is_now}; the take's has {was}). Choose the one that was fitted."
            )
    take = replace(take, clip=clip)
    write_take(take, path)
    return take
