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

    def draw(self, context: bpy.types.Context) -> None:
        """Blender draws the preferences."""
        layout = self.layout
        layout.prop(self, "engine_python")
        try:
            layout.label(text=f"Fitting runs on {settings.engine(context)}", icon="CHECKMARK")
        except ThespisError as error:
            layout.label(text=str(error), icon="ERROR")
            layout.label(text="Make an environment with Python 3.11 or newer and install into it what this file names:")
            layout.label(text=str(EXTENSION / "core" / "engine" / "requirements.txt"))
        layout.prop(self, "body_file")
