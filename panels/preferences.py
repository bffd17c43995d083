# mypy: disable-error-code="valid-type"
"""The add-on's preferences: the engine's Python and the user's own SMPL-X file."""

import bpy
from bpy.props import StringProperty

from ..core.engine.python import EXTENSION
from ..core.errors import ThespisError
from ..operators import settings


class ThespisPreferences(bpy.types.AddonPreferences):
    """Shown in Edit > Preferences > Add-ons."""

    bl_idname = settings.EXTENSION_NAME

    engine_python: StringProperty(
        name="Engine's Python",
        description="A Python, or the folder of its environment, that has the packages for fitting; empty: look where they "
        "usually are",
        subtype="FILE_PATH",
    )
    body_file: StringProperty(
        name="SMPL-X File", description="Your own registered SMPLX_*.npz; empty: the open body only", subtype="FILE_PATH"
    )

    weights_file: StringProperty(
        name="Emotion Weights",
        description="Weights of your own training, made by thespis train; empty: those that come with Thespis",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the preferences."""
        layout = self.layout
        layout.prop(self, "engine_python")
        try:
            layout.label(text=f"Fitting runs on {settings.engine(context)}", icon="CHECKMARK")
        except ThespisError:
            # Not the error's own line: it sends the user here, and one label is too narrow for it.
            column = layout.column(align=True)
            column.label(text="There is no Python there" if self.engine_python else "Fitting has no Python yet", icon="ERROR")
            column.label(text="Make an environment with Python 3.11 or newer, install what", icon="BLANK1")
            column.label(text="requirements.txt names, and choose it above.", icon="BLANK1")
            # A path would be cut off in the middle; a folder can be opened.
            opener = column.operator("wm.path_open", text="Show requirements.txt", icon="FILE_FOLDER")
            opener.filepath = str(EXTENSION / "core" / "engine")
        layout.prop(self, "body_file")
        layout.prop(self, "weights_file")
