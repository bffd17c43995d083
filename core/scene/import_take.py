"""A fitted motion enters a scene: character, camera with the clip behind it, ground, all in one collection."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy
import numpy as np

from ...models.body.load import Body, load_body, rest_shape
from ..clip_path import clip_name
from ..errors import ThespisError
from ..motion import UNNAMED_BODY, Motion, read_motion
from ..take.take import Take
from .amass import lies_in_z_up, stood_up
from .character import Character, build_character
from .clock import scene_rate, set_scene_range, set_scene_rate, set_scene_size
from .compat import has_sound
from .keys import key_camera
from .origin import note_character, note_take, takes_of
from .refit import replace_camera, replace_characters
from .space import camera_to_blender, lens_to_blender
from .stage import Backdrop, add_camera, add_ground, add_light, add_sound, is_ground

FIRST_FRAME = 1
"""Where Blender users expect a scene to begin."""


@dataclass
class Imported:
    """What entered the scene."""

    collection: bpy.types.Collection
    characters: list[Character] = field(default_factory=list)
    camera: bpy.types.Object | None = None
    warnings: list[str] = field(default_factory=list)


def import_takes(
    motion_paths: list[Path],
    scene: bpy.types.Scene,
    *,
    body: str = "open",
    backdrop: Path | None = None,
    take: Take | None = None,
    with_camera: bool = True,
    with_sound: bool = False,
    match_scene: bool = False,
    replace: bool = False,
    first_frame: int = FIRST_FRAME,
) -> Imported:
    """Build the characters of the motion files in `scene`, the current scene, in a new collection named after the clip.

    body: "open" or the path of an SMPLX_*.npz. take: of the fit, for the camera. backdrop: an upright movie of the whole clip
    at the scene's rate. match_scene: also set the scene's rate, range, picture size and camera to the clip's; else the
    scene's settings stay as they are. replace: the characters and the camera of the latest take of the clip in the scene become
    these (core.scene.refit), where there is one. first_frame: the scene frame of the earliest pose.
    Everything is read and checked before the scene is touched.
    Raises ThespisError naming the file, the cause and the next step.
    """
    warnings: list[str] = []
    model = load_body(body)
    motions = [_for_body(read_motion(path), model, path, warnings) for path in motion_paths]
    if model.posedirs is not None and np.any(model.posedirs):
        warnings.append(f"The body {model.model_id} also bends its skin by the pose; in Blender the mesh goes without that.")
    name = clip_name(take.clip) if take else motion_paths[0].stem
    if match_scene:
        _match(scene, motions, take, first_frame)
    former = takes_of(scene, take.clip)[-1:] if take and replace else []
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    imported = Imported(collection, warnings=warnings)
    rate = scene_rate(scene)
    start = min(int(motion.frames[0]) for motion in motions)
    for number, motion in enumerate(motions):
        label = motion_paths[number].stem if take is None else name if len(motions) == 1 else f"{name} {number}"
        first = first_frame + (int(motion.frames[0]) - start) * rate / motion.fps
        made = build_character(motion, model, label, scene, collection, first)
        note_character(made.rig, made.figure, motion_paths[number], motion, first, rate, number)
        imported.characters.append(made)
    if take and with_camera:
        skip = round(start * rate / float(take.fps))
        behind = Backdrop(backdrop, skip, first_frame) if backdrop else None
        imported.camera = add_camera(f"{name} camera", take.camera, behind, scene, collection)
        if len(take.shots) > 1:
            begins = np.array([max(shot.first, start) for shot in take.shots]) - start
            matrices = np.stack([camera_to_blender(shot.camera) for shot in take.shots])
            key_camera(imported.camera, first_frame + begins * rate / float(take.fps), matrices)
        if any(take.camera.distortion):
            warnings.append("Blender's camera has no lens distortion: towards the edges the clip and the character drift apart.")
    if take:
        note_take(collection, take.clip, imported.camera)
        _settle(imported, former)
    if match_scene and imported.camera is not None:
        scene.camera = imported.camera
    if take and with_sound and take.has_sound and not (former and has_sound(scene, take.clip)):
        try:
            add_sound(name, take.clip, start / float(take.fps), first_frame, rate, scene)
        except ThespisError as error:  # a character without sound is better than none
            warnings.append(str(error))
    if not any(is_ground(thing) for thing in scene.objects):
        add_ground(imported.collection, rendered=match_scene)
    if not any(thing.type == "LIGHT" for thing in scene.objects):
        add_light(imported.collection)
    return imported


def _settle(imported: Imported, former: list[bpy.types.Collection]) -> None:
    """Put what came in into the place of a former take, if there is one to take the place of."""
    if not former:
        return
    imported.characters = replace_characters(former[0], imported.characters)
    if imported.camera is not None:
        imported.camera = replace_camera(former[0], imported.camera)
    bpy.data.collections.remove(imported.collection)
    imported.collection = former[0]
    layer, rig = bpy.context.view_layer, imported.characters[0].rig
    if rig.name in layer.objects:  # as it is after the first fit
        rig.select_set(True)
        layer.objects.active = rig


def _for_body(motion: Motion, body: Body, path: Path, warnings: list[str]) -> Motion:
    """The motion as this body can play it: shape and expression of another body mean nothing on it, rotations carry over."""
    if motion.body_model == body.model_id:
        return motion
    warnings.append(
        f"{path.name} was made with the body {motion.body_model}, not {body.model_id}: "
        "its poses are used, its shape and expression are not."
    )
    plain = replace(motion, betas=np.zeros(0), expression=np.zeros((len(motion), 0)), body_model=body.model_id)
    if motion.body_model == UNNAMED_BODY and lies_in_z_up(motion):
        warnings.append(f"{path.name} has Z for up, as AMASS files do; it was stood up.")
        return stood_up(plain, rest_shape(body, plain.betas)[1][0])
    return plain


def _match(scene: bpy.types.Scene, motions: list[Motion], take: Take | None, first_frame: int) -> None:
    set_scene_rate(scene, float(take.fps) if take else motions[0].fps)
    start = min(int(motion.frames[0]) for motion in motions)
    last = max(int(motion.frames[-1]) for motion in motions)
    set_scene_range(scene, first_frame, first_frame + last - start)
    if take:
        set_scene_size(scene, take.camera.size, lens_to_blender(take.camera).pixel_aspect)
