"""What an animator does besides clicking on Thespis."""

import bpy
import sight


def override() -> object:
    window, area, _ = sight.view()
    return bpy.context.temp_override(window=window, area=area, region=area.regions[-1])


def choose(clip: str, folder: str, end: int) -> None:
    """Choose a clip in the panel, as its field does, and what may be quick."""
    settings = bpy.context.scene.thespis_clip
    with override():
        settings.folder, settings.whole, settings.end, settings.fast = folder, end < 0, max(end, 0), True
        settings.filepath = clip


def look() -> dict:
    """What the Clip panel shows."""
    clip = bpy.context.scene.thespis_clip
    return {"frames": clip.frames, "problem": clip.problem, "chosen": [person.chosen for person in clip.found]}


def fit() -> None:
    """Fit Clip with the panel's settings, as from Python."""
    settings, fit_clip = bpy.context.scene.thespis_clip, sight.part("operators.clip_wishes")
    wishes = {name: getattr(settings, name) for name in fit_clip.WISHES}
    with override():
        bpy.ops.thespis.fit_clip("EXEC_DEFAULT", True, filepath=settings.filepath, **wishes)


def act() -> None:
    with override():
        bpy.ops.thespis.act_emotion("EXEC_DEFAULT", True, emotion="anger")


def save(path: str) -> None:
    with override():
        bpy.ops.wm.save_as_mainfile(filepath=path)


def open_file(path: str) -> None:
    with override():
        bpy.ops.wm.open_mainfile(filepath=path)


def new_window() -> int:
    with override():
        bpy.ops.wm.window_new()
    return len(bpy.context.window_manager.windows)


def play(on: bool) -> None:
    if bool(bpy.context.screen and bpy.context.screen.is_animation_playing) != on:
        with override():
            bpy.ops.screen.animation_play()


def is_playing() -> bool:
    return any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows)


def frame() -> int:
    return bpy.context.scene.frame_current


def place(name: str) -> list[float]:
    """Where an object stands."""
    return list(bpy.data.objects[name].location)


def nudge(name: str) -> None:
    """Move an object, as a step of its own that may be undone."""
    with override():
        bpy.context.view_layer.objects.active = bpy.data.objects[name]
        bpy.data.objects[name].location.x += 1
        bpy.ops.ed.undo_push(message="Nudge")


def modal() -> list[str]:
    """The operators that have the mouse."""
    return [operator.bl_idname for window in bpy.context.window_manager.windows for operator in window.modal_operators]


def disable() -> None:
    bpy.ops.preferences.addon_disable(module=sight.MODULE)


def enable() -> None:
    bpy.ops.preferences.addon_enable(module=sight.MODULE)


def nothing_chosen() -> None:
    """Nothing is selected, nothing active."""
    for thing in bpy.context.selected_objects:
        thing.select_set(False)
    bpy.context.view_layer.objects.active = None


def choose_armature() -> None:
    """Select the character's armature alone."""
    nothing_chosen()
    rig = next(thing for thing in bpy.context.scene.objects if "thespis_body_model" in thing)
    rig.select_set(True)
    bpy.context.view_layer.objects.active = rig


def why_not(operator: str) -> str:
    """What Blender says of an operator of Thespis that is grey; empty when it can run."""
    with override():
        if getattr(bpy.ops.thespis, operator).poll():
            return ""
        try:
            getattr(bpy.ops.thespis, operator)("EXEC_DEFAULT")
        except RuntimeError as error:
            return str(error).strip()
    return ""
