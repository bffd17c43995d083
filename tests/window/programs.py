"""A Blender with a window, a screen that nobody sees, and a hand: where they are found, or made. Standard library only.

What is on this machine is taken: a Blender that is named or on PATH, Xvfb, xdotool. What is missing comes from Debian's own
packages, Blender 4.3.2 among them, unpacked into a folder of the cache: nothing is installed, nobody needs to be root, and the
folder may be deleted at any time. Its programs are not run inside the folder (chroot) but by the folder's own loader, with the
folder's own libraries, so that they see this machine's files, and Blender can start the engine on the environment in .venv, which
runs on this machine's libraries. Xvfb alone runs inside it: the keyboard's tables lie at fixed places.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUITE: Final = "trixie"
"""Debian 13: Blender 4.3.2 with Python 3.13."""
PACKAGES: Final = (
    "blender", "python3-numpy", "python3-requests", "python3-zstandard", "python3-cattr", "xvfb", "xdotool",
    "libgl1-mesa-dri", "libegl1", "libgl1", "libegl-mesa0", "dash",
)  # fmt: skip
"""Dash: Xvfb asks a shell to compile the keyboard's table."""
_KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SOURCES: Final = ("sources.list", "sources.list.d/*.sources", "sources.list.d/*.list")
_DONE: Final = "made"


class Unavailable(Exception):
    """One line that says why there is no Blender with a window here."""


@dataclass(frozen=True)
class Program:
    """A command to put arguments behind; environment: what it needs besides this process's own."""

    command: tuple[str, ...]
    environment: dict[str, str]


@dataclass(frozen=True)
class Programs:
    """xvfb_root: what Xvfb takes for the root of the file system."""

    blender: Program
    xvfb: Program
    xdotool: Program
    xvfb_root: Path


def find_or_make(named: str | None, cache: Path) -> Programs:
    """The programs. named: a Blender to take, whatever else is there. Raises Unavailable."""
    if not sys.platform.startswith("linux"):
        raise Unavailable("the tests in the window need Linux: their screen is Xvfb.")
    found = named or shutil.which("blender")
    if named and not shutil.which(named):
        raise Unavailable(f"{named}: there is no such program.")
    folder = None
    if not (found and shutil.which("Xvfb") and shutil.which("xdotool")):
        folder = make(cache / f"blender-{SUITE}")
    blender = Program((found,), {}) if found else _of_folder(folder, "blender")
    xdotool = Program(("xdotool",), {}) if shutil.which("xdotool") else _of_folder(folder, "xdotool")
    if shutil.which("Xvfb"):
        return Programs(blender, Program(("Xvfb",), {}), xdotool, Path("/"))
    assert folder is not None
    # As an ordinary user one may change the root in a user namespace of one's own.
    inside = ("unshare", *(() if os.geteuid() == 0 else ("--map-root-user",)), f"--root={folder}", "/usr/bin/Xvfb")
    return Programs(blender, Program(inside, {}), xdotool, folder)


def make(folder: Path) -> Path:
    """Unpack the packages into `folder`, unless they are there, and return it; its programs hold its path.

    340 MB to download, 1.2 GB on disk, half a minute. Raises Unavailable.
    """
    folder = folder.resolve()
    done = folder / _DONE
    if done.exists() and done.read_text() == str(folder):
        return folder
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise Unavailable(f"there is no {tool} here: name a Blender of your own (--blender), and install xvfb and xdotool.")
    mirror = _mirror()
    print(f"== unpacking Debian's Blender into {folder} (340 MB to download)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    apt = folder / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(f"deb [signed-by={_KEYRING}] {mirror} {SUITE} main\n")
    (apt / "apt.conf").write_text(
        f'Dir::State "{apt}/state"; Dir::State::status "{apt}/status"; Dir::Cache "{apt}/cache";\n'
        f'Dir::Etc::sourcelist "{apt}/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "-";\n'
        'APT::Install-Recommends "false"; APT::Sandbox::User ""; Acquire::Languages "none"; Debug::NoLocking "true";\n'
    )
    _apt(apt, "update")
    _apt(apt, "install", "--yes", "--download-only", *PACKAGES)
    for name in ("bin", "sbin", "lib", "lib64"):
        (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(f"usr/{name}")
    (folder / "tmp").mkdir()
    for package in sorted((apt / "cache/archives").glob("*.deb")):
        _unpack(package, folder)
    shutil.rmtree(apt)
    for program in ("python3.13", "blender", "xdotool"):
        _wrap(folder, program)
    done.write_text(str(folder))
    return folder


def _mirror() -> str:
    """Where this machine takes Debian's packages from."""
    for pattern in _SOURCES:
        for path in sorted(Path("/etc/apt").glob(pattern)):
            for line in path.read_text().splitlines():
                words = [word for word in line.split() if not word.startswith("#")]
                addresses = [word for word in words if "://" in word and word.rstrip("/").endswith("/debian")]
                if addresses and _KEYRING.exists():
                    return addresses[0]
    raise Unavailable(
        "this machine takes no packages from Debian: install a Blender of 4.2 or later, xvfb and xdotool, or name a Blender "
        "(--blender)."
    )


def _apt(apt: Path, *arguments: str) -> None:
    environment = {**os.environ, "APT_CONFIG": str(apt / "apt.conf"), "LC_ALL": "C"}
    ended = subprocess.run(["apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True)
    if ended.returncode:
        said = " ".join(ended.stderr.split())
        raise Unavailable(f"apt-get {arguments[0]} failed: {said[-300:]}")


def _unpack(package: Path, folder: Path) -> None:
    """Everything of a package but its texts."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as archive:
        skipped = [f"--exclude=./usr/share/{name}" for name in ("doc", "man", "locale")]
        tar = ["tar", "-x", "-C", folder, "--no-same-owner", "--no-same-permissions", "--keep-directory-symlink", *skipped]
        subprocess.run(tar, stdin=archive.stdout, check=True)
    if archive.returncode:
        raise Unavailable(f"{package.name}: cannot be unpacked.")


def _wrap(folder: Path, program: str) -> None:
    """Put in a program's place a line that runs it on the folder's own loader and libraries, under the name it was called by."""
    path, real = folder / "usr/bin" / program, folder / "usr/bin" / f"{program}.elf"
    path.rename(real)
    libraries = folder / "usr/lib/x86_64-linux-gnu"
    places = [libraries, *(libraries / name for name in ("blas", "lapack", "pulseaudio")), folder / "usr/lib"]
    # Blender looks for its Python beside the program, Python for its library beside the name that it was called by.
    name = path if program == "blender" else '"$0"'
    first = "${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}"  # libraries that a package of Python brings along
    loader, found = f"{folder}/lib64/ld-linux-x86-64.so.2", first + ":".join(map(str, places))
    path.write_text(f'#!/bin/sh\nexec {loader} --argv0 {name} --library-path "{found}" {real} "$@"\n')
    path.chmod(0o755)


def _of_folder(folder: Path | None, program: str) -> Program:
    assert folder is not None
    environment = {
        "BLENDER_SYSTEM_PYTHON": f"{folder}/usr",
        "BLENDER_SYSTEM_RESOURCES": f"{folder}/usr/share/blender",
        "FONTCONFIG_PATH": f"{folder}/etc/fonts",
        "XKB_CONFIG_ROOT": f"{folder}/usr/share/X11/xkb",
        "XLOCALEDIR": f"{folder}/usr/share/X11/locale",
        "__EGL_VENDOR_LIBRARY_DIRS": f"{folder}/usr/share/glvnd/egl_vendor.d",
    }
    return Program((str(folder / "usr/bin" / program),), environment)


if __name__ == "__main__":
    try:
        print(*find_or_make(None, Path(sys.argv[1])).blender.command)
    except Unavailable as reason:
        sys.exit(str(reason))
