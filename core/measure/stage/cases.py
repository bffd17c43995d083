"""The bench's rendered cases: who, what, seen from where; rendered once and kept until something that makes them changes."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from ...errors import ThespisError
from ...files import folder_written_beside
from .cameras import View, framing_camera
from .case import CLIP, TRUTH, StageCase, Truth, case_in, write_truth
from .costume import Costume, costumed
from .film import Box, Performance, Setting, film
from .motions import MOTIONS
from .perform import perform
from .performer import make_performer
from .places import posed

ROOT: Final = Path(__file__).parents[3]
CACHE: Final = ROOT / ".cache" / "stage"
_MAKERS: Final = (
    *(f"core/measure/stage/{name}.py" for name in ("backdrop", "cameras", "costume", "film", "keys", "limbs")),
    *(f"core/measure/stage/{name}.py" for name in ("perform", "performer", "places", "script")),
    *(f"core/render/{name}.py" for name in ("light", "mesh", "raster", "shade", "surface", "texture")),
    "core/footage/write.py",
    "models/body/fingers.py",
    "models/body/skin.py",
    "models/body/open_body.npz",
    "models/body/open_body_texture.png",
)
"""Whose change makes every case a new one; plans and motions count for their own cases only."""


@dataclass(frozen=True)
class Plan:
    """name; motion: one of motions.MOTIONS; seed and build: of the performer; view; room: seed; boxes: obstacles, world."""

    name: str
    motion: str
    seed: int
    build: tuple[float, ...]
    costume: Costume
    view: View
    room: int
    boxes: tuple[Box, ...] = ()


_UPRIGHT: Final = (1080, 1920)
_ROWAN = (21, (0.5, -0.5), Costume((0.24, 0.42, 0.62), (0.32, 0.30, 0.30)))
_SASHA = (22, (-0.7, 0.5), Costume((0.78, 0.32, 0.24), (0.22, 0.24, 0.34), (0.86, 0.79, 0.74)))
_TONI = (23, (0.2, 0.9), Costume((0.86, 0.84, 0.76), (0.42, 0.36, 0.30)))
_KIM = (24, (-0.3, -0.8), Costume((0.30, 0.52, 0.36), (0.20, 0.20, 0.24), (0.72, 0.62, 0.56)))

PLANS: Final[tuple[Plan, ...]] = (
    Plan("walk_front", "walk", *_ROWAN, View(14, 1.5, 1450), 31),
    Plan("walk_side", "walk", *_ROWAN, View(-48, 1.2, 1300), 32),
    Plan("strike_front", "strike", *_SASHA, View(-14, 1.65, 1250, _UPRIGHT), 33),
    Plan("strike_side", "strike", *_SASHA, View(40, 1.05, 1700), 34),
    Plan("gestures_front", "gestures", *_TONI, View(8, 1.6, 1600), 35),
    Plan("gestures_side", "gestures", *_TONI, View(-44, 1.9, 2200), 36),
    Plan("cross_front", "cross", *_KIM, View(-4, 1.5, 1700), 37),
    Plan("cross_side", "cross", *_KIM, View(57, 1.45, 1550), 38),
    Plan("hidden", "gestures", *_SASHA, View(18, 1.5, 1500), 39, (Box((-0.5, 0.0, 0.55), (0.95, 0.8, 0.95)),)),
    Plan("half_out", "strike", *_TONI, View(-30, 1.4, 1500, fill=1.15, aside=(-0.36, 0.0)), 40),
    Plan("turn", "turn", *_KIM, View(6, 1.55, 1600), 41),
    Plan("still", "stand", *_ROWAN, View(-22, 1.5, 1550), 42),
)
"""Three motions from two sides each; a hand before the face from two; then an obstacle, the picture's edge, a back; stillness."""


def stage_cases(
    names: Sequence[str] | None = None,
    frames: int | None = None,
    cache: Path = CACHE,
    progress: Callable[[str, int, int], None] | None = None,
) -> Iterator[StageCase]:
    """The cases one by one, in the order of PLANS, each rendered first if it is not in the cache.

    names: only these; frames: only so many from each one's beginning (a short check). progress is told a case's name, the frames
    rendered, and how many there are. Raises ThespisError for a name that there is none of.
    """
    known = [plan.name for plan in PLANS]
    strange = sorted(set(names or ()) - set(known))
    if strange:
        raise ThespisError(f"{', '.join(strange)}: no such case. There are {', '.join(known)}.")
    for plan in PLANS:
        if names is None or plan.name in names:
            yield _found(plan, frames, cache, progress)


def staged(plan: Plan, frames: int | None = None) -> tuple[Performance, Setting]:
    """What the plan's performer does and where it is filmed; the camera frames the whole motion, however few frames are kept."""
    body = make_performer(plan.seed, plan.build)
    whole = perform(body, MOTIONS[plan.motion])
    some = slice(None, None, 4)
    points, _ = posed(body, whole.poses[some], whole.trans[some], whole.expression[some])
    camera = framing_camera(points.reshape(-1, 3).astype(np.float64), plan.view)
    part = slice(0, frames)
    kept = replace(whole, poses=whole.poses[part], trans=whole.trans[part], expression=whole.expression[part])
    return kept, Setting(body, costumed(body, plan.costume), camera, plan.room, plan.boxes)


def _found(plan: Plan, frames: int | None, cache: Path, progress: Callable[[str, int, int], None] | None) -> StageCase:
    name = plan.name if frames is None else f"{plan.name}_{frames}"
    folder = cache / f"{name}_{_fingerprint(plan)}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        performance, setting = staged(plan, frames)

        def told(frame: int) -> None:
            if progress:
                progress(plan.name, frame, len(performance.poses))

        with folder_written_beside(folder) as beside:
            write_truth(film(performance, setting, beside / CLIP, told), beside / TRUTH)
    return replace(case_in(folder), name=plan.name)


def _fingerprint(plan: Plan) -> str:
    """Of everything that has a hand in the case: its plan and motion, the code that performs and films, the body, its texture."""
    digest = hashlib.sha256(repr((plan, MOTIONS[plan.motion], [field.name for field in fields(Truth)])).encode())
    for path in _MAKERS:
        digest.update((ROOT / path).read_bytes())
    return digest.hexdigest()[:12]
