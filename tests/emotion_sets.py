"""Small labelled sets of motions, made up."""

import csv
import itertools
from pathlib import Path

import numpy as np
from thespis.core.motion import Motion, write_motion
from thespis.models.emotion.dataset.takes import Label, TakeSet, takes_of, together
from thespis.models.emotion.rest import canonical

SOME = ("joy", "anger", "neutral")


def waving(rng: np.random.Generator, frames: int, strength: float = 1.0, fps: float = 30.0) -> Motion:
    """Somebody who stands and moves arms and head in slow waves."""
    time = np.arange(frames)[:, None, None] / fps
    poses = np.zeros((frames, 55, 3))
    moved = [3, 6, 9, 12, 15, 16, 17, 18, 19]
    rate, phase = rng.uniform(0.3, 1.0, (1, 9, 3)), rng.uniform(0, 6, (1, 9, 3))
    poses[:, moved] = strength * rng.uniform(0.05, 0.3, (1, 9, 3)) * np.sin(6.28 * rate * time + phase)
    poses[:, 16, 2] -= 1.2
    poses[:, 17, 2] += 1.2
    poses[:, 25:] = 0.1
    poses[:, 40:, 1:] *= -1  # the right hand mirrors the left
    trans = np.tile((0.0, -canonical().floor, 0.0), (frames, 1))
    return Motion(poses, trans, np.zeros(16), np.zeros((frames, 64)), fps)


def small_set(seed: int = 0, actors: int = 2) -> TakeSet:
    """Takes of three emotions, two scenarios, two intensities, 1 to 2 s."""
    sets = []
    for number, (emotion, actor, scenario) in enumerate(itertools.product(SOME, range(actors), "ab")):
        for intensity in (0.3, 1.0):
            rng = np.random.default_rng((seed, number))
            label = Label(emotion, intensity, f"actor{actor}", f"{emotion}-{scenario}", f"{actor}{scenario}")
            sets.append(takes_of(waving(rng, int(rng.integers(30, 60)), intensity), label))
    return together(sets)


def write_npz_set(folder: Path, rows: int = 4) -> Path:
    """A folder of .npz motions and its table; returns the folder."""
    rng = np.random.default_rng(1)
    lines = [["file", "emotion", "intensity", "actor"]]
    for row in range(rows):
        write_motion(waving(rng, 40), folder / f"take{row}.npz")
        lines.append([f"take{row}.npz", SOME[row % 3], "0.5", f"actor{row % 2}"])
    write_table(folder, lines)
    return folder


def write_table(folder: Path, lines: list) -> None:
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)


SKELETON = (  # name, parent, offset in centimetres: arms hang down at rest
    ("Hips", None, (0, 95, 0)), ("Spine", 0, (0, 10, 0)), ("Spine1", 1, (0, 12, 0)), ("Spine2", 2, (0, 12, 0)),
    ("Neck", 3, (0, 14, 0)), ("Head", 4, (0, 10, 2)),
    ("LeftShoulder", 3, (4, 10, 0)), ("LeftArm", 6, (13, 0, 0)), ("LeftForeArm", 7, (0, -28, 0)), ("LeftHand", 8, (0, -25, 0)),
    ("RightShoulder", 3, (-4, 10, 0)), ("RightArm", 10, (-13, 0, 0)), ("RightForeArm", 11, (0, -28, 0)),
    ("RightHand", 12, (0, -25, 0)),
    ("LeftUpLeg", 0, (9, -2, 0)), ("LeftLeg", 14, (0, -42, 0)), ("LeftFoot", 15, (0, -42, 0)), ("LeftToeBase", 16, (0, -6, 14)),
    ("RightUpLeg", 0, (-9, -2, 0)), ("RightLeg", 18, (0, -42, 0)), ("RightFoot", 19, (0, -42, 0)),
    ("RightToeBase", 20, (0, -6, 14)),
)  # fmt: skip
"""A rig of 22 joints in its own rest pose and units."""


def bvh_text(angles: np.ndarray, places: np.ndarray, fps: float = 60.0) -> str:
    """A BVH of SKELETON. angles: (T, 22, 3) degrees in the order Z, X, Y; places: (T, 3) centimetres."""
    lines = ["HIERARCHY"]

    def joint(index: int, depth: int) -> None:
        name, parent, offset = SKELETON[index]
        pad = "  " * depth
        channels = "3 Zrotation Xrotation Yrotation"
        if parent is None:
            channels = "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
        lines.extend([f"{pad}{'ROOT' if parent is None else 'JOINT'} {name}", f"{pad}{{"])
        lines.extend([f"{pad}  OFFSET {offset[0]} {offset[1]} {offset[2]}", f"{pad}  CHANNELS {channels}"])
        children = [k for k, (_, above, _) in enumerate(SKELETON) if above == index]
        for child in children:
            joint(child, depth + 1)
        if not children:
            lines.extend([f"{pad}  End Site", f"{pad}  {{", f"{pad}    OFFSET 0 5 0", f"{pad}  }}"])
        lines.append(f"{pad}}}")

    joint(0, 0)
    lines += ["MOTION", f"Frames: {len(angles)}", f"Frame Time: {1 / fps:.6f}"]
    order = _written_order()
    for place, frame in zip(places, angles, strict=True):
        lines.append(" ".join(f"{value:.4f}" for value in [*place, *frame[order].ravel()]))
    return "\n".join(lines) + "\n"


def _written_order() -> list:
    order: list = []

    def visit(index: int) -> None:
        order.append(index)
        for child, (_, above, _) in enumerate(SKELETON):
            if above == index:
                visit(child)

    visit(0)
    return order


def write_diem_a_set(folder: Path, actors: int = 2) -> Path:
    """A folder laid out as DIEM-A's motions are: a folder for each format, performers, three levels L, M and H, a table."""
    rng = np.random.default_rng(2)
    (folder / "bvh" / "train").mkdir(parents=True)
    lines = [["filename", "performer", "emotion", "scenario_id", "intensity"]]
    for actor in range(actors):
        for emotion in SOME:
            for level in "LMH" if emotion != "neutral" else "M":
                name = f"JP{actor:02d}_{emotion}_1_{level}"
                time = np.arange(90)[:, None, None] / 60
                angles = rng.uniform(0, 15, (1, 22, 3)) * np.sin(3 * time + rng.uniform(0, 6, (1, 22, 3)))
                angles[:, [0, 14, 15, 16, 17, 18, 19, 20, 21]] = 0  # hips and legs stand still
                text = bvh_text(angles, np.tile((0.0, 95.0, 0.0), (90, 1)))
                (folder / "bvh" / "train" / f"{name}.bvh").write_text(text)
                lines.append([name, f"JP{actor:02d}", emotion.capitalize(), "1", level])
    write_table(folder, lines)
    return folder
