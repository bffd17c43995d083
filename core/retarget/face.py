"""Expression units under other names: ARKit's 52 as others write them, and what VRM's expressions are made of. numpy only."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .turns import orthonormal, transposed

Array = NDArray[np.floating[Any]]

_FILE: Final = Path(__file__).parent / "rigs" / "face" / "expressions.toml"
_WIDE_OPEN: Final = np.deg2rad(25)
"""How far a jaw turns that is as open as the unit jawOpen."""
_WIDE_GAZE: Final = 0.5
"""Radians that an eye turns to look as far aside, up or down as the units of ARKit tell."""


def expressed(units: Mapping[str, Array], names: Iterable[str]) -> dict[str, Array]:
    """Name -> (T,) for those of the shape keys `names` that can be told from `units` (unit -> (T,)).

    A name that is a unit's, however it is written (jawOpen, JawOpen, jaw_open, mouthSmile_L, ARKit.jawOpen), takes its values.
    Others are mixtures that rigs/face/expressions.toml tells. Where several mean the same (a smile of each half and one of the
    whole mouth), those that are units count, and the mixtures are left out.
    """
    known = {_plain(unit): values for unit, values in units.items()}
    names = list(names)
    direct = {name: known[_plain(name)] for name in names if _plain(name) in known}
    if len(direct) > 1:
        return direct
    mixed = {}
    for name in names:
        recipe = _recipes().get(_plain(name))
        if recipe is None or name in direct:
            continue
        parts = [share * known[_plain(unit)] for unit, share in recipe.items() if _plain(unit) in known]
        if parts:
            mixed[name] = np.clip(np.sum(parts, axis=0), 0.0, 1.0)
    return direct | mixed


def opened(jaw: Array, head: Array) -> Array:
    """(T,) how open a mouth is, 0 to 1, whose jaw and head turn so (T, 3, 3): by the jaw's nod."""
    turn = orthonormal(transposed(head) @ jaw)
    nod = np.arctan2(turn[:, 2, 1], turn[:, 2, 2])  # about the left: a jaw that opens turns the front downwards
    return np.clip(nod / _WIDE_OPEN, 0.0, 1.0)


def looked(eye: Array, head: Array, side: str) -> dict[str, Array]:
    """Unit -> (T,) where an eye looks, left or right, that turns so (T, 3, 3) while the head does so: by yaw and pitch."""
    ahead = -orthonormal(transposed(head) @ eye)[..., 1]  # upright axes: Z up, facing -Y, the left is +X
    aside, up = np.arctan2(ahead[:, 0], -ahead[:, 1]), np.arcsin(np.clip(ahead[:, 2], -1, 1))
    out = aside if side == "left" else -aside
    ways = {"Out": out, "In": -out, "Up": up, "Down": -up}
    return {f"eyeLook{way}{side.capitalize()}": np.clip(angle / _WIDE_GAZE, 0.0, 1.0) for way, angle in ways.items()}


def _plain(name: str) -> str:
    """A name without its writer's habits."""
    bare = re.sub(r"[\s_.\-]", " ", name.rpartition(".")[2] if name.lower().startswith("arkit") else name).strip()
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", bare).lower().split()
    if words and words[-1] in ("l", "r"):
        words[-1] = {"l": "left", "r": "right"}[words[-1]]
    return "".join(words)


@cache
def _recipes() -> dict[str, dict[str, float]]:
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    found: dict[str, dict[str, float]] = {}
    for recipe in told["expression"]:
        mixture = {str(unit): float(share) for unit, share in recipe["units"].items()}
        found |= {_plain(name): mixture for name in recipe["names"]}
    return found
