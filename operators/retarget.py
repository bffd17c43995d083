# mypy: disable-error-code="valid-type"
"""Retarget: the motion of one armature is keyed onto another one."""

from typing import ClassVar

import bpy
from bpy.props import StringProperty

from ..core.errors import ThespisError
from ..core.scene.controlled import character_of
from ..core.scene.retarget.check import check_pair
from ..core.scene.retarget.retarget import mapping_for, retarget
from .retarget_settings import _Wishes, clear_table, fill_table, known_rigs, mapping_of, options_of


def chosen_pair(context: bpy.types.Context) -> tuple[bpy.types.Object | None, bpy.types.Object | None]:
    """Source and target: as the panel has them, else the other selected armature and the active one."""
    shown = context.scene.thespis_retarget
    chosen = [thing for thing in context.selected_objects if thing.type == "ARMATURE"]
    active = context.active_object if context.active_object in chosen else None
    target = shown.target or (active if len(chosen) == 2 else None)
    source = shown.source or next((thing for thing in chosen if thing != target and len(chosen) == 2), None)
    return source, target


class THESPIS_OT_retarget(_Wishes, bpy.types.Operator):
    """Key the source's motion onto the target, in a new action; one that was made so before from this source is replaced"""

    bl_idname = "thespis.retarget"
    bl_label = "Retarget"
    bl_options: ClassVar = {"REGISTER", "UNDO", "PRESET"}

    source: StringProperty(name="Source", description="The armature that has the motion; empty for the panel's choice")
    target: StringProperty(name="Target", description="The armature that gets it; empty for the panel's choice")
    mapping: StringProperty(
        name="Mapping", description="The mapping of the target's bones; empty for the panel's table, or one found by the names"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if context.scene is None or context.scene.library is not None:
            cls.poll_message_set("There is no scene that can be changed")
            return False
        if not any(thing.type == "ARMATURE" for thing in context.scene.objects):
            cls.poll_message_set("There is no armature in this scene")
            return False
        return True

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the options."""
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, context: bpy.types.Context) -> None:
        """The options."""
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        for name in ("source", "target"):
            layout.prop_search(self, name, context.scene, "objects", icon="ARMATURE_DATA")
        draw_wishes(layout, self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Retarget; on an error everything stays as it is."""
        try:
            source, target = (
                _named(name, found) for name, found in zip((self.source, self.target), chosen_pair(context), strict=True)
            )
            source = (character_of(source) if source is not None else None) or source  # controls stand for whom they move
            check_pair(source, target)
            mapping = mapping_of(context, target, self.mapping)
            done = retarget(source, target, context.scene, mapping_for(source, known_rigs()), mapping, options_of(self))
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for note in done.notes:
            self.report({"WARNING"}, note)
        self.report({"INFO"}, f"{done.action.name}: {done.bones} bones of {done.rig}, frames {done.first} to {done.last}")
        return {"FINISHED"}


class OfTarget:
    """Operators for the armature that is chosen under Target."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if context.scene is None or context.scene.thespis_retarget.target is None:
            cls.poll_message_set("Choose the target first")  # type: ignore[attr-defined]
            return False
        return True


class THESPIS_OT_find_mapping(OfTarget, bpy.types.Operator):
    """Fill the table of bones anew: find the target's bones by their names, or take them as a mapping has them"""

    bl_idname = "thespis.find_mapping"
    bl_label = "Find Bones"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    mapping: StringProperty(name="Mapping", description="The mapping to take; empty for the one that fits best")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fill the table; it stays as it is when a mapping does not fit."""
        shown = context.scene.thespis_retarget
        try:
            fill_table(shown, mapping_for(shown.target, known_rigs(), self.mapping))
        except ThespisError as error:
            if not self.mapping:
                clear_table(shown, str(error))
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{shown.target.name}: {shown.rig}")
        return {"FINISHED"}


def draw_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct) -> None:
    """Draw what may be asked."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column(heading="Motion")
    column.prop(wishes, "contacts")
    column.prop(wishes, "face")
    layout.prop(wishes, "place")
    layout.prop(wishes, "root")
    column = layout.column(heading="Controls")
    column.prop(wishes, "ik_feet")
    column.prop(wishes, "ik_hands")
    column.prop(wishes, "mute")
    layout.prop(wishes, "action")


def _named(name: str, otherwise: bpy.types.Object | None) -> bpy.types.Object | None:
    if not name:
        return otherwise
    found = bpy.data.objects.get(name)
    if found is None:
        raise ThespisError(f"{name}: there is no such object. Choose an armature.")
    return found
