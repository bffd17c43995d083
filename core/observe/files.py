"""Tracks on disk: one .npz for all the people of a clip. numpy only."""

import zipfile
from dataclasses import MISSING, Field, fields
from pathlib import Path

import numpy as np

from ..errors import ThespisError
from ..files import written_beside
from .tracks import Track

_COUNT = "people"


def save_tracks(tracks: list[Track], path: Path) -> None:
    """Write the tracks to `path` (.npz), whole or not at all. Raises ThespisError when it cannot be written."""
    arrays = {
        f"{number}/{field.name}": getattr(track, field.name) for number, track in enumerate(tracks) for field in fields(Track)
    }
    with written_beside(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **{_COUNT: np.array(len(tracks))}, **arrays)


def load_tracks(path: Path) -> list[Track]:
    """The tracks that save_tracks wrote. Raises ThespisError when the file is missing or is something else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            count = int(file[_COUNT])
            return [_track(file, f"{number}/") for number in range(count)]
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Check the path.") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise ThespisError(f"{path}: not a file of tracks that can be read ({error}). Observe the clip again.") from error


def _track(file: "np.lib.npyio.NpzFile", prefix: str) -> Track:
    """The arrays named with this prefix; those that have a default may be missing: older files lack them."""
    return Track(**{field.name: file[prefix + field.name] for field in fields(Track) if _given(file, prefix, field)})


def _given(file: "np.lib.npyio.NpzFile", prefix: str, field: "Field[object]") -> bool:
    return field.default is MISSING or prefix + field.name in file
