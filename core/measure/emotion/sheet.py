"""The blind forced choice: film strips of generated takes under names that say nothing, and how well readers name them."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ....models.body.skin import BodySkin
from ....models.emotion.emotions import EMOTION_INDEX, EMOTIONS, emotion_named
from ....models.emotion.rest import canonical
from ....models.emotion.weights import EmotionModel
from ...act.act import act
from ...errors import ThespisError
from ...files import written_beside
from ...motion import Motion
from ...render.figure import View, figure
from ...render.strip import write_png
from ...render.surface import Surface, body_surface
from ...skeleton import JOINT_INDEX
from ..bench.report import Section, row_of
from .generate import Asked, Way, request_of
from .rows import COLUMNS, share

Image = NDArray[np.uint8]

LEVELS: Final = {"low": 0.3, "medium": 0.65, "high": 1.0}
CLEAR: Final = ("joy", "sadness", "anger", "fear", "surprise", "disgust", "pride", "shame")
"""Emotions that readers have to name nearly always at high intensity."""
ANSWERS: Final = "answers.csv"
_COLUMNS: Final = 10
_FPS: Final = 30.0
_BODY, _FACE = View((152, 266)), View((152, 170), span=0.37, turn=-12.0)
_HIGH, _LOW, _HIGH_CLEAR = 0.60, 0.35, 0.80


def key_path(folder: Path) -> Path:
    """Where the key to the strips in `folder` lies: beside the folder, not in it."""
    return folder.with_name(f"{folder.name}-key.csv")


def write_sheet(
    model: EmotionModel, folder: Path, seed: int, columns: int = _COLUMNS, say: Callable[[str], None] = lambda text: None
) -> list[Path]:
    """Write a strip for every emotion at every level into `folder`, with a sheet for the reader's answers, and the key beside the
    folder. Returns the strips. Raises ThespisError when the folder holds something."""
    if folder.exists() and any(folder.iterdir()):
        raise ThespisError(f"{folder}: holds something already. Choose an empty folder for the strips.")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    known = [name for index, name in enumerate(EMOTIONS) if model.space.known[index]]
    wanted = [(Asked(name, value, int(rng.integers(2**31))), level) for name in known for level, value in LEVELS.items()]
    skin, surface = BodySkin(canonical().body), body_surface(canonical().body)
    paths, rows = [], []
    for number, place in enumerate(rng.permutation(len(wanted)).tolist(), start=1):
        asked, level = wanted[place]
        motion = act(model, request_of(asked, Way(), fps=_FPS))
        paths.append(folder / f"strip_{number:02d}.png")
        write_png(paths[-1], picture(motion, columns, skin, surface))
        rows.append([paths[-1].name, asked.emotion, level, f"{asked.intensity:g}", str(asked.seed)])
        say(f"{paths[-1].name}")
    _write_table(key_path(folder), ["file", "emotion", "level", "intensity", "seed"], rows)
    _write_table(folder / ANSWERS, ["file", "guess"], [[path.name, ""] for path in paths])
    return paths


def picture(motion: Motion, columns: int, skin: BodySkin, surface: Surface) -> Image:
    """(H, W, 3) a row of moments of the body, and below each a look at the face."""
    frames = np.round(np.linspace(0.06, 0.94, columns) * (len(motion) - 1)).astype(int)
    arrays = (motion.poses[frames], motion.trans[frames], motion.betas, motion.expression[frames])
    with torch.no_grad():
        vertices, joints = skin(*(torch.as_tensor(array, dtype=torch.float32) for array in arrays))
    meshes, places = vertices.numpy().astype(np.float64), joints.numpy().astype(np.float64)
    eyes = places[:, [JOINT_INDEX["left_eye_smplhf"], JOINT_INDEX["right_eye_smplhf"]]].mean(1) - (0, 0.03, 0)
    bodies = [figure(mesh, surface, _BODY) for mesh in meshes]
    faces = [figure(mesh, surface, _FACE, about) for mesh, about in zip(meshes, eyes, strict=True)]
    return np.concatenate([np.concatenate(row, axis=1) for row in (bodies, faces)])


def answers_section(key: Path, answers: Sequence[Path]) -> Section:
    """How readers named the strips. key: that write_sheet wrote; answers: each reader's filled-in sheet.

    Raises ThespisError for a file or a guess that cannot be read.
    """
    truth = {row["file"]: row for row in _read_table(key, ("file", "emotion", "level"))}
    said: list[tuple[str, str, str]] = []
    for path in answers:
        for row in _read_table(path, ("file", "guess")):
            if row["file"] not in truth:
                raise ThespisError(f"{path}: {row['file']} is not in the key. Give the key that belongs to these strips.")
            if not row["guess"].strip():
                raise ThespisError(f"{path}: {row['file']} has no guess. Fill in one of: {', '.join(EMOTIONS)}.")
            known = truth[row["file"]]
            said.append((known["emotion"], known["level"], emotion_named(row["guess"])))
    rows = []
    for level in LEVELS:
        bar = {"high": _HIGH, "low": _LOW}.get(level)
        rows.append(_row(f"named at {level} intensity", [one for one in said if one[1] == level], bar))
    clear = [one for one in said if one[1] == "high" and one[0] in CLEAR]
    rows.append(_row(f"{', '.join(CLEAR)} at high intensity", clear, _HIGH_CLEAR))
    for name in sorted({one[0] for one in said}, key=EMOTION_INDEX.__getitem__):
        own = [one for one in said if one[0] == name]
        wrong = sorted({guess for _, _, guess in own if guess != name})
        rows.append(_row(f"  {name}" + (f" (also {', '.join(wrong)})" if wrong else ""), own, None))
    words = f"{len(answers)} readers, first guess out of thirteen from film strips of body and face; chance 0.077."
    return Section("Blind forced choice", COLUMNS, rows, words)


def _row(title: str, said: Sequence[tuple[str, str, str]], bar: float | None) -> list[str]:
    right = sum(emotion == guess for emotion, _, guess in said)
    value = right / len(said) if said else float("nan")
    return row_of(title, value, bar, f"{share(value)} ({right} of {len(said)})", most=False)


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with written_beside(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])


def _read_table(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ThespisError(f"{path}: cannot be read as a table ({error}). Save it as CSV in UTF-8.") from error
    missing = [name for name in needed if not rows or name not in rows[0]]
    if missing:
        raise ThespisError(f"{path}: has no column {missing[0]}, or no rows. Take the file that came with the strips.")
    return rows
