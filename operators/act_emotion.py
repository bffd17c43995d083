"""Act Emotion: a take of an emotion, made by the engine, is keyed onto the active armature."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import bpy

from ..core.act.request import ActRequest
from ..core.engine.act_job import submit_act, take_of
from ..core.engine.client import Job
from ..core.errors import ThespisError
from ..core.motion import Motion
from ..core.scene.keyed_cues import keyed
from ..core.scene.present import is_at_rest, motion_at
from ..core.scene.rewrite_take import keep_record
from ..core.scene.rig import Rig, armature_of, read_rig
from ..core.scene.take_channels import Part
from ..core.scene.write_take import Where, check_can_act, check_can_be_keyed, write_take
from . import engine, orders, settings
from .names import Name
from .wishes import WISHES, _Wishes, first_frame, request_of, unheard

when_acted: Final[list[Callable[[bpy.types.Object, bpy.types.Scene], None]]] = []
"""Told of a take that was keyed because somebody clicked."""


def can_act(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Whether the active character can act; the reason why not shows where the button is greyed out. What only a closer look
    shows is said when the operator runs."""
    if context.scene is None or context.scene.library is not None:
        cls.poll_message_set("There is no scene that can be changed")
        return False
    armature = armature_of(context.active_object)
    if armature is None:
        cls.poll_message_set("Select the character that is to act, or its armature")
        return False
    try:
        check_can_be_keyed(armature)
    except ThespisError as error:
        cls.poll_message_set(str(error).rstrip("."))
        return False
    return True


class THESPIS_OT_act_emotion(_Wishes, bpy.types.Operator):
    """Key a take of an emotion onto the active character, from the present frame on"""

    bl_idname = "thespis.act_emotion"
    bl_label = "Act Emotion"
    # What changes the character, and is undone, is THESPIS_OT_act_emotion_finish.
    bl_options: ClassVar[set[str]] = {"PRESET"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        return can_act(cls, context)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the options; the panel, which shows them already, goes on without."""
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context: bpy.types.Context) -> None:
        """The options."""
        draw_wishes(self.layout, self)
        draw_more_wishes(self.layout, self)
        self.layout.prop(self, "follow_keys")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine for the take; on an error everything stays as it is."""
        try:
            return orders.give(self._order(context), context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def _order(self, context: bpy.types.Context) -> "ActOrder":
        scene, first = context.scene, first_frame(self, context.scene)
        request = request_of(self, scene, first, self.follow_keys)
        rig = read_rig(armature_of(context.active_object))
        check_can_act(rig, self.where, self.part)
        engine.client(context)  # before anything is read: without one, nothing else matters
        start = motion_at(rig, scene, first)
        joins = self.from_pose and self.where != "LAYER" and not is_at_rest(start)
        order = ActOrder(scene, rig, replace(request, start=start, joins=joins), chosen_weights(context))
        order.where, order.part, order.first = self.where, self.part, first
        order.wishes = {name: getattr(self, name) for name in WISHES if name != "follow_keys"}
        return order


def chosen_weights(context: bpy.types.Context) -> Path | None:
    """The weights that the preferences name; None: those that come along."""
    weights = settings.chosen(context, "weights_file")
    return Path(weights) if weights else None


class ActOrder(orders.Order):
    """A take to make and to key onto a character.

    where, part, first: where it goes. wishes: what the panel shows once it is there.
    """

    finisher = "act_emotion_finish"
    where: Where = "NEW"
    part: Part = "WHOLE"
    first: int = 1

    def __init__(self, scene: bpy.types.Scene, rig: Rig, request: ActRequest, weights: Path | None) -> None:
        self.wishes: dict[str, Any] = {}
        self.emotion = request.cues.emotions[0][1]
        super().__init__(f"{rig.armature.name}: {self.emotion}", scene)
        self._armature = Name.of("objects", rig.armature)
        self.request, self._weights = request, weights
        self._take: Motion | None = None

    def next_job(self, before: Job | None) -> Job | None:
        """The one job."""
        if before is None:
            return submit_act(engine.client(bpy.context), self.request, self._weights)
        self._take = take_of(before)
        return None

    def came(self) -> tuple[Rig, Motion]:
        """The character and the take that was made for it. Raises ThespisError when the character is gone."""
        armature = self._armature.find()
        if armature is None or self._take is None:
            raise ThespisError(f"{self._armature.name}: is gone, so nobody acts. Select another character and act again.")
        return read_rig(armature), self._take

    def told(self, rig: Rig, scene: bpy.types.Scene) -> None:
        """Let the panel show what was acted, so that its slider goes on from there, and tell who waits for it. What is keyed
        shows what the keys say."""
        held = keyed(scene)
        with unheard():
            for name, value in self.wishes.items():
                if name not in held and getattr(scene.thespis_act, name) != value:
                    setattr(scene.thespis_act, name, value)
        for tell in when_acted:
            tell(rig.armature, scene)

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Key the take."""
        rig, take = self.came()
        check_can_act(rig, self.where, self.part)
        name = f"{rig.armature.name} {self.emotion}"
        written = write_take(rig, take, context.scene, name, self.where, self.part, self.first)
        keep_record(written, self.request, self.where, self.part)
        self.told(rig, context.scene)
        return [("INFO", f"{written.action.name}: frames {written.first:g} to {written.last:g}")]


class THESPIS_OT_act_emotion_finish(orders.Finisher, bpy.types.Operator):
    """Key the take onto the character"""

    bl_idname = "thespis.act_emotion_finish"
    bl_label = "Act Emotion"


def draw_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct, keyed: bool = False) -> None:
    """Draw what may be asked. keyed: with the diamonds that key emotion, intensity and mix."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    column.use_property_decorate = keyed
    column.prop(wishes, "emotion")
    column.prop(wishes, "intensity", slider=True)
    column = layout.column()
    column.use_property_decorate = keyed
    column.prop(wishes, "mix", slider=True)
    row = column.row()
    row.active = keyed or wishes.mix > 0
    row.prop(wishes, "mix_with")


def draw_more_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct) -> None:
    """Draw the rest of it: how long, which take, where it goes."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    column.row().prop(wishes, "span", expand=True)
    if wishes.span == "SECONDS":
        column.prop(wishes, "seconds")
    else:
        pair = column.column(align=True)
        pair.prop(wishes, "first_frame")
        pair.prop(wishes, "last_frame")
    column = layout.column()
    column.prop(wishes, "mode")
    row = column.row()
    row.active = wishes.mode != "mean"
    row.prop(wishes, "seed")
    column.prop(wishes, "liveliness", slider=True)
    column = layout.column()
    column.prop(wishes, "where")
    column.prop(wishes, "part")
    row = column.row()
    row.active = wishes.where != "LAYER"
    row.prop(wishes, "from_pose")
