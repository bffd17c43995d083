"""A control rig, and what it moves."""

import bpy
import sight


def state() -> dict:
    """Who is active in which mode, the objects, and where the character's left wrist and right ankle are, in metres."""
    active = bpy.context.view_layer.objects.active
    rig = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE" and "thespis_controls" not in thing)
    bpy.context.view_layer.update()
    return {
        "active": active.name if active is not None else "",
        "mode": active.mode if active is not None else "",
        "objects": sorted(thing.name for thing in bpy.data.objects),
        "action": rig.animation_data.action.name,
        "joints": [list(rig.matrix_world @ rig.pose.bones[name].head) for name in ("left_wrist", "right_ankle")],
    }


def choose(name: str) -> None:
    """Make one control the selected one."""
    rig = bpy.context.view_layer.objects.active
    for bone in rig.pose.bones:
        (bone if hasattr(bone, "select") else bone.bone).select = bone.name == name
    rig.data.bones.active = rig.data.bones[name]


def from_the_front() -> None:
    """Look at the character, the overlays as they are."""
    window, area, _ = sight.view()
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()
