"""What a test sets up and sees in Blender."""

import contextlib
import importlib
import sys

import bpy

MODULE = "bl_ext.user_default.thespis"


def install(archive: str, engine_python: str) -> None:
    """Install and enable the extension from its zip, and name the engine's Python, for good."""
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)
    preferences().engine_python = engine_python
    bpy.ops.wm.save_userpref()


def preferences() -> bpy.types.AddonPreferences:
    return bpy.context.preferences.addons[MODULE].preferences


def name_engine(python: str) -> None:
    """Name the engine's Python, or none."""
    preferences().engine_python = python


def allow_network() -> None:
    """Blender may go online; no test does."""
    bpy.context.preferences.system.use_online_access = True


def set_up_runs() -> bool:
    return part("operators.engine_state").job() is not None


def part(name: str) -> object:
    """A module of the extension."""
    return importlib.import_module(f"{MODULE}.{name}")


def view() -> tuple:
    """The window, and its 3D view's area and sidebar."""
    window = bpy.context.window_manager.windows[0]
    area = max((area for area in window.screen.areas if area.type == "VIEW_3D"), key=lambda area: area.width)
    return window, area, next(region for region in area.regions if region.type == "UI")


def show_sidebar() -> bool:
    """Open it at Thespis; True once it is there."""
    _, area, sidebar = view()
    area.spaces.active.show_region_ui = True
    with contextlib.suppress(TypeError, AttributeError):  # it takes a category when it has been drawn once
        sidebar.active_panel_category = "Thespis"
    sidebar.tag_redraw()
    return sidebar.active_panel_category == "Thespis" and sidebar.width > 1


def box_of_sidebar() -> list[int]:
    """Left, top, right, bottom, in pixels from the window's upper left corner."""
    window, _, region = view()
    return _box(window, region)


def _box(window: bpy.types.Window, region: bpy.types.Region) -> list[int]:
    return [region.x, window.height - region.y - region.height, region.x + region.width, window.height - region.y]


def files_in_place() -> None:
    """File dialogs take the window's place: a window of their own would lie anywhere."""
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"


def box_of_options() -> list[int] | None:
    """Of the options beside the files in a file dialog; None when there is no dialog."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            region = next((region for region in area.regions if region.type == "TOOL_PROPS"), None)
            if area.type == "FILE_BROWSER" and region is not None and region.width > 1 and area.spaces.active.params is not None:
                return _box(window, region)
    return None


def jobs() -> list[dict]:
    """The orders that run: title, share, and the text on the bar."""
    orders, text = part("operators.orders"), part("panels.jobs").progress_text
    return [
        {
            "title": entry.order.title,
            "share": entry.share,
            "text": text(entry.job) if entry.job else "",
            "state": entry.job.state if entry.job else "",
        }
        for entry in orders.running
    ]


def messages() -> list[list[str]]:
    return [list(message) for message in part("operators.orders").messages]


def engine() -> int | None:
    """The engine's process."""
    client = part("operators.engine")._client
    return client.process_id if client else None


def contents() -> dict[str, list[str]]:
    """The names of what an animator would miss, or find too much."""
    kinds = ("objects", "actions", "armatures", "collections", "images", "scenes", "markers")
    own = ("RENDER_RESULT", "COMPOSITING")  # images that Blender makes as it likes
    return {
        kind: sorted(thing.name for thing in getattr(bpy.data, kind) if getattr(thing, "type", "") not in own)
        for kind in kinds
        if hasattr(bpy.data, kind)
    }


def takes() -> int:
    """How many actions there are; a face that has one of its own, as before Blender 4.4, is not counted."""
    return sum(getattr(action, "id_root", "") != "KEY" for action in bpy.data.actions)


def version() -> list:
    return [list(bpy.app.version), sys.version.split()[0]]
