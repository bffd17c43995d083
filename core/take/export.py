"""The job "export": motions, with their take's camera and clip, to a file for Blender or a game engine."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ThespisError
from .proxy import backdrop_movie
from .take import TAKE_FILE, Take, read_take


def export(paths: list[Path], out: Path, asked: dict[str, Any], body: str) -> list[str]:
    """Export the motions `paths` to `out`; returns lines to show. asked: of core.scene.export.wishes.ExportWishes.

    Runs Blender as a Python module in this process, which must be ours alone. Raises ThespisError when bpy is missing and for
    everything that `core.scene.export.motions.export_motions` refuses.
    """
    try:
        from ..scene.export.characters import check_free, check_out
        from ..scene.export.motions import BLEND, FORMATS, export_motions
        from ..scene.export.wishes import ExportWishes
    except ImportError as error:
        raise ThespisError(
            "Exporting needs Blender as a Python module: pip install bpy==5.0.1 (Python 3.11), "
            "or import the .npz in Blender itself and export from there."
        ) from error
    for path in paths:
        if not path.exists():
            raise ThespisError(f"{path}: there is no such file. Check the path.")
    wishes = ExportWishes(**asked)
    check_out(out, FORMATS)
    check_free(out, wishes.overwrite)
    take = _take_beside(paths[0])
    backdrop, notes = None, []
    if take and out.suffix.lower() == BLEND:
        try:
            backdrop = backdrop_movie(take, paths[0].parent, take.fps)
        except ThespisError as error:
            notes.append(f"note: the camera comes without the clip behind it: {error}")
    with quiet():
        lines = export_motions(paths, out, wishes, body=body, take=take, backdrop=backdrop, own_session=True)
    return lines + notes


@contextmanager
def quiet() -> Iterator[None]:
    """Blender and its exporters talk on standard output, past Python's; it goes nowhere unless details are wanted."""
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        yield
        return
    sys.stdout.flush()
    logging.disable(logging.WARNING)
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        logging.disable(logging.NOTSET)


def _take_beside(path: Path) -> Take | None:
    beside = path.parent / TAKE_FILE
    return read_take(beside) if beside.exists() else None
