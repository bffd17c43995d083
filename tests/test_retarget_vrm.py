"""The humanoid that the VRM add-on makes, with the add-on itself at work (MIT or GPL-3, bpy-vrm-format on PyPI)."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from thespis.tests.packages import wheel

pytest.importorskip("bpy")

ROOT = Path(__file__).parent.parent
WHEEL = "bpy_vrm_format-4.10.2-py3-none-any.whl"
CODE = """
import sys
sys.path[:0] = [{root!r}]
sys.path.append({addon!r})
import bpy
import addon_utils, bootstrap
bootstrap.load_package()
import numpy as np
from thespis.core.retarget.rig_file import rig_files
from thespis.core.scene.retarget.retarget import mapping_for
from thespis.tests.test_retarget import JOINT_NAMES, go, rigs, shown, source, worst_limb

bpy.ops.wm.read_factory_settings(use_empty=True)
assert addon_utils.enable("io_scene_vrm", default_set=True) is not None
scene = bpy.context.scene
bpy.ops.icyp.make_basic_armature()
other = bpy.context.object
for number, bone in enumerate(other.data.bones):  # names that tell nothing: the add-on knows which bone is which
    bone.name = f"q{{number}}"
one = source(scene)
done, mapping = go(one, other, scene)
assert mapping.rig == "VRM" and len(mapping.bones) > 50, mapping
frames = range(done.first, done.last + 1, 4)
heads, _ = shown(one, {{joint: joint for joint in JOINT_NAMES}}, frames)
others, _ = shown(other, mapping.bones, frames)
assert worst_limb(heads, others, rigs.LIMBS + rigs.HANDS) < 1
print("as it should be")
"""


def addon(folder: Path) -> Path:
    """The add-on unpacked; skips where its wheel cannot be had."""
    kept = wheel("bpy-vrm-format==4.10.2", WHEEL, "the VRM add-on's wheel")
    with zipfile.ZipFile(kept) as archive:
        archive.extractall(folder)
    return folder


def test_the_vrm_add_ons_humanoid_is_known_by_what_the_add_on_keeps(tmp_path):
    code = CODE.format(root=str(ROOT), addon=str(addon(tmp_path)))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "as it should be" in run.stdout, run.stderr[-2000:]
