"""Opens a .blend that check_extension.py kept in another version of Blender, without the extension: check_blend.py FILE.blend

Exits with a code other than 0 when the character does not move as it did there.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="thespis-check-")

import bpy
import numpy as np

TOLERANCE = 2e-3
"""Metres."""


def main(path: Path) -> None:
    """Compare every joint at every 10th frame, and see that face, skin, texture and camera came along."""
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as truth:
        joints, names = truth["joints"], [str(name) for name in truth["names"]]
    bpy.ops.wm.open_mainfile(filepath=str(path))
    scene = bpy.context.scene
    (rig,) = (thing for thing in scene.objects if thing.type == "ARMATURE")
    figure = next(child for child in rig.children if child.type == "MESH")
    keys = figure.data.shape_keys.key_blocks
    faces = []
    for frame in range(0, len(joints), 10):
        scene.frame_set(1 + frame)
        heads = np.array([rig.matrix_world @ rig.pose.bones[name].head for name in names])
        worst = np.abs(heads - joints[frame]).max()
        assert worst < TOLERANCE, f"frame {frame}: a joint is {worst * 1000:.1f} mm off"
        faces.append(max(key.value for key in keys[1:]))
    assert faces[0] < 1e-4 and abs(faces[-1] - 1) < 1e-4, f"the face does not move: {faces}"
    deformed = figure.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    centre = np.mean([figure.matrix_world @ vertex.co for vertex in deformed.vertices], axis=0)
    assert np.abs(centre - joints[len(joints) - 1].mean(axis=0)).max() < 0.5, "the mesh is not where the bones are"
    assert scene.camera is not None and scene.camera.data.background_images
    assert any(image.packed_file for image in bpy.data.images), "the texture is not in the file"
    print(f"{path.name}: {len(range(0, len(joints), 10))} poses agree in Blender {bpy.app.version_string}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
