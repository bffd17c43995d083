"""Godot without a window: Debian's godot3-server 3.2.3, the machine's own or unpacked into a folder (nobody needs to be root).

godot.py FOLDER unpacks it. Standard library only.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = (
    "godot3-server", "libenet7", "libsquish0", "libtheora0", "libvpx7", "libvorbis0a", "libopus0", "libogg0", "libpcre2-32-0",
)  # fmt: skip
_SETTINGS = """[remap]

importer="scene"
type="PackedScene"

[params]

animation/fps=120
animation/optimizer/enabled=false
"""


def find(folder: Path) -> tuple[list[str], dict[str, str]] | None:
    """The command and what its environment needs; None when it is neither installed nor in `folder`."""
    own = shutil.which("godot3-server")
    if own:
        return [own], {}
    program = folder / "usr/bin/godot3-server"
    libraries = next(iter(folder.glob("usr/lib/*-linux-gnu")), folder)
    return ([str(program)], {"LD_LIBRARY_PATH": str(libraries)}) if program.exists() else None


def unpack(folder: Path) -> None:
    """Fetch Debian's packages and unpack them into `folder`; does nothing where they cannot be had."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")) or find(folder):
        return
    packages = folder / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["apt-get", "-qq", "download", *PACKAGES], cwd=packages, stderr=subprocess.DEVNULL).returncode == 0:
        for package in packages.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    shutil.rmtree(packages)


def read(folder: Path, project: Path, glb: Path, seconds: list[float]) -> list[dict]:
    """Import a .glb into a new project and tell what its clips show at these times."""
    found = find(folder)
    assert found is not None
    command, more = found
    environment = {**os.environ, **more, "LC_ALL": "en_GB.UTF-8", "HOME": str(project)}
    project.mkdir()
    (project / "project.godot").write_text('config_version=4\n[application]\nconfig/name="reader"\n')
    shutil.copy(glb, project / "character.glb")
    (project / "character.glb.import").write_text(_SETTINGS)
    shutil.copy(Path(__file__).with_suffix(".gd"), project / "godot.gd")
    editor = subprocess.Popen(
        [*command, "--path", project, "--editor", "--quit"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:  # it may never quit by itself, without a screen
        started = time.monotonic()
        while not list((project / ".import").glob("*.md5")) and time.monotonic() - started < 60:
            time.sleep(0.1)
    finally:
        editor.kill()
        editor.wait()
    times = ",".join(map(repr, seconds))
    ended = subprocess.run(
        [*command, "--path", project, "-s", "godot.gd", times], env=environment, capture_output=True, text=True, timeout=60
    )
    line = next((line for line in ended.stdout.splitlines() if line.startswith("told ")), None)
    assert line is not None, ended.stdout[-2000:] + ended.stderr[-2000:]
    return json.loads(line[5:])


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
    there = find(Path(sys.argv[1]))
    print(f"== Godot: {there[0][0]}" if there else "== Godot is left out, for Debian's godot3-server cannot be had here")
