"""Bake in an installed extension, part of check_extension.py."""

import bpy
import numpy as np


def check_bake(bench) -> None:
    """Joints stay where they are, with all keys and with few, also in a file that was saved; undo takes it all back."""
    scene = bpy.context.scene
    assert not bpy.ops.thespis.bake.poll()
    assert bpy.ops.thespis.import_motion(filepath=str(bench.alone), match_scene=True) == {"FINISHED"}
    rig = next(thing for thing in scene.objects if thing.type == "ARMATURE")
    bpy.context.view_layer.objects.active = rig
    figure = next(child for child in rig.children if child.type == "MESH")
    keys, former, bones = figure.data.shape_keys, rig.animation_data.action, len(rig.data.bones)
    scene.frame_set(11)
    face = [block.value for block in keys.key_blocks]
    for root, tolerance in (("PELVIS", 0.0), ("ROOT_TURN", 0.0), ("ROOT", 1.0)):
        assert bpy.ops.thespis.bake(root=root, tolerance=tolerance, face_tolerance=0) == {"FINISHED"}
        bench.check_joints(rig, 1, 1)
        assert rig.animation_data.action != former and former.use_fake_user
        scene.frame_set(11)
        np.testing.assert_allclose([block.value for block in keys.key_blocks], face, atol=1e-5)
        assert keys.animation_data.action is not None
    assert len(rig.data.bones) == bones + 1 and rig.pose.bones["pelvis"].parent.name == "root"
    assert bpy.ops.thespis.bake(root="ROOT_TURN", loop=True, rate=20.0, other_rate=True) == {"FINISHED"}
    places = []
    for frame in rig.animation_data.action.frame_range:
        scene.frame_set(int(frame), subframe=frame % 1)
        root = rig.pose.bones["root"].matrix.inverted()
        places.append([root @ rig.pose.bones[name].head for name in bench.names])
    assert np.abs(np.diff(np.array(places), axis=0)).max() < 1e-4
    said = ""
    try:
        bpy.ops.thespis.bake(span="FRAMES", first=3, last=2)
    except RuntimeError as error:
        said = str(error)
    assert "there is no frame" in said
