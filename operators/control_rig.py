# mypy: disable-error-code="valid-type"
"""Control rig: a character gets controls to animate on; they are snapped, brought back to its bones, removed."""

from abc import abstractmethod
from typing import ClassVar, Final

import bpy
from bpy.props import BoolProperty, EnumProperty

from ..core.control.limbs import LIMBS
from ..core.errors import ThespisError
from ..core.scene.control.add import add_controls, check_can_add, remove_controls
from ..core.scene.control.attach import follow
from ..core.scene.control.bring_back import bake_to_bones
from ..core.scene.control.layer import add_layer
from ..core.scene.control.snap import frames_to_snap, hold_head, snap_limb
from ..core.scene.controlled import controls_of
from ..core.scene.rig import armature_of
from ..core.scene.untouched import all_or_nothing

_LIMBS: Final = tuple((limb.key.upper(), limb.key.replace("_", " ").title(), "") for limb in LIMBS)

snap_all: Final = BoolProperty(
    name="Snap All Frames",
    description="Snapping keys every frame of the animation, or of the preview range; otherwise the present frame only",
    default=False,
)
"""Of the scene: what the panel's buttons do."""


class _OnCharacter:
    """Operators that do something to the active character."""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do it and say what was done; on an error everything stays as it is."""
        character = armature_of(context.active_object)
        assert character is not None  # poll
        try:
            said = self._work(character, context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        if said:
            self.report({"INFO"}, said)  # type: ignore[attr-defined]
        return {"FINISHED"}

    @abstractmethod
    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        """Do it to `character`, an armature; returns what to say, or nothing. Raises ThespisError when it cannot be done."""


class THESPIS_OT_add_control_rig(_OnCharacter, bpy.types.Operator):
    """Give the character controls to animate on, hands and feet by IK; it moves as before"""

    bl_idname = "thespis.add_control_rig"
    bl_label = "Add Control Rig"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        armature = armature_of(context.active_object)
        if armature is None:
            cls.poll_message_set("Select the character, or its armature")
            return False
        try:
            check_can_add(armature)
        except ThespisError as error:
            cls.poll_message_set(str(error).rstrip("."))
            return False
        return True

    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        with all_or_nothing(context.scene):
            added = add_controls(character, context.scene)
        bpy.ops.object.mode_set(mode="POSE")  # to go on with
        told = f"frames {added.frames[0]:g} to {added.frames[-1]:g}" if len(added.frames) else "not animated yet"
        return f"{added.controls.name}: {told}"


class _OfControlled(_OnCharacter):
    """Operators for characters that have a control rig."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        character = armature_of(context.active_object)
        if character is None or controls_of(character) is None:
            cls.poll_message_set("Select a character with a control rig")  # type: ignore[attr-defined]
            return False
        return True


class THESPIS_OT_bake_to_bones(_OfControlled, bpy.types.Operator):
    """Key the character's own bones as the controls move them, in a new action; the one before stays in the file"""

    bl_idname = "thespis.bake_to_bones"
    bl_label = "Bake to Bones"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    remove: BoolProperty(
        name="Remove Controls", description="Also remove the control rig; the character moves the same", default=True
    )

    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        action, frames = bake_to_bones(character, context.scene)
        if self.remove:
            _take_off(character, context)
        return f"{action.name}: frames {frames[0]:g} to {frames[-1]:g}"


class THESPIS_OT_remove_control_rig(_OfControlled, bpy.types.Operator):
    """Remove the controls and what was animated on them; the character plays what it played before it had them"""

    bl_idname = "thespis.remove_control_rig"
    bl_label = "Remove Control Rig"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        _take_off(character, context)
        return ""


class THESPIS_OT_follow_controls(_OfControlled, bpy.types.Operator):
    """Let the character move as its controls say, or as its own bones are keyed"""

    bl_idname = "thespis.follow_controls"
    bl_label = "Follow Controls"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    follow: BoolProperty(name="Follow", description="Off: the bones play their own keys; the controls stay", default=True)

    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        follow(character, self.follow)
        return ""


class THESPIS_OT_layer_controls(_OfControlled, bpy.types.Operator):
    """Start a layer: from now on keys of the controls are added to what they do already, so that a few change a whole take"""

    bl_idname = "thespis.layer_controls"
    bl_label = "New Layer"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        controls = controls_of(character)
        assert controls is not None  # poll
        return f"{add_layer(controls, context.scene).name}: what is keyed now is added"


class THESPIS_OT_hold_head(_OfControlled, bpy.types.Operator):
    """Let the head keep its turn while the body below it is animated, or go along with it; as it moves now it moves then"""

    bl_idname = "thespis.hold_head"
    bl_label = "Hold Head"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    hold: BoolProperty(name="Hold", description="Off: the head goes along with the neck", default=True)

    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        hold_head(character, context.scene, self.hold)
        return ""


class THESPIS_OT_snap_limb(_OfControlled, bpy.types.Operator):
    """Put one way of moving a limb where the other one has it, so that the switch between them changes nothing"""

    bl_idname = "thespis.snap_limb"
    bl_label = "Snap Limb"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    limb: EnumProperty(name="Limb", description="Which arm or leg", items=_LIMBS)
    to: EnumProperty(
        name="Snap",
        description="Which controls move",
        items=(
            ("IK", "IK to FK", "Put hand or foot and its pole where the joints are turned to"),
            ("FK", "FK to IK", "Turn the joints as hand or foot and its pole have them"),
        ),
    )
    whole: BoolProperty(
        name="All Frames",
        description="Key every frame of the animation, or of the preview range; otherwise the present frame only",
        default=False,
    )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        """The tooltip."""
        told = {
            "IK": "Put the hand or foot and its pole where the FK controls have them",
            "FK": "Turn the FK controls as the hand or foot and its pole have the limb",
        }[properties.to]
        return f"{told}; {'every frame is keyed' if properties.whole else 'at the present frame'}"

    def _work(self, character: bpy.types.Object, context: bpy.types.Context) -> str:
        limb = next(limb for limb in LIMBS if limb.key.upper() == self.limb)
        frames = frames_to_snap(character, context.scene) if self.whole else None
        snap_limb(character, context.scene, limb, self.to, frames)
        return ""


def _take_off(character: bpy.types.Object, context: bpy.types.Context) -> None:
    """Remove the controls; if they were the active object, the character is now."""
    controls = controls_of(character)
    layer = context.view_layer
    was_active = layer.objects.active == controls
    if was_active and controls is not None and controls.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    remove_controls(character)
    if was_active and character.name in layer.objects:
        character.select_set(True)
        layer.objects.active = character
