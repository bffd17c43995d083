# mypy: disable-error-code="valid-type"
"""Export: the selected characters, with the clips that are wished for, to a file for a game engine or another program."""

import os
from pathlib import Path
from typing import ClassVar, Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from ..core.errors import ThespisError
from ..core.scene.clock import scene_rate
from ..core.scene.export.characters import SCENE_FORMATS, export_characters
from ..core.scene.export.presets import PRESETS
from ..core.scene.export.spans import fits
from ..core.scene.export.wishes import ExportWishes
from ..core.scene.rig import armature_of
from . import orders

PRESET_ITEMS: Final = (
    ("plain", "Plain", "As most programs read it; the character stands where it stands in the scene"),
    ("unity", "Unity", "Y up, facing forward, scale 1, over the origin"),
    ("unreal", "Unreal", "Z up, centimetres, a root bone that carries the travel, bones along X"),
    ("godot", "Godot", "Y up, metres, over the origin"),
)
_FORMAT_ITEMS: Final = (
    (".glb", "glTF (.glb)", "Meshes, faces and all clips in one file"),
    (".fbx", "FBX (.fbx)", "Meshes, faces and all clips, each a take, in one file"),
    (".bvh", "BVH (.bvh)", "The skeleton of one character; a file a clip"),
    (".usdc", "USD (.usdc)", "Meshes and faces; a file a clip"),
    (".npz", "AMASS (.npz)", "SMPL-X parameters, for AMASS's tools and for Thespis; a file a clip"),
)
_CLIP_ITEMS: Final = (
    ("PRESENT", "Present Action", "What the character plays now, NLA and all, over the frames of its keys"),
    ("SCENE", "Scene Range", "What the character shows from the scene's first frame to its last, as one clip"),
    ("STRIPS", "NLA Strips", "A clip for each strip of its NLA that plays"),
    ("MARKED", "Marked Actions", "A clip for each action that is marked as an asset and fits the character"),
    ("CHOSEN", "Chosen Actions", "A clip for each action that is ticked"),
)
_ROOT_ITEMS: Final = (
    ("PRESET", "As the Preset", "Unreal: a root bone; else as it is"),
    ("AS_IS", "As It Is", "The pelvis, or the root bone that is there, carries the travel"),
    ("BONE", "Root Bone", "A bone called root, on the floor under the pelvis, carries the travel"),
    ("BONE_TURN", "Root Bone, Turning", "The root bone carries the travel, and faces where the character does"),
    ("IN_PLACE", "In Place", "The character stays over the spot where it begins"),
)


def selected_armatures(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The armatures that are selected, or whose meshes are; the active one first."""
    things = [context.active_object, *context.selected_objects]
    found = dict.fromkeys(armature_of(thing) for thing in things if thing is not None)
    return [armature for armature in found if armature is not None]


class ExportedAction(bpy.types.PropertyGroup):
    """An action that may be exported."""

    chosen: BoolProperty(name="", description="Export this action", default=False)


class THESPIS_OT_export(bpy.types.Operator, ExportHelper):  # type: ignore[misc]
    """Write the selected characters and their clips to a file for a game engine or another program. The scene stays as it is"""

    bl_idname = "thespis.export"
    bl_label = "Export Character"
    # Nothing of the file that is open is changed: there is nothing to undo.
    bl_options: ClassVar[set[str]] = {"PRESET"}

    filename_ext = ".glb"
    filter_glob: StringProperty(default=";".join(f"*{ending}" for ending in SCENE_FORMATS), options={"HIDDEN"})

    preset: EnumProperty(name="For", description="The program that will read the file", items=PRESET_ITEMS)
    format: EnumProperty(name="Format", description="The kind of file", items=_FORMAT_ITEMS)
    followed: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    clips: EnumProperty(name="Clips", description="Which animations go into the file", items=_CLIP_ITEMS)
    actions: StringProperty(
        name="Actions", description="Names of the chosen actions, with ; between them", options={"HIDDEN", "SKIP_SAVE"}
    )
    listed: CollectionProperty(type=ExportedAction, options={"HIDDEN", "SKIP_SAVE"})
    mesh: BoolProperty(name="Mesh", description="With the meshes that show. Off: the skeleton only", default=True)
    fps: FloatProperty(name="Frame Rate", description="Frames a second; 0: the scene's", default=0.0, min=0.0, soft_max=120.0)
    root: EnumProperty(name="Travel", description="What carries the character over the floor", items=_ROOT_ITEMS)
    up: EnumProperty(
        name="Up",
        description="Which axis of an .npz is up",
        items=(
            ("Z", "Z, as AMASS", "What AMASS's tools expect; shape and expression of the open body stay behind"),
            ("Y", "Y, as SMPL-X", "What Thespis itself writes: shape and expression come along"),
        ),
    )
    deform_only: BoolProperty(
        name="Deform Bones Only",
        description="Leave out bones that only control others, as Rigify's; those that deform hang in one tree from the root",
        default=True,
    )
    leaf_bones: BoolProperty(name="End Bones", description="Add a bone at the end of each chain of an .fbx", default=False)
    overwrite: BoolProperty(
        name="Overwrite", description="Replace files that are there", default=False, options={"HIDDEN", "SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if not selected_armatures(context):
            cls.poll_message_set("Select the characters that are to be exported")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Choose a file and what goes in."""
        armature = selected_armatures(context)[0]
        self.listed.clear()
        for action in bpy.data.actions:
            if fits(action, armature):
                item = self.listed.add()
                item.name, item.chosen = action.name, action.asset_data is not None
        if not self.filepath:  # type: ignore[has-type]
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path()
            self.filepath = str(folder / f"{bpy.path.clean_name(armature.name)}{self._ending()}")
        self.format = self.filename_ext = self._ending()
        self.followed = self.preset
        return super().invoke(context, event)

    def check(self, context: bpy.types.Context) -> bool:
        """The format follows the preset, the name's ending the format."""
        if self.preset != self.followed:
            self.format, self.followed = PRESETS[self.preset].ending, self.preset
        self.filename_ext = self.format
        path = Path(self.filepath)
        if path.suffix.lower() in SCENE_FORMATS and path.suffix.lower() != self.format:
            self.filepath = str(path.with_suffix(self.format))
            return True
        return bool(super().check(context))

    def draw(self, context: bpy.types.Context) -> None:
        """The options."""
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        column = layout.column()
        column.prop(self, "preset")
        column.prop(self, "format")
        column = layout.column()
        column.prop(self, "clips")
        if self.clips == "CHOSEN":
            box = layout.box().column(align=True)
            box.use_property_split = False
            for item in self.listed:
                box.prop(item, "chosen", text=item.name)
        column = layout.column()
        if self.format not in (".bvh", ".npz"):
            column.prop(self, "mesh")
        column.prop(self, "fps", text=f"Frame Rate ({scene_rate(context.scene):g})" if not self.fps else "Frame Rate")
        if self.format == ".npz":
            column.prop(self, "up")
        else:
            column.prop(self, "root")
            column.prop(self, "deform_only")
        if self.format == ".fbx":
            column.prop(self, "leaf_bones")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file, or say why not."""
        try:
            out = self._out()
            exported = export_characters(selected_armatures(context), out, self._wishes(), context.scene)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        orders.messages.clear()
        for line in exported.told():
            level = "WARNING" if line.startswith("note: ") else "INFO"
            self.report({level}, line)
            orders.messages.append((level, without_folder(line, out)))
        return {"FINISHED"}

    def _out(self) -> Path:
        if not self.filepath:
            raise ThespisError("No file is named. Choose a folder and a name.")
        out = Path(bpy.path.abspath(self.filepath))
        return out if out.suffix else out.with_suffix(self._ending())

    def _ending(self) -> str:
        """Of the chosen format; of the preset's where none is chosen."""
        return str(self.format if self.properties.is_property_set("format") else PRESETS[self.preset].ending)

    def _wishes(self) -> ExportWishes:
        named = [name for name in self.actions.split(";") if name]
        return ExportWishes(
            preset=self.preset,
            mesh=self.mesh,
            clips=self.clips,
            chosen=tuple(named or [item.name for item in self.listed if item.chosen]),
            fps=self.fps or None,
            root=None if self.root == "PRESET" else self.root,
            leaf_bones=self.leaf_bones or None,
            deform_only=self.deform_only,
            up=self.up,
            # The file selector has asked already.
            overwrite=self.overwrite or self.options.is_invoke,
        )


def without_folder(line: str, out: Path) -> str:
    """What was said of files in the folder of `out`, without the folder: it would fill the sidebar, and the animator chose it."""
    return line.replace(f"{out.parent}{os.sep}", "")


def draw_export_entry(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """The entry in File > Export."""
    menu.layout.operator(THESPIS_OT_export.bl_idname, text="Thespis Character (.glb/.fbx/.bvh/.usdc/.npz)")
