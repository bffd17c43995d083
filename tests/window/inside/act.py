"""A character, and how it stands."""

import bpy
import sight

BONES = ("pelvis", "spine3", "head", "left_shoulder", "left_elbow", "right_shoulder", "right_elbow", "left_wrist", "right_wrist")


def bring(motion: str) -> None:
    """Import a motion, in place of the cube, and look at the frame in the middle of a take."""
    window, area, _ = sight.view()
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        for thing in list(bpy.data.objects):
            bpy.data.objects.remove(thing)
        bpy.ops.thespis.import_motion("EXEC_DEFAULT", True, filepath=motion)
        bpy.ops.view3d.view_selected()


def armature() -> bpy.types.Object:
    return next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")


def armature_name() -> str:
    return armature().name


def pose(frame: float = 0.0) -> dict:
    """The action, and where the bones are, in metres, at the present frame; or at another."""
    rig = armature()
    if frame:
        kept = bpy.context.scene.frame_current
        bpy.context.scene.frame_set(int(frame))
    action = rig.animation_data.action if rig.animation_data else None
    found = {
        "action": action.name if action else "",
        "bones": {name: list(rig.matrix_world @ rig.pose.bones[name].tail) for name in BONES},
    }
    if frame:
        bpy.context.scene.frame_set(kept)
    return found


def slider() -> float:
    return bpy.context.scene.thespis_act.intensity


def levels_are_there() -> bool:
    """Whether what the slider blends has been decoded."""
    memory = sight.part("operators.live")._memory
    return memory.levels is not None and memory.job is None and not memory.asks


def rests() -> bool:
    """Whether the exact take has been made, and nothing is to come."""
    return sight.part("operators.live")._memory.rests_at is None and not sight.part("operators.orders").running


def go_to(frame: int) -> None:
    bpy.context.scene.frame_set(frame)


def emotion() -> str:
    return bpy.context.scene.thespis_act.emotion


def set_slider(value: float) -> None:
    bpy.context.scene.thespis_act.intensity = value


def show_meshes(on: bool) -> None:
    """Show or hide all meshes."""
    for thing in bpy.data.objects:
        if thing.type == "MESH":
            thing.hide_viewport = not on
