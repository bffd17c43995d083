"""Tracks on disk: one .npz for all the people of a clip. numpy only."""

import zipfile
from dataclasses import fields
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
            return [Track(**{field.name: file[f"{number}/{field.name}"] for field in fields(Track)}) for number in range(count)]
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Check the path.") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise ThespisError(f"{path}: not a file of tracks that can be read ({error}). Observe the clip again.") from error
