# mypy: disable-error-code="valid-type"
"""Act Emotion: a take of an emotion, made by the engine, is keyed onto the active armature."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..core.act.cues import steady
from ..core.act.request import LONGEST, SHORTEST, ActRequest
from ..core.engine.act_job import submit_act, take_of
from ..core.engine.client import Job
from ..core.errors import ThespisError
from ..core.motion import Motion
from ..core.scene.clock import scene_rate
from ..core.scene.present import is_at_rest, present_motion
from ..core.scene.rig import Rig, armature_of, read_rig
from ..core.scene.take_channels import Part
from ..core.scene.write_take import Where, check_can_act, write_take
from ..models.emotion.emotions import EMOTIONS
from . import engine, orders, settings
from .names import Name


class _Wishes:
    """What may be asked: the panel keeps it with the scene, the operator takes it."""

    emotion: EnumProperty(
        name="Emotion",
        description="What the character feels",
        items=tuple((name, name.capitalize(), f"Act {name}") for name in EMOTIONS),
    )
    # Soft limits: what is typed beyond them is refused in words rather than changed in silence.
    intensity: FloatProperty(
        name="Intensity", description="From hardly seen (0) to as strong as it gets (1)", default=0.8, soft_min=0.0, soft_max=1.0
    )
    seconds: FloatProperty(
        name="Seconds",
        description=f"How long, {SHORTEST:g} to {LONGEST:g} seconds; 0: as long as the emotion lasts of itself",
        default=0.0,
        soft_min=0.0,
        soft_max=LONGEST,
    )
    seed: IntProperty(name="Seed", description="Another number, another take; the same number, the same keys", default=0, min=0)
    mode: EnumProperty(
        name="Take",
        description="How the take is chosen",
        items=(
            ("sample", "Sample", "A take of its own for every seed"),
            ("mean", "Typical", "The most typical take of the emotion, whatever the seed"),
        ),
    )
    where: EnumProperty(
        name="Into",
        description="Where the keys go",
        items=(
            ("NEW", "New Action", "An action of its own; the one before stays in the file"),
            ("REPLACE", "Present Action", "The present action, in place of its keys from here to the end of the take"),
            ("LAYER", "Layer", "A strip in the NLA that is added to what the character plays already"),
        ),
    )
    part: EnumProperty(
        name="Body",
        description="Which part of the character acts",
        items=(
            ("WHOLE", "Whole Body", "Everything, also where the character stands"),
            ("UPPER", "Upper Body and Face", "Everything above the pelvis; legs and place stay as they are"),
        ),
    )
    from_pose: BoolProperty(
        name="From Present Pose",
        description="Begin in the pose of the present frame and go on with its speed, unless it is the rest pose. A layer "
        "always begins without a change",
        default=True,
    )


WISHES: Final = tuple(_Wishes.__annotations__)
"""The names of what may be asked."""


class ActSettings(_Wishes, bpy.types.PropertyGroup):
    """What the panel shows, kept with the scene."""


class THESPIS_OT_act_emotion(_Wishes, bpy.types.Operator):
    """Key a take of an emotion onto the active character, from the present frame on"""

    bl_idname = "thespis.act_emotion"
    bl_label = "Act Emotion"
    # What changes the character, and is undone, is THESPIS_OT_act_emotion_finish.
    bl_options: ClassVar[set[str]] = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run; what only a closer look shows is said when it runs."""
        if context.scene is None or context.scene.library is not None:
            cls.poll_message_set("There is no scene that can be changed")
            return False
        if armature_of(context.active_object) is None:
            cls.poll_message_set("Select the character that is to act, or its armature")
            return False
        return True

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the options; the panel, which shows them already, goes on without."""
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context: bpy.types.Context) -> None:
        """The options."""
        draw_wishes(self.layout, self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine for the take; on an error everything stays as it is."""
        try:
            return orders.give(self._order(context), context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def _order(self, context: bpy.types.Context) -> "ActOrder":
        scene = context.scene
        request = ActRequest(
            cues=steady(self.emotion, self.intensity),
            seconds=self.seconds if self.seconds != 0 else None,
            seed=self.seed,
            mode=self.mode,
            fps=scene_rate(scene),
        )
        rig = read_rig(armature_of(context.active_object))
        check_can_act(rig, self.where, self.part)
        engine.client(context)  # before anything is read: without one, nothing else matters
        weights = settings.chosen(context, "weights_file")
        present = present_motion(rig, scene)
        joins = self.from_pose and self.where != "LAYER" and not is_at_rest(present)
        request = replace(request, start=present, joins=joins)
        return ActOrder(scene, rig, self.emotion, request, Path(weights) if weights else None, self.where, self.part)


class ActOrder(orders.Order):
    """A take to make and to key onto a character, from the frame on at which it was asked for."""

    finisher = "act_emotion_finish"

    def __init__(
        self,
        scene: bpy.types.Scene,
        rig: Rig,
        emotion: str,
        request: ActRequest,
        weights: Path | None,
        where: Where,
        part: Part,
    ) -> None:
        super().__init__(f"{rig.armature.name}: {emotion}", scene)
        self._armature = Name.of("objects", rig.armature)
        self._emotion, self._request, self._weights = emotion, request, weights
        self._where, self._part = where, part
        self._first = scene.frame_current
        self._take: Motion | None = None

    def next_job(self, before: Job | None) -> Job | None:
        """The one job."""
        if before is None:
            return submit_act(engine.client(bpy.context), self._request, self._weights)
        self._take = take_of(before)
        return None

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Key the take."""
        armature = self._armature.find()
        if armature is None or self._take is None:
            raise ThespisError(f"{self._armature.name}: is gone, so nobody acts. Select another character and act again.")
        rig = read_rig(armature)
        check_can_act(rig, self._where, self._part)
        name = f"{armature.name} {self._emotion}"
        written = write_take(rig, self._take, context.scene, name, self._where, self._part, self._first)
        return [("INFO", f"{written.action.name}: frames {written.first:g} to {written.last:g}")]


class THESPIS_OT_act_emotion_finish(orders.Finisher, bpy.types.Operator):
    """Key the take onto the character"""

    bl_idname = "thespis.act_emotion_finish"
    bl_label = "Act Emotion"


def draw_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct) -> None:
    """Draw what may be asked."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    column.prop(wishes, "emotion")
    column.prop(wishes, "intensity", slider=True)
    column.prop(wishes, "seconds")
    column = layout.column()
    column.prop(wishes, "mode")
    row = column.row()
    row.active = wishes.mode == "sample"
    row.prop(wishes, "seed")
    column = layout.column()
    column.prop(wishes, "where")
    column.prop(wishes, "part")
    row = column.row()
    row.active = wishes.where != "LAYER"
    row.prop(wishes, "from_pose")
