"""What the preferences say, for operators and panels."""

from pathlib import Path

import bpy

from ..core.engine.python import engine_python
from ..core.errors import ThespisError
from ..core.motion import read_motion

EXTENSION_NAME = (__package__ or "").rpartition(".")[0]
"""bl_ext.<repository>.thespis inside Blender: the key of the preferences."""


def text(context: bpy.types.Context, name: str) -> str:
    """A text of the preferences, empty when it is not set."""
    addon = context.preferences.addons.get(EXTENSION_NAME)
    return str(getattr(addon.preferences, name, "")).strip() if addon else ""


def chosen(context: bpy.types.Context, name: str) -> str:
    """A path of the preferences as the system writes it, empty when it is not set."""
    value = text(context, name)
    return bpy.path.abspath(value) if value else ""


def python_at(path: str) -> Path:
    """The Python at a path that was chosen, itself or in its environment; raises ThespisError when there is none."""
    return engine_python(path, None)


def may_go_online() -> bool:
    """Whether the user lets Blender, and so its extensions, use the network."""
    return bool(bpy.app.online_access)


def engine(context: bpy.types.Context) -> Path:
    """The engine's Python; raises ThespisError with the next step when there is none."""
    return engine_python(chosen(context, "engine_python"), user_folder())


def engine_or_none(context: bpy.types.Context) -> Path | None:
    """The engine's Python if there is one."""
    try:
        return engine(context)
    except ThespisError:
        return None


def body_for(context: bpy.types.Context, motion: Path) -> str:
    """The body that `motion` is played on: the open one, or for motions of another body the preferences' own file."""
    own = chosen(context, "body_file")
    return own if own and read_motion(motion).body_model != "open" else "open"


def user_folder() -> Path | None:
    """Where the extension may keep files; None when it does not run as an extension."""
    try:
        return Path(bpy.utils.extension_path_user(EXTENSION_NAME))
    except ValueError:
        return None
