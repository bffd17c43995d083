"""The manifest of an emotion set: what each clip is, for whoever puts it into a game."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..files import written_beside
from ..motion import Motion
from .plan import SetClip

VERSION: Final = 1


@dataclass(frozen=True)
class SetEntry:
    """A clip that was made. displacement: (x, y, z) metres from the pelvis's first place to its last; Y up, a rest faces +Z."""

    clip: SetClip
    frames: int
    seconds: float
    loop: bool
    displacement: tuple[float, float, float]


def entry_of(clip: SetClip, motion: Motion, loops: bool) -> SetEntry:
    """The entry of a take in its own body's metres."""
    x, y, z = (float(value) for value in motion.trans[-1] - motion.trans[0])
    return SetEntry(clip, len(motion), (len(motion) - 1) / motion.fps, loops, (x, y, z))


def manifest_of(entries: Sequence[SetEntry], files: Sequence[Path], fps: float) -> dict[str, Any]:
    """What the manifest says. files: the clips' file, or one for each."""
    named = [file.name for file in files]
    one_each = len(named) == len(entries) > 1
    return {
        "version": VERSION,
        "made_by": "Thespis",
        "files": named,
        "frames_per_second": fps,
        "axes": "root_displacement: metres, Y up, a character at rest faces +Z, its left is +X",
        "clips": [
            {
                "clip": entry.clip.name,
                "file": named[number if one_each else 0],
                "emotion": entry.clip.emotion,
                "level": entry.clip.level,
                "intensity": round(entry.clip.intensity, 4),
                "take": entry.clip.take,
                "seed": entry.clip.seed,
                "frames": entry.frames,
                "seconds": round(entry.seconds, 6),
                "loop": entry.loop,
                "root_displacement": [round(value, 4) for value in entry.displacement],
            }
            for number, entry in enumerate(entries)
        ],
    }


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write it as JSON; whole or not at all."""
    with written_beside(path) as beside:
        beside.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
