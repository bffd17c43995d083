"""The table of a user's own set: which file shows which emotion, how strongly, by whom."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ....core.errors import ThespisError
from ..emotions import checked_intensity, emotion_named
from .takes import Label

COLUMNS: Final = {
    "file": ("file", "filename", "file_name", "path", "motion"),
    "emotion": ("emotion", "label"),
    "intensity": ("intensity", "level"),
    "actor": ("actor", "performer", "subject"),
    "scenario": ("scenario", "scenario_id", "script"),
    "take": ("take", "performance"),
}
"""What a column may be called. scenario and take may be missing, and intensity where it is always the same."""
_NEEDED: Final = ("file", "emotion", "actor")

_WORDS: Final = {"l": 1 / 3, "low": 1 / 3, "m": 2 / 3, "medium": 2 / 3, "mid": 2 / 3, "h": 1.0, "high": 1.0, "": 2 / 3, "n": 0.0}
"""Three levels as in DIEM-A; neutral is recorded at one, which counts as medium."""

MOTIONS: Final = (".npz", ".bvh")


@dataclass(frozen=True)
class Row:
    """One line of the table: the motion's file and its label."""

    file: Path
    label: Label


def read_table(folder: Path) -> list[Row]:
    """The rows of the only .csv in `folder`. Raises ThespisError naming the file, the line and what to mend."""
    path = _table_in(folder)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = _columns(path, reader.fieldnames or [])
            rows = [_row(path, folder, number, line, columns) for number, line in enumerate(reader, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ThespisError(f"{path}: cannot be read as a table ({error}). Save it as CSV in UTF-8.") from error
    if not rows:
        raise ThespisError(f"{path}: has no rows. Give one line for each motion.")
    return rows


def _table_in(folder: Path) -> Path:
    if not folder.is_dir():
        raise ThespisError(f"{folder}: there is no such folder. Give the folder with the motions and their table.")
    tables = sorted(folder.glob("*.csv"))
    if not tables:
        raise ThespisError(f"{folder}: holds no .csv. Add a table with the columns file, emotion, intensity, actor.")
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise ThespisError(f"{folder}: holds {len(tables)} tables ({names}). Leave the one that labels the motions.")
    return tables[0]


def _columns(path: Path, found: Sequence[str]) -> dict[str, str]:
    """Our name of a column -> the table's."""
    plain = {name.strip().lower().replace(" ", "_"): name for name in found if name}
    columns = {
        ours: next(plain[name] for name in names if name in plain) for ours, names in COLUMNS.items() if set(names) & set(plain)
    }
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise ThespisError(
            f"{path}: has no column {' and no '.join(missing)}. Its first line must name file, emotion, intensity, actor."
        )
    return columns


def _row(path: Path, folder: Path, number: int, line: dict[str, str], columns: dict[str, str]) -> Row:
    cells = {ours: (line.get(theirs) or "").strip() for ours, theirs in columns.items()}
    try:
        label = Label(
            emotion_named(cells["emotion"]),
            parsed_intensity(cells.get("intensity", "")),
            cells["actor"],
            cells.get("scenario", ""),
            cells.get("take", ""),
        )
        return Row(_motion_file(folder, cells["file"]), label)
    except ThespisError as error:
        raise ThespisError(f"{path}, line {number}: {error}") from None


def parsed_intensity(text: str) -> float:
    """low, medium, high (or their first letters), or a number: 0 to 1. Raises ThespisError for anything else."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return checked_intensity(float(text))
    except ValueError:
        raise ThespisError(f"'{text}' is no intensity. Give low, medium, high, or a number from 0 to 1.") from None


def _motion_file(folder: Path, name: str) -> Path:
    if not name:
        raise ThespisError("names no file. Fill in the column file.")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ThespisError(f"{name} lies outside the folder. Move it inside.")
    if path.is_file() and path.suffix.lower() in MOTIONS:
        return path
    found = [near for ending in MOTIONS if (near := path.with_name(path.name + ending)).is_file()]
    if not found:  # DIEM-A keeps its motions in a folder for each format
        stem = path.name.removesuffix(path.suffix) if path.suffix.lower() in (*MOTIONS, ".fbx", ".c3d") else path.name
        found = [near for ending in MOTIONS for near in sorted(folder.rglob(stem + ending))]
    if not found:
        raise ThespisError(f"{name}: there is no such .npz or .bvh in the folder. Mend the name, or add the file.")
    return found[0]
