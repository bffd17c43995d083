"""A small rig of somebody else's, and what it does."""

import bpy
import sight

_NAMES = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck", "head": "Head",
    "collar": "Shoulder", "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand",
    "hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "foot": "ToeBase",
}  # fmt: skip
"""Joints, and what Mixamo calls their bones; of those at both sides without the side."""
_SIZE, _ASIDE = 0.85, 1.2


def make() -> str:
    """A rig with Mixamo's names and the active character's build, smaller, beside it; returns its name."""
    character = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")
    rig = bpy.data.objects.new("Hero", bpy.data.armatures.new("Hero"))
    rig.location.x = _ASIDE
    bpy.context.scene.collection.objects.link(rig)
    window, area, _ = sight.view()
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.context.view_layer.objects.active = rig
        bpy.ops.object.mode_set(mode="EDIT")
        for bone in character.data.bones:
            if _called(bone.name):
                made = rig.data.edit_bones.new(_called(bone.name))
                made.head, made.tail = (_SIZE * end for end in (bone.head_local, bone.tail_local))
                made.parent = rig.data.edit_bones.get(_called(bone.parent.name) if bone.parent else "")
        bpy.ops.object.mode_set(mode="OBJECT")
        bpy.context.view_layer.objects.active = character
    return rig.name


def choose(source: str, target: str) -> None:
    """In the Retarget panel, as a step of its own that may be undone."""
    shown = bpy.context.scene.thespis_retarget
    shown.source, shown.target = bpy.data.objects[source], bpy.data.objects[target]
    window, area, _ = sight.view()
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.ed.undo_push(message="Choose")


def action(name: str) -> str:
    data = bpy.data.objects[name].animation_data
    return data.action.name if data is not None and data.action is not None else ""


def forearm(name: str, frame: int) -> list[float]:
    """The direction of the left forearm in a frame."""
    rig, kept = bpy.data.objects[name], bpy.context.scene.frame_current
    bpy.context.scene.frame_set(frame)
    bones = rig.pose.bones
    first, last = ("left_elbow", "left_wrist") if "left_elbow" in bones else (_called("left_elbow"), _called("left_wrist"))
    told = list((rig.matrix_world.to_3x3() @ (bones[last].head - bones[first].head)).normalized())
    bpy.context.scene.frame_set(kept)
    return told


def set_wishes(wishes: dict) -> None:
    """What the Emotion Set panel is to show; lists are of names."""
    shown = bpy.context.scene.thespis_set
    for name, value in wishes.items():
        setattr(shown, name, set(value) if isinstance(value, list) else value)


def tracks() -> int:
    """How many tracks the NLA of the character has."""
    character = next(thing for thing in bpy.context.scene.objects if "thespis_body_model" in thing)
    return len(character.animation_data.nla_tracks)


def _called(joint: str) -> str:
    side, _, rest = joint.partition("_")
    name = _NAMES.get(rest if side in ("left", "right") else joint)
    return f"mixamorig:{side.capitalize() if side in ('left', 'right') else ''}{name}" if name else ""
