# mypy: disable-error-code="valid-type"
"""Bake: what the active armature shows becomes one clean action."""

from typing import Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..core.errors import ThespisError
from ..core.scene.bake.bake import bake_action
from ..core.scene.bake.options import Baked, BakeOptions
from ..core.scene.rig import armature_of
from ..core.scene.write_take import check_can_be_keyed

_LOST: Final = 0.5
"""Millimetres that nobody need be told of."""


class _Wishes:
    """What may be asked: the panel keeps it with the scene, the operator takes it."""

    span: EnumProperty(
        name="Range",
        description="Which frames are baked",
        items=(
            ("ACTION", "Action", "All that the action and the NLA strips of the armature cover"),
            ("SCENE", "Scene", "The scene's range"),
            ("PREVIEW", "Preview Range", "The scene's preview range"),
            ("FRAMES", "Frames", "From one frame to another"),
        ),
    )
    first: FloatProperty(name="First", description="First frame", default=1.0, precision=1, step=100)
    last: FloatProperty(name="Last", description="Last frame", default=250.0, precision=1, step=100)
    other_rate: BoolProperty(
        name="Other Rate",
        description="Bake at another rate than the scene's. Keys come to lie between frames, and the speed stays",
    )
    rate: FloatProperty(name="Rate", description="Frames a second of the bake", default=30.0, min=1.0, max=1000.0, precision=3)
    root: EnumProperty(
        name="Root Motion",
        description="Where the character's travel goes",
        items=(
            ("PELVIS", "On the Pelvis", "As it is: the pelvis travels"),
            ("ROOT", "Root Bone", "A root bone on the ground travels, and does not turn; it is added where there is none"),
            ("ROOT_TURN", "Root Bone with Turn", "A root bone on the ground travels and turns as the character heads"),
            ("IN_PLACE", "In Place", "The character does not travel: what it moves over the ground is taken away"),
        ),
    )
    steady: FloatProperty(
        name="Steady (s)",
        description="Seconds over which the travel is averaged: the root goes straight on, and the pelvis sways above it. 0: the "
        "root stays exactly under the pelvis",
        default=0.0,
        min=0.0,
        soft_max=2.0,
    )
    loop: BoolProperty(
        name="Loop",
        description="Let the last pose become the first, so that the action can be played over and over. What a root bone "
        "travels is kept",
    )
    tolerance: FloatProperty(
        name="Tolerance (mm)",
        description="Millimetres by which hands, feet, head or any other joint may be elsewhere with fewer keys, in frames and "
        "between them. 0: a key in every frame",
        default=2.0,
        min=0.0,
        soft_max=20.0,
        precision=2,
    )
    face: BoolProperty(name="Face", description="Also bake the shape keys of the meshes that the armature moves", default=True)
    face_tolerance: FloatProperty(
        name="Face Tolerance",
        description="By how much the value of a shape key may differ with fewer keys. 0: a key in every frame",
        default=0.01,
        min=0.0,
        soft_max=0.1,
        precision=3,
    )
    below: EnumProperty(
        name="NLA",
        description="What becomes of the NLA tracks of the armature",
        items=(
            ("MUTE", "Mute", "They are muted: the bake alone is played"),
            ("KEEP", "Keep", "They play on, under the bake"),
        ),
    )


WISHES: Final = tuple(_Wishes.__annotations__)
"""The names of what may be asked."""


class BakeSettings(_Wishes, bpy.types.PropertyGroup):
    """What the panel shows, kept with the scene."""


class THESPIS_OT_bake(_Wishes, bpy.types.Operator):
    """Make one clean action of all that moves the active armature: layers, NLA, constraints, hand edits"""

    bl_idname = "thespis.bake"
    bl_label = "Bake Take"
    bl_options = {"REGISTER", "UNDO", "PRESET"}  # noqa: RUF012

    name: StringProperty(name="Name", description="Of the new action; empty: after the former one", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        armature = armature_of(context.active_object)
        if context.scene is None or context.scene.library is not None:
            cls.poll_message_set("There is no scene that can be changed")
            return False
        if armature is None:
            cls.poll_message_set("Select the armature whose motion is to be baked, or a mesh that it moves")
            return False
        try:
            check_can_be_keyed(armature)
        except ThespisError as error:
            cls.poll_message_set(str(error).rstrip("."))
            return False
        return True

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the options; the panel, which shows them already, goes on without."""
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context: bpy.types.Context) -> None:
        """The options."""
        draw_wishes(self.layout, self)
        self.layout.prop(self, "name")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Bake; on an error everything stays as it is."""
        try:
            baked = bake_action(armature_of(context.active_object), context.scene, self._options())
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, _said(baked))
        if baked.lost > _LOST:
            text = "constraints shear bones, or pull connected ones apart, which keys cannot show"
            self.report({"WARNING"}, f"{baked.action.name}: up to {baked.lost:.1f} mm off, since {text}")
        return {"FINISHED"}

    def _options(self) -> BakeOptions:
        wishes = {name: getattr(self, name) for name in WISHES if name not in ("other_rate", "rate")}
        return BakeOptions(rate=self.rate if self.other_rate else None, name=self.name, **wishes)


def _said(baked: Baked) -> str:
    """What came of it, in a line."""
    text = f"{baked.action.name}: frames {baked.first:g} to {baked.last:g}, {baked.keys_after} keys"
    if baked.keys_after < baked.keys_before:
        text += f" instead of {baked.keys_before}, joints within {baked.worst_error:.2g} mm"
    return f"{text}; {baked.muted} muted" if baked.muted else text


def draw_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct) -> None:
    """Draw what may be asked."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    column.prop(wishes, "span")
    if wishes.span == "FRAMES":
        pair = column.column(align=True)
        pair.prop(wishes, "first")
        pair.prop(wishes, "last")
    row = column.row(heading="Other Rate")
    row.prop(wishes, "other_rate", text="")
    part = row.row()
    part.active = wishes.other_rate
    part.prop(wishes, "rate", text="")
    column = layout.column()
    column.prop(wishes, "root")
    part = column.row()
    part.active = wishes.root != "PELVIS"
    part.prop(wishes, "steady")
    column.prop(wishes, "loop")
    column = layout.column()
    column.prop(wishes, "tolerance")
    row = column.row(heading="Face")
    row.prop(wishes, "face", text="")
    part = row.row()
    part.active = wishes.face
    part.prop(wishes, "face_tolerance", text="")
    column.prop(wishes, "below")
