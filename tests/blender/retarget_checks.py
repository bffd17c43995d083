"""Retargeting in an installed extension, part of check_extension.py: a Mixamo skeleton and, where it comes along, Rigify."""

import addon_utils
import bpy
import numpy as np

_ROLES = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck", "head": "Head", "hip": "UpLeg",
    "knee": "Leg", "ankle": "Foot", "foot": "ToeBase", "collar": "Shoulder", "shoulder": "Arm", "elbow": "ForeArm",
    "wrist": "Hand",
}  # fmt: skip
_RIGIFY = {"shoulder": "upper_arm", "elbow": "forearm", "wrist": "hand", "hip": "thigh", "knee": "shin", "ankle": "foot"}
_LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))


def check_retarget(bench) -> None:
    """Limbs point where the source's do; what was keyed is one action, and undoing is not needed after a mistake."""
    assert bpy.ops.thespis.import_motion(filepath=str(bench.alone), match_scene=True) == {"FINISHED"}
    source = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")
    for name, mode in (("mixamo", "QUATERNION"), ("turned", "YXZ")):
        target = _mixamo(source, name, mode)
        assert bpy.ops.thespis.retarget(source=source.name, target=name, contacts=False) == {"FINISHED"}
        assert target.animation_data.action.name == f"{name} {source.name}"
        _compare(source, target, lambda role, side: f"mixamorig:{side.capitalize()}{_ROLES[role]}")
    shown = bpy.context.scene.thespis_retarget
    shown.target = target
    assert shown.rig == "Mixamo" and len(shown.rows) > 40
    assert bpy.ops.thespis.save_mapping(name="Mine") == {"FINISHED"}
    assert bpy.ops.thespis.find_mapping() == {"FINISHED"} and shown.rig == "Mine"
    assert bpy.ops.thespis.retarget(source=source.name, target=name, root="PELVIS", contacts=True) == {"FINISHED"}
    if addon_utils.enable("rigify", default_set=True) is not None:
        bpy.ops.object.armature_human_metarig_add()
        metarig = bpy.context.object
        bpy.ops.pose.rigify_generate()
        rig = next(t for t in bpy.data.objects if t.type == "ARMATURE" and "torso" in t.pose.bones and t != metarig)
        assert bpy.ops.thespis.retarget(source=source.name, target=rig.name, contacts=False) == {"FINISHED"}
        _compare(source, rig, lambda role, side: f"DEF-{_RIGIFY[role]}.{side[0].upper()}")


def _mixamo(source, name: str, mode: str):
    """The source's bones again under Mixamo's names, with other rolls."""
    rig = bpy.data.objects.new(name, source.data.copy())
    bpy.context.scene.collection.objects.link(rig)
    for bone in list(rig.data.bones):
        side, _, part = bone.name.partition("_")
        known = _ROLES.get(part if side in ("left", "right") else bone.name)
        bone.name = f"mixamorig:{side.capitalize() if side in ('left', 'right') else ''}{known}" if known else f"x {bone.name}"
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for number, bone in enumerate(rig.data.edit_bones):
        bone.roll += 0.37 * number
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    rig.scale = (0.5, 0.5, 0.5)
    return rig


def _compare(source, target, name_of) -> None:
    for frame in range(1, 40, 9):
        bpy.context.scene.frame_set(frame)
        for side in ("left", "right"):
            for one, two in _LIMBS:
                ways = []
                for rig, names in (
                    (source, (f"{side}_{one}", f"{side}_{two}")),
                    (target, (name_of(one, side), name_of(two, side))),
                ):
                    a, b = (np.array(rig.matrix_world @ rig.pose.bones[name].head) for name in names)
                    ways.append((b - a) / np.linalg.norm(b - a))
                angle = np.rad2deg(np.arccos(np.clip(ways[0] @ ways[1], -1, 1)))
                assert angle < 1, f"frame {frame}: {side} {one} points {angle:.1f} degrees elsewhere on {target.name}"
