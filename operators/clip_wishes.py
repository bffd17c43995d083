# mypy: disable-error-code="valid-type"
"""What may be asked of a fit: the Clip panel keeps it with the scene, Fit Clip takes it."""

from typing import Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty


class ClipWishes:
    """The properties that both have."""

    all_people: BoolProperty(name="Everybody", description="Fit everyone in the clip", default=False)
    people: IntProperty(
        name="People", description="How many people to fit, the largest and steadiest first", default=1, min=1, max=10
    )
    start: IntProperty(name="First Frame", description="First frame of the clip to fit, counted from 0", default=0, min=0)
    whole: BoolProperty(name="To the End", description="Fit up to the clip's last frame", default=True)
    end: IntProperty(name="Last Frame", description="Last frame of the clip to fit, counted from 0", default=100, min=0)
    rate: FloatProperty(
        name="Frame Rate", description="Frames a second of a sequence of pictures", default=24.0, min=1.0, max=1000.0
    )
    focal_known: BoolProperty(
        name="Known Lens",
        description="Give the focal length. Without it, it is read from the file or estimated, and distances are a guess",
        default=False,
    )
    focal: FloatProperty(
        name="Focal Length",
        description="In millimetres, for a 36 mm wide sensor",
        default=28.0,
        min=4.0,
        max=1000.0,
        subtype="DISTANCE_CAMERA",
        unit="CAMERA",
    )
    gender: EnumProperty(
        name="Shape",
        description="Whose shapes the body is expected among",
        items=(
            ("neutral", "Anyone", "All people's shapes"),
            ("female", "Women", "Women's shapes"),
            ("male", "Men", "Men's shapes"),
        ),
    )
    body: EnumProperty(
        name="Body",
        description="Which body to fit",
        items=(
            ("OPEN", "Open Body", "The body that comes with Thespis, free for any use"),
            ("FILE", "SMPL-X File", "Your own registered SMPL-X file, as the preferences name it"),
        ),
    )
    fast: BoolProperty(name="Fast", description="The lighter network: faster, less exact", default=False)
    overlay: BoolProperty(
        name="Overlay Movie", description="Also make a movie of the mesh over the footage in the take's folder", default=False
    )
    folder: StringProperty(
        name="Folder", description="Where the take's folder is made; empty: beside the clip", default="", subtype="DIR_PATH"
    )
    again: EnumProperty(
        name="Fit Again",
        description="What becomes of the characters that an earlier fit of this clip brought into the scene",
        items=(
            ("REPLACE", "Replace", "They take on the new fit: name, place, materials and what hangs on them stay"),
            ("ADD", "Add", "They stay, and the new ones come in beside them"),
        ),
    )
    mark_unsure: BoolProperty(
        name="Mark Unsure",
        description="Mark where the fit is unsure, in the timeline and on the keys",
        default=True,
    )
    camera: BoolProperty(
        name="Camera and Clip", description="Also make the camera that lines up with the clip, the clip behind it", default=True
    )
    sound: BoolProperty(name="Sound", description="Put the clip's sound into the sequencer", default=False)
    match_scene: BoolProperty(
        name="Match Scene to Clip",
        description="Set the scene's frame rate, range, picture size and camera to the clip's. Otherwise the scene stays as "
        "it is and the motion plays at its own speed",
        default=False,
    )


WISHES: Final = tuple(ClipWishes.__annotations__)
"""The names of what may be asked."""


def draw_people(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct) -> None:
    """How many people, where none are chosen."""
    column = layout.column(heading="People")
    column.prop(wishes, "all_people")
    row = column.row()
    row.active = not wishes.all_people
    row.prop(wishes, "people", text="Number")


def draw_wishes(layout: bpy.types.UILayout, wishes: bpy.types.bpy_struct, is_sequence: bool, again: bool) -> None:
    """The other options. is_sequence: whether they are of a sequence of pictures; again: whether a former fit is there."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column(heading="Range")
    column.prop(wishes, "start")
    column.prop(wishes, "whole")
    row = column.row()
    row.active = not wishes.whole
    row.prop(wishes, "end")
    if is_sequence:
        layout.prop(wishes, "rate")
    column = layout.column(heading="Lens")
    column.prop(wishes, "focal_known", text="Known")
    row = column.row()
    row.active = wishes.focal_known
    row.prop(wishes, "focal")
    column = layout.column()
    column.prop(wishes, "gender")
    column.prop(wishes, "body")
    column = layout.column(heading="Take")
    column.prop(wishes, "fast")
    column.prop(wishes, "overlay")
    column.prop(wishes, "folder")
    column = layout.column(heading="Scene")
    column.prop(wishes, "mark_unsure")
    column.prop(wishes, "camera")
    column.prop(wishes, "sound")
    column.prop(wishes, "match_scene")
    if again:
        layout.row().prop(wishes, "again", expand=True)
