"""The four laws of the house, held by reading every import of the project."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("core", "models", "operators", "panels")
SOURCES = sorted(
    [path for room in ROOMS for path in (ROOT / room).rglob("*.py")] + [p for p in ROOT.glob("*.py") if p.name != "setup.py"]
)
BLENDER = {"bpy", "mathutils", "bpy_extras", "bmesh", "gpu", "blf", "idprop"}
HEAVY = {"torch", "onnxruntime", "cv2", "scipy", "av", "roma", "safetensors", "rich"}
BLENDER_SIDE = ("operators", "panels", "core/scene", "registration.py")
LIGHT = (
    *BLENDER_SIDE, "__init__.py", "core/motion.py", "core/skeleton.py", "core/camera.py", "core/errors.py", "core/files.py",
    "core/take/take.py", "core/engine", "core/setup", "core/act/request.py", "core/act/cues.py", "models/emotion/emotions.py",
    "core/bake", "core/clip_path.py", "core/observe/choose.py", "core/joining.py", "core/take/mending.py",
    "core/take/unsure.py", "core/take/relink.py", "core/emotion_set/plan.py", "core/emotion_set/manifest.py", "core/retarget",
    "models/body/load.py", "models/body/appearance.py", "models/landmarks/files.py",
)  # fmt: skip


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def lies_in(path: Path, places: tuple[str, ...]) -> bool:
    name = name_of(path)
    return any(name == place or name.startswith(place + "/") for place in places)


def test_there_is_something_to_read():
    assert len(SOURCES) > 30


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_blender_is_imported_on_its_own_side_only(path):
    assert lies_in(path, BLENDER_SIDE) or not imports(path) & BLENDER


@pytest.mark.parametrize("path", [p for p in SOURCES if lies_in(p, LIGHT)], ids=name_of)
def test_blenders_process_needs_numpy_and_nothing_else(path):
    assert not imports(path) & HEAVY


@pytest.mark.parametrize("path", [p for p in SOURCES if lies_in(p, BLENDER_SIDE)], ids=name_of)
def test_versions_of_blender_differ_in_one_file(path):
    if path.name != "compat.py":
        assert not re.search(r"bpy\.app\.version\b", path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_loads_pickles_or_evaluates_text(path):
    if path.name == "bootstrap.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            assert name not in ("eval", "exec"), f"line {node.lineno}"
            for keyword in node.keywords:
                truth = isinstance(keyword.value, ast.Constant) and keyword.value.value
                assert not (keyword.arg == "allow_pickle" and truth), f"line {node.lineno}"
                assert not (keyword.arg == "weights_only" and truth is False), f"line {node.lineno}"
    assert not imports(path) & {"pickle", "dill", "joblib", "shelve"}


def test_what_blender_imports_pulls_in_nothing_heavy():
    """Not only the files themselves: everything they import in turn."""
    modules = [f"thespis.{name_of(p)[:-3].replace('/', '.')}" for p in SOURCES if lies_in(p, LIGHT) and p.name != "__init__.py"]
    modules = [m for m in modules if not m.startswith(("thespis.operators", "thespis.panels", "thespis.registration"))]
    code = (
        # bpy first, as in Blender: before it there is no mathutils.
        "import sys; import bpy; import bootstrap; bootstrap.load_package(); import importlib\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"heavy = sorted(set(sys.modules) & {HEAVY!r}); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_importing_the_package_is_cheap():
    code = "import sys; import bootstrap; bootstrap.load_package(); assert not {'numpy', 'bpy', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
