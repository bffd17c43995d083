# mypy: disable-error-code="valid-type"
"""Import Motion: an .npz of SMPL-X parameters becomes a rigged, keyframed character."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.engine.client import Job
from ..core.errors import ThespisError
from ..core.take.take import TAKE_FILE, Take, read_take
from . import orders, settings
from .bring_in import Coming, Wishes, bring_in, can_import, said


class THESPIS_OT_import_motion(bpy.types.Operator, ImportHelper):  # type: ignore[misc]
    """Make a rigged, keyframed character of each chosen motion, with the clip's camera when the take is beside it"""

    bl_idname = "thespis.import_motion"
    bl_label = "Import Motion"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    filename_ext = ".npz"
    filter_glob: StringProperty(default="*.npz", options={"HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})

    camera: BoolProperty(
        name="Camera and Clip",
        description="Also make the camera that lines up with the clip, the clip behind it; needs the take.json of the fit",
        default=True,
    )
    sound: BoolProperty(name="Sound", description="Put the clip's sound into the sequencer", default=False)
    match_scene: BoolProperty(
        name="Match Scene to Clip",
        description="Set the scene's frame rate, range, picture size and camera to the clip's. Otherwise the scene stays as "
        "it is and the motion plays at its own speed",
        default=False,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        return can_import(cls, context)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Choose files, or for dropped files the options."""
        return self.invoke_popup(context)

    def draw(self, _context: bpy.types.Context) -> None:
        """The options."""
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        column = layout.column(heading="Take")
        column.prop(self, "camera")
        column.prop(self, "sound")
        column = layout.column(heading="Scene")
        column.prop(self, "match_scene")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Import; on an error the scene stays as it is."""
        wishes = Wishes(self.camera, self.sound, self.match_scene)
        try:
            motions = self._motions()
            take, notes = _take_beside(motions[0])
            coming = Coming(motions, take, settings.body_for(context, motions[0]), wishes)
            coming.notes += notes
            if orders.has_timers() and coming.needs_movie(context):
                orders.give(ImportOrder(context.scene, coming), context)
                self.report({"INFO"}, "The movie behind the camera is made first: the sidebar shows how far it is")
                return {"CANCELLED"}  # nothing to undo yet
            coming.wait_for_movie(context)
            imported = bring_in(context, coming)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for level, text in said(imported):
            self.report({level}, text)
        return {"FINISHED"}

    def _motions(self) -> list[Path]:
        chosen = [Path(self.directory) / file.name for file in self.files if file.name] if self.directory else []
        chosen = chosen or [Path(bpy.path.abspath(self.filepath))]
        if chosen[0].is_dir() or not (self.filepath or self.files):
            raise ThespisError("No motion is chosen. Choose an .npz made by Thespis or AMASS.")
        return sorted(chosen)


class ImportOrder(orders.Order):
    """Motions that come in as soon as the movie behind their camera is made."""

    finisher = "import_motion_finish"

    def __init__(self, scene: bpy.types.Scene, coming: Coming) -> None:
        super().__init__(f"Import {coming.motions[0].stem}", scene)
        self._coming = coming

    def next_job(self, before: Job | None) -> Job | None:
        """The movie."""
        if before is not None:
            self._coming.take_movie(before)
            return None
        scene = self.scene.find()
        return self._coming.ask_for_movie(bpy.context, scene) if scene is not None else None

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Import the motions."""
        return said(bring_in(context, self._coming))


class THESPIS_OT_import_motion_finish(orders.Finisher, bpy.types.Operator):
    """Bring the motions into the scene"""

    bl_idname = "thespis.import_motion_finish"
    bl_label = "Import Motion"


class THESPIS_FH_motion(bpy.types.FileHandler):
    """Motions dropped into the viewport or the outliner."""

    bl_idname = "THESPIS_FH_motion"
    bl_label = "SMPL-X Motion"
    bl_import_operator = THESPIS_OT_import_motion.bl_idname
    bl_file_extensions = ".npz"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Blender asks where files may be dropped."""
        return context.area is not None and context.area.type in ("VIEW_3D", "OUTLINER")


def draw_import_entry(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """The entry in File > Import."""
    menu.layout.operator(THESPIS_OT_import_motion.bl_idname, text="SMPL-X Motion (.npz)")


def _take_beside(motion: Path) -> tuple[Take | None, list[str]]:
    """The take beside the motion. One that cannot be read costs the camera, not the character."""
    beside = motion.parent / TAKE_FILE
    if not beside.exists():
        return None, []
    try:
        return read_take(beside), []
    except ThespisError as error:
        return None, [f"Imported without the camera: {error}"]
