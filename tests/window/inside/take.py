"""A character that was fitted, and what becomes of its take."""

import act
import bpy
import sight


def unfold_panels() -> None:
    """Have all panels open that are closed at first: to be called before they are drawn."""
    for kind in bpy.types.Panel.__subclasses__():
        if ".thespis." in kind.__module__ and "DEFAULT_CLOSED" in getattr(kind, "bl_options", ()):
            bpy.utils.unregister_class(kind)
            kind.bl_options = kind.bl_options - {"DEFAULT_CLOSED"}
            bpy.utils.register_class(kind)


def stretch(first: int, last: int, again: bool = False) -> None:
    """Choose the frames to mend, and say that the left foot is down. again: have the clip read again there."""
    wishes = bpy.context.scene.thespis_mend
    wishes.first, wishes.last, wishes.left, wishes.again = first, last, "down", again


def places(frames: list[int]) -> list[list[float]]:
    """Where the left ankle is in each of these frames, in metres."""
    rig, kept, found = act.armature(), bpy.context.scene.frame_current, []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        found.append(list(rig.matrix_world @ rig.pose.bones["left_ankle"].head))
    bpy.context.scene.frame_set(kept)
    return found


def markers() -> list[int]:
    return sorted(marker.frame for marker in bpy.context.scene.timeline_markers)


def relink(path: str) -> None:
    """Choose in Relink's file dialog."""
    window, area, _ = sight.view()
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.thespis.relink("EXEC_DEFAULT", True, filepath=path)


def motion_of_character() -> str:
    return str(sight.part("core.scene.origin").origin_of(act.armature()).motion)


def scene_keys() -> dict[str, list[list[float]]]:
    """Frames and values of what is keyed on the scene itself."""
    data = bpy.context.scene.animation_data
    curves = sight.part("core.scene.compat").played_curves(bpy.context.scene) if data else []
    return {curve.data_path: [[round(value, 3) for value in key.co] for key in curve.keyframe_points] for curve in curves}


def bake_with(wishes: dict) -> None:
    """What the Bake panel is to show."""
    for name, value in wishes.items():
        setattr(bpy.context.scene.thespis_bake, name, value)


def root() -> str:
    """The name of the bone above the pelvis; empty without one."""
    above = act.armature().data.bones["pelvis"].parent
    return above.name if above is not None else ""
