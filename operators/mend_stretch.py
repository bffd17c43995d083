# mypy: disable-error-code="valid-type"
"""Mend Stretch: some frames of a fitted character fitted anew, as the animator says what was seen wrongly in them."""

import json
import math
from dataclasses import asdict
from typing import ClassVar, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..core.engine.client import Job
from ..core.engine.mend_job import MendedStretch, stretch_of, submit_mend
from ..core.errors import ThespisError
from ..core.scene.mend_keys import check_can_mend, write_mend
from ..core.scene.origin import Origin, origin_of
from ..core.scene.rig import armature_of
from ..core.take.mending import LEAST, MOST, Correction, Mend
from . import engine, orders, settings
from .names import Name

_SAID: Final = "thespis_said"
"""What was said of the character's frames so far, kept with it: the next mend knows it, too."""
_FOOT: Final = (
    ("seen", "As Seen", "As the fit found it"),
    ("down", "Down", "It stands on the ground, in one place"),
    ("up", "Up", "It does not stand on the ground"),
)


_NEW: Final = {"SKIP_SAVE"}
"""Of an operator: what was said of one stretch is not said of the next one, too."""


class _Wishes:
    """What may be asked: the panel keeps it with the scene, the operator takes it."""

    first: IntProperty(name="First", description="First frame of the stretch, in the scene", default=1, options=_NEW)
    last: IntProperty(name="Last", description="Last frame of the stretch, in the scene", default=24, options=_NEW)
    preview: BoolProperty(
        name="Preview Range",
        description="Mend the scene's preview range, if it has one, rather than First to Last",
        default=True,
        options=_NEW,
    )
    swap: EnumProperty(
        name="Swap Left and Right",
        description="Whose left and right the networks took for one another",
        items=(
            ("none", "Nothing", "Left and right are as they were seen"),
            ("all", "Everything", "Arms, hands, legs and head"),
            ("arms", "Arms", "Arms and hands"),
            ("legs", "Legs", "Legs and feet"),
        ),
        options=_NEW,
    )
    left: EnumProperty(name="Left Foot", description="Whether the left foot is on the ground", items=_FOOT, options=_NEW)
    right: EnumProperty(name="Right Foot", description="Whether the right foot is on the ground", items=_FOOT, options=_NEW)
    smoothness: FloatProperty(
        name="Smoothness",
        description="1 as the fit is, more for calmer, less for livelier",
        default=1.0,
        min=LEAST,
        max=MOST,
        options=_NEW,
    )
    again: BoolProperty(
        name="Read Again",
        description="Also read the pictures of the clip again, closely; it takes longer",
        default=False,
        options=_NEW,
    )


WISHES: Final = tuple(_Wishes.__annotations__)
"""The names of what may be asked."""


class MendSettings(_Wishes, bpy.types.PropertyGroup):
    """What the panel shows, kept with the scene."""


class THESPIS_OT_mend_stretch(_Wishes, bpy.types.Operator):
    """Fit some frames of the character anew; keys outside of them stay, and the ends join without a jump"""

    bl_idname = "thespis.mend_stretch"
    bl_label = "Mend Stretch"
    # What changes the character, and is undone, is THESPIS_OT_mend_stretch_finish.
    bl_options: ClassVar[set[str]] = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        armature = armature_of(context.active_object)
        if armature is None or origin_of(armature) is None:
            cls.poll_message_set("Select a character that was fitted")
            return False
        if armature.library is not None:
            cls.poll_message_set("The character is linked from another file and cannot be changed")
            return False
        return True

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the options; the panel, which shows them already, goes on without."""
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, context: bpy.types.Context) -> None:
        """The options."""
        draw_wishes(self.layout, self, context.scene)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine; on an error the character stays as it is."""
        try:
            return orders.give(self._order(context), context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def _order(self, context: bpy.types.Context) -> "MendOrder":
        armature = armature_of(context.active_object)
        origin = origin_of(armature)
        assert origin is not None  # poll
        check_can_mend(armature)
        first, last = self._frames(context.scene, origin)
        said = said_of(armature)
        correction = Correction(first, last, self.swap, self.left, self.right)
        if correction.says_something():
            said.append(correction)
        mend = Mend(
            first, last, origin.person, self.smoothness, tuple(said), self.again, settings.body_for(context, origin.motion)
        )
        return MendOrder(context.scene, armature, origin, mend)

    def _frames(self, scene: bpy.types.Scene, origin: Origin) -> tuple[int, int]:
        """The clip's frames that the chosen ones of the scene show."""
        first, last = frames_of(self, scene)
        if last < first:
            raise ThespisError(f"Frames {first} to {last} are no stretch. Choose a later last frame.")
        begin = max(math.ceil(origin.to_clip(first) - 1e-3), origin.frames[0])
        end = min(math.floor(origin.to_clip(last) + 1e-3), origin.frames[1])
        if end < begin:
            own = [round(origin.to_scene(frame)) for frame in origin.frames]
            raise ThespisError(
                f"Frames {first} to {last} show nothing of the fit, which has {own[0]} to {own[1]}. Choose others."
            )
        return begin, end


class MendOrder(orders.Order):
    """A stretch to mend, of a character that plays a motion of a take."""

    finisher = "mend_stretch_finish"

    def __init__(self, scene: bpy.types.Scene, armature: bpy.types.Object, origin: Origin, mend: Mend) -> None:
        super().__init__(f"Mend {armature.name}", scene)
        self._armature = Name.of("objects", armature)
        self._origin, self._mend = origin, mend
        self._stretch: MendedStretch | None = None

    def next_job(self, before: Job | None) -> Job | None:
        """The one job."""
        if before is None:
            return submit_mend(engine.client(bpy.context), self._origin.motion.parent, self._mend)
        self._stretch = stretch_of(before)
        return None

    def finish(self, _context: bpy.types.Context) -> list[tuple[str, str]]:
        """Put the keys in."""
        armature = self._armature.find()
        if armature is None or self._stretch is None:
            raise ThespisError(f"{self._armature.name}: is gone, so nothing is mended.")
        if origin_of(armature) != self._origin:
            raise ThespisError(f"{armature.name}: plays another fit now. Mend that one.")
        check_can_mend(armature)
        first, last = write_mend(armature, self._origin, self._stretch)
        armature[_SAID] = json.dumps([asdict(one) for one in self._mend.corrections])
        return [("INFO", f"{armature.name}: frames {first:g} to {last:g} are mended")]


class THESPIS_OT_mend_stretch_finish(orders.Finisher, bpy.types.Operator):
    """Put the keys of the mended stretch in"""

    bl_idname = "thespis.mend_stretch_finish"
    bl_label = "Mend Stretch"


def said_of(armature: bpy.types.Object) -> list[Correction]:
    """What was said of the character's frames so far."""
    try:
        return [Correction(**one) for one in json.loads(armature.get(_SAID, "[]"))]
    except (ValueError, TypeError):
        return []


def frames_of(wishes: bpy.types.bpy_struct, scene: bpy.types.Scene) -> tuple[int, int]:
    """The scene frames that are to be mended."""
    if wishes.preview and scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return wishes.first, wishes.last


def draw_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct, scene: bpy.types.Scene) -> None:
    """Draw what may be asked."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    if scene.use_preview_range:
        column.prop(wishes, "preview")
    if wishes.preview and scene.use_preview_range:
        column.label(text=f"Frames {scene.frame_preview_start} to {scene.frame_preview_end}", icon="PREVIEW_RANGE")
    else:
        row = column.row(align=True)
        row.prop(wishes, "first", text="Frames")
        row.prop(wishes, "last", text="")
    column.prop(wishes, "swap", text="Swap Sides")
    column.prop(wishes, "left")
    column.prop(wishes, "right")
    column.prop(wishes, "smoothness")
    column.prop(wishes, "again")
