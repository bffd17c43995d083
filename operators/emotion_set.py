# mypy: disable-error-code="valid-type"
"""Emotion Set: takes of many emotions at once, as actions of the active character, lined up, marked as assets, and exported."""

from pathlib import Path
from typing import ClassVar, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..core.act.request import LONGEST
from ..core.emotion_set.plan import LEVELS, MOST_TAKES, SetClip, SetWishes
from ..core.engine.act_job import submit_act, take_of
from ..core.engine.client import Job
from ..core.errors import ThespisError
from ..core.motion import Motion
from ..core.scene.clock import scene_rate
from ..core.scene.emotion_set.export_set import check_export, export_set
from ..core.scene.emotion_set.previews import render_previews
from ..core.scene.emotion_set.write_set import kept_clips, line_up, mark, read_clip, standing, write_clip
from ..core.scene.export.wishes import ExportWishes
from ..core.scene.rig import Rig, armature_of, read_rig
from ..core.scene.untouched import all_or_nothing
from ..core.scene.write_take import check_can_be_keyed
from ..models.emotion.emotions import EMOTIONS
from . import engine, orders
from .act_emotion import can_act, chosen_weights
from .export import PRESET_ITEMS, without_folder
from .names import Name
from .wishes import DRAWN_TAKES

_NOT_KEYED: Final[set[str]] = set()


class _SetWishes:
    emotions: EnumProperty(
        name="Emotions",
        description="Which emotions are in the set",
        items=tuple((name, name.capitalize(), f"Takes of {name}") for name in EMOTIONS),
        default=set(EMOTIONS),
        options={"ENUM_FLAG"},
    )
    levels: EnumProperty(
        name="Intensities",
        description="How strongly each of them is acted",
        items=tuple((name, name.capitalize(), f"An intensity of {value:.2f}") for name, value in LEVELS.items()),
        default=set(LEVELS),
        options={"ENUM_FLAG"},
    )
    takes: IntProperty(
        name="Takes",
        description="How many of each emotion at each intensity",
        default=1,
        min=1,
        max=MOST_TAKES,
        options=_NOT_KEYED,
    )
    seed: IntProperty(
        name="First Seed", description="Of the first take; the next one has the next", default=0, min=0, options=_NOT_KEYED
    )
    mode: EnumProperty(name="Kind", description="How the takes are chosen", items=DRAWN_TAKES, options=_NOT_KEYED)
    seconds: FloatProperty(
        name="Seconds",
        description=f"How long each take is, up to {LONGEST:g} seconds; 0: as long as the emotion lasts",
        default=0.0,
        min=0.0,
        soft_max=LONGEST,
        options=_NOT_KEYED,
    )
    loops: BoolProperty(name="Loop", description="Each take ends as it begins", default=False, options=_NOT_KEYED)
    line_up: BoolProperty(
        name="Line Up in NLA",
        description="Put the takes one after another, from the present frame on",
        default=True,
        options=_NOT_KEYED,
    )
    previews: BoolProperty(
        name="Previews", description="Draw a small picture of each, for the asset browser", default=True, options=_NOT_KEYED
    )
    filepath: StringProperty(
        name="Export To",
        description="A file to write with all the takes, .glb or .fbx, and beside it a manifest; nothing: no file",
        subtype="FILE_PATH",
        options=_NOT_KEYED,
    )
    preset: EnumProperty(name="For", description="The program that will read the file", items=PRESET_ITEMS, options=_NOT_KEYED)
    overwrite: BoolProperty(
        name="Overwrite",
        description="Make takes anew that are there already, and replace the file. Off: they are kept as they are",
        default=False,
        options=_NOT_KEYED,
    )


SET_WISHES: Final = tuple(_SetWishes.__annotations__)


class EmotionSetSettings(_SetWishes, bpy.types.PropertyGroup):
    """What the panel shows, kept with the scene."""


class THESPIS_OT_emotion_set(_SetWishes, bpy.types.Operator):
    """Make takes of many emotions for the active character: actions marked as assets, lined up, and exported if you like"""

    bl_idname = "thespis.emotion_set"
    bl_label = "Make Emotion Set"
    # What changes the character, and is undone, is THESPIS_OT_emotion_set_finish.
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
        draw_set_wishes(self.layout, self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine for the takes; on an error everything stays as it is."""
        try:
            return orders.give(self._order(context), context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def _order(self, context: bpy.types.Context) -> "SetOrder":
        wishes = SetWishes(
            emotions=tuple(name for name in EMOTIONS if name in self.emotions),
            levels=tuple(name for name in LEVELS if name in self.levels),
            takes=self.takes,
            seed=self.seed,
            mode=self.mode,
            seconds=self.seconds or None,
            loops=self.loops,
        )
        rig = read_rig(armature_of(context.active_object))
        check_can_be_keyed(rig.armature)
        out = Path(bpy.path.abspath(self.filepath)) if self.filepath else None
        if out is not None:
            check_export(out, wishes.clips(), self.overwrite)
        kept = kept_clips(rig, wishes.clips(), self.overwrite)
        engine.client(context)
        order = SetOrder(context.scene, rig, wishes, kept, chosen_weights(context))
        order.lines_up, order.previews, order.out = self.line_up, self.previews, out
        order.export = ExportWishes(preset=self.preset, overwrite=self.overwrite)
        order.first = context.scene.frame_current
        return order


class SetOrder(orders.Order):
    """Takes of a set, one job each. kept: names of those that are there already."""

    finisher = "emotion_set_finish"
    lines_up: bool = True
    previews: bool = True
    out: Path | None = None
    first: int = 1

    def __init__(self, scene: bpy.types.Scene, rig: Rig, wishes: SetWishes, kept: set[str], weights: Path | None) -> None:
        self.clips = wishes.clips()
        self._to_make = [clip for clip in self.clips if clip.name not in kept]
        super().__init__(f"Emotion set of {rig.armature.name}", scene)
        self.shares = tuple(1 / max(1, len(self._to_make)) for _ in self._to_make)  # type: ignore[misc]
        self.export = ExportWishes()
        self._armature = Name.of("objects", rig.armature)
        self._wishes, self._weights, self._stand, self._rate = wishes, weights, standing(rig), scene_rate(scene)
        self._takes: list[tuple[SetClip, Motion]] = []

    def next_job(self, before: Job | None) -> Job | None:
        """One take after another."""
        if before is not None:
            self._takes.append((self._to_make[len(self._takes)], take_of(before)))
        if len(self._takes) == len(self._to_make):
            return None
        request = self._wishes.request(self._to_make[len(self._takes)], self._rate, self._stand)
        return submit_act(engine.client(bpy.context), request, self._weights)

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Key the takes, all of them or none."""
        armature = self._armature.find()
        if armature is None:
            raise ThespisError(f"{self._armature.name}: is gone, and its takes with it. Select another character and begin anew.")
        check_can_be_keyed(armature)
        rig, scene = read_rig(armature), context.scene
        kept_clips(rig, self.clips, overwrite=True)  # somebody may have used a name meanwhile
        with all_or_nothing(scene):
            made = {clip.name: write_clip(rig, clip, take, scene, self._wishes.loops) for clip, take in self._takes}
            whole = [made.get(clip.name) or read_clip(clip) for clip in self.clips]
            mark(whole)
            last = line_up(rig, whole, scene, float(self.first)) if self.lines_up else 0.0
        told = [("INFO", f"{len(made)} takes made" + (f", {len(whole) - len(made)} kept" if len(whole) > len(made) else ""))]
        if self.lines_up:
            told.append(("INFO", f"In the NLA from frame {self.first} to {last:g}"))
        if self.previews:
            note = render_previews(rig.armature, list(made.values()), scene)
            told += [("WARNING", note)] if note else []
        if self.out is not None:
            try:
                lines = export_set(armature, whole, self.out, self.export, scene)
                told += [("INFO", without_folder(line, self.out)) for line in lines]
            except ThespisError as error:
                told.append(("WARNING", f"The takes are made, the file is not: {error}"))
        return told


class THESPIS_OT_emotion_set_finish(orders.Finisher, bpy.types.Operator):
    """Bring the takes of the set to the character"""

    bl_idname = "thespis.emotion_set_finish"
    bl_label = "Make Emotion Set"


def draw_set_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct) -> None:
    """Draw what may be asked of a set."""
    grid = layout.grid_flow(row_major=True, columns=3, even_columns=True, align=True)
    grid.prop(wishes, "emotions")
    layout.row(align=True).prop(wishes, "levels")
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    column.prop(wishes, "takes")
    column.prop(wishes, "seed")
    column.prop(wishes, "mode")
    column.prop(wishes, "seconds")
    column = layout.column()
    for name in ("loops", "line_up", "previews", "overwrite"):
        column.prop(wishes, name)
    column = layout.column()
    column.prop(wishes, "filepath")
    row = column.row()
    row.active = bool(wishes.filepath)
    row.prop(wishes, "preset")
